import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from imgcmp.clusters.look_likeness import LEAST_LIKENESS, SAMPLES, SOFT, LookLikeness
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.looks import SIDE, look_of
from imgcmp.fingerprints.standings import INNER_STANDS
from imgcmp.fingerprints.views import PartCode, view_layout
from imgcmp.kernels import looks as kernels
from imgcmp.kernels.intrinsics import SUMS
from imgcmp.kernels.jit import callable_from_python
from imgcmp.search.view_distances import variants_of

LAYOUT = view_layout("all", "phash", 16)
looks_alike = callable_from_python(kernels.looks_alike)
wholes_alike = callable_from_python(kernels.wholes_alike)
level_at = callable_from_python(kernels.level_at)


def test_both_ways_to_compute_take_the_same_numbers():
    assert (kernels.SIDE, kernels.SAMPLES, kernels.SOFT) == (SIDE, SAMPLES, SOFT)
    assert (kernels.LEAST_LIKENESS, kernels.INNER_STANDS) == (LEAST_LIKENESS, INNER_STANDS)
    codes = (kernels.CROP, kernels.ASPECT, kernels.TILT, kernels.INNER, kernels.NEGATIVE)
    assert codes == (PartCode.CROP, PartCode.ASPECT, PartCode.TILT, PartCode.INNER, PartCode.NEGATIVE)
    assert kernels.N_SLOPES % SUMS == 0  # of what `dot` multiplies


@given(st.integers(0, 2**32))
def test_places_between_cells_are_interpolated_as_scipy_does(seed):
    random = np.random.default_rng(seed)
    levels, (x, y) = random.uniform(0, 15, (SIDE, SIDE)), random.uniform(-3, SIDE + 2, (2, 50))
    found = [level_at(levels.ravel(), *place) for place in zip(x, y, strict=True)]
    expected = ndimage.map_coordinates(levels, [y, x], order=1, mode="nearest")
    assert np.allclose(found, expected, atol=1e-9)


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_looks_are_as_alike_as_numpy_says(seed):
    random = np.random.default_rng(seed)
    n, n_views = 6, LAYOUT.n_standings + len(LAYOUT.parts) - 1
    waves = random.normal(size=(3, 96, 96)).cumsum(axis=1).cumsum(axis=2)
    looks = np.array([look_of(waves[k // 2] + random.normal(0, 60, (96, 96))) for k in range(n)])
    stands = random.integers(0, 8, (n, n_views), dtype=np.uint8)
    stands[:, 1] += np.uint8(INNER_STANDS)
    inner = np.array([[10, 20, 200, 240]] * n, np.uint8)
    rows = LookRows(looks, stands, inner, random.uniform(0.5, 2, n).astype(np.float32))
    words = random.integers(0, 2**64, (n, 1 + n_views, 4), dtype=np.uint64)
    variants = variants_of(words[:, 0], words[:, 1:], None, LAYOUT, rows)
    by_numpy = LookLikeness(rows, LAYOUT)
    for i, j in ((0, 1), (2, 5)):
        assert wholes_alike(variants.looks, i, j) == by_numpy.are_alike(i, None, j, 0)
        for standing in range(LAYOUT.n_standings):
            for variant in range(len(LAYOUT.parts)):
                row, column = i * LAYOUT.n_standings + standing, j * variants.n_variants + variant
                found = looks_alike(variants.looks, i, row, j, column, variant)
                assert found == by_numpy.are_alike(i, standing, j, variant), (standing, variant)
