"""Write a file beside its final place, then rename it there: readers see the old one or the new one, whole.

A temporary file is locked by the process that writes it. That, and not a process id, tells what was left by a dead one:
ids are given out again, and mean nothing in another container or on another host.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TEMPORARY_PREFIX = ".imgcmp-"


@contextmanager
def replacing(path: str, *, durable: bool = True) -> Iterator[str]:
    """Yield the name of a temporary file in the folder of `path`; rename it to `path` when the block succeeds.

    Parameters
    ----------
    path : str
        The file to make or replace; its folder must exist.
    durable : bool
        Whether to wait until the contents are on the disk before the rename, so that a power cut cannot leave
        an empty file under the final name.

    Raises
    ------
    OSError
        If the file cannot be written. The temporary file is removed when the block fails, for whatever reason.
    """
    folder, name = os.path.split(path)
    suffix = os.path.splitext(name)[1][:16]
    handle, temporary = _made_and_locked(folder or ".", _prefix(name), suffix)
    try:
        os.chmod(temporary, _mode_for(path))  # mkstemp makes files that no one else may read
        yield temporary
        if durable:
            _sync(temporary)
        os.replace(temporary, path)
        if durable:
            with suppress(OSError):  # some network file systems don't sync folders; the file itself is there
                _sync(folder or ".")
    except BaseException:
        with suppress(OSError):  # also where the folder is gone or the drive is read-only now: the first error counts
            os.unlink(temporary)
        raise
    finally:
        os.close(handle)


def remove_leftovers(path: str) -> None:
    """Remove the temporary files of `path` that were left by processes that are dead."""
    folder, name = os.path.split(path)
    with suppress(OSError), os.scandir(folder or ".") as entries:
        for entry in entries:
            if entry.name.startswith(_prefix(name)):
                remove_if_left(entry.path)


def remove_if_left(temporary: str) -> None:
    """Remove a temporary file unless the process that writes it is alive."""
    with suppress(OSError):
        handle = os.open(temporary, os.O_RDWR | os.O_NOFOLLOW)
        try:
            if _try_lock(handle):
                os.unlink(temporary)
        finally:
            os.close(handle)


def _made_and_locked(folder: str, prefix: str, suffix: str) -> tuple[int, str]:
    """Make a temporary file and lock it. Between the two others may take it for a left-over: then another is made."""
    while True:
        handle, temporary = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=folder)
        with suppress(OSError):  # a file system without locks: nobody removes left-overs there
            fcntl.flock(handle, fcntl.LOCK_EX)  # whoever removes it holds it for a moment
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.stat(temporary)):
                return handle, temporary
        os.close(handle)


def _prefix(name: str) -> str:
    """Return how the temporary files of a file are called: not by its name, which may take all the bytes of one."""
    return f"{TEMPORARY_PREFIX}{hashlib.blake2b(os.fsencode(name), digest_size=4).hexdigest()}-"


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held; or a file system without locks, where nothing can be told
        return False
    return True


def _mode_for(path: str) -> int:
    """Return who may read and write a file: whoever could before, or may by default."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
