"""What trees of clusters there are, and where one is cut: SIM -> height."""

from typing import Literal, get_args

from imgcmp.system.checks import fraction, integer

Linkage = Literal["single", "complete", "average", "weighted"]
LINKAGES: tuple[Linkage, ...] = get_args(Linkage)

Sim = float | Literal["auto"]
AUTO: Literal["auto"] = "auto"
"""In place of a number: the SIM that `imgcmp.clusters.auto_sim` finds for so many images."""

MOST_AUTO_SIM = 0.3
"""SIM, at most, that is taken by the number of images: beyond, few copies more are found among however few."""

MOST_SIM_OF_SPARSE = 1 / 8
"""SIM, at most, for pairs one of which is sparse: see `imgcmp.clusters.flat_images`."""

_EUCLIDEAN_LINKAGES = ("ward", "centroid", "median")

EPS = 2.0**-10  # what ties are broken by: see imgcmp.clusters.tie_breaks
CUTS_PER_BIT = 256


def cut_of(sim: float, n_bits: int) -> float:
    """Return the largest distance, in bits, at which SIM joins: a multiple of 1 / CUTS_PER_BIT."""
    n_bits = integer(n_bits, "n_bits", least=1)
    return round(fraction(sim, "sim") * n_bits * CUTS_PER_BIT) / CUTS_PER_BIT


def sim_to_cut(sim: float, n_bits: int) -> float:
    """Height at which to cut the tree of `linkage`.

    Parameters
    ----------
    sim : float
        Allowed dissimilarity: the fraction of the bits that may differ, 0 .. 1.
    n_bits : int
        Bits of a fingerprint.

    Returns
    -------
    cut : float
        ``round(sim * n_bits * 256) / 256``, and two EPS for the tie-break; for scipy's
        ``fcluster(Z, cut, "distance")``.

    Raises
    ------
    ValueError
        If `sim` is not in 0..1, or `n_bits` is below 1.
    """
    return cut_of(sim, n_bits) + 2 * EPS


def check_linkage(linkage: str) -> None:
    """Raise ValueError if there is no such linkage."""
    if linkage in _EUCLIDEAN_LINKAGES:
        raise ValueError(f"linkage must be one of {', '.join(LINKAGES)}; {linkage} is for Euclidean distances")
    if linkage not in LINKAGES:
        raise ValueError(f"linkage must be one of {', '.join(LINKAGES)}; got {linkage!r}")
