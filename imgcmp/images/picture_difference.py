"""Two pictures that lie on one another -> in what they differ, at the size of the smaller one."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageChops

from imgcmp.images.align import aligned
from imgcmp.images.alignment import WHOLE, Alignment, is_whole
from imgcmp.images.hues import hue_change
from imgcmp.images.picture_parts import CLOSE_BRIGHTNESS, CLOSE_COLOUR, Parts, nothing_differs, parts_that_differ
from imgcmp.images.prepared_picture import Part, PreparedPicture
from imgcmp.images.surroundings import goes_on
from imgcmp.images.tone import UNCHANGED, Tone, shown_as, tone_of

MOST_PIXELS, MOST_OF_PHOTOGRAPH = 2**20, 2**18
"""At which pages are compared, and other pictures.

A digit of 11 points on a page of A4 is 11 pixels high then. Of a photograph it is a fiftieth of the longer side, less
than what people change in one; at the size of pages it takes three times as long.
"""

# Levels of chroma on average. Of 40 photographs JPEG quality 50 changed it by 0.8 at most, a third of the size at 75 by
# 1.3, 30 and 20 by 1.1 and 1.6, where brightness differed by 6 levels and more.
_CLOSE_MEAN_COLOUR, _OF_USUAL = 1.4, 0.2

# What storing a picture changes it changes all over: the largest difference was 4 times that of 995 in 1,000 pixels at
# most, or 8 levels. A date in orange, and a digit at half the size, were 17 and 22 where that was 0.
_CLOSE_ANYWHERE, _OUTLIER = 8, 4.5

# Where a whole lies on a whole nothing need be sought, unless they fit as badly as that.
_FITS = 0.9

_COLOUR_CELLS = 16  # a side
_GREY_COLOUR = 6  # levels of chroma that grey pictures have at most, of JPEG's rounding
_USUAL = 0.995
_NEGATIVE = -0.93


class Difference(NamedTuple):
    """In what one picture differs from another.

    Attributes
    ----------
    alignment : Alignment
        How the one lies on the other, found more exactly.
    size : (int, int)
        Width and height at which the part in common was compared.
    brightness, usual : int
        The largest difference in brightness, of 255 levels, after a low-pass; and that of 995 in 1,000 pixels.
    colour : int
        The largest difference in chroma (Cb or Cr), of 255 levels, likewise.
    mean_colour : float
        The mean difference in chroma of the cells of a grid, in which the noise of compression is evened out.
    hues : float
        The same, of what one curve of tones for red, green and blue does not explain: brightness, contrast and gamma
        change colours, too.
    is_grey : (bool, bool)
        Whether the one, and the other, has no colours.
    tone : Tone
        How the brightness of the other follows from that of the one, everywhere.
    parts : Parts
        Where they differ beyond that.
    goes_on : float
        Of a picture that is a part of the other: how far that one goes on across the edges of the part, as photographs
        do, and frames don't; 0..1. 1 where neither is a part of the other.
    """

    alignment: Alignment
    size: tuple[int, int]
    brightness: int
    usual: int
    colour: int
    mean_colour: float
    hues: float
    is_grey: tuple[bool, bool]
    tone: Tone
    parts: Parts
    goes_on: float

    @property
    def is_close(self) -> bool:
        """Whether nothing differs but what storing a picture changes."""
        return self.has_close_brightness and self.has_close_colours

    @property
    def has_close_brightness(self) -> bool:
        """Whether brightness differs by no more than storing a picture changes."""
        return self.brightness <= _close_brightness(self.usual)

    @property
    def has_close_colours(self) -> bool:
        """Whether colours differ by no more than storing a picture changes."""
        return self.colour <= CLOSE_COLOUR and self.mean_colour <= max(_CLOSE_MEAN_COLOUR, _OF_USUAL * self.usual)

    @property
    def is_negative(self) -> bool:
        """Whether the brightness of the one is the other's negative."""
        return self.tone.correlation <= _NEGATIVE and -1.3 < self.tone.gain < -0.7


