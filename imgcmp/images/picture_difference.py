"""Two pictures that lie on one another -> in what they differ, at the size of the smaller one."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.images.alignment import Alignment, is_whole
from imgcmp.images.colour_distance import ColourDistance, colour_distance
from imgcmp.images.common_part import Common, common_part, fine_part
from imgcmp.images.grey_mix import mixed
from imgcmp.images.hues import hue_change
from imgcmp.images.level_distance import level_distance
from imgcmp.images.picture_parts import CLOSE_BRIGHTNESS, CLOSE_COLOUR, Parts, nothing_differs, parts_that_differ
from imgcmp.images.prepared_picture import Part, PreparedPicture
from imgcmp.images.surroundings import goes_on
from imgcmp.images.tone import UNCHANGED, Tone, shown_as, tone_of

# Levels of chroma on average. Of 40 photographs JPEG quality 40 changed it by 0.9 at most, half the size at quality 40
# by 1.3, and a quarter, of 10,000 pixels, by 1.8; a fifth less of pale colours by 1.6, of others 5 and more.
_CLOSE_MEAN_COLOUR, _OF_SMALL, _SMALL = 1.4, 2.0, 20_000

# Colours a fifth weaker were a change of all of them by 1.1 to 4 levels in 80 of 100 photographs, which left 0.3 to 0.5
# over. Of copies at JPEG quality 50 and more, WebP, and at 1/4 of the size, it was 0.5 at most in 99 of 100, and 0.5 to
# 1.5 left over; at 1/8 of the size 1.7 at most, and 1 to 3 left over. Copies as AVIF have a tint of 0.4 to 1.1, but no
# weaker or stronger colours and no other hues: of 658 copies in 14 kinds, AVIF, WebP, GIF, JPEG quality 30 and 1/8 of
# the size among them, 1 is told so with `_MULTIPLIED` as it is without. Of 47 photographs whose hues were turned by 8
# degrees 45 are, and without `_MULTIPLIED` 43; with colours a tenth weaker 40, and 36.
_SHIFTED, _MULTIPLIED, _TIMES_LEFT_OVER = 1.0, 0.5, 1.5

# Of pages, whose ground is one colour: JPEG stores it in steps of 0.9 levels at quality 80 and 2.1 at 50, everywhere in
# the same one. Of 15 light scans at half the size and quality 80 the tint was more than 1 in 8.
_SHIFTED_PAGE = 2.0

# Of photographs, by the means over 3 x 3 pixels of what is outside of the range around them: of 200 copies, at JPEG
# quality 50 and more, WebP likewise, by three filters at 1/8 and more of the size, it was 7 at most; of 260 captions,
# stickers and retouched patches 10 at least, and 38 of all but 3; of one more picture, at 0.7 of the size, 10. Without
# that range it was 20, and without means 16.
_CLOSE_PHOTOGRAPH = 12
# Nor, of files of one size, by more than this, where that of 995 in 1,000 pixels is less: of 885 copies of 60 it was,
# where that was 0 / 1 / 2 levels, 2 / 7 / 8 at most, and of chroma, where it was 1 / 2 / 3 levels, 3 / 7 / 10. Of 60
# dates in orange, 10 pixels high, 20 passed for copies without it, and 5 with it.
_ALONE, _TIMES_USUAL = 4, 4
_COLOUR_ALONE, _TIMES_USUAL_COLOUR = 3, 2.5
# Of chroma, evened out over 5 x 5 pixels of a quarter of the size; of files of one size, and of others. Of 50
# photographs in 12 kinds of copies, WebP, AVIF, JPEG quality 30, and 1/4 to 0.7 of the size among them, it was 4 at
# most, and 7 of other sizes but for one; of things of 4 % of the width in pale colours, 10 to 20 levels, that were made
# grey, 6 and more in 95 of 100, and of 8 % 10 and more.
_CLOSE_LOCAL_COLOUR, _RESIZED_LOCAL_COLOUR = 5, 7
# That of 995 in 1,000, and of the means of cells: of 4 % more brightness 6 and 4, of copies 5 and 1 at most; of 60
# pixels a side, of which cells have few, 2. Of pages, whose letters are all edges, the means alone: of 560 copies of
# 70, half and a third of the size and JPEG 30 among them, 1.0 at most; of 5 % less brightness 8.5 of most.
_CLOSE_EVERYWHERE, _CLOSE_MEAN, _MEAN_OF_SMALL = 5, 1.5, 3.0

# Of fine detail, at half of the size, copies of 120 photographs had 0.8 to 1.27 times as much, at JPEG quality 30 and
# more, WebP, AVIF and of 256 colours; blurred by a pixel 0.4 to 0.8, and sharpened 1.5 to 2.3. Of JPEGs that are
# decoded at 1/2 to 1/8 copies had 0.98 to 1.06 times as much; blurred by 3 pixels 0.3 to 0.8, sharpened 1.24 to 2.5,
# and with noise of 12 levels 1.0 to 2.0. Less than half a level counts as that.
_DETAIL, _DRAFTED_DETAIL, _SMOOTH = (0.8, 1.3), (0.9, 1.15), 50

# Of pages: what storing a picture changes it changes all over: the largest difference was 4 times that of 995 in 1,000
# pixels at most, or 8 levels. A date in orange, and a digit at half the size, were 17 and 22 where that was 0.
_CLOSE_ANYWHERE, _OUTLIER = 8, 4.5

# Levels of brightness and colour of a JPEG and the PNG of its pixels: stored in the one, computed of the other, and
# made smaller in two ways. They are compared as a whole then, which tells for sure. Where a picture has small patches
# of colour, 10 to 19 levels of that were seen, beside 1 of brightness.
_ROUNDING, _COLOUR_ROUNDING = 10, 40

_CELLS = 16  # a side
_GREY_COLOUR = 3  # levels of chroma that grey pictures have at most, of rounding
_USUAL = 0.995
_MOSTLY = 0.9
_NEGATIVE = -0.93


class Difference(NamedTuple):
    """In what one picture differs from another.

    Attributes
    ----------
    alignment : Alignment
        How the one lies on the other, found more exactly.
    size : (int, int)
        Width and height at which the part in common was compared.
    is_page : bool
        Whether either is a page, or drawn, or cut out, and so compared pixel by pixel.
    brightness, usual : int
        The largest difference in brightness, of 255 levels, after a low-pass, as `level_distance` has it; and that of
        995 in 1,000 pixels.
    mean_brightness : float
        The mean difference in brightness of the cells of a grid: of other tones everywhere, and not of compression.
    has_its_detail : bool
        Whether the other has about as much fine detail, where both are of one size and decoded alike; else True.
    is_of_one_size : bool
        Whether their files are of one width and height, so that nothing was resampled.
    colour, usual_colour : int
        The largest difference in chroma (Cb or Cr), of 255 levels, and that of 995 in 1,000 pixels.
    local_colour : int
        The largest one in chroma where that is evened out over 5 x 5 pixels, of photographs.
    mean_colour : float
        The mean difference in chroma of the cells of a grid, in which the noise of compression is evened out.
    is_recoloured : bool
        Whether they differ by one change of all colours, and not by the noise of compression; not, if both are grey.
    hues : float
        The mean difference of what one curve of tones for red, green and blue does not explain: brightness, contrast
        and gamma change colours, too.
    is_grey : (bool, bool)
        Whether the one, and the other, has no colours.
    tone : Tone
        How the brightness of the other follows from that of the one, everywhere.
    left, usual_left : int
        The largest difference in brightness that tones, or a mix of colours, don't explain, and that of 9 in 10 pixels.
    parts : Parts
        Where they differ beyond that.
    goes_on : float
        Of a picture that is a part of the other: how far that one goes on across the edges of the part, as photographs
        do, and frames don't; 0..1. 1 where neither is a part of the other.
    """

    alignment: Alignment
    size: tuple[int, int]
    is_page: bool
    brightness: int
    usual: int
    mean_brightness: float
    has_its_detail: bool
    is_of_one_size: bool
    colour: int
    usual_colour: int
    local_colour: int
    mean_colour: float
    is_recoloured: bool
    hues: float
    is_grey: tuple[bool, bool]
    tone: Tone
    left: int
    usual_left: int
    parts: Parts
    goes_on: float

    @property
    def is_close(self) -> bool:
        """Whether nothing differs but what storing a picture changes."""
        return self.has_close_brightness and self.has_close_colours

    @property
    def has_close_brightness(self) -> bool:
        """Whether brightness differs by no more than storing a picture changes."""
        if not self.has_its_detail:
            return False
        most = _MEAN_OF_SMALL if self._is_small else _CLOSE_MEAN
        is_slight = self.mean_brightness <= most and (self.is_page or self.usual <= _CLOSE_EVERYWHERE)
        return is_slight and self.brightness <= self.close_brightness

    @property
    def close_brightness(self) -> float:
        """By how much the brightness of copies differs at most."""
        if self.is_page:
            return min(CLOSE_BRIGHTNESS, max(_CLOSE_ANYWHERE, _OUTLIER * self.usual))
        return _close_of_one_size(self.usual) if self.is_of_one_size else _CLOSE_PHOTOGRAPH

    @property
    def has_close_colours(self) -> bool:
        """Whether colours differ by no more than storing a picture changes."""
        return self.has_close_colours_at_large and self.local_colour <= self.close_local_colour

    @property
    def has_close_colours_at_large(self) -> bool:
        """Whether colours differ by no more than that, but perhaps those of a thing that are pale."""
        most = _OF_SMALL if self._is_small else _CLOSE_MEAN_COLOUR
        return self.colour <= self.close_colour and self.mean_colour <= most and not self.is_recoloured

    @property
    def close_colour(self) -> float:
        """By how much the colours of copies differ at most."""
        if self.is_page or not self.is_of_one_size:
            return CLOSE_COLOUR
        return min(CLOSE_COLOUR, _COLOUR_ALONE + _TIMES_USUAL_COLOUR * self.usual_colour)

    @property
    def close_local_colour(self) -> int:
        """By how much colours that are evened out differ at most, of copies of photographs."""
        return _CLOSE_LOCAL_COLOUR if self.is_of_one_size else _RESIZED_LOCAL_COLOUR

    @property
    def _is_small(self) -> bool:
        return self.size[0] * self.size[1] < _SMALL

    @property
    def is_nothing(self) -> bool:
        """Whether nothing differs."""
        return self.is_next_to_nothing and max(self.brightness, self.colour) == 0

    @property
    def is_next_to_nothing(self) -> bool:
        """Whether no more differs than what rounding makes of equal pixels in two formats."""
        is_close = self.brightness <= _ROUNDING and self.colour <= _COLOUR_ROUNDING
        return self.has_wholes and self.alignment.turn is None and is_close

    @property
    def has_wholes(self) -> bool:
        """Whether neither is a part of the other."""
        return is_whole(self.alignment.box) and is_whole(self.alignment.other_box)

    @property
    def is_negative(self) -> bool:
        """Whether the brightness of the one is the other's negative."""
        return self.tone.correlation <= _NEGATIVE and -1.3 < self.tone.gain < -0.7


