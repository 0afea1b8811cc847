"""Pages that look alike and are not: chats, invoices, slides, pages of text, forms, screenshots with one frame.

    python benchmarks/generated_pages.py FOLDER --photos FOLDER [FOLDER ...]

All pages of one kind share their layout, as those of one app or one firm do, and say different things: no two of them
are copies. The screenshots show photographs: those given, or else the demo's pictures. Each page is written as PNG, and
in the copies of COPIES.
"""

import argparse
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np
from made_up_text import fitted, sentence, word, write_lines
from PIL import Image, ImageDraw, ImageFont, ImageOps
from sources import image_files, picture

from imgcmp.commands.demo_pictures import DRAWINGS

Random = np.random.Generator
Drawn = Callable[[Random], Image.Image]

PHONE, SHEET, SLIDE = (720, 1280), (1240, 1754), (1280, 720)
N_OF_KIND = {"chat": 50, "invoice": 45, "slide": 40, "text": 40, "form": 35, "screenshot": 40}  # 250 in all
DARK, GREY, PALE = (30, 30, 30), (120, 120, 120), (240, 240, 240)
N_ITEMS, N_FIELDS, N_POINTS = 12, 14, 5  # lines of an invoice, fields of a form, points of a slide


class Page(NamedTuple):
    """A page, and its kind: one of N_OF_KIND."""

    kind: str
    number: int
    image: Image.Image

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number:03}"


class Copy(NamedTuple):
    """How a copy of a page is made, and the options it is saved with."""

    ending: str
    scale: float
    options: Mapping[str, int]


COPIES = (
    Copy(".jpg", 1.0, {"quality": 85}),
    Copy(" low.jpg", 1.0, {"quality": 50}),
    Copy(" half.png", 1 / 2, {}),
    Copy(" half.jpg", 1 / 2, {"quality": 75}),
    Copy(" third.webp", 1 / 3, {"quality": 80}),
)


def pages(photographs: Sequence[Image.Image] = (), numbers: Mapping[str, int] = N_OF_KIND) -> Iterator[Page]:
    """Draw so many pages of each kind.

    Parameters
    ----------
    photographs : sequence of Image, optional
        What the screenshots show, each one once; if there are too few, pictures of the demo.
    numbers : mapping of str to int, optional
        How many of each kind.

    Yields
    ------
    page : Page
        The same for the same photographs, however many there are of other kinds.
    """
    shown = list(islice(_with_drawings(photographs), numbers.get("screenshot", 0)))
    for kind_number, kind in enumerate(N_OF_KIND):
        for number in range(numbers.get(kind, 0)):
            draw = partial(screenshot, photograph=shown[number]) if kind == "screenshot" else PAGES[kind]
            yield Page(kind, number, draw(np.random.default_rng([kind_number, number])))


def _with_drawings(photographs: Iterable[Image.Image]) -> Iterator[Image.Image]:
    """Yield the photographs, then the pictures of the demo, with other details in each round."""
    yield from photographs
    seed = 0
    while True:
        for number, drawing in enumerate(DRAWINGS):
            yield drawing.draw(drawing.size, np.random.default_rng([seed, number]))
        seed += 1


def chat(random: Random) -> Image.Image:
    """Draw a chat of one app: a bar with a name, bubbles left and right, a line to write on."""
    width, height = PHONE
    page, drawing = _blank(PHONE, (236, 229, 221))
    drawing.rectangle((0, 0, width, 110), fill=(7, 94, 84))
    drawing.ellipse((20, 20, 90, 90), fill="white")
    drawing.text((110, 40), sentence(random, 2), "white", _font(28))
    y = 130
    while y < height - 180:
        bubble, n_lines, is_left = int(random.integers(180, 521)), int(random.integers(1, 5)), random.random() < 0.5
        left, bottom = 20 if is_left else width - 20 - bubble, y + 30 + 30 * n_lines
        fill = "white" if is_left else (220, 248, 198)
        drawing.rounded_rectangle((left, y, left + bubble, bottom), 14, fill=fill)
        write_lines(drawing, random, (left + 14, y + 12, left + bubble - 14, bottom - 6), 20, DARK)
        y = bottom + 18
    drawing.rectangle((0, height - 90, width, height), fill=PALE)
    return page


def invoice(random: Random) -> Image.Image:
    """Draw an invoice of one firm, on one day's letterhead: names, amounts and the total differ."""
    width, _ = SHEET
    page, drawing = _blank(SHEET, "white")
    drawing.rectangle((0, 0, width, 150), fill=(24, 60, 110))
    drawing.text((80, 45), "Plamo & Trisel", "white", _font(52))
    drawing.text((80, 210), "\n".join(sentence(random, n) for n in (2, 3, 2)), DARK, _font(26), spacing=12)
    drawing.text((width - 80, 210), f"Invoice {random.integers(1000, 9999)}\n12 March", DARK, _font(26), anchor="ra")
    drawing.text((80, 430), "Invoice", DARK, _font(44))
    cents = random.integers(100, 90_000, N_ITEMS).tolist()
    for row, amount in enumerate(cents):
        y = 540 + 60 * row
        drawing.rectangle((80, y, width - 80, y + 50), fill=PALE if row % 2 else "white")
        drawing.text((100, y + 12), f"{row + 1:2}   {fitted(random, _font(24), 700)}", DARK, _font(24))
        _amount(drawing, y + 12, amount)
    drawing.line((80, 1290, width - 80, 1290), DARK, 3)
    drawing.text((100, 1310), "Total", DARK, _font(30))
    _amount(drawing, 1310, sum(cents), 30)
    write_lines(drawing, np.random.default_rng(0), (80, 1480, width - 80, 1640), 22, GREY)  # the same on all of them
    return page


