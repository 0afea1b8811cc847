"""Lists of files to read, as `find` and other programs write them."""

import codecs
import os
import sys

from imgcmp.errors import InputError

STANDARD_INPUT = "-"

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_list(source: str, *, nul: bool = False) -> list[str]:
    """Read a list of paths, one a line.

    Parameters
    ----------
    source : str
        The file, or ``-`` for standard input.
    nul : bool
        Whether each path ends with a NUL byte instead of a newline, as `find -print0` writes them: the only list that
        holds any name, byte for byte.

    Returns
    -------
    paths : list of str
        As they are in the list (not UTF-8: surrogateescape); at least one. A list of lines may be one that Windows
        wrote: a byte order mark says whether it is of UTF-8 or UTF-16, and a carriage return at the end of a line is no
        part of the name, unless there is a file of this very name.

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
    if not nul:
        contents = _in_utf_8(contents, name)
    end = b"\0" if nul else b"\n"
    paths = contents.removesuffix(end).split(end)
    if not contents:
        raise InputError(f"the list {name} is empty: it must name image files or folders of them")
    if not nul and b"\0" in contents:
        raise InputError(
            f"the list {name} holds NUL bytes: read it with -0 if they end its names, else save it as UTF-8"
        )
    if not nul:
        paths = [_without_carriage_return(path) for path in paths]
    if b"" in paths:
        raise InputError(f"the list {name} holds an empty name, its number {paths.index(b'') + 1}")
    return [os.fsdecode(path) for path in paths]


def _in_utf_8(contents: bytes, name: str) -> bytes:
    """Return the contents of a list without the mark that editors and PowerShell put before it, in UTF-8."""
    if contents.startswith(_MARKS) and (b"\0" in contents or contents in _MARKS):  # else it is a name
        try:
            return contents.decode("utf-16").encode()
        except UnicodeError:
            raise InputError(f"the list {name} is damaged, or not of UTF-16 as it says: save it as UTF-8") from None
    return contents.removeprefix(codecs.BOM_UTF8)


def _without_carriage_return(path: bytes) -> bytes:
    """Return a path without the end of a line of Windows; macOS has files whose names really end so."""
    if path.endswith(b"\r") and not os.path.lexists(path):
        return path[:-1]
    return path


def _contents(source: str) -> bytes:
    if source == STANDARD_INPUT:
        if sys.stdin is None:  # closed by the caller
            raise OSError("it is closed")
        return sys.stdin.buffer.read()
    with open(source, "rb") as file:
        return file.read()
