"""Where the tree of a clustering is cut: SIM -> height."""

from imgcmp.checks import fraction, integer

EPS = 2.0**-10  # what ties are broken by: see imgcmp.ties
CUTS_PER_BIT = 256


def cut_of(sim: float, n_bits: int) -> float:
    """Return the largest distance, in bits, at which SIM joins: a multiple of 1 / CUTS_PER_BIT."""
    if integer(n_bits, "n_bits") < 1:
        raise ValueError(f"n_bits must be at least 1; got {n_bits}")
    return round(fraction(sim, "sim") * n_bits * CUTS_PER_BIT) / CUTS_PER_BIT
