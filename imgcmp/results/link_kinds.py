"""The kinds of links: how one is made, and whether a folder can hold any."""

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, NamedTuple, NoReturn

from imgcmp.errors import InputError
from imgcmp.images.open_file import NOT_REGULAR, found_file
from imgcmp.results.link_kind_names import COPY, HARDLINK, LINK_KINDS, SYMLINK
from imgcmp.system.real_paths import is_behind_link

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says of a drive without room."""

# What is said of one file, by its name or its size; the folder may hold all others.
_OF_ONE_FILE = (errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG, errno.EFBIG)

_NOUNS = {SYMLINK: "symbolic links", HARDLINK: "hard links", COPY: "copies"}
_READ_BYTES = 2**20


class LeftOutError(Exception):
    """A file that can't be had in the folder, for a reason of its own: it is gone, say."""


class RefusedError(Exception):
    """A folder that can't hold links of a kind; the message says what works there."""


class Made(NamedTuple):
    """What there is to know of a hard link or a copy that was made: the file's size and times, as it lies there."""

    size: int
    mtime_ns: int
    ctime_ns: int


def check_kind(kind: str, *, relative: bool) -> None:
    """Raise InputError unless there is such a kind of links, and it can be relative if it is to be."""
    if kind not in LINK_KINDS:
        raise InputError(f"--links must be one of {', '.join(LINK_KINDS)}; got {kind!r}")
    if relative and kind != SYMLINK:
        raise InputError(f"--relative is about symbolic links: leave it out with --links {kind}")


def why_not(kind: str, folder: str) -> str | None:
    """Make one link in a folder, and remove it; return why the folder can't hold any, and what works there.

    Raises
    ------
    OSError
        If nothing at all can be written there.
    """
    error = _refusal(kind, folder)
    if error is None:
        return None
    if error.errno in FULL:
        raise error
    others = [other for other in (SYMLINK, HARDLINK) if other != kind and _refusal(other, folder) is None]
    works = " or ".join([*others, COPY])
    return f"no {_NOUNS[kind]} can be made there ({reason(error)}): --links {works} works, --links none: lists alone"


def noun(kind: str) -> str:
    """Return what links of a kind are called, in the plural."""
    return _NOUNS[kind]


def raise_told(error: OSError, kind: str, file: str) -> NoReturn:
    """Tell what it means that a link or a copy could not be made.

    Raises
    ------
    LeftOutError
        If it is about this file.
    OSError
        If the drive is full, or gone.
    RefusedError
        If it is about all links of the kind.
    """
    if error.errno in _OF_ONE_FILE:
        raise LeftOutError(f"not possible there ({reason(error)})") from error
    if error.errno in (*FULL, errno.EIO, errno.EROFS, errno.ENOENT):
        raise error
    others = " or ".join(other for other in (SYMLINK, COPY) if other != kind)
    raise RefusedError(
        f"no {_NOUNS[kind]} of {file} can be made there ({reason(error)}): --links {others} may work, "
        "--links none: lists alone"
    ) from error


def reason(error: OSError) -> str:
    """Return what the system said, as a part of a line."""
    return (error.strerror or str(error)).lower()


def make_hard_link(file: str, link: str, folder: int) -> Made:
    """Make a hard link in an open folder.

    Raises
    ------
    LeftOutError
        If the file is gone, or is no regular file any more.
    OSError
        If the folder can't hold it.
    """
    try:
        is_regular = stat.S_ISREG(os.lstat(file).st_mode)
    except OSError as error:
        raise LeftOutError(reason(error)) from None
    if not is_regular:
        raise LeftOutError(NOT_REGULAR)
    if is_behind_link(os.path.dirname(file)):
        raise LeftOutError("a folder above it has become a link since it was found")
    try:
        os.link(file, link, dst_dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError as error:
        raise LeftOutError(reason(error)) from None
    made = os.stat(link, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(made.st_mode):  # it became a link, or a pipe, between the two
        os.unlink(link, dir_fd=folder)
        raise LeftOutError(NOT_REGULAR)
    return Made(made.st_size, made.st_mtime_ns, made.st_ctime_ns)


def make_copy(file: str, link: str, folder: int) -> Made:
    """Copy a file, with its times and who may read it, into an open folder.

    Raises
    ------
    LeftOutError
        If the file cannot be read, or is no regular file any more.
    OSError
        If the folder can't hold it.
    """
    with _opened_source(file) as source:
        status = os.fstat(source.fileno())
        # O_EXCL: whatever has the name by now is never written through.
        handle = os.open(link, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
        with open(handle, "wb", buffering=0) as target:
            try:
                _copy_bytes(source, target)
            except LeftOutError:
                os.unlink(link, dir_fd=folder)
                raise
            with suppress(OSError):  # some file systems know no permissions, or keep their own
                os.fchmod(handle, stat.S_IMODE(status.st_mode) & 0o777)
            with suppress(OSError):
                os.utime(handle, ns=(status.st_atime_ns, status.st_mtime_ns))
            made = os.fstat(handle)
    return Made(made.st_size, made.st_mtime_ns, made.st_ctime_ns)


MAKERS: dict[str, Callable[[str, str, int], Made]] = {HARDLINK: make_hard_link, COPY: make_copy}


def _opened_source(file: str) -> BinaryIO:
    """Open a file that was found, and nothing that has taken its place: a link, a pipe, or what lies behind a link."""
    try:
        return open(file, "rb", buffering=0, opener=found_file)
    except OSError as error:
        raise LeftOutError(reason(error)) from None


def _copy_bytes(source: BinaryIO, target: BinaryIO) -> None:
    while True:
        try:
            part = source.read(_READ_BYTES)
        except OSError as error:
            raise LeftOutError(reason(error)) from None
        if not part:
            return
        view = memoryview(part)
        while view:  # a file that is nearly full takes less than it is given
            view = view[target.write(view) :]


def _refusal(kind: str, folder: str) -> OSError | None:
    """Return what the system says to a link of this kind in a folder; None if it makes one."""
    if kind not in (SYMLINK, HARDLINK):
        return None
    file, link = os.path.join(folder, "file"), os.path.join(folder, "link")
    try:
        if kind == SYMLINK:
            os.symlink(file, link)
        else:
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            os.link(file, link)
    except OSError as error:
        return error
    except NotImplementedError:
        return OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    finally:
        for path in (file, link):
            with suppress(OSError):
                os.unlink(path)
    return None
