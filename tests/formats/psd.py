"""PSD: modes, depths, compressions, and what a channel more is."""

import itertools
import struct

import numpy as np
from formats import colours
from formats.cell import Cell
from formats.colours import SRGB_CURVE, linear
from formats.originals import HEIGHT, WIDTH, over_white

BITMAP, GREY, INDEXED, RGB, CMYK, MULTICHANNEL, DUOTONE, LAB = 0, 1, 2, 3, 4, 7, 8, 9


def psd(channels, mode, bits, *, n_layers=0, packed=False, colours=b"", big=False, resources=b""):
    """Return a PSD of channels, shape (n, height, width), and of one layer where `n_layers` is 1, or -1: with alpha."""
    header = b"8BPS" + struct.pack(">H6xHIIHH", 2 if big else 1, len(channels), HEIGHT, WIDTH, bits, mode)
    length = ">Q" if big else ">I"
    layers = _layer(channels, n_layers, length) if n_layers else b""
    parts = struct.pack(">I", len(colours)) + colours + struct.pack(">I", len(resources)) + resources
    parts += struct.pack(length, len(layers)) + layers
    rows = [_row(row, bits) for channel in channels for row in channel]
    if not packed:
        return header + parts + b"\0\0" + b"".join(rows)
    rows = [b"".join(bytes([len(part) - 1]) + part for part in _parts(row)) for row in rows]
    sizes = struct.pack(f">{len(rows)}{'I' if big else 'H'}", *map(len, rows))
    return header + parts + b"\0\1" + sizes + b"".join(rows)


def _layer(channels, n_layers, length):
    """Return the section of layers, with one that holds the picture."""
    places = (-1 if n_layers < 0 and k == len(channels) - 1 else k for k in range(len(channels)))
    channels = channels if n_layers < 0 else channels[:-1]
    data = [b"\0\0" + b"".join(_row(row, 8) for row in channel) for channel in channels]
    record = struct.pack(">4IH", 0, 0, HEIGHT, WIDTH, len(channels))
    record += b"".join(struct.pack(">hI", place, len(part)) for place, part in zip(places, data, strict=False))
    record += b"8BIMnorm" + struct.pack(">BBBxI", 255, 0, 0, 12) + bytes(8) + b"\1a\0\0"
    body = struct.pack(">h", n_layers) + record + b"".join(data)
    body += bytes(-len(body) % 2)
    return struct.pack(length, len(body)) + body + bytes(4)


def _parts(row):
    return [row[k : k + 128] for k in range(0, len(row), 128)]


def _row(row, bits):
    if bits == 1:
        return np.packbits(row.astype(bool)).tobytes()
    if bits == 32:
        return row.astype(">f4").tobytes()
    return row.astype(f">u{bits // 8}").tobytes()


def cell(variant, written, shown=lambda original: original.rgb, **more):
    return Cell("PSD", variant, more.pop("suffix", ".psd"), written, shown, **more)


def _planes(picture):
    return np.moveaxis(picture if picture.ndim == 3 else picture[..., np.newaxis], -1, 0)


def _of_modes():
    for packed in (False, True):
        how = {"compression": "PackBits" if packed else "none"}

        def bitmap(original, packed=packed):
            return psd(_planes(~original.bits), BITMAP, 1, packed=packed)

        yield cell({"mode": "bitmap", "bits": "1"} | how, bitmap, lambda o: o.bits.astype(np.uint8) * 255)
        for (mode, code), bits in itertools.product((("grey", GREY), ("RGB", RGB), ("duotone", DUOTONE)), (8, 16, 32)):
            if mode == "duotone" and bits != 8:
                continue

            def plain(original, code=code, bits=bits, packed=packed):
                picture = original.rgb if code == RGB else original.grey
                samples = linear(picture / 255.0, SRGB_CURVE) if bits == 32 else original.deep(bits, picture)
                return psd(_planes(samples), code, bits, packed=packed, colours=b"duo" if code == DUOTONE else b"")

            shown = (lambda o: o.rgb) if mode == "RGB" else (lambda o: o.grey)
            holds = f"{bits} bits" if bits > 8 else ""
            yield cell({"mode": mode, "bits": str(bits)} | how, plain, shown, holds=holds)

        def indexed(original, packed=packed):
            indices, table = original.indexed(256)
            return psd(_planes(indices), INDEXED, 8, packed=packed, colours=table.T.tobytes())

        yield cell({"mode": "indexed", "bits": "8"} | how, indexed, lambda o: o.shown_indexed(256))

        def cmyk(original, packed=packed):  # 0 is full ink
            planes = np.concatenate([_planes(original.rgb), np.full((1, HEIGHT, WIDTH), 255)])
            return psd(planes, CMYK, 8, packed=packed)

        yield cell({"mode": "CMYK", "bits": "8"} | how, cmyk, most=3.0, mean=1.5, holds="CMYK")