def difference(one: PreparedPicture, other: PreparedPicture, about: Alignment) -> Difference:
    """Tell in what two pictures differ.

    Parameters
    ----------
    one, other : PreparedPicture
        Of any size: they are compared at that of the smaller one, and at no more than is needed: see `common_part`.
    about : Alignment
        How the one lies on the other, or nearly.

    Returns
    -------
    difference : Difference
    """
    common = common_part(one, other, about)
    return _difference(one, other, common)


def are_finely_close(one: PreparedPicture, other: PreparedPicture, alignment: Alignment) -> bool:
    """Tell whether the brightness of two photographs of one size differs by no more than storing them changes.

    They lie on one another so, as wholes, and are compared as finely as pages are.
    """
    _, first, second = fine_part(one, other, alignment)
    distance = level_distance(np.asarray(first.brightness), np.asarray(second.brightness), is_exact=False)
    return int(distance.max()) <= _close_of_one_size(_level_of(distance, _USUAL))


def fine_difference(one: PreparedPicture, other: PreparedPicture, alignment: Alignment) -> Difference:
    """Tell in what two photographs differ that lie on one another so, as wholes: as finely as pages are compared."""
    return _difference(one, other, fine_part(one, other, alignment))


def _difference(one: PreparedPicture, other: PreparedPicture, common: Common) -> Difference:
    alignment, first, second = common
    is_page = one.is_page or other.is_page
    levels, other_levels = np.asarray(first.brightness), np.asarray(second.brightness)
    distance = level_distance(levels, other_levels, is_exact=is_page)
    colours = colour_distance(first.chroma, second.chroma)
    is_grey = _is_grey(first), _is_grey(second)
    nothing = Difference(
        alignment=alignment,
        size=first.brightness.size,
        is_page=is_page,
        brightness=int(distance.max()),
        usual=_level_of(distance, _USUAL),
        mean_brightness=_mean_brightness(first, second),
        has_its_detail=_has_its_detail(one, other, alignment),
        is_of_one_size=_is_of_one_size(one, other),
        colour=int(colours.levels.max()),
        usual_colour=_level_of(colours.levels, _USUAL),
        local_colour=0 if is_page else int(colours.evened.max()),
        mean_colour=colours.mean,
        is_recoloured=not all(is_grey) and _is_shifted(colours, is_page=is_page),
        hues=0.0,
        is_grey=is_grey,
        tone=UNCHANGED,
        left=0,
        usual_left=0,
        parts=nothing_differs(other_levels),
        goes_on=_goes_on(one, other, alignment),
    )
    if nothing.is_close:  # most are, and the rest takes as long as all before it
        return nothing
    tone = tone_of(levels, other_levels)
    most = nothing.close_brightness if tone.is_same else CLOSE_BRIGHTNESS
    shown = shown_as(levels, tone)
    if not tone.is_same:
        distance = level_distance(shown, other_levels, is_exact=is_page)
    if not is_page:
        for model in _otherwise_shown(first, shown, other_levels, tone, is_grey):
            left = level_distance(model, other_levels, is_exact=False)
            if left.mean() < distance.mean():
                shown, distance = model, left
    is_other_colour = colours.levels > nothing.close_colour
    if not is_page:
        most_there = nothing.close_local_colour
        is_other_colour |= (colours.evened > most_there) & (colours.levels > most_there)
    parts = parts_that_differ(shown, other_levels, distance, most, is_other_colour)
    return nothing._replace(
        hues=hue_change(first.in_colour(), second.in_colour()),
        tone=tone,
        left=int(distance.max()),
        usual_left=_level_of(distance, _MOSTLY),
        parts=parts,
    )


