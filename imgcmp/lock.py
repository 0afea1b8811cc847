"""One writer at a time."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from imgcmp.errors import InputError
from imgcmp.text import shown


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock on what `path` names while the block runs.

    The lock is on a hidden file beside it, which says who holds it: ``.name.lock``. The system gives the lock back when
    the process ends, however it ends; the file stays.

    Raises
    ------
    InputError
        If another process holds it, or nothing can be written there.
    """
    folder, name = os.path.split(path)
    try:
        os.makedirs(folder, exist_ok=True)
        handle = os.open(os.path.join(folder, f".{name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"{path} cannot be written ({why}): name another place for it") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 1000).decode(errors="replace").strip() or "another process"
            raise InputError(f"{path} is being written by {shown(holder)}: wait until that is done") from None
        except OSError:
            pass  # a network file system without locks; nothing can be told there
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)
