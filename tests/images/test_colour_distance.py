import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imgcmp.images.colour_distance import colour_distance


def bands(chroma):
    """Return Cb and Cr as images: the real and the imaginary part, about 128."""
    return tuple(Image.fromarray((np.rint(part) + 128).astype(np.uint8)) for part in (chroma.real, chroma.imag))


@pytest.fixture
def chroma():
    random = np.random.default_rng(0)
    return random.normal(0, 15, (64, 48)) + 1j * random.normal(0, 10, (64, 48))


def test_equal_colours_are_not_apart(chroma):
    found = colour_distance(bands(chroma), bands(chroma))
    assert (found.levels.max(), found.mean, found.shift, found.left_over) == (0, 0, 0, pytest.approx(0, abs=1e-9))


@pytest.mark.parametrize(("factor", "tint"), [(0.5, 0), (1, 6 - 8j), (np.exp(0.4j), 0), (0.7j, 3)])
def test_one_change_of_all_colours_leaves_what_rounding_makes(chroma, factor, tint):
    found = colour_distance(bands(chroma), bands(factor * chroma + tint))
    assert found.left_over < 0.3
    assert found.shift > 1


def test_a_tint_is_as_far_as_it_is_strong(chroma):
    found = colour_distance(bands(chroma), bands(chroma + 3 + 4j))
    assert found.shift == pytest.approx(5, abs=0.1)
    assert found.multiplied < 0.1


def test_colours_of_one_place_are_left_over(chroma):
    other = chroma.copy()
    other[:16, :12] += 30
    found = colour_distance(bands(chroma), bands(other))
    assert found.left_over > found.shift


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 40))
def test_the_shift_is_the_least_squares_fit(seed, width, height):
    random = np.random.default_rng(seed)
    one, other = (
        tuple(Image.fromarray(random.integers(0, 256, (height, width), np.uint8)) for _ in "br") for _ in "12"
    )
    found = colour_distance(one, other)
    edges = [np.unique(np.linspace(0, side, 16, endpoint=False).astype(int)) for side in (height, width)]
    z, w = (
        np.array(
            [
                complex(*(np.asarray(band)[rows][:, columns].mean() for band in image))
                for rows in np.split(np.arange(height), edges[0][1:])
                for columns in np.split(np.arange(width), edges[1][1:])
            ]
        )
        for image in (one, other)
    )
    fit = np.column_stack([z, np.ones(len(z))])
    fitted = fit @ np.linalg.lstsq(fit, w, rcond=None)[0]
    assert found.left_over == pytest.approx(np.sqrt(np.mean(np.abs(w - fitted) ** 2)), abs=1e-6)
    assert found.shift == pytest.approx(np.sqrt(np.mean(np.abs(fitted - z) ** 2)), abs=1e-6)
    assert found.multiplied == pytest.approx(np.std(fitted - z), abs=1e-6)
