import numpy as np
import pytest
from pictures import photograph
from PIL import Image

from imgcmp.fingerprints.tilted import Tilt, tilted_grids
from imgcmp.fingerprints.view_planes import grid_of


@pytest.mark.parametrize("degrees", [-11.0, -7.0, 7.0, 11.0])
@pytest.mark.parametrize("name", ["chelsea.png", "astronaut.png", "rocket.jpg"])
def test_a_tilted_grid_is_that_of_the_tilted_picture(name, degrees):
    grey = photograph(name).convert("L")
    grid = grid_of(grey, 16)
    tilted = tilted_grids(grid, grey.size, [Tilt(degrees, is_cut=False), Tilt(0.0, is_cut=False)])
    assert tilted.shape == (2, 64, 64)
    expected = np.asarray(grey.rotate(degrees, Image.Resampling.BICUBIC).resize((64, 64), Image.Resampling.BOX), float)
    middle = slice(12, -12)  # corners are black there, and repeat the edge here
    likeness = np.corrcoef(tilted[0, middle, middle].ravel(), expected[middle, middle].ravel())[0, 1]
    other_way = tilted_grids(grid, grey.size, [Tilt(-degrees, is_cut=False)])[0, middle, middle]
    assert likeness > 0.95
    assert likeness > np.corrcoef(other_way.ravel(), expected[middle, middle].ravel())[0, 1] + 0.05


def test_a_frame_that_is_cut_holds_nothing_from_outside():
    grid = np.full((96, 96), 100.0)
    grid[0], grid[-1], grid[:, 0], grid[:, -1] = 0, 0, 0, 0  # which edges would repeat
    cut, whole = tilted_grids(grid, (300, 200), [Tilt(9.0, is_cut=True), Tilt(9.0, is_cut=False)])
    assert (cut[2:-2, 2:-2] == 100).all()
    assert (whole == 0).mean() > 0.02
