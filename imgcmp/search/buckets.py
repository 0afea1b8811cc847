"""Pairs within a radius among those that agree in a substring: multi-index hashing."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import unpack
from imgcmp.kernels import buckets as kernels
from imgcmp.kernels.columns import room_for_columns
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.search.found import Found
from imgcmp.search.request import Search
from imgcmp.search.sample import SAMPLES, Sample, prefix_words
from imgcmp.system.threads import block_count, even_blocks, run

PAIR_COST = 2  # comparing a pair in a bucket, in pairs of a scan: 1 in buckets of 2,000, 2 in those of 200
ROW_COST = 600  # sorting a fingerprint for one substring, as such: 330 if none is close, 1,000 if a third are copies
HIT_COST = 400  # taking a pair within the radius, each time it is met in a bucket, as such
ROW_WORK = 16  # sorting a word, in words compared: a thread is worth starting from 50,000 of them on


def buckets_pay(search: Search) -> bool:
    """Whether the buckets cost less than comparing all pairs."""
    n = len(search.words)
    substrings = search.substrings
    if search.shifts[0] + n.bit_length() > 63:  # 2**31 rows up to radius 1, 2**25 up to 8191: pairs would not pack
        return False
    left = n * (n - 1) / 2 - ROW_COST * n * len(substrings.spans)
    # however the rows spread, the buckets hold at least this many pairs
    if sum(n * (n / 2**bits - 1) / 2 for bits in substrings.key_bits) * PAIR_COST >= left:
        return False
    tasks = [(search.words, *span) for span in substrings.spans]
    left -= sum(int(count) for count in run(kernels.bucket_pairs, tasks, search.workers)) * PAIR_COST
    return left > 0 and _hits(search) * HIT_COST < left


def _hits(search: Search) -> float:
    """Estimate how often the buckets meet a pair within the radius: once for each substring in which it agrees."""
    sample = Sample.of(search.words, search.workers)
    i, j = sample.pairs_within(search.radius_bits)
    some = slice(None, None, 1 + len(i) // SAMPLES)
    different = unpack(search.words[i[some]] ^ search.words[j[some]], search.n_bits)
    agreements = np.count_nonzero(np.add.reduceat(different, search.substrings.edges[:-1], axis=1, dtype=np.int32) == 0)
    return len(i) * sample.pairs_a_distance * agreements / max(len(different), 1)


def find_by_buckets(search: Search, max_bytes: int) -> Found:
    """Find the pairs among those that agree in a substring."""
    counts = np.zeros(len(search.words), np.int64)
    packed = search_buckets(search, counts, np.empty(0, np.int32), np.array([max_bytes // 8]))
    return Found(counts, [(part, 0) for part in packed], search.shifts, by_buckets=True)


def search_buckets(
    search: Search, places: NDArray[np.int64], indices: NDArray[np.int32], room: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Search among the pairs that agree in a substring, substring by substring; see kernels.search_buckets.

    Within a substring each row is in one bucket, and one thread has it: its count or list is not shared.
    """
    words, workers = search.words, search.workers
    n, n_words = words.shape
    columns = room_for_columns(n_words, n)
    prefix = prefix_words(words.T, words.T, search.radius_bits)
    keys = np.empty(n, np.uint32)
    order = np.empty(n, np.int32)
    rows = even_blocks(n, ROW_WORK * n_words, workers)
    found: list[NDArray[np.int64]] = []
    edges, spans = search.substrings.edges, search.substrings.spans
    for substring, (start, stop, bits) in enumerate(spans):
        run(kernels.bucket_keys, [(keys, words, start, stop, bits, *block) for block in rows], workers)
        starts = np.empty(2**bits + 2, np.int32)
        kernels.bucket_order(order, starts, keys)
        starts = starts[:-1]
        run(kernels.bucket_columns, [(columns, words, order, *block) for block in rows], workers)
        cuts = _cuts(starts, n, n_words, workers)
        tasks = [
            (columns, order, starts, int(cut[0]), int(cut[1]), int(next_cut[1]), prefix, search.radius_bits,
             edges, substring, places, indices, search.shifts, room)
            for cut, next_cut in pairwise(cuts)
        ]  # fmt: skip
        advance = search.advance(substring, len(spans), len(tasks))
        found += [packed for packed in run(kernels.search_buckets, tasks, workers, advance) if len(packed)]
    return found


def _cuts(starts: NDArray[np.int32], n: int, n_words: int, workers: int) -> NDArray[np.int64]:
    """Return (bucket, row) where each block of rows starts, and the end."""
    sizes = np.diff(starts).astype(np.int64)
    work = int(np.sum(sizes * (sizes + 2 * ROWS)))  # at least what bucket_cuts counts
    max_work = work // block_count(work * n_words, workers) + 1
    cuts = np.empty((work // max_work + 2, 2), np.int64)
    count = kernels.bucket_cuts(cuts, starts, max_work)
    cuts[count] = len(sizes), n
    return cuts[: count + 1]
