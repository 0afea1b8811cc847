"""Pictures whose numbers have a colour profile: P3, Adobe RGB, linear light, swapped colours.

What is shown is computed by the mathematics of their matrices and curves (`formats.colours`), by no colour engine.
"""

import itertools
import zlib

import numpy as np
from formats import colours
from formats import tiff_writer as tw
from formats.cell import Cell
from formats.jpeg import jpeg, with_segments
from formats.png import GREY, RGB, png
from formats.tiff_writer import Page, tiff
from formats.webp import chunk, extended, picture_chunks

_HAS_PROFILE = 0x20
_EXACT, _NEARLY = {"most": 8.0, "mean": 1.5}, {"most": 60.0, "mean": 3.0}

PROFILES = {
    "sRGB": (colours.SRGB, colours.SRGB_CURVE),
    "Display P3": (colours.P3, colours.SRGB_CURVE),
    "Adobe RGB": (colours.ADOBE, 2.19921875),
    "Rec. 2020, gamma 2.4": (colours.REC_2020, 2.3984375),
    "sRGB in linear light": (colours.SRGB, 1.0),
    "sRGB, gamma 1.8": (colours.SRGB, 1.80078125),
    "red and blue have changed places": (colours.SWAPPED, colours.SRGB_CURVE),
}


def in_jpeg(pixels, profile, *, parts=1):
    size = -(-len(profile) // parts)
    pieces = [profile[k * size : (k + 1) * size] for k in range(parts)]
    segments = [(0xE2, b"ICC_PROFILE\0" + bytes([k + 1, parts]) + piece) for k, piece in enumerate(pieces)]
    return with_segments(jpeg(pixels), *segments)


def in_png(pixels, profile):
    kind = GREY if pixels.ndim == 2 else RGB
    return png(pixels, kind, 8, before=[(b"iCCP", b"of the tests\0\0" + zlib.compress(profile))])


def in_tiff(pixels, profile):
    photometric = tw.BLACK_IS_ZERO if pixels.ndim == 2 else tw.RGB
    return tiff(Page(pixels, photometric=photometric, tags={34675: (tw.UNDEFINED, list(profile))}))


def in_webp(pixels, profile):
    return extended(_HAS_PROFILE, chunk(b"ICCP", profile), picture_chunks(pixels))


_FILES = {
    "JPEG": (".jpg", in_jpeg, "imagecodecs", _NEARLY),
    "PNG": (".png", in_png, "own", _EXACT),
    "TIFF": (".tif", in_tiff, "own", _EXACT),
    "WebP": (".webp", in_webp, "imagecodecs", _EXACT),
}


def _of_colour():
    for (format, (suffix, put, writer, off)), (name, (primaries, curve)) in itertools.product(  # noqa: A001
        _FILES.items(), PROFILES.items()
    ):

        def written(original, put=put, primaries=primaries, curve=curve):
            return put(original.rgb, colours.profile(primaries, curve))

        def shown(original, primaries=primaries, curve=curve):
            return colours.shown(original.rgb, primaries, curve)

        holds = "" if name == "sRGB" else name
        yield Cell(
            format, {"colours": "RGB", "profile": name}, suffix, written, shown, writer=writer, holds=holds, **off
        )


def _of_grey():
    for format, name in itertools.product(("JPEG", "PNG", "TIFF"), ("linear light", "gamma 1.8")):  # noqa: A001
        suffix, put, writer, off = _FILES[format]
        gamma = 1.0 if name == "linear light" else 1.80078125

        def written(original, put=put, gamma=gamma):
            return put(original.grey, colours.profile(colours.SRGB, gamma, grey=True))

        def shown(original, gamma=gamma):
            return np.rint(colours.of_linear((original.grey / 255.0) ** gamma) * 255).astype(np.uint8)

        yield Cell(
            format, {"colours": "grey", "profile": name}, suffix, written, shown, writer=writer, holds=name, **off
        )


def _of_odd_ones():
    p3 = PROFILES["Display P3"]

    def in_parts(original):
        return in_jpeg(original.rgb, colours.profile(*p3), parts=3)

    def of_grey(original):
        return in_png(original.rgb, colours.profile(colours.SRGB, 1.0, grey=True))

    def broken(original):
        return in_png(original.rgb, colours.profile(*p3)[:200])

    def by_alpha(original):
        profile = b"iCCP", b"of the tests\0\0" + zlib.compress(colours.profile(colours.SRGB, 1.0))
        return png(np.dstack([original.rgb, original.cut]), 6, 8, before=[profile])

    def shown_cut(original):
        seen = colours.shown(original.rgb, colours.SRGB, 1.0)
        return np.where(original.cut[..., np.newaxis] > 0, seen, 255).astype(np.uint8)

    def deep(original):
        profile = b"iCCP", b"of the tests\0\0" + zlib.compress(colours.profile(*p3))
        return png(original.deep(16), RGB, 16, before=[profile])

    wide = lambda original: colours.shown(original.rgb, *p3)  # noqa: E731
    yield Cell(
        "JPEG",
        {"profile": "Display P3, in three parts"},
        ".jpg",
        in_parts,
        wide,
        writer="imagecodecs",
        holds="Display P3",
        **_NEARLY,
    )
    yield Cell("PNG", {"profile": "of grey, in a picture in colour: it does not fit"}, ".png", of_grey)
    yield Cell("PNG", {"profile": "cut off"}, ".png", broken)
    yield Cell(
        "PNG",
        {"profile": "sRGB in linear light", "pixels": "RGBA"},
        ".png",
        by_alpha,
        shown_cut,
        holds="sRGB in linear light",
        **_EXACT,
    )
    yield Cell(
        "PNG", {"profile": "Display P3", "pixels": "RGB", "bits": "16"}, ".png", deep, wide, holds="P3 deep", **_EXACT
    )


CELLS = [*_of_colour(), *_of_grey(), *_of_odd_ones()]
