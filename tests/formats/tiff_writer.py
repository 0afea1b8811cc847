"""A writer of TIFF of our own: every layout, width of numbers and byte order, by the book (TIFF 6.0, BigTIFF)."""

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
from formats.lzw import tiff_lzw

SHORT, LONG, LONG8, RATIONAL, UNDEFINED, BYTE, ASCII = 3, 4, 16, 5, 7, 1, 2
_ITEM = {BYTE: "B", ASCII: "B", SHORT: "H", LONG: "L", LONG8: "Q", UNDEFINED: "B"}

NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS = 1, 5, 8, 32946, 32773
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
PREMULTIPLIED, STRAIGHT, UNTOLD = 1, 2, 0


@dataclass
class Page:
    """One picture of a TIFF.

    `samples`: numbers, shape (height, width) or (height, width, n). `kind`: what they are. `bits`: of a sample; floats
    and numbers of 8, 16, 32 or 64 bits are stored as such, others packed. `tile`, `rows`: of a part, both sides, or the
    rows of a strip. `tags`: more of them, {number: (type, values)}; None leaves one out.
    """

    samples: np.ndarray
    bits: int = 8
    kind: int = UNSIGNED
    photometric: int = BLACK_IS_ZERO
    planar: bool = False
    tile: tuple[int, int] | None = None
    rows: int | None = None
    compression: int = NONE
    predictor: int = 1
    extra: tuple[int, ...] = ()
    fill_order: int = 1
    tags: dict = field(default_factory=dict)


def tiff(*pages, order="<", big=False):
    """Return the bytes of a TIFF file."""
    mark = b"II" if order == "<" else b"MM"
    out = bytearray(mark + struct.pack(order + ("HHHQ" if big else "HL"), *((43, 8, 0, 0) if big else (42, 0))))
    link = 8 if big else 4
    for page in pages:
        link = _put_page(out, page, order, big, link)
    return bytes(out)


def _put_page(out, page, order, big, link):
    parts = [_put(out, part) for part in _parts(page, order)]
    tags = _tags(page, parts)
    pointer, count_of, entry = ("Q", "Q", 8) if big else ("L", "H", 4)
    body = b""
    for number, (kind, values) in sorted(tags.items()):
        data = _values(kind, values, order)
        n_values = len(values) // 2 if kind == RATIONAL else len(values)
        stored = data if len(data) <= entry else struct.pack(order + pointer, _put(out, data)[0])
        body += struct.pack(order + "HH" + pointer, number, kind, n_values) + stored.ljust(entry, b"\0")
    place, _ = _put(out, struct.pack(order + count_of, len(tags)) + body + bytes(entry))
    struct.pack_into(order + pointer, out, link, place)
    return place + len(struct.pack(order + count_of, 0)) + len(body)


def _values(kind, values, order):
    if kind == RATIONAL:
        return struct.pack(f"{order}{len(values)}L", *values)
    return struct.pack(f"{order}{len(values)}{_ITEM[kind]}", *values)


def _put(out, data):
    out.extend(bytes(len(out) % 2))
    out.extend(data)
    return len(out) - len(data), len(data)


def _tags(page, parts):
    height, width, n = _cube(page.samples).shape
    tags = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [page.bits] * n),
        259: (SHORT, [page.compression]),
        262: (SHORT, [page.photometric]),
        277: (SHORT, [n]),
        284: (SHORT, [2 if page.planar else 1]),
        339: (SHORT, [page.kind] * n),
    }
    places, sizes = ([part[k] for part in parts] for k in (0, 1))
    if page.tile:
        tags |= {322: (LONG, [page.tile[1]]), 323: (LONG, [page.tile[0]]), 324: (LONG, places), 325: (LONG, sizes)}
    else:
        tags |= {273: (LONG, places), 278: (LONG, [page.rows or height]), 279: (LONG, sizes)}
    if page.extra:
        tags[338] = (SHORT, page.extra)
    if page.predictor != 1:
        tags[317] = (SHORT, [page.predictor])
    if page.fill_order != 1:
        tags[266] = (SHORT, [page.fill_order])
    return {number: value for number, value in (tags | page.tags).items() if value is not None}


def _cube(samples):
    return samples if samples.ndim == 3 else samples[..., np.newaxis]


def _parts(page, order):
    """Yield the bytes of the strips or tiles, plane by plane."""
    cube = _cube(page.samples)
    planes = [cube[..., k : k + 1] for k in range(cube.shape[2])] if page.planar else [cube]
    for plane in planes:
        for part in _pieces(plane, page):
            yield _compressed(_encoded(part, page, order), page)


def _pieces(plane, page):
    height, width = plane.shape[:2]
    if not page.tile:
        rows = page.rows or height
        yield from (plane[top : top + rows] for top in range(0, height, rows))
        return
    down, across = page.tile
    padded = np.pad(plane, ((0, -height % down), (0, -width % across), (0, 0)), mode="edge")
    for top in range(0, height, down):
        for left in range(0, width, across):
            yield padded[top : top + down, left : left + across]


def _encoded(part, page, order):
    if page.kind == FLOAT:
        numbers = part.astype(f"f{page.bits // 8}")
        if page.predictor == 3:
            return _float_predicted(numbers)
        return numbers.astype(numbers.dtype.newbyteorder(order)).tobytes()
    if page.bits in (8, 16, 32, 64):
        numbers = part.astype(np.int64 if page.kind == SIGNED else np.uint64).astype(f"u{page.bits // 8}")
        if page.predictor == 2:
            numbers = numbers.copy()
            numbers[:, 1:] -= numbers[:, :-1].copy()
        return numbers.astype(numbers.dtype.newbyteorder(order)).tobytes()
    return packed_bits(part.reshape(len(part), -1), page.bits)


def packed_bits(rows, bits):
    """Return rows of numbers packed without gaps, the highest bit first; every row begins with a byte."""
    numbers = rows.astype(np.uint64)[..., np.newaxis] >> np.arange(bits - 1, -1, -1, dtype=np.uint64)
    return np.packbits((numbers & np.uint64(1)).astype(np.uint8).reshape(len(rows), -1), axis=1).tobytes()


def _float_predicted(numbers):
    """Return floats as predictor 3 has them: bytes of one weight together, highest first, and what each row adds."""
    height, width, n = numbers.shape
    size = numbers.dtype.itemsize
    stored = numbers.astype(numbers.dtype.newbyteorder(">")).reshape(height, -1)
    by_weight = stored.view(np.uint8).reshape(height, width * n, size).transpose(0, 2, 1).reshape(height, -1).copy()
    by_weight[:, n:] -= by_weight[:, :-n].copy()
    return by_weight.tobytes()


def _compressed(data, page):
    stored = _squeezed(data, page)
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in stored) if page.fill_order == 2 else stored


def _squeezed(data, page):
    if page.compression in (DEFLATE, OLD_DEFLATE):
        return zlib.compress(data)
    if page.compression == LZW:
        return tiff_lzw(data)
    if page.compression == PACKBITS:
        return b"".join(bytes([len(part) - 1]) + part for part in (data[k : k + 128] for k in range(0, len(data), 128)))
    return data
