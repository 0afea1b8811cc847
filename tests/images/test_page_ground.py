import numpy as np
import pytest
from pictures import photograph

from imgcmp.images.page_ground import PAGE, ground_of


def page(darkest, noise, seed=0):
    """A white sheet with dark words, that gets darker to one corner."""
    random = np.random.default_rng(seed)
    levels = np.full((199, 199), 250.0)
    for row in range(8, 190, 8):
        for column in range(8, 180, 12):
            levels[row : row + 3, column : column + random.integers(3, 10)] = 30
    x, y = np.linspace(0, 1, 199), np.linspace(0, 1, 199)[:, np.newaxis]
    levels = levels * (1 - darkest * (0.7 * x + 0.3 * y)) + random.normal(0, noise, levels.shape)
    return levels.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("darkest", [0, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("noise", [0, 3, 8])
def test_a_page_is_one_however_it_is_lit(darkest, noise):
    assert ground_of(page(darkest, noise)) >= PAGE


@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "coffee.png"])
def test_a_photograph_is_none(name):
    assert ground_of(np.asarray(photograph(name).convert("L").resize((199, 149)))) < PAGE


def test_the_ground_is_the_part_of_the_most_frequent_brightness():
    levels = np.zeros((100, 100), np.uint8)
    levels[:40] = np.arange(100)
    levels[40:, 50:] = 200
    assert ground_of(levels) == pytest.approx(0.3 + 0.4 * 7 / 100, abs=0.03)
    assert ground_of(np.full((3, 3), 9, np.uint8)) == 1
