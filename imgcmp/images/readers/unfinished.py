"""Pictures whose packed data end properly, and have fewer rows than the header says.

Pillow leaves the rest as it was, black or transparent, without a word. So a few pixels of the last row are marked
before they are decoded; if the marks are still there, others are tried. That takes 5 microseconds a picture.
"""

from collections.abc import Callable
from typing import Any

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.readers.once_decoded import replaced
from imgcmp.system.memory_budget import reserve

_Places = list[tuple[int, int]]

_PATTERN = (0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1)  # by which the two marks of a mode follow each other

_MARKS: dict[str, tuple[Any, Any]] = {
    "1": (0, 255),
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
    left, top, right, bottom = box
    height = bottom - top
    last = bottom - 1 if not is_interlaced or height % 2 == 0 else bottom - 2
    marks = _MARKS.get(image.mode)
    if marks is None or last < top:
        return image
    n_marks = len(_PATTERN) if image.mode == "1" else 2  # a third microsecond each
    places = [(x, last) for x in range(left, min(right, left + n_marks))]
    _mark(image, places, marks)

    def load_end(opened: Any, before: Callable[[Any], Any]) -> None:
        if _are_there(opened, places, marks) and _are_unwritten(again(), places, marks[::-1]):
            raise UnreadableImageError("cut off: its data ends before the picture does")
        before(opened)

    return replaced(image, "load_end", load_end)


def _are_unwritten(image: Any, places: _Places, marks: tuple[Any, Any]) -> bool:
    reserve(2 * bytes_to_read(image, image.size, 0))  # that of the first one too
    _mark(image, places, marks)
    image.load()
    return _are_there(image, places, marks)


def _are_there(image: Any, places: _Places, marks: tuple[Any, Any]) -> bool:
    pixels = image.im
    return all(pixels.getpixel(place) == marks[bit] for place, bit in zip(places, _PATTERN, strict=False))


def _mark(image: Any, places: _Places, marks: tuple[Any, Any]) -> None:
    """Let pixels be marked as soon as there is memory for them."""

    def load_prepare(opened: Any, before: Callable[[Any], Any]) -> None:
        before(opened)
        pixels = opened.im
        for place, bit in zip(places, _PATTERN, strict=False):
            pixels.putpixel(place, marks[bit])

    replaced(image, "load_prepare", load_prepare)
