"""The fit of the nearest distances of different pictures: a known tail is found again."""

import numpy as np
import pytest
from tail import LEAST_PAIRS, MOST_PAIRS, STEP_BITS, fit_tail


def distances_of(factor, n_pairs, limit_bits=90, seed=0):
    """Return distances of which `factor` times as many lie within each step of bits more, up to a limit."""
    below = np.random.default_rng(seed).geometric(1 - 1 / factor, n_pairs) - 1
    return limit_bits - STEP_BITS * below


@pytest.mark.parametrize("factor", [1.5, 2.45, 4.0])
def test_a_known_slope_is_found_again(factor):
    near, far = distances_of(factor, 20_000), np.full(180_000, 120)
    tail = fit_tail(np.concatenate([near, far]), 20_000)
    assert (tail.limit_bits, tail.n_pairs, tail.share) == (90, 20_000, 0.1)
    assert tail.factor == pytest.approx(factor, rel=0.05)
    assert tail.share_within(90) == pytest.approx(0.1)
    assert tail.share_within(80) == pytest.approx(0.1 / factor**5, rel=0.2)


def test_the_error_is_how_much_the_factor_varies():
    tails = [fit_tail(distances_of(2.5, 200, seed=seed), 200) for seed in range(300)]
    factors = [tail.factor for tail in tails]
    assert np.mean(factors) == pytest.approx(2.5, rel=0.03)
    assert np.std(factors) == pytest.approx(np.mean([tail.error for tail in tails]), rel=0.2)


def test_odd_distances_belong_to_the_step_that_holds_them():
    even = distances_of(2.5, 1000)
    odd = np.where((np.arange(1000) % 7 == 0) & (even < 90), even - 1, even)  # within even, not within even - 2
    assert fit_tail(odd, 1000).factor == pytest.approx(fit_tail(even, 1000).factor)


def test_the_radius_is_the_largest_that_joins_few_enough():
    tail = fit_tail(distances_of(2.45, 10_000, limit_bits=86), 10_000)._replace(share=1e-4)
    for n_images in (100, 1_000, 10_000, 1_000_000):
        radius = tail.radius_for(n_images, 1e-3)
        assert tail.false_pairs(n_images, radius) <= 1e-3 * n_images or radius < 0
        assert radius == tail.limit_bits or tail.false_pairs(n_images, radius + 1) > 1e-3 * n_images
    assert tail.radius_for(3, 1.0) == tail.limit_bits  # beyond it nothing was fitted


@pytest.mark.parametrize(("n_pairs", "n_fitted"), [(100, LEAST_PAIRS), (500_000, 50), (10_000_000, MOST_PAIRS)])
def test_fitted_to_the_nearest_pairs_alone(n_pairs, n_fitted):
    tail = fit_tail(np.arange(n_pairs))  # all different, so none more for a tie
    assert tail.n_pairs == n_fitted


def test_nothing_is_said_of_pairs_that_tell_nothing():
    with pytest.raises(ValueError, match="all 70 bits"):
        fit_tail(np.full(100, 70))
    with pytest.raises(ValueError, match="30 pairs at least; got 4"):
        fit_tail(np.arange(4))
