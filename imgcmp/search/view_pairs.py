"""All pairs of images within a radius, by their distances over views.

As in `imgcmp.search.pairs`, all are compared, or those that agree in a substring; or, here, those that are about as far
from a pivot as each other. The wholes are compared with the variants of all images, so that a pair may be met many
times. It is taken where it is met first.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels import union_find, view_search
from imgcmp.kernels.bit_planes import limits_of, patterns_of, room_for
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.rings import N_RINGS
from imgcmp.kernels.view_distances import Variants
from imgcmp.kernels.view_search import FirstWords
from imgcmp.kernels.view_search_by_planes import scan_views_by_planes
from imgcmp.search.buckets import HIT_COST, ROW_COST
from imgcmp.search.found import Found, Neighbours
from imgcmp.search.neighbour_lists import list_found
from imgcmp.search.pivots import most_pivots, pivots_that_pay, sample_bytes
from imgcmp.search.request import Substrings
from imgcmp.search.sample import prefix_words
from imgcmp.search.sorted_rows import SortedRows
from imgcmp.search.two_sides import SAMPLE, NearSample, saved_by_buckets, side_by_side
from imgcmp.search.view_distances import fill_view_heights, some_variants, view_work, whole_variants
from imgcmp.system.threads import Progress, even_blocks, stream

PairParts = Generator[NDArray[np.int64], None, None]
Scan = Callable[[int, int, int], NDArray[np.int64]]

_ALL = 2**62
_NO_PARENTS = np.zeros(0, np.int32)
_JOIN_COST = 130  # taking a pair that joins nothing new, each time it is met in a bucket, in pairs of a scan
_PART_BYTES = 2**25  # variants that are in the order of their keys at a time: all of them were a second copy
_PAIR_BYTES = 16  # as it is found, and in the lists of both
_SAMPLED_IMAGES = 1024


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
    O(n_images**2 * n_variants * n_words) time, or what buckets of equal substrings take, or rings around pivots.
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
        return _joined(parents, self.pairs(_ALL, parents))

    def among(self, images: NDArray[np.int64]) -> "ViewSearch":
        """Return the search among some of the images."""
        return self._replace(variants=some_variants(self.variants, images))

    def components_with_new(self, known: NDArray[np.int32]) -> NDArray[np.int32]:
        """Do as `components`, where it is known of some images which of them hang together.

        Parameters
        ----------
        known : ndarray of int32, shape (n_images,)
            Equal for those that do; below 0 for new images, which are compared with all.
        """
        order = np.argsort(known < 0, kind="stable")
        n_known = int(np.count_nonzero(known >= 0))
        parents = np.arange(len(known), dtype=np.int32)
        _, firsts, number = np.unique(known[order[:n_known]], return_index=True, return_inverse=True)
        parents[:n_known] = firsts[number]
        labels = np.empty_like(parents)
        labels[order] = order[_joined(parents, self.among(order).pairs_with_new(n_known, parents))]
        return labels

    def pairs_with_new(self, n_known: int, parents: NDArray[np.int32]) -> PairParts:
        """Yield, as `pairs` does with parents, pairs of the images from n_known on with all: by comparing all these."""
        if n_known == len(self.variants.words):
            return
        if self.variants.n_variants > 1:
            yield from self._replace(variants=whole_variants(self.variants)).pairs_with_new(n_known, parents)
        n, n_new = len(self.variants.words), len(self.variants.words) - n_known
        first_new = int(self.variants.starts[n_known]) // ROWS * ROWS
        work = view_work(self.variants) // 2
        of_known = even_blocks(first_new, n_new * work, self.workers, multiple=ROWS)
        of_new = even_blocks(len(self.variants.rows) - first_new, n * work, self.workers, multiple=ROWS)
        tasks = [(n_known, *block) for block in of_known if first_new]
        tasks += [(0, first_new + start, first_new + stop) for start, stop in of_new]
        for k, found in enumerate(stream(self._scan(_ALL, parents), tasks, self.workers)):
            self._tell(k + 1, len(tasks))
            yield found

    def pairs(self, most: int, parents: NDArray[np.int32]) -> PairParts:
        """Yield the pairs i < j, each once, packed as i << 32 | j; once there are more than `most`, not all of them.

        With parents: only such pairs as join images of different roots.
        """
        if self.variants.n_variants > 1:
            yield from self._replace(variants=whole_variants(self.variants)).pairs(most, parents)
        yield from self._pairs(most, parents)

    def _pairs(self, most: int, parents: NDArray[np.int32]) -> PairParts:
        if self.buckets_pay(_JOIN_COST if len(parents) else HIT_COST):
            return self.pairs_by_buckets(most, parents)
        rows, columns = self.variants.rows, self._variant_words
        pivots = pivots_that_pay(rows, columns, self._first_radius, self.workers)
        return self.pairs_by_scan(most, parents) if pivots is None else self.pairs_by_pivots(most, parents, pivots)

    def pairs_by_scan(self, most: int, parents: NDArray[np.int32]) -> PairParts:
        """Find the pairs by comparing all wholes with all variants."""
        work = len(self.variants.words) * view_work(self.variants) // 2
        blocks = even_blocks(len(self.variants.rows), work, self.workers, multiple=ROWS)
        tasks = [(0, *block) for block in blocks]
        for k, found in enumerate(stream(self._scan(most, parents), tasks, self.workers)):
            self._tell(k + 1, len(blocks))
            yield found

    def _scan(self, most: int, parents: NDArray[np.int32]) -> Scan:
        """Return what compares the variants of images, from one on, with rows, from one to before another."""
        variants, first_words, room = self.variants, self._first_words(), np.array([most])
        if first_words.number == 1:
            limit = limits_of(64)[min(first_words.radius, 64)]

            # Patterns take 44 bytes a row, and 400 while they are made: of a block, that is below a megabyte.
            def by_planes(first_image: int, start: int, stop: int) -> NDArray[np.int64]:
                patterns, work = patterns_of(variants.rows[start:stop, 0]), room_for(1, 1)
                fixed = (variants, patterns, limit, work, self.radius_bits, room, parents)
                found: NDArray[np.int64] = scan_views_by_planes(*fixed, first_image, start, stop)
                return found

            return by_planes
        rows = transposed(variants.rows)
        fixed = (variants, rows, first_words, self.radius_bits, room, parents)
        return lambda *block: view_search.scan_views(*fixed, *block)

    def pairs_by_pivots(self, most: int, parents: NDArray[np.int32], pivots: NDArray[np.uint64]) -> PairParts:
        """Find the pairs by comparing all wholes with those variants that are about as far from a pivot."""
        wholes, others = self._sorted_rows()
        for side in (wholes, others):
            side.sort_by_ring(pivots, self.workers)
        n, n_words = self.variants.rows.shape
        rows = wholes.laid_out(slice(0, n), self.workers)
        fixed = (self._first_words(), self.radius_bits, np.array([most]), parents)
        parts = others.parts()
        for k, places in enumerate(parts):
            columns = others.laid_out(places, self.workers)
            sides = (rows.columns, rows.order, columns.columns, columns.order, others.rings_among(places, pivots))
            blocks = even_blocks(n, columns.columns.n * n_words, self.workers, multiple=ROWS)
            tasks = [(self.variants, *sides, *fixed, *block) for block in blocks]
            for m, found in enumerate(stream(view_search.scan_view_rings, tasks, self.workers)):
                self._tell(k * len(blocks) + m + 1, len(parts) * len(blocks))
                yield found

    def pairs_by_buckets(self, most: int, parents: NDArray[np.int32]) -> PairParts:
        """Find the pairs among the wholes and variants that agree in a substring."""
        fixed = (self._first_words(), self.radius_bits, self._substrings.edges)
        room, n_substrings = np.array([most]), len(self._substrings.spans)
        most_others = _PART_BYTES // self.variants.rows[0].nbytes
        fixed_sides = (self.variants.rows, self._variant_words, self._substrings, most_others)
        for found in side_by_side(*fixed_sides, self.workers):
            rows, columns = found.rows, found.others
            sides = (rows.columns, rows.order, found.row_starts, columns.columns, columns.order, columns.starts)
            blocks, substring = found.blocks(self.workers), found.substring
            tasks = [(self.variants, *sides, *fixed, substring, room, parents, *block) for block in blocks]
            yield from stream(view_search.search_view_buckets, tasks, self.workers)
            self._tell(substring + 1, n_substrings)

    def buckets_pay(self, hit_cost: int) -> bool:
        """Whether the buckets cost less than comparing all; taking a hit costs what that of so many pairs does."""
        left = saved_by_buckets(
            self.variants.rows, self._variant_words, self._substrings, ROW_COST, workers=self.workers
        )
        return left > 0 and self._hits() * hit_cost < left

    def _sorted_rows(self) -> tuple[SortedRows, SortedRows]:
        """Return wholes and variants, to be sorted."""
        n, n_words = self.variants.rows.shape
        most = _PART_BYTES // (8 * n_words)
        return SortedRows(self.variants.rows, most=n), SortedRows(self._variant_words, most)

    @property
    def _substrings(self) -> Substrings:
        return Substrings.of(self.n_bits, self.radius_bits, len(self.variants.words))

    @property
    def _variant_words(self) -> Words:
        """The variants of all images, a row each."""
        return self.variants.columns.words.T[: self.variants.columns.n]

    @property
    def _first_radius(self) -> int:
        """The most bits of their first words in which a whole and a variant within the radius differ."""
        weight = self.variants.low_weight
        return min(self.radius_bits * 64 // weight, 64) if weight else self.radius_bits

    def _first_words(self) -> FirstWords:
        """Return by how many words to judge: the first one, if how many bits differ in it counts by itself."""
        if self.variants.low_weight:
            return FirstWords(1, self._first_radius)
        number = prefix_words(self.variants.rows.T, self._variant_words.T, self.radius_bits)
        return FirstWords(number, self.radius_bits)

    def _hits(self) -> float:
        """Estimate how often the buckets meet a pair within the radius, from some wholes and some variants."""
        wholes, others = self.variants.rows, self._variant_words
        near = NearSample.of(wholes, others, self.radius_bits, self.workers)
        apart = self.variants.images[near.rows] != near.others // self.variants.n_variants
        near = near._replace(rows=near.rows[apart], others=near.others[apart])
        return near.hits(wholes, others, self._substrings.edges, self.n_bits)

    def _tell(self, done: int, total: int) -> None:
        if self.progress is not None:
            n_pairs = len(self.variants.words) * (len(self.variants.words) - 1) // 2
            self.progress("pairs", n_pairs * done // total, n_pairs)


def _joined(parents: NDArray[np.int32], pairs: PairParts) -> NDArray[np.int32]:
    """Return the root of each image, once those of all pairs are joined."""
    with closing(pairs) as parts:
        for part in parts:
            union_find.join_found(parents, part)
    labels = np.empty_like(parents)
    union_find.roots(labels, parents)
    return labels


def search_bytes(n_images: int, n_wholes: int, n_variants: int, n_words: int) -> int:
    """Return what a search takes, at most, besides the variants and the pairs that it finds.

    Wholes are counted in each way in which they may stand.
    """
    n, a_row = n_images * n_variants, 8 * n_words
    a_key, a_place, a_bucket = 4, 4, 4 * 2  # there are two buckets an image at most, of wholes and of variants
    of_wholes = n_wholes * (a_place + 2 * a_row)
    n_pivots = most_pivots(n_wholes, n)
    of_sorting = max(n_images * 2 * a_bucket, 3 * 4 * (N_RINGS * n_pivots + 2))  # rings: of both sides, and of a part
    of_samples = max(3 * SAMPLE[0] * SAMPLE[1], 8 * _SAMPLED_IMAGES**2, sample_bytes(n_pivots))
    return of_wholes + n * (a_key + a_place) + min(n * a_row, _PART_BYTES) + of_sorting + of_samples


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
