"""SIM by the number of images: the largest at which chance is expected to join hardly any that differ.

Among n images are n * (n - 1) / 2 pairs, and of different photographs a share of these is near by chance. The share was
counted in two collections of photographs, and its lower end fitted by a line through the logarithm of the counts:
benchmarks/auto_tails.py does so again, and says where it promises too much. At the SIM that is taken at most
FALSE_PER_IMAGE * n pairs are expected, whichever of the collections the images are like.
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


Lines = tuple[ChanceTail, ...]  # of one collection, of which the least counts; of each as many, in one order

_PLAIN, _NONE = "plain", "none"

# Of two collections of photographs of different things; more is expected of the one that promises less. First 3.1
# million pairs of 2,493 (web, cameras, wallpapers), then 1.1 million of 1,481 pictures, drawings among them (web, the
# Berkeley segmentation set, a sample of ImageNet, wallpapers), rounded to what promises less.
# All views of 256 bits have two lines in each: that of the bits alone, and that of the pairs whose looks are alike,
# too, which is the lower one but far below what was seen. A larger collection (9,737 photographs) had with plain views
# a share of 1.2e-6 within 76 bits, 2.45 times as many with 2 more: with these and with all, nothing promised here is
# less below that, but by looks, 7.1e-7.
_TAILS: dict[tuple[str, int, str], tuple[Lines, ...]] = {
    ("phash", 16, EVERY_KIND): (
        (ChanceTail(84, 9.92e-5, 2.33), ChanceTail(88, 8.37e-6, 1.46)),
        (ChanceTail(84, 1.46e-4, 1.97), ChanceTail(90, 3.29e-5, 1.73)),
    ),
    ("phash", 16, _PLAIN): ((ChanceTail(84, 3.86e-5, 2.18),), (ChanceTail(86, 1.53e-4, 2.26),)),
    ("phash", 16, _NONE): ((ChanceTail(96, 1.42e-4, 2.43),), (ChanceTail(96, 1.47e-4, 2.36),)),
    ("phash", 8, EVERY_KIND): ((ChanceTail(8, 9.67e-6, 5.29),), (ChanceTail(10, 1.71e-4, 6.84),)),
    ("phash", 8, _PLAIN): ((ChanceTail(10, 2.38e-5, 7.17),), (ChanceTail(12, 2.90e-4, 8.54),)),
    ("phash", 8, _NONE): ((ChanceTail(16, 2.24e-4, 6.22),), (ChanceTail(16, 2.26e-4, 5.33),)),
}


def collections_of(kind: Kind) -> tuple[Lines, ...]:
    """Return what was fitted for a kind of fingerprints, by collection of photographs; none: not known."""
    return _TAILS.get(_key(kind), ())


def is_known(kind: Kind) -> bool:
    """Tell whether the tail of a kind of fingerprints was measured."""
    return bool(collections_of(kind))


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
    collections = collections_of(kind)
    if not collections:
        return None
    radius_bits = math.floor(sim * kind.n_bits)
    share = max(min(line.share_within(radius_bits) for line in lines) for lines in collections)
    return share * n_images * (n_images - 1) / 2


def _radius_for(pairs_per_image: float, n_images: int, kind: Kind) -> int:
    """Return within how many bits no more pairs are expected for each image."""
    share = 2 * pairs_per_image / max(n_images - 1, 1)
    radius_bits = min(max(line.radius_for(share) for line in lines) for lines in collections_of(kind))
    return max(0, math.floor(radius_bits))


def _key(kind: Kind) -> tuple[str, int, str]:
    views = normal_kinds(kind.views)
    return kind.method, kind.x, views if views in (EVERY_KIND, _NONE) else _PLAIN
