"""Peers to measure against; where one is not installed, its benchmarks are skipped, and say so."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

FLAT = "faiss IndexBinaryFlat.range_search"


def faiss_search(words, radius_bits, queries=None):
    """Return a function that searches the words for the queries, or for themselves: limits, distances, indices."""
    faiss = pytest.importorskip("faiss")
    index = faiss.IndexBinaryFlat(64 * words.shape[1])
    index.add(words.view(np.uint8))
    searched = (words if queries is None else queries).view(np.uint8)
    return lambda: index.range_search(searched, radius_bits + 1)  # its radius is exclusive


def faiss_multi_hash(words, radius_bits, n_hashes, queries=None):
    """Return such a function that looks up substrings, and all that differ from one in as few bits as must be.

    Of n_hashes substrings one differs in radius_bits // n_hashes bits at most.
    """
    faiss = pytest.importorskip("faiss")
    n_bits = 64 * words.shape[1]
    index = faiss.IndexBinaryMultiHash(n_bits, n_hashes, n_bits // n_hashes)
    index.nflip = radius_bits // n_hashes
    index.add(words.view(np.uint8))
    searched = (words if queries is None else queries).view(np.uint8)
    return lambda: index.range_search(searched, radius_bits + 1)


def pairs_of(result):
    """Return the pairs i < j of faiss's limits, distances and indices, as `imgcmp.pairs` does."""
    limits, distance, j = result
    i = np.repeat(np.arange(len(limits) - 1), np.diff(limits.astype(np.int64)))
    once = np.flatnonzero(i < j)
    once = once[np.lexsort((j[once], i[once]))]
    return i[once], j[once], distance[once]


def pynear_multi_index(words, radius_bits, n_substrings, k):
    """Return a function that finds the k nearest of each fingerprint that are within a radius: indices, distances."""
    pynear = pytest.importorskip("pynear")
    index = pynear.MIHBinaryIndex(n_substrings)
    rows = words.view(np.uint8)
    index.set(rows)
    return lambda: index.searchKNN_arrays(rows, k, radius_bits)


def numkong_rows(words, others, threads):
    """Return a function that fills a matrix with the distances of words to others, the rows shared by threads."""
    numkong = pytest.importorskip("numkong")
    edges = np.linspace(0, len(words), threads + 1, dtype=int).tolist()
    out = numkong.zeros((len(words), len(others)), dtype="uint32")

    def fill():
        packed = numkong.hammings_pack(others.view(np.uint8))

        def some(rows):
            numkong.hammings_packed(words.view(np.uint8), packed, out=out, start_row=rows[0], end_row=rows[1])

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, pairwise(edges)))
        return np.asarray(out)

    return fill


def numkong_triangle(words, threads):
    """Return a function that fills the upper triangle of the matrix of all distances, the rows shared by threads."""
    numkong = pytest.importorskip("numkong")
    edges = (len(words) * (1 - np.sqrt(np.linspace(1, 0, 8 * threads + 1)))).astype(int).tolist()
    out = numkong.zeros((len(words), len(words)), dtype="uint32")

    def fill():
        def some(rows):
            numkong.hammings_symmetric(words.view(np.uint8), dtype="uint1", out=out, start_row=rows[0], end_row=rows[1])

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, pairwise(edges)))
        return np.asarray(out)

    return fill
