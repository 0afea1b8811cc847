"""All pairs of images within a radius, by their distances over views.

As in `imgcmp.search.pairs`, all are compared, or those that agree in a substring; here the wholes with the variants of
all images, so that a pair may be met many times. It is taken where it is met first.
"""

from collections.abc import Generator
from contextlib import closing
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, unpack
from imgcmp.kernels import buckets, union_find, view_search
from imgcmp.kernels.columns import room_for_columns, transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.view_distances import Variants
from imgcmp.search.buckets import HIT_COST, PAIR_COST, ROW_COST, ROW_WORK
from imgcmp.search.distances import cdist
from imgcmp.search.found import Found, Neighbours
from imgcmp.search.neighbour_lists import list_found
from imgcmp.search.request import Substrings
from imgcmp.search.sample import prefix_words
from imgcmp.search.view_distances import fill_view_heights, view_work
from imgcmp.system.threads import Progress, blocks_by_work, even_blocks, run, stream

Pairs = Generator[NDArray[np.int64], None, None]

_ALL = 2**62
_NO_PARENTS = np.zeros(0, np.int32)
_JOIN_COST = 130  # taking a pair that joins nothing new, each time it is met in a bucket, in pairs of a scan
_PAIR_BYTES = 16  # as it is found, and in the lists of both
_SAMPLED_ROWS, _SAMPLED_COLUMNS, _SAMPLED_IMAGES, _SAMPLED_HITS = 512, 4096, 1024, 2**14


