"""Which rows of a table of images stand for the images to cluster: one of an original and its copies."""

import os
from collections.abc import Collection

from imgcmp.database.image_table import ImageTable


def one_row_per_image(store: ImageTable, only: Collection[str] | None) -> list[int]:
    """Return the rows to cluster: of an original and its copies only one, the original if its file is still there."""
    rows = range(len(store)) if only is None else [row for row, file in enumerate(store.files) if file in only]
    best: dict[str, int] = {}
    for row in rows:
        image = store.sources[row] or store.files[row]
        if image not in best or _stands_for(store, row, best[image]):
            best[image] = row
    return sorted(best.values())


def path_to_show(store: ImageTable, row: int) -> str:
    """Return the path of the original if it's still there, else of the file that was read."""
    source = store.sources[row]
    return source if source and os.path.lexists(source) else store.files[row]


def _stands_for(store: ImageTable, row: int, other: int) -> bool:
    """Tell whether a row is better than another of the same image: the original's, unless its file is gone."""
    if not store.sources[row]:
        return os.path.lexists(store.files[row])
    return not store.sources[other] and not os.path.lexists(store.files[other])
