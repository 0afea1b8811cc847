"""Every variant of every format is read as it is shown, or refused with a reason: what docs/formats.md says."""

import re

import numpy as np
import pytest
from formats.all_cells import CELLS
from formats.originals import ORIGINALS
from formats.writers import Missing

from imgcmp import UnreadableImageError
from imgcmp.images.grey_pixels import read_picture

WHOLE = 10**6  # no reduced scale

UNSPEAKABLE = re.compile(r"\bb['\"]|bytes not processed|\w+Error|decoder error|broken data stream|tile cannot|Exception")
"""What no user should have to read in a reason."""


def written(cell, original, folder):
    """Write a cell's file, and return its path; skip the test without what writes it."""
    try:
        data = cell.written(original)
    except Missing as missing:
        pytest.skip(str(missing))
    path = folder / cell.file_name(original)
    path.write_bytes(data)
    return str(path)


def needed(cell):
    if cell.needs:
        pytest.importorskip(cell.needs, exc_type=ImportError)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_cell_is_read_as_it_should_be(cell, tmp_path):
    needed(cell)
    for original in ORIGINALS:
        path = written(cell, original, tmp_path)
        try:
            grey = np.asarray(read_picture(path, WHOLE).grey)
        except UnreadableImageError as error:
            assert cell.refused, f"{cell.name}: is refused: {error}"
            assert re.search(cell.refused, str(error))
            assert not UNSPEAKABLE.search(str(error))
        else:
            off = cell.off(original, grey)
            assert not cell.refused, f"{cell.name}: should be refused; levels off, most and mean: {off}"
            assert cell.is_shown(original, grey), f"{cell.name}: levels off, most and mean: {off}; {grey.shape}"
