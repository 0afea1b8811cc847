"""Bits <-> packed uint64 words, and hex.

Bit k of a fingerprint is bit ``63 - k % 64`` of word ``k // 64``; the unused low bits of the last word are zero.
"""

import math

import numpy as np
from numpy.typing import NDArray

from imgcmp.system.checks import integer

Bits = NDArray[np.bool_]
Words = NDArray[np.uint64]


def words_per_fingerprint(n_bits: int) -> int:
    """Return the number of 64-bit words that hold `n_bits` bits."""
    return -(-n_bits // 64)


def pack(bits: Bits) -> Words:
    """Pack bits into words.

    Parameters
    ----------
    bits : ndarray of bool, shape (..., n_bits)
        The bits of one fingerprint, or of many.

    Returns
    -------
    words : ndarray of uint64, shape (..., n_words)
        Bit k is bit ``63 - k % 64`` of word ``k // 64``; unused low bits are zero.

    Raises
    ------
    TypeError
        If `bits` is not an array of bool.
    ValueError
        If `bits` has no dimension, or no bits.
    """
    bits = np.asarray(bits)
    if bits.dtype != np.bool_:
        raise TypeError(f"bits must have dtype bool; got {bits.dtype}")
    if bits.ndim == 0 or bits.shape[-1] == 0:
        raise ValueError(f"bits must have shape (..., n_bits) with n_bits > 0; got {bits.shape}")
    n_words = words_per_fingerprint(bits.shape[-1])
    padded = np.zeros((*bits.shape[:-1], 64 * n_words), dtype=np.bool_)
    padded[..., : bits.shape[-1]] = bits
    return np.packbits(padded, axis=-1).view(">u8").astype(np.uint64)


def unpack(words: Words, n_bits: int) -> Bits:
    """Unpack words into bits; the inverse of `pack`.

    Parameters
    ----------
    words : ndarray of uint64, shape (..., n_words)
        Packed fingerprints; unused low bits are zero.
    n_bits : int
        Bits of a fingerprint.

    Returns
    -------
    bits : ndarray of bool, shape (..., n_bits)

    Raises
    ------
    TypeError
        If `words` is not an array of uint64.
    ValueError
        If `words` has not the number of words that `n_bits` bits take, or an unused bit is set.
    """
    words = check_words(words, n_bits)
    return np.unpackbits(words.astype(">u8").view(np.uint8), axis=-1, count=n_bits).view(np.bool_)


def to_hex(words: Words, n_bits: int) -> str:
    """Write one fingerprint in hex, as imagehash prints it.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_words,)
        One packed fingerprint.
    n_bits : int
        Bits of a fingerprint.

    Returns
    -------
    text : str
        ``ceil(n_bits / 4)`` lower-case digits: the bits read as one big-endian number.

    Raises
    ------
    TypeError, ValueError
        As `unpack`; also for more than one fingerprint.
    """
    words = check_words(words, n_bits)
    if words.ndim != 1:
        raise ValueError(f"words must have shape (n_words,); got {words.shape}")
    number = int.from_bytes(words.astype(">u8").tobytes(), "big") >> (64 * len(words) - n_bits)
    return f"{number:0{-(-n_bits // 4)}x}"


def from_hex(text: str, n_bits: int | None = None) -> Words:
    """Read one fingerprint from hex; the inverse of `to_hex`.

    Parameters
    ----------
    text : str
        Hex digits, as imagehash prints them.
    n_bits : int, optional
        Bits of the fingerprint; default: the largest square that is at most ``4 * len(text)``.

    Returns
    -------
    words : ndarray of uint64, shape (n_words,)

    Raises
    ------
    ValueError
        If `text` is not hex, has not the digits that `n_bits` bits take, or holds a larger number.
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str of hex digits; got {text!r}")
    if not text or text.strip("0123456789abcdefABCDEF"):
        raise ValueError(f"text must be hex digits; got {text!r}")
    if n_bits is None:
        n_bits = math.isqrt(4 * len(text)) ** 2
    if integer(n_bits, "n_bits") < 1:
        raise ValueError(f"n_bits must be at least 1; got {n_bits}")
    n_digits = -(-n_bits // 4)
    number = int(text, 16)
    if len(text) != n_digits or number >> n_bits:
        raise ValueError(f"text must be {n_digits} hex digits below 2**{n_bits}; got {text!r}")
    n_words = words_per_fingerprint(n_bits)
    shifted = number << (64 * n_words - n_bits)
    return np.frombuffer(shifted.to_bytes(8 * n_words, "big"), dtype=">u8").astype(np.uint64)


def check_words(words: Words, n_bits: int, *, name: str = "words") -> Words:
    """Return `words` if it holds fingerprints of `n_bits` bits; raise TypeError or ValueError otherwise."""
    words = np.asarray(words)
    if words.dtype != np.uint64:
        raise TypeError(f"{name} must have dtype uint64; got {words.dtype}")
    if integer(n_bits, "n_bits") < 1:
        raise ValueError(f"n_bits must be at least 1; got {n_bits}")
    n_words = words_per_fingerprint(n_bits)
    if words.ndim == 0 or words.shape[-1] != n_words:
        raise ValueError(f"{name} must have shape (..., {n_words}) for n_bits={n_bits}; got {words.shape}")
    unused = np.uint64(2 ** (64 * n_words - n_bits) - 1)
    if np.any(words[..., -1] & unused):
        raise ValueError(f"{name} must have zeros beyond bit {n_bits}; an unused bit is set")
    return words


def check_matrix(words: Words, n_bits: int | None = None, *, name: str = "words") -> tuple[Words, int]:
    """Return `words` as a C-contiguous matrix, and its n_bits (default ``64 * n_words``); raise if it is neither.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints; unused low bits are zero.
    n_bits : int, optional
        Bits of a fingerprint.
    name : str
        What the caller's parameter is called, for the message.
    """
    words = np.asarray(words)
    if words.dtype != np.uint64:
        raise TypeError(f"{name} must have dtype uint64; got {words.dtype}")
    if words.ndim != 2 or words.shape[1] == 0:
        raise ValueError(f"{name} must have shape (n_images, n_words); got {words.shape}")
    if n_bits is None:
        n_bits = 64 * words.shape[1]
    check_words(words, n_bits, name=name)
    return np.ascontiguousarray(words), n_bits
