"""Pictures of one cluster looked at side by side, decoded: the task of a worker process."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from imgcmp.errors import UnreadableImageError
from imgcmp.images.alignment import Alignment
from imgcmp.images.colour_picture import colour_picture
from imgcmp.images.common_part import MOST_OF_PAGE, MOST_OF_PHOTOGRAPH
from imgcmp.images.image_file import Failure
from imgcmp.images.jpeg_segments import SOI
from imgcmp.images.open_file import opened
from imgcmp.images.picture_difference import Difference, are_finely_close, difference, fine_difference
from imgcmp.images.prepared_picture import PreparedPicture
from imgcmp.images.unreadable import unreadable

# A best picture is decoded once for so many others; and a process that dies of one of them takes no more along.
_MEMBERS = 8

# So many of the part in common at least, however small the other one is: at 1/8 of its size a side of 481 pixels is 61,
# the last one a part of one, and all of it lies up to a pixel off. Beside one of 60 pixels that was 18 levels.
_LEAST_PIXELS = 2**15

_HELD_BYTES = 12  # a pixel: the picture, its three bands, and these once more, as they were turned last


class Sought(NamedTuple):
    """A picture: its file, the frame that stands for it, and width and height, upright, as the database has them."""

    file: str
    frame: int
    width: int
    height: int


class Side(NamedTuple):
    """A picture to look at beside the best one, and how the best one lies on it, about."""

    picture: Sought
    alignment: Alignment


class Look(NamedTuple):
    """A best picture, and others to look at beside it."""

    best: Sought
    sides: Sequence[Side]


Seen = Difference | Failure | None
"""In what a picture differs from the best one; or why that can't be told now; or None: it can't be."""


def looks_of(pairs: Iterable[tuple[Sought, Side]], n_members: int = _MEMBERS) -> Iterator[Look]:
    """Put pairs of one best picture together, a few at a time."""
    by_best: dict[Sought, list[Side]] = {}
    for best, side in pairs:
        by_best.setdefault(best, []).append(side)
    for best, sides in by_best.items():
        for start in range(0, len(sides), n_members):
            yield Look(best, sides[start : start + n_members])


def try_look(look: Look) -> list[Seen]:
    """Tell in what pictures differ from the best one: the task of a worker process."""
    best = _Decoded(look.best, look.sides)
    return [_seen(best, side) for side in look.sides]


class _Decoded:
    """The best picture, decoded as large as the sides need: for photographs, and only if there are any for pages."""

    def __init__(self, best: Sought, sides: Sequence[Side]) -> None:
        self.sought = best
        self._sides = sides
        self._by_most: dict[int, PreparedPicture | Failure | None] = {}
        self.held_bytes = 0

    def at(self, most_pixels: int) -> PreparedPicture | Failure | None:
        """Return it for a comparison at so many pixels at most."""
        if most_pixels not in self._by_most:
            wanted, for_page = (
                max(_pixels_wanted(self.sought, side, most)[0] for side in self._sides)
                for most in (most_pixels, MOST_OF_PAGE)
            )
            picture = _tried(self.sought, wanted, for_page, self.held_bytes)
            self._by_most[most_pixels] = picture
            if isinstance(picture, PreparedPicture):
                self.held_bytes += _HELD_BYTES * picture.size[0] * picture.size[1]
        return self._by_most[most_pixels]


def _seen(best: _Decoded, side: Side) -> Seen:
    seen = _seen_at(best, side, MOST_OF_PHOTOGRAPH)
    if seen == "page":
        seen = _seen_at(best, side, MOST_OF_PAGE)
        assert seen != "page"
    elif isinstance(seen, Difference) and _may_hide_letters(seen, side.picture):
        return _seen_finely(best, side, seen)
    return seen


def _may_hide_letters(seen: Difference, other: Sought) -> bool:
    """Tell whether photographs look alike that are of one size, and larger than they were looked at."""
    is_larger = other.width * other.height > 1.5 * seen.size[0] * seen.size[1]
    return is_larger and seen.is_close and not seen.is_page and seen.is_of_one_size and seen.has_wholes


# White words of 12, 14 and 18 pixels on 23 photographs of 1,366 to 1,800 pixels a side: 61, 63 and 64 of 69 changes are
# seen; on 15 others, at `MOST_OF_PHOTOGRAPH` alone, 22, 25 and 42 of 45. No copy of 161, of 7 kinds, became an edit.
def _seen_finely(best: _Decoded, side: Side, seen: Difference) -> Seen:
    """Return what is seen finely of photographs that look alike, if they differ then."""
    one = best.at(MOST_OF_PAGE)
    if not isinstance(one, PreparedPicture):
        return one
    n_pixels = _pixels_wanted(best.sought, side, MOST_OF_PAGE)[1]
    other = _tried(side.picture, n_pixels, n_pixels, best.held_bytes)
    if not isinstance(other, PreparedPicture):
        return other
    if are_finely_close(one, other, seen.alignment):
        return seen
    return fine_difference(one, other, seen.alignment)


def _seen_at(best: _Decoded, side: Side, most_pixels: int) -> Seen | Literal["page"]:
    """Tell in what a picture differs; "page" if it is one, or the best one is, and decoded too small for that."""
    one = best.at(most_pixels)
    if not isinstance(one, PreparedPicture):
        return one
    for_page = _pixels_wanted(best.sought, side, MOST_OF_PAGE)
    other = _tried(side.picture, _pixels_wanted(best.sought, side, most_pixels)[1], for_page[1], best.held_bytes)
    if not isinstance(other, PreparedPicture):
        return other
    is_enough = _has(one, best.sought, for_page[0]) and _has(other, side.picture, for_page[1])
    if most_pixels < MOST_OF_PAGE and (one.is_page or other.is_page) and not is_enough:
        return "page"
    return difference(one, other, side.alignment)


def _has(picture: PreparedPicture, sought: Sought, n_pixels: float) -> bool:
    """Tell whether a picture was decoded with so many pixels, or all that there are."""
    return picture.size[0] * picture.size[1] >= min(int(n_pixels), sought.width * sought.height)


def _tried(picture: Sought, n_pixels: float, for_page: float, held_bytes: int) -> PreparedPicture | Failure | None:
    """Decode a picture; a failure if what is short is outside of the file, memory above all."""
    try:
        with unreadable(picture.file), opened(picture.file, as_found=True) as content:
            image = colour_picture(
                content, n_pixels=n_pixels, at_full_size=for_page, frame=picture.frame, held_bytes=held_bytes
            )
            whole_size = picture.width, picture.height
            is_drafted = bytes(content.start[:2]) == SOI and image.size != whole_size
            return PreparedPicture(image, whole_size, is_drafted=is_drafted)
    except UnreadableImageError as error:
        return Failure(picture.file, str(error)) if error.passing and not error.out_of_reach else None


def _pixels_wanted(best: Sought, side: Side, most_pixels: int) -> tuple[float, float]:
    """Return how many pixels of either picture, as a whole, it takes to compare what they have in common."""
    other, (_, box, other_box) = side.picture, side.alignment
    shares = max(box.share, 1e-3), max(other_box.share, 1e-3)
    common = min(most_pixels, best.width * best.height * shares[0], other.width * other.height * shares[1])
    common = max(common, _LEAST_PIXELS)
    return common / shares[0], common / shares[1]
