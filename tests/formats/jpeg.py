"""JPEG: processes, colours, resolutions of colour, orientations, what comes before and behind the picture."""

import itertools
import struct

import numpy as np
from formats.cell import LOSSY, Cell
from formats.originals import HEIGHT, WIDTH
from formats.turns import TURN, exif, xmp
from formats.writers import codec, magick, opencv

FINE = {"most": 24.0, "mean": 2.0}


def cell(variant, written, shown=lambda original: original.rgb, **more):
    return Cell(
        "JPEG", variant, more.pop("suffix", ".jpg"), written, shown, **(FINE | {"writer": "imagecodecs"} | more)
    )


def jpeg(pixels, **options):
    return codec("jpeg8", np.ascontiguousarray(pixels), level=95, **options)


def with_segments(data, *segments):
    """Return a JPEG with segments (marker, bytes) right behind its start."""
    more = b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(part) + 2) + part for marker, part in segments)
    return data[:2] + more + data[2:]


def _of_processes():
    for subsampling in ("444", "422", "420", "440", "411"):
        yield cell(
            {"process": "baseline", "colour resolution": subsampling},
            lambda o, s=subsampling: jpeg(o.rgb, subsampling=s),
            most=60.0,
        )
    yield cell({"process": "baseline", "colours": "grey"}, lambda o: jpeg(o.grey), lambda o: o.grey)
    yield cell(
        {"process": "baseline", "colours": "RGB, not YCbCr"},
        lambda o: jpeg(o.rgb, outcolorspace="RGB", colorspace="RGB"),
    )
    for name, options in (
        ("progressive", ["IMWRITE_JPEG_PROGRESSIVE", 1]),
        ("with restart markers", ["IMWRITE_JPEG_RST_INTERVAL", 4]),
        ("with Huffman tables of its own", ["IMWRITE_JPEG_OPTIMIZE", 1]),
    ):
        for colours in ("RGB", "grey"):

            def written(original, options=options, colours=colours):
                import_options = [_cv2(options[0]), options[1], _cv2("IMWRITE_JPEG_QUALITY"), 95]
                return opencv(original.rgb if colours == "RGB" else original.grey, ".jpg", import_options)

            shown = (lambda o: o.rgb) if colours == "RGB" else (lambda o: o.grey)
            yield cell({"process": name, "colours": colours}, written, shown, writer="OpenCV", most=60.0)
    for bits, colours in itertools.product((8, 12, 16), ("grey", "RGB")):

        def lossless(original, bits=bits, colours=colours):
            picture = original.rgb if colours == "RGB" else original.grey
            numbers = original.deep(bits, picture).astype(np.uint8 if bits == 8 else np.uint16)
            return codec("jpeg8", numbers, lossless=True, predictor=1, bitspersample=bits)

        shown = (lambda o: o.rgb) if colours == "RGB" else (lambda o: o.grey)
        holds = f"{bits} bits" if bits > 8 else ""
        yield cell(
            {"process": "lossless", "bits": str(bits), "colours": colours},
            lossless,
            shown,
            holds=holds,
        )

    def deep(original):
        return codec("jpeg8", original.deep(12).astype(np.uint16), level=95, bitspersample=12)

    yield cell({"process": "extended", "bits": "12"}, deep, holds="12 bits")
    for name, marked in (("with Adobe's mark", True), ("without a mark", False)):

        def cmyk(original, marked=marked):
            inks = np.dstack([255 - original.rgb, np.zeros((HEIGHT, WIDTH), np.uint8)])
            data = _without(jpeg(255 - inks, colorspace="CMYK", outcolorspace="CMYK"), 0xEE)
            adobe = b"Adobe\0\x64\0\0\0\0\0"
            return with_segments(data, (0xEE, adobe)) if marked else data

        yield cell({"process": "baseline", "colours": f"CMYK {name}"}, cmyk, holds="CMYK", most=30.0, mean=3.0)

    def ycck(original):
        inks = np.dstack([255 - original.rgb, np.zeros((HEIGHT, WIDTH), np.uint8)])
        return jpeg(255 - inks, colorspace="CMYK", outcolorspace="YCCK")

    yield cell({"process": "baseline", "colours": "YCCK"}, ycck, holds="CMYK", most=60.0, mean=3.0)


def _cv2(name):
    from formats.writers import module

    return getattr(module("cv2"), name)


def _without(data, marker):
    """Return a JPEG without the segments of a kind."""
    place, kept = 2, data[:2]
    while data[place + 1] != 0xDA:
        length = 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] != marker:
            kept += data[place : place + length]
        place += length
    return kept + data[place:]


