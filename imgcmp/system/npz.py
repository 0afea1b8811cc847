"""Arrays in a file, as NumPy's npz: read whole or not at all, and never put over what is something else."""

import errno
import os
import stat
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.system.atomic import replacing
from imgcmp.system.memory import available_bytes

_MEMBER = b"PK\x03\x04"
_NAME_AT = 30  # behind the fixed part of a member's header (PKWARE's APPNOTE.TXT, 4.3.7)


class NotWholeError(ValueError):
    """A file is no such file, or damaged."""


def read_npz(path: str | os.PathLike[str], *, form: str, version: int) -> dict[str, NDArray[Any]]:
    """Read all arrays of a file that `write_npz` wrote.

    Parameters
    ----------
    path : str or path-like
        The file.
    form : str
        What it holds: the name of its first array, which is the version.
    version : int
        That it must have.

    Returns
    -------
    arrays : dict of ndarray
        By name, the version left out.

    Raises
    ------
    OSError
        If it cannot be opened, or the drive can't read it.
    MemoryError
        If it is larger than the memory that is left.
    NotWholeError
        If it isn't one, not of this version, or not whole.
    """
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            found = int(arrays.pop(form))
        except Exception as error:  # nearly any is raised of damaged data: of a flag of encryption RuntimeError
            if isinstance(error, OSError) and error.errno == errno.EIO:
                raise
            # A header that is damaged may ask for any size.
            if isinstance(error, MemoryError) and os.fstat(file.fileno()).st_size > available_bytes():
                raise
            raise NotWholeError(f"{os.fspath(path)} is no {form}, or damaged") from error
    if found != version:
        raise NotWholeError(f"{os.fspath(path)} is {form} of version {found}, not {version}")
    return arrays


def write_npz(
    path: str | os.PathLike[str], arrays: Mapping[str, Any], *, form: str, version: int, durable: bool = True
) -> None:
    """Write arrays to a file, beside it, and rename it: see `read_npz`, and `imgcmp.system.atomic.replacing`.

    Raises
    ------
    FileExistsError
        If there is a file of that name that is neither empty nor such a one.
    OSError
        If it cannot be written.
    """
    path = os.fspath(path)
    if not _may_be_replaced(path, form):
        raise FileExistsError(f"{path} exists, and is no {form}: it is left as it is")
    with replacing(path, durable=durable) as temporary, open(temporary, "wb") as file:
        members: dict[str, Any] = {form: np.int64(version), **arrays}
        np.savez(file, **members)


def _may_be_replaced(path: str, form: str) -> bool:
    """Tell whether nothing is there, or an empty file, or one whose first member is of this name."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            start = file.read(_NAME_AT + len(form) + 1)
    except FileNotFoundError:
        return True
    return not start or (start.startswith(_MEMBER) and start[_NAME_AT:] == f"{form}.".encode())
