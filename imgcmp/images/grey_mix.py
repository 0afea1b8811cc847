"""A picture -> how it looks in grey, by whatever mix of its colours another one was made grey."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[np.uint8]

_GREY = 128  # chroma of no colour


def mixed(levels: Levels, chroma: tuple[Image.Image, Image.Image], other: Levels) -> Levels:
    """Return brightness with as much of either chroma added as explains that of another picture best.

    Any weighted sum of red, green and blue is one of brightness and chroma.

    Parameters
    ----------
    levels : ndarray of uint8, shape (height, width)
        Brightness.
    chroma : (Image, Image)
        Blue and red, of mode L, smaller.
    other : ndarray of uint8, shape (height, width)
        That of the other picture, in grey.

    Returns
    -------
    mixed : ndarray of uint8, shape (height, width)
    """
    size = chroma[0].size
    smaller = [
        np.asarray(Image.fromarray(band).resize(size, Image.Resampling.BOX), np.float64).ravel()
        for band in (levels, other)
    ]
    colours = [np.asarray(band, np.float64).ravel() - _GREY for band in chroma]
    weights = np.linalg.lstsq(np.stack([*colours, np.ones_like(colours[0])], axis=1), smaller[1] - smaller[0])[0]
    there = levels.shape[::-1]
    added = sum(
        weight * (np.asarray(band.resize(there, Image.Resampling.BILINEAR), np.float32) - _GREY)
        for weight, band in zip(weights[:2].tolist(), chroma, strict=True)
    )
    return np.asarray(np.rint(levels + added + weights[2]).clip(0, 255), np.uint8)
