"""What hung together when images were clustered before: so that new ones alone are searched for.

Two images that differ in no more than a radius are in one component. That stays true of those that are left when others
are gone, and at any smaller radius, though a component may fall apart then: such a one is searched anew, by itself. So
what has to be found are the pairs of new images, with all.
"""

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.labels import Labels
from imgcmp.fingerprints.view_layout import ViewLayout
from imgcmp.version import __version__

if TYPE_CHECKING:  # they load numba, which a few images do without
    from imgcmp.clusters.points import Points
    from imgcmp.search.view_pairs import ViewSearch

DIGEST_BYTES = 16

NEW = -1
"""The label of images of which it is not known what they hang together with."""

_WORTH = 4  # all is searched anew if the pairs that are not known are more than one in so many


class Remembered(NamedTuple):
    """What was found of images, by their content.

    Attributes
    ----------
    kind : str
        What else their distances depend on: of another kind it is of no use.
    radius_bits : int
        The radius.
    digests : ndarray of uint8, shape (n, 16)
        Of each image, with its views and its look: see `content_digests`. No two are equal.
    components : ndarray of int32, shape (n,)
        A number of what each hangs together with, within the radius.
    linkage : str
        How they were clustered; empty: they were not.
    cut_bits : float
        And where they were cut.
    counts : ndarray of int64, shape (n,)
        How many images have this content.
    clusters : ndarray of int32, shape (n,)
        A number of the cluster of each.
    """

    kind: str
    radius_bits: int
    digests: NDArray[np.uint8]
    components: Labels
    linkage: str
    cut_bits: float
    counts: NDArray[np.int64]
    clusters: Labels


