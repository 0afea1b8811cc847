"""Grey pixels -> the bits of the whole picture and of its views: crops, mirror images and turns.

A view is the fingerprint of what a copy would be that someone cropped or turned. All come from one decode. Turned ones
need no second transform: the coefficients of a mirrored picture are those of the picture, every other one negated, and
those of a picture turned about its diagonal are transposed. Crops need no second resampling: to cut out a piece, shrink
it, and transform it are linear, so that they are one small matrix a side, applied to a grid that all crops share.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image

from imgcmp.fingerprints.hashes import HASHES, Plane, mean_greys
from imgcmp.fingerprints.packing import Bits
from imgcmp.fingerprints.parameters import VIEW_KINDS
from imgcmp.images.grey_pixels import Grey

# Cells of the grid that crops are cut out of, per bit of x: 1.5 times those of phash, so that the smallest crop still
# has as many as phash has of the whole.
_CELLS_PER_X = 6

# Matrices of each kind that are kept: those of one picture's crops are about 22, and those to aspect ratios differ from
# picture to picture. At x = 64 one takes 200 KB.
_MATRICES_KEPT = 128

# A picture whose aspect ratio is within this of a crop's is what the crop would be.
_SAME_ASPECT = 0.02


class Crop(NamedTuple):
    """The part of a picture that a crop keeps: from 0, left or top, to 1, right or bottom."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0


class Turn(NamedTuple):
    """How a picture is turned: first about its diagonal from top left, then left to right, then upside down."""

    transposed: bool
    mirrored: bool
    flipped: bool


class View(NamedTuple):
    """One way to look at a picture; `crop_of` gives what it keeps of a picture of a width and a height."""

    name: str
    kind: str
    turn: Turn | None = None
    crop_of: Callable[[int, int], Crop | None] | None = None


def views_of_kinds(kinds: str) -> tuple[View, ...]:
    """Return the views of these kinds, in the order in which they are kept.

    Parameters
    ----------
    kinds : str
        "all", "none", or some of "crops", "flips" and "turns", separated by commas.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    chosen = _kinds(kinds)
    return tuple(view for view in _VIEWS if view.kind in chosen)


def view_names(kinds: str) -> tuple[str, ...]:
    """Return the names of the views of these kinds, in the order in which they are kept: see `views_of_kinds`."""
    return tuple(view.name for view in views_of_kinds(kinds))


def normal_kinds(kinds: str) -> str:
    """Return kinds of views as they are written: "none", "all", or those of VIEW_KINDS in order, with commas."""
    chosen = _kinds(kinds)
    return "none" if not chosen else "all" if len(chosen) == len(VIEW_KINDS) else ",".join(chosen)


def whole_and_views(grey: Grey, x: int, method: str, views: tuple[View, ...]) -> Bits:
    """Compute the bits of a picture and of its views.

    Parameters
    ----------
    grey : PIL.Image.Image of mode L
        Grey pixels.
    x : int
        Side of the fingerprint.
    method : {"phash", "ahash", "dhash"}
        Kind of fingerprint.
    views : tuple of View
        Which views.

    Returns
    -------
    bits : ndarray of bool, shape (1 + n_views, x * x)
        First those of the whole, the fingerprint; a view that is no other than the whole repeats them.
    """
    planes = HASHES[method].plane(grey, x)
    bits = np.empty((1 + len(views), x * x), dtype=bool)
    bits[:] = HASHES[method].bits(planes)
    _fill_turned(bits[1:], grey, planes, x, method, views)
    _fill_crops(bits[1:], grey, x, method, views)
    return bits


def _kinds(kinds: str) -> tuple[str, ...]:
    if not isinstance(kinds, str):
        raise ValueError(f"views must be a string; got {kinds!r}")
    names = {"all": VIEW_KINDS, "none": ()}.get(kinds)
    if names is None:
        names = tuple(name.strip() for name in kinds.split(","))
    if any(name not in VIEW_KINDS for name in names):
        raise ValueError(f"views must be all, none, or some of {', '.join(VIEW_KINDS)}, with commas; got {kinds!r}")
    return tuple(kind for kind in VIEW_KINDS if kind in names)


def _fill_turned(bits: Bits, grey: Grey, plane: Plane, x: int, method: str, views: tuple[View, ...]) -> None:
    rows = [row for row, view in enumerate(views) if view.turn is not None]
    if rows:
        turns = [turn for view in views if (turn := view.turn) is not None]
        bits[rows] = HASHES[method].bits(np.stack(list(_turned_planes(grey, plane, x, method, turns))))


def _turned_planes(grey: Grey, plane: Plane, x: int, method: str, turns: list[Turn]) -> Iterator[Plane]:
    following = _FOLLOWING[method]
    transposed = following.transposed(grey, plane, x) if any(turn.transposed for turn in turns) else plane
    for turn in turns:
        yield following.turned(transposed if turn.transposed else plane, turn)


def _transposed(_grey: Grey, plane: Plane, _x: int) -> Plane:
    return plane.T


def _transposed_of_one_more_row(grey: Grey, _plane: Plane, x: int) -> Plane:
    """Return the plane of the picture turned about its diagonal, which has one column more than rows, too."""
    return mean_greys(grey, x, x + 1).T


def _negated(plane: Plane, turn: Turn) -> Plane:
    """Turn a picture by its DCT: the k-th cosine changes sign with the picture's side if k is odd."""
    plane = plane.copy()
    if turn.mirrored:
        plane[:, 1::2] *= -1
    if turn.flipped:
        plane[1::2] *= -1
    return plane