def _otherwise_shown(
    first: Part, shown: NDArray[np.uint8], other: NDArray[np.uint8], tone: Tone, is_grey: tuple[bool, bool]
) -> list[NDArray[np.uint8]]:
    """Return what else the brightness of a negative, and of a picture that was made grey, is expected to be."""
    negative = [255 - np.asarray(first.brightness)] if tone.gain < 0 else []
    return negative + ([mixed(shown, first.chroma, other)] if is_grey == (False, True) else [])


def _close_of_one_size(usual: int) -> int:
    return min(_CLOSE_PHOTOGRAPH, _ALONE + _TIMES_USUAL * usual)


def _level_of(levels: NDArray[np.uint8], share: float) -> int:
    counts = np.cumsum(np.bincount(levels.ravel(), minlength=256))
    return int(np.searchsorted(counts, share * counts[-1]))


def _mean_brightness(first: Part, second: Part) -> float:
    sides = (_CELLS, _CELLS)
    one, other = (
        np.asarray(part.brightness.resize(sides, Image.Resampling.BOX), dtype=np.int16) for part in (first, second)
    )
    return float(np.abs(one - other).mean())


def _is_of_one_size(one: PreparedPicture, other: PreparedPicture) -> bool:
    return one.whole_size is not None and one.whole_size == other.whole_size


