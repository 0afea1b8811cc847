"""A file to read, and one that could not be read: the types that all who read images share."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from imgcmp.errors import UnreadableImageError

PASSING = -1
"""Size and mtime_ns of a failure with a reason outside of the file: a vanished drive, no memory, a killed worker.

They are those of no file, so that it never counts as unchanged since.
"""

UNKNOWN = -1
"""A number of an image that is not known: one that an earlier version did not ask for, or that its file hides."""

UNKNOWN_TIME = -(2**63)
"""Nanoseconds, or minutes, that are not known: no time that a file or a camera has."""

DAMAGED, CUT_OFF = "damaged", "cut off"
DAMAGES = (CUT_OFF, DAMAGED)
"""The words for what is wrong with a file that was read all the same; see `imgcmp.images.damage`."""

PREVIEW = "preview"
"""The word for what a fingerprint rests on that is of no whole picture; see `imgcmp.images.embedded_preview`."""

_EARLIEST, _LATEST = UNKNOWN_TIME + 1, 2**63 - 1  # 1677 and 2262


class Failure(NamedTuple):
    """A file or folder that could not be read, and why.

    Size and time are those of the file, whose content is at fault: it is not worth another try before they change. Both
    are -1 if the reason is outside of the file, and may be gone on the next run.
    """

    path: str
    reason: str
    size: int = 0
    mtime_ns: int = 0
    is_out_of_reach: bool = False  # the file could not even be reached: what was known of it before still stands
    ctime_ns: int = UNKNOWN_TIME
    is_in_part: bool = False  # a part of the picture was read all the same, and is compared

    @property
    def is_passing(self) -> bool:
        """Tell whether the reason is outside of the file."""
        return self.size == self.mtime_ns == PASSING


class ImageFile(NamedTuple):
    """A file to read: its real path (not UTF-8: surrogateescape), and what tells whether it has changed since.

    `ctime_ns` is when its content, name or attributes changed last, by the clock of the system: nobody can set it.
    """

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int = UNKNOWN_TIME

    def failure(self, reason: str) -> Failure:
        """Return that this file could not be read, because of what it holds."""
        return Failure(self.path, reason, self.size, self.mtime_ns, ctime_ns=self.ctime_ns)

    def passing_failure(self, reason: str, *, out_of_reach: bool = False) -> Failure:
        """Return that this file could not be read, for a reason outside of it; or not even be reached."""
        return Failure(self.path, reason, PASSING, PASSING, out_of_reach)

    def unreadable(self, error: UnreadableImageError) -> Failure:
        """Return that this file could not be read, as the error says."""
        if error.passing:
            return self.passing_failure(str(error), out_of_reach=error.out_of_reach)
        return self.failure(str(error))


def file_of(path: str, status: os.stat_result) -> ImageFile:
    """Return a file as the system says it is; times before 1677 and after 2262 are those of the end of that range.

    File systems hold more (ext4 to 2446, NTFS from 1601), and broken clocks give it.
    """
    mtime_ns, ctime_ns = status.st_mtime_ns, status.st_ctime_ns
    if not (_EARLIEST <= mtime_ns <= _LATEST and _EARLIEST <= ctime_ns <= _LATEST):
        mtime_ns, ctime_ns = (max(_EARLIEST, min(time, _LATEST)) for time in (mtime_ns, ctime_ns))
    return _new(ImageFile, (path, status.st_size, mtime_ns, ctime_ns))


_new = tuple.__new__  # half the time of the constructor, which is a tenth of that of finding a file


class PassedOver(NamedTuple):
    """A file in a folder that looks like a picture and is not taken for one, or a file or folder left out, and why."""

    path: str
    reason: str


class Found(NamedTuple):
    """What `find_images` found.

    Attributes
    ----------
    files : list of ImageFile
        In order.
    failures : list of Failure
        The paths that could not be read.
    passed_over : sequence of PassedOver
        What looks like a picture, and is none that is looked for.
    left_out : sequence of PassedOver
        Folders, with a slash at the end, and files that are not searched unless they are named: `reason` is one of the
        kinds of `imgcmp.images.unsearched`.
    further_names : sequence of PassedOver
        Files, and folders, with a slash at the end, that were found by another name, which `reason` tells.
    """

    files: list[ImageFile]
    failures: list[Failure]
    passed_over: Sequence[PassedOver] = ()
    left_out: Sequence[PassedOver] = ()
    further_names: Sequence[PassedOver] = ()
