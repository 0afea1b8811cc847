"""Whether one picture has other colours than another, and not only other tones."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.images.tone import Levels, shown_as, tone_of

# Brightness of red, green and blue (ITU-R 601).
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def hue_change(one: Image.Image, other: Image.Image) -> float:
    """Tell by how many levels of red or blue colours differ, on average, that one curve of tones does not explain.

    Brightness, contrast and gamma change red, green and blue by one curve, and with it how strong colours are; to make
    a picture warmer, paler, or another colour takes more.

    Parameters
    ----------
    one, other : PIL.Image.Image of mode RGB
        Of one size.
    """
    levels, wanted = (np.asarray(image) for image in (one, other))
    curve = tone_of(_side_by_side(levels), _side_by_side(wanted))
    left_over = shown_as(levels, curve).astype(np.float32) - wanted
    left_over -= (left_over @ _LUMA)[..., np.newaxis]
    return float(np.abs(left_over).max(axis=-1).mean())


def _side_by_side(colours: NDArray[np.uint8]) -> Levels:
    """Return red, green and blue as three pictures in a row."""
    return np.concatenate([colours[..., band] for band in range(3)], axis=1)
