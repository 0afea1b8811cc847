"""AVIF and HEIC: depths, colours, opacity, and what lies beside the pixels: turns, cuts, grids, EXIF.

The pixels come from an encoder; properties of our own are put into the boxes around them (ISO/IEC 14496-12, 23008-12).
"""

import struct

import numpy as np
from formats.cell import LOSSY, Cell
from formats.originals import HEIGHT, WIDTH, over_white
from formats.turns import TURN
from formats.writers import by_path, codec, module

_NEAR = {"most": 60.0, "mean": 2.5}


def boxes(data, start=0, end=None):
    """Return the boxes in a part of a file: (kind, place, length, length of its head)."""
    found, end = [], len(data) if end is None else end
    while start + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, start)
        head = 16 if length == 1 else 8
        length = struct.unpack_from(">Q", data, start + 8)[0] if length == 1 else length or end - start
        found.append((kind, start, length, head))
        start += length
    return found


def box(kind, *parts):
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def with_properties(data, *properties, swap_size=None):
    """Return a HEIF file whose primary picture has more properties: essential ones, applied in this order."""
    (meta,) = (each for each in boxes(data) if each[0] == b"meta")
    inner = {kind: (place, length) for kind, place, length, _ in boxes(data, meta[1] + 12, meta[1] + meta[2])}
    iprp_place, iprp_length = inner[b"iprp"]
    ipco, ipma = (
        data[place : place + length] for _, place, length, _ in boxes(data, iprp_place + 8, iprp_place + iprp_length)
    )
    if swap_size:
        ipco = ipco.replace(
            b"ispe" + bytes(4) + struct.pack(">II", WIDTH, HEIGHT), b"ispe" + bytes(4) + struct.pack(">II", *swap_size)
        )
    n_before = len(boxes(ipco, 8))
    body = ipco[8:] + b"".join(properties)
    iprp = box(
        b"iprp",
        box(b"ipco", body),
        _associated(ipma, _primary(data, inner), range(n_before + 1, n_before + len(properties) + 1)),
    )
    grown = len(iprp) - iprp_length
    out = bytearray(data[:iprp_place] + iprp + data[iprp_place + iprp_length :])
    struct.pack_into(">I", out, meta[1], meta[2] + grown)
    iloc = inner[b"iloc"][0]
    _move(out, iloc + (grown if iloc > iprp_place else 0), iprp_place, grown)
    return bytes(out)


def _primary(data, inner):
    place, _ = inner[b"pitm"]
    return struct.unpack_from(">H" if data[place + 8] == 0 else ">I", data, place + 12)[0]


def _associated(ipma, item, numbers):
    """Return the box of associations with more of them for an item."""
    version, flags = ipma[8], ipma[11]
    wide, out = flags & 1, bytearray(ipma[:16])
    place, n_entries = 16, struct.unpack_from(">I", ipma, 12)[0]
    for _ in range(n_entries):
        form = ">H" if version == 0 else ">I"
        (number,) = struct.unpack_from(form, ipma, place)
        at = place + struct.calcsize(form)
        n = ipma[at]
        stored = ipma[at + 1 : at + 1 + n * (1 + wide)]
        more = (
            b"".join(struct.pack(">H", 0x8000 | k) if wide else bytes([0x80 | k]) for k in numbers)
            if number == item
            else b""
        )
        out += ipma[place:at] + bytes([n + len(more) // (1 + wide)]) + stored + more
        place = at + 1 + n * (1 + wide)
    struct.pack_into(">I", out, 0, len(out))
    return bytes(out)


def _move(out, iloc, after, by):
    """Add to the places of items that lie behind something that has grown."""
    version = out[iloc + 8]
    offset_size, length_size = out[iloc + 12] >> 4, out[iloc + 12] & 15
    base_size, index_size = out[iloc + 13] >> 4, out[iloc + 13] & 15
    number = ">H" if version < 2 else ">I"
    place = iloc + 14
    (n_items,) = struct.unpack_from(number, out, place)
    place += struct.calcsize(number)
    for _ in range(n_items):
        place += struct.calcsize(number)
        method = 0
        if version:
            method = out[place + 1] & 15
            place += 2
        place += 2  # where its data is
        moved = method == 0 and _add(out, place, base_size, after, by)
        place += base_size
        (n_extents,) = struct.unpack_from(">H", out, place)
        place += 2
        for _ in range(n_extents):
            place += index_size if version else 0
            if method == 0 and not moved:
                _add(out, place, offset_size, after, by)
            place += offset_size + length_size


def _add(out, at, size, after, by):
    """Add to a number if it is a place behind `after`; tell whether it is."""
    value = int.from_bytes(out[at : at + size], "big")
    if value > after:
        out[at : at + size] = (value + by).to_bytes(size, "big")
    return value > after


def irot(quarters):
    return box(b"irot", bytes([quarters]))


def imir(axis):
    return box(b"imir", bytes([axis]))


def clap(width, height, left, top):
    """Return the box that cuts a part out of the picture."""
    across, down = 2 * left + width - WIDTH, 2 * top + height - HEIGHT
    return box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, across, 2, down, 2))


