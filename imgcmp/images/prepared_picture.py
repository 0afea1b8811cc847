"""A decoded picture, made ready to be compared with others at whatever size each asks for."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from imgcmp.images.alignment import WHOLE, Box, turned
from imgcmp.images.page_ground import PAGE, ground_of
from imgcmp.images.sharpness import sharpness

# A low-pass: means over four pixels a side. Of 60 photographs the largest difference was then, at the same size, at
# JPEG quality 75 / 50 / 30 / 20 10 / 14 / 17 / 20 levels, WebP 50 12, AVIF 50 11; half the size by LANCZOS 3, and then
# JPEG 50 12. A digit that changed on a page of 1240 x 1754 was 44 .. 118, and at JPEG 50 45 and more. Without the
# low-pass both are twice as much, with twice of it the digit is 18. Of a picture that is made smaller for it these are
# fewer pixels, but two at least.
_LOW_PASS, _LEAST_LOW_PASS = 4.0, 2.0
_CHROMA_FACTOR = 4  # colour is stored at half the resolution, and seen at less
_CHROMA_BLUR = ImageFilter.BoxBlur(1)

_SAMPLED = 199  # rows and columns of which the ground of a page is told


class Scale(NamedTuple):
    """A size at which pictures are compared, and by what the smaller one was multiplied for it, 1 at most.

    Of pages that is told as 1, so that letters stay as they are. Finely: by the least low-pass that evens out
    compression.
    """

    size: tuple[int, int]
    factor: float
    is_fine: bool = False

    @property
    def low_pass(self) -> float:
        """Over how many pixels a side brightness is evened out."""
        return _LEAST_LOW_PASS if self.is_fine else max(_LEAST_LOW_PASS, _LOW_PASS * self.factor)


class Part(NamedTuple):
    """A part of a picture at some size: brightness after the low-pass; chroma, blue and red, at a quarter of it."""

    brightness: Image.Image
    chroma: tuple[Image.Image, Image.Image]

    def in_colour(self) -> Image.Image:
        """Return it as RGB, of the size of its chroma."""
        brightness = self.brightness.resize(self.chroma[0].size, Image.Resampling.BOX)
        return Image.merge("YCbCr", (brightness, *self.chroma)).convert("RGB")


class PreparedPicture:
    """A picture that is compared with others.

    Parameters
    ----------
    image : PIL.Image.Image of mode YCbCr
        Upright.
    whole_size : (int, int), optional
        Width and height that it has in its file.
    is_drafted : bool, optional
        Whether its decoder made it smaller, as that of JPEGs does.

    Attributes
    ----------
    size, whole_size, is_drafted
        As given.
    """

    def __init__(
        self, image: Image.Image, whole_size: tuple[int, int] | None = None, *, is_drafted: bool = False
    ) -> None:
        self.size, self.whole_size, self.is_drafted = image.size, whole_size, is_drafted
        self._bands: tuple[Image.Image, ...] = image.split()
        self._last_turned: tuple[Image.Transpose | None, tuple[Image.Image, ...]] = None, self._bands
        self._last: tuple[object, Part] | None = None  # many members of a cluster are of one size

    @cached_property
    def is_page(self) -> bool:
        """Whether much of it is one ground: a page, a drawing, a thing that was cut out."""
        size = min(self.size[0], _SAMPLED), min(self.size[1], _SAMPLED)
        sample = self._bands[0].resize(size, Image.Resampling.NEAREST)
        return ground_of(np.asarray(sample)) >= PAGE

    @cached_property
    def sharpness(self) -> int:
        """How much fine detail it has, at half of its size at most: see `imgcmp.images.sharpness`."""
        brightness = self._bands[0]
        return sharpness(brightness, brightness, 2 if self.size == self.whole_size else 1)

    def grey(self, turn: Image.Transpose | None = None) -> Image.Image:
        """Return its brightness, turned."""
        return self._turned(turn)[0]

    def part(self, turn: Image.Transpose | None, box: Box, scale: Scale) -> Part:
        """Return a part of it, turned, at a size."""
        asked = (turn, box, scale)
        if self._last is None or self._last[0] != asked:
            self._last = asked, self._part(*asked)
        return self._last[1]

    def _part(self, turn: Image.Transpose | None, box: Box, scale: Scale) -> Part:
        brightness, *colours = self._turned(turn)
        width, height = (-(-side // _CHROMA_FACTOR) for side in scale.size)
        chroma = [_cut(band, box, (width, height), Image.Resampling.BOX).filter(_CHROMA_BLUR) for band in colours]
        # At the size of one of them, and of pages, it is made smaller as people do it; where both are, alike.
        how = Image.Resampling.LANCZOS if scale.factor == 1 else Image.Resampling.HAMMING
        grey = _cut(brightness, box, scale.size, how)
        return Part(grey.filter(ImageFilter.BoxBlur((scale.low_pass - 1) / 2)), (chroma[0], chroma[1]))

    def _turned(self, turn: Image.Transpose | None) -> tuple[Image.Image, ...]:
        if turn is None:
            return self._bands
        if self._last_turned[0] != turn:
            self._last_turned = turn, tuple(turned(band, turn) for band in self._bands)
        return self._last_turned[1]


def _cut(band: Image.Image, box: Box, size: tuple[int, int], how: Image.Resampling) -> Image.Image:
    if box == WHOLE and band.size == size:
        return band
    left, right = _edges(box.left, box.right, band.width)
    top, bottom = _edges(box.top, box.bottom, band.height)
    return band.resize(size, how, box=(left, top, right, bottom), reducing_gap=2.0)


def _edges(low: float, high: float, length: int) -> tuple[float, float]:
    """Return the edges of a part of a side, of a pixel at least."""
    start = min(low * length, length - 1)
    return start, min(float(length), max(high * length, start + 1))
