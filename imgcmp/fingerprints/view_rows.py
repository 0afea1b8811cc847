"""Views of many images, a row each: in memory, or read a piece at a time from where they are kept.

The views of 100,000 images, 57 of 256 bits each, are 182 MB. Who needs them once more, in another order, say, reads
them once more: that takes less than a second, and what is read is not kept.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.looks import LOOK_BYTES
from imgcmp.fingerprints.low_bits import LOW_SIDE
from imgcmp.fingerprints.packing import Words, check_views
from imgcmp.system.checks import integer

PIECE_BYTES = 2**22


class StoredViews:
    """Views that are kept elsewhere, as an array whose rows are read when they are asked for.

    Parameters
    ----------
    read : callable
        Takes rows, an ndarray of intp, and returns their views, an ndarray of uint64, shape (n_rows, n_views, n_words).
        It checks what it reads, and keeps none of it.
    rows : ndarray of intp, shape (n_images,)
        The row of each image.
    n_views, n_words : int
        Views of an image, and words of a fingerprint.

    Attributes
    ----------
    shape : (int, int, int)
        (n_images, n_views, n_words).
    """

    def __init__(
        self, read: Callable[[NDArray[np.intp]], Words], rows: NDArray[np.intp], n_views: int, n_words: int
    ) -> None:
        self._read = read
        self._rows = rows
        self.shape = (len(rows), n_views, n_words)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._rows)

    def __getitem__(self, images: slice | NDArray[Any]) -> Words:
        """Return the views of some images, in that order."""
        return self._read(self._rows[images])

    def some(self, images: slice | NDArray[Any]) -> "StoredViews":
        """Return those of some images, not read yet."""
        return StoredViews(self._read, self._rows[images], *self.shape[1:])


ViewRows = Words | StoredViews


class Bounds(NamedTuple):
    """Where bits are in doubt, so that looks are asked.

    What differs in at most `sure` bits counts whatever the looks, and beyond `doubtful` bits looks are not asked; where
    both are 0 they are never asked.
    """

    sure: int
    doubtful: int

    @classmethod
    def of(cls, n_bits: int) -> "Bounds":
        """Return the bounds for fingerprints of so many bits."""
        return cls(round(_SURE * n_bits), round(_DOUBTFUL * n_bits))

    def are_doubtful(self, distances: Any) -> Any:
        """Tell of which distances looks decide whether they count."""
        return (distances > self.sure) & (distances <= self.doubtful)


# Parts of the bits. Of 3.1 million pairs of different photographs one differed in fewer than 70 of 256.
_SURE, _DOUBTFUL = 0.16, 0.35


class ViewLayout(NamedTuple):
    """What the views of an image are, and how they are compared.

    Attributes
    ----------
    n_standings : int
        So many of them, the first ones, are the ways in which the whole may stand: the whole mirrored, flipped and
        turned so that pictures that are mirror images of each other stand alike. The others stand in one way each. 0:
        the whole stands as it is.
    side : int
        Side of a fingerprint by DCT of which the slowest waves are judged apart, too (`low_first`); 0: none are.
    parts : tuple of tuple of float
        Of each view that is no standing, and before them of the whole, what part of its picture it is:
        `imgcmp.fingerprints.views.part_of`. Empty: it is not known, and looks are not asked.
    bounds : Bounds
        Where looks are asked.
    """

    n_standings: int = 0
    side: int = 0
    parts: tuple[tuple[float, ...], ...] = ()
    bounds: Bounds = Bounds(0, 0)


PLAIN = ViewLayout()


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
        stands = np.stack([packed >> 4, packed & 15], axis=-1).reshape(len(rows), -1)
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


def check_view_rows(views: ViewRows, words: Words, n_bits: int | None = None) -> ViewRows:
    """Return views that fit the words, shape (n_images, n_words), as `check_views` does; stored ones unread."""
    if not isinstance(views, StoredViews):
        return check_views(views, words, n_bits)
    if (len(views), views.shape[2]) != words.shape:
        raise ValueError(f"views must have shape ({len(words)}, n_views, {words.shape[1]}); got {views.shape}")
    return views


def check_layout(layout: ViewLayout, views: ViewRows, n_bits: int) -> ViewLayout:
    """Return a layout that fits views of so many bits; raise TypeError or ValueError if it doesn't."""
    if not isinstance(layout, ViewLayout):
        raise TypeError(f"layout must be a ViewLayout; got {layout!r}")
    n_standings, side = integer(layout.n_standings, "n_standings", least=0), integer(layout.side, "side", least=0)
    if n_standings >= views.shape[1]:
        raise ValueError(f"layout must have fewer standings than the {views.shape[1]} views; got {layout}")
    if layout.parts and not n_standings:
        raise ValueError(f"layout must have standings if it has parts; got {layout}")
    if side and (side <= LOW_SIDE or side * side != n_bits):
        raise ValueError(f"layout must have side 0, or that of n_bits={n_bits} if above {LOW_SIDE}; got {layout}")
    if layout.parts and len(layout.parts) != 1 + views.shape[1] - n_standings:
        raise ValueError(f"layout must have a part for the whole and each view; got {len(layout.parts)}")
    return layout._replace(n_standings=n_standings, side=side)


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
    return looks


def some_views(views: ViewRows, images: slice | NDArray[Any]) -> ViewRows:
    """Return the views of some images: of stored ones without reading them."""
    return views.some(images) if isinstance(views, StoredViews) else views[images]


def pieces(n: int, views: ViewRows) -> Iterator[slice]:
    """Split n images into pieces of which the views, as long as these are, take a few MB."""
    a_piece = max(1, PIECE_BYTES // max(1, 8 * views.shape[1] * views.shape[2]))
    return (slice(start, start + a_piece) for start in range(0, n, a_piece))
