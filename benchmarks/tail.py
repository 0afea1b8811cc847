"""The tail of the distances of different pictures: how many pairs come nearer than any of those at hand.

Near its lower end the number of pairs grows by about the same factor with each two bits. So it is fitted as a line, the
logarithm of the counts over bits, by maximum likelihood: the distances below a limit are geometrically distributed, and
the factor follows from their mean. Empty and nearly empty bins count as they should, which least squares on logarithms
gets wrong. Farther down the true curve is steeper, if anything: what is expected there is too many rather than too few.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STEP_BITS = 2  # a hash with as many ones as zeros differs from another one in an even number of bits
MOST_PAIRS, LEAST_PAIRS, SHARE = 200, 30, 1e-4  # to fit to: the nearest 1e-4 of all, but neither fewer nor more


class Tail(NamedTuple):
    """A line through the logarithm of the counts.

    Attributes
    ----------
    limit_bits : int
        Up to here it was fitted.
    n_pairs : int
        Pairs within that.
    share : float
        Those, of all pairs.
    factor : float
        So many times as many pairs lie within STEP_BITS more.
    error : float
        Standard error of the factor.
    """

    limit_bits: int
    n_pairs: int
    share: float
    factor: float
    error: float

    def share_within(self, radius_bits: float) -> float:
        """Return which share of the pairs is expected within a radius of at most `limit_bits`."""
        n_steps = (self.limit_bits - radius_bits) / STEP_BITS
        return float(self.share * self.factor**-n_steps)

    def false_pairs(self, n_images: int, radius_bits: float) -> float:
        """Return how many pairs within a radius are expected among so many different pictures."""
        return self.share_within(radius_bits) * n_images * (n_images - 1) / 2

    def radius_for(self, n_images: int, false_per_image: float) -> int:
        """Return the largest radius of at most `limit_bits` that is expected to join no more than so many pairs."""
        allowed = 2 * false_per_image / (n_images - 1)
        n_steps = np.log(self.share / allowed) / np.log(self.factor)
        return int(np.floor(self.limit_bits - STEP_BITS * max(n_steps, 0)))


def fit_tail(distances: NDArray[np.integer], n_fitted: int | None = None, most_bits: int | None = None) -> Tail:
    """Fit the tail of the distances of pairs of different pictures.

    Parameters
    ----------
    distances : ndarray of int, shape (n_pairs,)
        In bits.
    n_fitted : int, optional
        To how many of the nearest to fit; a few more where others are as near as the last of them.
    most_bits : int, optional
        To none that is farther: beyond it the counts follow another line.

    Raises
    ------
    ValueError
        If the nearest pairs are all at one distance: nothing says how they grow.
    """
    if n_fitted is None:
        n_fitted = min(max(round(SHARE * len(distances)), LEAST_PAIRS), MOST_PAIRS)
    if n_fitted > len(distances):
        raise ValueError(f"distances must be those of {n_fitted} pairs at least; got {len(distances)}")
    if most_bits is not None:
        n_fitted = min(n_fitted, int(np.count_nonzero(distances <= most_bits)))
    if not n_fitted:
        raise ValueError(f"distances must be within {most_bits} bits; the nearest is {int(distances.min())}")
    limit = int(np.partition(distances, n_fitted - 1)[n_fitted - 1])
    near = distances[distances <= limit].astype(np.int64)
    mean = float(np.mean((limit - near) // STEP_BITS))
    if mean == 0:
        raise ValueError(f"distances must differ; the nearest {len(near)} are all {limit} bits")
    factor = 1 + 1 / mean  # a geometric distribution of this mean falls by mean / (1 + mean) a step
    error = (factor - 1) * np.sqrt(factor / len(near))
    return Tail(limit, len(near), len(near) / len(distances), factor, float(error))
