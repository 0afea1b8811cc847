"""The frames of a film, and the pages of a document, after the first: as they are shown."""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.also_held import format_name
from imgcmp.images.colours import CICP, NCLX
from imgcmp.images.decode_memory import bytes_to_compose, bytes_to_read
from imgcmp.images.decoders import open_image
from imgcmp.images.grey_pixels import as_grey
from imgcmp.images.open_file import Content
from imgcmp.images.readers import apng, gif
from imgcmp.images.readers.parts import After, Part
from imgcmp.images.readers.tiff_pages import from_page, pages
from imgcmp.images.readers.webp import show_nothing_as_transparent
from imgcmp.system.memory_budget import reserve

_COLOURS = ("icc_profile", CICP, "srgb", "gamma", "chromaticity")  # what says in `info` which colours numbers mean


class Frame(NamedTuple):
    """A frame: its number, from 0; its pixels; and the image whose orientation says how it is turned."""

    number: int
    image: Image.Image
    turned_as: Image.Image


def later_frames(image: Image.Image, content: Content) -> Iterator[Frame]:
    """Yield the frames of a film, or the pages of a document, after the first one.

    Parameters
    ----------
    image : PIL.Image.Image
        As `imgcmp.images.decoders.open_image` opened it, loaded; it may be another frame afterwards.
    content : Content
        The file.

    Yields
    ------
    frame : Frame
        Good until the next one.

    Raises
    ------
    Exception
        Nearly any, where the file is damaged.
    """
    form = format_name(image, content)
    if form == "GIF":
        yield from _composed(image, content, enumerate(gif.parts(content)))
    elif form == "PNG":
        yield from _composed(image, content, apng.parts(content))
    elif form == "TIFF":
        yield from _pages(content)
    else:
        yield from _sought(image)


def _composed(image: Image.Image, content: Content, parts: Iterator[tuple[int, Part]]) -> Iterator[Frame]:
    """Yield frames that are put together of parts, on a canvas that is transparent where nothing is."""
    reserve(bytes_to_compose(image, content.size))
    canvas = Image.new("RGBA", image.size)
    colours: dict[str | tuple[int, int], Any] = {key: image.info[key] for key in _COLOURS if key in image.info}
    for number, part in parts:
        if part.width * part.height > canvas.width * canvas.height:
            raise UnreadableImageError("a frame is larger than the picture")
        box = (part.left, part.top, part.left + part.width, part.top + part.height)
        before = canvas.copy() if part.after is After.BACK else canvas
        layer = _layer(part)
        if part.is_over and layer.has_transparency_data:
            canvas.alpha_composite(layer.convert("RGBA"), box[:2])
        else:
            canvas.paste(layer.convert("RGBA"), box)
        if number > 0:
            shown = _opaque_if_full(canvas)
            shown.info |= colours
            yield Frame(number, shown, image)
        if part.after is After.CLEARED:
            canvas.paste((0, 0, 0, 0), box)
        canvas = before


def _layer(part: Part) -> Image.Image:
    content = Content("", io.BytesIO(part.still), len(part.still), part.still, b"")
    with open_image(content) as still:
        if still.size != (part.width, part.height):
            raise UnreadableImageError("a frame has another size than it says")
        still.load()  # so that it outlives its file
        is_numbers = still.mode.startswith(("I", "F"))
        return as_grey(still) if is_numbers else still


def _opaque_if_full(canvas: Image.Image) -> Image.Image:
    """Return the canvas without transparency if there is none: laying it over a ground takes three times as long."""
    return canvas.convert("RGB") if canvas.getchannel("A").getextrema() == (255, 255) else canvas


def _pages(content: Content) -> Iterator[Frame]:
    for number, page in enumerate(pages(content)[1:], 1):
        one = from_page(content, page)
        with open_image(one) as image:
            reserve(bytes_to_read(image, image.size, content.size))
            image.load()
            yield Frame(number, image, image)


def _sought(image: Image.Image) -> Iterator[Frame]:
    """Yield the frames that Pillow's reader finds; that of the picture itself may be any of them."""
    if image.format == "WEBP" and image.mode == "RGB":
        show_nothing_as_transparent(image)
        image.im = Image.new("RGBA", image.size).im  # Pillow fills what is there, whatever its mode
    first = image.tell()
    others = [k for k in range(getattr(image, "n_frames", 1)) if k != first]
    points = image.info.get(NCLX)  # of the file, which a reader may have forgotten by its next frame
    for number, k in enumerate(others, 1):
        image.seek(k)
        image.load()
        if points is not None:
            image.info[NCLX] = points
        yield Frame(number, image, image)
