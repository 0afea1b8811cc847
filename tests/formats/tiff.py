"""TIFF: what our own writer puts together, by what its numbers are, how they lie, and what they mean."""

import itertools

import numpy as np
from formats import tiff_writer as tw
from formats.cell import Cell
from formats.originals import HEIGHT, WIDTH, over_white
from formats.tiff_writer import Page, tiff
from formats.turns import TURN

INTEGERS = {f"uint{bits}": (tw.UNSIGNED, bits) for bits in (8, 16, 32, 64)}
SIGNED = {f"int{bits}": (tw.SIGNED, bits) for bits in (8, 16, 32)}
FLOATS = {f"float{bits}": (tw.FLOAT, bits) for bits in (16, 32, 64)}
PACKED = {f"{bits} bits": (tw.UNSIGNED, bits) for bits in (1, 2, 4, 6, 10, 12, 14, 24)}
KINDS = INTEGERS | SIGNED | FLOATS | PACKED

COMPRESSIONS = {"none": tw.NONE, "LZW": tw.LZW, "Deflate": tw.DEFLATE, "PackBits": tw.PACKBITS}
LAYOUTS = {
    "strips": {"rows": 13},
    "planes": {"rows": 13, "planar": True},
    "tiles": {"tile": (32, 48)},
    "planes in tiles": {"tile": (32, 48), "planar": True},
}
ORDERS = {"little-endian": "<", "big-endian": ">"}


def numbers(original, kind, bits, of=None):
    """Return a picture in numbers that fill their range; of floats 0 to 1."""
    of = original.rgb if of is None else of
    if kind == tw.FLOAT:
        return original.deep(16, of).astype(np.float64) / 65535
    deep = original.deep(bits, of)
    return deep.astype(np.int64) - 2 ** (bits - 1) if kind == tw.SIGNED else deep


def holds_of(kind, bits):
    """Return what numbers hold beside those of 8 bits."""
    if kind == tw.FLOAT:
        return f"float{bits}"
    return "" if kind == tw.UNSIGNED and bits <= 8 else f"{'signed, ' * (kind == tw.SIGNED)}{bits} bits"


def coarse(picture, bits):
    """Return what is left of grey levels in a few bits."""
    top = 2**bits - 1
    return np.rint(np.rint(picture / 255 * top) * 255 / top).astype(np.uint8)


def cell(variant, page, shown=lambda original: original.rgb, **more):
    """Return a cell whose file is a page, or several."""
    options = {key: more.pop(key) for key in ("order", "big") if key in more}

    def written(original):
        pages = page(original)
        return tiff(*(pages if isinstance(pages, list) else [pages]), **options)

    return Cell("TIFF", variant, ".tif", written, shown, **more)


def _of_numbers():
    for name, (kind, bits) in KINDS.items():
        holds = holds_of(kind, bits)
        zeros = {"0 is black": tw.BLACK_IS_ZERO}
        if kind == tw.UNSIGNED:
            zeros["0 is white"] = tw.WHITE_IS_ZERO
        for zero, photometric in zeros.items():

            def page(original, kind=kind, bits=bits, photometric=photometric):
                samples = numbers(original, kind, bits, original.grey)
                if photometric == tw.WHITE_IS_ZERO:
                    samples = np.uint64(2**bits - 1) - samples
                return Page(samples, bits, kind, photometric)

            variant = {"colours": "grey", "numbers": name, "zero": zero}
            yield cell(variant, page, lambda original, bits=bits: coarse(original.grey, bits), holds=holds)
        if kind != tw.SIGNED and bits >= 2:

            def coloured(original, kind=kind, bits=bits):
                return Page(numbers(original, kind, bits), bits, kind, tw.RGB)

            shown = lambda original, bits=bits: coarse(original.rgb, bits)  # noqa: E731
            yield cell({"colours": "RGB", "numbers": name}, coloured, shown, holds=holds)


