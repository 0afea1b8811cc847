"""Write a file beside its final place, then rename it there: readers see the old one or the new one, whole."""

import os
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
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=suffix, dir=folder or ".")
    os.close(handle)
    try:
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp makes files that no one else may read
        yield temporary
        if durable:
            _sync(temporary)
        os.replace(temporary, path)
        if durable:
            _sync(folder or ".")
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


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
