"""What a database holds, comparable: what kills and two runs at once must leave whole."""

from pathlib import Path
from typing import NamedTuple

from imgcmp.database.database import Database
from imgcmp.database.schema import FACTS, NOTES
from imgcmp.images.image_file import Failure


class Kept(NamedTuple):
    """Images and failures by their paths, in no order."""

    images: dict[str, tuple[object, ...]]  # all that is known of each: fingerprint, views, digests, facts
    failures: dict[str, Failure]  # without those that pass, which may come and go

    @classmethod
    def of(cls, path: Path) -> "Kept":
        if not path.exists():
            return cls({}, {})
        store = Database(str(path))
        arrays = (store.words, store.views, store.digests, store.middles, store.pixels, store.colours)
        facts = (getattr(store, name).tolist() for name in FACTS)
        notes = (store.sources, *(getattr(store, name) for name in NOTES))
        rows = zip(*([row.tobytes() for row in array] for array in arrays), *facts, *notes, strict=True)
        failures = {path: failure for path, failure in store.failures.items() if not failure.is_passing}
        return cls(dict(zip(store.files, rows, strict=True)), failures)

    def __len__(self) -> int:
        return len(self.images) + len(self.failures)

    def lost(self, held: "Kept") -> list[str]:
        """Return the files that are not held any more as they are here."""
        lost = set(self.images.items()) - set(held.images.items())
        return sorted(path for path, _ in lost | (set(self.failures.items()) - set(held.failures.items())))

    def differences(self, expected: "Kept") -> list[str]:
        """Return the files that are not held as they are expected, nor expected as they are held."""
        return sorted({*self.lost(expected), *expected.lost(self)})
