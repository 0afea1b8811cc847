"""Planes of a picture that is turned, cropped or tilted, from a grid of it: of phash, ahash and dhash.

Turned ones need no second transform: the coefficients of a mirrored picture are those of the picture, every other one
negated, and those of a picture turned about its diagonal are transposed. Crops need no second resampling: to cut out a
piece, shrink it, and transform it are linear, so that they are one small matrix a side, applied to a grid that all
crops share.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.fingerprints.hashes import Plane, mean_greys
from imgcmp.fingerprints.standings import LOW_SIDE, Turn
from imgcmp.images.grey_pixels import Grey

# Cells of the grid that crops are cut out of, per bit of x: 1.5 times those of phash, so that the smallest crop still
# has as many as phash has of the whole.
_CELLS_PER_X = 6

# Matrices of each kind that are kept: those of one picture's crops are about 30, and those to aspect ratios differ from
# picture to picture. At x = 64 one takes 200 KB.
_MATRICES_KEPT = 256
_CROPS_KEPT = 16  # lists of crops whose matrices are kept side by side: one for each aspect ratio, 1 MB at x = 16


class Crop(NamedTuple):
    """The part of a picture that a crop keeps: from 0, left or top, to 1, right or bottom."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0


WHOLE = Crop()


def grid_of(grey: Grey, x: int) -> Plane:
    """Shrink grey pixels to the grid that crops are cut out of."""
    n_cells = _CELLS_PER_X * x
    return np.asarray(grey.resize((n_cells, n_cells), Image.Resampling.BOX), dtype=np.float64)


def turned_planes(grey: Grey, plane: Plane, x: int, method: str, turns: Sequence[Turn]) -> Plane:
    """Return the planes of a picture, whose own is known, in several turns."""
    following = _FOLLOWING[method]
    transposed = following.transposed(grey, plane, x) if any(turn.transposed for turn in turns) else plane
    planes = np.stack([transposed if turn.transposed else plane for turn in turns])
    return following.turned(planes, turns)


def cropped_planes(grids: Plane, x: int, method: str, crops: Sequence[Crop]) -> Plane:
    """Return the planes of parts of a picture: of one grid all crops, or of several grids a crop of each.

    Parameters
    ----------
    grids : ndarray of float64, shape (n_cells, n_cells) or (n_crops, n_cells, n_cells)
        As `grid_of` makes them.
    x, method
        As for `imgcmp.fingerprint`.
    crops : sequence of Crop
        At least one.
    """
    following = _FOLLOWING[method]
    return _cut_out(grids, x, tuple(crops), following.down, following.across)


class Source(NamedTuple):
    """Parts of a picture, and the grid that they are cut out of: one for all, or one each."""

    grids: Plane
    crops: Sequence[Crop]


def stood_planes(sources: Sequence[Source], planes: Plane, x: int, method: str, turns: Sequence[Turn]) -> Plane:
    """Return the planes of parts of pictures, one after another the `cropped_planes` of sources, each in a turn."""
    is_transposed = np.array([turn.transposed for turn in turns])
    planes = planes.copy()
    if method == "dhash":  # which has one more column than rows
        start = 0
        for grids, crops in sources:
            rows = np.flatnonzero(is_transposed[start : start + len(crops)]).tolist()
            boxes = [Crop(crop.top, crop.left, crop.bottom, crop.right) for crop in (crops[row] for row in rows)]
            if boxes:
                across = np.swapaxes(grids if grids.ndim == 2 else grids[rows], -1, -2)
                planes[[start + row for row in rows]] = cropped_planes(across, x, method, boxes)
            start += len(crops)
    else:
        planes[is_transposed] = np.swapaxes(planes[is_transposed], 1, 2)
    return _FOLLOWING[method].turned(planes, turns)


def lowest_waves(grids: Plane, crops: Sequence[Crop]) -> Plane:
    """Return the lowest coefficients of parts of a picture, shape (n_crops, LOW_SIDE, LOW_SIDE); see cropped_planes."""
    return _cut_out(grids, LOW_SIDE, tuple(crops), _cosines, _cosines)


def _cut_out(grids: Plane, x: int, crops: tuple[Crop, ...], down: "_Matrix", across: "_Matrix") -> Plane:
    sides, places, rights = _matrices(x, grids.shape[-1], crops, down, across, grids.dtype)
    if grids.ndim == 2:
        planes: Plane = (sides @ grids)[places] @ rights
        return planes
    return np.asarray(sides[places] @ grids @ rights)


