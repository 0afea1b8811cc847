"""JPEG XL: depths, opacity, orientation by its own header, a packed JPEG, films."""

import itertools

import numpy as np
from formats.cell import LOSSY, Cell
from formats.originals import over_white
from formats.writers import codec

_FAST = {"effort": 1}


def cell(variant, written, shown=lambda original: original.rgb, **more):
    more = {"writer": "imagecodecs", "needs": "pillow_jxl.JpegXLImagePlugin"} | more
    return Cell("JPEG XL", variant, ".jxl", written, shown, **more)


def _of_pixels():
    for name, bits in itertools.product(("RGB", "RGBA", "grey", "grey with alpha"), (8, 10, 12, 16)):

        def written(original, name=name, bits=bits):
            picture = original.rgb if name.startswith("RGB") else original.grey[..., np.newaxis]
            numbers = original.deep(bits, picture)
            if name.endswith(("A", "alpha")):
                numbers = np.dstack([numbers, np.rint(original.alpha / 255 * (2**bits - 1))])
            numbers = numbers.astype(np.uint8 if bits == 8 else np.uint16)
            numbers = numbers[..., 0] if name == "grey" else numbers
            return codec("jpegxl", numbers, lossless=True, bitspersample=bits, **_FAST)

        def shown(original, name=name):
            picture = original.rgb if name.startswith("RGB") else original.grey
            return over_white(picture, original.alpha) if name.endswith(("A", "alpha")) else picture

        holds = f"{bits} bits" if bits > 8 else ""
        yield cell({"pixels": name, "bits": str(bits)}, written, shown, holds=holds, most=2.0)
    for name, container in (("bare codestream", False), ("container", True)):

        def lossy(original, container=container):
            return codec("jpegxl", original.rgb, level=90, usecontainer=container, **_FAST)

        yield cell({"pixels": "RGB", "compression": "lossy", "kind": name}, lossy, **LOSSY)

    def floats(original):
        return codec("jpegxl", (original.rgb / 255).astype(np.float32), lossless=True, **_FAST)

    yield cell({"pixels": "RGB", "bits": "float32"}, floats, holds="float32", most=3.0, mean=1.0)


CELLS = [*_of_pixels()]