def _of_more_channels():
    for (mode, code), packed, (what, n_layers) in itertools.product(
        (("RGB", RGB), ("grey", GREY)),
        (False, True),
        (("a saved selection", 0), ("a saved selection, beside a layer", 1), ("transparency", -1)),
    ):

        def written(original, code=code, packed=packed, n_layers=n_layers):
            planes = _planes(original.rgb if code == RGB else original.grey)
            return psd(np.concatenate([planes, original.cut[np.newaxis]]), code, 8, n_layers=n_layers, packed=packed)

        def shown(original, code=code, n_layers=n_layers):
            picture = original.rgb if code == RGB else original.grey
            return over_white(picture, original.cut) if n_layers < 0 else picture

        how = "PackBits" if packed else "none"
        yield cell({"mode": mode, "one channel more": what, "compression": how}, written, shown)

    for packed in (False, True):
        how = {"compression": "PackBits" if packed else "none"}

        def five(original, packed=packed):
            planes = np.concatenate([_planes(original.rgb), np.stack([original.cut, original.alpha])])
            return psd(planes, RGB, 8, packed=packed)

        def alpha_and_selection(original, packed=packed):
            planes = np.concatenate([_planes(original.rgb), np.stack([original.cut, original.alpha])])
            return psd(planes, RGB, 8, n_layers=-1, packed=packed)

        def cmyk(original, packed=packed):
            planes = [_planes(original.rgb), np.full((1, HEIGHT, WIDTH), 255), original.cut[np.newaxis]]
            return psd(np.concatenate(planes), CMYK, 8, packed=packed)

        cut = lambda o: over_white(o.rgb, o.cut)  # noqa: E731
        more = "one channel more", "a saved selection"
        yield cell({"mode": "RGB", "two channels more": "saved selections"} | how, five)
        yield cell({"mode": "RGB", "two channels more": "transparency, a selection"} | how, alpha_and_selection, cut)
        yield cell({"mode": "CMYK", more[0]: more[1]} | how, cmyk, most=3.0, mean=1.5, holds="CMYK")

    for bits, big in itertools.product((8, 16), (False, True)):

        def with_profile(original, bits=bits, big=big):
            name, profile = b"\3abc", colours.profile(colours.P3, SRGB_CURVE)
            block = b"8BIM" + struct.pack(">H", 1039) + b"\0\0" + struct.pack(">I", len(profile)) + profile
            other = b"8BIM" + struct.pack(">H", 1028) + name + struct.pack(">I", 3) + b"xyz\0"
            resources = other + block + bytes(len(block) % 2)
            return psd(_planes(original.deep(bits)), RGB, bits, packed=True, big=big, resources=resources)

        wide = lambda o: colours.shown(o.rgb, colours.P3, SRGB_CURVE)  # noqa: E731
        variant = {"mode": "RGB", "bits": str(bits), "profile": "Display P3"} | ({"kind": "PSB"} if big else {})
        holds = "Display P3" if bits == 8 else "P3 deep"
        suffix = ".psb" if big else ".psd"
        yield cell(variant, with_profile, wide, holds=holds, most=4.0, suffix=suffix)

    def large(original):
        return psd(_planes(original.rgb), RGB, 8, packed=True, big=True)

    yield cell({"mode": "RGB", "bits": "8", "kind": "PSB"}, large, suffix=".psb")


CELLS = [*_of_modes(), *_of_more_channels()]
