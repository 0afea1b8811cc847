"""Views of many images, a row each: in memory, or read a piece at a time from where they are kept.

The views of 100,000 images, 57 of 256 bits each, are 182 MB. Who needs them once more, in another order, say, reads
them once more: that takes less than a second, and what is read is not kept.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, check_views

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


def check_view_rows(views: ViewRows, words: Words, n_bits: int | None = None) -> ViewRows:
    """Return views that fit the words, shape (n_images, n_words), as `check_views` does; stored ones unread."""
    if not isinstance(views, StoredViews):
        return check_views(views, words, n_bits)
    if (len(views), views.shape[2]) != words.shape:
        raise ValueError(f"views must have shape ({len(words)}, n_views, {words.shape[1]}); got {views.shape}")
    return views


def some_views(views: ViewRows, images: slice | NDArray[Any]) -> ViewRows:
    """Return the views of some images: of stored ones without reading them."""
    return views.some(images) if isinstance(views, StoredViews) else views[images]


def pieces(n: int, views: ViewRows) -> Iterator[slice]:
    """Split n images into pieces of which the views, as long as these are, take a few MB."""
    a_piece = max(1, PIECE_BYTES // max(1, 8 * views.shape[1] * views.shape[2]))
    return (slice(start, start + a_piece) for start in range(0, n, a_piece))
