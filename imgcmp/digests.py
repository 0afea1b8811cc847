"""What tells that two files are the same, without reading all of them: a digest of their size and their two ends."""

import os
from hashlib import blake2b

EDGE_BYTES = 2**16
DIGEST_BYTES = 16


def digest(path: str) -> bytes:
    """Compute the digest of a file; of a large one only the two ends are read.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    digest : bytes
        As `digest_of` gives it.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= 2 * EDGE_BYTES:
            return digest_of(size, file.read(size))
        start = file.read(EDGE_BYTES)
        file.seek(-EDGE_BYTES, os.SEEK_END)
        return digest_of(size, start, file.read(EDGE_BYTES))


def digest_of(size: int, *parts: bytes | memoryview) -> bytes:
    """Compute the digest of a file from its size and what is read of it.

    Parameters
    ----------
    size : int
        Of the file, in bytes.
    *parts : bytes
        The whole file if it has at most 128 KiB; else its first and its last 64 KiB.

    Returns
    -------
    digest : bytes
        16 bytes: BLAKE2b, without key, salt or personalisation, of the size as 8 bytes, little-endian, and the parts.
    """
    state = blake2b(size.to_bytes(8, "little"), digest_size=DIGEST_BYTES)
    for part in parts:
        state.update(part)
    return state.digest()