class KnownComponents:
    """Remembers what hung together, from one call of `imgcmp.cluster` to the next.

    Attributes
    ----------
    last : Remembered or None
        What was found last; None: nothing is known.

    Notes
    -----
    Clusters are the same with it and without. Where n images were clustered before, at the same SIM or a larger one,
    and m are new, the search takes the time of 2 n m pairs, where it would take that of n**2; and only such components
    are linked as have changed. It is of use for images with views, above 2,000; where less than three quarters of the
    pairs are known, all is searched anew.
    """

    def __init__(self, last: Remembered | None = None) -> None:
        self.last = last
        self._at_first = last
        self._before: Remembered | None = None
        self._places: NDArray[np.int64] = np.zeros(0, np.int64)  # in that, of each image; -1: it is new

    @property
    def is_news(self) -> bool:
        """Whether what is remembered is other than at first."""
        return self.last is not self._at_first

    def components(self, points: "Points", search: "ViewSearch", layout: ViewLayout) -> Labels:
        """Return a point for each point: the same for those that hang together. Remember them.

        Parameters
        ----------
        points : Points
            The images.
        search : ViewSearch
            The search for all pairs of them within the radius.
        layout : ViewLayout
            What their views are.
        """
        kind = _kind_of(layout, search.n_bits)
        digests = content_digests(points)
        self._find_again(digests, search.radius_bits, kind)
        found = self._found(search)
        if not self._is_all_as_before(digests, points.counts, search.radius_bits):
            self.last = Remembered(kind, search.radius_bits, digests, found, "", 0.0, points.counts, found)
        return found

    def settled(self, points: "Points", linkage: str, cut_bits: float) -> Labels:
        """Return a point for each point: that of its cluster, where its component is what it was; NEW for others."""
        settled = np.full(len(self._places), NEW, np.int32)
        before, last = self._before, self.last
        if before is None or last is None or (before.linkage, before.cut_bits) != (linkage, cut_bits):
            return settled
        is_same = self._places >= 0
        is_same &= before.counts[self._places] == points.counts
        component, n_points = np.unique(last.components, return_inverse=True, return_counts=True)[1:]
        # One is what it was if all its points are of one that was, as many as that had, and counts are what they were.
        of_before = before.components[self._places]
        least, most = np.full((2, len(n_points)), of_before[:1])
        least[component] = most[component] = of_before
        np.minimum.at(least, component, of_before)
        np.maximum.at(most, component, of_before)
        is_whole = (np.bincount(component, is_same) == n_points) & (least == most)
        is_whole &= np.bincount(before.components)[least] == n_points
        rows = np.flatnonzero(is_whole[component])
        _, firsts, cluster = np.unique(before.clusters[self._places[rows]], return_index=True, return_inverse=True)
        settled[rows] = rows[firsts][cluster]
        return settled

    def keep_clusters(self, clusters: Labels, linkage: str, cut_bits: float) -> None:
        """Remember what the components fell into."""
        if self.last is not None and (self.last.linkage, self.last.cut_bits) != (linkage, cut_bits):
            self.last = self.last._replace(linkage=linkage, cut_bits=cut_bits, clusters=clusters)

    def _is_all_as_before(self, digests: NDArray[np.uint8], counts: NDArray[np.int64], radius_bits: int) -> bool:
        """Tell whether images are those of before, in that order, and so is all that is known of them."""
        before = self._before
        if before is None or before.radius_bits != radius_bits:
            return False
        return np.array_equal(before.digests, digests) and np.array_equal(before.counts, counts)

    def _find_again(self, digests: NDArray[np.uint8], radius_bits: int, kind: str) -> None:
        """Find images among those of before, if what is known of them is of use."""
        self._before = self.last
        if self._before is None or self._before.kind != kind or self._before.radius_bits < radius_bits:
            self._before, self._places = None, np.full(len(digests), -1)
            return
        place_of = {digest: place for place, digest in enumerate(_as_bytes(self._before.digests))}
        self._places = np.array([place_of.get(digest, -1) for digest in _as_bytes(digests)], np.int64)

    def _found(self, search: "ViewSearch") -> Labels:
        """Find what hangs together: of new images, and of what may have fallen apart."""
        n = len(self._places)
        labels, is_doubtful = self._known(search.radius_bits)
        doubtful, n_new = np.flatnonzero(is_doubtful), int(np.count_nonzero(labels == NEW))
        if (len(doubtful) ** 2 + 2 * n * n_new) * _WORTH > n * n:
            return search.components()
        if len(doubtful):
            labels[doubtful] = n + search.among(doubtful).components()  # no number of a component that is whole
        return search.components_with_new(labels)

    def _known(self, radius_bits: int) -> tuple[Labels, NDArray[np.bool_]]:
        """Return what is known of images: the component of each, below n, or NEW; and which may have fallen apart."""
        n = len(self._places)
        labels, is_doubtful = np.full(n, NEW, np.int32), np.zeros(n, np.bool_)
        before, known = self._before, np.flatnonzero(self._places >= 0)
        if before is None or not len(known):
            return labels, is_doubtful
        of_before = before.components[self._places[known]]
        _, labels[known], n_left = np.unique(of_before, return_inverse=True, return_counts=True)
        is_part = n_left[labels[known]] < np.bincount(before.components)[of_before]
        is_doubtful[known] = (n_left[labels[known]] > 1) & (is_part | (before.radius_bits > radius_bits))
        return labels, is_doubtful


def content_digests(points: "Points") -> NDArray[np.uint8]:
    """Return a digest of all that the distances of each image depend on, shape (n, 16).

    BLAKE2b of 16 bytes, of the whole and of the hash of whole, views and look that breaks ties, of 53 bits: with that
    alone two of a million images would be taken for one in one of 20,000 collections. To hash all of 100,000 images by
    BLAKE2b took 2.0 of the 4.9 s, as profiled, that 1,000 new ones among them took.

    Parameters
    ----------
    points : Points
        The images.
    """
    of_all = np.column_stack([points.words, points.offsets.view(np.uint64)])
    rows = memoryview(of_all.tobytes())
    size = of_all.itemsize * of_all.shape[1]
    each = (rows[start : start + size] for start in range(0, len(rows), size))
    digests = b"".join(hashlib.blake2b(row, digest_size=DIGEST_BYTES).digest() for row in each)
    return np.frombuffer(digests, np.uint8).reshape(-1, DIGEST_BYTES)


def _kind_of(layout: ViewLayout, n_bits: int) -> str:
    """Return a name of how images are compared: that of a release, of views that are so."""
    return hashlib.blake2b(repr((__version__, n_bits, layout)).encode(), digest_size=DIGEST_BYTES).hexdigest()


def _as_bytes(digests: NDArray[np.uint8]) -> list[bytes]:
    content = digests.tobytes()
    return [content[start : start + DIGEST_BYTES] for start in range(0, len(content), DIGEST_BYTES)]
