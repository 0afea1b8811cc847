"""Files looked at as a whole, byte by byte and pixel by pixel, in worker processes, within the limits of the run."""

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any, TypeVar

from imgcmp.fingerprints.fingerprint_files import Limits
from imgcmp.images.image_file import Failure
from imgcmp.images.open_file import found_file
from imgcmp.images.pixel_digest import try_digest_whole
from imgcmp.results.members import FileReader
from imgcmp.system import processes

Item = TypeVar("Item")
Watch = Callable[..., Iterator[Any]]  # takes results and their `total`, and yields them, behind a progress bar

_READ_BYTES = 2**20


class SecondLook:
    """Tells which files are the same, for want of what the database knows of them.

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
        return FileReader(self.equal_pairs, self.pixel_digests)

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
        digests = {}
        for file, result in self._looked_at(try_digest_whole, files):
            if isinstance(result, bytes):
                digests[file] = result
            elif result is not None:
                self._leave(file, result)
        return digests

    def equal_pairs(self, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those pairs of files that have the same bytes."""
        equal = set()
        for pair, result in self._looked_at(try_equal, pairs):
            if result is True:
                equal.add(pair)
            elif result is not False:
                self._leave(pair[1], result)
        return equal

    def _looked_at(self, task: Callable[[Item], Any], items: Iterable[Item]) -> Iterator[tuple[Item, Any]]:
        todo = list(dict.fromkeys(items))
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
