"""Pictures in floating point, as they are shown: what is brighter than white is white."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.images.light import encoded
from imgcmp.images.readers.coarser import note_coarser

_ROWS_AT_ONCE = 64


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
            part = encoded(part)
        levels[first : first + _ROWS_AT_ONCE] = np.rint(255 * part)
    image = Image.fromarray(levels)
    image.format = form
    return note_coarser(image)
