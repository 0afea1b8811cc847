"""Edits that are hard to find: off-centre, tilted, covered, photographed, inside of something else.

One small function an edit, as in edits.py, on RGB images of 500 pixels. What is drawn is drawn anew by chance for each
picture: where a crop lies, to which side is turned, what a page says. Its numbers come from a generator of the picture
and the edit (`hard_variants`), so that an edit is the same whichever others are made.
"""

import zlib
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from edits import Edit, centre, framed, jpeg, transposed, without
from made_up_text import sentence, write_lines
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

Collage = Callable[[Image.Image, np.random.Generator, Image.Image], Image.Image]  # of a picture and another one
Random = np.random.Generator

TURNS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
MATS = ("white", "black", (240, 235, 220), (30, 60, 90))  # what pictures are framed with
PHONE, BARS, PICTURE_HEIGHT = (720, 1280), (140, 90), 900  # pixels: a screen, its bars, and the tallest picture in it
PAGE, MARGIN = (1000, 1414), 60
COLLAGE_HEIGHT, GAP = 500, 6


def anywhere(image: Image.Image, random: Random, area: float) -> Image.Image:
    """Cut out a part of the same shape, of a share of the area, that lies anywhere."""
    return _part(image, area**0.5, *random.uniform(0, 1, 2))


def at_one_side(image: Image.Image, random: Random, area: float) -> Image.Image:
    """Leave a share of the area, at the left, top, right or bottom."""
    side = ("left", "top", "right", "bottom")[random.integers(4)]
    return without(image, **{side: 1 - area})


def corner(image: Image.Image, random: Random, area: float) -> Image.Image:
    """Cut out a part of the same shape, of a share of the area, in one of the corners."""
    return _part(image, area**0.5, *random.integers(0, 2, 2))


def _part(image: Image.Image, side: float, across: float, down: float) -> Image.Image:
    left, top = across * (1 - side), down * (1 - side)
    return without(image, left=left, top=top, right=1 - side - left, bottom=1 - side - top)


