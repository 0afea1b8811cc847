"""Packed words <-> hex digits, as imagehash prints them; and rows of bytes, as faiss holds them."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, check_words, words_per_fingerprint
from imgcmp.system.checks import integer

Rows = NDArray[np.uint8]


def to_hex(words: Words, n_bits: int) -> str | list[str]:
    """Write fingerprints in hex, as imagehash prints them.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_words,) or (n_images, n_words)
        One packed fingerprint, or many.
    n_bits : int
        Bits of a fingerprint.

    Returns
    -------
    text : str, or list of str
        ``ceil(n_bits / 4)`` lower-case digits: the bits read as one big-endian number. A list for many.

    Raises
    ------
    TypeError, ValueError
        As `imgcmp.unpack`; also for more than two dimensions.
    """
    words = check_words(words, n_bits)
    if words.ndim > 2:
        raise ValueError(f"words must have shape (n_words,) or (n_images, n_words); got {words.shape}")
    texts = [_hex_of(row.tobytes(), n_bits) for row in np.atleast_2d(words).astype(">u8")]
    return texts[0] if words.ndim == 1 else texts


def from_hex(text: str | Iterable[str], n_bits: int | None = None) -> Words:
    """Read fingerprints from hex; the inverse of `to_hex`.

    Parameters
    ----------
    text : str, or iterable of str
        Hex digits, as imagehash prints them: of one fingerprint, or of many of equal length.
    n_bits : int, optional
        Bits of a fingerprint; default: the largest square that is at most four times the digits.

    Returns
    -------
    words : ndarray of uint64, shape (n_words,) or (n_images, n_words)
        The second for many, even if that is one.

    Raises
    ------
    TypeError
        If `text` is neither.
    ValueError
        If a text is not hex, has not the digits that `n_bits` bits take, or holds a larger number; or if there is none
        and no `n_bits`.
    """
    if n_bits is not None:
        n_bits = integer(n_bits, "n_bits", least=1)
    if isinstance(text, str):
        return _words_of(_bytes_of_hex(text, "text", n_bits))
    texts = _listed(text)
    if not texts and n_bits is None:
        raise ValueError("text must hold a fingerprint where n_bits is not given; got none")
    n_bits = _square_bits(texts[0], "text[0]") if n_bits is None else n_bits
    joined = b"".join([_bytes_of_hex(one, f"text[{row}]", n_bits) for row, one in enumerate(texts)])
    return _words_of(joined).reshape(len(texts), words_per_fingerprint(n_bits))


def to_bytes(words: Words, n_bits: int) -> Rows:
    """Write fingerprints as rows of bytes, which is what faiss's binary indexes take.

    Parameters
    ----------
    words : ndarray of uint64, shape (..., n_words)
        Packed fingerprints; unused low bits are zero.
    n_bits : int
        Bits of a fingerprint.

    Returns
    -------
    rows : ndarray of uint8, shape (..., ceil(n_bits / 8))
        The first bit is the highest of the first byte; unused low bits of the last byte are zero.

    Raises
    ------
    TypeError, ValueError
        As `imgcmp.unpack`.
    """
    words = check_words(words, n_bits)
    in_order: Rows = words.astype(">u8", order="C").view(np.uint8)
    return in_order[..., : _bytes_per_fingerprint(n_bits)].copy()


def from_bytes(rows: Rows | bytes, n_bits: int | None = None) -> Words:
    """Read fingerprints from rows of bytes; the inverse of `to_bytes`.

    Such are the rows of faiss's binary indexes, ``numpy.packbits(hash.hash)`` of an imagehash, and ``bytes.fromhex`` of
    the digits of a PDQ hash.

    Parameters
    ----------
    rows : ndarray of uint8, shape (..., n_bytes); or bytes
        The first bit of a fingerprint is the highest of its first byte; unused low bits of the last byte are zero.
    n_bits : int, optional
        Bits of a fingerprint; default ``8 * n_bytes``.

    Returns
    -------
    words : ndarray of uint64, shape (..., n_words)
        Packed as by `imgcmp.pack`.

    Raises
    ------
    TypeError
        If `rows` is not of uint8.
    ValueError
        If `rows` has not the bytes that `n_bits` bits take, or an unused bit is set.
    """
    if isinstance(rows, (bytes, bytearray, memoryview)):
        rows = np.frombuffer(rows, np.uint8)
    rows = np.asarray(rows)
    if rows.dtype != np.uint8:
        raise TypeError(f"rows must have dtype uint8; got {rows.dtype}")
    if rows.ndim == 0 or rows.shape[-1] == 0:
        raise ValueError(f"rows must have shape (..., n_bytes) with n_bytes > 0; got {rows.shape}")
    n_bits = 8 * rows.shape[-1] if n_bits is None else integer(n_bits, "n_bits", least=1)
    n_bytes = _bytes_per_fingerprint(n_bits)
    if rows.shape[-1] != n_bytes:
        raise ValueError(f"rows must have shape (..., {n_bytes}) for n_bits={n_bits}; got {rows.shape}")
    if np.any(rows[..., -1] & (2 ** (8 * n_bytes - n_bits) - 1)):
        raise ValueError(f"rows must have zeros beyond bit {n_bits}; an unused bit is set")
    padded = np.zeros((*rows.shape[:-1], 8 * words_per_fingerprint(n_bits)), np.uint8)
    padded[..., :n_bytes] = rows
    return padded.view(">u8").astype(np.uint64)


def _bytes_per_fingerprint(n_bits: int) -> int:
    return -(-n_bits // 8)


def _hex_of(row: bytes, n_bits: int) -> str:
    number = int.from_bytes(row, "big") >> (8 * len(row) - n_bits)
    return f"{number:0{-(-n_bits // 4)}x}"


def _listed(texts: Iterable[str]) -> list[str]:
    try:
        return list(texts)
    except TypeError:
        raise TypeError(f"text must be a str of hex digits, or many; got {texts!r}") from None


def _square_bits(text: str, name: str) -> int:
    """Return the bits of a square fingerprint with these digits."""
    _check_hex(text, name)
    return math.isqrt(4 * len(text)) ** 2


def _check_hex(text: str, name: str) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str of hex digits; got {text!r}")
    if not text or text.strip("0123456789abcdefABCDEF"):
        raise ValueError(f"{name} must be hex digits; got {text!r}")


def _bytes_of_hex(text: str, name: str, n_bits: int | None) -> bytes:
    """Return the words of one fingerprint, as big-endian bytes."""
    _check_hex(text, name)
    n_bits = _square_bits(text, name) if n_bits is None else n_bits
    n_digits = -(-n_bits // 4)
    number = int(text, 16)
    if len(text) != n_digits or number >> n_bits:
        raise ValueError(f"{name} must be {n_digits} hex digits below 2**{n_bits}; got {text!r}")
    n_words = words_per_fingerprint(n_bits)
    return (number << (64 * n_words - n_bits)).to_bytes(8 * n_words, "big")


def _words_of(joined: bytes) -> Words:
    return np.frombuffer(joined, dtype=">u8").astype(np.uint64)
