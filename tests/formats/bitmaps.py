"""BMP, DIB, ICO, CUR and TGA."""

import itertools
import struct

import numpy as np
from formats.cell import Cell
from formats.originals import HEIGHT, WIDTH, over_white
from formats.png import RGB, RGBA, png
from formats.tiff_writer import packed_bits

PLAIN, RLE8, RLE4, BITFIELDS = 0, 1, 2, 3
_MASKS = {
    "555": (0x7C00, 0x3E0, 0x1F, 0),
    "565": (0xF800, 0x7E0, 0x1F, 0),
    "888": (0xFF0000, 0xFF00, 0xFF, 0),
    "8888": (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    "8888 in another order": (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
}


def bmp(rows, bits, *, header=40, compression=PLAIN, masks=(), palette=None, top_down=False, size=None, file=True):
    """Return a BMP of packed rows, the last one first unless `top_down`; without its file header a DIB."""
    width, height = (WIDTH, HEIGHT) if size is None else size
    n_colours = 0 if palette is None else len(palette)
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
        table = b"" if palette is None else palette[:, ::-1].tobytes()
    else:
        tall = -height if top_down else height
        info = struct.pack(
            "<IiiHHIIiiII", header, width, tall, 1, bits, compression, len(rows), 2835, 2835, n_colours, 0
        )
        masked = struct.pack("<4I", *masks) if masks else b""
        if header == 40:
            info += masked[:12]
        else:
            info = (info + masked).ljust(header, b"\0")
            if header >= 108:  # the colours are those of sRGB
                info = info[:56] + b"BGRs" + info[60:]
        table = b"" if palette is None else np.pad(palette[:, ::-1], ((0, 0), (0, 1))).tobytes()
    start = 14 + len(info) + len(table)
    head = b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) if file else b""
    return head + info + table + rows


def rows_of(samples, bits, *, top_down=False):
    """Return the rows of indices or of bytes, each filled up to four."""
    ordered = samples if top_down else samples[::-1]
    flat = ordered.reshape(len(ordered), -1)
    per_row = flat.shape[1] * bits
    packed = packed_bits(flat, bits)
    n_bytes = (per_row + 7) // 8
    rows = np.frombuffer(packed, np.uint8).reshape(len(flat), n_bytes)
    return np.pad(rows, ((0, 0), (0, -n_bytes % 4))).tobytes()


def _rle8(indices):
    rows = b""
    for row in indices[::-1]:
        for k, index in enumerate(row[: WIDTH // 2]):  # by runs of one
            rows += bytes([1, index])
            assert k < 255
        rest = row[WIDTH // 2 :].tobytes()
        rows += bytes([0, len(rest)]) + rest + bytes(len(rest) % 2) + b"\0\0"
    return rows + b"\0\1"


def _rle4(indices):
    rows = b""
    for row in indices[::-1]:
        rows += b"".join(bytes([1, index << 4]) for index in row) + b"\0\0"
    return rows + b"\0\1"


def cell(format, variant, suffix, written, shown=lambda original: original.rgb, **more):  # noqa: A002
    return Cell(format, variant, suffix, written, shown, **more)


def _words(original, masks, bits, alpha=None):
    """Return pixels as numbers of 16 or 32 bits whose parts lie where the masks say."""
    picture = original.rgb if alpha is None else np.dstack([original.rgb, alpha])
    words = np.zeros((HEIGHT, WIDTH), np.uint64)
    for k, mask in enumerate(masks[: picture.shape[2]]):
        low = (mask & -mask).bit_length() - 1
        top = mask >> low
        words |= np.rint(picture[..., k] / 255 * top).astype(np.uint64) << np.uint64(low)
    return words.astype(f"<u{bits // 8}")


def _bmp_of_words(words, bits, **more):
    top_down = more.get("top_down", False)
    rows = (words if top_down else words[::-1]).view(np.uint8).reshape(HEIGHT, -1)
    return bmp(np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4))).tobytes(), bits, **more)


def _coarse(masks):
    tops = [mask >> ((mask & -mask).bit_length() - 1) for mask in masks[:3]]
    return lambda original: np.rint(np.rint(original.rgb / 255 * tops) * 255 / tops).astype(np.uint8)


def _of_bmp():
    for bits, header in itertools.product((1, 4, 8), (12, 40, 108, 124)):

        def palette(original, bits=bits, header=header):
            indices, table = original.indexed(2**bits)
            return bmp(rows_of(indices, bits), bits, header=header, palette=table)

        shown = lambda original, bits=bits: original.shown_indexed(2**bits)  # noqa: E731
        yield cell("BMP", {"pixels": "palette", "bits": str(bits), "header": str(header)}, ".bmp", palette, shown)
    for top_down, header in itertools.product((False, True), (12, 40, 108, 124)):
        if top_down and header == 12:
            continue

        def plain(original, header=header, top_down=top_down):
            return bmp(rows_of(original.rgb[..., ::-1], 8, top_down=top_down), 24, header=header, top_down=top_down)

        rows = "the first first" if top_down else "the last first"
        yield cell("BMP", {"pixels": "RGB", "bits": "24", "header": str(header), "rows": rows}, ".bmp", plain)
    for name, encode, bits in (("RLE8", _rle8, 8), ("RLE4", _rle4, 4)):

        def runs(original, encode=encode, bits=bits):
            indices, table = original.indexed(2**bits)
            return bmp(encode(indices), bits, compression=RLE8 if bits == 8 else RLE4, palette=table)

        shown = lambda original, bits=bits: original.shown_indexed(2**bits)  # noqa: E731
        yield cell("BMP", {"pixels": "palette", "bits": str(bits), "compression": name}, ".bmp", runs, shown)
    for name, masks in _MASKS.items():
        bits = 16 if name in ("555", "565") else 32
        with_alpha = name.startswith("8888")
        for header in (40, 108) if not with_alpha else (56, 108):

            def fields(original, masks=masks, bits=bits, header=header, with_alpha=with_alpha):
                words = _words(original, masks, bits, original.alpha if with_alpha else None)
                return _bmp_of_words(words, bits, header=header, compression=BITFIELDS, masks=masks)

            shown = (lambda original: over_white(original.rgb, original.alpha)) if with_alpha else _coarse(masks)
            variant = {"pixels": "RGBA" if with_alpha else "RGB", "bits": f"{bits} ({name})", "header": str(header)}
            yield cell("BMP", variant, ".bmp", fields, shown, most=2.0)
    for name, fourth in (("0", 0), ("of any number", 77)):

        def unused(original, fourth=fourth):
            words = _words(original, _MASKS["8888"], 32, np.full((HEIGHT, WIDTH), fourth))
            return _bmp_of_words(words, 32)

        yield cell("BMP", {"pixels": "RGB", "bits": "32", "fourth byte": name}, ".bmp", unused)

    def plain_555(original):
        return _bmp_of_words(_words(original, _MASKS["555"], 16), 16)

    yield cell(
        "BMP", {"pixels": "RGB", "bits": "16, without masks"}, ".bmp", plain_555, _coarse(_MASKS["555"]), most=2.0
    )

    def dib(original):
        return bmp(rows_of(original.rgb[..., ::-1], 8), 24, file=False)

    yield cell("DIB", {"pixels": "RGB", "bits": "24"}, ".dib", dib)


def _icon(images, kind=1):
    """Return an ICO, or a CUR, of images: (width, height, bits, bytes)."""
    place, head, body = 6 + 16 * len(images), struct.pack("<HHH", 0, kind, len(images)), b""
    for width, height, bits, data in images:
        middle = (1, bits) if kind == 1 else (0, 0)
        head += struct.pack("<BBBBHHII", width, height, 0, 0, *middle, len(data), place + len(body))
        body += data
    return head + body


def _icon_bitmap(samples, bits, mask, palette=None):
    """Return a DIB as icons hold it: twice as high, with the mask of what is transparent behind it."""
    rows = rows_of(samples, min(bits, 8)) + rows_of(mask.astype(np.uint8), 1)
    return bmp(rows, bits, palette=palette, size=(WIDTH, 2 * HEIGHT), file=False)


def _of_icons():
    nowhere = np.zeros((HEIGHT, WIDTH), bool)

    def with_png(original):
        return _icon([(WIDTH, HEIGHT, 32, png(np.dstack([original.rgb, original.alpha]), RGBA, 8))])

    def with_32(original):
        pixels = np.dstack([original.rgb[..., ::-1], original.alpha])
        return _icon([(WIDTH, HEIGHT, 32, _icon_bitmap(pixels, 32, nowhere))])

    def with_24(original):
        return _icon([(WIDTH, HEIGHT, 24, _icon_bitmap(original.rgb[..., ::-1], 24, original.cut == 0))])

    def with_8(original):
        indices, table = original.indexed(256)
        return _icon([(WIDTH, HEIGHT, 8, _icon_bitmap(indices, 8, original.cut == 0, table))])

    def of_sizes(original):
        small = png(255 - original.rgb[:32, :32], RGB, 8)
        return _icon([(32, 32, 24, small), (WIDTH, HEIGHT, 24, png(original.rgb, RGB, 8))])

    def cursor(original):
        return _icon([(WIDTH, HEIGHT, 24, _icon_bitmap(original.rgb[..., ::-1], 24, original.cut == 0))], kind=2)

    def with_unused_fourth(original):
        pixels = np.dstack([original.rgb[..., ::-1], np.zeros_like(original.cut)])
        return _icon([(WIDTH, HEIGHT, 32, _icon_bitmap(pixels, 32, original.cut == 0))])

    def of_depths(original):
        few, many = original.indexed(16), _icon_bitmap(original.rgb[..., ::-1], 24, nowhere)
        images = [(WIDTH, HEIGHT, 4, _icon_bitmap(few[0], 4, nowhere, few[1])), (WIDTH, HEIGHT, 24, many)]
        return _icon(images), _icon(images[::-1])

    def cursor_of_32(original):
        pixels = np.dstack([original.rgb[..., ::-1], original.alpha])
        return _icon([(WIDTH, HEIGHT, 32, _icon_bitmap(pixels, 32, nowhere))], kind=2)

    smooth = lambda original: over_white(original.rgb, original.alpha)  # noqa: E731
    cut = lambda original: over_white(original.rgb, original.cut)  # noqa: E731
    few = lambda original: over_white(original.shown_indexed(256), original.cut)  # noqa: E731
    yield cell("ICO", {"inside": "PNG with alpha"}, ".ico", with_png, smooth, most=2.0)
    yield cell("ICO", {"inside": "bitmap of 32 bits"}, ".ico", with_32, smooth, most=2.0)
    yield cell("ICO", {"inside": "bitmap of 24 bits and mask"}, ".ico", with_24, cut)
    yield cell("ICO", {"inside": "bitmap of 8 bits and mask"}, ".ico", with_8, few)
    yield cell("ICO", {"inside": "a small picture, then the large one"}, ".ico", of_sizes)
    yield cell("ICO", {"inside": "bitmap of 32 bits and mask, 0 in the fourth byte"}, ".ico", with_unused_fourth, cut)
    yield cell("ICO", {"inside": "16 colours, then all of them"}, ".ico", lambda o: of_depths(o)[0])
    yield cell("ICO", {"inside": "all colours, then 16 of them"}, ".ico", lambda o: of_depths(o)[1])
    yield cell("CUR", {"inside": "bitmap of 24 bits and mask"}, ".cur", cursor, cut)
    yield cell("CUR", {"inside": "bitmap of 32 bits"}, ".cur", cursor_of_32, smooth, most=2.0)


def tga(pixels, kind, bits, *, attributes=0, origin=0x20, palette=None, packed=False):
    """Return a TGA of pixels as they lie in it: shape (height, width, bytes of a pixel), the first row first."""
    ordered = pixels if origin & 0x20 else pixels[::-1]
    ordered = ordered[:, ::-1] if origin & 0x10 else ordered
    n, table = (0, b"") if palette is None else (len(palette), palette[:, ::-1].tobytes())
    header = struct.pack(
        "<BBBHHBHHHHBB",
        0,
        int(n > 0),
        kind + 8 * packed,
        0,
        n,
        24 if n else 0,
        0,
        0,
        WIDTH,
        HEIGHT,
        bits,
        origin | attributes,
    )
    if not packed:
        return header + table + ordered.tobytes()
    data = b""
    for row in ordered:
        for start in range(0, WIDTH, 128):
            piece = row[start : start + 128]
            data += bytes([len(piece) - 1]) + piece.tobytes()
    return header + table + data


def _of_tga():
    origins = {"top left": 0x20, "bottom left": 0, "top right": 0x30, "bottom right": 0x10}
    for packed, (where, origin) in itertools.product((False, True), origins.items()):

        def rgb(original, packed=packed, origin=origin):
            return tga(original.rgb[..., ::-1].copy(), 2, 24, origin=origin, packed=packed)

        how = "RLE" if packed else "none"
        yield cell("TGA", {"pixels": "RGB", "bits": "24", "begins": where, "compression": how}, ".tga", rgb)
    for packed in (False, True):
        how = {"compression": "RLE" if packed else "none"}

        def grey(original, packed=packed):
            return tga(original.grey[..., np.newaxis], 3, 8, packed=packed)

        def indexed(original, packed=packed):
            indices, table = original.indexed(256)
            return tga(indices[..., np.newaxis], 1, 8, palette=table, packed=packed)

        def fine(original, packed=packed):
            words = _words(original, _MASKS["555"], 16)[..., np.newaxis]
            return tga(words, 2, 16, packed=packed)

        yield cell("TGA", {"pixels": "grey", "bits": "8"} | how, ".tga", grey, lambda o: o.grey)
        yield cell("TGA", {"pixels": "palette", "bits": "8"} | how, ".tga", indexed, lambda o: o.shown_indexed(256))
        yield cell(
            "TGA", {"pixels": "RGB", "bits": "16"} | how, ".tga", fine, _coarse(_MASKS["555"]), most=4.0, mean=2.0
        )
        for name, attributes in (("8 bits of alpha", 8), ("no alpha, 0 in the fourth byte", 0)):

            def rgba(original, attributes=attributes, packed=packed):
                alpha = original.alpha if attributes else np.zeros((HEIGHT, WIDTH), np.uint8)
                pixels = np.dstack([original.rgb[..., ::-1], alpha])
                return tga(pixels, 2, 32, attributes=attributes, packed=packed)

            shown = (lambda o: over_white(o.rgb, o.alpha)) if attributes else (lambda o: o.rgb)
            yield cell("TGA", {"pixels": "RGB", "bits": "32", "says": name} | how, ".tga", rgba, shown, most=2.0)


CELLS = [*_of_bmp(), *_of_icons(), *_of_tga()]