@lru_cache(maxsize=_CROPS_KEPT)
def _matrices(
    x: int, n_cells: int, crops: tuple[Crop, ...], down: "_Matrix", across: "_Matrix", dtype: np.dtype[np.floating]
) -> tuple[Plane, NDArray[np.intp], Plane]:
    """Return the matrices of upright sides, each once, which of them each crop has, and those of the crops' widths."""
    numbers = {side: place for place, side in enumerate(dict.fromkeys((crop.top, crop.bottom) for crop in crops))}
    sides = np.stack([down(x, n_cells, *side) for side in numbers])
    rights = np.stack([across(x, n_cells, crop.left, crop.right).T for crop in crops])
    places = np.array([numbers[crop.top, crop.bottom] for crop in crops])
    return sides.astype(dtype), places, rights.astype(dtype)


def _transposed(_grey: Grey, plane: Plane, _x: int) -> Plane:
    return plane.T


def _transposed_of_one_more_row(grey: Grey, _plane: Plane, x: int) -> Plane:
    """Return the plane of the picture turned about its diagonal, which has one column more than rows, too."""
    return mean_greys(grey, x, x + 1).T


def _negated(planes: Plane, turns: Sequence[Turn]) -> Plane:
    """Turn pictures by their DCT: the k-th cosine changes sign with the picture's side if k is odd."""
    planes[[turn.mirrored for turn in turns], :, 1::2] *= -1
    planes[[turn.flipped for turn in turns], 1::2] *= -1
    return planes


def _reversed(planes: Plane, turns: Sequence[Turn]) -> Plane:
    """Turn pictures by their mean greys: their order is reversed."""
    mirrored, flipped = [turn.mirrored for turn in turns], [turn.flipped for turn in turns]
    planes[mirrored] = planes[mirrored, :, ::-1]
    planes[flipped] = planes[flipped, ::-1]
    return planes


@lru_cache(maxsize=_MATRICES_KEPT)
def _cosines(x: int, n_cells: int, start: float, end: float) -> Plane:
    """Return the matrix of the x lowest coefficients of a part of a side of n_cells.

    The cosine transform of the piecewise constant greys between start and end, fractions of the side; in closed form:
    the integral of cos(pi k u) over a cell is a difference of sines.
    """
    edges = np.clip((np.arange(n_cells + 1) / n_cells - start) / (end - start), 0, 1)
    k = np.arange(1, x)[:, np.newaxis]
    return np.concatenate([np.diff(edges)[np.newaxis], np.diff(np.sin(np.pi * k * edges)) / (np.pi * k)])


@lru_cache(maxsize=_MATRICES_KEPT)
def _means(n_means: int, n_cells: int, start: float, end: float) -> Plane:
    """Return the matrix that shrinks a part of a side of n_cells to n_means greys, as Pillow's LANCZOS does.

    With plain means 5 of 64 bits of dhash differ from those of a copy that was cropped, with these 1.
    """
    edges = np.clip((np.arange(n_cells + 1) / n_cells - start) / (end - start), 0, 1) * n_means
    piece = np.arange(n_means)[:, np.newaxis]
    if (end - start) * n_cells < n_means:  # a strip is hardly wider than a cell
        return np.diff(np.clip(edges - piece, 0, 1))
    widths, centres = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    offsets = centres - (piece + 0.5)
    weights = np.where(np.abs(offsets) < 3, np.sinc(offsets) * np.sinc(offsets / 3), 0.0) * widths
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _one_more_mean(x: int, n_cells: int, start: float, end: float) -> Plane:
    return _means(x + 1, n_cells, start, end)


_Matrix = Callable[[int, int, float, float], Plane]


class _Following(NamedTuple):
    """How the plane of a kind of fingerprint follows its picture, when that is turned or cropped."""

    transposed: Callable[[Grey, Plane, int], Plane]
    turned: Callable[[Plane, Sequence[Turn]], Plane]  # mirrored and flipped, in place
    down: _Matrix  # takes a crop's columns of cells to those of its plane
    across: _Matrix  # a crop's rows of cells


_FOLLOWING = {
    "phash": _Following(_transposed, _negated, _cosines, _cosines),
    "ahash": _Following(_transposed, _reversed, _means, _means),
    "dhash": _Following(_transposed_of_one_more_row, _reversed, _means, _one_more_mean),
}
