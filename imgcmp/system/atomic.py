"""Write a file beside its final place, then rename it there: readers see the old one or the new one, whole.

A temporary file is locked by the process that writes it. That, and not a process id, tells what was left by a dead one:
ids are given out again, and mean nothing in another container or on another host.
"""

import fcntl
import hashlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from imgcmp.system.lock import try_lock
from imgcmp.system.ownership import as_before, as_its_folder

TEMPORARY_PREFIX = ".imgcmp-"
_TEMPORARY = re.compile(re.escape(TEMPORARY_PREFIX) + r"[0-9a-f]{8}-[0-9a-z_]{8}(\..*)?\Z", re.DOTALL)


@contextmanager
def replacing(path: str, *, durable: bool = True) -> Iterator[str]:
    """Yield the name of a temporary file in the folder of `path`; rename it to `path` when the block succeeds.

    The new file has the owner, the group and the mode of the old one; see `imgcmp.system.ownership`.

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
        In the name of `path`, if it cannot be written; one that the block raises in the name of another file keeps
        it. The temporary file is removed when the block fails, for whatever reason.
    """
    folder, name = os.path.split(path)
    suffix = os.path.splitext(name)[1][:16]
    with naming(path):
        handle, temporary = _made_and_locked(folder or ".", _prefix(name), suffix)
        try:
            _own(handle, _regular(path, None), folder or ".")
            yield temporary
            if durable:
                _sync(temporary)
            os.replace(temporary, path)
            if durable:
                with suppress(OSError):  # some network file systems don't sync folders; the file itself is there
                    _sync(folder or ".")
        except BaseException:
            with suppress(OSError):  # also where the folder is gone, or the drive read-only now: the first counts
                os.unlink(temporary)
            raise
        finally:
            os.close(handle)


@contextmanager
def replacing_in(folder: int, path: str) -> Iterator[BinaryIO]:
    """Do as `replacing` in an open folder, whatever its path leads to by now; yield the temporary file, open.

    Parameters
    ----------
    folder : int
        A handle of the folder.
    path : str
        The file to make or replace, as people know it: of this its last part counts.

    Notes
    -----
    It does not wait until the contents are on the disk.
    """
    name = os.path.basename(path)
    with naming(path):
        handle, temporary = _made_in(folder, name)
        try:
            with open(handle, "w+b") as file:
                try_lock(handle)
                _own(handle, _regular(name, folder), folder)
                yield file
                file.flush()
                os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Let errors of the system name `path`, where they name no file, or a temporary one that nobody knows of."""
    try:
        yield
    except OSError as error:
        names = [name for name in (error.filename, error.filename2) if isinstance(name, (str, bytes, os.PathLike))]
        if not names or any(is_temporary(os.path.basename(os.fsdecode(name))) for name in names):
            if error.strerror is None:  # of a library: all that it has is a text
                error.strerror = str(error) or type(error).__name__
            error.filename, error.filename2 = path, None
        raise


def remove_leftovers(path: str) -> None:
    """Remove the temporary files of `path` that were left by processes that are dead."""
    folder, name = os.path.split(path)
    with suppress(OSError), os.scandir(folder or ".") as entries:
        for entry in entries:
            if entry.name.startswith(_prefix(name)):
                remove_if_left(entry.path)


def remove_if_left(temporary: str, *, folder: int | None = None) -> None:
    """Remove a temporary file, in an open folder if one is given, unless the process that writes it is alive."""
    with suppress(OSError):
        handle = os.open(temporary, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        try:
            if try_lock(handle):
                os.unlink(temporary, dir_fd=folder)
        finally:
            os.close(handle)


def is_temporary(name: str) -> bool:
    """Tell whether a file of this name is a temporary one: markers and records begin alike, and are not."""
    return _TEMPORARY.match(name) is not None


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


def _made_in(folder: int, name: str) -> tuple[int, str]:
    """Make a temporary file in an open folder, as `tempfile.mkstemp` does, which knows paths only."""
    suffix = os.path.splitext(name)[1][:16]
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        temporary = f"{_prefix(name)}{secrets.token_hex(4)}{suffix}"
        with suppress(FileExistsError):
            return os.open(temporary, flags, 0o600, dir_fd=folder), temporary


def _own(handle: int, before: os.stat_result | None, folder: int | str) -> None:
    """Give a temporary file the owner, group and mode of the file that it replaces, or those of a new one."""
    if before is not None:
        as_before(handle, before)
        return
    as_its_folder(handle, folder)
    with suppress(OSError):  # FAT has no modes
        os.fchmod(handle, 0o666 & ~_umask())  # it was made as one that no one else may read


def _regular(path: str, folder: int | None) -> os.stat_result | None:
    """Return the status of the regular file that will be replaced; None if there is none."""
    with suppress(OSError):
        status = os.stat(path, dir_fd=folder, follow_symlinks=False)
        return status if stat.S_ISREG(status.st_mode) else None
    return None


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
