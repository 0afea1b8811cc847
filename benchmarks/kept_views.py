"""Seeded images with all views, as the build that is imported keeps them: ways to stand and looks, where it has these.

Numbers alone, as in `synthetic`. A third of the images are copies of others: what a copy is nearest to is a view.
"""

from typing import Any, NamedTuple

import numpy as np
from bridge import internal, internal_or_none
from numpy.typing import NDArray

WAYS = (0.5, 0.33, 0.1, 0.07)  # of the images stand in 1, 2, 3 and 4 ways, 1.74 in the mean: photographs in 1.7
NOISE = 0.05  # of the bits of a copy
NOISE_IN_DOUBT = 0.22  # of one in eight: there looks are asked, where there are any


class KeptImages(NamedTuple):
    """Images as a database keeps them.

    Attributes
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
    views : ndarray of uint64, shape (n_images, n_views, n_words)
    looks : ndarray of uint8, shape (n_images, n_look_bytes), or None
        None where the build keeps none.
    """

    words: NDArray[np.uint64]
    views: NDArray[np.uint64]
    looks: NDArray[np.uint8] | None

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of `imgcmp.cluster` that have to do with views, as commands give them."""
        return {"views": self.views} | self.layout_and_looks

    @property
    def layout_and_looks(self) -> dict[str, Any]:
        """Those of them that earlier builds don't take."""
        if self.looks is None:
            return {}
        sides, x = np.full(len(self.words), 1000), round((64 * self.words.shape[1]) ** 0.5)
        looks = internal("LookRows").of(self.looks, sides + 500, sides)
        return {"layout": internal("view_layout")("all", "phash", x), "looks": looks}

    def some(self, images: slice) -> "KeptImages":
        """Return some of the images."""
        looks = None if self.looks is None else self.looks[images]
        return KeptImages(self.words[images], self.views[images], looks)


def noisy_copies_as_kept(n: int, n_bits: int, seed: int = 0) -> KeptImages:
    """Make images with all views of the build."""
    random = np.random.default_rng(seed)
    names = internal("view_names")("all")
    n_standings = sum(name.startswith("standing") for name in names)
    words = random.integers(2**64, size=(n, 1 + len(names), n_bits // 64), dtype=np.uint64)
    copies = n // 3
    sources = random.integers(n - copies, size=copies)
    # Compared are the first way to stand, or else the whole, and the views that are no ways to stand.
    variants = np.array([*([1] if n_standings else [0]), *range(1 + n_standings, words.shape[1])])
    near = words[sources, variants[random.integers(len(variants), size=copies)]] ^ _flips(copies, n_bits, random)
    words[-copies:, 1 if n_standings else 0] = near
    n_ways = random.choice(len(WAYS), size=n, p=WAYS) + 1
    for way in range(1, n_standings):
        words[:, 1 + way] = np.where((way < n_ways)[:, np.newaxis], words[:, 1 + way], words[:, 1])
    looks = _looks(n_ways, n_standings, len(names), random)
    order = random.permutation(n)
    words = words[order]
    looks = None if looks is None else looks[order]
    return KeptImages(np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1:]), looks)


def _flips(n: int, n_bits: int, random: np.random.Generator) -> NDArray[np.uint64]:
    noise = np.where(np.arange(n) % 8 == 0, NOISE_IN_DOUBT, NOISE)[:, np.newaxis]
    return np.packbits(random.random((n, n_bits)) < noise, axis=1).view(np.uint64)


def _looks(
    n_ways: NDArray[np.int64], n_standings: int, n_views: int, random: np.random.Generator
) -> NDArray[np.uint8] | None:
    """Make looks that are all different, and say of each view that it stands in one of eight ways, of the whole.

    Where there are no more ways to stand than are said the first is repeated.
    """
    look_bytes = internal_or_none("look_bytes")
    if look_bytes is None:
        return None
    n, n_stands = len(n_ways), (n_views + 1) // 2
    looks = random.integers(256, size=(n, look_bytes("all") - n_stands - 4), dtype=np.uint8)
    stands = random.integers(8, size=(n, 2 * n_stands), dtype=np.uint8)
    for way in range(1, n_standings):
        stands[:, way] = np.where(way < n_ways, stands[:, way], stands[:, 0])
    inner = np.tile(np.array([0, 0, 255, 255], np.uint8), (n, 1))
    return np.concatenate([looks, stands[:, ::2] << 4 | stands[:, 1::2], inner], axis=1)
