"""Pictures in floating point, as they are shown: what is brighter than white is white."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.images.readers.coarser import note_coarser

_ROWS_AT_ONCE = 64

_LINEAR_BELOW = 0.0031308  # of the curve of sRGB (IEC 61966-2-1), which is a line near black


def shown(light: NDArray[np.float32], form: str, *, is_linear: bool) -> Image.Image:
    """Return an image of sRGB made of floats, in each of which 1 is white.

    Parameters
    ----------
    light : ndarray of float32, shape (height, width, 3)
        What is less than 0 or more than 1, or no number, is black or white.
    form : str
        What its format is to be called.
    is_linear : bool
        Whether they are light; else they are grey levels already.
    """
    levels = np.empty(light.shape, np.uint8)
    for first in range(0, len(light), _ROWS_AT_ONCE):
        rows = light[first : first + _ROWS_AT_ONCE].astype(np.float32)
        part = np.nan_to_num(rows, nan=0, posinf=1, neginf=0).clip(0, 1)
        if is_linear:
            part = np.where(part <= _LINEAR_BELOW, 12.92 * part, 1.055 * part ** (1 / 2.4) - 0.055)
        levels[first : first + _ROWS_AT_ONCE] = np.rint(255 * part)
    image = Image.fromarray(levels)
    image.format = form
    return note_coarser(image)
