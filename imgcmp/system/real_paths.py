"""Opening what is at a real path, and nothing that a link leads to.

Files are found first and read later, by other processes. What has become a link meanwhile, or lies behind a folder that
has, may be anywhere, and nobody named it.
"""

import errno
import os

from imgcmp.errors import UnreadableImageError

NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""The flag of `os.open` that refuses a link, at the last part of the path alone; Windows has none."""

_SAID_OF_A_LINK = (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)  # Linux and macOS, FreeBSD, and of folders
_DELETED = " (deleted)"  # what Linux puts behind the path of a file that was removed, or replaced, since it was opened


def open_real(path: str, flags: int) -> int:
    """Open what is at a real path: an `opener` for `open` that follows no link.

    Parameters
    ----------
    path : str
        As `os.path.realpath` gave it, when the file was found.
    flags : int
        As for `os.open`.

    Returns
    -------
    handle : int

    Raises
    ------
    OSError
        If it cannot be opened: an UnreadableImageError that says so in plain words where a link has come since.

    Notes
    -----
    That no folder above is a link is looked up once the file is open: Linux tells the path of an open file, in 2 us;
    elsewhere, or where it tells another one, all folders above are looked at, and whether the file at the path is the
    one that was opened.
    """
    try:
        handle = os.open(path, flags | NO_LINK)
    except OSError as error:
        if error.errno in _SAID_OF_A_LINK and os.path.islink(path):
            raise _replaced("it has become a link since it was found") from None
        raise
    try:
        if not _is_told_to_be_at(handle, path):
            _look_for_links(handle, path)
    except OSError:
        os.close(handle)
        raise
    return handle


def open_folder(name: str, above: int | None = None) -> int:
    """Return a handle of a folder, below an open one if that is given; OSError if it is a link, or no folder."""
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | NO_LINK | os.O_CLOEXEC, dir_fd=above)


def is_behind_link(path: str) -> bool:
    """Tell whether a path that was real leads through a link by now, or to one."""
    return os.path.realpath(path) != path


def _is_told_to_be_at(handle: int, path: str) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{handle}").removesuffix(_DELETED) == path.removesuffix(_DELETED)
    except OSError:
        return False  # there is no /proc


def _look_for_links(handle: int, path: str) -> None:
    """Raise if a path leads through a link, or no longer to what was opened."""
    if is_behind_link(path):
        is_link = os.path.islink(path)
        raise _replaced(f"{'it' if is_link else 'a folder above it'} has become a link since it was found")
    opened, there = os.fstat(handle), os.lstat(path)
    if (opened.st_dev, opened.st_ino) != (there.st_dev, there.st_ino):
        raise _replaced("it was moved or replaced while it was opened")


def _replaced(reason: str) -> UnreadableImageError:
    return UnreadableImageError(reason, out_of_reach=True)
