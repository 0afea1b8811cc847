"""From an array that another decoder makes to a Pillow image: decoded when it is loaded, of 8 bits a sample."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.colours import conversion_of, in_srgb
from imgcmp.images.number_range import Range, scaled, usual_range
from imgcmp.images.readers.coarser import note_coarser

Numbers = NDArray[Any]
Bytes = NDArray[np.uint8]

_N_COLOURS = {"L": 1, "RGB": 3, "CMYK": 4, "LAB": 3}
_MODE_WITH_ALPHA = {"L": "LA", "RGB": "RGBA", "CMYK": "RGBA", "LAB": "RGBA"}

_PIECE_NUMBERS = 2**20  # turned into bytes at a time, by way of float64: 8 MB


class Meaning(NamedTuple):
    """What the numbers of an array mean.

    Attributes
    ----------
    colours : {"L", "RGB", "CMYK", "LAB"}
        What the first samples of a pixel are, as Pillow names it. In LAB, a and b are 0 where there is no colour.
    white : float or None
        The number that is full brightness; None: the format doesn't say, and the least usual range that holds all
        numbers counts.
    alpha : int or None
        Which sample is transparency; samples that are neither colour nor transparency are left out.
    is_premultiplied : bool
        Whether colours are multiplied by it.
    is_negative : bool
        Whether the lowest number is white.
    profile : bytes
        The colour profile, by which inks become colours where Pillow has no mode for them with transparency.
    """

    colours: str
    white: float | None = None
    alpha: int | None = None
    is_premultiplied: bool = False
    is_negative: bool = False
    profile: bytes = b""

    @property
    def mode(self) -> str:
        """Return the mode of Pillow's image."""
        return self.colours if self.alpha is None else _MODE_WITH_ALPHA[self.colours]


class ArrayImage(Image.Image):
    """A Pillow image of known size whose pixels are computed as an array when they are first asked for.

    Parameters
    ----------
    size : (int, int)
        Width and height of the array.
    mode : str
        One of 8 bits a sample: L, LA, RGB, RGBA, CMYK, LAB.
    pixels : callable
        Returns an ndarray of uint8, shape (height, width) or (height, width, n_samples), of that mode.
    form : str
        The format, as Pillow names it.
    n_bytes : int
        What computing the array takes at its peak, beside what it returns; `imgcmp.images.decode_memory.bytes_to_read`
        counts it.
    is_finer : bool
        Whether the file holds more than these 8 bits: equal pixels are then no equal pictures.
    n_pictures : int
        How many pictures the file holds, of which this is one.
    orientation : int
        EXIF orientation.
    """

    def __init__(
        self,
        size: tuple[int, int],
        mode: str,
        pixels: Callable[[], Bytes],
        *,
        form: str,
        n_bytes: int,
        is_finer: bool = False,
        n_pictures: int = 1,
        orientation: int = 1,
    ) -> None:
        super().__init__()
        if min(size) <= 0:
            raise UnreadableImageError("damaged: it has no pixels")
        self._size, self._mode = size, mode
        self._pixels: Callable[[], Bytes] | None = pixels
        self.bytes_beside = n_bytes + 4 * size[0] * size[1]
        self.format = form
        self.n_frames = n_pictures
        self.is_animated = n_pictures > 1
        if is_finer:
            note_coarser(self)
        if orientation != 1:
            self.getexif()[ExifTags.Base.Orientation] = orientation

    def load(self) -> Any:
        """Decode the pixels, if they are not there; errors are those of the decoder."""
        if self._pixels is not None:
            width, height = self._size
            Image._decompression_bomb_check(self._size)
            array = self._pixels()
            if array.shape[:2] != (height, width):
                there = " x ".join(map(str, array.shape[1::-1]))
                raise UnreadableImageError(f"damaged: {there} pixels, where it says {width} x {height}")
            # Raw bytes, not fromarray: Pillow 11 has no such way to LAB.
            self.im = Image.frombytes(self._mode, self._size, np.ascontiguousarray(array).data).im
            self._pixels = None
        return super().load()


def bytes_to_decode(size: tuple[int, int], n_samples: int, bytes_a_sample: int, encoded: int) -> int:
    """Return what decoding an array takes at its peak: the array twice, once as its parts, and its encoded bytes."""
    return 2 * size[0] * size[1] * n_samples * bytes_a_sample + 2 * encoded + 16 * _PIECE_NUMBERS