def mirrored(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 an edit takes both
    return transposed(image, Image.Transpose.FLIP_LEFT_RIGHT)


def turned(image: Image.Image, random: Random) -> Image.Image:
    """Turn by 90, 180 or 270 degrees."""
    return transposed(image, TURNS[random.integers(len(TURNS))])


def cut(image: Image.Image, random: Random, share: float) -> Image.Image:  # noqa: ARG001 an edit takes both
    """Cut off a share of the width and of the height, half on each side."""
    return centre(image, share)


def one_after_other(*edits: Edit) -> Edit:
    def edit(image: Image.Image, random: Random) -> Image.Image:
        for one in edits:
            image = one(image, random)
        return image

    return edit


def rotated(image: Image.Image, random: Random, degrees: float) -> Image.Image:
    """Rotate inside the frame, either way: corners are cut off, and others black."""
    return image.rotate(_either_way(random) * degrees, Image.Resampling.BICUBIC)


def rotated_and_cut(image: Image.Image, random: Random, degrees: float) -> Image.Image:
    """Rotate, and cut out the largest part of the same shape that has no black in it."""
    angle, (width, height) = np.radians(degrees), image.size
    side = 1 / (np.cos(angle) + np.sin(angle) * max(width / height, height / width))
    return centre(rotated(image, random, degrees), 1 - side)


def rotated_on_a_page(image: Image.Image, random: Random, degrees: float) -> Image.Image:
    """Rotate the whole, on a white page that is large enough."""
    angle = _either_way(random) * degrees
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def _either_way(random: Random) -> int:
    return 1 if random.integers(2) else -1


def bordered(image: Image.Image, random: Random, share: float) -> Image.Image:
    """Put a border around the picture, on each side a share of its width or height."""
    return framed(image, share, MATS[random.integers(len(MATS))])


def bordered_off_centre(image: Image.Image, random: Random, share: float) -> Image.Image:
    """Put the picture anywhere on a plain ground that is larger by twice a share."""
    room = round(2 * share * image.width), round(2 * share * image.height)
    ground = Image.new("RGB", (image.width + room[0], image.height + room[1]), MATS[random.integers(len(MATS))])
    ground.paste(image, (int(random.integers(room[0] + 1)), int(random.integers(room[1] + 1))))
    return ground


def screenshot(image: Image.Image, random: Random) -> Image.Image:
    """Show the picture on a telephone, as wide as its screen, somewhere between two bars, with a few words below."""
    (width, height), (upper, lower) = PHONE, BARS
    shot = Image.new("RGB", PHONE, (250, 250, 250))
    drawing = ImageDraw.Draw(shot)
    drawing.rectangle((0, 0, width, 48), fill=(20, 20, 20))
    drawing.text((20, 12), f"{random.integers(10, 24)}:{random.integers(10, 60)}", "white", ImageFont.load_default(22))
    drawing.rectangle((0, 48, width, upper), fill=(60, 90, 160))
    drawing.ellipse((20, 62, 84, 126), fill="white")
    drawing.text((110, 80), sentence(random, 2), "white", ImageFont.load_default(26))
    shown = _as_wide_as(image, width).crop(
        (0, 0, width, min(round(width * image.height / image.width), PICTURE_HEIGHT))
    )
    top = int(random.integers(upper, height - lower - shown.height + 1))
    shot.paste(shown, (0, top))
    write_lines(drawing, random, (20, top + shown.height + 12, 600, min(top + shown.height + 160, height - lower)), 24)
    drawing.rectangle((0, height - lower, width, height), fill=(235, 235, 235))
    for left in range(60, width, 180):
        drawing.ellipse((left, height - 70, left + 50, height - 20), fill=(120, 120, 120))
    return shot


def on_a_page(image: Image.Image, random: Random) -> Image.Image:
    """Print the picture between the lines of a page, 0.55 to 0.8 of its width, anywhere across."""
    width, height = PAGE
    page = Image.new("RGB", PAGE, "white")
    drawing = ImageDraw.Draw(page)
    shown = _as_wide_as(image, round(random.uniform(0.55, 0.8) * width))
    shown.thumbnail((width, 800))
    left = int(random.integers(MARGIN, width - shown.width - MARGIN + 1))
    top = int(random.integers(100, 500))
    write_lines(drawing, random, (MARGIN, MARGIN, width - MARGIN, top - 20), 20)
    write_lines(drawing, random, (MARGIN, top + shown.height + 20, width - MARGIN, height - MARGIN), 20)
    page.paste(shown, (left, top))
    return page


def meme(image: Image.Image, random: Random) -> Image.Image:
    """Put a white strip with large letters above the picture, a quarter of its height."""
    strip = image.height // 4
    page = Image.new("RGB", (image.width, image.height + strip), "white")
    page.paste(image, (0, strip))
    write_lines(ImageDraw.Draw(page), random, (10, 10, image.width - 10, strip), image.width / 16)
    return page


def _as_wide_as(image: Image.Image, width: int) -> Image.Image:
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def sticker(image: Image.Image, random: Random, area: float) -> Image.Image:
    """Cover a share of the area with a disc of one colour that has a face."""
    covered = image.copy()
    drawing = ImageDraw.Draw(covered)
    across = min(2 * (area * image.width * image.height / np.pi) ** 0.5, *image.size)
    left, top = random.uniform(0, image.width - across), random.uniform(0, image.height - across)
    drawing.ellipse((left, top, left + across, top + across), fill=tuple(random.integers(256, size=3).tolist()))
    middle = left + across / 2, top + across / 2
    drawing.text(middle, ":)", "black", ImageFont.load_default(max(8, across / 3)), anchor="mm")
    return covered


def watermark(image: Image.Image, random: Random) -> Image.Image:
    """Write a word all over the picture, in white that shines through."""
    layer = Image.new("L", image.size)
    drawing, font = ImageDraw.Draw(layer), ImageFont.load_default(36)
    word = sentence(random, 1).upper()
    for y in range(0, image.height, 90):
        for x in range(0, image.width, 200):
            drawing.text((x, y), word, 110, font)
    marked = image.copy()
    marked.paste("white", (0, 0), layer)
    return marked


def negative(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 an edit takes both
    return ImageOps.invert(image)


def sepia(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 an edit takes both
    """Make it brown, and dark in the corners."""
    grey = np.asarray(image.convert("L"), dtype=np.float64) * _vignette(image, 1.2)
    return _image(grey[..., np.newaxis] * [1, 0.85, 0.65])


def halftone(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 an edit takes both
    """Make it black and white dots (Floyd and Steinberg's)."""
    return image.convert("1").convert("RGB")


def cartoon(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 an edit takes both
    """Leave few colours, and black lines at edges."""
    smooth = image.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.MedianFilter(5))
    edges = smooth.convert("L").filter(ImageFilter.FIND_EDGES).point(lambda value: 255 * (value > 40))
    flat = ImageOps.posterize(smooth, 3)
    flat.paste("black", (0, 0), edges)
    return flat


def perspective(image: Image.Image, random: Random, share: float) -> Image.Image:
    """Look at it from one side: each corner moves by up to a share of the width and height."""
    width, height = image.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    sources = corners + random.uniform(-share, share, (4, 2)) * image.size
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, _homography(corners, sources), Image.Resampling.BICUBIC
    )


def _homography(corners: NDArray[np.float64], sources: NDArray[np.float64]) -> list[float]:
    """Return the eight numbers by which Pillow takes four corners from four places."""
    rows, values = [], []
    for (x, y), (u, v) in zip(corners.tolist(), sources.tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows), np.array(values)).tolist()


def photo_of_a_screen(image: Image.Image, random: Random) -> Image.Image:
    """Take a photograph of a screen that shows it: perspective, moire, vignette, noise, JPEG."""
    seen = perspective(image, random, 0.03)
    y, x = np.mgrid[: seen.height, : seen.width]
    moire = 1 + 0.08 * np.sin(1.3 * x + 0.1 * y) * np.sin(1.1 * y)
    light = np.asarray(seen) * (moire * _vignette(seen, 0.7))[..., np.newaxis]
    return jpeg(_image(light + random.normal(0, 4, light.shape)), 75)


def print_and_scan(image: Image.Image, random: Random) -> Image.Image:
    """Print and scan it: a narrow margin, a small tilt, paler, grain, a little blur, JPEG."""
    sheet = ImageOps.expand(image, max(1, round(0.03 * max(image.size))), "white")
    tilted = sheet.rotate(_either_way(random) * 1.2, Image.Resampling.BICUBIC, fillcolor="white")
    grain = random.normal(0, 6, (tilted.height, tilted.width, 1))
    return jpeg(_image(0.8 * np.asarray(tilted) + 35 + grain).filter(ImageFilter.GaussianBlur(1)), 70)


def _vignette(image: Image.Image, strength: float) -> NDArray[np.float64]:
    """Return how bright a lens leaves each pixel: 1 in the middle, less towards the corners."""
    y, x = np.mgrid[: image.height, : image.width]
    distance = (x / image.width - 0.5) ** 2 + (y / image.height - 0.5) ** 2
    return np.asarray(1 - strength * distance)


def _image(pixels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.rint(pixels).clip(0, 255).astype(np.uint8))


def beside_in_a_square(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Put two pictures side by side, each cut to a square, in either order."""
    square = COLLAGE_HEIGHT, COLLAGE_HEIGHT
    return _in_a_row(random, ImageOps.fit(image, square), ImageOps.fit(other, square))


def beside(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Put two whole pictures of one height side by side, in either order."""
    return _in_a_row(random, *(ImageOps.scale(part, COLLAGE_HEIGHT / part.height) for part in (image, other)))


def _in_a_row(random: Random, *parts: Image.Image) -> Image.Image:
    ordered = parts if random.integers(2) else parts[::-1]
    row = Image.new("RGB", (sum(part.width for part in parts) + GAP, COLLAGE_HEIGHT), "white")
    row.paste(ordered[0], (0, 0))
    row.paste(ordered[1], (ordered[0].width + GAP, 0))
    return row


EDITS: dict[str, Edit] = {
    **{f"{100 * area:.0f} % of the area, one side": partial(at_one_side, area=area) for area in (0.8, 0.7, 0.6, 0.5)},
    **{f"{100 * area:.0f} % of the area, anywhere": partial(anywhere, area=area) for area in (0.8, 0.7, 0.6, 0.5)},
    "corner, half of the area": partial(corner, area=0.5),
    "corner, half of the sides": partial(corner, area=0.25),
    "mirrored, 10 % cut": one_after_other(mirrored, partial(cut, share=0.1)),
    "mirrored, 80 % anywhere": one_after_other(mirrored, partial(anywhere, area=0.8)),
    "turned, 15 % cut": one_after_other(turned, partial(cut, share=0.15)),
    "turned, 80 % anywhere": one_after_other(turned, partial(anywhere, area=0.8)),
    "negative": negative,
    "border 10 %": partial(bordered, share=0.1),
    "border 30 %": partial(bordered, share=0.3),
    "border 20 %, off-centre": partial(bordered_off_centre, share=0.2),
    "screenshot, off-centre": screenshot,
    "on a page": on_a_page,
    "meme": meme,
    "sticker 10 %": partial(sticker, area=0.1),
    "sticker 25 %": partial(sticker, area=0.25),
    "watermark": watermark,
    **{f"rotated by {degrees}, black corners": partial(rotated, degrees=degrees) for degrees in (3, 5, 8, 10, 15, 45)},
    **{f"rotated by {degrees} and cut": partial(rotated_and_cut, degrees=degrees) for degrees in (3, 5, 8)},
    "rotated by 5 on a page": partial(rotated_on_a_page, degrees=5),
    "perspective 4 %": partial(perspective, share=0.04),
    "photo of a screen": photo_of_a_screen,
    "print": print_and_scan,
    "halftone": halftone,
    "cartoon": cartoon,
    "sepia": sepia,
}
COLLAGES: dict[str, Collage] = {"collage of squares": beside_in_a_square, "collage of wholes": beside}
NAMES = (*EDITS, *COLLAGES)


def generator_of(name: str, seed: int) -> Random:
    """Return the numbers of an edit and a picture: those of others don't move them."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def hard_variants(image: Image.Image, other: Image.Image, seed: int) -> Iterator[Image.Image]:
    """Yield the edits of an image, in the order of NAMES; collages are with another one."""
    for name, edit in EDITS.items():
        yield edit(image, generator_of(name, seed))
    for name, collage in COLLAGES.items():
        yield collage(image, generator_of(name, seed), other)