def _amount(drawing: ImageDraw.ImageDraw, y: float, cents: int, letters: float = 24) -> None:
    drawing.text((SHEET[0] - 100, y), f"{cents / 100:.2f}", DARK, _font(letters), anchor="ra")


def slide(random: Random) -> Image.Image:
    """Draw a slide of one talk: a title, points, a chart of bars, a foot."""
    width, height = SLIDE
    page, drawing = _blank(SLIDE, "white")
    drawing.rectangle((0, 0, width, 120), fill=(30, 40, 90))
    drawing.text((60, 35), fitted(random, _font(44), 1000), "white", _font(44))
    for row in range(random.integers(3, N_POINTS + 1)):
        y = 180 + 85 * row
        drawing.ellipse((60, y + 8, 76, y + 24), fill=(200, 80, 40))
        drawing.text((100, y), fitted(random, _font(28), 520), DARK, _font(28))
    for bar, share in enumerate(random.uniform(0.1, 1.0, 5).tolist()):
        left = 720 + 100 * bar
        drawing.rectangle((left, 590 - 380 * share, left + 70, 590), fill=(70, 110, 180))
    drawing.line((700, 590, 1240, 590), DARK, 3)
    drawing.text((60, height - 45), "Plamo & Trisel, spring meeting", GREY, _font(20))
    return page


def text(random: Random) -> Image.Image:
    """Draw a page of a book: a title, paragraphs, a number."""
    width, height = SHEET
    page, drawing = _blank(SHEET, "white")
    drawing.text((140, 140), fitted(random, _font(40), 800), DARK, _font(40))
    y = 260.0
    while y < height - 260:
        bottom = min(y + 39 * random.integers(3, 12) + 26, height - 200)
        write_lines(drawing, random, (140, y, width - 140, bottom), 26, DARK)
        y = bottom + 40
    drawing.text((width / 2, height - 120), str(random.integers(1, 400)), DARK, _font(24), anchor="mm")
    return page


def form(random: Random) -> Image.Image:
    """Draw one form, filled in: labels and boxes are the same on all of them."""
    width, _ = SHEET
    page, drawing = _blank(SHEET, (252, 250, 244))
    labels = np.random.default_rng(1)
    drawing.text((100, 100), "Form 27 B", DARK, _font(52))
    for row in range(N_FIELDS):
        y = 240 + 95 * row
        drawing.text((100, y + 18), sentence(labels, 2), GREY, _font(24))
        drawing.rectangle((460, y, width - 100, y + 66), outline=DARK, width=2)
        drawing.text((480, y + 16), fitted(random, _font(28), 600 * random.uniform(0.1, 0.9)), (20, 40, 140), _font(28))
    for column in range(4):
        left = 100 + 270 * column
        drawing.rectangle((left, 1610, left + 40, 1650), outline=DARK, width=2)
        drawing.text((left + 56, 1615), word(labels), GREY, _font(24))
        if random.random() < 0.5:
            drawing.line((left + 6, 1616, left + 34, 1644), (20, 40, 140), 5)
            drawing.line((left + 34, 1616, left + 6, 1644), (20, 40, 140), 5)
    return page


def screenshot(random: Random, photograph: Image.Image) -> Image.Image:
    """Show a photograph in the frame of one app: its bars and buttons are the same on all of them."""
    width, height = PHONE
    page, drawing = _blank(PHONE, (18, 18, 18))
    drawing.text((20, 14), f"{random.integers(10, 24)}:{random.integers(10, 60)}", "white", _font(22))
    drawing.text((60, 70), sentence(random, 2), "white", _font(28))
    shown = ImageOps.contain(photograph.convert("RGB"), (width, 860))
    page.paste(shown, ((width - shown.width) // 2, 140 + (860 - shown.height) // 2))
    drawing.text((40, 1030), fitted(random, _font(24), 600), PALE, _font(24))
    for left in range(60, width, 180):
        drawing.ellipse((left, height - 110, left + 60, height - 50), outline="white", width=4)
    return page


PAGES: dict[str, Drawn] = {"chat": chat, "invoice": invoice, "slide": slide, "text": text, "form": form}


def _blank(size: tuple[int, int], fill: str | tuple[int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    page = Image.new("RGB", size, fill)
    return page, ImageDraw.Draw(page)


def _font(letters: float) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(letters)


def write_pages(folder: str, drawn: Iterable[Page]) -> dict[str, list[str]]:
    """Write pages and their copies; return the paths by the name of the page, the page itself first."""
    os.makedirs(folder, exist_ok=True)
    written = {}
    for page in drawn:
        start = os.path.join(folder, page.name)
        page.image.save(f"{start}.png")
        written[page.name] = [f"{start}.png", *(_write_copy(page.image, start, copy) for copy in COPIES)]
    return written


def _write_copy(image: Image.Image, start: str, copy: Copy) -> str:
    path = start + copy.ending
    ImageOps.scale(image, copy.scale, Image.Resampling.LANCZOS).save(path, **copy.options)
    return path


def photographs_of(folders: Iterable[str], n: int) -> list[Image.Image]:
    """Return the first n pictures under some folders."""
    found = (image for path in image_files(folders) if (image := picture(path)) is not None)
    return list(islice(found, n))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--photos", metavar="FOLDER", nargs="+", default=[])
    options = parser.parse_args(argv)
    write_pages(options.folder, pages(photographs_of(options.photos, N_OF_KIND["screenshot"])))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
