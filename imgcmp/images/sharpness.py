"""A picture -> how much fine detail it has, at the scale at which it is decoded."""

import numpy as np
from PIL import Image

from imgcmp.images.grey_pixels import Grey
from imgcmp.images.image_file import UNKNOWN

_SCALES = (8, 4, 2, 1)  # by which a JPEG is made smaller when it is decoded
_ROWS = 32  # that are looked at, evenly spread


def sharpness(image: Image.Image, grey: Grey, scale: int) -> int:
    """Compute how much fine detail a picture has.

    Parameters
    ----------
    image : PIL.Image.Image
        The picture, of any mode, as it was decoded.
    grey : PIL.Image.Image of mode L
        Its grey pixels, perhaps turned and at reduced scale.
    scale : int
        By what it is made smaller first; 1 if its decoder did that.

    Returns
    -------
    sharpness : int
        100 times the root of the mean square of what a pixel differs by from the mean of its four neighbours, in grey
        levels, in 32 rows; -1 if it has fewer than 3 rows or columns.

    Notes
    -----
    At 1/8 of its size a picture says little of what is finer than 8 of its pixels. Copies of one size and one kind of
    fingerprint can be compared, and no others: a smaller copy has more of it, and a dull picture has less than a noisy
    one.
    """
    large = _as_large(image, grey)
    levels = np.asarray(large if scale == 1 else large.reduce(scale))
    if min(levels.shape) < 3:
        return UNKNOWN
    n_within = len(levels) - 2
    n_rows = min(n_within, _ROWS)
    rows = 1 + np.arange(n_rows) * n_within // n_rows
    here = levels[rows].astype(np.float32)
    between = here[:, 1:-1] * 4 - here[:, :-2] - here[:, 2:] - levels[rows - 1, 1:-1] - levels[rows + 1, 1:-1]
    return round(25 * float(np.sqrt(np.vdot(between, between) / between.size)))


def scale_of(size: tuple[int, int], min_side: int) -> int:
    """Return by what a JPEG of this size is made smaller when it is decoded: other formats are looked at like it."""
    return next((scale for scale in _SCALES if min(size) // min_side >= scale), 1)


def _as_large(image: Image.Image, grey: Grey) -> Grey:
    """Return the grey pixels of an image in its own size."""
    if set(grey.size) == set(image.size) or image.mode.startswith(("I", "F")):
        return grey
    return image if image.mode == "L" else image.convert("L")
