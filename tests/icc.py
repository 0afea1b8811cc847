"""Colour profiles for the tests: of primaries and a gamma, by the rules of ICC.1:2001-04; and what they mean."""

import struct

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])
D65 = (0.3127, 0.329)

# The chromaticities of red, green and blue.
SRGB = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06))
DISPLAY_P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
SWAPPED = (SRGB[2], SRGB[1], SRGB[0])

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def rgb_profile(primaries, gamma, white=D65):
    """Return a profile of red, green and blue of these primaries, with a gamma (a number) or sRGB's curve (None)."""
    columns = _in_d50(_matrix(primaries, white), white).T
    tags = {b"wtpt": _xyz_tag(D50)}
    for name, column in zip((b"r", b"g", b"b"), columns, strict=True):
        tags[name + b"XYZ"] = _xyz_tag(column)
        tags[name + b"TRC"] = _curve_tag(gamma)
    return _profile(b"RGB ", tags)


def grey_profile(gamma):
    """Return a profile of grey with a gamma."""
    return _profile(b"GRAY", {b"wtpt": _xyz_tag(D50), b"kTRC": _curve_tag(gamma)})


def shown_by(colours, primaries, gamma, white=D65):
    """Return what sRGB shows of colours, 0..255, of such a profile; as float64, shape (..., 3)."""
    numbers = np.asarray(colours, dtype=float) / 255
    light = _decoded(numbers) if gamma is None else numbers**gamma
    matrix = np.linalg.inv(_in_d50(_matrix(SRGB, D65), D65)) @ _in_d50(_matrix(primaries, white), white)
    return _encoded((light @ matrix.T).clip(0, 1)) * 255


def numbers_of(colours, primaries, gamma, white=D65):
    """Return the numbers by which such a profile means the colours of sRGB, 0..255; as float64, shape (..., 3)."""
    matrix = np.linalg.inv(_in_d50(_matrix(primaries, white), white)) @ _in_d50(_matrix(SRGB, D65), D65)
    light = (_decoded(np.asarray(colours, dtype=float) / 255) @ matrix.T).clip(0, 1)
    return 255 * (_encoded(light) if gamma is None else light ** (1 / gamma))


def lightness_shown(lightness):
    """Return what sRGB shows of CIE's lightness, 0..255 for 0..100, without colour (CIE 1976); as float64."""
    scaled = (np.asarray(lightness) * (100 / 255) + 16) / 116
    return 255 * _encoded(np.where(scaled > 6 / 29, scaled**3, (scaled - 16 / 116) * 3 * (6 / 29) ** 2))


def _profile(space, tags):
    """Return a profile of a display, version 2.1."""
    tags = {b"desc": _description(b"test"), b"cprt": b"text\0\0\0\0none\0", **tags}
    head, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        head += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    fields = struct.pack(">I4sI4s4s4s", start + len(body), b"lcms", 0x02100000, b"mntr", space, b"XYZ ")
    header = fields + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _s15(*D50)
    return header.ljust(128, b"\0") + head + body


def _description(text):
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + bytes(4 + 4 + 2 + 1 + 67)


def _xyz_tag(xyz):
    return b"XYZ \0\0\0\0" + _s15(*xyz)


def _curve_tag(gamma):
    if gamma is not None:
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    table = np.rint(_decoded(np.linspace(0, 1, 1024)) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", 1024) + table.tobytes()


def _s15(*numbers):
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def _matrix(primaries, white):
    columns = np.array([_xyz(*one) for one in primaries]).T
    return columns * np.linalg.solve(columns, _xyz(*white))


def _in_d50(matrix, white):
    cones = np.diag((_BRADFORD @ D50) / (_BRADFORD @ _xyz(*white)))
    return np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ matrix


def _xyz(x, y):
    return np.array([x / y, 1, (1 - x - y) / y])


def _decoded(numbers):
    return np.where(numbers <= 0.04045, numbers / 12.92, ((numbers + 0.055) / 1.055) ** 2.4)


def _encoded(light):
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
