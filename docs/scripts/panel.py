"""What the drawn pages share: a white panel to put pictures, words and arrows on, and the demo's pictures."""

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

PICTURES = Path(__file__).resolve().parents[1] / "pictures"

INK, SOFT, BLUE, ORANGE, PALE = "#1f2933", "#52606d", "#2f6690", "#d1495b", "#eef4fa"
GREY = "#c3ccd5"

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """Return Pillow's own font, the same on every machine."""
    loaded = ImageFont.load_default(size)
    assert isinstance(loaded, ImageFont.FreeTypeFont), "Pillow without FreeType draws no text of any size"
    return loaded


class Panel:
    """A white picture, to be drawn on in pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def text(self, at: Point, text: str, size: float = 17, colour: str = INK, anchor: str = "la") -> None:
        self.draw.multiline_text(
            at, text, colour, font(size), anchor=anchor, align=("left", "center")[anchor[0] == "m"]
        )

    def picture(self, at: tuple[int, int], picture: Image.Image, size: tuple[int, int], edge: str = GREY) -> Box:
        """Fit a picture into a box from `at` on, in its middle; return where it is."""
        fitted = ImageOps.contain(picture.convert("RGB"), size, Image.Resampling.LANCZOS)
        left, top = at[0] + (size[0] - fitted.width) // 2, at[1] + (size[1] - fitted.height) // 2
        self.image.paste(fitted, (left, top))
        box = (left - 1, top - 1, left + fitted.width, top + fitted.height)
        self.draw.rectangle(box, outline=edge)
        return box

    def arrow(self, start: Point, end: Point, colour: str = SOFT, width: int = 3, head: float = 13) -> None:
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        neck = (end[0] - head * math.cos(angle), end[1] - head * math.sin(angle))
        self.draw.line([start, neck], fill=colour, width=width)
        sides = [(end[0] - head * math.cos(angle + k), end[1] - head * math.sin(angle + k)) for k in (-0.45, 0.45)]
        self.draw.polygon([end, *sides], fill=colour)

    def save(self, name: str) -> None:
        """Save the panel: as JPEG, or as PNG of 256 colours."""
        path = PICTURES / name
        if path.suffix == ".jpg":
            self.image.save(path, quality=75, subsampling=0, optimize=True)
        else:
            self.image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"docs/pictures/{name}: {path.stat().st_size // 1000} kB")


@contextmanager
def empty_folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield os.path.realpath(folder)


def opened(path: str) -> Image.Image:
    """Open a picture, upright."""
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")
