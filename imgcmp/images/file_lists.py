"""Lists of files to read, as `find` and other programs write them."""

import os
import sys

from imgcmp.errors import InputError

STANDARD_INPUT = "-"


def read_list(source: str, *, nul: bool = False) -> list[str]:
    """Read a list of paths, one a line.

    Parameters
    ----------
    source : str
        The file, or ``-`` for standard input.
    nul : bool
        Whether each path ends with a NUL byte instead of a newline, as `find -print0` writes them: the only list that
        holds any name.

    Returns
    -------
    paths : list of str
        As they are in the list, byte for byte (not UTF-8: surrogateescape); at least one.

    Raises
    ------
    InputError
        If the list cannot be read, is empty, or holds an empty name or one that no file can have.
    """
    name = "standard input" if source == STANDARD_INPUT else source
    try:
        contents = _contents(source)
    except OSError as error:
        raise InputError(f"the list {name} cannot be read: {(error.strerror or str(error)).lower()}") from None
    end = b"\0" if nul else b"\n"
    paths = contents.removesuffix(end).split(end)
    if not contents:
        raise InputError(f"the list {name} is empty: it must name image files or folders of them")
    if b"" in paths:
        raise InputError(f"the list {name} holds an empty name, its number {paths.index(b'') + 1}")
    if not nul and b"\0" in contents:
        raise InputError(f"the list {name} holds NUL bytes: read it with -0 if they end its names")
    return [os.fsdecode(path) for path in paths]


def _contents(source: str) -> bytes:
    if source == STANDARD_INPUT:
        if sys.stdin is None:  # closed by the caller
            raise OSError("it is closed")
        return sys.stdin.buffer.read()
    with open(source, "rb") as file:
        return file.read()
