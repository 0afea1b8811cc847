"""What tells that two files are the same, without reading all of them: a digest of their size and their two ends."""

from hashlib import blake2b

EDGE_BYTES = 2**16
DIGEST_BYTES = 16


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


def identity(digest: bytes, size: int, mtime_ns: int) -> bytes:
    """Return what a file is known by after it was moved.

    Parameters
    ----------
    digest : bytes
        As `digest_of` gives it.
    size, mtime_ns : int
        Of the file: bytes, and nanoseconds since 1970.

    Returns
    -------
    identity : bytes
        The digest, if it covers the whole file. Else also the time, which moving a file keeps: two screenshots, or two
        scans without compression, may be of one size and have the same ends.
    """
    return digest if size <= 2 * EDGE_BYTES else digest + mtime_ns.to_bytes(8, "little", signed=True)
