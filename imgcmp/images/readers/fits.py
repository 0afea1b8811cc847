"""FITS, the format of telescopes: its first image, in numbers that its header says how to scale.

Pillow leaves the scale out: 16 bits without a sign, which are stored as signed ones and an offset, were 140 of 256 bits
away.

References
----------
FITS standard 4.0, sections 3 and 4.4.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.arrays import ArrayImage, Meaning, Numbers, as_shown

_BLOCK, _CARD = 2880, 80
_MOST_HEADER_BLOCKS, _MOST_HEADERS = 1000, 1000
_KINDS = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}

Cards = dict[str, str]


class _Image(NamedTuple):
    """An image: where its numbers begin, what they are, how many in each direction, and the cards of its header."""

    place: int
    kind: str
    axes: tuple[int, ...]
    cards: Cards


def open_fits(content: Content, _: Format) -> ArrayImage:
    """Open a FITS: its first image, of which three planes are red, green and blue; of another number the first."""
    images = _images(content)
    image = next(images, None)
    if image is None:
        raise UnreadableImageError("FITS without an image of two dimensions")
    n_others = _count(images)
    size = image.axes[0], image.axes[1]
    kind = np.dtype(image.kind)
    n_planes = math.prod(image.axes[2:])
    n_shown = 3 if n_planes == 3 else 1
    n_numbers = size[0] * size[1] * n_shown
    meaning = Meaning("RGB" if n_shown == 3 else "L")
    if image.place + n_numbers * kind.itemsize > content.size:
        raise UnreadableImageError("damaged or cut short: the FITS has fewer bytes than its pixels need")

    def pixels() -> Numbers:
        content.file.seek(image.place)
        numbers = np.frombuffer(content.file.read(n_numbers * kind.itemsize), kind).reshape(n_shown, *size[::-1])
        return as_shown(np.moveaxis(_scaled(numbers, image.cards), 0, -1)[::-1], meaning)  # the first row is the lowest

    return ArrayImage(
        size,
        meaning.mode,
        pixels,
        form="FITS",
        n_bytes=n_numbers * (kind.itemsize + 8),
        is_finer=kind.itemsize > 1 or _number(image.cards, "BZERO", 0.0) != 0,
        n_pictures=(1 if n_shown == 3 else n_planes) + n_others,
    )


def _count(images: Iterator[_Image]) -> int:
    """Count images; what can't be read behind them is one more."""
    n = 0
    try:
        for _ in images:
            n += 1
    except (ValueError, OSError):
        n += 1
    return n


def _images(content: Content) -> Iterator[_Image]:
    """Yield the images of a file; UnreadableImageError, in plain words, for one that can't be read."""
    place = 0
    for _ in range(_MOST_HEADERS):
        cards, start = _header(content, place)
        if cards is None:
            break
        axes = tuple(_whole(cards, f"NAXIS{n}") for n in range(1, _whole(cards, "NAXIS") + 1))
        bits = _whole(cards, "BITPIX")
        if bits not in _KINDS or any(n < 0 for n in axes):
            raise UnreadableImageError("damaged FITS: it doesn't say what its numbers are")
        if cards.get("ZIMAGE") == "T":
            raise UnreadableImageError("a compressed FITS is not read: unpack it (funpack), or make a PNG of it")
        is_image = cards.get("XTENSION", "IMAGE") == "IMAGE" and "GROUPS" not in cards
        if is_image and len(axes) > 1 and all(axes):
            yield _Image(start, _KINDS[bits], axes, cards)
        n_numbers = math.prod(axes) if axes else 0
        more, times = _whole(cards, "PCOUNT", 0), _whole(cards, "GCOUNT", 1)
        if min(more, times) < 0:
            raise UnreadableImageError("damaged FITS: it has less than nothing behind an image")
        n_bytes = abs(bits) // 8 * (n_numbers + more) * times
        place = start + -(-n_bytes // _BLOCK) * _BLOCK


def _header(content: Content, place: int) -> tuple[Cards | None, int]:
    """Return the cards of a header, None at the end of the file; and where what follows it begins."""
    cards: Cards = {}
    content.file.seek(place)
    for _ in range(_MOST_HEADER_BLOCKS):
        block = content.file.read(_BLOCK)
        place += _BLOCK
        if len(block) < _BLOCK:
            break
        for at in range(0, _BLOCK, _CARD):
            card = block[at : at + _CARD].decode("latin-1")
            name = card[:8].rstrip()
            if name == "END":
                return cards, place
            if card[8:10] == "= ":
                cards.setdefault(name, _value(card[10:]))
    if place - _BLOCK >= content.size > 0 and not cards:
        return None, place
    raise UnreadableImageError("damaged or cut short: the header of the FITS has no end")


def _value(text: str) -> str:
    """Return the value of a card, without quotes and comment."""
    text = text.strip()
    if text.startswith("'"):
        return text[1:].split("'")[0].strip()
    return text.split("/")[0].strip()


def _whole(cards: Cards, name: str, default: int | None = None) -> int:
    try:
        return int(cards[name]) if default is None else int(cards.get(name, default))
    except (KeyError, ValueError):
        raise UnreadableImageError(f"damaged FITS: it doesn't say its {name}") from None


def _number(cards: Cards, name: str, default: float) -> float:
    """Return a number of a header; those of FORTRAN have a D where others have an E."""
    try:
        value = float(cards[name].replace("D", "E")) if name in cards else default
    except ValueError:
        raise UnreadableImageError(f"damaged FITS: its {name} is no number") from None
    if not np.isfinite(value):
        raise UnreadableImageError(f"damaged FITS: its {name} is no number")
    return value


def _scaled(numbers: Numbers, cards: Cards) -> Numbers:
    """Return numbers as the header says that they are meant; what is no number is black."""
    zero, scale = _number(cards, "BZERO", 0.0), _number(cards, "BSCALE", 1.0)
    is_whole = numbers.dtype.kind in "iu"
    blank = numbers == _whole(cards, "BLANK") if is_whole and "BLANK" in cards else None
    if is_whole and blank is None and scale == 1:
        unsigned = np.dtype(f"u{numbers.dtype.itemsize}")
        if zero == 0:
            return numbers
        if numbers.dtype.kind == "i" and zero == 2.0 ** (8 * unsigned.itemsize - 1):
            return np.asarray(numbers.astype(unsigned) + unsigned.type(int(zero)))  # modulo 2**bits, as it was before
        if unsigned.itemsize == 1 and zero == -128:
            return np.asarray(numbers.astype(np.int16) - 128).astype(np.int8)
    meant: Numbers = numbers.astype(np.float64) * scale + zero
    if blank is not None:
        meant[blank] = np.nan
    return meant
