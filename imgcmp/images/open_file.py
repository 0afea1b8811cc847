"""A file as it is read: once, for its digest and its picture."""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from stat import S_ISREG
from typing import BinaryIO, NamedTuple

from imgcmp.images.file_digest import EDGE_BYTES, covers_all, digest_between, digest_of, spots_between
from imgcmp.system.real_paths import NO_LINK, open_real

NOT_REGULAR = "not a regular file"

# Windows has neither pipes nor terminals among its files; and reads bytes as they are only if told so.
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY"))

# Larger files are not read at once, but as their decoder asks for it. Nearly all photographs are smaller.
_IN_MEMORY_BYTES = 2**24

# EXIF with its thumbnail takes 14 KiB in the median of 35 cameras, and 64 at most: what is missing is read on its own.
_START_BYTES = 2**14

_IN_PARTS = b"\xff\xd8\xff"  # a JPEG, too: of a progressive one a tenth may do


class Content(NamedTuple):
    """An open file: to read from, its size in bytes, its first and last 64 KiB (all of it, and nothing, if small).

    Of one that `opened` reads the start of alone these are 16 KiB, and nothing.
    """

    path: str
    file: BinaryIO
    size: int
    start: bytes | memoryview
    end: bytes | memoryview

    def digest(self) -> bytes:
        """Return what tells whether another file is the same; see `imgcmp.images.file_digest.digest_of`."""
        return digest_of(self.size, self.start, self.end)

    def middle(self) -> bytes:
        """Return what tells whether another file of the same ends is the same; see `digest_between`.

        After decoding it is read from the system's memory: before, a hard disk would have to seek 32 times.
        """
        spots = spots_between(self.size)
        if isinstance(self.file, io.BufferedReader) and hasattr(os, "pread"):  # in half of the time
            handle = self.file.fileno()
            return digest_between([os.pread(handle, n_bytes, place) for place, n_bytes in spots])
        return digest_between([self.read_at(place, n_bytes) for place, n_bytes in spots])

    def read_at(self, place: int, n_bytes: int) -> bytes:
        """Return bytes from any place; whoever reads the file goes on from where it was."""
        if place + n_bytes <= len(self.start):
            return bytes(self.start[place : place + n_bytes])
        with place_kept(self.file):
            self.file.seek(place)
            return self.file.read(n_bytes)


@contextmanager
def opened(path: str, *, as_found: bool = False, start_alone: bool = False) -> Iterator[Content]:
    """Open a file, and read all of it unless it is huge, or a JPEG.

    Parameters
    ----------
    path : str
        Its name.
    as_found : bool
        Whether that is its real path, found before: then links that have come since are not followed.
    start_alone : bool
        Whether of a large JPEG no more than 16 KiB are read at first: then it has no digest.

    Raises
    ------
    OSError
        If the file cannot be read, or is no regular file any more.
    """
    with open(path, "rb", buffering=0, opener=found_file if as_found else regular_file) as raw:
        size = os.fstat(raw.fileno()).st_size
        is_read_at_once = covers_all(size) or (size <= _IN_MEMORY_BYTES and raw.read(len(_IN_PARTS)) != _IN_PARTS)
        raw.seek(0)
        if is_read_at_once:
            whole = raw.read()
            yield Content(path, io.BytesIO(whole), len(whole), *_edges(whole))
        else:
            file = io.BufferedReader(raw)
            start, end = file.read(_START_BYTES if start_alone else EDGE_BYTES), b""
            if not start_alone:
                file.seek(max(0, size - EDGE_BYTES))
                end = file.read(EDGE_BYTES)
            file.seek(0)
            yield Content(path, file, size, start, end)


@contextmanager
def place_kept(file: BinaryIO) -> Iterator[None]:
    """Go back to where the file was, at the end of the block."""
    before = file.tell()
    try:
        yield
    finally:
        file.seek(before)


def regular_file(path: str, flags: int) -> int:
    """Open a regular file and never wait: an `opener` for `open`, for files that may have become something else.

    Raises
    ------
    OSError
        If it cannot be opened, or is no regular file: a pipe, say, which would keep its reader waiting.
    """
    return _regular(os.open(path, flags | _FLAGS), path)


def found_file(path: str, flags: int) -> int:
    """Open a regular file at a real path, likewise; links that have come since it was found are not followed."""
    return _regular(open_real(path, flags | _FLAGS), path)


def file_in(folder: int, name: str) -> int:
    """Open a regular file in an open folder, likewise, for reading."""
    return _regular(os.open(name, os.O_RDONLY | _FLAGS | NO_LINK, dir_fd=folder), name)


def _regular(handle: int, path: str) -> int:
    if S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, NOT_REGULAR, path)


def _edges(whole: bytes) -> tuple[bytes | memoryview, bytes | memoryview]:
    if covers_all(len(whole)):
        return whole, b""
    view = memoryview(whole)
    return view[:EDGE_BYTES], view[-EDGE_BYTES:]
