"""How much of a picture is one ground: little of photographs, most of pages, drawings, and things that were cut out."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[np.uint8]

PAGE = 0.35
"""The part of a picture of one brightness from which on it is a page, or drawn, or cut out."""

# Levels within which the ground of a page is, over all of it: as it is drawn, or after JPEG.
_SAME_GROUND = 3

# A page that is lit unevenly, scanned or photographed, has one ground after what it is lit by is taken out. Of pages of
# text whose darkest corner is 11 to 44 % darker 0.65 to 0.92 are one ground, with noise of up to 3 levels, and of those
# on a brown desk 0.44; with noise of 8 levels, or on mottled paper, 0.68 and more within levels that are farther apart.
# 15 of 365 photographs that are no pages as they are have as much of either: of most of these it is a sky.
_LIT_GROUNDS = ((_SAME_GROUND, 0.42), (12, 0.66))
_BLOCKS, _LIGHT = 6, 70  # a side; percentile of the brightness of a block that is its ground
_WHITE = 200.0  # level at which the ground of all blocks is then


def ground_of(levels: Levels) -> float:
    """Return the part of a picture that has its most frequent brightness, as it is or evenly lit.

    Parameters
    ----------
    levels : ndarray of uint8, shape (height, width)
        Brightness.

    Returns
    -------
    ground : float
        0..1. That of an evenly lit picture is taken where the picture as it is is no page, and this one clearly is.
    """
    share = _share_of_ground(levels)
    if share >= PAGE or min(levels.shape) < _BLOCKS:
        return share
    lit = _evenly_lit(levels)
    shares = [(_share_of_ground(lit, within), least) for within, least in _LIT_GROUNDS]
    return max([share, *(found for found, least in shares if found >= least)])


def _share_of_ground(levels: Levels, within: int = _SAME_GROUND) -> float:
    """Return the part of the most frequent brightness, and what is within so many levels."""
    counts = np.bincount(levels.ravel(), minlength=256)
    around = np.convolve(counts, np.ones(2 * within + 1, dtype=np.intp), mode="same")
    return float(around.max() / counts.sum())


def _evenly_lit(levels: Levels) -> Levels:
    """Divide by the brightness of the ground, which changes slowly."""
    height, width = (length // _BLOCKS for length in levels.shape)
    whole = levels[: height * _BLOCKS, : width * _BLOCKS].reshape(_BLOCKS, height, _BLOCKS, width)
    grounds = np.percentile(whole, _LIGHT, axis=(1, 3)).astype(np.float32)
    light = Image.fromarray(grounds).resize(levels.shape[::-1], Image.Resampling.BICUBIC)
    even = np.clip(levels * (_WHITE / np.maximum(np.asarray(light), 1.0)), 0, 255)
    return np.asarray(even.astype(np.uint8))
