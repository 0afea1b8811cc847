"""Views that are read when they are asked for are those of an array, and no one keeps them."""

import numpy as np
import pytest

from imgcmp.fingerprints import view_rows
from imgcmp.fingerprints.looks import LOOK_BYTES
from imgcmp.fingerprints.view_rows import (
    LookRows,
    StoredViews,
    check_view_rows,
    packed_stands,
    pieces,
    some_views,
    stands_bytes,
)

ALL = np.random.default_rng(0).integers(2**64, size=(50, 3, 2), dtype=np.uint64)
ROWS = np.random.default_rng(1).permutation(50)[:40]
STORED = StoredViews(ALL.__getitem__, ROWS, 3, 2)
ARRAY = ALL[ROWS]


@pytest.mark.parametrize(
    "images", [slice(None), slice(3, 9), np.arange(40) % 3 == 0, np.array([5, 1, 5]), np.arange(0)]
)
def test_stored_views_are_those_of_an_array(images):
    assert np.array_equal(STORED[images], ARRAY[images])
    some = some_views(STORED, images)
    assert isinstance(some, StoredViews)
    assert some.shape == ARRAY[images].shape
    assert len(some) == len(ARRAY[images])
    assert np.array_equal(some[:], some_views(ARRAY, images))


def test_some_views_are_not_read_yet():
    def forbidden(_):
        raise AssertionError("nothing need be read")

    stored = StoredViews(forbidden, ROWS, 3, 2)
    assert check_view_rows(some_views(stored, slice(5)), np.zeros((5, 2), np.uint64)).shape == (5, 3, 2)


@pytest.mark.parametrize("shape", [(39, 2), (40, 1)])
def test_views_that_do_not_fit_the_words_are_refused(shape):
    for views in (STORED, ARRAY):
        with pytest.raises(ValueError, match=r"views must have shape \(\d+, n_views, \d\); got \(40, 3, 2\)"):
            check_view_rows(views, np.zeros(shape, np.uint64))


@pytest.mark.parametrize("piece_bytes", [1, 48, 100, 48 * 40, 2**22])
def test_pieces_cover_all_images_once_and_are_small(piece_bytes, monkeypatch):
    monkeypatch.setattr(view_rows, "PIECE_BYTES", piece_bytes)
    cut = [range(40)[piece] for piece in pieces(40, STORED)]
    assert [image for piece in cut for image in piece] == list(range(40))
    assert all(48 * len(piece) <= max(48, piece_bytes) for piece in cut)
    assert list(pieces(0, STORED)) == []
    assert len(list(pieces(40, ARRAY[:, :0]))) == -(-40 // piece_bytes)


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
