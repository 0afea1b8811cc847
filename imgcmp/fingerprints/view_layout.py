"""How views of images are compared: which are the whole, what part of it the others are, and when looks count."""

import math
from typing import Any, NamedTuple

from imgcmp.fingerprints.low_bits import LOW_SIDE
from imgcmp.fingerprints.view_rows import ViewRows
from imgcmp.system.checks import integer


class Bounds(NamedTuple):
    """Where bits are in doubt, so that looks are asked.

    What differs in at most `sure` bits counts whatever the looks, and beyond `doubtful` bits looks are not asked; where
    both are 0 they are never asked.
    """

    sure: int
    doubtful: int

    @classmethod
    def of(cls, n_bits: int) -> "Bounds":
        """Return the bounds for fingerprints of so many bits."""
        if n_bits < _LEAST_BITS:
            return cls(0, 0)
        return cls(round(_SURE * n_bits), round(_DOUBTFUL * n_bits))

    def are_doubtful(self, distances: Any) -> Any:
        """Tell of which distances looks decide whether they count."""
        return (distances > self.sure) & (distances <= self.doubtful)


# Parts of the bits. Of 3.1 million pairs of different photographs one differed in fewer than 70 of 256.
_SURE, _DOUBTFUL = 0.16, 0.35

# With fewer bits nearly all pairs of different photographs, of all their views, are in doubt by chance: 10,000 images
# of 64 bits, drawn from photographs, took 23 s at SIM 0.15 with looks and 0.7 s without; 4,000 of 100 bits 0.3 and 0.2.
_LEAST_BITS = 100


class ViewLayout(NamedTuple):
    """What the views of an image are, and how they are compared.

    Attributes
    ----------
    n_standings : int
        So many of them, the first ones, are the ways in which the whole may stand: the whole mirrored, flipped and
        turned so that pictures that are mirror images of each other stand alike. The others stand in one way each. 0:
        the whole stands as it is.
    side : int
        Side of a fingerprint by DCT of which the slowest waves are judged apart, too (`low_first`); 0: none are.
    parts : tuple of tuple of float
        Of each view that is no standing, and before them of the whole, what part of its picture it is:
        `imgcmp.fingerprints.views.part_of`. Empty: it is not known, and looks are not asked.
    bounds : Bounds
        Where looks are asked.
    """

    n_standings: int = 0
    side: int = 0
    parts: tuple[tuple[float, ...], ...] = ()
    bounds: Bounds = Bounds(0, 0)


PLAIN = ViewLayout()


def check_layout(layout: ViewLayout, views: ViewRows, n_bits: int) -> ViewLayout:
    """Return a layout that fits views of so many bits; raise TypeError or ValueError if it doesn't."""
    if not isinstance(layout, ViewLayout):
        raise TypeError(f"layout must be a ViewLayout; got {layout!r}")
    n_standings, side = integer(layout.n_standings, "n_standings", least=0), integer(layout.side, "side", least=0)
    if n_standings >= views.shape[1]:
        raise ValueError(f"layout must have fewer standings than the {views.shape[1]} views; got {layout}")
    if layout.parts and not n_standings:
        raise ValueError(f"layout must have standings if it has parts; got {layout}")
    if side and (side <= LOW_SIDE or side * side != n_bits):
        raise ValueError(f"layout must have side 0, or that of n_bits={n_bits} if above {LOW_SIDE}; got {layout}")
    if layout.parts and len(layout.parts) != 1 + views.shape[1] - n_standings:
        raise ValueError(f"layout must have a part for the whole and each view; got {len(layout.parts)}")
    if not all(math.isfinite(number) for part in layout.parts for number in part):
        raise ValueError("layout must have parts of finite numbers; got one that is not")
    return layout._replace(n_standings=n_standings, side=side)
