import numpy as np
from pictures import photograph

from imgcmp.fingerprints.looks import LEVELS, LOOK_BYTES, SIDE, levels_of, look_of
from imgcmp.fingerprints.view_planes import grid_of


def test_levels_of_a_look_are_those_of_its_picture():
    grid = grid_of(photograph("astronaut.png").convert("L"), 16)
    levels = levels_of(look_of(grid))
    assert levels.shape == (SIDE, SIDE)
    assert levels.max() < LEVELS
    assert np.corrcoef(levels.ravel(), grid.reshape(SIDE, 4, SIDE, 4).mean(axis=(1, 3)).ravel())[0, 1] > 0.98
    assert len(look_of(grid)) == LOOK_BYTES
