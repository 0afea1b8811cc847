"""A folder out of which nothing is written, whatever becomes of the names in it meanwhile.

A path is looked up anew at each call: a folder in it may have become a link since it was checked, and a file would be
written where the link leads. Here every folder is opened from the one above it, and never through a link; what is
written is named relative to the last one. There is no moment between a check and a write.

Linux, macOS and the BSDs have all calls for that (open, mkdir, rename and unlink relative to a folder). Windows has
neither these nor the locks without which nothing is written at all.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from imgcmp.system.atomic import naming
from imgcmp.system.ownership import as_its_folder
from imgcmp.system.real_paths import open_folder


class NotOursError(OSError):
    """Something else is where a folder or a file of ours should be; the message names it and says what to do."""


class Tree(NamedTuple):
    """A folder, and its numbers, which tell whether another one has taken its place.

    They are given to no other folder as long as who began (`opened_tree`) holds this one open.
    """

    path: str
    device: int
    inode: int

    @contextmanager
    def folder_of(self, name: str, *, make: bool = False) -> Iterator[int]:
        """Yield a handle of the folder below this one in which a file lies.

        Parameters
        ----------
        name : str
            Of the file, relative to this folder.
        make : bool
            Whether to make the folders that are missing.

        Raises
        ------
        NotOursError
            If one of these folders is a link, or no folder, or if another folder is at this one's place.
        OSError
            If one is missing, or cannot be opened or made.
        """
        path, handle = self.path, self._opened()
        try:
            for part in name.split("/")[:-1]:
                path = os.path.join(path, part)
                below = _folder_in(handle, part, path, make)
                os.close(handle)
                handle = below
            yield handle
        finally:
            os.close(handle)

    def _opened(self) -> int:
        handle = _opened_folder(None, self.path, self.path)
        if _numbers(handle) != (self.device, self.inode):
            os.close(handle)
            raise NotOursError(f"{self.path} is not the folder any more that it was at the start: run it again")
        return handle


@contextmanager
def opened_tree(path: str) -> Iterator[Tree]:
    """Hold a folder open, and yield what tells it from others.

    Raises
    ------
    NotOursError
        If it is a link or no folder.
    OSError
        If it cannot be opened.
    """
    handle = _opened_folder(None, path, path)
    try:
        yield Tree(path, *_numbers(handle))
    finally:
        os.close(handle)


def check_replaceable(folder: int, path: str) -> os.stat_result | None:
    """Check that what has the name of `path` in an open folder is a regular file, or nothing; return its status."""
    status = _status(folder, os.path.basename(path))
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise _in_the_way(path, status, "not a regular file")
    return status


def _folder_in(folder: int, name: str, path: str, make: bool) -> int:
    if name in ("", ".", ".."):
        raise ValueError(f"{path} is no path of a folder below another one")
    if not make or _status(folder, name) is not None:
        return _opened_folder(folder, name, path)
    with naming(path):
        try:
            os.mkdir(name, dir_fd=folder)
        except FileExistsError:  # by another worker
            return _opened_folder(folder, name, path)
    handle = _opened_folder(folder, name, path)
    as_its_folder(handle, folder)
    return handle


def _opened_folder(above: int | None, name: str, path: str) -> int:
    try:
        return open_folder(name, above)
    except OSError as error:
        # Systems don't agree on what they answer at a link: ELOOP, ENOTDIR, EMLINK.
        status = _status(above, name)
        if status is not None and not stat.S_ISDIR(status.st_mode):
            raise _in_the_way(path, status, "not a directory") from error
        error.filename = path
        raise


def _in_the_way(path: str, status: os.stat_result, what: str) -> NotOursError:
    if stat.S_ISLNK(status.st_mode):
        return NotOursError(f"{path} is a link, and nothing is written through a link: remove it")
    return NotOursError(f"{path} is {what}, and in the way: move it elsewhere")


def _status(folder: int | None, name: str) -> os.stat_result | None:
    """Return the status of what has a name, of a link its own; None if it can't be told."""
    with suppress(OSError):
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    return None


def _numbers(handle: int) -> tuple[int, int]:
    status = os.fstat(handle)
    return status.st_dev, status.st_ino
