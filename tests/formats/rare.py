"""Formats that are rare by now: PCX, DCX, SGI, Sun raster, XBM, XPM, QOI, DDS, ICNS, and others that Pillow knows."""

import itertools
import struct

import numpy as np
from formats.cell import Cell
from formats.originals import HEIGHT, WIDTH, over_white
from formats.png import RGB, RGBA, png
from formats.writers import magick


def cell(format, variant, suffix, written, shown=lambda original: original.rgb, **more):  # noqa: A002
    return Cell(format, variant, suffix, written, shown, **more)


_GREY = lambda original: original.grey  # noqa: E731
_BITS = lambda original: original.bits.astype(np.uint8) * 255  # noqa: E731
_FEW = lambda original: original.shown_indexed(256)  # noqa: E731


def pcx(planes, bits, *, palette=None, few=None):
    """Return a PCX of planes, shape (n, height, width): rows of all planes one after another, in runs of one."""
    per_line = (WIDTH * bits + 7) // 8
    per_line += per_line % 2
    head = struct.pack("<BBBBHHHHHH", 10, 5, 1, bits, 0, 0, WIDTH - 1, HEIGHT - 1, 72, 72)
    head += (b"" if few is None else few.tobytes()).ljust(48, b"\0")
    head += struct.pack("<BBHH", 0, len(planes), per_line, 1)
    data = b""
    for row in np.swapaxes(planes, 0, 1):
        for plane in row:
            packed = np.packbits(plane.astype(bool)).tobytes() if bits == 1 else plane.tobytes()
            for byte in packed.ljust(per_line, b"\0"):
                data += bytes([0xC1, byte]) if byte >= 0xC0 else bytes([byte])
    table = b"" if palette is None else b"\x0c" + palette.tobytes()
    return head.ljust(128, b"\0") + data + table


def _of_pcx():
    def indexed(original):
        indices, table = original.indexed(256)
        return pcx(indices[np.newaxis], 8, palette=table)

    def grey(original):
        ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 3, axis=1)
        return pcx(original.grey[np.newaxis], 8, palette=ramp)

    def sixteen(original):
        indices, table = original.indexed(16)
        return pcx(np.stack([indices >> k & 1 for k in range(4)]), 1, few=table)

    def dcx(original):
        first, second = (pcx(np.moveaxis(each, -1, 0), 8) for each in (original.rgb, original.rgb[:, ::-1]))
        head = struct.pack("<4I", 0x3ADE68B1, 16, 16 + len(first), 0)
        return head + first + second

    yield cell("PCX", {"pixels": "RGB"}, ".pcx", lambda o: pcx(np.moveaxis(o.rgb, -1, 0), 8))
    yield cell("PCX", {"pixels": "palette of 256"}, ".pcx", indexed, _FEW)
    yield cell("PCX", {"pixels": "grey"}, ".pcx", grey, _GREY)
    yield cell("PCX", {"pixels": "palette of 16, in planes"}, ".pcx", sixteen, lambda o: o.shown_indexed(16))
    yield cell(
        "PCX",
        {"pixels": "black and white"},
        ".pcx",
        lambda o: pcx(o.bits[np.newaxis], 1, few=np.array([[0] * 3, [255] * 3], np.uint8)),
        _BITS,
    )
    yield cell("DCX", {"pages": "two"}, ".dcx", dcx, holds="pages")


def sgi(planes, n_bytes, *, packed):
    """Return an SGI picture of planes, shape (n, height, width); the lowest row first."""
    n = len(planes)
    head = struct.pack(
        ">HBBHHHHII", 474, int(packed), n_bytes, 3 if n > 1 else 2, WIDTH, HEIGHT, n, 0, 256**n_bytes - 1
    )
    rows = [row.astype(f">u{n_bytes}") for plane in planes for row in plane[::-1]]
    if not packed:
        return head.ljust(512, b"\0") + b"".join(row.tobytes() for row in rows)
    item = f">u{n_bytes}"
    data = [np.concatenate([[0x80 | WIDTH], row, [0]]).astype(item).tobytes() for row in rows]
    starts = 512 + 8 * len(rows) + np.concatenate([[0], np.cumsum([len(row) for row in data])[:-1]])
    tables = struct.pack(f">{len(rows)}I", *starts) + struct.pack(f">{len(rows)}I", *map(len, data))
    return head.ljust(512, b"\0") + tables + b"".join(data)


