"""What a database holds: which row of which segment counts of which image, and what could not be read."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from imgcmp.database.pool import Pool
from imgcmp.database.schema import BYTES, FACTS
from imgcmp.fingerprints.packing import words_per_fingerprint
from imgcmp.fingerprints.views import look_bytes, view_names
from imgcmp.images.image_file import Failure

Shapes = dict[str, tuple[np.dtype[Any], tuple[int, ...]]]


class History(NamedTuple):
    """When and by what a database was made; empty where nobody knows."""

    created: str = ""  # ISO 8601, UTC
    created_by: str = ""
    changed: str = ""
    changed_by: str = ""
    pillow: str = ""  # the version that was there when it was changed


class Contents(NamedTuple):
    """All that a database holds; see `imgcmp.database.database.Database`."""

    method: str
    x: int
    kinds: str  # of the views
    rows: dict[str, int]  # the position in the pool of each image, by its path
    pool: Pool
    failures: dict[str, Failure]
    history: History


def empty(method: str, x: int, kinds: str) -> Contents:
    """Return the contents of a database of no images."""
    return Contents(method, x, kinds, {}, Pool([], shapes_of(x, kinds)), {}, History())


def shapes_of(x: int, kinds: str) -> Shapes:
    """Return the type and the shape of a row of each column of numbers, in the order in which they are written.

    What every run needs comes first, and what only clustering needs last.
    """
    n_words, uint64 = words_per_fingerprint(x * x), np.dtype(np.uint64)
    facts: Shapes = {name: (np.dtype(np.int64), ()) for name in FACTS}
    digests: Shapes = {name: (dtype, (n,)) for name, (dtype, n) in BYTES.items()}
    look: Shapes = {"look": (np.dtype(np.uint8), (look_bytes(kinds),))} if look_bytes(kinds) else {}
    words: Shapes = {"fps": (uint64, (n_words,)), "views": (uint64, (len(view_names(kinds)), n_words))}
    return facts | digests | look | words


def replay(
    rows: dict[str, int],
    failures: dict[str, Failure],
    *,
    first: int,
    files: list[str],
    failed: Iterable[Failure] = (),
    removed: Iterable[str] = (),
) -> None:
    """Bring what a segment says into what was known before it.

    Parameters
    ----------
    rows, failures
        What was known; changed.
    first : int
        Position of the segment's first row.
    files : list of str
        Its images.
    failed, removed
        The files that could not be read, and the paths of which nothing is known any more.

    Raises
    ------
    ValueError
        If the segment holds an image twice.
    """
    for path in removed:
        rows.pop(path, None)
        failures.pop(path, None)
    for failure in failed:
        rows.pop(failure.path, None)
        failures[failure.path] = failure
    if failures:
        for path in files:
            failures.pop(path, None)
    new: Mapping[str, int] = dict(zip(files, range(first, first + len(files)), strict=True))
    if len(new) != len(files):
        raise ValueError("it holds a file twice")
    rows.update(new)
