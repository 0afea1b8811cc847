"""Grey pixels -> the bits of the whole picture and of its views, from one decode."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.first_rows import crop_to_first_rows
from imgcmp.fingerprints.hashes import HASHES, Plane
from imgcmp.fingerprints.inner_picture import inner_picture
from imgcmp.fingerprints.look_rows import packed_stands
from imgcmp.fingerprints.looks import LOOK_BYTES, look_of
from imgcmp.fingerprints.packing import Bits
from imgcmp.fingerprints.standings import INNER_STANDS, LOW_SIDE, numbers_of, stand_alike, ways_to_stand
from imgcmp.fingerprints.tilted import Tilt, tilted_grids
from imgcmp.fingerprints.view_planes import (
    WHOLE,
    Crop,
    Source,
    cropped_planes,
    grid_of,
    lowest_waves,
    stood_planes,
    turned_planes,
)
from imgcmp.fingerprints.views import INNER, N_STANDINGS, NEGATIVE, View
from imgcmp.images.grey_pixels import WHITE, Grey


class PictureViews(NamedTuple):
    """The bits of a picture and of its views, how these stand, and its look.

    Attributes
    ----------
    bits : ndarray of bool, shape (1 + n_views, x * x)
        First those of the whole, the fingerprint; a view that is no other than the whole repeats it.
    stands : ndarray of uint8, shape (n_views,)
        How each view is turned: see `imgcmp.fingerprints.look_rows.LookRows`.
    inner : ndarray of uint8, shape (4,)
        The picture within the picture, in 1/255; the whole, if there is none.
    look : ndarray of uint8, shape (LOOK_BYTES,)
        All zeros if there are no standings.
    """

    bits: Bits
    stands: NDArray[np.uint8]
    inner: NDArray[np.uint8]
    look: NDArray[np.uint8]

    @property
    def look_row(self) -> NDArray[np.uint8]:
        """Look, stands and picture within side by side, as databases keep them; empty if there are no standings."""
        if not self.look.any():
            return NO_LOOK_ROW
        return np.concatenate([self.look, packed_stands(self.stands[np.newaxis])[0], self.inner])


NO_LOOK_ROW = np.zeros(0, np.uint8)


def whole_and_views(grey: Grey, x: int, method: str, views: tuple[View, ...]) -> Bits:
    """Compute the bits of a picture and of its views: those of `picture_views`."""
    return picture_views(grey, x, method, views).bits


def picture_views(grey: Grey, x: int, method: str, views: tuple[View, ...], orientation: int = 1) -> PictureViews:
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
        Which views. If there are standings among them, all others stand as `stand_alike` says.
    orientation : int
        By which the picture was turned to be upright, as EXIF has it: this says where the first rows of its file are.

    Returns
    -------
    seen : PictureViews
    """
    plane = HASHES[method].plane(grey, x)
    bits = np.empty((1 + len(views), x * x), dtype=bool)
    bits[:] = HASHES[method].bits(plane)
    stands, inner = np.zeros(len(views), np.uint8), np.array([0, 0, 255, 255], np.uint8)
    found = PictureViews(bits, stands, inner, np.zeros(LOOK_BYTES, np.uint8))
    if any(view.standing is not None for view in views):
        _fill_stood(found, grey, plane, x, method, views, orientation)
    else:
        _fill_plain(bits[1:], grey, plane, x, method, views)
    return found


class _Plan(NamedTuple):
    """Which rows of a list of views are made in which way, and with what."""

    standings: list[int]
    tilts: list[tuple[int, Tilt]]
    fixed_crops: list[tuple[int, Crop]]
    own_crops: list[tuple[int, View]]  # those that differ from picture to picture
    negatives: list[int]
    inner: list[int]


@lru_cache(maxsize=4)
def _plan_of(views: tuple[View, ...]) -> _Plan:
    rows = list(enumerate(views))
    is_fixed = [view.crop_of is not None and not view.aspect for view in views]
    return _Plan(
        standings=[row for row, view in rows if view.standing is not None],
        tilts=[(row, view.tilt) for row, view in rows if view.tilt is not None],
        fixed_crops=[(row, crop) for row, crop in _crops_of((1, 1), views) if is_fixed[row]],
        own_crops=[(row, view) for row, view in rows if view.aspect or view.first_rows],
        negatives=[row for row, view in rows if view.special == NEGATIVE],
        inner=[row for row, view in rows if view.special == INNER],
    )


