"""All that imgcmp writes, in one folder, and what of it must be whole after a kill or after two runs at once."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from kept import Kept
from PIL import Image

from imgcmp.system.atomic import TEMPORARY_PREFIX
from imgcmp.system.places import CLUSTERS_MARKER, COPIES_MARKER


class Place:
    """A folder with photos, and beside them `out` with all outputs."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self.photos, self.out = self.root / "photos", self.root / "out"
        self.database, self.links = self.out / "photos.hdf", self.out / "links"
        self.json, self.csv, self.copies = self.out / "clusters.json", self.out / "clusters.csv", self.out / "copies"

    def make_photos(self, n_scenes: int) -> None:
        """Save pictures of so many scenes in two folders, each in both, and a broken file; make the folder `out`."""
        for number in range(n_scenes):
            scene = Image.fromarray(np.random.default_rng(number).integers(0, 256, (6, 8, 3), dtype=np.uint8))
            for folder, width, suffix in (("one", 320, ".png"), ("two", 200, ".jpg")):
                path = self.photos / folder / f"{number:03}{suffix}"
                path.parent.mkdir(parents=True, exist_ok=True)
                scene.resize((width, width * 3 // 4), Image.Resampling.BICUBIC).save(path)
        (self.photos / "two" / "bad.jpg").write_text("no image")
        self.out.mkdir(exist_ok=True)

    def temporary_files(self) -> list[str]:
        """Return what is left of writers: names that begin as theirs do."""
        names = {str(path.relative_to(self.root)) for path in self.root.rglob(f"{TEMPORARY_PREFIX}*")}
        return sorted(name for name in names if os.path.basename(name) not in (CLUSTERS_MARKER, COPIES_MARKER))


class Outputs(NamedTuple):
    """The outputs, comparable; None or empty where there is none."""

    database: Kept
    links: dict[str, str] | None  # a link by its path in the folder -> where it leads
    json: bytes | None
    csv: bytes | None
    copies: dict[str, bytes]
    records: dict[str, dict[str, object]]  # of the copies

    @classmethod
    def of(cls, place: Place) -> "Outputs":
        files = [_bytes(path) for path in (place.json, place.csv)]
        return cls(Kept.of(place.database), _links(place.links), *files, _copies(place.copies), _records(place.copies))


def faults(place: Place, before: Outputs, now: Outputs, after: Outputs) -> list[str]:
    """Tell what is lost or half after a kill of a run that would have led from `before` to `after`."""
    told = [
        f"{name}: neither the old one nor the new one" for name in ("json", "csv") if _is_half(name, before, now, after)
    ]
    if now.links is None and before.links is not None:
        hidden = [_links(path) for path in place.out.glob(f"{TEMPORARY_PREFIX}links-*/old/{place.links.name}")]
        if before.links not in hidden:
            told.append("links: gone, and the old ones are not kept beside")
    elif _is_half("links", before, now, after):
        told.append("links: neither the old ones nor the new ones")
    for name, copy in now.copies.items():
        if copy not in (before.copies.get(name), after.copies.get(name)):
            told.append(f"copies/{name}: neither the old one nor the new one")
    for name, record in now.records.items():
        copy = now.copies.get(name, b"")
        if record == after.records.get(name) and len(copy) == record["copy_size"] and copy != after.copies[name]:
            told.append(f"copies/{name}: is not what its record says")
    if lost := sorted(before.copies.keys() - now.copies.keys()):
        told.append(f"copies: lost {lost}")
    return told


def faults_of_growing(before: Kept, now: Kept, after: Kept) -> list[str]:
    """Tell what is lost or made up in a database; what a run drops may be there or not, all together."""
    images = [set(kept.images.items()) for kept in (before, now, after)]
    told = [f"database: lost {path}" for path, _ in sorted((images[0] & images[2]) - images[1])]
    told += [f"database: made up {path}" for path, _ in sorted(images[1] - images[0] - images[2])]
    dropped = images[0] - images[2]
    if images[1] & dropped not in (set(), dropped):
        told.append("database: some of what is gone was dropped, and some was not")
    return told


def faults_of_starting_over(before: Kept, now: Kept, after: Kept) -> list[str]:
    """Tell what is wrong with a database that is neither the old one, nor a new one as far as its run came."""
    is_new = now.images.items() <= after.images.items() and now.failures.items() <= after.failures.items()
    return [] if now == before or is_new else ["database: neither the old one, nor a part of the new one"]


def _is_half(name: str, before: Outputs, now: Outputs, after: Outputs) -> bool:
    return getattr(now, name) not in (getattr(before, name), getattr(after, name))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _links(folder: Path) -> dict[str, str] | None:
    if not folder.exists():
        return None
    return {str(path.relative_to(folder)): os.readlink(path) for path in folder.rglob("*") if path.is_symlink()}


def _copies(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _records(folder: Path) -> dict[str, dict[str, object]]:
    records = {}
    for line in (_bytes(folder / COPIES_MARKER) or b"").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # torn: it means nothing
            continue
        if "copy" in entry:
            records[entry.pop("copy")] = entry
    return records