def _of_layouts():
    for (name, bits), (layout, parts), (end, order), (how, compression) in itertools.product(
        (("uint8", 8), ("uint16", 16)), LAYOUTS.items(), ORDERS.items(), COMPRESSIONS.items()
    ):
        predictors = {"": 1, " and predictor": 2} if compression in (tw.LZW, tw.DEFLATE) else {"": 1}
        for suffix, predictor in predictors.items():

            def page(original, bits=bits, parts=parts, compression=compression, predictor=predictor):
                samples = original.deep(bits)
                return Page(samples, bits, photometric=tw.RGB, compression=compression, predictor=predictor, **parts)

            variant = {"colours": "RGB", "numbers": name, "layout": layout, "order": end, "compression": how + suffix}
            yield cell(variant, page, order=order, holds=holds_of(tw.UNSIGNED, bits))
    for (layout, parts), (end, order) in itertools.product(LAYOUTS.items(), ORDERS.items()):
        for how, compression, predictor in (("none", tw.NONE, 1), ("Deflate and predictor", tw.DEFLATE, 3)):

            def floats(original, parts=parts, compression=compression, predictor=predictor):
                samples = numbers(original, tw.FLOAT, 32)
                return Page(samples, 32, tw.FLOAT, tw.RGB, compression=compression, predictor=predictor, **parts)

            variant = {"colours": "RGB", "numbers": "float32", "layout": layout, "order": end, "compression": how}
            yield cell(variant, floats, order=order, holds="float32")
    for (end, order), (name, (kind, bits)) in itertools.product(ORDERS.items(), (INTEGERS | FLOATS).items()):

        def big(original, kind=kind, bits=bits):
            return Page(numbers(original, kind, bits, original.grey), bits, kind, rows=20)

        variant = {"colours": "grey", "numbers": name, "order": f"BigTIFF, {end}"}
        holds = holds_of(kind, bits)
        yield cell(variant, big, lambda original: original.grey, order=order, big=True, holds=holds)
    for name, fill_order in (("1 bit, lowest first", 2), ("1 bit, highest first", 1)):

        def bits_of(original, fill_order=fill_order):
            return Page(original.bits, 1, photometric=tw.BLACK_IS_ZERO, fill_order=fill_order, compression=tw.PACKBITS)

        variant = {"colours": "black and white", "fill order": name, "compression": "PackBits"}
        yield cell(variant, bits_of, lambda original: original.bits.astype(np.uint8) * 255)
    for name, left_out in (("sizes of strips", 279), ("rows of a strip", 278), ("bits and samples", (258, 277))):
        tags = dict.fromkeys(np.atleast_1d(left_out).tolist())
        of_bits = name == "bits and samples"

        def lean(original, tags=tags, of_bits=of_bits):
            return Page(original.bits if of_bits else original.grey, 1 if of_bits else 8, tags=tags)

        shown = (lambda original: original.bits.astype(np.uint8) * 255) if of_bits else lambda original: original.grey
        yield cell({"colours": "grey", "tags left out": name}, lean, shown)


RANGES = {
    "uint16 of 0..1023": (tw.UNSIGNED, 16, 0, 1023),
    "uint16 of 0..4095": (tw.UNSIGNED, 16, 0, 4095),
    "uint16 of 0..16383": (tw.UNSIGNED, 16, 0, 16383),
    "int16 of 0..4095": (tw.SIGNED, 16, 0, 4095),
    "int16 of -1000..3000": (tw.SIGNED, 16, -1000, 3000),
    "int32 of 0..65535": (tw.SIGNED, 32, 0, 65535),
    "float32 of 0..255": (tw.FLOAT, 32, 0, 255),
    "float32 of 0..4095": (tw.FLOAT, 32, 0, 4095),
    "float32 of 0..65535": (tw.FLOAT, 32, 0, 65535),
    "float32 of -1..1": (tw.FLOAT, 32, -1, 1),
    "float64 of -500..2000": (tw.FLOAT, 64, -500, 2000),
}


def _of_ranges():
    for name, (kind, bits, least, largest) in RANGES.items():

        def page(original, kind=kind, bits=bits, least=least, largest=largest):
            samples = least + original.deep(16, original.grey).astype(np.float64) / 65535 * (largest - least)
            return Page(samples if kind == tw.FLOAT else np.rint(samples).astype(np.int64), bits, kind)

        yield cell(
            {"colours": "grey", "range": name},
            page,
            lambda original: original.grey,
            holds=f"{least}..{largest}" if largest != 65535 or kind == tw.FLOAT else "16 bits",
        )

    def with_nan(original):
        samples = numbers(original, tw.FLOAT, 32, original.grey)
        samples[30:34, 40:44] = np.nan
        return Page(samples, 32, tw.FLOAT)

    def shown(original):
        grey = original.grey.copy()
        grey[30:34, 40:44] = 0
        return grey

    yield cell({"colours": "grey", "range": "float32 with pixels that are no numbers"}, with_nan, shown, holds="NaN")


