"""Files looked at once more: their bytes, pixels, and pictures, in worker processes, within the limits of the run."""

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any, TypeVar

from imgcmp.fingerprints.fingerprint_files import Limits
from imgcmp.images.evenness import try_evenness
from imgcmp.images.image_file import Failure
from imgcmp.images.open_file import found_file
from imgcmp.images.picture_difference import Difference
from imgcmp.images.pixel_digest import try_digest_whole
from imgcmp.results.members import FileReader
from imgcmp.results.picture_looks import Look, Side, Sought, looks_of, try_look
from imgcmp.system import processes

Item = TypeVar("Item")
Watch = Callable[..., Iterator[Any]]  # takes results and their `total`, and yields them, behind a progress bar

_READ_BYTES = 2**20


class SecondLook:
    """Tells which files are the same, and in what pictures differ, for want of what the database knows of them.

    What can't be read is the same as nothing.

    Parameters
    ----------
    limits : Limits
        Processes, seconds a file, and memory for decoding.
    watch : callable, optional
        What the results go through.

    Attributes
    ----------
    left : dict of str to Failure
        By path, those that could not be looked at for a reason that lies outside of them, such as the limits.
    """

    def __init__(self, limits: Limits, watch: Watch | None = None) -> None:
        self.left: dict[str, Failure] = {}
        self._limits = limits
        self._watch = watch

    def reader(self) -> FileReader:
        """Return it as what computes relations takes it."""
        return FileReader(self.equal_pairs, self.pixel_digests, self.differences, self.evenness)

    def pixel_digests(self, files: Iterable[str]) -> dict[str, bytes]:
        """Compute the `imgcmp.images.pixel_digest.pixel_digest` of image files, decoded at full size.

        Parameters
        ----------
        files : iterable of str
            Their paths.

        Returns
        -------
        digests : dict of str to bytes
            By path, of those that could be read.
        """
        return self._of_files(try_digest_whole, files)

    def evenness(self, files: Iterable[str]) -> dict[str, float]:
        """Compute the `imgcmp.images.evenness.evenness` of image files, as `pixel_digests` does."""
        return self._of_files(try_evenness, files)

    def equal_pairs(self, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those pairs of files that have the same bytes."""
        equal = set()
        for pair, result in self._looked_at(try_equal, dict.fromkeys(pairs)):
            if result is True:
                equal.add(pair)
            elif result is not False:
                self._leave(pair[1], result)
        return equal

    def differences(self, pairs: Iterable[tuple[Sought, Side]]) -> dict[tuple[str, str], Difference]:
        """Tell in what pictures differ from the best ones of their clusters.

        Parameters
        ----------
        pairs : iterable of (Sought, Side)
            The best one, and another.

        Returns
        -------
        differences : dict of (str, str) to Difference
            By the paths of both, of those that could be read.
        """
        found: dict[tuple[str, str], Difference] = {}
        again = self._take(looks_of(pairs), found)
        self._take(again, found)  # one by one: the process that died had one of them
        return found

    def _take(self, looks: Iterable[Look], found: dict[tuple[str, str], Difference]) -> list[Look]:
        """Look, take what was found, and return what is to be looked at again."""
        again: list[Look] = []
        for look, result in self._looked_at(try_look, looks):
            if isinstance(result, processes.WorkerDied):
                if len(look.sides) > 1:
                    again += [Look(look.best, (side,)) for side in look.sides]
                else:
                    self._leave(look.sides[0].picture.file, result)
                continue
            for side, seen in zip(look.sides, result, strict=True):
                if isinstance(seen, Failure):
                    self._leave(seen.path, seen)
                elif seen is not None:
                    found[look.best.file, side.picture.file] = seen
        return again

    def _of_files(self, task: Callable[[str], Item | Failure | None], files: Iterable[str]) -> dict[str, Item]:
        """Return what a task tells of files, where it can be told; leave those for which the limits are short."""
        told = {}
        for file, result in self._looked_at(task, dict.fromkeys(files)):
            if isinstance(result, Failure | processes.WorkerDied):
                self._leave(file, result)
            elif result is not None:
                told[file] = result
        return told

    def _looked_at(self, task: Callable[[Item], Any], items: Iterable[Item]) -> Iterator[tuple[Item, Any]]:
        todo = list(items)
        results = processes.run(task, todo, **self._limits._asdict())
        return results if self._watch is None else self._watch(results, total=len(todo))

    def _leave(self, file: str, why: Failure | processes.WorkerDied) -> None:
        self.left[file] = Failure(file, why.reason)


def try_equal(pair: tuple[str, str]) -> bool:
    """Tell whether two files have the same bytes, False if they cannot be read: the task of a worker process."""
    try:
        with (
            open(pair[0], "rb", opener=found_file) as first,
            open(pair[1], "rb", opener=found_file) as second,
        ):
            for size in repeat(_READ_BYTES):
                part = first.read(size)
                if part != second.read(size):
                    return False
                if not part:
                    break
            return True
    except OSError:
        return False
