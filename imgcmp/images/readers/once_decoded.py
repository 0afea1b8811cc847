"""Changes of an image that happen as soon as its pixels are there."""

import weakref
from collections.abc import Callable
from typing import Any

from PIL import Image


def once_decoded(image: Image.Image, change: Callable[[Any], None]) -> Image.Image:
    """Change the pixels of an image as soon as they are there: Pillow calls `load_end` then."""

    def load_end(opened: Any, before: Callable[[Any], Any]) -> None:
        before(opened)
        change(opened)

    return replaced(image, "load_end", load_end)


def replaced(image: Image.Image, method: str, by: Callable[[Any, Callable[[Any], Any]], Any]) -> Image.Image:
    """Let a method of this one image be another function.

    Parameters
    ----------
    image : PIL.Image.Image
    method : str
        The name of a method without arguments.
    by : callable
        It is given the image, and what the method does otherwise, as a function of the image. It must not hold on to
        the image: one that knows itself is freed by the garbage collector alone, many pictures later. So eight
        pictures of 24 megapixels, read one after the other, took 800 MB, not 160.
    """
    earlier: Callable[[], Any] | None = vars(image).get(method)
    of_class, known = getattr(type(image), method), weakref.ref(image)

    def before(opened: Any) -> Any:
        return of_class(opened) if earlier is None else earlier()

    setattr(image, method, lambda: by(known(), before))
    return image


def opaque(image: Any) -> None:
    """Take what lies in the last band of an image, the one of its alpha, for no transparency."""
    image.im.fillband(len(image.getbands()) - 1, 255)


def inverted(image: Any) -> None:
    """Change black and white."""
    image.im = image.im.chop_invert()
