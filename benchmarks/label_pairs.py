"""Pairs of images whose relation is known, since a script made one of the other.

    python benchmarks/label_pairs.py FOLDER --photos FOLDER [FOLDER ...] --count 200

Every pair is two files of the folder, the one that the other was made from first, and a relation of TRUTHS. What a
person would call by another name is not made: a picture that has no colours isn't recoloured, nor is a patch retouched
by what looks like it. `FOLDER/truth.csv` lists them.
"""

import argparse
import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import edits
import numpy as np
from generated_pages import PAGES
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps
from sources import image_files, picture

Random = np.random.Generator
Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of both files

LONGER_SIDE = 1200  # pixels, at most
LEAST_COLOUR = 12.0  # mean of the larger difference of chroma from grey, of 128: below it is next to grey
LEAST_SEEN = 20.0  # mean difference of the greys of a patch before and after, of 255: below it isn't seen
QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50)
SUBSAMPLINGS = (0, 1, 2)  # 4:4:4, 4:2:2, 4:2:0
SCALES = (1, 3 / 4, 2 / 3, 1 / 2, 1 / 3, 1 / 4, 1 / 8)
TURNS = tuple(Image.Transpose)[:7]


class Made(NamedTuple):
    """Two pictures, how each is saved, and where they differ if it is in one place."""

    first: Image.Image
    second: Image.Image
    first_saved: dict[str, Any]
    second_saved: dict[str, Any]
    box: Box | None = None


class Pair(NamedTuple):
    """Two files, and what they are to each other.

    Attributes
    ----------
    first, second : str
        Paths.
    truth : str
        One of TRUTHS.
    how : str
        What was done.
    box : Box or None
        Where they differ, if in one place only.
    """

    first: str
    second: str
    truth: str
    how: str
    box: Box | None


Maker = Callable[[Image.Image, Random], Made | None]  # None: of this picture no such pair can be made

PNG: dict[str, Any] = {"format": "PNG"}


def jpeg(quality: int, subsampling: int = 0) -> dict[str, Any]:
    return {"format": "JPEG", "quality": quality, "subsampling": subsampling}


def identical_file(image: Image.Image, random: Random) -> Made:
    saved = jpeg(_one_of(random, QUALITIES))
    return Made(image, image, saved, saved)


def other_png(image: Image.Image, random: Random) -> Made:
    """Save the same pixels with another compression, or with a resolution."""
    level = int(random.integers(0, 7))  # with 7 and 8 the bytes may be those of 9
    more: dict[str, Any] = {"dpi": (300, 300)} if random.integers(2) else {}
    return Made(image, image, PNG | {"compress_level": 9}, PNG | {"compress_level": level} | more)


def lossless_webp(image: Image.Image, random: Random) -> Made:  # noqa: ARG001 a maker takes both
    return Made(image, image, PNG, {"format": "WEBP", "lossless": True})


def decoded_jpeg(image: Image.Image, random: Random) -> Made:
    """Save what a JPEG shows, as this decoder decodes it, as PNG."""
    quality = _one_of(random, QUALITIES)
    return Made(image, edits.jpeg(image, quality), {"format": "JPEG", "quality": quality}, PNG)


def reencoded(image: Image.Image, random: Random) -> Made:
    """Save it as JPEG, whatever it was stored as: in another quality than that."""
    saved = jpeg(_one_of(random, QUALITIES[1:]), _one_of(random, SUBSAMPLINGS))
    return Made(image, image, _as_stored(random), saved)


def as_webp(image: Image.Image, random: Random) -> Made:
    return Made(image, image, _as_stored(random), {"format": "WEBP", "quality": _one_of(random, QUALITIES)})


