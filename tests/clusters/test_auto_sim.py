"""SIM by the number of images: bounded, smaller for more images, and no more expected by chance than is allowed."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.clusters.auto_sim import (
    FALSE_PER_IMAGE,
    ChanceTail,
    Kind,
    auto_sim,
    collections_of,
    is_known,
    pairs_by_chance,
)
from imgcmp.clusters.cut import MOST_AUTO_SIM, cut_of
from imgcmp.errors import InputError

KINDS = [Kind("phash", x, views) for x in (8, 16) for views in ("none", "crops", "crops,flips,turns", "all")]
DEFAULT = Kind("phash", 16, "all")

kinds = st.sampled_from(KINDS)
numbers = st.integers(0, 10**7)


@given(kinds, numbers, numbers)
def test_more_images_never_have_a_larger_sim(kind, n, more):
    assert 0 <= auto_sim(n + more, kind) <= auto_sim(n, kind) <= MOST_AUTO_SIM


@given(kinds, st.integers(2, 10**7))
def test_no_more_pairs_are_expected_than_one_in_a_thousand_images(kind, n):
    sim = auto_sim(n, kind)
    if sim > 0:  # 0 joins equal fingerprints, of which there may be more in a large collection
        assert pairs_by_chance(n, sim, kind) <= FALSE_PER_IMAGE * n * (1 + 1e-9)


@given(kinds, st.floats(0, 0.3))
def test_of_two_collections_the_one_that_promises_less_counts(kind, sim):
    expected = pairs_by_chance(2, sim, kind)
    each = [min(line.share_within(math.floor(sim * kind.n_bits)) for line in lines) for lines in collections_of(kind)]
    assert expected in each
    assert all(expected >= share for share in each)


@given(kinds, st.integers(2, 10**7))
def test_a_bit_more_is_too_much_or_beyond_what_was_measured(kind, n):
    sim = auto_sim(n, kind)
    bits = math.floor(cut_of(sim, kind.n_bits))
    more = pairs_by_chance(n, (bits + 1) / kind.n_bits, kind)
    is_bounded = sim == MOST_AUTO_SIM or sim == auto_sim(2, kind)
    assert is_bounded or more > FALSE_PER_IMAGE * n


@given(kinds, numbers)
def test_sim_is_told_in_thousandths_and_joins_whole_bits(kind, n):
    sim = auto_sim(n, kind)
    assert float(f"{sim:.3f}") == sim
    assert cut_of(sim, kind.n_bits) - math.floor(cut_of(sim, kind.n_bits)) < kind.n_bits / 1000 or sim == MOST_AUTO_SIM


def test_no_less_is_expected_than_a_larger_collection_showed():
    """Of 9,737 photographs with plain views 1.2e-6 of the pairs were within 76 bits, 2.45 times as many in 2 more."""
    for bits in range(40, 77):
        share = pairs_by_chance(2, bits / 256, Kind("phash", 16, "crops,flips,turns"))
        assert share >= 1.2e-6 * 2.45 ** ((bits - 76) / 2)
    for n, most in ((2_000, 0.30), (10_000, 0.285), (100_000, 0.265)):
        assert auto_sim(n, Kind("phash", 16, "crops,flips,turns")) <= most
        assert auto_sim(n, DEFAULT) <= most


def test_the_page_says_what_is_taken():
    """docs/concepts.md has a row a line: of each collection its bits, share and factor, then SIM for so many images."""
    page = (Path(__file__).parents[2] / "docs" / "concepts.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith(("| 16 |", "| 8 |"))]
    assert len(rows) == 7
    for row in rows:
        x, what, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        views = next(name for name in ("all", "none", "some") if what.startswith(name))
        kind = Kind("phash", int(x), "crops,flips,turns" if views == "some" else views)
        number = int(what == "all, with the looks")
        lines = [cells[start : start + 3] for start in (0, 3)]
        told = [ChanceTail(int(bits), float(share), float(factor)) for bits, share, factor in lines]
        assert told == [of_collection[number] for of_collection in collections_of(kind)]
        if what != "all, the bits alone":
            assert [float(sim) for sim in cells[6:]] == [auto_sim(10**power, kind) for power in (3, 4, 5, 6)]


def test_a_handful_of_images_has_the_largest():
    assert [auto_sim(n, DEFAULT) for n in (0, 1, 2, 365)] == [MOST_AUTO_SIM] * 4


@pytest.mark.parametrize("kind", [Kind("dhash", 16, "all"), Kind("ahash", 8, "none"), Kind("phash", 12, "all")])
def test_kinds_that_were_not_measured_have_none(kind):
    assert not is_known(kind)
    assert pairs_by_chance(1000, 0.3, kind) is None
    with pytest.raises(InputError, match=f"not for {kind.method} with x={kind.x}: give SIM as a number"):
        auto_sim(1000, kind)


@given(st.integers(1, 90), st.floats(1e-12, 1e-4), st.floats(1.1, 20))
def test_a_tail_and_its_inverse_agree(limit, share, factor):
    tail = ChanceTail(limit, 1e-4, factor)
    assert tail.share_within(tail.radius_for(share)) == pytest.approx(share)
    assert tail.radius_for(1.0) == limit
