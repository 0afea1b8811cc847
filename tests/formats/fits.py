"""FITS: every kind of numbers, their scale, and where the picture is. The first row is the lowest."""

import numpy as np
from formats.cell import Cell

_BLOCK = 2880


def unit(numbers, *cards, first=True, simple=True):
    """Return a header and its numbers; first: SIMPLE, else an extension."""
    kind = (
        {"u1": 8, "i2": 16, "i4": 32, "i8": 64, "f4": -32, "f8": -64}[numbers.dtype.str[1:]]
        if numbers is not None
        else 8
    )
    axes = [] if numbers is None else list(numbers.shape[::-1])
    lines = [
        _card("SIMPLE", "T") if first else _card("XTENSION", "'IMAGE   '"),
        _card("BITPIX", kind),
        _card("NAXIS", len(axes)),
    ]
    lines += [_card(f"NAXIS{k + 1}", length) for k, length in enumerate(axes)]
    lines += [_card("PCOUNT", 0), _card("GCOUNT", 1)] if not first else []
    lines += [_card(*card) for card in cards] + ["END".ljust(80)]
    data = b"" if numbers is None else numbers.astype(numbers.dtype.newbyteorder(">")).tobytes()
    return _filled("".join(lines).encode(), b" ") + _filled(data, b"\0")


def _card(name, value):
    return f"{name:<8}= {value:>20}".ljust(80)


def _filled(data, by):
    return data + by * (-len(data) % _BLOCK)


def cell(variant, written, shown=lambda original: original.grey, **more):
    return Cell("FITS", variant, ".fits", written, shown, **more)


def _of_numbers():
    kinds = {
        "8 bits": ("u1", 255, 0, ()),
        "16 bits": ("i2", 32767, 0, ()),
        "16 bits, offset 32768": ("i2", 65535, -32768, (("BZERO", "32768.0"), ("BSCALE", "1.0"))),
        "16 bits, 0..4095": ("i2", 4095, 0, ()),
        "16 bits, scaled": ("i2", 20000, 0, (("BZERO", "0.0"), ("BSCALE", "0.01"))),
        "32 bits": ("i4", 2**31 - 1, 0, ()),
        "32 bits, offset 2**31": ("i4", 2**32 - 1, -(2**31), (("BZERO", "2147483648.0"), ("BSCALE", "1.0"))),
        "float32 of 0..1": ("f4", 1.0, 0, ()),
        "float32 of 0..30000": ("f4", 30000.0, 0, ()),
        "float64 of -5..5": ("f8", 10.0, -5, ()),
    }
    for name, (kind, span, least, cards) in kinds.items():

        def written(original, kind=kind, span=span, least=least, cards=cards):
            values = original.deep(16, original.grey).astype(np.float64) / 65535 * span + least
            values = np.rint(values) if kind[0] in "ui" else values
            return unit(values[::-1].astype(kind), *cards)

        yield cell(
            {"numbers": name},
            written,
            holds={"8 bits": "", "float32 of 0..1": "float32"}.get(name, name),
            stretched=True,
            most=3.0,
            mean=1.0,
        )

    def with_nan(original):
        values = original.grey[::-1].astype("f4")
        values[:4, :4] = np.nan
        return unit(values)

    def shown(original):
        grey = original.grey.copy()
        grey[-4:, :4] = 0
        return grey

    yield cell({"numbers": "float32 with pixels that are no numbers"}, with_nan, shown, holds="NaN", stretched=True)


def _of_places():
    def extension(original):
        return unit(None, ("EXTEND", "T")) + unit(original.grey[::-1].copy(), first=False)

    def cube(original):
        return unit(np.stack([original.grey[::-1], original.grey[::-1, ::-1]]))

    def two(original):
        return unit(original.grey[::-1].copy(), ("EXTEND", "T")) + unit(original.grey.copy(), first=False)

    yield cell({"picture": "in an extension"}, extension)
    yield cell({"picture": "the first of two"}, two, holds="another")
    yield cell({"picture": "the first of a cube"}, cube, holds="cube")


CELLS = [*_of_numbers(), *_of_places()]
