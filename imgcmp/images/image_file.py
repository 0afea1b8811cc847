"""A file to read, and one that could not be read: the types that all who read images share."""

from collections.abc import Sequence
from typing import NamedTuple

from imgcmp.errors import UnreadableImageError

PASSING = -1
"""Size and mtime_ns of a failure with a reason outside of the file: a vanished drive, no memory, a killed worker.

They are those of no file, so that it never counts as unchanged since.
"""

UNKNOWN_TIME = -(2**63)
"""Nanoseconds, or minutes, that are not known: no time that a file or a camera has."""


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

    @property
    def is_passing(self) -> bool:
        """Tell whether the reason is outside of the file."""
        return self.size == self.mtime_ns == PASSING


class ImageFile(NamedTuple):
    """A file to read: its real path (not UTF-8: surrogateescape), and what tells whether it has changed since."""

    path: str
    size: int
    mtime_ns: int

    def failure(self, reason: str) -> Failure:
        """Return that this file could not be read, because of what it holds."""
        return Failure(self.path, reason, self.size, self.mtime_ns)

    def passing_failure(self, reason: str, *, out_of_reach: bool = False) -> Failure:
        """Return that this file could not be read, for a reason outside of it; or not even be reached."""
        return Failure(self.path, reason, PASSING, PASSING, out_of_reach)

    def unreadable(self, error: UnreadableImageError) -> Failure:
        """Return that this file could not be read, as the error says."""
        if error.passing:
            return self.passing_failure(str(error), out_of_reach=error.out_of_reach)
        return self.failure(str(error))


class PassedOver(NamedTuple):
    """A file in a folder that looks like a picture and is not taken for one, and why."""

    path: str
    reason: str


class Found(NamedTuple):
    """What `find_images` found: the files in order, the paths that could not be read, and what was passed over."""

    files: list[ImageFile]
    failures: list[Failure]
    passed_over: Sequence[PassedOver] = ()
