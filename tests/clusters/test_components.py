import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints, make_words

from imgcmp.clusters import components
from imgcmp.clusters.components import cluster_by_components
from imgcmp.clusters.cut import LINKAGES, cut_of

sims = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.3]))


@given(fingerprints(min_size=2), sims, st.sampled_from(LINKAGES), st.integers(0, 50))
def test_it_is_the_definition_however_components_are_put_together(drawn, sim, linkage, together):
    words, n_bits = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(components, "_TOGETHER", together)
        patch.setattr(components, "_MOST_NEIGHBOURS", 1000)  # of few images all pairs may be within the cut
        labels = cluster_by_components(words, n_bits, cut_of(sim, n_bits), linkage, 2, 2**40)
    assert np.array_equal(naive.number_by_first(labels), naive.clusters(words, n_bits, sim, linkage))


def test_too_large_a_component_is_left_to_others(monkeypatch):
    words = make_words(50, 64, "duplicates")
    assert cluster_by_components(words, 64, 64.0, "average", 1, 2**40) is not None
    monkeypatch.setattr(components, "CONDENSED_IMAGES", 49)
    assert cluster_by_components(words, 64, 64.0, "average", 1, 2**40) is None


def test_too_little_memory_is_left_to_others():
    assert cluster_by_components(make_words(500, 64, "duplicates"), 64, 64.0, "average", 1, 10_000) is None
