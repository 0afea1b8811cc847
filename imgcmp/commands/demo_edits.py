"""What becomes of the pictures of the demonstration: the edited copies that collections of photographs have."""

import math
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
    """Leave out the left and the lower edge."""
    return _part(image, 0.13, 0, 1, 0.9)


def _mirrored(image: Image.Image) -> Image.Image:
    """Mirror the picture, and crop it off its centre."""
    return _part(ImageOps.mirror(image), 0.05, 0.05, 0.91, 0.94)


def _corner(image: Image.Image) -> Image.Image:
    """Leave the lower right corner alone, half of the picture."""
    return _part(image, 0.29, 0.29, 1, 1)


def _part(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = image.size
    return image.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))


def _tilted(image: Image.Image) -> Image.Image:
    """Rotate the picture by six degrees, and cut off the corners that are empty then."""
    angle, longer = math.radians(6), max(image.width / image.height, image.height / image.width)
    rim = (1 - 1 / (math.cos(angle) + math.sin(angle) * longer)) / 2
    return _part(image.rotate(6, Image.Resampling.BICUBIC), rim, rim, 1 - rim, 1 - rim)


def _on_a_screen(image: Image.Image) -> Image.Image:
    """Show the picture on the screen of a telephone, under its bars and over a few words."""
    width, height = 540, 1120
    screen = Image.new("RGB", (width, height), (250, 250, 250))
    drawing, font = ImageDraw.Draw(screen), ImageFont.load_default(22)
    drawing.rectangle((0, 0, width, 40), fill=(20, 20, 20))
    drawing.text((16, 8), "18:24", (255, 255, 255), font)
    drawing.rectangle((0, 40, width, 116), fill=(60, 90, 160))
    drawing.ellipse((18, 52, 70, 104), fill=(255, 255, 255))
    drawing.text((88, 66), "Grandmother", (255, 255, 255), font)
    shown = image.resize((width, round(width * image.height / image.width)), Image.Resampling.LANCZOS)
    screen.paste(shown, (0, 170))
    drawing.text((20, 190 + shown.height), "Look what we picked!", (30, 30, 30), font)
    drawing.rectangle((0, height - 84, width, height), fill=(235, 235, 235))
    return screen


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
INVERTED = Edit("edited", " negative.jpg", ImageOps.invert, {"quality": 90})
TILTED = Edit("edited", " tilted.jpg", _tilted, {"quality": 90})
MIRRORED = Edit("edited", " mirrored and cropped.jpg", _mirrored, {"quality": 90})
CORNER = Edit("for the web", " corner.jpg", _corner, {"quality": 85})
ON_A_SCREEN = Edit("screenshots", " on a screen.png", _on_a_screen, {})
CROPPED = Edit("edited", " cropped.jpg", _cropped, {"quality": 90})
FRAMED = Edit("postcards", " framed.jpg", _framed, {"quality": 90})
CAPTIONED = Edit("postcards", " with text.jpg", _captioned, {"quality": 90})
AS_PNG = Edit("edited", ".png", _same, {})
AS_WEBP = Edit("for the web", ".webp", _same, {"quality": 75})
