"""Colour profiles of our own (ICC.1, a matrix and three curves), and what is shown of numbers that have them."""

import struct

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])
_WHITE_D65 = (0.3127, 0.3290)

# Chromaticities of red, green and blue.
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
REC_2020 = ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046))
SWAPPED = (SRGB[2], SRGB[1], SRGB[0])

SRGB_CURVE = "sRGB"
"""In place of a gamma."""


def matrix_of(primaries, white=_WHITE_D65):
    """Return the matrix from linear red, green and blue to XYZ of the white given."""
    columns = np.array([_xyz(point) for point in primaries]).T
    return columns * np.linalg.solve(columns, _xyz(white))


def _xyz(point):
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def linear(values, curve):
    """Return light of values 0..1 with a gamma, or the curve of sRGB."""
    if curve == SRGB_CURVE:
        return np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)
    return values**curve


def of_linear(light):
    """Return values of sRGB, 0..1."""
    light = light.clip(0, 1)
    return np.where(light > 0.0031308, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055, light * 12.92)


def shown(rgb, primaries, curve):
    """Return what is shown, in sRGB, of 8-bit numbers that are of other primaries and another curve."""
    light = linear(rgb / 255.0, curve) @ (np.linalg.inv(matrix_of(SRGB)) @ matrix_of(primaries)).T
    return np.rint(of_linear(light) * 255).astype(np.uint8)


def stored(rgb, primaries, curve):
    """Return the 8-bit numbers of other primaries and another curve by which a picture of sRGB is shown; clipped."""
    light = linear(rgb / 255.0, SRGB_CURVE) @ (np.linalg.inv(matrix_of(primaries)) @ matrix_of(SRGB)).T
    values = light.clip(0, 1)
    if curve == SRGB_CURVE:
        values = of_linear(values)
    else:
        values = values ** (1 / curve)
    return np.rint(values * 255).astype(np.uint8)


def profile(primaries, curve, *, grey=False):
    """Return an ICC profile, version 2, of a display (or of grey) with these primaries and this gamma or curve."""
    tags = {b"desc": _text("of the tests"), b"cprt": b"text\0\0\0\0none\0", b"wtpt": _point(D50)}
    if grey:
        tags[b"kTRC"] = _curve(curve)
    else:
        adapted = _adapted(matrix_of(primaries))
        for k, letter in enumerate(b"rgb"):
            tags[bytes([letter]) + b"XYZ"] = _point(adapted[:, k])
            tags[bytes([letter]) + b"TRC"] = _curve(curve)
    place, directory, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        directory += struct.pack(">4sII", name, place + len(body), len(data))
        body += padded
    head = struct.pack(
        ">I4xI4s4s4s12x4s4x", place + len(body), 0x02400000, b"mntr", b"GRAY" if grey else b"RGB ", b"XYZ ", b"acsp"
    )
    head = head.ljust(68, b"\0") + struct.pack(">3i", *(round(65536 * value) for value in D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + directory + body


def _adapted(matrix):
    """Return a matrix to XYZ for the white D50, which profiles are in (Bradford)."""
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    scale = np.diag((cone @ D50) / (cone @ _xyz(_WHITE_D65)))
    return np.linalg.inv(cone) @ scale @ cone @ matrix


def _point(xyz):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * value) for value in xyz))


def _curve(curve):
    if curve == SRGB_CURVE:
        table = np.rint(linear(np.arange(1024) / 1023, curve) * 65535).astype(">u2")
        return b"curv\0\0\0\0" + struct.pack(">I", len(table)) + table.tobytes()
    if curve == 1:
        return b"curv\0\0\0\0" + struct.pack(">I", 0)
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(curve * 256))


def _text(words):
    return b"desc\0\0\0\0" + struct.pack(">I", len(words) + 1) + words.encode() + b"\0" + bytes(78)


SRGB_PROFILE = profile(SRGB, SRGB_CURVE)
