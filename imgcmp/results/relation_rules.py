"""In what a picture differs from the best one of its cluster -> a word for it that a person would sign."""

from imgcmp.images.alignment import Box, is_whole, within
from imgcmp.images.page_ground import PAGE
from imgcmp.images.picture_difference import Difference
from imgcmp.images.picture_parts import STRONG
from imgcmp.results.relation_names import (
    CROPPED,
    EDITED,
    FRAMED,
    GREY,
    NEGATIVE,
    ONE_FRAME,
    RECOLOURED,
    REENCODED,
    SIMILAR,
    TURNED,
)

# The part of the tiles that are the same picture. Of other pictures 0.2 are at most, of edited ones 0.9 and more, but
# where a sticker hides them.
_ALIKE, _MUCH_ALIKE = 0.5, 0.85

# Levels of chroma on average: that of a date in orange was 0.13; and what must not be stronger or weaker colours alone,
# as gamma, contrast and brightness make them.
_RECOLOURED, _HUES, _MOSTLY = 0.4, 5.0, 0.15

# To turn hues by 20 degrees, or to make green 4 % stronger, moves brightness by 5 to 18 levels, and leaves 2.3 or more
# of 9 of 10 photographs that tones do not explain; a tenth more brightness leaves 1.9 at most, and moves 14 or more.
_SLIGHT_TONE, _SLIGHT_HUES, _LARGELY = 12, 2.2, 0.7

# Where colours are as different as that, all over, tones of each colour changed for themselves: a hue that was turned.
_OTHER_COLOURS = 15

# The part of the tiles that are the same picture where brightness differs much: of other colours 0.7 and more, but of
# hues that were turned, of things that were pasted 0.6 at most.
_SAME_THING = 0.7

# Levels of brightness on average: of hues that were turned, where that is less alike, 7 and more; of stronger and
# weaker colours and tints 4.8 at most, and of things of a hundredth of the area 1.4.
_OTHER_BRIGHTNESS = 6

_LEAST_RECOLOURED, _ALL_OVER = 0.06, 5.0  # of the area, or levels of chroma on average: less is an edit

_PALE = 8  # levels of chroma: so few may be lost by compression

# A page has a ground of one brightness. One thing that differs there is an edit, several are another page.
_PLAIN_PAGE = 0.6
_COMPACT, _COMPACT_ON_PLAIN = 0.12, 0.02

_GOES_ON = 0.45  # of crops 0.5 and more, of frames 0.3 and less

# Levels of brightness that the part in common of a crop or a frame differs by: as stored, of half the size, 20 at most.
_CHANGED = 30

# Levels of brightness that tones, and mixes of colours, leave: in 9 of 10 pixels, and at most. Of 37 photographs in
# grey by brightness, as stored, it was 2 and 13 at most, by the mean of red, green and blue 3, and 18 in 9 of 10; as
# negatives 2, and 13 in 9 of 10; lighter or with more contrast 3, and 24, where highlights are lost. Of these 32 to 37
# stay grey or negative. Of spots of 10 to 15 % of the shorter side that were blurred or pixelated the most was 46 and
# more at the median, at half the size 16 to 33.
_STILL, _CHANGED_LEFT = 2, 22

# How well the part in common of a crop fits, at least.
_SAME_PART, _SAME_PART_OF_PAGE = 0.9, 36


def is_on_ground(difference: Difference) -> bool:
    """Tell whether the other picture is mostly one ground, as a page is, once it is evenly lit."""
    return difference.parts.ground >= PAGE


def relation_of(difference: Difference, *, has_frames: bool) -> str:
    """Tell what a picture is to the best one.

    Parameters
    ----------
    difference : Difference
        The best one is the first of it.
    has_frames : bool
        Whether one of the two holds frames or pages beside the one that was looked at.

    Returns
    -------
    relation : str
        One of RELATIONS that the pixels tell.
    """
    if not _is_same_part(difference):
        return SIMILAR
    wholes = is_whole(difference.alignment.box), is_whole(difference.alignment.other_box)
    if wholes == (False, False):
        return SIMILAR
    if not all(wholes):
        if _is_changed_part(difference):
            return EDITED
        is_crop = difference.goes_on >= _GOES_ON
        return CROPPED if is_crop else FRAMED
    relation = _of_wholes(difference)
    if difference.alignment.turn is not None and relation != SIMILAR:
        return TURNED
    return ONE_FRAME if relation == REENCODED and has_frames else relation


def _is_same_part(difference: Difference) -> bool:
    alignment, parts = difference.alignment, difference.parts
    if is_whole(alignment.box) and is_whole(alignment.other_box):
        return True
    return parts.alike >= _SAME_PART and (not is_on_ground(difference) or difference.brightness <= _SAME_PART_OF_PAGE)


