"""PNG: every kind of pixel, depth and layout, what is transparent, what the numbers mean, and films."""

import itertools
import struct
import zlib

import numpy as np
from formats import colours
from formats.cell import Cell
from formats.originals import HEIGHT, WIDTH, over_white
from formats.tiff_writer import packed_bits
from formats.turns import TURN, exif
from pictures import png_chunk

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def png(samples, kind, bits, *, before=(), after=(), interlaced=False, filters=(0,)):
    """Return a PNG of samples, shape (height, width) or (height, width, n); `before`, `after` the pixels: chunks."""
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlaced))
    chunks = [(b"IHDR", header), *before, (b"IDAT", zlib.compress(rows_of(samples, bits, interlaced, filters)))]
    return _SIGNATURE + b"".join(png_chunk(*chunk) for chunk in [*chunks, *after, (b"IEND", b"")])


def rows_of(samples, bits, interlaced=False, filters=(0,)):
    """Return the rows of a picture, each with its filter."""
    cube = samples if samples.ndim == 3 else samples[..., np.newaxis]
    passes = [cube[top::down, left::across] for top, left, down, across in _ADAM7] if interlaced else [cube]
    return b"".join(_filtered(part, bits, filters) for part in passes if part.size)


def _filtered(cube, bits, filters):
    step = max(1, cube.shape[2] * bits // 8)
    packed = packed_bits(cube.reshape(len(cube), -1), bits)
    rows = np.frombuffer(packed, np.uint8).reshape(len(cube), -1).astype(int)
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    left, corner = (np.pad(some, ((0, 0), (step, 0)))[:, : rows.shape[1]] for some in (rows, above))
    guess = [np.zeros_like(rows), left, above, (left + above) // 2, _paeth(left, above, corner)]
    data = b""
    for k, row in enumerate(rows):
        kind = filters[k % len(filters)]
        data += bytes([kind]) + ((row - guess[kind][k]) % 256).astype(np.uint8).tobytes()
    return data


def _paeth(left, above, corner):
    base = left + above - corner
    distances = np.abs(np.stack([base - left, base - above, base - corner]))
    return np.choose(distances.argmin(axis=0), [left, above, corner])


def cell(variant, written, shown=lambda original: original.rgb, **more):
    return Cell("PNG", variant, ".png", written, shown, **more)


def _of_pixels():
    kinds = {
        "grey": (GREY, (1, 2, 4, 8, 16)),
        "RGB": (RGB, (8, 16)),
        "palette": (PALETTE, (1, 2, 4, 8)),
        "grey with alpha": (GREY_ALPHA, (8, 16)),
        "RGBA": (RGBA, (8, 16)),
    }
    for name, (kind, depths) in kinds.items():
        for bits, interlaced in itertools.product(depths, (False, True)):

            def written(original, kind=kind, bits=bits, interlaced=interlaced):
                before = [(b"PLTE", original.indexed(2**bits)[1].tobytes())] if kind == PALETTE else []
                samples = samples_of(original, kind, bits)
                return png(samples, kind, bits, before=before, interlaced=interlaced, filters=(0, 1, 2, 3, 4))

            def shown(original, kind=kind, bits=bits):
                return shown_of(original, kind, bits)

            variant = {"pixels": name, "bits": str(bits), "rows": "interlaced" if interlaced else "one by one"}
            yield cell(variant, written, shown, holds="16 bits" if bits == 16 else "")


def samples_of(original, kind, bits):
    """Return the samples of a picture in a kind of pixels."""
    if kind == PALETTE:
        return original.indexed(2**bits)[0]
    picture = original.deep(bits, original.rgb if kind in (RGB, RGBA) else original.grey)
    if kind in (GREY, RGB):
        return picture
    return np.dstack([picture, original.alpha.astype(np.uint64) * (257 if bits == 16 else 1)])


def shown_of(original, kind, bits):
    """Return what is seen of them."""
    if kind == PALETTE:
        return original.shown_indexed(2**bits)
    picture = original.rgb if kind in (RGB, RGBA) else original.grey
    if kind in (GREY_ALPHA, RGBA):
        return over_white(picture, original.alpha)
    top = 2 ** min(bits, 8) - 1
    return np.rint(np.rint(picture / 255 * top) * 255 / top).astype(np.uint8)


def _of_transparency():
    for bits in (1, 2, 4, 8, 16):

        def grey(original, bits=bits):
            return png(original.deep(bits, original.grey), GREY, bits, before=[(b"tRNS", struct.pack(">H", 0))])

        def seen(original, bits=bits):
            shown = shown_of(original, GREY, bits)
            is_key = original.deep(bits, original.grey) == 0
            return np.where(is_key, 255, shown).astype(np.uint8)

        holds = "key of 16 bits" if bits == 16 else "key"
        yield cell({"pixels": "grey", "bits": str(bits), "transparent": "black"}, grey, seen, holds=holds)
    for bits in (8, 16):

        def rgb(original, bits=bits):
            return png(original.deep(bits), RGB, bits, before=[(b"tRNS", struct.pack(">3H", 0, 0, 0))])

        def seen_rgb(original):
            return np.where((original.rgb == 0).all(axis=-1, keepdims=True), 255, original.rgb).astype(np.uint8)

        holds = "key of 16 bits" if bits == 16 else "key"
        yield cell({"pixels": "RGB", "bits": str(bits), "transparent": "black"}, rgb, seen_rgb, holds=holds)

    def key_by_lower_bytes(original):
        """Half of the black corner is the key; the other differs from it in the lower bytes."""
        numbers = original.deep(16)
        numbers[:4, :8] = np.where((numbers[:4, :8] == 0).all(axis=-1, keepdims=True), 5, numbers[:4, :8])
        return png(numbers, RGB, 16, before=[(b"tRNS", struct.pack(">3H", 5, 5, 5))])

    def seen_half(original):
        shown = original.rgb.copy()
        shown[:4, :8] = 255
        return shown

    variant = {"pixels": "RGB", "bits": "16", "transparent": "of two that are alike in their upper bytes, one"}
    yield cell(variant, key_by_lower_bytes, seen_half, holds="key of 16 bits")
    for bits in (1, 2, 4, 8):

        def palette(original, bits=bits):
            indices, table = original.indexed(2**bits)
            opacities = bytes([0, 128])
            return png(indices, PALETTE, bits, before=[(b"PLTE", table.tobytes()), (b"tRNS", opacities)])

        def seen_palette(original, bits=bits):
            indices, _ = original.indexed(2**bits)
            alpha = np.full(2**bits, 255, np.uint8)
            alpha[:2] = 0, 128
            return over_white(original.shown_indexed(2**bits), alpha[indices])

        yield cell(
            {"pixels": "palette", "bits": str(bits), "transparent": "two colours"}, palette, seen_palette, holds="key"
        )


def _of_orientations():
    for orientation, (place, kind) in itertools.product(TURN, (("before", 3), ("after", 3), ("before", 1))):
        if orientation != 6 and (place, kind) != ("before", 3):
            continue

        def written(original, orientation=orientation, place=place, kind=kind):
            chunk = [(b"eXIf", exif(orientation, kind=kind, order=">"))]
            return png(TURN[orientation](original.rgb), RGB, 8, **{place: chunk})

        variant = {
            "orientation": str(orientation),
            "EXIF": f"{place} the pixels",
            "its type": "SHORT" if kind == 3 else "BYTE",
        }
        yield cell(variant, written)


def chromaticities(primaries):
    points = [(0.3127, 0.3290), *primaries]
    return struct.pack(">8I", *(round(value * 100000) for point in points for value in point))


# The same as what profiles say (`formats.profiles`), and each other.
_MEANT = {
    "gAMA 1.0": "sRGB in linear light",
    "cICP of linear light": "sRGB in linear light",
    "gAMA of 1.8": "sRGB, gamma 1.8",
    "gAMA of sRGB, cHRM of swapped colours": "red and blue have changed places",
    "cICP of Display P3": "Display P3",
}


def _of_meaning():
    same = lambda original: original.rgb  # noqa: E731
    chunks = {
        "sRGB": ([(b"sRGB", b"\0")], same),
        "gAMA of sRGB": ([(b"gAMA", struct.pack(">I", 45455))], same),
        "sRGB, and gAMA 1.0, which does not count": ([(b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100000))], same),
        "gAMA 1.0": (
            [(b"gAMA", struct.pack(">I", 100000))],
            lambda original: colours.shown(original.rgb, colours.SRGB, 1.0),
        ),
        "gAMA of 1.8": (
            [(b"gAMA", struct.pack(">I", round(100000 / 1.8)))],
            lambda original: colours.shown(original.rgb, colours.SRGB, 1.8),
        ),
        "gAMA of sRGB, cHRM of swapped colours": (
            [(b"gAMA", struct.pack(">I", 45455)), (b"cHRM", chromaticities(colours.SWAPPED))],
            lambda original: original.rgb[..., ::-1],
        ),
        "cICP of sRGB": ([(b"cICP", bytes([1, 13, 0, 1]))], same),
        "cICP of Display P3": (
            [(b"cICP", bytes([12, 13, 0, 1]))],
            lambda original: colours.shown(original.rgb, colours.P3, colours.SRGB_CURVE),
        ),
        "cICP of linear light": (
            [(b"cICP", bytes([1, 8, 0, 1]))],
            lambda original: colours.shown(original.rgb, colours.SRGB, 1.0),
        ),
    }
    for name, (before, shown) in chunks.items():

        def written(original, before=before):
            return png(original.rgb, RGB, 8, before=before)

        off = {} if shown is same else {"most": 8.0, "mean": 1.5}
        holds = "" if shown is same else _MEANT.get(name, name)
        yield cell({"meaning of the numbers": name}, written, shown, holds=holds, **off)


def _of_films():
    def frames(original, *, default_shown):
        """A film of the picture and its mirror image, of parts of frames."""
        control = struct.pack(">II", 2, 0)
        place = struct.pack(">IIIIHHBB", WIDTH, HEIGHT, 0, 0, 1, 10, 0, 0)
        mirrored = zlib.compress(rows_of(original.rgb[:, ::-1], 8))
        numbered = [struct.pack(">I", k) for k in range(4)]
        first = [(b"acTL", control), (b"fcTL", numbered[0] + place)]
        after = [(b"fcTL", numbered[1] + place), (b"fdAT", numbered[2] + mirrored)]
        if default_shown:
            return png(original.rgb, RGB, 8, before=first, after=after)
        whole = zlib.compress(rows_of(original.rgb, 8))
        after = [(b"fcTL", numbered[0] + place), (b"fdAT", numbered[1] + whole)]
        after += [(b"fcTL", numbered[2] + place), (b"fdAT", numbered[3] + mirrored)]
        return png(original.rgb, RGB, 8, before=[(b"acTL", control)], after=after)

    for name, default in (("first frame is the still picture", True), ("still picture beside the film", False)):
        yield cell(
            {"film": name}, lambda original, default=default: frames(original, default_shown=default), holds=name
        )


def _of_damage():
    """Chunks that no picture needs, damaged: the picture is read."""
    broken = {
        "cHRM too short": (b"cHRM", bytes(7)),
        "sRGB too long": (b"sRGB", bytes(3)),
        "pHYs too short": (b"pHYs", b"\0"),
        "text without an end": (b"zTXt", b"key\0\0not deflated"),
        "colour profile that is none": (b"iCCP", b"name\0\0" + zlib.compress(b"not a profile")),
        "colour profile not deflated": (b"iCCP", b"name\0\0rubbish"),
        "EXIF that is none": (b"eXIf", b"rubbish"),
        "gAMA of 0": (b"gAMA", bytes(4)),
        "animation control too short": (b"acTL", b"\0"),
    }
    for name, chunk in broken.items():
        yield cell({"damaged": name}, lambda original, chunk=chunk: png(original.rgb, RGB, 8, before=[chunk]))

    def wrong_sum(original):
        data = png(original.rgb, RGB, 8, before=[(b"pHYs", struct.pack(">IIB", 2835, 2835, 1))])
        at = data.index(b"pHYs") + 4 + 9
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    yield cell({"damaged": "check sum of pHYs"}, wrong_sum)


CELLS = [*_of_pixels(), *_of_transparency(), *_of_orientations(), *_of_meaning(), *_of_films(), *_of_damage()]
