"""Images with their views, as a database keeps them, a row each; and the distances that imgcmp gives them.

A row is of a dtype that holds all: the words of the whole and of the views, and the look. So rows are stacked, picked
and saved as arrays are.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import imgcmp
from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import pack, words_per_fingerprint
from imgcmp.fingerprints.view_bits import picture_views
from imgcmp.fingerprints.view_layout import ViewLayout
from imgcmp.fingerprints.views import look_bytes, view_layout, views_of_kinds
from imgcmp.images.grey_pixels import grey_pixels
from imgcmp.search.view_distances import fill_view_heights, variants_of
from imgcmp.system.threads import worker_count

Rows = NDArray[np.void]  # of `Kind.dtype`
Distances = NDArray[np.uint16]


class Kind(NamedTuple):
    """What is kept of an image."""

    method: str
    x: int
    views: str

    @property
    def dtype(self) -> np.dtype[Any]:
        n_variants = 1 + len(views_of_kinds(self.views))
        return np.dtype(
            [
                ("words", np.uint64, (n_variants, words_per_fingerprint(self.x * self.x))),
                ("look", np.uint8, (look_bytes(self.views),)),
                ("width", np.int64),
                ("height", np.int64),
            ]
        )

    def of_image(self, image: Image.Image) -> np.void:
        """Return the row of an image that is opaque and upright."""
        found = picture_views(grey_pixels(image), self.x, self.method, views_of_kinds(self.views))
        return self._row(pack(found.bits), found.look_row, *image.size)

    def of_file(self, path: str) -> np.void:
        """Return the row of a file; raise UnreadableImageError if it can't be read."""
        found = fingerprint_file(path, x=self.x, method=self.method, views=self.views)
        words = np.concatenate([found.words[np.newaxis], found.views])
        return self._row(words, found.look, found.width, found.height)

    def _row(self, words: NDArray[np.uint64], look: NDArray[np.uint8], width: int, height: int) -> np.void:
        row: np.void = np.array((words, look, width, height), dtype=self.dtype)[()]
        return row


class Compared(NamedTuple):
    """Images as `imgcmp.cluster` takes them: words, views, what these are, and looks."""

    words: NDArray[np.uint64]
    views: NDArray[np.uint64] | None
    layout: ViewLayout
    looks: LookRows | None

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of `imgcmp.cluster` that have to do with views."""
        return {} if self.views is None else {"views": self.views, "layout": self.layout, "looks": self.looks}

    @property
    def content(self) -> NDArray[np.uint64]:
        """All that tells one image from another, and so breaks ties: shape (n_images, n_words of all)."""
        parts = [self.words]
        if self.views is not None:
            parts.append(self.views.reshape(len(self.words), -1))
        if self.looks is not None:
            parts.append(self.looks.as_words())
        return np.ascontiguousarray(np.hstack(parts))


def compared(rows: Rows, kind: Kind, without: Collection[int] = ()) -> Compared:
    """Return images as they are compared, without some of their views, by their numbers from 0 on.

    Of the ways to stand the first one stays.
    """
    words = np.ascontiguousarray(rows["words"][:, 0])
    numbers = [number for number in range(rows["words"].shape[1] - 1) if number not in without]
    if not numbers:
        return Compared(words, None, ViewLayout(), None)
    layout = view_layout(kind.views, kind.method, kind.x)
    looks = LookRows.of(rows["look"], rows["width"], rows["height"])
    if looks is not None:
        looks = looks._replace(stands=looks.stands[:, numbers])
    views = np.ascontiguousarray(rows["words"][:, [1 + number for number in numbers]])
    return Compared(words, views, _without(layout, numbers), looks)


def _without(layout: ViewLayout, numbers: Sequence[int]) -> ViewLayout:
    n_standings = sum(number < layout.n_standings for number in numbers)
    if layout.n_standings and not n_standings:
        raise ValueError("views must keep one way to stand")
    if not layout.parts:
        return layout
    kept = [1 + number - layout.n_standings for number in numbers if number >= layout.n_standings]
    return layout._replace(n_standings=n_standings, parts=tuple(layout.parts[part] for part in (0, *kept)))


def condensed_distances(rows: Rows, kind: Kind, without: Collection[int] = ()) -> Distances:
    """Return the distances of all pairs of images, in scipy's condensed order; without some views: see `compared`."""
    images = compared(rows, kind, without)
    if images.views is None:
        return imgcmp.pdist(images.words)
    n = len(rows)
    variants = variants_of(images.words, images.views, None, images.layout, images.looks)
    heights = np.zeros(n * (n - 1) // 2)
    fill_view_heights(heights, variants, np.arange(n), np.zeros(n), worker_count(None))
    return heights.astype(np.uint16)


def square_distances(rows: Rows, kind: Kind, without: Collection[int] = ()) -> Distances:
    """Return the distances of all images to all others, shape (n_images, n_images)."""
    return squared(condensed_distances(rows, kind, without), len(rows))


def squared(condensed: NDArray[Any], n: int) -> NDArray[Any]:
    """Return condensed distances of n images as a matrix; scipy's squareform makes 8 bytes of each number."""
    matrix = np.zeros((n, n), condensed.dtype)
    above = np.triu(np.ones((n, n), bool), 1)
    matrix[above] = condensed
    return matrix + matrix.T


@lru_cache(maxsize=8)
def view_names_of(kind: Kind) -> tuple[str, ...]:
    return tuple(view.name for view in views_of_kinds(kind.views))