def _has_its_detail(one: PreparedPicture, other: PreparedPicture, alignment: Alignment) -> bool:
    is_alike = _is_of_one_size(one, other) and one.size == other.size and one.is_drafted == other.is_drafted
    if alignment != Alignment() or not is_alike or min(one.sharpness, other.sharpness) < 0:
        return True
    least, most = _DRAFTED_DETAIL if one.is_drafted else _DETAIL
    return least <= (other.sharpness + _SMOOTH) / (one.sharpness + _SMOOTH) <= most


def _is_shifted(colours: ColourDistance, *, is_page: bool) -> bool:
    """Tell whether all colours changed alike, by more than storing them does, which makes those of letters paler."""
    left_over = _TIMES_LEFT_OVER * colours.left_over
    is_multiplied = not is_page and colours.multiplied > max(_MULTIPLIED, left_over)
    return is_multiplied or colours.shift > max(_SHIFTED_PAGE if is_page else _SHIFTED, left_over)


def _is_grey(part: Part) -> bool:
    return all(np.abs(np.asarray(band, dtype=np.int16) - 128).max() <= _GREY_COLOUR for band in part.chroma)


def _goes_on(one: PreparedPicture, other: PreparedPicture, alignment: Alignment) -> float:
    if not is_whole(alignment.box):
        return goes_on(one.grey(alignment.turn), alignment.box)
    if not is_whole(alignment.other_box):
        return goes_on(other.grey(), alignment.other_box)
    return 1.0
