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


def within(box: Box | None, outer: Box) -> Box | None:
    """Return a box of a part of a picture as one of the whole picture; None stays."""
    if box is None or outer == WHOLE:
        return box
    width, height = outer.right - outer.left, outer.bottom - outer.top
    left, right = (outer.left + side * width for side in (box.left, box.right))
    top, bottom = (outer.top + side * height for side in (box.top, box.bottom))
    return Box(left, top, right, bottom)


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

    @property
    def own_box(self) -> Box:
        """The part of the one as it is, before it is turned."""
        return box_turned(self.box, turned_back(_TRANSPOSES.index(self.turn)))


# Turns, by number: 4 if first transposed, 2 if then mirrored, 1 if flipped at last.
_TRANSPOSES = (
    None,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.ROTATE_180,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
)


def transpose_of(turn: int) -> Image.Transpose | None:
    """Return what Pillow calls a turn."""
    return _TRANSPOSES[turn]


def turned_twice(turn: int, then: int) -> int:
    """Return the turn that two turns are, one after the other."""
    if then & 4:  # transposed, what was across is down
        turn = 4 ^ (turn & 4) | (turn & 1) << 1 | (turn & 2) >> 1
    return turn ^ (then & 3)


def turned_back(turn: int) -> int:
    """Return the turn that undoes another."""
    return next(other for other in range(8) if turned_twice(turn, other) == 0)


def box_turned(box: Box, turn: int) -> Box:
    """Return where a box of a picture is once that is turned."""
    left, top, right, bottom = box
    if turn & 4:
        left, top, right, bottom = top, left, bottom, right
    if turn & 2:
        left, right = 1 - right, 1 - left
    if turn & 1:
        top, bottom = 1 - bottom, 1 - top
    return Box(left, top, right, bottom)


def turned(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    """Return a picture turned."""
    return image if turn is None else image.transpose(turn)


def inside(box: Box) -> Box:
    """Return what of a box is in its picture."""
    return Box(*(min(1.0, max(0.0, float(side))) for side in box))


def is_whole(box: Box) -> bool:
    """Tell whether a box is all of its picture, but for what rounding leaves."""
    return max(*box[:2], *(1 - side for side in box[2:])) < _EDGE
