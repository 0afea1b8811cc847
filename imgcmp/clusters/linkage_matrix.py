"""A tree of clusters as scipy's linkage matrix, that knows how far it goes; and what it is at a lower SIM."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import cut_of, sim_to_cut
from imgcmp.clusters.labels import Labels, numbered_by_first
from imgcmp.kernels import union_find
from imgcmp.system.checks import integer


class LinkageMatrix(np.ndarray[Any, np.dtype[np.float64]]):
    """The rows of scipy's linkage matrix, with what it takes to cut it at a SIM.

    Attributes
    ----------
    n_bits : int or None
        Bits of a fingerprint; None for what was computed from such a matrix.
    sim : float or None
        The SIM up to which it goes: what is farther apart has no row. None: it is the whole tree.
    """

    n_bits: int | None
    sim: float | None

    def __new__(cls, rows: NDArray[np.float64], n_bits: int, sim: float | None = None) -> "LinkageMatrix":
        """Return rows, shape (n_mergers, 4), as such a matrix; no copy."""
        matrix = np.asarray(rows, np.float64).view(cls)
        matrix.n_bits, matrix.sim = n_bits, sim
        return matrix

    def __array_finalize__(self, source: Any) -> None:
        """Rows of a matrix, and copies of it, are none that one may cut: they may be only some."""
        is_same = isinstance(source, LinkageMatrix) and source.shape == self.shape
        self.n_bits = source.n_bits if is_same else None
        self.sim = source.sim if is_same else None


def cut_forest(Z: NDArray[np.float64], n: int, sim: float, *, n_bits: int | None = None) -> Labels:  # noqa: N803
    """Clusters at some SIM, of a tree that goes up to that or higher.

    Parameters
    ----------
    Z : ndarray of float64, shape (n_mergers, 4)
        scipy's linkage matrix of D', whole or in part, as `imgcmp.linkage` returns it.
    n : int
        Images.
    sim : float
        Allowed dissimilarity, 0 .. 1; at most that up to which Z goes.
    n_bits : int, optional
        Bits of a fingerprint; default: what `imgcmp.linkage` was told. To be given for a matrix of another source, of
        which it isn't known how far it goes: if it has fewer than n - 1 rows, up to their largest height.

    Returns
    -------
    labels : ndarray of int32, shape (n,)
        Those that `imgcmp.cluster` returns at this SIM: numbered from 0 in order of each cluster's first image.

    Raises
    ------
    ValueError
        If `sim` is not in 0..1, or above that of Z; `n_bits` isn't known; or Z is no linkage matrix of n images.
    TypeError
        If `n` or `n_bits` is not an integer, or `sim` no number.

    Notes
    -----
    O(n) time, nearly.
    """
    known_bits, forest_sim = getattr(Z, "n_bits", None), getattr(Z, "sim", None)
    n_bits = known_bits if n_bits is None else integer(n_bits, "n_bits", least=1)
    if n_bits is None:
        raise ValueError("n_bits must be given for a matrix that imgcmp.linkage did not return")
    rows = check_linkage_matrix(Z, integer(n, "n", least=0))
    if forest_sim is not None and cut_of(sim, n_bits) > cut_of(forest_sim, n_bits):
        raise ValueError(f"sim must be at most {forest_sim}, up to which this forest was linked; got {sim}")
    merged = rows[rows[:, 2] <= sim_to_cut(sim, n_bits)]
    numbers = n + np.arange(len(merged))
    parents = np.arange(n + len(merged), dtype=np.int32)
    for side in (0, 1):
        union_find.join_found(parents, merged[:, side].astype(np.int64) << 32 | numbers)
    roots = np.empty_like(parents)
    union_find.roots(roots, parents)
    return numbered_by_first(roots[:n])


def check_linkage_matrix(Z: NDArray[np.float64], n: int) -> NDArray[np.float64]:  # noqa: N803
    """Return the rows of a linkage matrix of n images, or of the lower part of one; ValueError if Z is none."""
    rows = np.asarray(Z, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 4 or len(rows) > max(n - 1, 0):
        most = max(n - 1, 0)
        raise ValueError(f"Z must have shape (n_mergers, 4), with at most n - 1 = {most} rows; got {rows.shape}")
    numbers = rows[:, :2]
    is_right = (numbers >= 0) & (numbers < n + np.arange(len(rows))[:, np.newaxis]) & (numbers % 1 == 0)
    if not is_right.all() or len(np.unique(numbers)) < numbers.size or np.any(np.diff(rows[:, 2]) < 0):
        raise ValueError(f"Z must be a linkage matrix of {n} images: each cluster merged once, in order of height")
    return rows
