"""JPEG XL: depths, opacity, light and the curve of sRGB, lossy ones.

Its writer says of more than 8 bits that they are light, by the primaries of sRGB.
"""

import itertools

import numpy as np
from formats.cell import LOSSY, Cell
from formats.colours import of_linear
from formats.originals import over_white
from formats.writers import codec

_FAST = {"effort": 1}

# Bits of the header, the lowest of each number first: what colours are meant, of RGB and of grey, up to the number of
# the curve; that of light, and of sRGB's; and what is said of an opacity of 16 bits before whether it is multiplied in.
_MEANT = ("00" + "00" + "10" + "10" + "0" + "01", "00" + "10" + "10" + "0" + "01")
_LIGHT, _SRGB = "0110", "1101"
_OPACITY = "0" + "00" + "0" + "11" + "111100" + "00" + "00"


def cell(variant, written, shown=lambda original: original.rgb, **more):
    more = {"writer": "imagecodecs", "needs": "pillow_jxl.JpegXLImagePlugin"} | more
    return Cell("JPEG XL", variant, ".jxl", written, shown, **more)


def _of_pixels():
    for name, bits in itertools.product(("RGB", "RGBA", "grey", "grey with alpha"), (8, 10, 12, 16)):

        def written(original, name=name, bits=bits):
            return _numbers(original, name, bits)

        def shown(original, name=name, bits=bits):
            picture = original.rgb if name.startswith("RGB") else original.grey
            if bits > 8:
                picture = _of_light(original.deep(bits, picture) / (2**bits - 1))
            return over_white(picture, original.alpha) if name.endswith(("A", "alpha")) else picture

        holds = f"{bits} bits" if bits > 8 else ""
        yield cell({"pixels": name, "bits": str(bits)}, written, shown, holds=holds, most=2.0)
    for name, container in (("bare codestream", False), ("container", True)):

        def lossy(original, container=container):
            return codec("jpegxl", original.rgb, level=90, usecontainer=container, **_FAST)

        yield cell({"pixels": "RGB", "compression": "lossy", "kind": name}, lossy, **LOSSY)

    def floats(original):
        return codec("jpegxl", (original.rgb / 255).astype(np.float32), lossless=True, **_FAST)

    light = lambda original: _of_light(original.rgb / 255)  # noqa: E731
    yield cell({"pixels": "RGB", "bits": "float32"}, floats, light, holds="float32", most=3.0, mean=1.0)


def changed(data, before, after):
    """Return a JPEG XL in whose header some bits, which occur once, are others."""
    start = data.index(b"\xff\x0a")
    bits = "".join(f"{byte:08b}"[::-1] for byte in data[start : start + 32])
    assert bits.count(before) == 1
    assert len(before) == len(after)
    whole = bits.replace(before, after)
    head = bytes(int(whole[at : at + 8][::-1], 2) for at in range(0, 256, 8))
    return data[:start] + head + data[start + 32 :]


def _by_curve():
    """Those of more than 8 bits by the curve of sRGB, as most programs write them, and multiplied by opacity."""
    for name, bits in itertools.product(("RGB", "RGBA", "grey", "grey with alpha"), (10, 16)):

        def written(original, name=name, bits=bits):
            meant = _MEANT[name.startswith("grey")]
            return changed(_numbers(original, name, bits), meant + _LIGHT, meant + _SRGB)

        def shown(original, name=name):
            picture = original.rgb if name.startswith("RGB") else original.grey
            return over_white(picture, original.alpha) if name.endswith(("A", "alpha")) else picture

        variant = {"pixels": name, "bits": str(bits), "curve": "of sRGB"}
        yield cell(variant, written, shown, holds=f"{bits} bits", most=2.0)
    for name in ("RGBA", "grey with alpha"):

        def multiplied(original, name=name):
            meant = _MEANT[name.startswith("grey")]
            by_curve = changed(_numbers(original, name, 16, multiplied=True), meant + _LIGHT, meant + _SRGB)
            return changed(by_curve, _OPACITY + "0", _OPACITY + "1")

        def seen(original, name=name):
            return over_white(original.rgb if name == "RGBA" else original.grey, original.alpha)

        variant = {"pixels": name, "bits": "16", "curve": "of sRGB", "alpha": "multiplied in"}
        yield cell(variant, multiplied, seen, holds="16 bits", most=2.0)


def _numbers(original, name, bits, *, multiplied=False):
    """Return a JPEG XL of numbers of so many bits."""
    picture = original.rgb if name.startswith("RGB") else original.grey[..., np.newaxis]
    numbers = original.deep(bits, picture)
    if multiplied:
        numbers = np.rint(numbers * (original.alpha[..., np.newaxis] / 255))
    if name.endswith(("A", "alpha")):
        numbers = np.dstack([numbers, np.rint(original.alpha / 255 * (2**bits - 1))])
    numbers = numbers.astype(np.uint8 if bits == 8 else np.uint16)
    numbers = numbers[..., 0] if name == "grey" else numbers
    return codec("jpegxl", numbers, lossless=True, bitspersample=bits, **_FAST)


def _of_light(light):
    return np.rint(255 * of_linear(light)).astype(np.uint8)


CELLS = [*_of_pixels(), *_by_curve()]
