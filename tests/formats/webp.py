"""WebP: lossy, lossless, with alpha, turned, and films."""

import struct

import numpy as np
from formats.cell import LOSSY, Cell
from formats.originals import HEIGHT, WIDTH, over_white
from formats.turns import TURN, exif
from formats.writers import codec, vips

_HAS_ALPHA, _HAS_EXIF, _IS_FILM = 0x10, 0x08, 0x02


def chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def riff(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def extended(flags, *chunks, size=(WIDTH, HEIGHT)):
    """Return a WebP that says what it holds (RFC 9649)."""
    head = struct.pack("<B3x", flags) + _three(size[0] - 1) + _three(size[1] - 1)
    return riff(chunk(b"VP8X", head), *chunks)


def _three(number):
    return struct.pack("<I", number)[:3]


def picture_chunks(pixels, *, lossless=True):
    """Return the chunks of a picture alone."""
    data = codec("webp", np.ascontiguousarray(pixels), level=90, lossless=lossless)
    place, found = 12, b""
    while place < len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        part = data[place : place + 8 + length + length % 2]
        found += part if part[:4] in (b"VP8 ", b"VP8L", b"ALPH") else b""
        place += len(part)
    return found


def frame(pixels, place=(0, 0), *, blend=True, dispose=False):
    """Return a frame of a film."""
    height, width = pixels.shape[:2]
    head = b"".join(map(_three, (place[0] // 2, place[1] // 2, width - 1, height - 1, 100)))
    return chunk(b"ANMF", head + bytes([(0 if blend else 2) | int(dispose)]) + picture_chunks(pixels))


def film(*frames, alpha=True, background=0):
    control = chunk(b"ANIM", struct.pack("<IH", background, 0))
    return extended(_IS_FILM | (_HAS_ALPHA if alpha else 0), control, *frames)


def cell(variant, written, shown=lambda original: original.rgb, **more):
    return Cell("WebP", variant, ".webp", written, shown, **({"writer": "imagecodecs"} | more))


def _of_stills():
    for name, lossless in (("lossless", True), ("lossy", False)):
        off = {} if lossless else LOSSY
        yield cell(
            {"compression": name, "pixels": "RGB"},
            lambda o, w=lossless: codec("webp", o.rgb, level=90, lossless=w),
            **off,
        )

        def with_alpha(original, lossless=lossless):
            return codec("webp", np.dstack([original.rgb, original.alpha]), level=90, lossless=lossless)

        shown = lambda original: over_white(original.rgb, original.alpha)  # noqa: E731
        yield cell({"compression": name, "pixels": "RGBA"}, with_alpha, shown, **({"most": 2.0} | off))
    yield cell(
        {"compression": "lossy", "pixels": "RGB", "quality": "60"},
        lambda o: vips(o.rgb, ".webp", Q=60),
        writer="libvips",
        **LOSSY,
    )
    for orientation in TURN:

        def turned(original, orientation=orientation):
            pixels = TURN[orientation](original.rgb)
            size = pixels.shape[1::-1]
            return extended(_HAS_EXIF, picture_chunks(pixels), chunk(b"EXIF", exif(orientation)), size=size)

        yield cell({"orientation": str(orientation)}, turned)


def _of_films():
    def two(original):
        return film(frame(original.rgb), frame(original.rgb[:, ::-1]))

    yield cell({"film": "of two frames"}, two, holds="film")
    for name, alpha, background in (
        ("alpha flag", True, 0),
        ("no alpha flag", False, 0),
        ("no alpha flag, background red", False, 0xFF0000FF),
    ):

        def partial(original, alpha=alpha, background=background):
            return film(
                frame(original.rgb[10:50, 20:80], (20, 10)), frame(original.rgb), alpha=alpha, background=background
            )

        def shown(original):
            picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
            picture[10:50, 20:80] = original.rgb[10:50, 20:80]
            return picture

        yield cell({"film": "whose first frame is smaller", "says": name}, partial, shown, holds="surround")

    def fading(original):
        return film(frame(np.zeros_like(original.rgb)), frame(original.rgb))

    yield cell({"film": "whose first frame is black"}, fading, holds="film from black", by_later_frame=True)


CELLS = [*_of_stills(), *_of_films()]
