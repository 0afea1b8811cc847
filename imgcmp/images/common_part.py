"""Two pictures, and about how they lie on one another -> what they have in common of either, at one size."""

from typing import NamedTuple

import numpy as np
from PIL import Image

from imgcmp.images.align import aligned, extended
from imgcmp.images.alignment import WHOLE, Alignment, Box, is_whole
from imgcmp.images.prepared_picture import Part, PreparedPicture, Scale
from imgcmp.images.tiles import alike_tiles

MOST_OF_PAGE, MOST_OF_PHOTOGRAPH = 2**20, 2**18
"""Pixels at which pages are compared, and other pictures.

A digit of 11 points on a page of A4 is 11 pixels high then. A photograph is about 512 pixels a side. At 256 a number of
44 pixels in 1,440, a scratch of 2 pixels in 2,000, and a patch of 8 % that was blurred away were not seen; 240
copies stay copies at 512, and finding duplicates, labels included, takes a tenth to a quarter more time.
"""

# Of a picture at least: pictures within are found a little larger in one than in the other, and wholes are tried first.
_NEARLY_WHOLE = 0.95

# Correlation of wholes, or of negatives, at which nothing better is looked for: below it are crops by 1 % and more,
# most edits, and other tones.
_FITS, _SIDE = 0.985, 64

# Tiles are compared at this size to tell which of two alignments fits; the one that was found must do so better.
_LOOK, _BETTER = 160, 0.02
_FITS_WELL = 0.9  # what fits less is sought once more, from fine: from coarse to fine, one in a hundred goes astray

# Pixels inside of the edges of a part, which are left out: what lies around is in them.
_RIM = 2.5


class Common(NamedTuple):
    """How two pictures lie on one another, and their parts in common, of one size."""

    alignment: Alignment
    first: Part
    second: Part


def fine_part(one: PreparedPicture, other: PreparedPicture, alignment: Alignment) -> Common:
    """Return what two photographs have in common as finely as pages are compared, where they lie on one another so."""
    scale = _common_scale(one.grey(alignment.turn).size, other.size, alignment, MOST_OF_PAGE)._replace(is_fine=True)
    return Common(alignment, one.part(alignment.turn, WHOLE, scale), other.part(None, WHOLE, scale))


def common_part(one: PreparedPicture, other: PreparedPicture, about: Alignment) -> Common:
    """Find how two pictures lie on one another; return both parts at the smaller one's size, or less.

    Parameters
    ----------
    one, other : PreparedPicture
    about : Alignment
        How the one lies on the other, or nearly: a whole may be a crop that was not recognised as one.
    """
    about = _rounded(extended(about))
    if min(about.box.share, about.other_box.share) >= _NEARLY_WHOLE:
        seen = _at_one_size(one, other, Alignment(about.turn))
        if _fit(seen):
            return seen
    return _at_one_size(one, other, _best_of(one, other, about))


def _rounded(alignment: Alignment) -> Alignment:
    """Return wholes where they are wholes but for what rounding leaves."""
    if is_whole(alignment.box) and is_whole(alignment.other_box):
        return Alignment(alignment.turn)
    return alignment


def _best_of(one: PreparedPicture, other: PreparedPicture, about: Alignment) -> Alignment:
    """Return the better of two: as it is about, and as least squares find it."""
    pictures = one.grey(about.turn), other.grey()
    found, is_like = about, _alike_at(one, other, about)
    for from_fine in (False, True):
        sought = aligned(*pictures, about, from_fine=from_fine)
        its = _alike_at(one, other, sought)
        if _is_better(its, is_like, about):
            found, is_like = _rounded(sought), its
        if min(its, is_like) >= _FITS_WELL:
            break
    return found


def _is_better(its: float, is_like: float, about: Alignment) -> bool:
    """Tell whether what least squares found is taken, by what each makes alike.

    Wholes give way to what is better by far alone. Of parts a tie goes to least squares: a view stops at whole
    percents, and is 2 of 838 pixels off where a frame of 4.2 % is taken for one of 4.5 %.
    """
    if about.box == about.other_box == WHOLE:
        return its > is_like + _BETTER
    return its >= is_like


def _alike_at(one: PreparedPicture, other: PreparedPicture, alignment: Alignment) -> float:
    """Return the part of the tiles that show the same, at a small size."""
    seen = _at_one_size(one, other, alignment, _LOOK**2)
    return alike_tiles(*(np.asarray(part.brightness) for part in seen[1:])).share


def _at_one_size(
    one: PreparedPicture, other: PreparedPicture, alignment: Alignment, most_pixels: int | None = None
) -> Common:
    is_page = one.is_page or other.is_page
    most = most_pixels or (MOST_OF_PAGE if is_page else MOST_OF_PHOTOGRAPH)
    scale = _common_scale(one.grey(alignment.turn).size, other.size, alignment, most)
    if is_page and most_pixels is None:
        scale = scale._replace(factor=1.0)
    first, second = _without_rim(alignment, scale)
    return Common(alignment, one.part(alignment.turn, first, scale), other.part(None, second, scale))


def _common_scale(one: tuple[int, int], other: tuple[int, int], alignment: Alignment, most_pixels: int) -> Scale:
    """Return the size at which the part in common of two pictures, the one turned, is compared."""
    parts = [
        (width * (box.right - box.left), height * (box.bottom - box.top))
        for (width, height), box in ((one, alignment.box), (other, alignment.other_box))
    ]
    width, height = min(parts, key=lambda part: part[0] * part[1])
    factor = min(1.0, (most_pixels / max(1.0, width * height)) ** 0.5)
    return Scale((max(1, round(width * factor)), max(1, round(height * factor))), factor)


def _without_rim(alignment: Alignment, scale: Scale) -> tuple[Box, Box]:
    """Return the boxes without the pixels at their edges, but for edges that both pictures have."""
    boxes = alignment.box, alignment.other_box
    if all(is_whole(box) for box in boxes):
        return boxes
    rim = [min(0.1, _RIM / length) for length in scale.size]
    return _inset(boxes[0], *rim), _inset(boxes[1], *rim)


def _inset(box: Box, across: float, down: float) -> Box:
    width, height = box.right - box.left, box.bottom - box.top
    return Box(
        box.left + across * width, box.top + down * height, box.right - across * width, box.bottom - down * height
    )


def _fit(seen: Common) -> bool:
    """Tell whether wholes fit on one another, or are negatives: no better alignment need be sought."""
    small = [
        np.asarray(part.brightness.resize((_SIDE, _SIDE), Image.Resampling.BOX), dtype=np.float32)
        for part in (seen.first, seen.second)
    ]
    first, second = (image - image.mean() for image in small)
    norm = np.sqrt((first * first).sum() * (second * second).sum())
    return bool(abs((first * second).sum()) >= _FITS * norm)