def _fill_plain(bits: Bits, grey: Grey, plane: Plane, x: int, method: str, views: tuple[View, ...]) -> None:
    """Fill in what is turned and cropped of the whole as it is."""
    turned = [(row, view.turn) for row, view in enumerate(views) if view.turn is not None]
    if turned:
        planes = turned_planes(grey, plane, x, method, [turn for _, turn in turned])
        bits[[row for row, _ in turned]] = HASHES[method].bits(planes)
    crops = _crops_of(grey.size, views)
    if crops:
        planes = cropped_planes(grid_of(grey, x), x, method, [crop for _, crop in crops])
        bits[[row for row, _ in crops]] = HASHES[method].bits(planes)


def _fill_stood(
    found: PictureViews, grey: Grey, plane: Plane, x: int, method: str, views: tuple[View, ...], orientation: int
) -> None:
    """Fill in the ways in which the whole may stand, and the other views, each in one way."""
    plan, grid = _plan_of(views), grid_of(grey, x).astype(np.float32)
    found.look[:] = look_of(grid)
    inner = inner_picture(grey, grid)
    if inner is not None:
        found.inner[:] = np.rint(np.multiply(inner, 255))
    bits, turns = _standings(grey, plane, grid, inner, x, method)
    found.bits[1:], found.stands[:] = bits[0], turns[0]
    rows = plan.standings[: len(bits)]
    found.bits[1:][rows], found.stands[rows] = bits, turns
    own_crops = [(row, _own_crop(view, grey.size, orientation)) for row, view in plan.own_crops]
    own_crops += [(row, inner) for row in plan.inner]
    tilted = tilted_grids(grid, grey.size, [tilt for _, tilt in plan.tilts])
    parts = (
        _Parts(grid, plan.fixed_crops),
        _Parts(grid, [(row, crop) for row, crop in own_crops if crop is not None]),
        _Parts(tilted, [(row, WHOLE) for row, _ in plan.tilts]),
        _Parts(WHITE - grid, [(row, WHOLE) for row in plan.negatives]),
    )
    _fill_parts(found, [each for each in parts if each.crops], x, method)


class _Parts(NamedTuple):
    """Parts of a grid, or of one grid each, and the rows of the views that they are."""

    grids: Plane
    crops: list[tuple[int, Crop]]

    @property
    def source(self) -> Source:
        return Source(self.grids, [crop for _, crop in self.crops])


def _fill_parts(found: PictureViews, parts: list[_Parts], x: int, method: str) -> None:
    rows = [row for each in parts for row, _ in each.crops]
    sources = [each.source for each in parts]
    planes = np.concatenate([cropped_planes(source.grids, x, method, source.crops) for source in sources])
    if method == "phash" and x >= LOW_SIDE:
        lows = planes[:, :LOW_SIDE, :LOW_SIDE]
    else:
        lows = np.concatenate([lowest_waves(source.grids, source.crops) for source in sources])
    turns = stand_alike(lows)
    found.bits[1:][rows] = HASHES[method].bits(stood_planes(sources, planes, x, method, turns))
    found.stands[rows] = numbers_of(turns)


def _own_crop(view: View, size: tuple[int, int], orientation: int) -> Crop | None:
    if view.first_rows:
        return crop_to_first_rows(view.first_rows, orientation)
    return view.crop_of(*size) if view.crop_of is not None else None


def _crops_of(size: tuple[int, int], views: Sequence[View]) -> list[tuple[int, Crop]]:
    """Return the rows of views that are crops of a picture, and what they keep of it, but for those that keep all."""
    crops = [(row, view.crop_of(*size)) for row, view in enumerate(views) if view.crop_of is not None]
    return [(row, crop) for row, crop in crops if crop is not None]


def _standings(
    grey: Grey, plane: Plane, grid: Plane, inner: Crop | None, x: int, method: str
) -> tuple[Bits, NDArray[np.uint8]]:
    """Return the bits of the ways in which a picture may stand, and the picture within it, and how these are turned."""
    turns = ways_to_stand(lowest_waves(grid, [WHOLE])[0])[:N_STANDINGS]
    bits = HASHES[method].bits(turned_planes(grey, plane, x, method, turns))
    room = N_STANDINGS - len(turns)
    if inner is None or not room:
        return bits, numbers_of(turns)
    inner_turns = ways_to_stand(lowest_waves(grid, [inner])[0])[:room]
    source = Source(grid, [inner] * len(inner_turns))
    planes = stood_planes([source], cropped_planes(grid, x, method, source.crops), x, method, inner_turns)
    stands = np.concatenate([numbers_of(turns), numbers_of(inner_turns) + np.uint8(INNER_STANDS)])
    return np.concatenate([bits, HASHES[method].bits(planes)]), stands
