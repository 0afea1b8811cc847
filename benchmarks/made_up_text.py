"""Words that no language has, for pages and screenshots that are drawn."""

import numpy as np
from PIL import ImageDraw, ImageFont

ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl")
VOWELS = ("a", "e", "i", "o", "u", "ea", "ou")
CODAS = ("", "", "n", "r", "s", "l", "t")


def word(random: np.random.Generator) -> str:
    """Return one to three syllables."""
    parts = (ONSETS, VOWELS, CODAS)
    return "".join(part[random.integers(len(part))] for _ in range(random.integers(1, 4)) for part in parts)


def sentence(random: np.random.Generator, n_words: int) -> str:
    return " ".join(word(random) for _ in range(n_words)).capitalize()


def fitted(random: np.random.Generator, font: ImageFont.FreeTypeFont, width: float) -> str:
    """Return a line of words no longer than a width in pixels, or one word."""
    line = word(random).capitalize()
    while font.getlength(longer := f"{line} {word(random)}") <= width:
        line = longer
    return line


def write_lines(
    drawing: ImageDraw.ImageDraw,
    random: np.random.Generator,
    box: tuple[float, float, float, float],
    letters: float,
    fill: str | tuple[int, int, int] = "black",
) -> None:
    """Fill a box (left, top, right, bottom) with lines of words, from the top on."""
    left, top, right, bottom = box
    font = ImageFont.load_default(letters)
    for y in np.arange(top, bottom - letters, 1.5 * letters):
        drawing.text((left, y), fitted(random, font, (right - left) * random.uniform(0.6, 1.0)), fill, font)
