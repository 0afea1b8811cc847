"""What is known of the looks of many images, a row each, and how databases keep it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.looks import LOOK_BYTES
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_rows import ViewRows


class LookRows(NamedTuple):
    """What is known of the looks of images, a row each.

    Attributes
    ----------
    looks : ndarray of uint8, shape (n_images, LOOK_BYTES)
        See `imgcmp.fingerprints.looks`.
    stands : ndarray of uint8, shape (n_images, n_views), or one more
        How each view is turned, a number of `imgcmp.fingerprints.standings.TURNS`; 8 more for a standing that is of the
        picture within the picture.
    inner : ndarray of uint8, shape (n_images, 4)
        Left, top, right and bottom of the picture within, in 1/255.
    aspects : ndarray of float32, shape (n_images,)
        Width by height.
    """

    looks: NDArray[np.uint8]
    stands: NDArray[np.uint8]
    inner: NDArray[np.uint8]
    aspects: NDArray[np.float32]

    @classmethod
    def of(cls, rows: NDArray[np.uint8], width: NDArray[np.int64], height: NDArray[np.int64]) -> "LookRows | None":
        """Return what databases keep of looks as it is used; None if they keep nothing.

        Parameters
        ----------
        rows : ndarray of uint8, shape (n_images, LOOK_BYTES + stands_bytes(n_views) + 4)
            Looks, how the views stand, and the pictures within, side by side; zeros: unknown.
        width, height : ndarray of int64, shape (n_images,)
            Of the pictures.
        """
        if not rows.shape[1]:
            return None
        looks, packed, inner = rows[:, :LOOK_BYTES], rows[:, LOOK_BYTES:-4], rows[:, -4:]
        stands = np.stack([packed >> 4, packed & 15], axis=-1).reshape(len(rows), 2 * packed.shape[1])
        whole = np.array([0, 0, 255, 255], np.uint8)
        inner = np.where(inner.any(axis=1, keepdims=True), inner, whole)  # zeros: unknown
        return cls(looks, stands, inner, (width / height).astype(np.float32))

    def as_words(self) -> Words:
        """Return all that is known of each, shape (n_images, n_words): equal where all is equal."""
        aspects = np.ascontiguousarray(self.aspects)[:, np.newaxis].view(np.uint8)
        rows = np.concatenate([self.looks, self.stands, self.inner, aspects], axis=1)
        padded = np.zeros((len(rows), -(-rows.shape[1] // 8) * 8), np.uint8)
        padded[:, : rows.shape[1]] = rows
        return padded.view(np.uint64)

    def some(self, images: slice | NDArray[Any]) -> "LookRows":
        """Return those of some images."""
        return LookRows(self.looks[images], self.stands[images], self.inner[images], self.aspects[images])


def stands_bytes(n_views: int) -> int:
    """Return how many bytes tell how so many views stand."""
    return (n_views + 1) // 2


def packed_stands(stands: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack how the views of images stand, shape (n_images, n_views), two a byte, the first in the upper half."""
    padded = np.zeros((len(stands), 2 * stands_bytes(stands.shape[1])), np.uint8)
    padded[:, : stands.shape[1]] = stands
    return np.asarray(padded[:, ::2] << 4 | padded[:, 1::2], np.uint8)


def check_looks(looks: LookRows | None, views: ViewRows) -> LookRows | None:
    """Return looks that fit views; raise TypeError or ValueError if they don't: kernels would read beyond them."""
    if looks is None:
        return None
    if not isinstance(looks, LookRows):
        raise TypeError(f"looks must be LookRows; got {type(looks).__name__}")
    n, n_views = len(views), views.shape[1]
    wanted = {"looks": (n, LOOK_BYTES), "stands": (n, n_views), "inner": (n, 4), "aspects": (n,)}
    for name, shape in wanted.items():
        rows = getattr(looks, name)
        if rows.dtype != (np.float32 if name == "aspects" else np.uint8):
            raise TypeError(f"{name} of looks must not be of {rows.dtype}")
        if rows.shape != shape and not (name == "stands" and rows.shape == (n, n_views + 1)):
            raise ValueError(f"{name} of looks must have shape {shape}; got {rows.shape}")
    if not (np.isfinite(looks.aspects) & (looks.aspects > 0)).all():
        raise ValueError("aspects of looks must be finite and above 0; got some that are not")
    return looks
