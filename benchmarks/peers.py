"""Peers that several benchmarks are measured against."""

import numpy as np
import pytest

FLAT = "faiss IndexBinaryFlat.range_search"


def faiss_search(words, radius_bits):
    """Return a function that searches the words among themselves; it gives limits, distances, indices."""
    faiss = pytest.importorskip("faiss")
    as_bytes = words.view(np.uint8)
    index = faiss.IndexBinaryFlat(8 * as_bytes.shape[1])
    index.add(as_bytes)
    return lambda: index.range_search(as_bytes, radius_bits + 1)  # its radius is exclusive