def resized(image: Image.Image, random: Random) -> Made:
    """Make it smaller by one of SCALES, by one of three filters, as JPEG or PNG."""
    filters = (Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
    small = ImageOps.scale(image, _one_of(random, SCALES[1:]), filters[random.integers(len(filters))])
    return Made(image, small, _as_stored(random), jpeg(_one_of(random, QUALITIES), 2) if random.integers(2) else PNG)


def _as_stored(random: Random) -> dict[str, Any]:
    return PNG if random.integers(2) else jpeg(95)


def hue(image: Image.Image, random: Random) -> Made | None:
    """Turn all colours by 40 to 320 degrees."""
    if colourfulness(image) < LEAST_COLOUR:
        return None
    return Made(image, edits.hue(image, random.uniform(40, 320)), jpeg(92), jpeg(92))


def saturation(image: Image.Image, random: Random) -> Made | None:
    """Make the colours 2 to 3 times as strong, or leave 0.2 to 0.4 of them."""
    if colourfulness(image) < LEAST_COLOUR:
        return None
    factor = random.uniform(2, 3) if random.integers(2) else random.uniform(0.2, 0.4)
    return Made(image, _with_chroma(image, lambda chroma: factor * chroma), jpeg(92), jpeg(92))


def tinted(image: Image.Image, random: Random) -> Made:
    """Show one product in two colours: the greys are the same, the colours of either are moved, to opposite sides."""
    angle, distance = random.uniform(0, 2 * np.pi), random.uniform(25, 45)
    shift = distance * np.array([np.cos(angle), np.sin(angle)])
    colours = [_with_chroma(image, lambda chroma, by=by: 0.3 * chroma + by) for by in (shift, -shift)]
    return Made(*colours, jpeg(92), jpeg(92))


def grey(image: Image.Image, random: Random) -> Made | None:
    if colourfulness(image) < LEAST_COLOUR:
        return None
    made = image.convert("L")
    return Made(image, made if random.integers(2) else made.convert("RGB"), jpeg(92), jpeg(92))


def caption(image: Image.Image, random: Random) -> Made | None:
    return _edited(image, edits.caption(image), random)


def sticker(image: Image.Image, random: Random) -> Made | None:
    """Cover 1 to 6 % of the area with a disc."""
    across = (random.uniform(0.01, 0.06) * image.width * image.height * 4 / np.pi) ** 0.5
    left, top = (random.uniform(0, side - across) for side in image.size)
    covered = image.copy()
    colour = tuple(random.integers(256, size=3).tolist())
    ImageDraw.Draw(covered).ellipse((left, top, left + across, top + across), fill=colour)
    return _edited(image, covered, random)


def retouched(image: Image.Image, random: Random) -> Made | None:
    """Lay a patch of 8 to 20 % of the sides over another place, with a soft rim, where it changes what is seen."""
    width, height = (round(random.uniform(0.08, 0.2) * side) for side in image.size)
    soft = Image.new("L", (width, height))
    ImageDraw.Draw(soft).ellipse((width * 0.1, height * 0.1, width * 0.9, height * 0.9), fill=255)
    soft = soft.filter(ImageFilter.GaussianBlur(min(width, height) / 16))
    for _ in range(20):
        (x, y), (left, top) = (
            [int(random.integers(s - p)) for s, p in zip(image.size, soft.size, strict=True)] for _ in "12"
        )
        patched = image.copy()
        patched.paste(image.crop((x, y, x + width, y + height)), (left, top), soft)
        if made := _edited(image, patched, random):
            return made
    return None


def digit(image: Image.Image, random: Random) -> Made:  # noqa: ARG001 the page is drawn
    """Draw an invoice, and the same with another digit somewhere in one of its amounts."""
    page = PAGES["invoice"](random)
    number = f"{random.integers(100, 999)}.{random.integers(10, 99)}"
    place = int(random.integers(3))
    other = number[:place] + str((int(number[place]) + int(random.integers(1, 10))) % 10) + number[place + 1 :]
    y = 540 + 60 * int(random.integers(12)) + 12
    return _as_edited(*(_with_number(page, text, y) for text in (number, other)), random)


def _with_number(page: Image.Image, text: str, y: int) -> Image.Image:
    """Write a number in place of an amount of an invoice, digits below each other."""
    written, font = page.copy(), ImageFont.load_default(24)
    drawing = ImageDraw.Draw(written)
    ground = page.getpixel((page.width - 90, y))
    drawing.rectangle((page.width - 260, y - 4, page.width - 90, y + 32), fill=ground)
    for place, letter in enumerate(text):
        drawing.text((page.width - 200 + 16 * place, y), letter, (30, 30, 30), font)
    return written


def _edited(image: Image.Image, other: Image.Image, random: Random) -> Made | None:
    """Return a pair with the box in which they differ, or None if it is hardly seen there."""
    made = _as_edited(image, other, random)
    if made.box is None:
        return None
    difference = ImageChops.difference(image, other).convert("L").crop(made.box)
    return made if np.mean(np.asarray(difference)) >= LEAST_SEEN else None


def _as_edited(image: Image.Image, other: Image.Image, random: Random) -> Made:
    saved = PNG if random.integers(2) else jpeg(90)
    return Made(image, other, PNG, saved, ImageChops.difference(image, other).getbbox())


def cropped(image: Image.Image, random: Random) -> Made:
    """Cut off 5 to 25 % of the width and of the height, anywhere."""
    shares = random.uniform(0.05, 0.25, 2)
    left, top = random.uniform(0, 1, 2) * shares
    right, bottom = shares - (left, top)
    return Made(image, edits.without(image, left=left, top=top, right=right, bottom=bottom), jpeg(92), jpeg(85))


def framed(image: Image.Image, random: Random) -> Made:
    """Put a border of one colour around it, 3 to 12 % on each side."""
    colour = tuple(random.integers(256, size=3).tolist())
    return Made(image, edits.framed(image, random.uniform(0.03, 0.12), colour), jpeg(92), jpeg(85))


def turned(image: Image.Image, random: Random) -> Made:
    """Turn or mirror it in one of the seven ways."""
    return Made(image, edits.transposed(image, TURNS[random.integers(len(TURNS))]), jpeg(92), jpeg(85))


def negative(image: Image.Image, random: Random) -> Made:  # noqa: ARG001 a maker takes both
    return Made(image, ImageOps.invert(image), jpeg(92), jpeg(85))


def other_page(image: Image.Image, random: Random) -> Made:  # noqa: ARG001 the pages are drawn
    """Draw two pages of one kind."""
    kind = list(PAGES)[random.integers(len(PAGES))]
    return Made(PAGES[kind](random), PAGES[kind](random), PNG, PNG)


MAKERS: dict[str, dict[str, Maker]] = {
    "identical file": {"copied": identical_file},
    "identical pixels": {"PNG": other_png, "WebP": lossless_webp, "decoded": decoded_jpeg},
    "re-encoded or resized": {"JPEG": reencoded, "WebP": as_webp, "resized": resized},
    "recoloured": {"hue": hue, "saturation": saturation, "tinted": tinted},
    "grey": {"grey": grey},
    "edited": {"caption": caption, "sticker": sticker, "retouched": retouched, "digit": digit},
    "cropped": {"cropped": cropped},
    "framed": {"framed": framed},
    "turned or mirrored": {"turned": turned},
    "negative": {"negative": negative},
    "similar": {"other page": other_page},
}
TRUTHS = tuple(MAKERS)
HOWS = tuple((truth, how) for truth, makers in MAKERS.items() for how in makers)


def label_pairs(photographs: Iterable[Image.Image], folder: str, *, seed: int = 0) -> Iterator[Pair]:
    """Write one pair of each photograph, all the ways of MAKERS in turn; yield them.

    Parameters
    ----------
    photographs : iterable of Image
        RGB.
    folder : str
        Where the files go.
    seed : int, optional
        Another one takes each photograph another way, and by other chances.
    """
    os.makedirs(folder, exist_ok=True)
    for number, image in enumerate(photographs):
        random = np.random.default_rng([seed, number])
        for attempt in range(len(HOWS)):  # the first way that this picture allows
            truth, how = HOWS[(number + 7 * seed + attempt) % len(HOWS)]
            if made := MAKERS[truth][how](image, random):
                yield Pair(*_written(made, folder, number), truth, how, made.box)
                break


def _written(made: Made, folder: str, number: int) -> tuple[str, str]:
    paths = []
    for letter, image, saved in (("a", made.first, made.first_saved), ("b", made.second, made.second_saved)):
        paths.append(os.path.join(folder, f"{number:05} {letter}.{saved['format'].lower()}"))
        image.save(paths[-1], **saved)
    return paths[0], paths[1]


def colourfulness(image: Image.Image) -> float:
    """Return the mean over the pixels of how far the chroma is from grey, 0 .. 128."""
    chroma = np.asarray(image.convert("YCbCr"), dtype=np.float64)[..., 1:] - 128
    return float(np.abs(chroma).max(axis=-1).mean())


def _with_chroma(image: Image.Image, change: Callable[[Any], Any]) -> Image.Image:
    """Change Cb and Cr, less 128, and leave the greys as they are, where the colours can be shown."""
    pixels = np.asarray(image.convert("YCbCr"), dtype=np.float64)
    changed = np.concatenate([pixels[..., :1], change(pixels[..., 1:] - 128) + 128], axis=-1)
    return Image.fromarray(np.rint(changed).clip(0, 255).astype(np.uint8), mode="YCbCr").convert("RGB")


def _one_of(random: Random, values: Sequence[Any]) -> Any:
    return values[random.integers(len(values))]


def photographs_in(folders: Iterable[str]) -> Iterator[Image.Image]:
    """Yield pictures without what their files said of them: a colour profile goes into some formats, and not others."""
    for path in image_files(folders):
        image = picture(path, LONGER_SIDE)
        if image is not None:
            image.info.clear()
            yield image


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--photos", metavar="FOLDER", nargs="+", required=True)
    parser.add_argument("--count", metavar="N", type=int, default=200)
    options = parser.parse_args(argv)
    pairs = list(label_pairs(islice(photographs_in(options.photos), options.count), options.folder))
    with open(os.path.join(options.folder, "truth.csv"), "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(Pair._fields)
        rows.writerows(pairs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
