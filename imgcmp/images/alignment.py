"""How one picture lies on another: which part of the one is which part of the other, and how the one is turned."""

from typing import NamedTuple

from PIL import Image


class Box(NamedTuple):
    """A part of a picture, in fractions of its sides: from 0, left or top, to 1, right or bottom."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    @property
    def share(self) -> float:
        """The part of the picture's area."""
        return (self.right - self.left) * (self.bottom - self.top)


WHOLE = Box()

_EDGE = 0.006
"""A box that comes so near to the edge of its picture reaches it: resizing rounds sides to pixels."""


class Alignment(NamedTuple):
    """How one picture lies on another.

    Attributes
    ----------
    turn : PIL.Image.Transpose or None
        How the one is turned to stand as the other does.
    box : Box
        The part of the one, turned, that is seen in both.
    other_box : Box
        The same part, in the other.
    """

    turn: Image.Transpose | None = None
    box: Box = WHOLE
    other_box: Box = WHOLE


_TURNS = {
    (False, False, False): None,
    (False, True, False): Image.Transpose.FLIP_LEFT_RIGHT,
    (False, False, True): Image.Transpose.FLIP_TOP_BOTTOM,
    (False, True, True): Image.Transpose.ROTATE_180,
    (True, False, False): Image.Transpose.TRANSPOSE,
    (True, True, False): Image.Transpose.ROTATE_270,
    (True, False, True): Image.Transpose.ROTATE_90,
    (True, True, True): Image.Transpose.TRANSVERSE,
}


def turn_of(*, transposed: bool, mirrored: bool, flipped: bool) -> Image.Transpose | None:
    """Return one turn for these three, made in this order."""
    return _TURNS[transposed, mirrored, flipped]


def turned_back(turn: Image.Transpose | None) -> Image.Transpose | None:
    """Return the turn that undoes another."""
    opposites = {
        Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
        Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
    }
    return turn if turn is None else opposites.get(turn, turn)


def turned(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    """Return a picture turned."""
    return image if turn is None else image.transpose(turn)


def inside(box: Box) -> Box:
    """Return what of a box is in its picture."""
    return Box(*(min(1.0, max(0.0, float(side))) for side in box))


def is_whole(box: Box) -> bool:
    """Tell whether a box is all of its picture, but for what rounding leaves."""
    return max(*box[:2], *(1 - side for side in box[2:])) < _EDGE
