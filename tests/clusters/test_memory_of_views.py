"""What clustering with views takes of memory: one copy of the views, laid out, and little more than is allowed."""

import math
import re
import tracemalloc
import weakref
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import noisy_groups, with_views

import imgcmp
from imgcmp import cluster
from imgcmp.clusters.cut import LINKAGES
from imgcmp.clusters.points import distinct_points
from imgcmp.fingerprints import view_rows
from imgcmp.fingerprints.view_rows import StoredViews
from imgcmp.search.view_distances import diameters_with_views


def variants_by_image(points):
    columns, n_variants = points.variants.columns, points.variants.n_variants
    return columns.words.T[: columns.n].reshape(-1, n_variants, columns.words.shape[0])


@contextmanager
def traced():
    """Yield what holds, after the block, the most bytes that were allocated in it at a time."""
    trace = SimpleNamespace(peak=0)
    tracemalloc.start()
    try:
        yield trace
        trace.peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def needed_by(error):
    number, unit = re.search(r"needs ([0-9.]+) (kB|MB)", str(error)).groups()
    return math.ceil((float(number) + 0.1) * {"kB": 10**3, "MB": 10**6}[unit])


def test_too_little_memory_is_known_before_any_is_taken():
    words, views, n_bits = noisy_groups(4000, 256, 20)
    tracemalloc.start()
    with pytest.raises(MemoryError, match="clustering 4000 images needs .* of memory, and 1.0 MB may be used"):
        cluster(words, 0.1, n_bits=n_bits, views=views, max_memory=10**6)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < views.nbytes / 3


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("call", [cluster, imgcmp.linkage])
def test_as_much_memory_as_is_named_first_is_enough(call, linkage):
    words, views, n_bits = noisy_groups(2600, 64, 3)
    arguments = {"views": views, "n_bits": n_bits, "linkage": linkage}
    with pytest.raises(MemoryError) as error:
        call(words, sim=0.1, max_memory=1000, **arguments)
    call(words, sim=0.1, max_memory=needed_by(error.value), **arguments)


@pytest.mark.parametrize("sim", [0.1, 0.3])
def test_too_little_memory_without_views_is_named_too(sim):
    words, _, n_bits = noisy_groups(2600, 256, 3)
    with pytest.raises(MemoryError, match="clustering 2600 images needs .* of memory, and 10 bytes may be used"):
        cluster(words, sim, n_bits=n_bits, max_memory=10)


def test_the_views_are_copied_once_before_they_are_searched():
    words, views, _ = noisy_groups(4000, 256, 20)
    distinct_points(words, views)  # compiles
    with traced() as trace, pytest.MonkeyPatch.context() as patch:
        patch.setattr(view_rows, "PIECE_BYTES", 2**17)
        points = distinct_points(words, views)
    assert trace.peak < 1.3 * points.variants.columns.words.nbytes


def test_some_points_take_one_copy_of_theirs():
    words, views, _ = noisy_groups(4000, 256, 20)
    points = distinct_points(words, views)
    rows = np.random.default_rng(0).permutation(len(points.words))[:3000]
    with traced() as trace:
        some = points.some(rows)
    assert trace.peak < 1.2 * some.variants.columns.words.nbytes
    for row, variants in zip(rows, variants_by_image(some), strict=True):
        assert np.array_equal(variants, variants_by_image(points)[row])


@given(with_views(), st.floats(0, 1), st.sampled_from(LINKAGES), st.integers(1, 2**9))
def test_views_that_are_stored_are_clustered_as_an_array_is(drawn, sim, method, piece_bytes):
    words, views, n_bits = drawn
    order = np.random.default_rng(0).permutation(len(words))
    stored = StoredViews(views.__getitem__, order, *views.shape[1:])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view_rows, "PIECE_BYTES", piece_bytes)
        labels = cluster(words[order], sim, n_bits=n_bits, views=stored, linkage=method)
        members = [np.flatnonzero(labels == label) for label in range(labels.max() + 1)]
        diameters_bits = diameters_with_views(words[order], stored, members)
    assert np.array_equal(labels, cluster(words[order], sim, n_bits=n_bits, views=views[order], linkage=method))
    assert np.array_equal(diameters_bits, diameters_with_views(words[order], views[order], members))


@pytest.mark.parametrize("sim", [0.02, 0.2])
@pytest.mark.parametrize("linkage", ["single", "average"])
def test_stored_views_are_held_a_piece_at_a_time_and_read_in_their_order(sim, linkage, monkeypatch):
    words, views, n_bits = noisy_groups(2500, 256, 20)
    views ^= np.random.default_rng(1).integers(2**64, size=views.shape, dtype=np.uint64)  # as of unrelated pictures
    held, most, rows_read = 0, 0, []

    def dropped(n_bytes):
        nonlocal held
        held -= n_bytes

    def read(rows):
        nonlocal held, most
        rows_read.append(rows)
        piece = views[rows]
        held += piece.nbytes
        most = max(most, held)
        weakref.finalize(piece, dropped, piece.nbytes)
        return piece

    monkeypatch.setattr(view_rows, "PIECE_BYTES", 2**16)
    stored = StoredViews(read, np.arange(len(words)), *views.shape[1:])
    labels = cluster(words, sim, n_bits=n_bits, views=stored, linkage=linkage)
    assert 0 < most <= 2 * 2**16
    assert sum(map(len, rows_read)) == 2 * len(words)  # for the hashes, and to lay them out
    assert all(np.all(np.diff(rows) > 0) for rows in rows_read)
    assert np.array_equal(labels, cluster(words, sim, n_bits=n_bits, views=views, linkage=linkage))
    assert len(np.unique(labels)) > 2


@pytest.mark.parametrize("linkage", ["single", "average"])
@pytest.mark.parametrize("sim", [0.02, 0.2])  # by buckets; by comparing all
def test_no_more_memory_is_taken_than_is_allowed(sim, linkage, monkeypatch):
    words, views, n_bits = noisy_groups(3000, 256, 20)  # all in one component, of 36 MB of condensed distances
    monkeypatch.setattr(view_rows, "PIECE_BYTES", 2**17)
    monkeypatch.setattr("imgcmp.search.view_pairs._PART_BYTES", 2**18)
    options = {"n_bits": n_bits, "views": views, "linkage": linkage, "workers": 1}
    wanted = cluster(words, sim, **options)
    cluster(words, sim, **options, max_memory=2**24)  # compiles, what large components take, too
    with pytest.raises(MemoryError) as error:
        cluster(words, sim, **options, max_memory=1)
    least = needed_by(error.value)
    while True:  # what is refused names what is needed, once the views are laid out a little more
        with traced() as trace:
            try:
                labels = cluster(words, sim, **options, max_memory=least)
            except MemoryError as error:
                assert needed_by(error) > least
                least = needed_by(error)
                continue
        break
    assert np.array_equal(labels, wanted)
    assert trace.peak <= least
