"""Seeded images as a database keeps them: with ways to stand and looks, as photographs have them."""

import bridge
import numpy as np
import pytest
from kept_views import noisy_copies_as_kept

import imgcmp
from imgcmp.fingerprints.views import look_bytes, view_names

N = 600


def test_shapes_are_those_that_a_database_keeps(tmp_path):
    images = noisy_copies_as_kept(20, 256)
    assert images.views.shape == (20, len(view_names("all")), 4)
    assert images.looks.shape == (20, look_bytes("all"))
    path = str(tmp_path / "fingerprints.hdf")
    bridge.new_database(path, *images).save()
    held = imgcmp.Database(path)
    assert np.array_equal(held.words, images.words)
    assert np.array_equal(held.views, images.views)


def test_images_stand_in_as_many_ways_as_photographs():
    ways = noisy_copies_as_kept(N, 256).views[:, :4]
    counts = [len(np.unique(of_image, axis=0)) for of_image in ways]
    assert np.mean(counts) == pytest.approx(1.74, abs=0.15)
    assert set(counts) == {1, 2, 3, 4}


def test_copies_are_found_with_layout_and_looks_alone():
    images = noisy_copies_as_kept(N, 256)
    n_found = len(np.unique(imgcmp.cluster(images.words, 0.15, **images.options)))
    assert N - N // 3 <= n_found < N - N // 5
    assert len(np.unique(imgcmp.cluster(images.words, 0.15))) == N


def test_an_earlier_build_is_given_views_alone(monkeypatch):
    monkeypatch.setattr("kept_views.internal_or_none", lambda _name: None)
    images = noisy_copies_as_kept(20, 256)
    assert images.looks is None
    assert set(images.options) == {"views"}
