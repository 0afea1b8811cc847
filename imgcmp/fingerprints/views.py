"""The list of views: what a copy would be that someone cropped, framed, tilted, turned, or made a negative of.

A view is the fingerprint of such a copy; `view_bits` computes them, all from one decode. Two lists are in use: the one
that "all" stands for, and `crops`, `flips` and `turns`, which earlier versions kept and which may be chosen alone.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from imgcmp.fingerprints.first_rows import FIRST_ROWS, crop_to_first_rows
from imgcmp.fingerprints.look_rows import stands_bytes
from imgcmp.fingerprints.looks import LOOK_BYTES
from imgcmp.fingerprints.low_bits import LOW_SIDE
from imgcmp.fingerprints.parameters import EVERY_KIND, PLAIN_KINDS
from imgcmp.fingerprints.standings import Turn
from imgcmp.fingerprints.tilted import Tilt
from imgcmp.fingerprints.view_layout import Bounds, ViewLayout
from imgcmp.fingerprints.view_planes import WHOLE, Crop

N_STANDINGS = 4
"""Ways to stand that are kept. Of 2,493 photographs 3 % had more; a picture within them takes what is left."""

# A picture whose aspect ratio is within this of a crop's is what the crop would be.
_SAME_ASPECT = 0.02
_ASPECT_STEPS = 256


NEGATIVE, INNER = "negative", "inner"


class View(NamedTuple):
    """One way to look at a picture.

    One of these is set: `crop_of`, which gives what is kept of a picture of a width and a height; `first_rows`, the
    part that is kept of the first rows of its file; `turn`; `tilt`; `standing`, the number of a way to stand; or
    `special`, NEGATIVE or INNER.
    """

    name: str
    kind: str
    turn: Turn | None = None
    crop_of: Callable[[int, int], Crop | None] | None = None
    tilt: Tilt | None = None
    standing: int | None = None
    special: str = ""
    aspect: float = 0.0  # of a crop to an aspect ratio
    first_rows: float = 0.0


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
    return tuple(view for view in (_all_views() if chosen == (EVERY_KIND,) else _plain_views()) if _is_of(view, chosen))


def view_names(kinds: str) -> tuple[str, ...]:
    """Return the names of the views of these kinds, in the order in which they are kept: see `views_of_kinds`."""
    return tuple(view.name for view in views_of_kinds(kinds))


def normal_kinds(kinds: str) -> str:
    """Return kinds of views as they are written: "none", "all", or plain ones in their order, with commas."""
    return ",".join(_kinds(kinds)) or "none"


EVERY_PLAIN_KIND = ",".join(PLAIN_KINDS)
"""What "all" stood for in earlier versions."""


def kinds_of_names(kinds: str, names: str) -> str | None:
    """Return the kinds of views that a database holds, by what it says of them: kinds, and names, a line each.

    None if this imgcmp makes no such views.
    """
    for known in (kinds, EVERY_PLAIN_KIND) if kinds == EVERY_KIND else (kinds,):
        if names == "\n".join(view_names(known)):
            return known
    return None


def look_bytes(kinds: str) -> int:
    """Return how many bytes are kept of the looks of an image with such views: see `LookRows.of`; 0: none."""
    return LOOK_BYTES + stands_bytes(len(view_names(kinds))) + 4 if _kinds(kinds) == (EVERY_KIND,) else 0


def view_layout(kinds: str, method: str, x: int) -> ViewLayout:
    """Return how the views of these kinds are compared, for `imgcmp.cluster`.

    Parameters
    ----------
    kinds : str
        Which views, as for `imgcmp.fingerprint_views`.
    method, x
        Kind of fingerprint, as for `imgcmp.fingerprint`.

    Raises
    ------
    ValueError
        If there is no such kind of views.
    """
    if _kinds(kinds) != (EVERY_KIND,):
        return ViewLayout()
    parts = (_WHOLE, *(part_of(view) for view in _all_views() if view.standing is None))
    return ViewLayout(N_STANDINGS, x if method == "phash" and x > LOW_SIDE else 0, parts, Bounds.of(x * x))


def part_of(view: View) -> tuple[float, ...]:
    """Return what part of its picture a view is: a code of `PartCode`, and four numbers."""
    if view.tilt is not None:
        return (PartCode.TILT, math.radians(view.tilt.degrees), float(view.tilt.is_cut), 0.0, 0.0)
    if view.special:
        return (PartCode.NEGATIVE, *WHOLE) if view.special == NEGATIVE else (PartCode.INNER, 0.0, 0.0, 0.0, 0.0)
    if view.aspect:
        return (PartCode.ASPECT, view.aspect, 0.0, 0.0, 0.0)
    if view.first_rows:
        return (PartCode.CROP, *crop_to_first_rows(view.first_rows, _UPRIGHT))
    assert view.crop_of is not None
    crop = view.crop_of(1, 1)
    assert crop is not None
    return (PartCode.CROP, *crop)


class PartCode(IntEnum):
    """What a view is of its picture, and which numbers say more of it."""

    CROP = 0  # left, top, right, bottom, from 0 to 1
    ASPECT = 1  # width by height of the middle that is kept
    TILT = 2  # radians, and 1 if the frame is cut
    INNER = 3
    NEGATIVE = 4  # left, top, right, bottom


_WHOLE = (float(PartCode.CROP), *WHOLE)
_UPRIGHT = 1  # EXIF's orientation of what is not turned


def _is_of(view: View, chosen: tuple[str, ...]) -> bool:
    return chosen == (EVERY_KIND,) or view.kind in chosen


def _kinds(kinds: str) -> tuple[str, ...]:
    if not isinstance(kinds, str):
        raise ValueError(f"views must be a string; got {kinds!r}")
    if kinds in ("all", "none"):
        return (EVERY_KIND,) if kinds == "all" else ()
    names = tuple(name.strip() for name in kinds.split(","))
    if any(name not in PLAIN_KINDS for name in names):
        raise ValueError(f"views must be all, none, or some of {', '.join(PLAIN_KINDS)}, with commas; got {kinds!r}")
    return tuple(kind for kind in PLAIN_KINDS if kind in names)


def _fixed(crop: Crop) -> Callable[[int, int], Crop]:
    def crop_of(_width: int, _height: int) -> Crop:
        return crop

    return crop_of


def _centre(cut: float) -> Crop:
    return Crop(cut / 2, cut / 2, 1 - cut / 2, 1 - cut / 2)


def _without(sides: Iterable[str], cut: float) -> Crop:
    """Return what is left if a part of some sides is cut off."""
    return Crop()._replace(**{side: cut if side in ("left", "top") else 1 - cut for side in sides})


def _at_side(side: str, kept: float) -> Crop:
    """Return what is left of both sides, from one edge on, in the middle of the other two."""
    middle = _centre(1 - kept)
    return middle._replace(
        **{
            "left": {"left": 0.0, "right": kept},
            "right": {"left": 1 - kept, "right": 1.0},
            "top": {"top": 0.0, "bottom": kept},
            "bottom": {"top": 1 - kept, "bottom": 1.0},
        }[side]
    )


def _near_corner(sides: tuple[str, ...]) -> Crop:
    """Return 89.5 % of both sides, 1.5 % off the corner of two edges.

    Of crops to 80 % of the area those are hardest to find that lie halfway between the corner and the middle. Of 2,520
    crops of 120 photographs, all over them, 0.9 % were farther than 70 of 256 bits with views of 91 % that end in the
    corner itself, with these 0.1 %; and 1.1 %, those in the corner, with views 2 % off it.
    """
    cut = {side: 0.015 if side in sides else 0.09 for side in ("left", "top", "right", "bottom")}
    return Crop(cut["left"], cut["top"], 1 - cut["right"], 1 - cut["bottom"])


def _to_aspect(wanted: float, steps: int) -> Callable[[int, int], Crop | None]:
    """Return the centre crop to an aspect ratio, in steps of the side if not 0; None of a picture that has it.

    That is within _SAME_ASPECT. Crops in steps are some hundred, whose matrices are made once.
    """

    def crop_of(width: int, height: int) -> Crop | None:
        kept = wanted * height / width
        if abs(kept - 1) <= _SAME_ASPECT:
            return None
        part = min(kept, 1 / kept)
        part = max(1, round(part * steps)) / steps if steps else part
        if kept < 1:
            return Crop(left=(1 - part) / 2, right=(1 + part) / 2)
        return Crop(top=(1 - part) / 2, bottom=(1 + part) / 2)

    return crop_of


_SIDES = (("left",), ("right",), ("top",), ("bottom",))
_CORNERS = (("left", "top"), ("right", "top"), ("left", "bottom"), ("right", "bottom"))


def _crops(centres: Iterable[int], sides: Iterable[int], corners: Iterable[int], *, steps: int = 0) -> Iterator[View]:
    """Yield crops: at the centre, and without so many percent of one side, or of two."""
    for percent in centres:
        yield View(f"centre without {percent} %", "crops", crop_of=_fixed(_centre(percent / 100)))
    for names, percents in ((_SIDES, sides), (_CORNERS, corners)):
        for cut_sides in names:
            for percent in percents:
                crop = _without(cut_sides, percent / 100)
                yield View(f"without {percent} % {' and '.join(cut_sides)}", "crops", crop_of=_fixed(crop))
    for width, height in ((1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (16, 9), (9, 16)):
        aspect = width / height
        yield View(f"{width}:{height}", "crops", crop_of=_to_aspect(aspect, steps), aspect=aspect)


def _tilts() -> Iterator[View]:
    # On 250 photographs, rotated by 3 to 11 degrees: all were found at 72 of 256 bits, of 15 degrees 4 of 5. By 7
    # degrees within the frame finds those whose corners are black, too; cut to what is full those that were cut.
    for degrees, is_cut in ((7, False), (7, True), (11, False)):
        for sign, side in ((1, "right"), (-1, "left")):
            name = f"tilted {side} by {degrees}" + " and cut" * is_cut
            yield View(name, "tilts", tilt=Tilt(float(sign * degrees), is_cut))


@cache
def _all_views() -> tuple[View, ...]:
    """Return what "all" stands for.

    Chosen one after another, by what each finds that none before it does, of 80 photographs' worth of edits for its
    place (those near a corner by `_near_corner`): docs/measurements/accuracy.md.
    """
    return (
        *(View(f"standing {number + 1}", "standings", standing=number) for number in range(N_STANDINGS)),
        *_crops((9, 18, 27, 36), (14, 21, 28), (15, 22, 30), steps=_ASPECT_STEPS),
        *(View(f"90 % at the {side}", "crops", crop_of=_fixed(_at_side(side, 0.9))) for (side,) in _SIDES),
        *(
            View(f"89.5 % near the {' and '.join(sides)}", "crops", crop_of=_fixed(_near_corner(sides)))
            for sides in _CORNERS
        ),
        *(View(name, "crops", first_rows=part) for name, part in FIRST_ROWS.items()),
        *_tilts(),
        View("negative", "negative", special=NEGATIVE),
        View("inner picture", "inner", special=INNER),
    )


@cache
def _plain_views() -> tuple[View, ...]:
    """Return the views that may be chosen by their kinds; of the whole as it is."""
    # By docs/measurements/accuracy.md. With steps of 10 % (10 and 20 % of sides and corners) corners cut by 15 % were
    # found in 39 % of the photographs at one false pair in 10,000, with these in 99 %; finer ones found no more.
    return (
        *_crops((6, 14, 22, 30), (7, 14, 21), (8, 14, 20)),
        View("mirrored", "flips", Turn(transposed=False, mirrored=True, flipped=False)),
        View("mirrored and turned by 90", "flips", Turn(transposed=True, mirrored=True, flipped=True)),
        View("mirrored and turned by 180", "flips", Turn(transposed=False, mirrored=False, flipped=True)),
        View("mirrored and turned by 270", "flips", Turn(transposed=True, mirrored=False, flipped=False)),
        View("turned by 90", "turns", Turn(transposed=True, mirrored=True, flipped=False)),
        View("turned by 180", "turns", Turn(transposed=False, mirrored=True, flipped=True)),
        View("turned by 270", "turns", Turn(transposed=True, mirrored=False, flipped=True)),
    )
