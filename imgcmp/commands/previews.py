"""Images that are known by their previews: which of them are near others, and so have to be read whole."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress

import numpy as np

from imgcmp.clusters.auto_sim import Kind, auto_sim, generous_sim
from imgcmp.clusters.cut import AUTO, Sim
from imgcmp.clusters.known_file import near_file, read_known, write_known
from imgcmp.commands.console import Console
from imgcmp.commands.grouping import Settings, have_near_ones, images_of
from imgcmp.database.database import Database
from imgcmp.database.images_to_cluster import one_row_per_image
from imgcmp.images.image_file import Failure, ImageFile, file_of
from imgcmp.images.missing_files import is_missing

MARGIN = 0.03
"""By how much more of the bits images may differ by their previews than SIM allows.

Of 236 edits of 25 camera files, in 10 kinds, those within 77 of 256 bits of their originals are by their previews at
most 6 bits farther in half, and at most 20 in 9 of 10. That hardly matters: 99 in 100 are within 70 bits by these, and
2 beyond 84.
"""


def read_near(
    store: Database,
    read: Callable[[list[ImageFile]], list[Failure]],
    *,
    sims: Sequence[Sim],
    files: Collection[str],
    max_memory: int | None,
    workers: int | None,
    console: Console,
) -> list[Failure]:
    """Read the files whole that are known by their previews and near another image by these, until none is left.

    Parameters
    ----------
    store : Database
        What is known; files that other runs read by their previews count, too.
    read : callable
        Reads files into the database, and returns those that can't be read.
    sims : sequence of float or "auto"
        At which images are clustered then.
    files : collection of str
        Which files are clustered then, as far as they can be read.
    max_memory : int, optional
        Bytes that comparing them may use, at about; default: half of what is free.
    workers : int, optional
        Threads; default: the usable cores.
    console : Console
        Where progress is shown.

    Returns
    -------
    failures : list of Failure
    """
    failures: list[Failure] = []
    tried: set[str] = set()
    known = read_known(near_file(store.path))
    while True:
        with console.telling() as progress, console.compiling():
            settings = Settings("single", max_memory, workers, progress, known)
            near = _near(store, settings, sims, files)
        todo = [file for file in near if file.path not in tried]
        if not todo:
            write_known(near_file(store.path), known, len(store))
            return failures
        tried.update(file.path for file in todo)
        failures += read(todo)


def known_by_preview(store: Database) -> set[str]:
    """Return the files whose fingerprints are those of their previews."""
    return {file for file, is_so in zip(store.files, store.rest_on_previews().tolist(), strict=True) if is_so}


def _near(store: Database, settings: Settings, sims: Sequence[Sim], of_run: Collection[str]) -> list[ImageFile]:
    """Return the files known by their previews that are near another image, and as they were when they were read."""
    rows = np.array(one_row_per_image(store, None), np.intp)
    rests, files = store.rest_on_previews(rows), store.files
    # Of a renamed folder the old names are known, too, until they are dropped: there each would be near itself.
    is_there = np.array([not (is_so and is_missing(files[row])) for row, is_so in zip(rows, rests, strict=True)], bool)
    rows, rests = rows[is_there], rests[is_there]
    if not rests.any():
        return []
    kind = Kind(store.method, store.x, store.kinds)
    n_of_run = len(one_row_per_image(store, of_run))
    of_cuts = [auto_sim(n_of_run, kind) if sim == AUTO else sim for sim in sims]
    sim = min(1.0, max(generous_sim(len(rows), kind), max(of_cuts) + MARGIN))
    near = have_near_ones(images_of(store, rows.tolist()), sim, store.n_bits, settings)
    # A preview may be of another framing than the picture, which an equal file was read by.
    near |= np.isin(store.size[rows], store.size[rows[~rests]])
    found = list(_there([files[row] for row in rows[near & rests].tolist()]))
    changed = {file.path for file in store.find_changed(found, previews_do=True)}
    return [file for file in found if file.path not in changed]


def _there(paths: list[str]) -> Iterator[ImageFile]:
    """Yield files as they are now, those that are there."""
    for path in paths:
        with suppress(OSError):
            yield file_of(path, os.lstat(path))
