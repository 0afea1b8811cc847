"""Whose a file is that we make, and who may read it: those of the file that it replaces.

Only root can take a file from its user, and only root can give it back. What root makes anew in a folder of a user's
belongs to that user: a lock or a folder of root's there would shut the user out of the own database.
"""

import os
import stat
from contextlib import suppress

from imgcmp.system.real_paths import open_folder


def as_before(handle: int, before: os.stat_result) -> None:
    """Give an open file the owner, group and mode of the one that it will replace, as far as the system lets us."""
    now = os.fstat(handle)
    # Only root gives files away; others may give theirs to a group that they are in.
    for owner in (before.st_uid, -1):
        if (owner, before.st_gid) in ((now.st_uid, now.st_gid), (-1, now.st_gid)):
            break
        with suppress(OSError):
            os.fchown(handle, owner, before.st_gid)
            break
    with suppress(OSError):  # FAT has no modes; the file is then no more open to others than it was
        os.fchmod(handle, stat.S_IMODE(before.st_mode))


def as_its_folder(handle: int, folder: int | str) -> None:
    """Give a new file or folder that root has made to the user whose folder it is in.

    Not where anyone may write, as in /tmp: what is there belongs to who made it.

    Parameters
    ----------
    handle : int
        Of what was made; it must be new, not found.
    folder : int or str
        Handle or path of the folder.
    """
    with suppress(OSError):  # FAT and some network drives have no owners
        owner = owner_of_new(folder)
        if owner is not None:
            os.fchown(handle, owner.st_uid, owner.st_gid)


def owner_of_new(folder: int | str) -> os.stat_result | None:
    """Return the status of a folder if what root makes in it belongs to the folder's owner; None: to who makes it."""
    if os.geteuid() != 0:
        return None
    status = os.stat(folder)
    return None if status.st_uid == 0 or status.st_mode & stat.S_IWOTH else status


def open_or_make(name: str, flags: int, *, folder: int | None = None) -> int:
    """Return a handle of the file of that name, made if there is none: one of root's belongs as `as_its_folder` says.

    Parameters
    ----------
    name : str
        A path; relative to `folder`, a handle, if that is given.
    flags : int
        Those of `os.open`, without O_CREAT.
    """
    while True:
        with suppress(FileNotFoundError):
            return os.open(name, flags, dir_fd=folder)
        with suppress(FileExistsError):  # made meanwhile
            handle = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder)
            as_its_folder(handle, os.path.dirname(name) or "." if folder is None else folder)
            return handle


def make_folders(path: str) -> None:
    """Make a folder, and those above it that are missing; one that is there is left as it is."""
    missing, above = [], os.path.abspath(path)
    while not os.path.isdir(above):
        missing.append(above)
        above = os.path.dirname(above)
    for folder in reversed(missing):
        try:
            os.mkdir(folder)
        except FileExistsError:  # made meanwhile
            if os.path.isdir(folder):
                continue
            raise
        handle = open_folder(folder)
        try:
            as_its_folder(handle, os.path.dirname(folder))
        finally:
            os.close(handle)
