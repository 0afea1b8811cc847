import subprocess
import sys

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints, make_views, make_words

from imgcmp import cluster
from imgcmp.clusters.cut import LINKAGES, cut_of
from imgcmp.clusters.few_images import FewImages, tie_breaks
from imgcmp.search.view_distances import diameters_with_views

sims = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0]))


@given(fingerprints())
def test_ties_are_broken_as_the_kernels_do(drawn):
    assert np.array_equal(tie_breaks(drawn[0]), naive.tie_breaks(drawn[0]))


@given(fingerprints(), st.integers(0, 3), sims, st.sampled_from(LINKAGES), st.integers(0, 2**32))
def test_clusters_and_diameters_are_those_of_the_kernels(drawn, n_views, sim, linkage, seed):
    words, n_bits = drawn
    random = np.random.default_rng(seed)
    # Views are wholes of others, so that some are near, and some images are equal in all of them.
    views = words[random.integers(0, max(len(words), 1), (len(words), n_views))]
    few = FewImages(words, views)
    rows = np.flatnonzero(random.random(len(words)) < 0.8)
    expected = cluster(words[rows], sim, n_bits=n_bits, linkage=linkage, views=views[rows])
    assert np.array_equal(few.cluster(rows, cut_of(sim, n_bits), linkage), expected)
    assert few.diameter(rows) == diameters_with_views(words, views, [rows])[0]


@pytest.mark.parametrize("linkage", LINKAGES)
def test_many_words_and_views(linkage):
    words = make_words(60, 1024)
    views = make_views(words, 1024, 5)
    expected = cluster(words, 0.2, linkage=linkage, views=views)
    assert np.array_equal(FewImages(words, views).cluster(np.arange(60), cut_of(0.2, 1024), linkage), expected)


FEW, MANY = [(0, 0, 1), (1000, 0, 1), (400, 42, 4)], [(1001, 0, 1), (1000, 42, 4)]


@pytest.mark.parametrize(("shape", "few"), [*((shape, True) for shape in FEW), *((shape, False) for shape in MANY)])
def test_what_few_means(shape, few):
    assert FewImages.are_few(np.broadcast_to(np.uint64(0), shape)) is few


def test_a_run_over_a_few_images_loads_no_compiler(tmp_path):
    code = (
        "import sys; from imgcmp.cli.main import main; status = main(['demo', sys.argv[1], '-q', '-n1']); "
        "print([name for name in ('numba', 'llvmlite') if name in sys.modules]); sys.exit(status)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]"), done.stderr
