"""What the numbers of an image mean, if they are not those of sRGB: and the same colours in sRGB.

By the colour profile in the file (ICC), by what PNG says in its chunks cICP, gAMA and cHRM, and by the code points of
AVIF and HEIC (ITU-T H.273).
"""

import io
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageChops, ImageCms

from imgcmp.images import light
from imgcmp.images.light import PRIMARIES, SRGB, Primaries

CICP, NCLX = "cicp", "nclx"
"""In `Image.info`: primaries and transfer by their code points, as PNG and as AVIF and HEIC have them."""

# The colours of a mode, which may have alpha, a palette, or more bits; of others nothing is known.
_COLOURS = {"1": "L", "L": "L", "LA": "L", "La": "L", "P": "RGB", "PA": "RGB", "RGB": "RGB", "RGBA": "RGB"}
_COLOURS |= {"RGBa": "RGB", "RGBX": "RGB", "CMYK": "CMYK", "LAB": "LAB", "F": "L"}
_SPACES = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK", "Lab ": "LAB"}

# Profiles are of sRGB if no colour of a grid differs by more. Those of some twenty makers' sRGB differ by up to 2.
_SAME_LEVELS = 3
_GRID = 6  # colours a side

# A gamma so near to that of sRGB is none to speak of: libpng takes it for the same, too.
_SAME_GAMMA, _USUAL_GAMMA = 0.05, 1 / 2.2
_SAME_CHROMATICITY = 0.005


class Conversion(NamedTuple):
    """How numbers become those of sRGB.

    Attributes
    ----------
    meaning : str
        What the numbers mean: equal for those that mean the same colours, and no others.
    to_srgb : callable
        Makes of an image of the mode `colours` one of mode RGB.
    colours : {"L", "RGB", "CMYK", "LAB"}
        The mode, without alpha, whose numbers are meant.
    """

    meaning: str
    to_srgb: Callable[[Image.Image], Image.Image]
    colours: str


def conversion_of(image: Image.Image) -> Conversion | None:
    """Tell how the numbers of an image become those of sRGB.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened; with what its file says of its colours in `info`.

    Returns
    -------
    conversion : Conversion or None
        None if they are those of sRGB, or nothing that can be used says otherwise.
    """
    colours = "L" if image.mode.startswith("I") else _COLOURS.get(image.mode)
    if colours is None:
        return None
    if colours == "LAB":
        return _of_lab()
    told = image.info
    profile = told.get("icc_profile")
    for points in (told.get(CICP), None if profile else told.get(NCLX)):
        if points is not None:
            return _of_code_points(*points, colours)
    if profile:
        return _of_profile(bytes(profile), colours)
    if "srgb" in told:
        return None
    return _of_gamma(told.get("gamma"), told.get("chromaticity"), colours)


def in_srgb(image: Image.Image, conversion: Conversion) -> Image.Image:
    """Return an image of any mode as RGB of sRGB, or as RGBA if it has transparency."""
    if image.has_transparency_data:
        image = image.convert("LA" if conversion.colours == "L" and image.mode in ("L", "La") else "RGBA")
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    shown = conversion.to_srgb(image if image.mode == conversion.colours else image.convert(conversion.colours))
    if alpha is not None:
        shown.putalpha(alpha)
    return shown


@lru_cache(maxsize=32)
def _of_profile(profile: bytes, colours: str) -> Conversion | None:
    """Return None for a profile of sRGB, of other colours than the image's, and a damaged one: browsers do the same."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = _SPACES.get(opened.profile.xcolor_space)
        if (space, colours) == ("L", "RGB"):
            return _of_grey_as_rgb(_by_transform(opened, "L"))
        return _by_transform(opened, colours) if space == colours else None
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None


def _of_grey_as_rgb(of_grey: Conversion | None) -> Conversion | None:
    """Return the conversion of grey that a decoder has given out as RGB; colours, whose profile it can't be, stay."""
    if of_grey is None:
        return None

    def to_srgb(image: Image.Image) -> Image.Image:
        red, green, blue = image.split()
        is_grey = all(ImageChops.difference(red, other).getbbox() is None for other in (green, blue))
        return of_grey.to_srgb(red) if is_grey else image

    return of_grey._replace(to_srgb=to_srgb, colours="RGB")


