"""Pictures of one cluster looked at side by side, decoded: the task of a worker process."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from imgcmp.errors import UnreadableImageError
from imgcmp.images.alignment import Alignment
from imgcmp.images.colour_picture import colour_picture
from imgcmp.images.image_file import Failure
from imgcmp.images.open_file import opened
from imgcmp.images.picture_difference import MOST_PIXELS, Difference, difference
from imgcmp.images.prepared_picture import PreparedPicture
from imgcmp.images.unreadable import unreadable

# A best picture is decoded once for so many others; and a process that dies of one of them takes no more along.
_MEMBERS = 8

_HELD_BYTES = 12  # a pixel: the picture, its three bands, and these once more, turned


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
    wanted = [_pixels_wanted(look.best, side) for side in look.sides]
    best = _tried(look.best, max(of_best for of_best, _ in wanted), 0)
    if not isinstance(best, PreparedPicture):
        return [best] * len(look.sides)
    held_bytes = _HELD_BYTES * best.size[0] * best.size[1]
    seen: list[Seen] = []
    for side, (_, n_pixels) in zip(look.sides, wanted, strict=True):
        other = _tried(side.picture, n_pixels, held_bytes)
        seen.append(difference(best, other, side.alignment) if isinstance(other, PreparedPicture) else other)
    return seen


def _tried(picture: Sought, n_pixels: float, held_bytes: int) -> PreparedPicture | Failure | None:
    """Decode a picture; a failure if what is short is outside of the file, memory above all."""
    try:
        with unreadable(picture.file), opened(picture.file, as_found=True) as content:
            image = colour_picture(content, n_pixels=n_pixels, frame=picture.frame, held_bytes=held_bytes)
            return PreparedPicture(image)
    except UnreadableImageError as error:
        return Failure(picture.file, str(error)) if error.passing and not error.out_of_reach else None


def _pixels_wanted(best: Sought, side: Side) -> tuple[float, float]:
    """Return how many pixels of either picture, as a whole, it takes to compare what they have in common."""
    other, (_, box, other_box) = side.picture, side.alignment
    shares = max(box.share, 1e-3), max(other_box.share, 1e-3)
    common = min(MOST_PIXELS, best.width * best.height * shares[0], other.width * other.height * shares[1])
    return common / shares[0], common / shares[1]
