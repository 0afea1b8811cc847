"""The index of a database: made once, and kept beside it until the database changes."""

import os
from contextlib import suppress
from typing import NamedTuple

from imgcmp.database.database import Database
from imgcmp.errors import InputError
from imgcmp.search.hamming_index import HammingIndex
from imgcmp.system.atomic import remove_leftovers


class DatabaseIndex(NamedTuple):
    """The index of a database.

    Attributes
    ----------
    images : HammingIndex
        The images, in the order of `files`.
    files : list of str
        Paths of the images.
    """

    images: HammingIndex
    files: list[str]


def database_index(path: str | os.PathLike[str], *, views: bool = False) -> DatabaseIndex:
    """Return the index of the images of a database: that which is kept beside it, or a new one, which is kept then.

    Parameters
    ----------
    path : str or path-like
        The database, ``fingerprints.hdf``. The index is in ``fingerprints.hdf.index`` beside it, with views in
        ``fingerprints.hdf.view-index``; where they can't be written, nothing is kept.
    views : bool
        Whether images are as near as the nearest of their views. They take some 58 times as much memory. The distance
        is the least of the Hamming distances, and asks no looks: `imgcmp.cluster` has another one of all views.

    Returns
    -------
    found : DatabaseIndex

    Raises
    ------
    InputError
        If there is no such database, or it can't be used.

    Notes
    -----
    An index that is kept is used if it was made of the very content of the database, which its checksums tell.
    """
    database = Database(path)
    kept = os.path.realpath(database.path) + (".view-index" if views else ".index")
    origin = database.digest
    try:
        index = HammingIndex.load(kept, origin)
    except (InputError, OSError):
        index = HammingIndex(database.read_words(), database.read_views() if views else None)
        with suppress(OSError):
            remove_leftovers(kept)
            index.save(kept, origin)
    return DatabaseIndex(index, database.files)
