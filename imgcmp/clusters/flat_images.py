"""Pictures that show too little to compare are alike only if their pixels are the same."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.labels import numbered_by_first


def with_flat_ones(labels: NDArray[np.int32], flat: NDArray[np.bool_], pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the clusters of all images, given those of the images that are not flat.

    Parameters
    ----------
    labels : ndarray of int32, shape (n_images - n_flat,)
        The cluster of each image that is not flat.
    flat : ndarray of bool, shape (n_images,)
        Which images are.
    pixels : ndarray of uint8, shape (n_images, 16)
        Digests of the pixels of the flat ones; zeros: unknown, like no other.

    Returns
    -------
    labels : ndarray of int32, shape (n_images,)
        Numbered from 0 in order of each cluster's first image.
    """
    merged = np.empty(len(flat), dtype=np.int64)
    merged[~flat] = labels
    merged[flat] = _groups(pixels[flat]) + (labels.max(initial=-1) + 1)
    return numbered_by_first(merged)


def shared(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which of the digests, shape (n, 16), more than one image has."""
    groups = _groups(pixels)
    return np.bincount(groups)[groups] > 1 if len(groups) else np.zeros(0, dtype=bool)


def _groups(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return a number for each digest; each unknown one has a number of its own."""
    halves = np.ascontiguousarray(pixels).view(np.uint64)
    _, groups = np.unique(halves, axis=0, return_inverse=True)
    unknown = np.flatnonzero(~halves.any(axis=1))
    groups = groups.reshape(-1).astype(np.int64)
    groups[unknown] = len(groups) + np.arange(len(unknown))
    return groups