EXTRA = {"straight": tw.STRAIGHT, "premultiplied": tw.PREMULTIPLIED, "of no meaning": tw.UNTOLD}


def _of_alpha():
    colours = {"RGB": (tw.RGB, 3), "grey": (tw.BLACK_IS_ZERO, 1)}
    for (name, (photometric, _)), (alpha, extra), bits, planar in itertools.product(
        colours.items(), EXTRA.items(), (8, 16), (False, True)
    ):

        def page(original, photometric=photometric, extra=extra, bits=bits, planar=planar):
            picture = original.rgb if photometric == tw.RGB else original.grey[..., np.newaxis]
            top = 2**bits - 1
            opacity = np.rint(original.alpha / 255 * top)[..., np.newaxis]
            samples = original.deep(bits, picture).astype(np.float64)
            if extra == tw.PREMULTIPLIED:
                samples = np.rint(samples * opacity / top)
            return Page(
                np.dstack([samples, opacity]), bits, photometric=photometric, extra=(extra,), planar=planar, rows=16
            )

        def shown(original, photometric=photometric, extra=extra):
            picture = original.rgb if photometric == tw.RGB else original.grey
            return picture if extra == tw.UNTOLD else over_white(picture, original.alpha)

        variant = {
            "colours": name,
            "alpha": alpha,
            "numbers": f"uint{bits}",
            "layout": "planes" if planar else "strips",
        }
        yield cell(variant, page, shown, holds=_holds_with_alpha(extra, bits), most=2.0)


def _holds_with_alpha(extra, bits):
    """Return what is held beside 8 bits: premultiplied colours are no others' colours."""
    return f"premultiplied, {bits} bits" if extra == tw.PREMULTIPLIED else holds_of(tw.UNSIGNED, bits)


def _of_other_colours():
    for bits, planar in itertools.product((8, 16), (False, True)):

        def cmyk(original, bits=bits, planar=planar):
            inks = np.dstack([255 - original.rgb, np.zeros((HEIGHT, WIDTH), np.uint8)])
            return Page(original.deep(bits, inks), bits, photometric=tw.CMYK, planar=planar, rows=16)

        layout = "planes" if planar else "strips"
        variant = {"colours": "CMYK", "numbers": f"uint{bits}", "layout": layout}
        yield cell(variant, cmyk, holds="CMYK" if bits == 8 else "CMYK of 16 bits", most=3.0, mean=1.5)
    for bits, factor in itertools.product((1, 2, 4, 8), (257, 1)):

        def palette(original, bits=bits, factor=factor):
            indices, colours = original.indexed(2**bits)
            colour_map = (tw.SHORT, (colours.T.astype(int) * factor).ravel().tolist())
            return Page(indices, bits, photometric=tw.PALETTE, tags={320: colour_map})

        variant = {"colours": "palette", "bits": str(bits), "colour map": "of 16 bits" if factor > 1 else "of 8 bits"}
        yield cell(variant, palette, lambda original, bits=bits: original.shown_indexed(2**bits))
    for name, across, down in (("4:4:4", 1, 1), ("4:2:2", 2, 1), ("4:2:0", 2, 2)):

        def ycbcr(original, across=across, down=down):
            return _ycbcr_page(original, across, down)

        yield cell({"colours": "YCbCr", "colour resolution": name}, ycbcr, most=60.0, mean=1.5, holds="YCbCr")
    for bits, extra in itertools.product((8, 16), ((), (tw.STRAIGHT,))):

        def lab(original, bits=bits, extra=extra):
            lightness = np.rint(original.grey / 255 * (255 if bits == 8 else 65535))
            planes = [lightness, np.zeros_like(lightness), np.zeros_like(lightness)]
            planes += [np.full_like(lightness, 2**bits - 1)] * len(extra)
            return Page(np.dstack(planes), bits, photometric=tw.LAB, extra=extra)

        alpha = {"alpha": "opaque"} if extra else {}
        variant = {"colours": "LAB", "numbers": f"uint{bits}"} | alpha
        yield cell(variant, lab, _of_lightness, most=10.0, mean=8.0, holds="LAB")


