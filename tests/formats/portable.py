"""PNM and its kin: PBM, PGM, PPM, PAM, PFM; and Radiance HDR."""

import itertools

import numpy as np
from formats.cell import Cell
from formats.originals import HEIGHT, WIDTH, over_white


def _text(numbers):
    return "\n".join(" ".join(map(str, row)) for row in numbers.reshape(len(numbers), -1).tolist()).encode() + b"\n"


def _binary(numbers, top):
    return numbers.astype(">u2" if top > 255 else "u1").tobytes()


def _of_pnm():
    tops = (1, 15, 100, 255, 1023, 4095, 65535)
    for (name, in_text, binary, suffix), top in itertools.product(
        (("PGM", b"P2", b"P5", ".pgm"), ("PPM", b"P3", b"P6", ".ppm")), tops
    ):
        for how, magic in (("text", in_text), ("binary", binary)):
            if how == "text" and top not in (15, 255, 65535):
                continue

            def written(original, name=name, magic=magic, top=top, how=how):
                picture = original.grey if name == "PGM" else original.rgb
                deep = original.deep(8 if top <= 255 else 16, picture).astype(float)
                numbers = np.rint(deep / (255 if top <= 255 else 65535) * top).astype(int)
                head = magic + f"\n# made by the tests\n{WIDTH} {HEIGHT}\n{top}\n".encode()
                return head + (_text(numbers) if how == "text" else _binary(numbers, top))

            def shown(original, name=name, top=top):
                picture = original.grey if name == "PGM" else original.rgb
                coarse = min(top, 65535)
                return np.rint(np.rint(picture / 255 * coarse) * 255 / coarse).astype(np.uint8)

            variant = {"kind": name, "numbers": how, "white": str(top)}
            yield Cell("PNM", variant, suffix, written, shown, holds=f"{top.bit_length()} bits" if top > 255 else "")
    for how, magic in (("text", b"P1"), ("binary", b"P4")):

        def bitmap(original, magic=magic, how=how):
            ink = ~original.bits
            data = _text(ink.astype(int)) if how == "text" else np.packbits(ink, axis=1).tobytes()
            return magic + f"\n{WIDTH} {HEIGHT}\n".encode() + data

        yield Cell("PNM", {"kind": "PBM", "numbers": how}, ".pbm", bitmap, lambda o: o.bits.astype(np.uint8) * 255)


def _of_pam():
    kinds = {"GRAYSCALE": 1, "RGB": 3, "GRAYSCALE_ALPHA": 2, "RGB_ALPHA": 4, "BLACKANDWHITE": 1}
    for (kind, n), top in itertools.product(kinds.items(), (1, 255, 65535)):
        if (kind == "BLACKANDWHITE") != (top == 1):
            continue

        def written(original, kind=kind, n=n, top=top):
            if top == 1:
                samples = original.bits[..., np.newaxis].astype(int)
            else:
                picture = original.rgb if n > 2 else original.grey[..., np.newaxis]
                samples = original.deep(16 if top > 255 else 8, picture)
                if n in (2, 4):
                    samples = np.dstack([samples, original.alpha.astype(int) * (257 if top > 255 else 1)])
            head = f"P7\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\nDEPTH {n}\nMAXVAL {top}\nTUPLTYPE {kind}\nENDHDR\n"
            return head.encode() + _binary(samples, top)

        def shown(original, kind=kind, n=n):
            if kind == "BLACKANDWHITE":
                return original.bits.astype(np.uint8) * 255
            picture = original.rgb if n > 2 else original.grey
            return over_white(picture, original.alpha) if n in (2, 4) else picture

        holds = "16 bits" if top > 255 else ""
        yield Cell("PNM", {"kind": f"PAM, {kind}", "white": str(top)}, ".pam", written, shown, holds=holds)


def _of_floats():
    for (end, order, scale), (name, magic) in itertools.product(
        (("little-endian", "<", b"-1.0"), ("big-endian", ">", b"1.0")), (("grey", b"Pf"), ("colour", b"PF"))
    ):

        def written(original, order=order, scale=scale, name=name, magic=magic):
            picture = (original.grey if name == "grey" else original.rgb).astype(float) / 255
            head = magic + f"\n{WIDTH} {HEIGHT}\n".encode() + scale + b"\n"
            return head + picture[::-1].astype(order + "f4").tobytes()

        shown = (lambda o: o.grey) if name == "grey" else (lambda o: o.rgb)
        yield Cell("PNM", {"kind": f"PFM, {name}", "order": end}, ".pfm", written, shown, holds="float32")


def _rgbe(light):
    """Return light as bytes of red, green, blue and their exponent."""
    largest = light.max(axis=-1)
    mantissa, exponent = np.frexp(largest)
    scale = np.where(largest > 1e-32, mantissa * 256 / np.maximum(largest, 1e-32), 0)
    colours = (light * scale[..., np.newaxis]).astype(np.uint8)
    return np.dstack([colours, np.where(largest > 1e-32, exponent + 128, 0).astype(np.uint8)])


def _runs(row):
    """Return a row as Radiance stores it, plane by plane, in pieces of what is no run."""
    head = bytes([2, 2, len(row) >> 8, len(row) & 255])
    planes = [row[:, k].tobytes() for k in range(4)]
    pieces = [plane[k : k + 128] for plane in planes for k in range(0, len(plane), 128)]
    return head + b"".join(bytes([len(piece)]) + piece for piece in pieces)


def _of_light():
    for name, is_packed, order in (
        ("by planes", True, b"-Y %d +X %d\n"),
        ("plain", False, b"-Y %d +X %d\n"),
        ("from below", True, b"+Y %d +X %d\n"),
    ):

        def written(original, is_packed=is_packed, order=order):
            values = original.rgb / 255.0
            light = np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)
            pixels = _rgbe(light)[::-1] if order.startswith(b"+") else _rgbe(light)
            data = b"".join(map(_runs, pixels)) if is_packed else pixels.tobytes()
            return b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n" + order % (HEIGHT, WIDTH) + data

        yield Cell("Radiance HDR", {"rows": name}, ".hdr", written, most=8.0, mean=2.0, holds="light")


CELLS = [*_of_pnm(), *_of_pam(), *_of_floats(), *_of_light()]