def _is_changed_part(difference: Difference) -> bool:
    """Tell whether the part that two pictures have in common is not the same in both."""
    if difference.has_close_brightness and difference.has_close_colours:
        return False
    # What lies on a page is compared as exactly as letters, and may be a part of a pixel off.
    is_other = difference.parts.share > 0 and difference.brightness > _CHANGED and not difference.is_page
    if is_other or difference.parts.alike_where_strong < _SAME_THING:
        return True
    is_made_grey = difference.is_grey == (False, True) and difference.colour > _PALE
    return is_made_grey or difference.tone.change > _SLIGHT_TONE or _is_recoloured(difference)


def _has_another_thing(difference: Difference) -> bool:
    """Tell whether something else is shown somewhere, whatever colours and tones became of the rest.

    Of a page that was made grey the brightness is the same. Where hues were turned it is another one in many places.
    """
    if _has_turned_hues(difference) and difference.mean_brightness >= _OTHER_BRIGHTNESS:
        return False
    if is_on_ground(difference) and difference.is_grey == (False, True) and difference.tone.is_same:
        return difference.brightness > STRONG
    return difference.parts.alike_where_strong < _SAME_THING


def _is_changed_somewhere(difference: Difference) -> bool:
    """Tell whether the brightness of a photograph is what it was nearly everywhere, but for tones, and not everywhere.

    A face that was blurred or pixelated is as light as it was, and its tiles are alike.
    """
    return not difference.is_page and difference.usual_left <= _STILL and difference.left > _CHANGED_LEFT


def _of_wholes(difference: Difference) -> str:
    parts = difference.parts
    if difference.has_close_brightness:
        return _of_one_brightness(difference)
    if _has_another_thing(difference):
        return EDITED if _is_edited(difference) else SIMILAR
    is_changed = _is_changed_somewhere(difference)
    if difference.is_negative and parts.alike >= _ALIKE:
        return EDITED if is_changed else NEGATIVE
    if is_changed and difference.is_grey == (False, True):
        return EDITED if _is_edited(difference) else SIMILAR
    if difference.is_grey == (False, True) and min(parts.alike, parts.alike_there) >= _MUCH_ALIKE:
        return GREY
    if _is_recoloured(difference):
        return RECOLOURED
    return EDITED if _is_edited(difference) else SIMILAR


def _is_recoloured(difference: Difference) -> bool:
    """Tell whether colours differ, and what they are the colours of is the same there."""
    parts = difference.parts
    if difference.is_grey == (False, True):
        return False
    if _has_turned_hues(difference):
        return parts.alike >= _ALIKE
    if difference.has_close_colours_at_large or min(parts.alike, parts.alike_there) < _MUCH_ALIKE:
        return False
    if not difference.is_recoloured and not _has_other_colours(difference):
        return False
    return difference.tone.is_same or _has_other_hues(difference)


def _has_turned_hues(difference: Difference) -> bool:
    """Tell whether colours are others all over, as tones of all colours together don't make them."""
    return min(difference.mean_colour, difference.hues) >= _OTHER_COLOURS and not is_on_ground(difference)


def _has_other_hues(difference: Difference) -> bool:
    """Tell whether colours differ by more than other tones make of them."""
    if difference.hues >= max(_HUES, _MOSTLY * difference.mean_colour):
        return True
    is_slight = difference.is_recoloured and difference.tone.change <= _SLIGHT_TONE
    return is_slight and difference.hues >= max(_SLIGHT_HUES, _LARGELY * difference.mean_colour)


def _has_other_colours(difference: Difference) -> bool:
    """Tell whether colours differ in much of the picture, or much, if by no one change of all of them."""
    least = _RECOLOURED if difference.has_close_brightness else 2 * _RECOLOURED
    is_there = difference.parts.share >= _LEAST_RECOLOURED or difference.mean_colour >= _ALL_OVER
    return is_there and difference.mean_colour >= least


def _of_one_brightness(difference: Difference) -> str:
    if difference.is_grey == (False, True) and difference.colour > _PALE:
        return GREY
    if difference.has_close_colours:
        return REENCODED
    return RECOLOURED if _is_recoloured(difference) else EDITED


def _is_edited(difference: Difference) -> bool:
    parts = difference.parts
    if not is_on_ground(difference):
        return parts.alike >= _ALIKE
    if parts.box is None:
        return parts.alike >= _MUCH_ALIKE
    compact = _COMPACT_ON_PLAIN if parts.ground >= _PLAIN_PAGE else _COMPACT
    return parts.n_places == 1 and parts.box.share <= compact


def is_whole_of(difference: Difference) -> bool:
    """Tell whether the other is the better one after all: the best is cropped out of it, or is it in a frame."""
    alignment = difference.alignment
    if not _is_same_part(difference) or is_whole(alignment.box) == is_whole(alignment.other_box):
        return False
    return is_whole(alignment.box) == (difference.goes_on >= _GOES_ON)


def told_box(relation: str, difference: Difference) -> Box | None:
    """Return the part that a relation is about: what differs, or what was cropped, framed; None: the whole."""
    if relation in (EDITED, RECOLOURED):
        return within(difference.parts.box, difference.alignment.other_box)
    if relation == CROPPED:
        return difference.alignment.own_box
    if relation == FRAMED:
        return difference.alignment.other_box
    return None