_TURNED_BY = {
    2: (imir(1),),
    3: (irot(2),),
    4: (imir(0),),
    5: (irot(1), imir(0)),
    6: (irot(3),),
    7: (irot(3), imir(0)),
    8: (irot(1),),
}
"""Orientations as turns anticlockwise by quarters, and mirrors: 0 exchanges top and bottom, 1 left and right."""


def avif(pixels, **options):
    return codec("avif", np.ascontiguousarray(pixels), **({"level": 92, "speed": 9, "pixelformat": "444"} | options))


def heic(pixels, **options):
    """HEIC by pillow-heif, which reads it, too: nothing else writes it on every machine."""
    pillow_heif, image = module("pillow_heif"), module("PIL.Image")

    def write(path):
        pillow_heif.from_pillow(image.fromarray(pixels)).save(path, quality=92, chroma=444, **options)

    return by_path(".heic", write)


_ENCODERS = {
    "AVIF": (avif, {"suffix": ".avif", "writer": "imagecodecs"}),
    "HEIC": (heic, {"suffix": ".heic", "writer": "pillow-heif", "needs": "pillow_heif"}),
}


def cell(format, variant, written, shown=lambda original: original.rgb, **more):  # noqa: A002
    return Cell(format, variant, written=written, shown=shown, **(_ENCODERS[format][1] | _NEAR | more))


def _of_avif():
    for bits in (8, 10, 12):
        for name in ("RGB", "RGBA", "grey"):

            def written(original, bits=bits, name=name):
                picture = original.grey if name == "grey" else original.rgb
                numbers = original.deep(bits, picture).astype(np.uint8 if bits == 8 else np.uint16)
                if name == "RGBA":
                    alpha = np.rint(original.alpha / 255 * (2**bits - 1))
                    numbers = np.dstack([numbers, alpha]).astype(numbers.dtype)
                options = {"bitspersample": bits}
                if name == "grey":
                    options["pixelformat"] = "400"
                return avif(numbers, **options)

            def shown(original, name=name):
                picture = original.grey if name == "grey" else original.rgb
                return over_white(picture, original.alpha) if name == "RGBA" else picture

            holds = f"{bits} bits" if bits > 8 else ""
            yield cell("AVIF", {"pixels": name, "bits": str(bits)}, written, shown, holds=holds)
    for resolution in ("420", "422"):
        yield cell(
            "AVIF",
            {"pixels": "RGB", "colour resolution": resolution},
            lambda o, r=resolution: avif(o.rgb, pixelformat=r),
            **LOSSY,
        )
    yield cell("AVIF", {"pixels": "RGB", "compression": "lossless"}, lambda o: avif(o.rgb, level=100, matrix=0))

    def film(original):
        return avif(np.stack([original.rgb, original.rgb[:, ::-1]]))

    yield cell("AVIF", {"film": "of two frames"}, film, holds="film")


def _of_heic():
    for name in ("RGB", "RGBA", "grey"):

        def written(original, name=name):
            picture = original.grey if name == "grey" else original.rgb
            return heic(np.dstack([picture, original.alpha]) if name == "RGBA" else picture)

        def shown(original, name=name):
            picture = original.grey if name == "grey" else original.rgb
            return over_white(picture, original.alpha) if name == "RGBA" else picture

        yield cell("HEIC", {"pixels": name, "bits": "8"}, written, shown, **LOSSY)


def _part(original):
    return original.rgb[12:53, 20:81]


def _of_placing():
    for format, (encode, _) in _ENCODERS.items():  # noqa: A001
        off = LOSSY if format == "HEIC" else {}
        for orientation, properties in _TURNED_BY.items():

            def turned(original, encode=encode, orientation=orientation, properties=properties):
                return with_properties(_fixed(encode, TURN[orientation](original.rgb)), *properties)

            yield cell(format, {"turned by irot and imir": f"as EXIF {orientation}"}, turned, **off)

        def cut(original, encode=encode):
            return with_properties(_fixed(encode, original.rgb), clap(61, 41, 20, 12))

        def cut_and_turned(original, encode=encode):
            return with_properties(_fixed(encode, original.rgb), clap(61, 41, 20, 12), irot(1))

        yield cell(format, {"cut by clap": "inside"}, cut, _part, **off)
        yield cell(format, {"cut by clap": "inside, then turned"}, cut_and_turned, lambda o: np.rot90(_part(o)), **off)


def _fixed(encode, pixels):
    return encode(np.ascontiguousarray(pixels))


CELLS = [*_of_avif(), *_of_heic(), *_of_placing()]
