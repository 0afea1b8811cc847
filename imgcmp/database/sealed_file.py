"""A database file, whose bytes are checked as they are read: a head, and the checksums of blocks of what is behind it.

The head, the first 1,024 bytes, is the user block and the superblock of HDF5. It is written in one go, and is all that
ever changes: what lies behind it is only added to. So who has read the head finds all that it leads to, whatever is
added meanwhile; and what a killed writer added, and no head leads to, is as if it weren't there.
"""

import hashlib
import io
import os
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from imgcmp.database.hdf5_objects import SUPERBLOCK_BYTES
from imgcmp.database.schema import USER_BLOCK_BYTES
from imgcmp.database.user_block import DamagedError, UserBlock, parse
from imgcmp.system.cores import usable_cores

HEAD_BYTES = 1024
SUPERBLOCK_SECTOR_BYTES = HEAD_BYTES - USER_BLOCK_BYTES
BLOCK_BYTES = 2**20
CHECKSUM_BYTES = 32
_MOST_READERS = 4  # threads that read and check: 150 MB took 83 ms in one, 46 in two
_HEAD_TRIES = 5  # in case that it is being written


class SealedFile(io.RawIOBase):
    """The bytes that a head leads to, checked as they are read; a file to read for h5py.

    Parameters
    ----------
    handle : int
        An open file, which is this object's from now on.
    path : str
        Its name, for messages.

    Attributes
    ----------
    head : bytes
        The first 1,024 bytes, as they were then.
    end : int
        Where what the head leads to ends; the checksums of blocks follow there.
    checksums : bytes
        SHA-256 of each block of 1 MiB behind the head, one after another.

    Raises
    ------
    DamagedError
        If the head doesn't fit the checksums; by reading, if what is read doesn't.
    """

    def __init__(self, handle: int, path: str) -> None:
        super().__init__()
        self.path = path
        self._handle = handle
        self._position = 0
        # Closed with the last who reads from it; what is closed twice would be another's file.
        self._close_handle = weakref.finalize(self, os.close, handle)
        if not any(self._read_head() for _ in range(_HEAD_TRIES)):
            raise DamagedError(self.path, "its checksum does not match")
        self._is_checked = bytearray(len(self.checksums) // CHECKSUM_BYTES)

    @property
    def user_block(self) -> bytes:
        """The first 512 bytes."""
        return self.head[:USER_BLOCK_BYTES]

    @property
    def n_blocks(self) -> int:
        """How many blocks there are."""
        return len(self._is_checked)

    @property
    def end_of_checksums(self) -> int:
        """Where all ends that the head speaks of."""
        return self.end + len(self.checksums)

    def status(self) -> os.stat_result:
        """Return the status of the open file."""
        return os.fstat(self._handle)

    def read_at(self, position: int, target: memoryview) -> None:
        """Fill a buffer of bytes with what lies from a position on; DamagedError if that isn't what was written."""
        if position + len(target) > self.end:
            raise DamagedError(self.path, "it leads beyond its end")
        if position < HEAD_BYTES:
            n = min(HEAD_BYTES - position, len(target))
            target[:n] = self.head[position : position + n]
            position, target = position + n, target[n:]
        if not len(target):
            return
        first, last = _block_of(position), _block_of(position + len(target) - 1)
        unchecked = [block for block in range(first, last + 1) if not self._is_checked[block]]
        if len(unchecked) > 1:
            with ThreadPoolExecutor(min(_MOST_READERS, usable_cores())) as threads:
                for _ in threads.map(lambda block: self._read_block(block, position, target), range(first, last + 1)):
                    pass
        elif unchecked:
            for block in range(first, last + 1):
                self._read_block(block, position, target)
        else:
            self._fill(position, target)

    def check_all(self) -> None:
        """Raise DamagedError if anything is not as it was written."""
        for block in self.wrong_blocks():
            raise DamagedError(self.path, f"its checksum does not match at byte {_start_of(block):,}")

    def wrong_blocks(self) -> Iterator[int]:
        """Yield the numbers of the blocks that are not as they were written."""
        for block, is_checked in enumerate(self._is_checked):
            if not is_checked:
                start = _start_of(block)
                try:
                    self._read_block(block, start, memoryview(bytearray(self._end_of(block) - start)))
                except DamagedError:
                    yield block

    # What h5py calls

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a position."""
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.end}[whence]
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        """Fill a buffer, as far as there is something to read."""
        target = memoryview(buffer).cast("B")
        target = target[: max(0, self.end - self._position)]
        self.read_at(self._position, target)
        self._position += len(target)
        return len(target)

    def _read_head(self) -> bool:
        """Read the head, and tell whether it fits the checksums."""
        self.head = os.pread(self._handle, HEAD_BYTES, 0)
        block = parse(self.head[:USER_BLOCK_BYTES])
        self.end = USER_BLOCK_BYTES + block.length if block else 0
        self.checksums = _checksums_at(self._handle, self.end)
        return block is not None and block.sha256 == sealed_by(self.head[USER_BLOCK_BYTES:], self.checksums)

    def _read_block(self, block: int, position: int, target: memoryview) -> None:
        """Read what a block has of the target, and check the block unless it was."""
        start, end = _start_of(block), self._end_of(block)
        part = target[max(0, start - position) : max(0, end - position)]
        if self._is_checked[block]:
            self._fill(max(start, position), part)
            return
        whole = part if len(part) == end - start else memoryview(bytearray(end - start))
        self._fill(start, whole)
        if hashlib.sha256(whole).digest() != self.checksums[CHECKSUM_BYTES * block : CHECKSUM_BYTES * (block + 1)]:
            raise DamagedError(self.path, f"its checksum does not match at byte {start:,}")
        self._is_checked[block] = True
        if whole is not part:
            offset = max(start, position) - start
            part[:] = whole[offset : offset + len(part)]

    def _fill(self, position: int, target: memoryview) -> None:
        done = 0
        while done < len(target):
            n = os.preadv(self._handle, [target[done:]], position + done)
            if n == 0:
                raise DamagedError(self.path, "it is cut off")
            done += n

    def _end_of(self, block: int) -> int:
        return min(_start_of(block + 1), self.end)


def sealed_by(superblock_sector: bytes, checksums: bytes) -> str:
    """Return what a user block states of a superblock and of the checksums of the blocks: their SHA-256, in hex."""
    return hashlib.sha256(superblock_sector + checksums).hexdigest()


def head_of(version: int, end: int, superblock: bytes, checksums: bytes) -> bytes:
    """Return the head of a file."""
    assert len(superblock) == SUPERBLOCK_BYTES
    sector = superblock.ljust(SUPERBLOCK_SECTOR_BYTES, b"\0")
    return UserBlock(version, end - USER_BLOCK_BYTES, sealed_by(sector, checksums)).packed() + sector


def n_checksum_bytes(end: int) -> int:
    """Return how many bytes of checksums there are of a file whose last block ends there."""
    return CHECKSUM_BYTES * -(-max(0, end - HEAD_BYTES) // BLOCK_BYTES)


def _checksums_at(handle: int, end: int) -> bytes:
    if end > os.fstat(handle).st_size:  # a damaged head: what it says may be more than there is memory for
        return b""
    return os.pread(handle, n_checksum_bytes(end), end)


def _block_of(position: int) -> int:
    return (position - HEAD_BYTES) // BLOCK_BYTES


def _start_of(block: int) -> int:
    return HEAD_BYTES + block * BLOCK_BYTES
