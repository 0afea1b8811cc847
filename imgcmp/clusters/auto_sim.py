"""SIM by the number of images: the largest at which chance is expected to join hardly any that differ.

Among n images are n * (n - 1) / 2 pairs, and of different photographs a share of these is near by chance. The share was
counted, and its lower end fitted by a line through the logarithm of the counts: benchmarks/auto_tails.py does so
again, and says where it promises too much. At the SIM that is taken at most FALSE_PER_IMAGE * n pairs are expected.
"""

import math
from typing import NamedTuple

from imgcmp.clusters.cut import MOST_AUTO_SIM
from imgcmp.errors import InputError
from imgcmp.fingerprints.parameters import EVERY_KIND
from imgcmp.fingerprints.views import normal_kinds

FALSE_PER_IMAGE = 1e-3
NEAR_PER_IMAGE = 2.5e-2
"""Pairs by chance within `generous_sim`, of whole pictures: one image in twenty has another near it."""

STEP_BITS = 2  # half of the bits of a phash are ones: two differ in an even number, but for ties of the median
_STEPS_OF_SIM = 1000  # SIM is told in thousandths


class Kind(NamedTuple):
    """What fingerprints are compared."""

    method: str
    x: int
    views: str

    @property
    def n_bits(self) -> int:
        """Bits of a fingerprint."""
        return self.x * self.x


class ChanceTail(NamedTuple):
    """The share of the pairs of different photographs that are near, as a line through its logarithm.

    Attributes
    ----------
    limit_bits : int
        Up to here it was fitted.
    share : float
        Of the pairs, those within that.
    factor : float
        So many times as many are within STEP_BITS more.
    """

    limit_bits: int
    share: float
    factor: float

    def share_within(self, radius_bits: float) -> float:
        """Return the share that is expected within a radius; beyond the limit it is larger."""
        return float(min(1.0, self.share * self.factor ** ((radius_bits - self.limit_bits) / STEP_BITS)))

    def radius_for(self, share: float) -> float:
        """Return within how many bits, of at most the limit, no larger share is expected."""
        return self.limit_bits - STEP_BITS * max(0.0, math.log(self.share / share) / math.log(self.factor))


_PLAIN, _NONE = "plain", "none"

# Of 3.1 million pairs of 2,493 photographs (web, cameras, wallpapers), each of which shows something else. All views of
# 256 bits have two lines, and what is expected is the lesser one: that of the bits alone, and that of those pairs whose
# looks are alike, too, which is the lower one from 69 bits on. A larger collection (9,737 photographs; plain views) had
# a share of 1.2e-6 within 76 bits, 2.45 times as many with 2 more: none of these lines promises less below that, but
# that of looks, 8.8e-7.
_TAILS: dict[tuple[str, int, str], tuple[ChanceTail, ...]] = {
    ("phash", 16, EVERY_KIND): (ChanceTail(84, 9.92e-5, 2.33), ChanceTail(88, 8.37e-6, 1.46)),
    ("phash", 16, _PLAIN): (ChanceTail(84, 3.86e-5, 2.18),),
    ("phash", 16, _NONE): (ChanceTail(96, 1.42e-4, 2.43),),
    ("phash", 8, EVERY_KIND): (ChanceTail(8, 9.67e-6, 5.29),),
    ("phash", 8, _PLAIN): (ChanceTail(10, 2.38e-5, 7.17),),
    ("phash", 8, _NONE): (ChanceTail(16, 2.24e-4, 6.22),),
}


def tails_of(kind: Kind) -> tuple[ChanceTail, ...]:
    """Return the lines that were fitted for a kind of fingerprints, of which the least counts; none: not known."""
    return _TAILS.get(_key(kind), ())


def is_known(kind: Kind) -> bool:
    """Tell whether the tail of a kind of fingerprints was measured."""
    return bool(tails_of(kind))


def check_auto(kind: Kind) -> None:
    """Raise InputError if SIM can't be found by the number of images for a kind of fingerprints."""
    if not is_known(kind):
        methods = ", ".join(sorted({method for method, _, _ in _TAILS}))
        sides = " or ".join(map(str, sorted({x for _, x, _ in _TAILS})))
        raise InputError(
            f"SIM auto is known for {methods} with x={sides}, whose false pairs were counted, and not for "
            f"{kind.method} with x={kind.x}: give SIM as a number"
        )


def auto_sim(n_images: int, kind: Kind) -> float:
    """Return the largest SIM at which at most one false pair in a thousand images is expected.

    Parameters
    ----------
    n_images : int
        How many images are compared with each other.
    kind : Kind
        What fingerprints they have.

    Returns
    -------
    sim : float
        In thousandths, at most MOST_AUTO_SIM.

    Raises
    ------
    InputError
        If the tail of that kind was not measured.
    """
    check_auto(kind)
    radius_bits = _radius_for(FALSE_PER_IMAGE, n_images, kind)
    if radius_bits >= math.floor(MOST_AUTO_SIM * kind.n_bits):
        return MOST_AUTO_SIM
    return math.ceil(radius_bits * _STEPS_OF_SIM / kind.n_bits) / _STEPS_OF_SIM


def generous_sim(n_images: int, kind: Kind) -> float:
    """Return the SIM at which at most one image in twenty is expected to have one near it by chance.

    It is `auto_sim` or more, and no more than the SIM up to which pairs were counted. InputError if those of a kind
    weren't.
    """
    check_auto(kind)
    return _radius_for(NEAR_PER_IMAGE, n_images, kind) / kind.n_bits


def pairs_by_chance(n_images: int, sim: float, kind: Kind) -> float | None:
    """Return how many pairs of different photographs are expected within SIM; None if that is not known."""
    tails = tails_of(kind)
    if not tails:
        return None
    radius_bits = math.floor(sim * kind.n_bits)
    return min(tail.share_within(radius_bits) for tail in tails) * n_images * (n_images - 1) / 2


def _radius_for(pairs_per_image: float, n_images: int, kind: Kind) -> int:
    """Return within how many bits no more pairs are expected for each image."""
    share = 2 * pairs_per_image / max(n_images - 1, 1)
    return max(0, math.floor(max(tail.radius_for(share) for tail in tails_of(kind))))


def _key(kind: Kind) -> tuple[str, int, str]:
    views = normal_kinds(kind.views)
    return kind.method, kind.x, views if views in (EVERY_KIND, _NONE) else _PLAIN