def _of_sgi():
    for name, n_bytes, packed in itertools.product(("grey", "RGB", "RGBA"), (1, 2), (False, True)):

        def written(original, name=name, n_bytes=n_bytes, packed=packed):
            picture = original.grey[..., np.newaxis] if name == "grey" else original.rgb
            numbers = original.deep(8 * n_bytes, picture)
            if name == "RGBA":
                numbers = np.dstack([numbers, original.alpha.astype(np.uint64) * (257 if n_bytes == 2 else 1)])
            return sgi(np.moveaxis(numbers, -1, 0), n_bytes, packed=packed)

        def shown(original, name=name):
            picture = original.grey if name == "grey" else original.rgb
            return over_white(picture, original.alpha) if name == "RGBA" else picture

        variant = {"pixels": name, "bits": str(8 * n_bytes), "compression": "RLE" if packed else "none"}
        suffix = ".sgi" if name != "RGB" else ".rgb"
        yield cell("SGI", variant, suffix, written, shown, most=2.0, holds="16 bits" if n_bytes == 2 else "")


def sun(rows, bits, *, kind=1, palette=None):
    table = b"" if palette is None else palette.T.tobytes()
    return (
        struct.pack(">8I", 0x59A66A95, WIDTH, HEIGHT, bits, len(rows), kind, int(palette is not None), len(table))
        + table
        + rows
    )


def _even(rows):
    flat = rows.reshape(HEIGHT, -1)
    return np.pad(flat, ((0, 0), (0, flat.shape[1] % 2))).tobytes()


def _sun_runs(data):
    return b"".join(b"\x80\0" if byte == 0x80 else bytes([byte]) for byte in data)


def _of_sun():
    def indexed(original):
        indices, table = original.indexed(256)
        return sun(_even(indices), 8, palette=table)

    yield cell("Sun raster", {"pixels": "RGB"}, ".ras", lambda o: sun(_even(o.rgb[..., ::-1].copy()), 24))
    yield cell(
        "Sun raster",
        {"pixels": "RGB", "compression": "RLE"},
        ".ras",
        lambda o: sun(_sun_runs(_even(o.rgb[..., ::-1].copy())), 24, kind=2),
    )
    for name, numbers in (("grey", lambda o: o.grey), ("palette", lambda o: o.indexed(256))):

        def in_runs(original, numbers=numbers):
            found = numbers(original)
            indices, table = found if isinstance(found, tuple) else (found, None)
            return sun(_sun_runs(_even(indices)), 8, kind=2, palette=table)

        variant = {"pixels": name, "compression": "RLE"}
        yield cell("Sun raster", variant, ".ras", in_runs, _GREY if name == "grey" else _FEW)
    yield cell("Sun raster", {"pixels": "RGB, in that order"}, ".ras", lambda o: sun(_even(o.rgb), 24, kind=3))
    yield cell("Sun raster", {"pixels": "grey"}, ".ras", lambda o: sun(_even(o.grey), 8), _GREY)
    yield cell("Sun raster", {"pixels": "palette"}, ".ras", indexed, _FEW)
    yield cell(
        "Sun raster",
        {"pixels": "black and white"},
        ".ras",
        lambda o: sun(_even(np.packbits(~o.bits, axis=1)), 1),
        _BITS,
    )