class ViewSearch(NamedTuple):
    """A search for all pairs of images within a radius, by their distances over views.

    Attributes
    ----------
    variants : Variants
        The images.
    radius_bits, n_bits : int
        The most bits in which the nearest variants of two may differ; bits of a fingerprint.
    workers : int
        Threads.
    progress : Progress, optional
        Is told how many pairs of images have been compared.

    Notes
    -----
    O(n_images**2 * n_variants * n_words) time, or what buckets of equal substrings take.
    """

    variants: Variants
    radius_bits: int
    n_bits: int
    workers: int
    progress: Progress | None = None

    def neighbours(self, max_memory: int) -> Neighbours | None:
        """List, for each image, the others within the radius; None if that takes more memory, at 16 bytes a pair."""
        most = max_memory // _PAIR_BYTES
        counts, packed, n_pairs = np.zeros(len(self.variants.words), np.int64), [], 0
        with closing(self.pairs(most, _NO_PARENTS)) as parts:
            for part in parts:
                n_pairs += len(part)
                if n_pairs > most:
                    return None
                view_search.count_found(counts, part)
                packed.append((part, 0))
        return list_found(Found(counts, packed, shifts=(32, 0), by_buckets=True), self.workers)

    def components(self) -> NDArray[np.int32]:
        """Return a number for each image: equal for those that hang together. Pairs are not kept."""
        parents = np.arange(len(self.variants.words), dtype=np.int32)
        with closing(self.pairs(_ALL, parents)) as parts:
            for part in parts:
                union_find.join_found(parents, part)
        labels = np.empty_like(parents)
        union_find.roots(labels, parents)
        return labels

    def pairs(self, most: int, parents: NDArray[np.int32]) -> Pairs:
        """Yield the pairs i < j, each once, packed as i << 32 | j; once there are more than `most`, not all of them.

        With parents: only such pairs as join images of different roots.
        """
        hit_cost = _JOIN_COST if len(parents) else HIT_COST
        return self.pairs_by_buckets(most, parents) if self.buckets_pay(hit_cost) else self.pairs_by_scan(most, parents)

    def pairs_by_scan(self, most: int, parents: NDArray[np.int32]) -> Pairs:
        """Find the pairs by comparing all wholes with all variants."""
        n, rows = len(self.variants.words), transposed(self.variants.words)
        blocks = even_blocks(n, n * view_work(self.variants) // 2, self.workers, multiple=ROWS)
        fixed = (self.variants, rows, self._prefix(), self.radius_bits, np.array([most]), parents)
        for k, found in enumerate(stream(view_search.scan_views, [(*fixed, *block) for block in blocks], self.workers)):
            self._tell(k + 1, len(blocks))
            yield found

    def pairs_by_buckets(self, most: int, parents: NDArray[np.int32]) -> Pairs:
        """Find the pairs among the wholes and variants that agree in a substring."""
        prefix, room, workers = self._prefix(), np.array([most]), self.workers
        wholes, others = _Buckets(self.variants.words), _Buckets(self._variant_words)
        edges, spans = self._substrings.edges, self._substrings.spans
        for substring, span in enumerate(spans):
            for side in (wholes, others):
                side.sort(*span, workers)
            sides = (wholes.columns, wholes.order, wholes.starts, others.columns, others.order, others.starts)
            fixed = (self.variants, *sides, prefix, self.radius_bits, edges, substring, room, parents)
            tasks = [(*fixed, *block) for block in wholes.blocks(others, workers)]
            yield from stream(view_search.search_view_buckets, tasks, workers)
            self._tell(substring + 1, len(spans))

    def buckets_pay(self, hit_cost: int) -> bool:
        """Whether the buckets cost less than comparing all; taking a hit costs what that of so many pairs does."""
        wholes, others, substrings = self.variants.words, self._variant_words, self._substrings
        n_pairs = len(wholes) * len(others)
        left = n_pairs - ROW_COST * (len(wholes) + len(others)) * len(substrings.spans)
        if sum(n_pairs / 2**bits for bits in substrings.key_bits) * PAIR_COST >= left:
            return False
        tasks = [(wholes, others, *span) for span in substrings.spans]
        left -= sum(run(view_search.bucket_rectangles, tasks, self.workers)) * PAIR_COST
        return bool(left > 0 and self._hits() * hit_cost < left)

    @property
    def _substrings(self) -> Substrings:
        return Substrings.of(self.n_bits, self.radius_bits, len(self.variants.words))

    @property
    def _variant_words(self) -> Words:
        """The variants of all images, a row each."""
        return self.variants.columns.words.T[: self.variants.columns.n]

    def _prefix(self) -> int:
        return prefix_words(self.variants.words.T, self._variant_words.T, self.radius_bits)

    def _hits(self) -> float:
        """Estimate how often the buckets meet a pair within the radius, from some wholes and some variants."""
        random, wholes, others = np.random.default_rng(0), self.variants.words, self._variant_words
        rows = random.choice(len(wholes), min(len(wholes), _SAMPLED_ROWS), replace=False)
        columns = random.choice(len(others), min(len(others), _SAMPLED_COLUMNS), replace=False)
        i, j = np.nonzero(cdist(wholes[rows], others[columns], workers=self.workers) <= self.radius_bits)
        apart = rows[i] != columns[j] // self.variants.n_variants
        i, j = i[apart], j[apart]
        some = slice(None, None, 1 + len(i) // _SAMPLED_HITS)
        different = unpack(wholes[rows[i[some]]] ^ others[columns[j[some]]], self.n_bits)
        agreements = np.count_nonzero(~np.logical_or.reduceat(different, self._substrings.edges[:-1], axis=1))
        a_hit = agreements / max(len(i[some]), 1)
        return len(i) * a_hit * (len(wholes) / len(rows)) * (len(others) / len(columns))

    def _tell(self, done: int, total: int) -> None:
        if self.progress is not None:
            n_pairs = len(self.variants.words) * (len(self.variants.words) - 1) // 2
            self.progress("pairs", n_pairs * done // total, n_pairs)


def view_radius_within(variants: Variants, radius_bits: int, n_pairs: int, *, workers: int) -> int:
    """Return the largest radius up to radius_bits within which there are at most about n_pairs pairs; -1 if none.

    How many there are is estimated, from some images, always the same.
    """
    n = len(variants.words)
    rows = np.random.default_rng(0).choice(n, min(n, _SAMPLED_IMAGES), replace=False)
    distances = np.empty(len(rows) * (len(rows) - 1) // 2)
    fill_view_heights(distances, variants, rows, np.zeros(n), workers)
    within = np.cumsum(np.bincount(distances.astype(np.int64), minlength=radius_bits + 1)[: radius_bits + 1])
    pairs_a_distance = n * (n - 1) / 2 / max(len(distances), 1)
    return int(np.searchsorted(within * pairs_a_distance, n_pairs, side="right")) - 1


class _Buckets:
    """Fingerprints in the order of their buckets.

    Attributes
    ----------
    columns : Columns
        The fingerprints, in that order.
    order : ndarray of int32, shape (n,)
        Their rows.
    starts : ndarray of int32, shape (n_buckets + 1,)
        Where each bucket starts.
    """

    def __init__(self, words: Words) -> None:
        n, n_words = words.shape
        self.words = words
        self.keys = np.empty(n, np.uint32)
        self.order = np.empty(n, np.int32)
        self.columns = room_for_columns(n_words, n)
        self.starts = np.empty(0, np.int32)

    def sort(self, start: int, stop: int, key_bits: int, workers: int) -> None:
        """Sort by the bits start .. stop - 1."""
        n, n_words = self.words.shape
        blocks = even_blocks(n, ROW_WORK * n_words, workers)
        run(buckets.bucket_keys, [(self.keys, self.words, start, stop, key_bits, *block) for block in blocks], workers)
        starts = np.empty(2**key_bits + 2, np.int32)
        buckets.bucket_order(self.order, starts, self.keys)
        self.starts = starts[:-1]
        run(buckets.bucket_columns, [(self.columns, self.words, self.order, *block) for block in blocks], workers)

    def blocks(self, others: "_Buckets", workers: int) -> list[tuple[int, int]]:
        """Split the rows, each of which is compared with its bucket of others, into blocks of about equal work."""
        sizes, others_sizes = np.diff(self.starts), np.diff(others.starts).astype(np.int64)
        return blocks_by_work(np.repeat(others_sizes, sizes) * self.words.shape[1], workers)