def _reversed(plane: Plane, turn: Turn) -> Plane:
    """Turn a picture by its mean greys: their order is reversed."""
    if turn.mirrored:
        plane = plane[:, ::-1]
    return plane[::-1] if turn.flipped else plane


def _fill_crops(bits: Bits, grey: Grey, x: int, method: str, views: tuple[View, ...]) -> None:
    crops = [(row, view.crop_of(*grey.size)) for row, view in enumerate(views) if view.crop_of is not None]
    there = [(row, crop) for row, crop in crops if crop is not None]
    if not there:
        return
    n_cells = _CELLS_PER_X * x
    grid = np.asarray(grey.resize((n_cells, n_cells), Image.Resampling.BOX), dtype=np.float64)
    following = _FOLLOWING[method]
    # Many crops share a side: each side is applied once.
    sides = {side: place for place, side in enumerate(dict.fromkeys((crop.top, crop.bottom) for _, crop in there))}
    strips = np.stack([following.down(x, n_cells, *side) for side in sides]) @ grid
    rights = np.stack([following.across(x, n_cells, crop.left, crop.right).T for _, crop in there])
    planes = strips[[sides[crop.top, crop.bottom] for _, crop in there]] @ rights
    bits[[row for row, _ in there]] = HASHES[method].bits(planes)


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
    turned: Callable[[Plane, Turn], Plane]  # mirrored and flipped
    down: _Matrix  # takes a crop's columns of cells to those of its plane
    across: _Matrix  # a crop's rows of cells


_FOLLOWING = {
    "phash": _Following(_transposed, _negated, _cosines, _cosines),
    "ahash": _Following(_transposed, _reversed, _means, _means),
    "dhash": _Following(_transposed_of_one_more_row, _reversed, _means, _one_more_mean),
}


def _fixed(crop: Crop) -> Callable[[int, int], Crop]:
    def crop_of(_width: int, _height: int) -> Crop:
        return crop

    return crop_of


def _centre(cut: float) -> Crop:
    return Crop(cut / 2, cut / 2, 1 - cut / 2, 1 - cut / 2)


def _without(sides: Iterable[str], cut: float) -> Crop:
    """Return what is left if a part of some sides is cut off."""
    return Crop()._replace(**{side: cut if side in ("left", "top") else 1 - cut for side in sides})


def _to_aspect(wanted: float) -> Callable[[int, int], Crop | None]:
    """Return the centre crop to an aspect ratio; None of a picture that has it, within _SAME_ASPECT."""

    def crop_of(width: int, height: int) -> Crop | None:
        kept = wanted * height / width
        if abs(kept - 1) <= _SAME_ASPECT:
            return None
        if kept < 1:
            return Crop(left=(1 - kept) / 2, right=(1 + kept) / 2)
        return Crop(top=(1 - 1 / kept) / 2, bottom=(1 + 1 / kept) / 2)

    return crop_of


def _crops() -> Iterator[View]:
    # By docs/measurements/accuracy.md. With steps of 10 % (10 and 20 % of sides and corners) corners cut by 15 % were
    # found in 39 % of the photographs at one false pair in 10,000, with these in 99 %; finer ones found no more.
    for percent in (6, 14, 22, 30):
        yield View(f"centre without {percent} %", "crops", crop_of=_fixed(_centre(percent / 100)))
    for sides in _SIDES:
        for percent in (7, 14, 21) if len(sides) == 1 else (8, 14, 20):
            crop = _without(sides, percent / 100)
            yield View(f"without {percent} % {' and '.join(sides)}", "crops", crop_of=_fixed(crop))
    for width, height in ((1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (16, 9), (9, 16)):
        yield View(f"{width}:{height}", "crops", crop_of=_to_aspect(width / height))
    for name, part in FIRST_ROWS.items():
        yield View(name, "crops", crop_of=_fixed(Crop(bottom=part)))


FIRST_ROWS = {"first half of the rows": 0.5, "first quarter of the rows": 0.25}
"""The views that a file which is cut off is found by, and what part they keep; see `imgcmp.fingerprints.first_rows`."""

_SIDES = (
    *(("left",), ("right",), ("top",), ("bottom",)),
    *(("left", "top"), ("right", "top"), ("left", "bottom"), ("right", "bottom")),
)

_VIEWS = (
    *_crops(),
    View("mirrored", "flips", Turn(transposed=False, mirrored=True, flipped=False)),
    View("mirrored and turned by 90", "flips", Turn(transposed=True, mirrored=True, flipped=True)),
    View("mirrored and turned by 180", "flips", Turn(transposed=False, mirrored=False, flipped=True)),
    View("mirrored and turned by 270", "flips", Turn(transposed=True, mirrored=False, flipped=False)),
    View("turned by 90", "turns", Turn(transposed=True, mirrored=True, flipped=False)),
    View("turned by 180", "turns", Turn(transposed=False, mirrored=True, flipped=True)),
    View("turned by 270", "turns", Turn(transposed=True, mirrored=False, flipped=True)),
)
