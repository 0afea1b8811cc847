"""From numbers to light, and to the numbers of sRGB: by the primaries and curves that PNG, AVIF and HEIC name."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Light = NDArray[np.floating]
Curve = Callable[[Light], Light]


class Primaries(NamedTuple):
    """The chromaticities x and y of white, red, green and blue, in the order of PNG's cHRM."""

    white: tuple[float, float]
    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]


_D65 = (0.3127, 0.329)
_CENTRE, _C = (0.314, 0.351), (0.31, 0.316)

SRGB = Primaries(_D65, (0.64, 0.33), (0.3, 0.6), (0.15, 0.06))

PRIMARIES = {
    1: SRGB,
    4: Primaries(_C, (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: Primaries(_D65, (0.64, 0.33), (0.29, 0.6), (0.15, 0.06)),
    6: Primaries(_D65, (0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    7: Primaries(_D65, (0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    9: Primaries(_D65, (0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
    11: Primaries(_CENTRE, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    12: Primaries(_D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
}
"""By the code points of ITU-T H.273, table 2; of those that are not here nothing is known, or they are not of RGB."""

# Luminance of what PQ and HLG show as the white of a page, in parts of the largest: 203 of 10,000 cd/m2, and the light
# of three quarters of the signal (ITU-R BT.2408).
_PQ_WHITE, _HLG_WHITE = 0.0203, 0.265

# Cone responses after Bradford, as in the profiles of the ICC (ICC.1, annex E).
_CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def to_srgb(levels: NDArray[np.uint8], curve: Curve, primaries: Primaries) -> NDArray[np.uint8]:
    """Return the numbers by which sRGB shows the same colours; those that it can't show are clipped.

    Parameters
    ----------
    levels : ndarray of uint8, shape (..., 3)
        Red, green and blue.
    curve : callable
        Light, 0..1, of numbers in 0..1.
    primaries : Primaries
        Of what colours they are.

    Returns
    -------
    levels : ndarray of uint8, shape (..., 3)
    """
    table = curve(np.linspace(0, 1, 256, dtype=np.float32))
    light = table[levels] @ _to_srgb_light(primaries).T.astype(np.float32)
    return np.rint(encoded(light.clip(0, 1)) * 255).astype(np.uint8)


def curve_of(transfer: int) -> Curve | None:
    """Return the curve of a code point of ITU-T H.273, table 3; None for those that are shown as sRGB is, or unknown.

    Those of television (1, 6, 14, 15) were made for a display whose curve is nearly that of sRGB: browsers show their
    numbers as they are.
    """
    return _CURVES.get(transfer)


def power(exponent: float) -> Curve:
    """Return the curve of a gamma."""
    return lambda numbers: numbers**exponent


def decoded(numbers: Light) -> Light:
    """Return the light of sRGB's numbers (IEC 61966-2-1)."""
    light: Light = np.where(numbers <= 0.04045, numbers / 12.92, ((numbers + 0.055) / 1.055) ** 2.4)
    return light


def encoded(light: Light) -> Light:
    """Return sRGB's numbers of light (IEC 61966-2-1)."""
    numbers: Light = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return numbers


def _perceptual_quantizer(numbers: Light) -> Light:
    """Return the light of PQ's numbers (SMPTE ST 2084), 1 for the white of a page."""
    root = numbers ** (32 / 2523)
    light = (np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)) ** (8192 / 1305)
    return np.asarray(light / _PQ_WHITE)


def _hybrid_log_gamma(numbers: Light) -> Light:
    """Return the light of HLG's numbers (ITU-R BT.2100) at the camera, 1 for the white of a page."""
    light = np.where(numbers <= 0.5, numbers**2 / 3, (np.exp((numbers - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    return np.asarray(light / _HLG_WHITE)


_CURVES: dict[int, Curve] = {
    4: power(2.2),
    5: power(2.8),
    8: power(1.0),
    16: _perceptual_quantizer,
    17: lambda numbers: numbers**2.6 * (52.37 / 48),  # SMPTE ST 428-1
    18: _hybrid_log_gamma,
}


def _to_srgb_light(primaries: Primaries) -> NDArray[np.floating]:
    """Return the matrix that makes light of sRGB's primaries of that of others; white stays white."""
    ours, theirs = (_to_xyz(of) for of in (SRGB, primaries))
    cones = [_CONES @ _xyz(of.white) for of in (SRGB, primaries)]
    adapted = np.linalg.solve(_CONES, np.diag(cones[0] / cones[1]) @ _CONES)
    return np.linalg.solve(ours, adapted @ theirs)


def _to_xyz(primaries: Primaries) -> NDArray[np.floating]:
    columns = np.stack([_xyz(of) for of in primaries[1:]], axis=1)
    return columns * np.linalg.solve(columns, _xyz(primaries.white))


def _xyz(chromaticity: tuple[float, float]) -> NDArray[np.float64]:
    x, y = chromaticity
    return np.array([x / y, 1.0, (1 - x - y) / y])
