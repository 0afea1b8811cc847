"""Two pictures and about how they lie on one another -> how they do, to a fraction of a pixel.

Least squares by Gauss and Newton, from coarse to fine: where along the sides, and how large, one picture lies on the
other. Brightness and contrast are fitted, too, and what fits badly, such as a sticker, counts less.

References
----------
B. D. Lucas, T. Kanade: An iterative image registration technique with an application to stereo vision. IJCAI 1981.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.images.alignment import Alignment, Box, inside

Levels = NDArray[np.float32]

# Longer sides of the parts in common, in pixels. A view is within 5 % of the crop that it finds: two pixels of 32.
_SIDES = (24, 48, 96, 192)
_STEPS = (8, 6, 4, 3)
_SMALL_STEP = 0.02  # pixels: no further one is made
_LEAST_PIXELS = 64
_LEAST_SHARE = 0.01  # of either picture, that is in both

# What is farther off than that, in standard deviations of the picture, counts less, in proportion.
_OUTLIER = 0.5


class _Map(NamedTuple):
    """Where in the one picture a place of the other lies: across x -> left + width * x, and down likewise."""

    left: float
    width: float
    top: float
    height: float


def aligned(one: Image.Image, other: Image.Image, about: Alignment, *, from_fine: bool = False) -> Alignment:
    """Find how two pictures lie on one another.

    Parameters
    ----------
    one, other : PIL.Image.Image of mode L
        Their brightness; the one is turned already.
    about : Alignment
        Where to begin: within about 5 % of the sides.
    from_fine : bool
        Whether to begin with fine detail: within about 1 %.

    Returns
    -------
    alignment : Alignment
        With the same turn.
    """
    one, other = _smaller(one), _smaller(other)
    place = _map_of(about)
    for side, n_steps in tuple(zip(_SIDES, _STEPS, strict=True))[2 * from_fine :]:
        better = _fitted(one, other, place, side, n_steps)
        if better is None:
            return about
        place = better
    found = _alignment_of(place, about.turn)
    return found if min(found.box.share, found.other_box.share) >= _LEAST_SHARE else about


def extended(alignment: Alignment) -> Alignment:
    """Return how two pictures lie on one another, of all that they have in common: of a part in either it is known."""
    return _alignment_of(_map_of(alignment), alignment.turn)


def _smaller(picture: Image.Image) -> Image.Image:
    """Return a picture as small as is enough for all sides that are looked at, of parts of a half and more."""
    factor = max(picture.size) // (2 * _SIDES[-1])
    return picture.reduce(factor) if factor > 1 else picture


def _map_of(about: Alignment) -> _Map:
    box, other = about.box, about.other_box
    width = (box.right - box.left) / (other.right - other.left)
    height = (box.bottom - box.top) / (other.bottom - other.top)
    return _Map(box.left - width * other.left, width, box.top - height * other.top, height)


def _alignment_of(place: _Map, turn: Image.Transpose | None) -> Alignment:
    left, right = _common(place.left, place.width)
    top, bottom = _common(place.top, place.height)
    box = Box(
        place.left + place.width * left,
        place.top + place.height * top,
        place.left + place.width * right,
        place.top + place.height * bottom,
    )
    return Alignment(turn, inside(box), inside(Box(left, top, right, bottom)))


def _common(start: float, length: float) -> tuple[float, float]:
    """Return the part of a side of the other that is in the one."""
    return max(0.0, -start / length), min(1.0, (1 - start) / length)


def _fitted(one: Image.Image, other: Image.Image, place: _Map, side: int, n_steps: int) -> _Map | None:
    """Return a better place, at a size; None if there is none."""
    scale = min(1.0, side / max(other.size))
    size = max(8, round(other.width * scale)), max(8, round(other.height * scale))
    goal = np.asarray(other.resize(size, Image.Resampling.BOX, reducing_gap=2.0), dtype=np.float32)
    across, down = (((np.arange(n) + 0.5) / n).astype(np.float32) for n in size)
    small = _of_density(one, size, place)
    for _ in range(n_steps):
        step = _step(small, goal, across, down, place)
        if step is None:
            break
        place = _Map(*(value + change for value, change in zip(place, step, strict=True)))
        if not (0.2 < place.width < 5 and 0.2 < place.height < 5):
            return None
        if max(abs(step[0]) / place.width * size[0], abs(step[2]) / place.height * size[1]) < _SMALL_STEP:
            break
    return place


def _of_density(one: Image.Image, size: tuple[int, int], place: _Map) -> Image.Image:
    """Return the one picture with as many pixels as the other has, where they lie on one another."""
    width, height = max(8, round(size[0] / place.width)), max(8, round(size[1] / place.height))
    return one.resize((min(width, one.width), min(height, one.height)), Image.Resampling.BOX, reducing_gap=2.0)


def _step(
    one: Image.Image, goal: Levels, across: Levels, down: Levels, place: _Map
) -> tuple[float, float, float, float] | None:
    """Return how to move; None if too little of them lies on one another, or has slopes."""
    height, width = goal.shape
    corners = (place.left, place.top, place.left + place.width, place.top + place.height)
    extent = tuple(value * side for value, side in zip(corners, one.size * 2, strict=True))
    moved = np.asarray(
        one.transform((width, height), Image.Transform.EXTENT, extent, Image.Resampling.BILINEAR), dtype=np.float32
    )
    columns = _inside(place.left + place.width * across, one.width)
    rows = _inside(place.top + place.height * down, one.height)
    if columns.sum() * rows.sum() < _LEAST_PIXELS or columns.sum() < 4 or rows.sum() < 4:
        return None
    inner = np.ix_(rows, columns)
    seen, wanted = _normal(moved[inner]), _normal(goal[inner])
    slope_down, slope_across = np.gradient(seen)
    slope_across = slope_across * (width / place.width)
    slope_down = slope_down * (height / place.height)
    x, y = across[columns][np.newaxis], down[rows][:, np.newaxis]
    slopes = np.stack([slope_across.ravel(), (slope_across * x).ravel(), slope_down.ravel(), (slope_down * y).ravel()])
    missing = (wanted - seen).ravel()
    weights = 1 / np.maximum(1, np.abs(missing) / _OUTLIER)
    weighted = slopes * weights
    squares = weighted @ slopes.T
    squares[np.diag_indices(4)] *= 1.0001
    try:
        step = np.linalg.solve(squares, weighted @ missing)
    except np.linalg.LinAlgError:  # a picture without slopes
        return None
    return float(step[0]), float(step[1]), float(step[2]), float(step[3])


def _inside(positions: Levels, n_pixels: int) -> NDArray[np.bool_]:
    """Tell which positions, from 0 to 1, have pixels on both sides."""
    margin = 0.5 / n_pixels
    return np.asarray((positions >= margin) & (positions <= 1 - margin))


def _normal(levels: Levels) -> Levels:
    return np.asarray((levels - levels.mean()) / max(float(levels.std()), 1.0), dtype=np.float32)
