"""Which rows of a table of images stand for the images to cluster: one of an original and its copies."""

import os
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from imgcmp.database.image_table import ImageTable


def one_row_per_image(table: ImageTable, only: Collection[str] | None) -> list[int]:
    """Return the rows to cluster: of an original and its copies only one.

    It is the original, if its file is still there and was read whole, or none of its copies was.
    """
    rests = table.rest_on_previews()
    rows = range(len(table)) if only is None else [row for row, file in enumerate(table.files) if file in only]
    best: dict[str, int] = {}
    for row in rows:
        image = table.sources[row] or table.files[row]
        if image not in best or _stands_for(table, row, best[image], rests):
            best[image] = row
    return sorted(best.values())


def path_to_show(table: ImageTable, row: int) -> str:
    """Return the path of the original if it's still there, else of the file that was read."""
    source = table.sources[row]
    return source if source and os.path.lexists(source) else table.files[row]


def _stands_for(table: ImageTable, row: int, other: int, rests: NDArray[np.bool_]) -> bool:
    """Tell whether a row is better than another of the same image: the original's, unless its file is gone.

    But one that was read whole is better than one that is known by its preview. Of two copies the one whose path comes
    first, since rows are in the order in which files were read.
    """
    if rests[row] != rests[other]:
        return bool(rests[other])
    if not table.sources[row]:
        return os.path.lexists(table.files[row])
    if table.sources[other]:
        return table.files[row] < table.files[other]
    return not os.path.lexists(table.files[other])