def _of_x():
    def xbm(original):
        rows = np.packbits(~original.bits, axis=1, bitorder="little")
        numbers = ",".join(f"{byte:#04x}" for byte in rows.ravel())
        head = f"#define a_width {WIDTH}\n#define a_height {HEIGHT}\nstatic char a_bits[] = {{\n"
        return f"{head}{numbers}}};\n".encode()

    def xpm(original, key=False):
        indices, table = original.indexed(64)
        letters = np.array([chr(48 + k) for k in range(64)])
        letters[letters == "\\"] = "~"
        if key:
            indices = np.where(original.cut > 0, indices, 63)
        colours = [
            f'"{letter} c #{red:02X}{green:02X}{blue:02X}"'
            for letter, (red, green, blue) in zip(letters, table, strict=True)
        ]
        colours[63] = f'"{letters[63]} c None"' if key else colours[63]
        rows = [f'"{"".join(row)}"' for row in letters[indices]]
        lines = ",\n".join([f'"{WIDTH} {HEIGHT} 64 1"', *colours, *rows])
        return f"/* XPM */\nstatic char *a[] = {{\n{lines}\n}};\n".encode()

    def seen(original):
        indices, table = original.indexed(64)
        alpha = np.where((original.cut > 0) & (indices != 63), 255, 0)
        return over_white(table[indices], alpha)

    yield cell("XBM", {"pixels": "black and white"}, ".xbm", xbm, _BITS)
    yield cell("XPM", {"pixels": "64 colours"}, ".xpm", xpm, lambda o: o.shown_indexed(64))
    yield cell("XPM", {"pixels": "64 colours, one transparent"}, ".xpm", lambda o: xpm(o, key=True), seen, holds="key")


