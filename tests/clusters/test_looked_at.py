import numpy as np
import pytest
from naive import number_by_first

import imgcmp
from imgcmp.clusters import linkage
from imgcmp.clusters.points import distinct_points
from imgcmp.clusters.small import cut_over_views
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.view_rows import check_view_rows

N, X = 150, 10
N_BITS = X * X


@pytest.fixture
def images():
    """Return words, views, layout and looks of pictures whose bits are in doubt, and of copies of some."""
    random = np.random.default_rng(0)
    layout = imgcmp.view_layout("all", "phash", X)
    rows = imgcmp.pack(random.random((N, 58, N_BITS)) < 0.5)
    rows[N // 2 :] = rows[: N // 2] ^ np.array([1, 0], np.uint64)
    looks = random.integers(0, 256, (N, 288), np.uint8)
    looks[N // 2 :] = looks[: N // 2]
    stands, inner = np.zeros((N, 57), np.uint8), np.tile(np.array([0, 0, 255, 255], np.uint8), (N, 1))
    return rows[:, 0], rows[:, 1:], layout, LookRows(looks, stands, inner, np.ones(N, np.float32))


@pytest.mark.parametrize("sim", [0, 0.1, 0.3])
def test_pairs_that_cannot_hang_together_are_not_looked_at(images, sim, monkeypatch):
    words, views, layout, looks = images
    points = distinct_points(words, check_view_rows(views, words, N_BITS), layout, looks)
    expected = cut_over_views(points, points.point_of, imgcmp.sim_to_cut(sim, N_BITS), "average", 1)
    monkeypatch.setattr(linkage, "cut_over_views", lambda *_: pytest.fail("all pairs are looked at"))
    found = imgcmp.cluster(words, sim, n_bits=N_BITS, views=views, layout=layout, looks=looks)
    assert np.array_equal(found, number_by_first(expected))
