"""TIFF as libraries write it: compressions that need a codec of their own, fax, pyramids."""

import numpy as np
from formats.cell import LOSSY, Cell
from formats.writers import by_path, magick, module, vips


def cell(variant, written, writer, shown=lambda original: original.rgb, **more):
    return Cell("TIFF", variant, ".tif", written, shown, writer=writer, **more)


def by_tifffile(numbers, **options):
    module("imagecodecs")
    return by_path(".tif", lambda path: module("tifffile").imwrite(path, numbers, **options))


_CODECS = {
    "JPEG": ({"compression": "jpeg", "compressionargs": {"level": 95}}, (8,), LOSSY),
    "JPEG 2000": ({"compression": "jpeg2000", "compressionargs": {"level": 0, "reversible": True}}, (8, 16), {}),
    "WebP": ({"compression": "webp", "compressionargs": {"level": 100, "lossless": True}}, (8,), {}),
    "Zstandard": ({"compression": "zstd"}, (8, 16), {}),
    "LZMA": ({"compression": "lzma"}, (8, 16), {}),
    "LERC": ({"compression": "lerc"}, (8, 16), {}),
    "PNG": ({"compression": "png"}, (8, 16), {}),
    "JPEG XL": ({"compression": "jpegxl", "compressionargs": {"lossless": True, "effort": 1}}, (8, 16), {}),
}


def _by_codecs():
    for name, (options, depths, off) in _CODECS.items():
        for bits in depths:
            for colours in ("RGB",) if name == "WebP" else ("grey", "RGB"):

                def written(original, options=options, bits=bits, colours=colours):
                    picture = original.rgb if colours == "RGB" else original.grey
                    numbers = original.deep(bits, picture).astype(np.uint8 if bits == 8 else np.uint16)
                    photometric = "rgb" if colours == "RGB" else "minisblack"
                    return by_tifffile(numbers, photometric=photometric, **options)

                shown = (lambda o: o.rgb) if colours == "RGB" else (lambda o: o.grey)
                variant = {"colours": colours, "numbers": f"uint{bits}", "compression": name}
                yield cell(variant, written, "tifffile", shown, holds="16 bits" if bits > 8 else "", **off)


def _by_libvips():
    layouts = {"strips": {}, "tiles": {"tile": True, "tile_width": 32, "tile_height": 32}}
    for layout, options in layouts.items():
        for name in ("jpeg", "deflate", "lzw", "packbits", "webp"):
            off = LOSSY if name == "jpeg" else {}
            more = {"lossless": True} if name == "webp" else {"Q": 95} if name == "jpeg" else {}

            def written(original, name=name, options=options, more=more):
                return vips(original.rgb, ".tif", compression=name, **options, **more)

            yield cell({"colours": "RGB", "layout": layout, "compression": name}, written, "libvips", **off)

    def pyramid(original):
        return vips(original.rgb, ".tif", tile=True, tile_width=32, tile_height=32, pyramid=True, compression="lzw")

    def below(original):
        more = {"pyramid": True, "subifd": True}
        return vips(original.rgb, ".tif", tile=True, tile_width=32, tile_height=32, compression="lzw", **more)

    yield cell({"pages": "a pyramid, page by page"}, pyramid, "libvips")
    yield cell({"pages": "a pyramid below the first page"}, below, "libvips")
    for name in ("ccittfax4",):

        def fax(original, name=name):
            return vips(original.bits.astype(np.uint8) * 255, ".tif", compression=name, bitdepth=1)

        yield cell(
            {"colours": "black and white", "compression": name}, fax, "libvips", lambda o: o.bits.astype(np.uint8) * 255
        )


def _by_magick():
    for name in ("Group4", "Fax", "RLE", "LZW"):

        def bits(original, name=name):
            return magick(original.bits.astype(np.uint8) * 255, "-type", "Bilevel", "-compress", name, to="tiff")

        variant = {"colours": "black and white", "compression": name}
        yield cell(variant, bits, "ImageMagick", lambda o: o.bits.astype(np.uint8) * 255)
    for depth in (8, 16):

        def lab(original, depth=depth):
            return magick(original.rgb, "-colorspace", "Lab", "-depth", str(depth), to="tiff")

        variant = {"colours": "LAB", "numbers": f"uint{depth}", "compression": "none"}
        yield cell(variant, lab, "ImageMagick", holds="LAB", most=16.0, mean=9.0)

    def deep(original):
        return magick(original.grey, "-colorspace", "Gray", "-depth", "12", to="tiff")

    yield cell(
        {"colours": "grey", "numbers": "12 bits", "compression": "none"},
        deep,
        "ImageMagick",
        lambda o: o.grey,
        holds="12 bits",
    )


CELLS = [*_by_codecs(), *_by_libvips(), *_by_magick()]
