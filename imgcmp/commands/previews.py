"""Which images are known by their previews alone, and which of these have to be read whole."""

import os
from collections.abc import Sequence

import numpy as np

from imgcmp.clusters.auto_sim import Kind, generous_sim, is_known
from imgcmp.clusters.cut import AUTO, Sim
from imgcmp.commands.grouping import Settings, images_of, near_rows
from imgcmp.commands.kinds import told
from imgcmp.database.database import Database
from imgcmp.database.images_to_cluster import one_row_per_image
from imgcmp.errors import InputError
from imgcmp.images.image_file import ImageFile, file_of

_MARGIN = 0.03
"""By how much more of the bits than a SIM that was given images may differ by their previews.

Of 28 camera files that have one to be trusted 24 differ in at most 14 of 256 bits from the whole, 27 in at most 30.
"""


def check_previews(kind: Kind) -> None:
    """Raise InputError if it is not known how far images of a kind of fingerprints are apart by chance."""
    if not is_known(kind):
        raise InputError(
            "--previews is for fingerprints whose chance pairs were counted, such as the default ones, not "
            f"{told(kind)}"
        )


def near_previews(store: Database, sims: Sequence[Sim], settings: Settings) -> list[ImageFile]:
    """Return the files that are known by their previews and near another image by these, or that one's views.

    Parameters
    ----------
    store : Database
        What is known.
    sims : sequence of float or "auto"
        At which images are clustered then.
    settings : Settings
        How they are compared; the linkage is of no importance.

    Returns
    -------
    files : list of ImageFile
        Those that are there, as they were when they were read.
    """
    rows = one_row_per_image(store, None)
    rests = store.rest_on_previews(rows)
    if not rests.any():
        return []
    images = images_of(store, rows)
    kind = Kind(store.method, store.x, store.kinds)
    radius = max([generous_sim(len(rows), kind), *(sim + _MARGIN for sim in sims if sim != AUTO)])
    near = near_rows(images, min(radius, 1.0), store.n_bits, settings)
    chosen = np.array(rows)[near & rests]
    found = [_unchanged(record.file) for record in store.records([store.files[row] for row in chosen.tolist()])]
    return [file for file in found if file is not None]


def _unchanged(file: ImageFile) -> ImageFile | None:
    try:
        now = file_of(file.path, os.lstat(file.path))
    except OSError:
        return None
    return now if (now.size, now.mtime_ns) == (file.size, file.mtime_ns) else None
