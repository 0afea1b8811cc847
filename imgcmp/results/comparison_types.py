"""What a comparison of a few images consists of: the types."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import Linkage
from imgcmp.fingerprints.flatness import are_flat, are_sparse
from imgcmp.fingerprints.packing import Words

SIDES = (8, 16)
"""The x of those that are compared unless the user says otherwise."""

WHOLE = "whole"
"""What takes the place of a view's name where it is none."""


class Kind(NamedTuple):
    """A kind of fingerprint."""

    method: str
    x: int

    @property
    def n_bits(self) -> int:
        """Bits of a fingerprint."""
        return self.x * self.x


class ImagePrints(NamedTuple):
    """An image file, the size of the picture, upright, its fingerprints, and how much it shows.

    `words` has, of each kind, shape (1 + n_views, n_words): those of `imgcmp.fingerprint_views`. `detail` is that of
    `imgcmp.images.detail.detail`. `frame` is the number, from 0, of the frame or page that they are of. `looks` has
    what is kept of the look beside each kind: see `imgcmp.fingerprints.look_rows.LookRows.of`.
    """

    path: str
    width: int
    height: int
    words: dict[Kind, Words]
    detail: int
    frame: int = 0
    looks: Mapping[Kind, NDArray[np.uint8]] = MappingProxyType({})

    @property
    def is_flat(self) -> bool:
        """Whether it shows too little to compare, so that it joins images of identical pixels, or nearly none."""
        return bool(are_flat(np.array([self.detail]))[0])

    @property
    def is_sparse(self) -> bool:
        """Whether it is flat and not blank, so that it joins images that differ in few bits, too."""
        return bool(are_sparse(np.array([self.detail]))[0])


class Distance(NamedTuple):
    """By how much two images differ, and the smallest SIM that joins them."""

    bits: int
    fraction: float
    sim: float


class Nearest(NamedTuple):
    """The view that came nearest to the whole of the other image, and the number of its image: None if the wholes."""

    view: str
    image: int | None


class Pair(NamedTuple):
    """Two images, by their numbers, and their distances of one kind of fingerprint."""

    first: int
    second: int
    whole: Distance
    with_views: Distance
    nearest: Nearest


class Table(NamedTuple):
    """The pairs of images in one kind of fingerprint, and by linkage the smallest SIM that puts all in one cluster."""

    kind: Kind
    pairs: list[Pair]
    together: dict[Linkage, float]
    together_with_views: dict[Linkage, float]


class Comparison(NamedTuple):
    """Images side by side; `views` names the kinds of views."""

    images: list[ImagePrints]
    views: str
    tables: list[Table]