def _of_orientations():
    for orientation in TURN:

        def written(original, orientation=orientation):
            return with_segments(jpeg(TURN[orientation](original.rgb)), (0xE1, b"Exif\0\0" + exif(orientation)))

        yield cell({"orientation": str(orientation), "told by": "EXIF, little-endian, SHORT"}, written, most=60.0)
    for name, segment in (
        ("EXIF, big-endian, SHORT", b"Exif\0\0" + exif(6, order=">")),
        ("EXIF, little-endian, BYTE", b"Exif\0\0" + exif(6, kind=1)),
    ):
        yield cell(
            {"orientation": "6", "told by": name},
            lambda o, s=segment: with_segments(jpeg(TURN[6](o.rgb)), (0xE1, s)),
            most=60.0,
        )

    def by_xmp(original):
        return with_segments(jpeg(TURN[6](original.rgb)), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(6)))

    yield cell({"orientation": "6", "told by": "XMP alone"}, by_xmp, lambda o: TURN[6](o.rgb), most=60.0)


def _of_surroundings():
    same = {"most": 60.0}
    yield cell({"around": "rubbish behind its end"}, lambda o: jpeg(o.rgb) + bytes(range(256)), **same)
    yield cell({"around": "a film behind its end"}, lambda o: jpeg(o.rgb) + b"\0\0\0\x18ftypmp42" + bytes(64), **same)
    yield cell(
        {"around": "a comment, and filling bytes"},
        lambda o: jpeg(o.rgb)[:2] + b"\xff\xff" + with_segments(jpeg(o.rgb), (0xFE, b"a comment"))[2:],
        **same,
    )
    yield cell(
        {"around": "EXIF that is none"}, lambda o: with_segments(jpeg(o.rgb), (0xE1, b"Exif\0\0rubbish")), **same
    )
    yield cell(
        {"around": "a colour profile that is none"},
        lambda o: with_segments(jpeg(o.rgb), (0xE2, b"ICC_PROFILE\0\1\1rubbish")),
        **same,
    )
    yield cell(
        {"around": "Photoshop's resources, damaged"},
        lambda o: with_segments(jpeg(o.rgb), (0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\xff\xff\xff\xff")),
        **same,
    )
    yield cell({"around": "EXIF with a thumbnail of another picture"}, _with_thumbnail, **same)
    yield cell({"around": "a second picture (MPO)"}, _mpo, suffix=".mpo", holds="second picture", **same)


def _with_thumbnail(original):
    thumbnail = codec("jpeg8", 255 - original.rgb[:32, :32].copy(), level=90)
    head = b"II" + struct.pack("<HL", 42, 8)
    first = struct.pack("<H", 0) + struct.pack("<L", 14)
    second = struct.pack("<HHHLLHHLLL", 2, 0x201, 4, 1, 44, 0x202, 4, 1, len(thumbnail), 0)
    block = head + first + second
    block = block.ljust(44, b"\0") + thumbnail
    return with_segments(jpeg(original.rgb), (0xE1, b"Exif\0\0" + block))


def _mpo(original):
    """Two pictures in a file as stereo cameras write them (CIPA DC-007)."""
    first, second = jpeg(original.rgb), jpeg(original.rgb[:, ::-1])

    def segment(size, offset):
        entries = struct.pack("<IIIHH", 0x030000, size, 0, 0, 0) + struct.pack("<IIIHH", 0, len(second), offset, 0, 0)
        tags = struct.pack("<HHHI4s", 3, 0xB000, 7, 4, b"0100")
        tags += struct.pack("<HHII", 0xB001, 4, 1, 2) + struct.pack("<HHIII", 0xB002, 7, 32, 50, 0)
        return (0xE2, b"MPF\0" + b"II" + struct.pack("<HI", 42, 8) + tags + entries)

    size = len(with_segments(first, segment(0, 0)))
    start = 2 + 4 + 4  # where the block begins that places are counted from
    return with_segments(first, segment(size, size - start)) + second


def _of_magick():
    def written(original):
        return magick(original.rgb, "-interlace", "Plane", "-sampling-factor", "2x1", "-quality", "40", to="jpg")

    yield cell(
        {"process": "progressive", "colour resolution": "422", "quality": "40"}, written, writer="ImageMagick", **LOSSY
    )


CELLS = [*_of_processes(), *_of_orientations(), *_of_surroundings(), *_of_magick()]
