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
