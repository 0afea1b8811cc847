"""Views that are read when they are asked for are those of an array, and no one keeps them."""

import numpy as np
import pytest

from imgcmp.fingerprints import view_rows
from imgcmp.fingerprints.view_rows import StoredViews, check_view_rows, pieces, some_views

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
