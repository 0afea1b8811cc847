"""Clusters as a scikit-learn estimator; the one module that needs scikit-learn."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from imgcmp.clusters.linkage import cluster
from imgcmp.fingerprints.packing import Words, check_matrix

try:
    from sklearn.base import BaseEstimator, ClusterMixin
except ImportError as error:
    raise ImportError("HammingAgglomerative needs scikit-learn: pip install 'imgcmp[sklearn]'") from error


class HammingAgglomerative(ClusterMixin, BaseEstimator):
    """Agglomerative clustering of packed fingerprints by their Hamming distances, as `imgcmp.cluster` does it.

    Parameters
    ----------
    sim : float
        Allowed dissimilarity: the fraction of the bits that may differ, 0 .. 1.
    linkage : {"average", "single", "complete", "weighted"}
        As scipy defines them.
    n_bits : int, optional
        Bits of a fingerprint; default ``64 * n_words``.
    max_memory : int, optional
        Bytes that may be used, at about; default half of what is available. The result doesn't depend on it.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.

    Attributes
    ----------
    labels_ : ndarray of int32, shape (n_images,)
        The cluster of each image, numbered from 0 in order of each cluster's first image.
    n_clusters_ : int
        How many clusters there are.
    n_features_in_ : int
        Words of a fingerprint.

    Notes
    -----
    Samples are rows of packed words, uint64, as `imgcmp.fingerprint_files`, `imgcmp.pack`, `imgcmp.from_bytes` and
    `imgcmp.from_hex` make them: their values are no numbers to be scaled or averaged.
    """

    def __init__(
        self,
        sim: float = 0.1,
        linkage: str = "average",
        n_bits: int | None = None,
        max_memory: int | None = None,
        workers: int | None = None,
    ) -> None:
        self.sim = sim
        self.linkage = linkage
        self.n_bits = n_bits
        self.max_memory = max_memory
        self.workers = workers

    def fit(self, X: Words, y: object = None) -> Self:  # noqa: ARG002, N803 -- scikit-learn's names
        """Cluster fingerprints.

        Parameters
        ----------
        X : ndarray of uint64, shape (n_images, n_words)
            Packed fingerprints; unused low bits are zero.
        y : object
            Not used.

        Returns
        -------
        self : HammingAgglomerative

        Raises
        ------
        TypeError, ValueError, MemoryError
            As `imgcmp.cluster`.
        """
        if issparse(X):
            raise TypeError(f"X must be a dense array of uint64; got a sparse {type(X).__name__}")
        words, n_bits = check_matrix(X, self.n_bits, name="X")
        self.labels_: NDArray[np.int32] = cluster(
            words,
            self.sim,
            n_bits=n_bits,
            linkage=self.linkage,
            max_memory=self.max_memory,
            workers=self.workers,
        )
        self.n_clusters_ = int(self.labels_.max(initial=-1)) + 1
        self.n_features_in_ = words.shape[1]
        return self
