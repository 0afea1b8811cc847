"""Pairs within a radius by comparing all of them."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.kernels import scan as kernels
from imgcmp.kernels.columns import Columns, transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.scan import MAX_SCAN_ROWS, SCAN_SHIFTS
from imgcmp.search.found import Found
from imgcmp.search.request import Search
from imgcmp.search.sample import prefix_words
from imgcmp.system.threads import run, triangle_blocks


def find_by_scan(search: Search, max_bytes: int) -> Found:
    """Find the pairs by comparing all of them."""
    columns, prefix, blocks = _scan_plan(search)
    room = np.array([max_bytes // 8])
    tasks = [(columns, prefix, search.radius_bits, room, *block) for block in blocks]
    found = run(kernels.scan, tasks, search.workers, search.advance(0, 1, len(blocks)))
    counts = np.concatenate([np.zeros(0, np.int64), *(block_counts for _, block_counts in found)])
    packed = [(block_found, i_start) for (block_found, _), (i_start, _) in zip(found, blocks, strict=True)]
    return Found(counts, packed, SCAN_SHIFTS, by_buckets=False)


def fill_by_scan(search: Search, places: NDArray[np.int64], indices: NDArray[np.int32]) -> None:
    """List the later neighbours of each row by comparing all pairs."""
    columns, prefix, blocks = _scan_plan(search)
    tasks = [(indices, places, columns, prefix, search.radius_bits, *block) for block in blocks]
    run(kernels.fill_lists, tasks, search.workers, search.advance(0, 1, len(blocks)))


def _scan_plan(search: Search) -> tuple[Columns, int, list[tuple[int, int]]]:
    """Return the columns, how many of their words are judged first, and the blocks of rows."""
    n, n_words = search.words.shape
    columns, words = transposed(search.words), search.words.T
    blocks = triangle_blocks(n, n_words, search.workers, multiple=ROWS, max_rows=MAX_SCAN_ROWS)
    return columns, prefix_words(words, words, search.radius_bits), blocks