def as_shown(numbers: Numbers, meaning: Meaning) -> Bytes:
    """Return decoded numbers as bytes of `meaning.mode`.

    Parameters
    ----------
    numbers : ndarray of any kind of integers or floats, shape (height, width) or (height, width, n_samples)
    meaning : Meaning

    Returns
    -------
    pixels : ndarray of uint8, of the same shape but for the samples that are not shown
    """
    numbers = numbers[..., np.newaxis] if numbers.ndim == 2 else numbers
    n_colours = _N_COLOURS[meaning.colours]
    colours, alpha = numbers[..., :n_colours], _alpha(numbers, meaning)
    shown, alpha_shown = _ranges(colours, alpha, meaning)
    pixels = np.empty((*numbers.shape[:2], _n_bands(meaning.mode)), np.uint8)
    for rows in _rows(*numbers.shape[:2]):
        bands = _colours_as_bytes(colours[rows], shown, meaning)
        if alpha is None:
            pixels[rows] = bands
        else:
            opacity = scaled(alpha[rows], alpha_shown)
            if meaning.is_premultiplied:
                bands = _divided(colours[rows], shown, alpha[rows], alpha_shown)
            pixels[rows] = np.dstack([_without_ink(bands, meaning), opacity])
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels


def _n_bands(mode: str) -> int:
    return len(Image.new(mode, (1, 1)).getbands())


def _alpha(numbers: Numbers, meaning: Meaning) -> Numbers | None:
    return None if meaning.alpha is None else numbers[..., meaning.alpha]


def _ranges(colours: Numbers, alpha: Numbers | None, meaning: Meaning) -> tuple[Range, Range]:
    """Return what is black and white, and what is transparent and opaque."""
    if meaning.white is not None:
        return (Range(0.0, meaning.white),) * 2
    if colours.dtype == np.uint8:
        return Range(), Range()
    shown = usual_range(colours[rows] for rows in _rows(*colours.shape[:2]))
    if alpha is None:
        return shown, shown
    # Transparency of less than what is white is some, but colours may have fewer bits than it: 12 of 16.
    return shown, usual_range((alpha[rows] for rows in _rows(*alpha.shape)), least_white=shown.white)


def _rows(height: int, width: int) -> Iterator[slice]:
    step = max(1, _PIECE_NUMBERS // max(1, width))
    for first in range(0, height, step):
        yield slice(first, min(height, first + step))


def _colours_as_bytes(colours: Numbers, shown: Range, meaning: Meaning) -> Bytes:
    if meaning.colours == "LAB":
        return np.dstack([scaled(colours[..., 0], shown), _signed_as_bytes(colours[..., 1:])])
    levels = scaled(colours, shown)
    return 255 - levels if meaning.is_negative else levels


def _signed_as_bytes(numbers: Numbers) -> Bytes:
    """Return a and b of LAB, in twos' complement, as Pillow holds them: shifted by 128 above its raw bytes."""
    if numbers.dtype.kind == "f":
        return np.rint(numbers).clip(-128, 127).astype(np.int8).view(np.uint8)
    return (numbers >> (8 * (numbers.dtype.itemsize - 1))).astype(np.uint8)


def _divided(colours: Numbers, shown: Range, alpha: Numbers, alpha_shown: Range) -> Bytes:
    """Return colours that are multiplied by their transparency without it."""
    part = (alpha.astype(np.float64) - alpha_shown.black) / (alpha_shown.white - alpha_shown.black)
    full = (colours - shown.black) / np.where(part > 0, part, 1)[..., np.newaxis]
    return scaled(full, Range(0.0, shown.white - shown.black))


def _without_ink(bands: Bytes, meaning: Meaning) -> Bytes:
    """Return colours to which a band of transparency can be added."""
    if meaning.colours not in ("CMYK", "LAB"):
        return bands
    inks = Image.frombytes(meaning.colours, bands.shape[1::-1], bands.tobytes())
    inks.info["icc_profile"] = meaning.profile
    conversion = conversion_of(inks)
    return np.asarray(inks.convert("RGB") if conversion is None else in_srgb(inks, conversion))