def difference(one: PreparedPicture, other: PreparedPicture, about: Alignment) -> Difference:
    """Tell in what two pictures differ.

    Parameters
    ----------
    one, other : PreparedPicture
        Of any size: they are compared at that of the smaller one, and at no more than MOST_PIXELS.
    about : Alignment
        How the one lies on the other, or nearly.

    Returns
    -------
    difference : Difference
    """
    alignment = about
    pair = _at_one_size(one, other, about) if about.box == about.other_box == WHOLE else None
    if pair is None or not _fit(pair):
        alignment = aligned(one.grey(about.turn), other.grey(), about).alignment
        pair = _at_one_size(one, other, alignment)
    first, second = pair
    bright = ImageChops.difference(first.brightness, second.brightness)
    blue, red = (ImageChops.difference(*bands) for bands in zip(first.chroma, second.chroma, strict=True))
    colour = ImageChops.lighter(blue, red)
    levels, other_levels = np.asarray(first.brightness), np.asarray(second.brightness)
    nothing = Difference(
        alignment=alignment,
        size=first.brightness.size,
        brightness=_most(bright),
        usual=_level_of(bright, _USUAL),
        colour=_most(colour),
        mean_colour=_mean_colour(first, second),
        hues=0.0,
        is_grey=(_is_grey(first), _is_grey(second)),
        tone=UNCHANGED,
        parts=nothing_differs(other_levels),
        goes_on=_goes_on(one, other, alignment),
    )
    if nothing.is_close:  # most are, and the rest takes as long as all before it
        return nothing
    tone = tone_of(levels, other_levels)
    most = _close_brightness(nothing.usual) if tone.is_same else CLOSE_BRIGHTNESS
    parts = parts_that_differ(shown_as(levels, tone), other_levels, np.asarray(colour), most)
    return nothing._replace(hues=hue_change(first.in_colour(), second.in_colour()), tone=tone, parts=parts)


def _close_brightness(usual: int) -> float:
    """Return by how much the brightness of copies differs at most, where that of 995 in 1,000 pixels does so much."""
    return min(CLOSE_BRIGHTNESS, max(_CLOSE_ANYWHERE, _OUTLIER * usual))


def _common_size(
    one: tuple[int, int], other: tuple[int, int], alignment: Alignment, most_pixels: int
) -> tuple[int, int]:
    """Return the size at which the part in common of two pictures, the one turned, is compared."""
    parts = [
        (width * (box.right - box.left), height * (box.bottom - box.top))
        for (width, height), box in ((one, alignment.box), (other, alignment.other_box))
    ]
    width, height = min(parts, key=lambda part: part[0] * part[1])
    scale = min(1.0, (most_pixels / max(1.0, width * height)) ** 0.5)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _at_one_size(one: PreparedPicture, other: PreparedPicture, alignment: Alignment) -> tuple[Part, Part]:
    most = MOST_PIXELS if one.is_page or other.is_page else MOST_OF_PHOTOGRAPH
    size = _common_size(one.grey(alignment.turn).size, other.size, alignment, most)
    return one.part(alignment.turn, alignment.box, size), other.part(None, alignment.other_box, size)


def _fit(pair: tuple[Part, Part]) -> bool:
    """Tell whether wholes fit on one another, or are negatives: no better alignment need be sought."""
    small = [np.asarray(part.brightness.resize((64, 64), Image.Resampling.BOX), dtype=np.float64) for part in pair]
    first, second = (image - image.mean() for image in small)
    norm = np.sqrt((first * first).sum() * (second * second).sum())
    return bool(abs((first * second).sum()) >= _FITS * norm)


def _most(image: Image.Image) -> int:
    return int(np.asarray(image).max())


def _level_of(image: Image.Image, share: float) -> int:
    counts = np.cumsum(image.histogram())
    return int(np.searchsorted(counts, share * counts[-1]))


def _mean_colour(first: Part, second: Part) -> float:
    sums = []
    for one, other in zip(first.chroma, second.chroma, strict=True):
        change = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
        for axis in (0, 1):
            starts = np.unique(np.linspace(0, change.shape[axis], _COLOUR_CELLS, endpoint=False).astype(np.intp))
            sizes = np.diff(np.append(starts, change.shape[axis]))
            change = np.add.reduceat(change, starts, axis=axis) / (sizes if axis else sizes[:, np.newaxis])
        sums.append(np.abs(change))
    return float(np.maximum(*sums).mean())


def _is_grey(part: Part) -> bool:
    return all(np.abs(np.asarray(band, dtype=np.int16) - 128).max() <= _GREY_COLOUR for band in part.chroma)


def _goes_on(one: PreparedPicture, other: PreparedPicture, alignment: Alignment) -> float:
    if not is_whole(alignment.box):
        return goes_on(one.grey(alignment.turn), alignment.box)
    if not is_whole(alignment.other_box):
        return goes_on(other.grey(), alignment.other_box)
    return 1.0
