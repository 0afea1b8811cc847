"""What people and sites do to photographs: one small function an edit, on RGB images of 500 pixels."""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Edit = Callable[[Image.Image, np.random.Generator], Image.Image]
Function = Callable[[Image.Image], Image.Image]

BLUR_SIDE = 500  # a blur of radius 3 is one of radius 6 on a longer side of 1000
CAPTION = "Summer by the lake, 2019"


def scaled(image: Image.Image, width: float, height: float) -> Image.Image:
    """Resize to these fractions of the width and the height."""
    size = max(1, round(width * image.width)), max(1, round(height * image.height))
    return image.resize(size, Image.Resampling.LANCZOS)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Write as JPEG of a quality, and read again."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def brightness(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(factor)


def contrast(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(factor)


def gamma(image: Image.Image, exponent: float) -> Image.Image:
    """Darken: each channel to the power of `exponent`."""
    table = [round(255 * (value / 255) ** exponent) for value in range(256)]
    return image.point(table * 3)


def blur(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius * max(image.size) / BLUR_SIDE))


def unsharp(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.UnsharpMask(radius=2, percent=150))


def noise(image: Image.Image, random: np.random.Generator, sigma: float) -> Image.Image:
    """Add Gaussian noise, to each pixel and channel its own."""
    pixels = np.asarray(image) + random.normal(0, sigma, (image.height, image.width, 3))
    return Image.fromarray(np.rint(pixels).clip(0, 255).astype(np.uint8))


def caption(image: Image.Image) -> Image.Image:
    """Write white letters with a black rim in the lower left, 1/14 of the height."""
    letters = image.height / 14
    font = ImageFont.load_default(letters)
    captioned = image.copy()
    place = letters / 2, image.height - letters / 2
    rim = max(1, round(letters / 16))
    drawing = ImageDraw.Draw(captioned)
    drawing.text(place, CAPTION, "white", font, anchor="ld", stroke_width=rim, stroke_fill="black")
    return captioned


def framed(image: Image.Image, share: float, color: str) -> Image.Image:
    """Put a border around the picture, on each side a share of its width or height."""
    border = round(share * image.width), round(share * image.height)
    return ImageOps.expand(image, border, color)


def without(image: Image.Image, *, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Image.Image:
    """Cut off shares of the width and the height."""
    width, height = image.size
    return image.crop(
        (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    )


def centre(image: Image.Image, cut: float) -> Image.Image:
    """Cut off a share of the width and of the height, half on each side."""
    return without(image, left=cut / 2, top=cut / 2, right=cut / 2, bottom=cut / 2)


def rotated(image: Image.Image, degrees: float) -> Image.Image:
    """Rotate inside the frame: corners are cut off, and others black."""
    return image.rotate(degrees, Image.Resampling.BICUBIC)


def transposed(image: Image.Image, turn: Image.Transpose) -> Image.Image:
    return image.transpose(turn)


def hue(image: Image.Image, degrees: float) -> Image.Image:
    hues, saturation, value = image.convert("HSV").split()
    turned = hues.point([round(number + degrees * 256 / 360) % 256 for number in range(256)])
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def _without_chance(function: Function) -> Edit:
    def edit(image: Image.Image, random: np.random.Generator) -> Image.Image:  # noqa: ARG001 an edit takes both
        return function(image)

    return edit


_PLAIN: dict[str, Function] = {
    "half size": partial(scaled, width=1 / 2, height=1 / 2),
    "quarter size": partial(scaled, width=1 / 4, height=1 / 4),
    "JPEG quality 50": partial(jpeg, quality=50),
    "JPEG quality 20": partial(jpeg, quality=20),
    "JPEG quality 5": partial(jpeg, quality=5),
    "height x 0.75": partial(scaled, width=1, height=0.75),
    "grey": grey,
    "brightness x 1.5": partial(brightness, factor=1.5),
    "brightness x 0.5": partial(brightness, factor=0.5),
    "contrast x 1.6": partial(contrast, factor=1.6),
    "gamma 1.8": partial(gamma, exponent=1.8),
    "hue + 20 degrees": partial(hue, degrees=20),
    "blur": partial(blur, radius=3),
    "unsharp mask": unsharp,
    "caption": caption,
    "black border 5 %": partial(framed, share=0.05, color="black"),
    "white page x 1.1": partial(framed, share=0.05, color="white"),
    "centre crop 5 %": partial(centre, cut=0.05),
    "centre crop 10 %": partial(centre, cut=0.10),
    "centre crop 20 %": partial(centre, cut=0.20),
    "centre crop 30 %": partial(centre, cut=0.30),
    "left 15 % off": partial(without, left=0.15),
    "top 15 % off": partial(without, top=0.15),
    "top left 15 % off": partial(without, left=0.15, top=0.15),
    "bottom right 12 % off": partial(without, right=0.12, bottom=0.12),
    "rotated by 2": partial(rotated, degrees=2),
    "rotated by 5": partial(rotated, degrees=5),
    "rotated by 90": partial(transposed, turn=Image.Transpose.ROTATE_90),
    "rotated by 180": partial(transposed, turn=Image.Transpose.ROTATE_180),
    "mirrored": partial(transposed, turn=Image.Transpose.FLIP_LEFT_RIGHT),
}

EDITS: dict[str, Edit] = {name: _without_chance(function) for name, function in _PLAIN.items()} | {
    "noise": partial(noise, sigma=15.0)
}
