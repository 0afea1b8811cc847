"""TIFFs written byte by byte, of kinds that no library writes, or that the one that reads them writes."""

import struct

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, ORIENTATION, N_SAMPLES = (
    256,
    257,
    258,
    259,
    262,
    266,
    274,
    277,
)
SUBFILE_TYPE, OLD_SUBFILE_TYPE, ROWS, PLANAR, COLOUR_MAP = 254, 255, 278, 284, 320
TILE_WIDTH, TILE_HEIGHT, INK_SET, EXTRA, SAMPLE_FORMAT, SUBSAMPLING, REFERENCE = 322, 323, 332, 338, 339, 530, 532
STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES = 273, 279, 324, 325
BYTE, SHORT, LONG, RATIONAL, LONG8 = 1, 3, 4, 5, 16
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
SIGNED, FLOAT, COMPLEX = 2, 3, 6

_FORMS = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "II", LONG8: "Q"}


def tags(width, height, bits=(8,), photometric=BLACK_IS_ZERO, **more):
    """Return the tags of a picture: {tag: (type, numbers)}. More of them by their names in lower case, as shorts."""
    found = {
        WIDTH: (LONG, [width]),
        HEIGHT: (LONG, [height]),
        BITS: (SHORT, list(bits)),
        PHOTOMETRIC: (SHORT, [photometric]),
        N_SAMPLES: (SHORT, [len(bits)]),
    }
    for name, numbers in more.items():
        found[globals()[name.upper()]] = (SHORT, numbers if isinstance(numbers, list) else [numbers])
    return found


def of_array(array, photometric, *, byteorder="<", **more):
    """Return tags and bytes of an array of shape (height, width) or (height, width, n_samples), in one strip."""
    array = array.astype(array.dtype.newbyteorder(byteorder))
    n_samples = 1 if array.ndim == 2 else array.shape[2]
    kind = {"i": {"sample_format": [SIGNED] * n_samples}, "f": {"sample_format": [FLOAT] * n_samples}}
    bits = (8 * array.dtype.itemsize,) * n_samples
    found = tags(*array.shape[1::-1], bits, photometric, **kind.get(array.dtype.kind, {}), **more)
    return found, [array.tobytes()]


def write_tiff(path, *pages, byteorder="<", is_big=False):
    """Write a TIFF; each page is its tags, and its strips, or tiles if it says how large these are."""
    place_form, head = ("Q", struct.pack(byteorder + "HHHQ", 43, 8, 0, 0)) if is_big else ("I", bytes(6))
    if not is_big:
        head = struct.pack(byteorder + "HI", 42, 0)
    out = bytearray((b"II" if byteorder == "<" else b"MM") + head)
    n_place = struct.calcsize(byteorder + place_form)
    link = len(out) - n_place
    for page, parts in pages:
        found = dict(page)
        places = []
        for part in parts:
            places.append(len(out))
            out += part + bytes(len(part) % 2)
        if parts:
            is_tiled = TILE_WIDTH in found
            found.setdefault(TILE_OFFSETS if is_tiled else STRIP_OFFSETS, (LONG, places))
            found.setdefault(TILE_BYTES if is_tiled else STRIP_BYTES, (LONG, [len(part) for part in parts]))
        entries = b""
        for tag in sorted(found):
            kind, numbers = found[tag]
            data = b"".join(struct.pack(byteorder + _FORMS[kind], *(n if kind == RATIONAL else (n,))) for n in numbers)
            value = data.ljust(n_place, b"\0")
            if len(data) > n_place:
                value = struct.pack(byteorder + place_form, len(out))
                out += data + bytes(len(data) % 2)
            entries += struct.pack(byteorder + "HH" + place_form, tag, kind, len(numbers)) + value
        out[link : link + n_place] = struct.pack(byteorder + place_form, len(out))
        out += struct.pack(byteorder + ("Q" if is_big else "H"), len(found)) + entries
        link = len(out)
        out += bytes(n_place)
    path.write_bytes(out)
