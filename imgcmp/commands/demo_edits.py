"""What becomes of the pictures of the demonstration: the edited copies that collections of photographs have."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from PIL import ExifTags, Image, ImageDraw, ImageEnhance, ImageFont, ImageOps


class Edit(NamedTuple):
    """An edited copy: where it lies, how its name ends, and how it is made and saved."""

    folder: str
    ending: str
    apply: Callable[[Image.Image], Image.Image]
    save_options: Mapping[str, Any]


def _same(image: Image.Image) -> Image.Image:
    return image


def _halved(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


def _brightened(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(1.15)


def _cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((round(0.01 * width), round(0.01 * height), round(0.99 * width), round(0.99 * height)))


def _framed(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, round(0.01 * image.width), (250, 248, 240))


def _captioned(image: Image.Image) -> Image.Image:
    captioned = image.copy()
    place = (round(0.03 * image.width), round(0.93 * image.height))
    font = ImageFont.load_default(0.045 * image.height)
    ImageDraw.Draw(captioned).text(place, "greetings from afar", (255, 255, 255), font)
    return captioned


def _turned(image: Image.Image) -> Image.Image:
    """Lay the picture on its side, as a camera held upright stores it; its EXIF orientation says how to show it."""
    return image.transpose(Image.Transpose.ROTATE_90)


def _orientation_exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


SMALL = Edit("from phone", " small.jpg", _halved, {"quality": 85})
SENT = Edit("from phone", " sent.jpg", _same, {"quality": 20})
TURNED = Edit("from phone", " turned.jpg", _turned, {"quality": 90, "exif": _orientation_exif(6)})
GREY = Edit("edited", " black and white.jpg", ImageOps.grayscale, {"quality": 90})
BRIGHT = Edit("edited", " brighter.jpg", _brightened, {"quality": 90})
CROPPED = Edit("edited", " cropped.jpg", _cropped, {"quality": 90})
FRAMED = Edit("postcards", " framed.jpg", _framed, {"quality": 90})
CAPTIONED = Edit("postcards", " with text.jpg", _captioned, {"quality": 90})
AS_PNG = Edit("edited", ".png", _same, {})
AS_WEBP = Edit("for the web", ".webp", _same, {"quality": 75})
