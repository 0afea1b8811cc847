"""Writing behind what a database file holds: checksums are kept by the way, and the head comes last."""

import hashlib
import os
from collections.abc import Iterable
from io import FileIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.database.hdf5_objects import superblock
from imgcmp.database.schema import USER_BLOCK_BYTES, VERSION
from imgcmp.database.sealed_file import BLOCK_BYTES, CHECKSUM_BYTES, HEAD_BYTES, SealedFile, head_of

Data = bytes | memoryview | NDArray[Any]

_ALIGNMENT = 8


class SealWriter:
    """Adds to a file, and seals it.

    Parameters
    ----------
    file : FileIO
        Open to be written; unbuffered.
    before : SealedFile, optional
        What it holds, all of which stays as it is; default: nothing yet.
    """

    def __init__(self, file: FileIO, before: SealedFile | None = None) -> None:
        self._file = file
        self._complete: list[bytes] = []  # checksums of whole blocks
        self._block = hashlib.sha256()
        self._in_block = 0
        self.position = HEAD_BYTES
        if before is not None:
            self._go_on_from(before)
        self._file.seek(self.position)

    def write(self, data: Data) -> int:
        """Write at the next address that is a multiple of 8, which is returned: counted from the user block's end."""
        self._put(bytes(-self.position % _ALIGNMENT))
        address = self.position - USER_BLOCK_BYTES
        self._put(data)
        return address

    def write_parts(self, parts: Iterable[NDArray[Any]]) -> int:
        """Write arrays one after another; return the address of the first, as `write` does."""
        address = self.write(b"")
        for part in parts:
            self._put(np.ascontiguousarray(part))
        return address

    def seal(self, root: int) -> bytes:
        """Let the file lead to a root group, by its address; return the new user block.

        All is on the disk before the head is; a killed process, or a power cut, leaves the old head or the new one.
        """
        checksums = b"".join(self._complete) + (self._block.digest() if self._in_block else b"")
        head = head_of(VERSION, self.position, superblock(USER_BLOCK_BYTES, self.position, root), checksums)
        _write_all(self._file, memoryview(checksums))
        os.fsync(self._file.fileno())
        _write_head(self._file, head)
        return head[:USER_BLOCK_BYTES]

    def _go_on_from(self, before: SealedFile) -> None:
        n_whole = (before.end - HEAD_BYTES) // BLOCK_BYTES
        start = HEAD_BYTES + n_whole * BLOCK_BYTES
        begun = bytearray(before.end - start)
        before.read_at(start, memoryview(begun))  # checked: what is damaged is not sealed anew
        self._complete = [before.checksums[k * CHECKSUM_BYTES : (k + 1) * CHECKSUM_BYTES] for k in range(n_whole)]
        self._note(memoryview(begun))
        self._note(memoryview(before.checksums))
        self.position = before.end_of_checksums

    def _put(self, data: Data) -> None:
        view = memoryview(data if isinstance(data, bytes | memoryview) else data.data)
        if view.nbytes:
            view = view.cast("B")
            _write_all(self._file, view)
            self._note(view)
            self.position += len(view)

    def _note(self, data: memoryview) -> None:
        """Bring data into the checksums."""
        done = 0
        while done < len(data):
            part = data[done : done + BLOCK_BYTES - self._in_block]
            self._block.update(part)
            self._in_block += len(part)
            done += len(part)
            if self._in_block == BLOCK_BYTES:
                self._complete.append(self._block.digest())
                self._block, self._in_block = hashlib.sha256(), 0


def put_back(file: FileIO, before: SealedFile) -> None:
    """Let a file hold what it held before, after a write that failed at any step."""
    if os.pread(file.fileno(), HEAD_BYTES, 0) != before.head:
        _write_head(file, before.head)  # first: a head that leads to what is cut off is the end of the file
    file.truncate(before.end_of_checksums)


def _write_head(file: FileIO, head: bytes) -> None:
    file.seek(0)
    _write_all(file, memoryview(head))
    os.fsync(file.fileno())


def _write_all(file: FileIO, data: memoryview) -> None:
    done = 0
    while done < len(data):
        done += file.write(data[done:]) or 0
