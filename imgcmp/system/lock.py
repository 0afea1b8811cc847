"""One writer at a time.

The lock is the system's (flock), which gives it back however a process ends: there is no stale lock to take over. The
package filelock does the same, but its lock does not say who holds it, and its older versions (3.16 for one) empty the
file at every attempt, and with it the name of the holder.

The file of the lock lies in the user's folders, under a name that may be taken. It is never opened through a link, and
nothing is written into one that holds anything else than what a lock says.
"""

import errno
import fcntl
import os
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imgcmp.errors import InputError
from imgcmp.system.ownership import open_or_make
from imgcmp.system.text import shown

_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY  # no pipe keeps us waiting
_TEXT = re.compile(rb"(process [0-9]+ on [^\n\0]*\n?)?\0*\Z")  # of nobody: empty; zeros are what a power cut leaves
_MOST_BYTES = 1000
_TAKEN = (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENXIO)  # another user's; a folder; a socket
_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)  # some file systems answer EACCES


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock on what `path` names while the block runs.

    The lock is on a hidden file beside it, which says who holds it: ``.name.lock``. The file stays: were it removed,
    one process could lock the old file and another one a new file of the same name.

    Raises
    ------
    InputError
        If another process holds it, if nothing can be written there, or if the file is not one of a lock.
    """
    folder, name = os.path.split(path)
    lock = os.path.join(folder, f".{name}.lock")
    handle = _opened(path, lock)
    try:
        if try_lock(handle) is False:
            raise InputError(f"{path} is being written by {_holder(handle)}: wait until that is done")
        _check_ours(handle, path, lock)
        _say(handle, f"process {os.getpid()} on {socket.gethostname()}\n")
        yield
        _say(handle, "")
    finally:
        os.close(handle)


def try_lock(handle: int) -> bool | None:
    """Lock an open file or folder, unless another holds it: False; None where no locks are, as on some network drives.

    The lock is given back when the handle is closed.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True


def _opened(path: str, lock: str) -> int:
    try:
        handle = open_or_make(lock, _FLAGS)
    except OSError as error:
        if os.path.islink(lock):
            raise InputError(f"{lock} is a link, where {path} has its lock: remove the link") from None
        why = (error.strerror or str(error)).lower()
        if error.errno in _TAKEN and os.path.lexists(lock):
            raise InputError(f"{lock}, the lock of {path}, cannot be written ({why}): move it elsewhere") from None
        raise InputError(f"{path} cannot be written ({why}): name another place for it") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InputError(f"{lock} is not a regular file, where {path} has its lock: move it elsewhere")
    return handle


def _check_ours(handle: int, path: str, lock: str) -> None:
    """Refuse a file that holds anything else, by whatever name it came there: a hard link of a user's, say."""
    if os.fstat(handle).st_size > _MOST_BYTES or not _TEXT.match(os.pread(handle, _MOST_BYTES, 0)):
        raise InputError(f"{lock} is not what {path} has as its lock, but somebody's file: move it elsewhere")


def _holder(handle: int) -> str:
    text = os.pread(handle, _MOST_BYTES, 0).strip(b"\n\0")
    return shown(text.decode(errors="replace")) if text and _TEXT.match(text) else "another process"


def _say(handle: int, text: str) -> None:
    with suppress(OSError):  # on a full disk the lock holds all the same, without a name
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
