import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.clusters.dendrogram import mergers_of
from imgcmp.kernels import dendrogram


@st.composite
def drawn_mergers(draw):
    """Draw (mergers, n): random points of two clusters merge each time, at heights that may fall a little."""
    n = draw(st.integers(2, 30))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    clusters = [{k} for k in range(n)]
    first, second = [], []
    for _ in range(draw(st.integers(1, n - 1))):
        a, b = (clusters.pop(random.integers(len(clusters))) for _ in range(2))
        first.append(random.choice(sorted(a)))
        second.append(random.choice(sorted(b)))
        clusters.append(a | b)
    heights = np.sort(random.integers(0, 9, len(first))) - random.choice([0, 1e-12], len(first)) + 1.0
    return mergers_of(np.array(first), np.array(second), heights), n


def members(mergers, n):
    """Yield, for each merger, the members of the two clusters that it joins."""
    clusters = {k: frozenset([k]) for k in range(n)}
    for first, second, _ in mergers.tolist():
        yield clusters[first], clusters[second]
        for k in clusters[first] | clusters[second]:
            clusters[k] = clusters[first] | clusters[second]


@given(drawn_mergers())
def test_no_merger_is_lower_than_those_below_it(drawn):
    mergers, n = drawn
    lifted = mergers.copy()
    dendrogram.lift(lifted, np.arange(n, dtype=np.int32), np.zeros(n))
    tops = {frozenset([k]): 0.0 for k in range(n)}
    for (first, second), height, found in zip(
        members(mergers, n), mergers["height"].tolist(), lifted["height"].tolist(), strict=True
    ):
        assert found == max(height, tops[first], tops[second])
        tops[first | second] = found


@given(drawn_mergers())
def test_rows_are_numbered_as_scipy_does(drawn):
    mergers, n = drawn
    rows = np.empty((len(mergers), 4))
    dendrogram.fill_rows(rows, mergers, np.arange(n, dtype=np.int32), np.arange(n), np.ones(n, np.int64))
    number = {frozenset([k]): k for k in range(n)}
    for k, ((first, second), height) in enumerate(zip(members(mergers, n), mergers["height"].tolist(), strict=True)):
        both = sorted([number[first], number[second]])
        assert rows[k].tolist() == [*both, height, len(first | second)]
        number[first | second] = n + k
