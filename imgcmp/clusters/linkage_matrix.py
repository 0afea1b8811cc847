"""A tree of clusters as scipy's linkage matrix, that knows how far it goes; and what it is at a lower SIM."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import cut_of, sim_to_cut
from imgcmp.clusters.labels import Labels, numbered_by_first
from imgcmp.kernels import union_find
from imgcmp.system.checks import fraction, integer


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
        """Return rows, shape (n_mergers, 4), as such a matrix; no copy.

        TypeError or ValueError if there is no such n_bits or SIM; what the rows are `cut_forest` checks.
        """
        matrix = np.asarray(rows, np.float64).view(cls)
        matrix.n_bits, matrix.sim = integer(n_bits, "n_bits", least=1), None if sim is None else fraction(sim, "sim")
        return matrix

    def __array_finalize__(self, source: Any) -> None:
        """Keep what is known where no row is missing: some rows are none that one may cut.

        Nothing is known of what is in them: whoever scales the heights makes a plain array of them first.
        """
        is_same = isinstance(source, LinkageMatrix) and source.shape == self.shape
        self.n_bits = source.n_bits if is_same else None
        self.sim = source.sim if is_same else None

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what it is pickled as: with what is known."""
        of_array = super().__reduce__()
        assert isinstance(of_array, tuple)  # a text stands for what is global
        make, arguments, state = of_array
        return make, arguments, (state, self.n_bits, self.sim)

    def __setstate__(self, state: Any) -> None:
        """Take up what was pickled."""
        of_array, self.n_bits, self.sim = state
        super().__setstate__(of_array)


def cut_forest(
    Z: NDArray[np.float64],  # noqa: N803
    n: int,
    sim: float,
    *,
    n_bits: int | None = None,
    forest_sim: float | None = None,
) -> Labels:
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
        Bits of a fingerprint; default: what `imgcmp.linkage` was told. To be given for a matrix of another source.
    forest_sim : float, optional
        The SIM up to which Z goes; default: what `imgcmp.linkage` was told. Of a matrix of another source, with fewer
        than n - 1 rows, it isn't known: it may be cut up to its largest height, unless this is given.

    Returns
    -------
    labels : ndarray of int32, shape (n,)
        Those that `imgcmp.cluster` returns at this SIM: numbered from 0 in order of each cluster's first image.

    Raises
    ------
    ValueError
        If `sim` is not in 0..1, or above that up to which Z goes; `n_bits` isn't known; `n_bits` or `forest_sim` is
        not what Z says; or Z is no linkage matrix of n images.
    TypeError
        If `n` or `n_bits` is not an integer, or a SIM no number.

    Notes
    -----
    O(n) time, nearly.
    """
    n_bits = _as_known(Z, "n_bits", None if n_bits is None else integer(n_bits, "n_bits", least=1))
    if n_bits is None:
        raise ValueError("n_bits must be given for a matrix that imgcmp.linkage did not return")
    forest_sim = _as_known(Z, "sim", forest_sim, "forest_sim")
    rows, cut = check_linkage_matrix(Z, integer(n, "n", least=0)), sim_to_cut(sim, n_bits)
    if forest_sim is not None and cut_of(sim, n_bits) > cut_of(forest_sim, n_bits):
        raise ValueError(f"sim must be at most {forest_sim}, up to which this forest was linked; got {sim}")
    highest = float(rows[-1, 2]) if len(rows) else 0.0
    if forest_sim is None and len(rows) < n - 1 and cut > max(highest, sim_to_cut(highest / n_bits, n_bits)):
        raise ValueError(
            f"sim must be at most {highest / n_bits:g}, the largest height of this forest, since it isn't known how "
            f"far that was linked: forest_sim says so; got {sim}"
        )
    merged = rows[rows[:, 2] <= cut]
    numbers = n + np.arange(len(merged))
    parents = np.arange(n + len(merged), dtype=np.int32)
    for side in (0, 1):
        union_find.join_found(parents, merged[:, side].astype(np.int64) << 32 | numbers)
    roots = np.empty_like(parents)
    union_find.roots(roots, parents)
    return numbered_by_first(roots[:n])


def _as_known(Z: NDArray[np.float64], attribute: str, given: Any, name: str = "") -> Any:  # noqa: N803
    """Return what a matrix knows, or else what was given; ValueError if that is something else."""
    known = getattr(Z, attribute, None)
    if known is not None and given is not None and known != given:
        raise ValueError(f"{name or attribute} must be {known}, as Z says; got {given}")
    return given if known is None else known


def check_linkage_matrix(Z: NDArray[np.float64], n: int) -> NDArray[np.float64]:  # noqa: N803
    """Return the rows of a linkage matrix of n images, or of the lower part of one; ValueError if Z is none."""
    rows = np.asarray(Z, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 4 or len(rows) > max(n - 1, 0):
        most = max(n - 1, 0)
        raise ValueError(f"Z must have shape (n_mergers, 4), with at most n - 1 = {most} rows; got {rows.shape}")
    numbers = rows[:, :2]
    is_right = (numbers >= 0) & (numbers < n + np.arange(len(rows))[:, np.newaxis]) & (numbers % 1 == 0)
    is_in_order = bool(np.isfinite(rows).all() and (np.diff(rows[:, 2], prepend=0.0) >= 0).all())
    if not is_right.all() or len(np.unique(numbers)) < numbers.size or not is_in_order:
        raise ValueError(f"Z must be a linkage matrix of {n} images: each cluster merged once, in order of height")
    sizes = np.concatenate([np.ones(n), rows[:, 3]])
    if (sizes[numbers.astype(np.intp)].sum(axis=1) != rows[:, 3]).any():
        raise ValueError(f"Z must be a linkage matrix of {n} images: a merger has as many as both that it joins")
    return rows
