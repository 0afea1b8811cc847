"""Files looked at as a whole, byte by byte and pixel by pixel, in worker processes; what can't be read is left out."""

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any

from imgcmp.images.open_file import found_file
from imgcmp.images.pixel_digest import try_digest_whole
from imgcmp.system import processes

Watch = Callable[..., Iterator[Any]]  # takes results and their `total`, and yields them, behind a progress bar

_READ_BYTES = 2**20


def pixel_digests(files: Iterable[str], *, workers: int | None = None, watch: Watch | None = None) -> dict[str, bytes]:
    """Compute the `imgcmp.images.pixel_digest.pixel_digest` of image files, decoded at full size.

    Parameters
    ----------
    files : iterable of str
        Their real paths.
    workers : int, optional
        Number of processes; default: the usable cores.
    watch : callable, optional
        What the results go through.

    Returns
    -------
    digests : dict of str to bytes
        By path, of those that could be read.
    """
    todo = list(dict.fromkeys(files))
    results = processes.run(try_digest_whole, todo, workers=workers)
    watched = results if watch is None else watch(results, total=len(todo))
    return {file: result for file, result in watched if isinstance(result, bytes)}


def equal_pairs(
    pairs: Iterable[tuple[str, str]], *, workers: int | None = None, watch: Watch | None = None
) -> set[tuple[str, str]]:
    """Return those pairs of files that have the same bytes; parameters are those of `pixel_digests`."""
    todo = list(dict.fromkeys(pairs))
    results = processes.run(try_equal, todo, workers=workers)
    watched = results if watch is None else watch(results, total=len(todo))
    return {pair for pair, result in watched if result is True}


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