def _of_lightness(original):
    """Return the greys of sRGB that are of a lightness; imgcmp takes lightness itself, up to 9 levels brighter."""
    lightness = original.grey / 255 * 100
    linear = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
    shown = np.where(linear > 0.0031308, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055, 12.92 * linear)
    return np.rint(255 * shown).astype(np.uint8)


def _ycbcr_page(original, across, down):
    picture = original.rgb.astype(float)
    luma = picture @ [0.299, 0.587, 0.114]
    blue, red = (picture[..., 2] - luma) / 1.772 + 128, (picture[..., 0] - luma) / 1.402 + 128
    height, width = -(-HEIGHT // down) * down, -(-WIDTH // across) * across
    planes = [np.pad(plane, ((0, height - HEIGHT), (0, width - WIDTH)), mode="edge") for plane in (luma, blue, red)]
    blocks = [plane.reshape(height // down, down, width // across, across).swapaxes(1, 2) for plane in planes]
    means = [block.mean(axis=(2, 3))[..., np.newaxis] for block in blocks[1:]]
    units = np.concatenate([blocks[0].reshape(*blocks[0].shape[:2], -1), *means], axis=-1)
    data = np.rint(units).clip(0, 255).astype(np.uint8)
    tags = {256: (tw.LONG, [WIDTH]), 257: (tw.LONG, [HEIGHT]), 258: (tw.SHORT, [8] * 3), 277: (tw.SHORT, [3])}
    tags |= {278: (tw.LONG, [HEIGHT]), 530: (tw.SHORT, [across, down]), 339: None, 531: (tw.SHORT, [1])}
    tags |= {532: (tw.RATIONAL, [0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1])}
    return Page(data.reshape(len(data), -1), photometric=tw.YCBCR, tags=tags)


def _of_orientations():
    for orientation, turn in TURN.items():
        for kind, code in (("SHORT", tw.SHORT), ("BYTE", tw.BYTE)) if orientation == 6 else (("SHORT", tw.SHORT),):

            def page(original, orientation=orientation, turn=turn, code=code):
                return Page(turn(original.rgb), photometric=tw.RGB, tags={274: (code, [orientation])})

            yield cell({"colours": "RGB", "orientation": str(orientation), "its type": kind}, page)

        def deep(original, orientation=orientation, turn=turn):
            samples = turn(original.deep(16, original.grey))
            return Page(samples, 16, tags={274: (tw.SHORT, [orientation])}, tile=(16, 16))

        variant = {"colours": "grey", "numbers": "uint16", "layout": "tiles", "orientation": str(orientation)}
        yield cell(variant, deep, lambda original: original.grey, holds="16 bits")


def _of_pages():
    def small(original, kind):
        return Page(255 - original.grey[::4, ::4], tags={254: (tw.LONG, [kind])})

    def whole(original, kind=0):
        return Page(original.rgb, photometric=tw.RGB, tags={254: (tw.LONG, [kind])})

    def second(original):
        return Page(original.rgb[:, ::-1], photometric=tw.RGB, tags={254: (tw.LONG, [2])})

    pages = {
        "a reduced picture, then the whole": lambda original: [small(original, 1), whole(original)],
        "the whole picture, then a reduced one": lambda original: [whole(original), small(original, 1)],
        "a mask, then the whole": lambda original: [
            Page(original.bits, 1, photometric=4, tags={254: (tw.LONG, [4])}),
            whole(original),
        ],
        "two": lambda original: [whole(original, 2), second(original)],
        "marked as reduced, and alone": lambda original: [whole(original, 1)],
    }
    for name, page in pages.items():
        yield cell({"pages": name}, page, holds="pages" if name == "two" else "")  # a smaller copy, or a mask, is none


CELLS = [
    *_of_numbers(),
    *_of_layouts(),
    *_of_ranges(),
    *_of_alpha(),
    *_of_other_colours(),
    *_of_orientations(),
    *_of_pages(),
]
