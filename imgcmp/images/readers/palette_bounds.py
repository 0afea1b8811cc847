"""Pictures whose pixels name colours that their palette doesn't have.

Decoders show them black, transparent, or as what lies behind the palette in memory. A palette that is merely shorter
than it could be is usual.
"""

from math import isqrt
from typing import Any

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.readers.once_decoded import once_decoded

_MOST_PIXELS = 2**17


def within_palette(image: Image.Image, n_colours: int, n_possible: int = 256) -> Image.Image:
    """Let an image be refused, once it is decoded, if a pixel has none of the colours that are there.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode P, or L if its palette is a ramp of greys; its palette is left out if it is of no other mode.
    n_colours : int
        Colours of the palette.
    n_possible : int
        Above the largest number that a pixel can have, by its bits: only if the palette has fewer is it looked for.
    """
    if n_colours >= n_possible:
        return image
    return once_decoded(image, lambda opened: _check(opened, n_colours))


def _check(image: Any, n_colours: int) -> None:
    if image.mode not in ("P", "L"):
        return
    pixels = _sample(image.im)
    if pixels.getextrema()[1] < n_colours:
        return
    unseen = image.info.get("transparency")  # which needs no colour
    if any(n and number != unseen for number, n in enumerate(pixels.histogram()[:256]) if number >= n_colours):
        raise UnreadableImageError(f"damaged: its pixels have colours that its palette of {n_colours} doesn't have")


def _sample(pixels: Any) -> Any:
    """Return the pixels, of a large picture some of them: looking at all took a tenth of the time of decoding a PNG."""
    width, height = pixels.size
    step = isqrt(width * height // _MOST_PIXELS) or 1
    if step == 1:
        return pixels
    return pixels.resize((-(-width // step), -(-height // step)), Image.Resampling.NEAREST, (0, 0, width, height))
