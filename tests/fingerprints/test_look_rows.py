"""Looks as databases keep them, and as they are used."""

import numpy as np
import pytest

from imgcmp.fingerprints.look_rows import LookRows, packed_stands, stands_bytes
from imgcmp.fingerprints.looks import LOOK_BYTES


@pytest.mark.parametrize("n_views", [57, 58])
def test_looks_as_databases_keep_them(n_views):
    random = np.random.default_rng(n_views)
    looks = random.integers(0, 256, (3, LOOK_BYTES), np.uint8)
    stands, inner = random.integers(0, 16, (3, n_views), np.uint8), random.integers(1, 256, (3, 4), np.uint8)
    rows = np.concatenate([looks, packed_stands(stands), inner], axis=1)
    assert rows.shape[1] == LOOK_BYTES + stands_bytes(n_views) + 4
    found = LookRows.of(rows, np.array([30, 10, 20]), np.array([20, 20, 20]))
    assert np.array_equal(found.looks, looks)
    assert np.array_equal(found.stands[:, :n_views], stands)
    assert np.array_equal(found.inner, inner)
    assert found.aspects.tolist() == [1.5, 0.5, 1]


def test_the_picture_within_one_of_unknown_look_is_the_whole():
    """A box of no size would end what tells relations with a division by zero."""
    rows = np.zeros((1, LOOK_BYTES + stands_bytes(57) + 4), np.uint8)
    assert LookRows.of(rows, np.array([3]), np.array([2])).inner.tolist() == [[0, 0, 255, 255]]