def _of_textures():
    def qoi(original, alpha=False):
        pixels = np.dstack([original.rgb, original.alpha]) if alpha else original.rgb
        mark = b"\xff" if alpha else b"\xfe"
        body = b"".join(mark + pixel.tobytes() for pixel in pixels.reshape(-1, pixels.shape[2]))
        return b"qoif" + struct.pack(">IIBB", WIDTH, HEIGHT, pixels.shape[2], 0) + body + bytes(7) + b"\1"

    def dds(pixels, masks, bits):
        flags = 0x40 | (1 if len(masks) == 4 and masks[3] else 0) if masks[1] else 0x20000
        form = struct.pack("<II4sIIIII", 32, flags, b"", bits, *masks)
        head = struct.pack("<IIIIIII44x", 124, 0x100F, HEIGHT, WIDTH, WIDTH * bits // 8, 0, 0)
        return b"DDS " + head + form + struct.pack("<IIIII", 0x1000, 0, 0, 0, 0) + pixels.tobytes()

    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    smooth = lambda original: over_white(original.rgb, original.alpha)  # noqa: E731
    yield cell("QOI", {"pixels": "RGB"}, ".qoi", qoi)
    yield cell("QOI", {"pixels": "RGBA"}, ".qoi", lambda o: qoi(o, alpha=True), smooth, most=2.0)
    yield cell("DDS", {"pixels": "RGB of 24 bits"}, ".dds", lambda o: dds(o.rgb[..., ::-1].copy(), (*masks[:3], 0), 24))
    yield cell(
        "DDS",
        {"pixels": "RGBA of 32 bits"},
        ".dds",
        lambda o: dds(np.dstack([o.rgb[..., ::-1], o.alpha]), masks, 32),
        smooth,
        most=2.0,
    )
    yield cell("DDS", {"pixels": "grey of 8 bits"}, ".dds", lambda o: dds(o.grey, (0xFF, 0, 0, 0), 8), _GREY)
    for name in ("DXT1", "DXT5"):

        def blocks(original, name=name):
            return magick(
                original.rgb, "-define", f"dds:compression={name.lower()}", "-define", "dds:mipmaps=0", to="dds"
            )

        yield cell("DDS", {"pixels": name}, ".dds", blocks, writer="ImageMagick", most=90.0, mean=5.0)


def _of_icns():
    def padded(picture):
        return np.pad(picture, ((0, 128 - HEIGHT), (0, 128 - WIDTH), *[(0, 0)] * (picture.ndim - 2)), mode="edge")

    def icns(*images):
        body = b"".join(kind + struct.pack(">I", 8 + len(data)) + data for kind, data in images)
        return b"icns" + struct.pack(">I", 8 + len(body)) + body

    def one(original):
        return icns((b"ic07", png(padded(np.dstack([original.rgb, original.alpha])), RGBA, 8)))

    def sizes(original):
        small = png(255 - padded(original.rgb)[:32, :32], RGB, 8)
        return icns((b"ic11", small), (b"ic07", png(padded(original.rgb), RGB, 8)))

    yield cell(
        "ICNS", {"inside": "PNG with alpha"}, ".icns", one, lambda o: padded(over_white(o.rgb, o.alpha)), most=2.0
    )
    yield cell("ICNS", {"inside": "a small picture, then the large one"}, ".icns", sizes, lambda o: padded(o.rgb))


def _of_films_and_brushes():
    def fli(original):
        indices, table = original.indexed(256)
        pixels = struct.pack("<IH", 6 + indices.size, 16) + indices.tobytes()
        chunks = struct.pack("<IH", 6 + 2 + 2 + 768, 4) + struct.pack("<HBB", 1, 0, 0) + table.tobytes() + pixels
        frame = struct.pack("<IHH8x", 16 + len(chunks), 0xF1FA, 2) + chunks
        head = struct.pack("<IHHHHHHI", 128 + len(frame), 0xAF12, 1, WIDTH, HEIGHT, 8, 3, 70).ljust(128, b"\0")
        return head + frame

    def gbr(original):
        name = b"of the tests\0"
        return (
            struct.pack(">IIIII4sI", 28 + len(name), 2, WIDTH, HEIGHT, 4, b"GIMP", 10)
            + name
            + np.dstack([original.rgb, original.cut]).tobytes()
        )

    def pixar(original):
        head = b"\x80\xe8\0\0".ljust(416, b"\0") + struct.pack("<HH", HEIGHT, WIDTH) + struct.pack("<HHHH", 0, 0, 14, 2)
        return head.ljust(1024, b"\0") + original.rgb.tobytes()

    yield cell("FLI", {"film": "of one frame"}, ".flc", fli, _FEW)
    yield cell("GBR", {"pixels": "RGBA"}, ".gbr", gbr, lambda o: over_white(o.rgb, o.cut))
    yield cell("PIXAR", {"pixels": "RGB"}, ".pxr", pixar)


def _of_old_programs():
    def im(pixels):
        kind = "Greyscale" if pixels.ndim == 2 else "RGB"
        lines = f"Image type: {kind} image\r\nImage size (x*y): {WIDTH}*{HEIGHT}\r\nFile size (no of images): 1\r\n"
        rows = pixels[::-1] if pixels.ndim == 2 else np.swapaxes(pixels[::-1], 1, 2)  # of red, green, blue
        return lines.encode().ljust(511, b"\0") + b"\x1a" + rows.tobytes()

    def msp(original):
        words = [*struct.unpack("<2H", b"DanM"), WIDTH, HEIGHT, 1, 1, 1, 1, WIDTH, HEIGHT, 0, 0]
        words.append(int(np.bitwise_xor.reduce(words)))
        return struct.pack("<16H", *words, 0, 0, 0) + np.packbits(original.bits, axis=1).tobytes()

    yield cell("IM", {"pixels": "RGB"}, ".im", lambda o: im(o.rgb))
    yield cell("IM", {"pixels": "grey"}, ".im", lambda o: im(o.grey), _GREY)
    yield cell("MSP", {"pixels": "black and white"}, ".msp", msp, _BITS)


def _refused():
    def eps(original):
        return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 97 65\n" + original.name.encode()

    def exr(original):
        return b"\x76\x2f\x31\x01\2\0\0\0" + original.rgb.tobytes()

    yield cell("PostScript", {"kind": "EPS"}, ".eps", eps, refused="PostScript is not read: make a PNG or JPEG of it")
    yield cell("OpenEXR", {"kind": "start of a file"}, ".exr", exr, refused="OpenEXR is not read|not supported")


CELLS = [
    *_of_pcx(),
    *_of_sgi(),
    *_of_sun(),
    *_of_x(),
    *_of_textures(),
    *_of_icns(),
    *_of_films_and_brushes(),
    *_of_old_programs(),
    *_refused(),
]
