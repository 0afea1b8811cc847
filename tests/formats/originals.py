"""The pictures that the format matrix is made of: parts of three photographs, with a black and a white corner.

The corners make the range of numbers known: whoever scales from the smallest to the largest, and whoever scales from
what the format can hold, shows the same picture. And white is what decoders have turned black.
"""

from functools import cached_property

import numpy as np
from pictures import photograph
from PIL import Image

WIDTH, HEIGHT = 97, 65  # odd: rows of bits, of tiles and of halved colours end in the midst of something

_LUMA = np.array([0.299, 0.587, 0.114])


class Original:
    """A picture to be written: in colour, in grey, and in what else files hold.

    Attributes
    ----------
    name : str
        Of the photograph.
    rgb : ndarray of uint8, shape (height, width, 3)
    """

    def __init__(self, name, rgb):
        self.name = name
        self.rgb = rgb

    @cached_property
    def grey(self):
        """Grey levels; uint8, shape (height, width)."""
        return grey_of(self.rgb)

    @cached_property
    def bits(self):
        """True where it is white rather than black."""
        return self.grey >= 128

    @cached_property
    def alpha(self):
        """Opacity: 0 on the left, growing to 255 in the middle; uint8."""
        ramp = np.clip(np.arange(WIDTH) * 4 - 60, 0, 255).astype(np.uint8)
        return np.broadcast_to(ramp, (HEIGHT, WIDTH)).copy()

    @cached_property
    def cut(self):
        """Opacity of a shape that is cut out, without halves; uint8, 0 or 255."""
        rows, columns = np.indices((HEIGHT, WIDTH))
        inside = (rows - HEIGHT / 2) ** 2 * 2 + (columns - WIDTH / 2) ** 2 < 44**2
        return np.where(inside, 255, 0).astype(np.uint8)

    def deep(self, bits, numbers=None):
        """Return numbers of so many bits; uint64.

        Of more than 8 the lowest bits are noise, but of black and white: whoever drops them has the picture of 8.
        """
        numbers = (self.rgb if numbers is None else numbers).astype(np.uint64)
        if bits <= 8:
            return np.rint(numbers / 255 * (2**bits - 1)).astype(np.uint64)
        least = np.random.default_rng(len(self.name)).integers(0, 2 ** (bits - 8), numbers.shape, np.uint64)
        least = np.where(numbers == 0, np.uint64(0), np.where(numbers == 255, np.uint64(2 ** (bits - 8) - 1), least))
        return numbers << np.uint64(bits - 8) | least

    def indexed(self, n_colours=256):
        """Return indices, and the colours that they stand for: uint8, shapes (height, width) and (n, 3)."""
        image = Image.fromarray(self.rgb).quantize(n_colours, dither=Image.Dither.NONE)
        colours = np.array(image.getpalette(), np.uint8).reshape(-1, 3)[:n_colours]
        padded = np.zeros((n_colours, 3), np.uint8)
        padded[: len(colours)] = colours
        return np.asarray(image), padded

    def shown_indexed(self, n_colours=256):
        """Return the picture in so few colours."""
        indices, colours = self.indexed(n_colours)
        return colours[indices]


def grey_of(picture):
    """Return the grey levels of a picture in colour, or in grey already: luma (ITU-R 601), in float64 rounded."""
    return picture if picture.ndim == 2 else np.rint(picture @ _LUMA).astype(np.uint8)


def over_white(picture, alpha):
    """Return a picture as it is seen through its opacity over a white ground."""
    opacity = alpha.astype(np.float64) / 255
    opacity = opacity[..., np.newaxis] if picture.ndim == 3 else opacity
    return np.rint(picture * opacity + 255 * (1 - opacity)).astype(np.uint8)


def _part(name, corner):
    rgb = np.array(photograph(name).convert("RGB").resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.LANCZOS))
    top, left = corner
    rgb = rgb[top : top + HEIGHT, left : left + WIDTH].copy()
    rgb[:8, :8], rgb[-8:, -8:] = 0, 255
    return Original(name.partition(".")[0], rgb)


ORIGINALS = (_part("astronaut.png", (0, 40)), _part("coffee.png", (30, 50)), _part("chelsea.png", (20, 45)))
