"""How a picture in an ISO base media file is cropped and turned before it is shown: by which part, and which way up."""

from collections.abc import Iterable
from fractions import Fraction
from math import floor
from typing import NamedTuple, Self

from imgcmp.images.readers.iso_boxes import Property

# What the EXIF orientation is called that turns a picture so: where its shown x and y are in the stored one.
_ORIENTATIONS = {
    ((1, 0), (0, 1)): 1,
    ((-1, 0), (0, 1)): 2,
    ((-1, 0), (0, -1)): 3,
    ((1, 0), (0, -1)): 4,
    ((0, 1), (1, 0)): 5,
    ((0, 1), (-1, 0)): 6,
    ((0, -1), (-1, 0)): 7,
    ((0, -1), (1, 0)): 8,
}
_UPRIGHT = ((1, 0), (0, 1))
_TURNED_LEFT = ((0, -1), (1, 0))  # by 90 degrees, anti-clockwise
_MIRRORED = (((1, 0), (0, -1)), ((-1, 0), (0, 1)))  # top to bottom, left to right

_Matrix = tuple[tuple[int, int], tuple[int, int]]


class Placing(NamedTuple):
    """How a stored picture is shown.

    Attributes
    ----------
    axes : ((int, int), (int, int))
        What takes a place in the shown picture to one in the stored one, without the part that follows.
    corner : (int, int)
        Where in the stored picture the upper left corner of the shown one is.
    size : (int, int)
        Width and height of the shown picture.
    """

    axes: _Matrix
    corner: tuple[int, int]
    size: tuple[int, int]

    @property
    def orientation(self) -> int:
        """Return the EXIF orientation that turns the part that is stored into what is shown."""
        return _ORIENTATIONS[self.axes]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Return the part of the stored picture that is shown: left, upper, right, lower."""
        (x, y), (across, down) = self.corner, _product(self.axes, self.size)
        return min(x, x + across), min(y, y + down), max(x, x + across), max(y, y + down)

    def cropped(self, left: int, top: int, right: int, bottom: int) -> Self:
        """Show only this part of what is shown."""
        return self._moved((left, top), (right - left, bottom - top), _UPRIGHT)

    def turned_left(self) -> Self:
        """Turn what is shown by 90 degrees, anti-clockwise."""
        width, height = self.size
        return self._moved((width, 0), (height, width), _TURNED_LEFT)

    def mirrored(self, axis: int) -> Self:
        """Exchange top and bottom (0), or left and right (1)."""
        width, height = self.size
        return self._moved((0, height) if axis == 0 else (width, 0), self.size, _MIRRORED[axis])

    def _moved(self, corner: tuple[int, int], size: tuple[int, int], axes: _Matrix) -> Self:
        """Show what has its corner there, is of that size, and is turned or mirrored so."""
        x, y = _product(self.axes, corner)
        columns = [_product(self.axes, (axes[0][k], axes[1][k])) for k in (0, 1)]
        turned = ((columns[0][0], columns[1][0]), (columns[0][1], columns[1][1]))
        return type(self)(turned, (self.corner[0] + x, self.corner[1] + y), size)


def placing(properties: Iterable[Property], size: tuple[int, int]) -> Placing:
    """Return how a picture of this size is shown: its properties are applied one after the other.

    References
    ----------
    ISO/IEC 14496-12, 12.1.4 (clap); 23008-12, 6.5.10 and 6.5.12 (irot, imir).
    """
    shown = Placing(_UPRIGHT, (0, 0), size)
    for kind, data in properties:
        if kind == b"clap":
            box = clean_aperture(data, shown.size)
            shown = shown if box is None else shown.cropped(*box)
        elif kind == b"irot" and data:
            for _ in range(data[0] & 3):
                shown = shown.turned_left()
        elif kind == b"imir" and data:
            shown = shown.mirrored(data[0] & 1)
    return shown


def clean_aperture(data: bytes, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Return the part of a picture of this size that is to be shown; None if the box makes no sense.

    Its sides and the distances of its middle from that of the picture are fractions.
    """
    numbers = [int.from_bytes(data[at : at + 4], "big", signed=True) for at in range(0, 32, 4)]
    denominators = numbers[1::2]
    if len(data) < 32 or min(denominators) <= 0:
        return None
    across, down, right, below = (Fraction(*numbers[at : at + 2]) for at in range(0, 8, 2))
    sides = [_side(*values) for values in ((size[0], across, right), (size[1], down, below))]
    (left, end), (top, bottom) = sides
    return (left, top, end, bottom) if left < end and top < bottom else None


def _side(whole: int, part: Fraction, offset: Fraction) -> tuple[int, int]:
    """Return where a part of a side begins and ends, in whole pixels."""
    start = floor((whole - part) / 2 + offset + Fraction(1, 2))
    return max(0, start), min(whole, start + floor(part + Fraction(1, 2)))


def _product(matrix: _Matrix, vector: tuple[int, int]) -> tuple[int, int]:
    (a, b), (c, d) = matrix
    x, y = vector
    return a * x + b * y, c * x + d * y
