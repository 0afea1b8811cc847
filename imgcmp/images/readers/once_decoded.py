"""Changes of an image that happen as soon as its pixels are there."""

from collections.abc import Callable
from typing import Any

from PIL import Image


def once_decoded(image: Image.Image, change: Callable[[Any], None]) -> Image.Image:
    """Change the pixels of an image as soon as they are there: Pillow calls `load_end` then."""
    opened: Any = image
    before = opened.load_end

    def load_end() -> None:
        before()
        change(opened)

    opened.load_end = load_end
    return image


def opaque(image: Any) -> None:
    """Take what lies in the last band of an image, the one of its alpha, for no transparency."""
    image.im.fillband(len(image.getbands()) - 1, 255)


def inverted(image: Any) -> None:
    """Change black and white."""
    image.im = image.im.chop_invert()
