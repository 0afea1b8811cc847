"""Which segments of a file stay as they are, and what the next one says.

A row is written again only with as many others that came behind it: the segments of a file are each larger than all
behind them together, so there are at most as many as the number of rows can be halved, and a checkpoint costs what is
new, and now and then what was new since the last time that was so.
"""

from collections.abc import Iterable
from typing import NamedTuple

from imgcmp.database.contents import Contents
from imgcmp.database.segments import SegmentInFile
from imgcmp.images.image_file import Failure

# A file is written anew when more than half of it is of no use any more; not one so small that nobody minds.
_LEAST_TIDIED_BYTES = 2**20


class WhatToWrite(NamedTuple):
    """What the next save writes.

    Attributes
    ----------
    kept : list of SegmentInFile
        The segments that stay; none: the file is replaced by a new one.
    images : list of str
        Paths of the images of the new segment.
    failures : list of Failure
    removed : list of str
        Paths of which what the segments before say is no longer so.
    """

    kept: list[SegmentInFile]
    images: list[str]
    failures: list[Failure]
    removed: list[str]


class Changes:
    """What a table was told since it was saved."""

    def __init__(self) -> None:
        self.touched: dict[str, None] = {}  # paths of which something else is known, in the order of the table
        self.dropped: dict[str, None] = {}  # paths that were no image, some time since, and are perhaps again

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.touched)

    def add(self, path: str, *, at_end: bool) -> None:
        """Note that something else is known of a path; whether it is the last of the table now."""
        if at_end:
            self.touched.pop(path, None)
        self.touched[path] = None

    def drop(self, path: str) -> None:
        """Note that a path is no image any more."""
        self.dropped[path] = None
        self.add(path, at_end=True)


def what_to_write(contents: Contents, changes: Changes, n_bytes: int) -> WhatToWrite:
    """Decide what the next save writes.

    Parameters
    ----------
    contents : Contents
        What is known.
    changes : Changes
        What was told since the last save.
    n_bytes : int
        Size of the file; 0: there is none that could be added to.
    """
    kept = [segment for segment in contents.pool.segments if isinstance(segment, SegmentInFile)] if n_bytes else []
    n_behind, rewritten = len(changes.touched), []
    while kept and _n_told(kept[-1]) <= n_behind:
        rewritten.append(kept.pop())
        n_behind += _n_told(rewritten[-1])
    told, removed = _told_by(reversed(rewritten), changes)
    images = [path for path in told if path in contents.rows]
    if not kept or _is_mostly_of_no_use(kept, len(contents.rows) - len(images), n_bytes):
        return WhatToWrite([], list(contents.rows), list(contents.failures.values()), [])
    failures = [contents.failures[path] for path in told if path in contents.failures]
    removed |= {path: None for path in told if path not in contents.rows and path not in contents.failures}
    return WhatToWrite(kept, images, failures, list(removed))


def _told_by(segments: Iterable[SegmentInFile], changes: Changes) -> tuple[dict[str, None], dict[str, None]]:
    """Return the paths of which segments and changes say something, in the order of the table, and those removed."""
    told: dict[str, None] = {}
    removed: dict[str, None] = {}
    no_images: set[str] = set()  # the next time that they are, they come last
    for segment in segments:
        gone = segment.removed()
        removed |= dict.fromkeys(gone)
        no_images.update(gone, (failure.path for failure in segment.failures()))
        told |= dict.fromkeys(no_images)
        for path in segment.texts("files"):
            if path in no_images:
                no_images.discard(path)
                del told[path]
            told[path] = None
    for path in changes.touched:
        if path in changes.dropped or path in no_images:
            told.pop(path, None)
        told[path] = None
    return told, removed | changes.dropped


def _n_told(segment: SegmentInFile) -> int:
    """Return of how many files a segment says something, but for those removed."""
    return segment.n_rows + segment.n_failures


def _is_mostly_of_no_use(kept: list[SegmentInFile], n_used: int, n_bytes: int) -> bool:
    n_rows = sum(segment.n_rows for segment in kept)
    is_tidy = n_bytes <= 2 * sum(segment.layout.n_bytes for segment in kept) + _LEAST_TIDIED_BYTES
    return not is_tidy or 2 * n_used < n_rows
