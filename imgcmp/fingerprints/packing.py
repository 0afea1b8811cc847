"""Bits <-> packed uint64 words, and the one place where arrays of words are checked.

Bit k of a fingerprint is bit ``63 - k % 64`` of word ``k // 64``; the unused low bits of the last word are zero.
"""

import numpy as np
from numpy.typing import NDArray

from imgcmp.system.checks import integer

Bits = NDArray[np.bool_]
Words = NDArray[np.uint64]

_MAX_WORDS = (2**16 - 1) // 64  # a distance is counted in 16 bits


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
        Packed fingerprints, of either byte order; unused low bits are zero.
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
    return np.unpackbits(words.astype(">u8", order="C").view(np.uint8), axis=-1, count=n_bits).view(np.bool_)


def check_words(words: Words, n_bits: int, *, name: str = "words") -> Words:
    """Return fingerprints of `n_bits` bits in the machine's byte order; raise TypeError or ValueError if they are none.

    Parameters
    ----------
    words : ndarray of uint64, shape (..., n_words)
        Packed fingerprints, of either byte order; unused low bits are zero.
    n_bits : int
        Bits of a fingerprint.
    name : str
        What the caller's parameter is called, for the message.
    """
    words = _native(words, name)
    n_bits = integer(n_bits, "n_bits", least=1)
    n_words = words_per_fingerprint(n_bits)
    if words.ndim == 0 or words.shape[-1] != n_words:
        raise ValueError(f"{name} must have shape (..., {n_words}) for n_bits={n_bits}; got {words.shape}")
    unused = np.uint64(2 ** (64 * n_words - n_bits) - 1)
    if unused and np.any(words[..., -1] & unused):
        raise ValueError(f"{name} must have zeros beyond bit {n_bits}; an unused bit is set")
    return words


def check_matrix(words: Words, n_bits: int | None = None, *, name: str = "words") -> tuple[Words, int]:
    """Return fingerprints as a C-contiguous matrix in the machine's byte order, and their n_bits; raise if they aren't.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints, of either byte order; unused low bits are zero. Few enough words that distances fit into 16
        bits.
    n_bits : int, optional
        Bits of a fingerprint; default ``64 * n_words``.
    name : str
        What the caller's parameter is called, for the message.
    """
    words = _native(words, name)
    if words.ndim != 2 or words.shape[1] == 0:
        raise ValueError(f"{name} must have shape (n_images, n_words); got {words.shape}")
    if words.shape[1] > _MAX_WORDS:
        raise ValueError(f"{name} must have at most {_MAX_WORDS} words a fingerprint; got {words.shape}")
    n_bits = 64 * words.shape[1] if n_bits is None else integer(n_bits, "n_bits", least=1)
    return np.ascontiguousarray(check_words(words, n_bits, name=name)), n_bits


def check_two(words_a: Words, words_b: Words, name_a: str, name_b: str) -> tuple[Words, Words]:
    """Return two sets of fingerprints as `check_matrix` does; raise if they are not of one length, too."""
    (words_a, _), (words_b, _) = check_matrix(words_a, name=name_a), check_matrix(words_b, name=name_b)
    if words_a.shape[1] != words_b.shape[1]:
        raise ValueError(f"{name_a} and {name_b} must have equal n_words; got {words_a.shape} and {words_b.shape}")
    return words_a, words_b


def check_views(views: Words, words: Words, n_bits: int | None = None) -> Words:
    """Return views as a C-contiguous array of shape (n_images, n_views, n_words) that fits the words; raise if not.

    Parameters
    ----------
    views : ndarray of uint64, shape (n_images, n_views, n_words)
        Packed fingerprints, of either byte order; unused low bits are zero.
    words : ndarray of uint64, shape (n_images, n_words)
        Those of the wholes, checked.
    n_bits : int, optional
        Bits of a fingerprint; default ``64 * n_words``.
    """
    views = _native(views, "views")
    if views.ndim != 3 or (len(views), views.shape[2]) != words.shape:
        raise ValueError(f"views must have shape ({len(words)}, n_views, {words.shape[1]}); got {views.shape}")
    n_bits = 64 * words.shape[1] if n_bits is None else n_bits
    return np.ascontiguousarray(check_words(views, n_bits, name="views"))


def check_indexable(words: Words) -> None:
    """Raise if there are more fingerprints than an int32 can number."""
    if len(words) > 2**31 - 1:
        raise ValueError(f"words must hold at most 2**31 - 1 fingerprints; got {len(words)}")


def _native(words: Words, name: str) -> Words:
    words = np.asarray(words)
    if words.dtype.newbyteorder("=") != np.uint64:
        raise TypeError(f"{name} must have dtype uint64; got {words.dtype}")
    return words.astype(np.uint64, copy=False)
