"""JPEG 2000: depths, colours, opacity and order of channels; by OpenJPEG, with boxes of our own around it."""

import itertools
import struct

import numpy as np
from formats.cell import LOSSY, Cell
from formats.originals import HEIGHT, WIDTH, over_white
from formats.writers import codec

SRGB, GREY, SYCC = 16, 17, 18


def codestream(numbers, bits, **options):
    """Return the codestream alone."""
    dtype = np.uint8 if bits <= 8 else np.uint16
    options = {"level": 0, "reversible": True, "mct": False} | options
    return codec("jpeg2k", numbers.astype(dtype), codecformat="j2k", bitspersample=bits, **options)


def box(kind, *parts):
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def jp2(stream, n, bits, *, colours, channels=(), more=()):
    """Return a JP2: `channels` are its definitions (channel, type, association), `more` boxes in its header."""
    head = box(b"ihdr", struct.pack(">IIHBBBB", HEIGHT, WIDTH, n, bits - 1, 7, 0, 0))
    colour = box(b"colr", struct.pack(">BBBI", 1, 0, 0, colours))
    definitions = box(b"cdef", struct.pack(">H", len(channels)), *(struct.pack(">3H", *each) for each in channels))
    header = box(b"jp2h", head, colour, *more, *([definitions] if channels else []))
    start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + header + box(b"jp2c", stream)


def cell(variant, written, shown=lambda original: original.rgb, **more):
    return Cell("JPEG 2000", variant, more.pop("suffix", ".jp2"), written, shown, **({"writer": "imagecodecs"} | more))


def _of_pixels():
    kinds = {"grey": 1, "RGB": 3, "grey with alpha": 2, "RGBA": 4}
    for (name, n), bits in itertools.product(kinds.items(), (8, 10, 12, 16)):

        def written(original, n=n, bits=bits):
            picture = original.rgb if n > 2 else original.grey[..., np.newaxis]
            numbers = original.deep(bits, picture)
            channels = ()
            if n in (2, 4):
                alpha = np.rint(original.alpha / 255 * (2**bits - 1))
                numbers = np.dstack([numbers, alpha])
                channels = (*((k, 0, k + 1) for k in range(n - 1)), (n - 1, 1, 0))
            stream = codestream(numbers if n > 1 else numbers[..., 0], bits)
            return jp2(stream, n, bits, colours=SRGB if n > 2 else GREY, channels=channels)

        def shown(original, n=n):
            picture = original.rgb if n > 2 else original.grey
            return over_white(picture, original.alpha) if n in (2, 4) else picture

        holds = f"{bits} bits" if bits > 8 else ""
        yield cell({"pixels": name, "bits": str(bits)}, written, shown, holds=holds, most=2.0)
    for bits in (8, 16):

        def bare(original, bits=bits):
            return codestream(original.deep(bits), bits, mct=True)

        yield cell(
            {"pixels": "RGB", "bits": str(bits), "kind": "codestream alone"},
            bare,
            suffix=".j2k",
            holds="16 bits" if bits > 8 else "",
        )
    yield cell({"pixels": "RGB", "compression": "lossy"}, _lossy, **LOSSY)
    for layout, options in (("one piece", {}), ("tiles", {"tile": (32, 32)})):

        def high_throughput(original, options=options):
            return codec("htj2k", original.rgb, level=0, reversible=True, **options)

        yield cell({"pixels": "RGB", "kind": "high throughput", "layout": layout}, high_throughput, suffix=".j2k")


def _lossy(original):
    return codec("jpeg2k", original.rgb, level=35, codecformat="jp2", reversible=False)


def _of_channels():
    def swapped(original):
        stream = codestream(original.rgb[..., ::-1].copy(), 8)
        return jp2(stream, 3, 8, colours=SRGB, channels=((0, 0, 3), (1, 0, 2), (2, 0, 1)))

    def untold(original):
        stream = codestream(np.dstack([original.rgb, original.cut]), 8)
        return jp2(stream, 4, 8, colours=SRGB, channels=((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 65535, 65535)))

    def palette(original):
        indices, table = original.indexed(256)
        entries = box(b"pclr", struct.pack(">HB3B", 256, 3, 7, 7, 7), table.tobytes())
        mapped = box(b"cmap", *(struct.pack(">HBB", 0, 1, k) for k in range(3)))
        return jp2(codestream(indices, 8), 1, 8, colours=SRGB, more=(entries, mapped))

    def ycc(original):
        picture = original.rgb.astype(float)
        luma = picture @ [0.299, 0.587, 0.114]
        planes = [luma, (picture[..., 2] - luma) / 1.772 + 128, (picture[..., 0] - luma) / 1.402 + 128]
        return jp2(codestream(np.rint(np.dstack(planes)).clip(0, 255), 8), 3, 8, colours=SYCC)

    yield cell({"channels": "red and blue have changed places, and it says so"}, swapped)
    yield cell({"channels": "a fourth of no meaning"}, untold)
    yield cell({"channels": "palette"}, palette, lambda o: o.shown_indexed(256))
    yield cell({"channels": "sYCC"}, ycc, most=4.0, mean=1.0, holds="sYCC")


CELLS = [*_of_pixels(), *_of_channels()]
