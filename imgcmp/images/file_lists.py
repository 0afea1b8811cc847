"""Lists of files to read, as `find` and other programs write them."""

import codecs
import os
import sys
from typing import BinaryIO

from imgcmp.errors import InputError
from imgcmp.system.memory import format_bytes

STANDARD_INPUT = "-"

_NAME_BYTES = 2**16  # of the longest name; systems take paths of 1 to 4 KiB, and UTF-16 has two bytes a letter
_LIST_BYTES, _MOST_NAMES = 2**30, 20_000_000  # a list of more is no list, or one to be given in parts
_PART_BYTES = 2**20

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_list(source: str, *, nul: bool = False) -> list[str]:
    """Read a list of paths, one a line.

    Parameters
    ----------
    source : str
        The file, or ``-`` for standard input.
    nul : bool
        Whether each path ends with a NUL byte instead of a newline, as `find -print0` writes them: the only list that
        holds any name, byte for byte. Blank lines are none; an empty name before a NUL byte is an error.

    Returns
    -------
    paths : list of str
        As they are in the list (not UTF-8: surrogateescape); at least one. A list of lines may be one that Windows
        wrote: a byte order mark says whether it is of UTF-8 or UTF-16, and a carriage return at the end of a line is no
        part of the name, unless there is a file of this very name.

    Raises
    ------
    InputError
        If the list cannot be read, is empty, or too long; or holds an empty name or one that no file can have.
    """
    name = "standard input" if source == STANDARD_INPUT else source
    try:
        contents = _contents(source, name, nul=nul)
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
        paths = [path for path in map(_without_carriage_return, paths) if path]
        if not paths:
            raise InputError(f"the list {name} is empty: it must name image files or folders of them")
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


def _contents(source: str, name: str, *, nul: bool) -> bytes:
    if source == STANDARD_INPUT:
        if sys.stdin is None:  # closed by the caller
            raise OSError("it is closed")
        return _read_within_bounds(sys.stdin.buffer, name, nul=nul)
    with open(source, "rb") as file:
        return _read_within_bounds(file, name, nul=nul)


def _read_within_bounds(file: BinaryIO, name: str, *, nul: bool) -> bytes:
    """Read a list to its end, which a device may not have, or to where it is known to be none."""
    end = b"\0" if nul else b"\n"
    contents, start, n_names = bytearray(), 0, 0  # `start`: of the name that has not ended yet
    while part := file.read(_PART_BYTES):
        contents += part
        names = contents[start:].split(end)
        longest = max(map(len, names))
        has_nul = not nul and b"\0" in part and not contents.startswith(_MARKS)
        if has_nul or (nul and b"" in names[:-1]):
            break  # what has been read is wrong already, and the caller says in what way
        if longest > _NAME_BYTES:
            raise InputError(
                f"the list {name} holds a name of more than {_NAME_BYTES:,} bytes, which no file has: is it a list?"
            )
        start, n_names = len(contents) - len(names[-1]), n_names + len(names) - 1
        if len(contents) > _LIST_BYTES or n_names > _MOST_NAMES:
            raise InputError(
                f"the list {name} is too long, more than {_MOST_NAMES:,} names or {format_bytes(_LIST_BYTES)}: "
                "name folders, or give it in parts"
            )
    return bytes(contents)
