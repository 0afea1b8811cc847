"""Which images show too little for their fingerprints to mean much, or anything."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.images.detail import LEAST_DETAIL


def are_flat(detail: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which images show too little to compare; one whose detail is unknown, -1, does not count as such.

    Parameters
    ----------
    detail : ndarray of int64, shape (n_images,)
        As `detail` gives it.

    Returns
    -------
    flat : ndarray of bool, shape (n_images,)
    """
    return (detail >= 0) & (detail < LEAST_DETAIL)


def detail_of_earlier(detail: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return detail as versions told it that did not tell blank from sparse images: all flat ones are taken for blank.

    Blank pages with a few words had 1 to 11, too, and their fingerprints say nothing.

    Parameters
    ----------
    detail : ndarray of int64, shape (n_images,)
        As they kept it.

    Returns
    -------
    detail : ndarray of int64, shape (n_images,)
    """
    return np.where(are_flat(detail), 0, detail)


def are_sparse(detail: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which flat images show something all the same: their fingerprints mean something if they are nearly equal.

    Parameters
    ----------
    detail : ndarray of int64, shape (n_images,)
        As `detail` gives it: 0 for blank pictures.

    Returns
    -------
    sparse : ndarray of bool, shape (n_images,)
    """
    return (detail > 0) & (detail < LEAST_DETAIL)
