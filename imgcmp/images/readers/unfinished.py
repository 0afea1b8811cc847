"""Pictures whose packed data end properly, and have fewer rows than the header says.

Pillow leaves the rest as it was, black or transparent, without a word. So a pixel at the end is marked before it is
decoded; if the mark is still there, another one is tried.
"""

from collections.abc import Callable
from typing import Any

from PIL import Image

from imgcmp.errors import UnreadableImageError

_MARKS: dict[str, tuple[Any, Any]] = {
    "1": (0, 255),  # black is rarer at the end of a page
    "L": (165, 90),
    "P": (165, 90),
    "I": (42_435, 23_100),
    "I;16": (42_435, 23_100),
    "LA": ((165, 90), (90, 165)),
    "RGB": ((165, 90, 60), (60, 165, 90)),
    "RGBA": ((165, 90, 60, 75), (60, 165, 90, 75)),
}


def finished(
    image: Image.Image, box: tuple[int, int, int, int], again: Callable[[], Image.Image], *, is_interlaced: bool
) -> Image.Image:
    """Let an image be refused, once it is decoded, if its data end before its last row begins.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened, not loaded.
    box : (int, int, int, int)
        Where the rows lie in it.
    again : callable
        Opens the file anew.
    is_interlaced : bool
        Whether the last row that comes is an odd one, from 0.
    """
    left, top, _, bottom = box
    height = bottom - top
    last = bottom - 1 if not is_interlaced or height % 2 == 0 else bottom - 2
    marks = _MARKS.get(image.mode)
    if marks is None or last < top:
        return image
    place = left, last
    opened: Any = image
    _mark(opened, place, marks[0])
    before = opened.load_end

    def load_end() -> None:
        if opened.mode in _MARKS and opened.im.getpixel(place) == marks[0] and _is_unwritten(again(), place, marks[1]):
            raise UnreadableImageError("cut off: its data ends before the picture does")
        before()

    opened.load_end = load_end
    return image


def _is_unwritten(image: Any, place: tuple[int, int], mark: Any) -> bool:
    _mark(image, place, mark)
    image.load()
    return bool(image.im.getpixel(place) == mark)


def _mark(image: Any, place: tuple[int, int], mark: Any) -> None:
    """Let a pixel be of a colour as soon as there is memory for the pixels."""
    before = image.load_prepare

    def load_prepare() -> None:
        before()
        image.im.putpixel(place, mark)

    image.load_prepare = load_prepare
