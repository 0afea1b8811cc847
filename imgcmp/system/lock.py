"""One writer at a time.

The lock is the system's (flock), which gives it back however a process ends: there is no stale lock to take over. The
package filelock does the same, but its lock does not say who holds it, and its older versions (3.16 for one) empty the
file at every attempt, and with it the name of the holder.
"""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imgcmp.errors import InputError
from imgcmp.system.text import shown

_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)  # some file systems answer EACCES


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock on what `path` names while the block runs.

    The lock is on a hidden file beside it, which says who holds it: ``.name.lock``. The file stays: were it removed,
    one process could lock the old file and another one a new file of the same name.

    Raises
    ------
    InputError
        If another process holds it, or nothing can be written there.
    """
    handle = _opened(path)
    try:
        if not _try_lock(handle):
            holder = os.read(handle, 1000).decode(errors="replace").strip() or "another process"
            raise InputError(f"{path} is being written by {shown(holder)}: wait until that is done")
        _say(handle, f"process {os.getpid()} on {socket.gethostname()}\n")
        yield
        _say(handle, "")
    finally:
        os.close(handle)


def _opened(path: str) -> int:
    folder, name = os.path.split(path)
    try:
        return os.open(os.path.join(folder, f".{name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"{path} cannot be written ({why}): name another place for it") from None


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD  # any other: a network file system without locks; nothing can be told there
    return True


def _say(handle: int, text: str) -> None:
    with suppress(OSError):  # on a full disk the lock holds all the same, without a name
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
