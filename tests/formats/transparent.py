"""Pictures that are transparent all over: nothing is seen of them, and those of other colours are other pictures."""

import numpy as np
from formats import tiff_writer as tw
from formats.bitmaps import tga
from formats.cell import Cell
from formats.jpeg_2000 import SRGB, codestream, jp2
from formats.originals import HEIGHT, WIDTH
from formats.png import GREY_ALPHA, RGBA, png
from formats.tiff_writer import Page, tiff
from formats.writers import codec

_NOTHING = np.zeros((HEIGHT, WIDTH), np.uint8)


def _rgba(original):
    return np.dstack([original.rgb, _NOTHING])


_FILES = {
    ("PNG", "RGBA"): (".png", "own", lambda o: png(_rgba(o), RGBA, 8)),
    ("PNG", "grey with alpha"): (".png", "own", lambda o: png(np.dstack([o.grey, _NOTHING]), GREY_ALPHA, 8)),
    ("TIFF", "RGBA"): (".tif", "own", lambda o: tiff(Page(_rgba(o), photometric=tw.RGB, extra=(tw.STRAIGHT,)))),
    ("TGA", "RGBA"): (".tga", "own", lambda o: tga(_rgba(o)[..., [2, 1, 0, 3]].copy(), 2, 32, attributes=8)),
    ("WebP", "RGBA, lossy"): (".webp", "imagecodecs", lambda o: codec("webp", _rgba(o), level=80, lossless=False)),
    ("JPEG 2000", "RGBA"): (
        ".jp2",
        "imagecodecs",
        lambda o: jp2(
            codestream(_rgba(o), 8), 4, 8, colours=SRGB, channels=((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 1, 0))
        ),
    ),
    ("AVIF", "RGBA"): (".avif", "imagecodecs", lambda o: codec("avif", _rgba(o), level=90, speed=9)),
}


def _cells():
    for (format, pixels), (suffix, writer, written) in _FILES.items():  # noqa: A001
        shown = lambda _: np.full((HEIGHT, WIDTH), 255, np.uint8)  # noqa: E731
        variant = {"pixels": pixels, "transparent": "all over"}
        yield Cell(format, variant, suffix, written, shown, writer=writer, holds=f"nothing: {pixels}")


CELLS = [*_cells()]