@lru_cache(maxsize=1)
def _of_lab() -> Conversion | None:
    return _by_transform(ImageCms.createProfile("LAB"), "LAB")


def _by_transform(profile: Any, colours: str) -> Conversion | None:
    # LittleCMS makes of grey's curves a table that is up to 10 levels off in the darks, where they are linear.
    flags = ImageCms.Flags.NOOPTIMIZE if colours == "L" else ImageCms.Flags.NONE
    flags |= ImageCms.Flags.BLACKPOINTCOMPENSATION
    srgb = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(profile, srgb, colours, "RGB", ImageCms.Intent.PERCEPTUAL, flags)

    def to_srgb(image: Image.Image) -> Image.Image:
        shown = ImageCms.applyTransform(image, transform)
        assert shown is not None
        return shown

    return _unless_same(_by_table(to_srgb) if colours == "L" else to_srgb, colours)


def _by_table(to_srgb: Callable[[Image.Image], Image.Image]) -> Callable[[Image.Image], Image.Image]:
    """Return a conversion of grey that looks up its 256 levels."""
    tables = [band.tobytes() for band in to_srgb(Image.frombytes("L", (256, 1), bytes(range(256)))).split()]
    return lambda image: Image.merge("RGB", [image.point(list(table)) for table in tables])


@lru_cache(maxsize=32)
def _of_code_points(primaries: int, transfer: int, colours: str) -> Conversion | None:
    return _by_light(light.curve_of(transfer) or light.decoded, PRIMARIES.get(primaries, SRGB), colours)


@lru_cache(maxsize=32)
def _of_gamma(gamma: float | None, chromaticity: tuple[float, ...] | None, colours: str) -> Conversion | None:
    """Return the conversion of what PNG's gAMA and cHRM say."""
    curve: light.Curve = light.decoded
    if gamma and abs(gamma / _USUAL_GAMMA - 1) > _SAME_GAMMA:
        curve = light.power(1 / gamma)
    primaries = SRGB
    if chromaticity and not np.allclose(chromaticity, np.ravel(SRGB), atol=_SAME_CHROMATICITY):
        primaries = Primaries(*zip(chromaticity[::2], chromaticity[1::2], strict=True))
    try:
        return _by_light(curve, primaries, colours)
    except (ZeroDivisionError, np.linalg.LinAlgError, TypeError):  # chromaticities of no colours
        return None


def _by_light(curve: light.Curve, primaries: Primaries, colours: str) -> Conversion | None:
    if colours not in ("L", "RGB"):
        return None
    if curve is light.decoded and primaries == SRGB:
        return None

    def to_srgb(image: Image.Image) -> Image.Image:
        return Image.fromarray(light.to_srgb(np.asarray(image.convert("RGB")), curve, primaries))

    return _unless_same(to_srgb, colours)


def _unless_same(to_srgb: Callable[[Image.Image], Image.Image], colours: str) -> Conversion | None:
    """Return a conversion, told by what it makes of a grid of colours; None if it changes next to nothing."""
    steps = np.linspace(0, 255, 256 if colours == "L" else _GRID).round().astype(np.uint8)
    n_bands = len(Image.new(colours, (1, 1)).getbands())
    grid = np.stack(np.meshgrid(*[steps] * n_bands), axis=-1).reshape(1, -1, n_bands)
    before = Image.fromarray(grid[..., 0]) if n_bands == 1 else Image.frombytes(colours, (grid.shape[1], 1), grid)
    after = to_srgb(before)
    if colours in ("L", "RGB"):
        change = np.asarray(after).astype(int) - np.asarray(before.convert("RGB"))
        if np.abs(change).max() <= _SAME_LEVELS:
            return None
    return Conversion(blake2b(after.tobytes(), digest_size=8).hexdigest(), to_srgb, colours)
