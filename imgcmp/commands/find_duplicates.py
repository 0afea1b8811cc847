"""Image files -> groups of those that look alike, in one call, and in memory: what `imgcmp run` does, for Python."""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from imgcmp.clusters.auto_sim import Kind, auto_sim, check_auto
from imgcmp.clusters.cut import AUTO, Sim, check_linkage
from imgcmp.commands.grouping import (
    Settings,
    clusters_of,
    few_of,
    flat_files,
    groups_of,
    images_of,
    members_of_groups,
    with_pixels_shown,
)
from imgcmp.commands.reading import found_images
from imgcmp.database import contents
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.image_table import ImageTable
from imgcmp.fingerprints.fingerprint import check_parameters
from imgcmp.fingerprints.fingerprint_files import Limits, tried
from imgcmp.fingerprints.parameters import METHODS, RECOMMENDED_VIEWS, RECOMMENDED_X
from imgcmp.fingerprints.views import normal_kinds
from imgcmp.images.find_images import paths_of
from imgcmp.images.globs import globs_of
from imgcmp.images.image_file import Failure, ImageFile
from imgcmp.images.resized_folder import Originals
from imgcmp.results.clusters import Cluster
from imgcmp.results.identical_files import SecondLook
from imgcmp.system.checks import fraction
from imgcmp.system.limits import TIMEOUT_S


class Duplicates(NamedTuple):
    """Groups of images that look alike.

    Attributes
    ----------
    groups : list of Cluster
        Two files and more each, the largest first; each file with how it is related to the best of its group.
    flat : list of str
        Files that show too little to compare: they are grouped by identical pixels alone.
    failures : list of Failure
        Files that could not be read, and why.
    n_images : int
        How many images there were, those that are in no group included.
    not_looked_at : list of Failure
        Files that could not be looked at once more within the limits, and why: they are never called identical.
    sim : float
        What was taken.
    """

    groups: list[Cluster]
    flat: list[str]
    failures: list[Failure]
    n_images: int
    not_looked_at: Sequence[Failure] = ()
    sim: float = 0.0


def find_duplicates(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    sim: Sim = AUTO,
    x: int = RECOMMENDED_X,
    method: str = METHODS[0],
    views: str = RECOMMENDED_VIEWS,
    linkage: str = "average",
    exclude: str | Iterable[str] = (),
    all_folders: bool = False,
    workers: int | None = None,
    timeout_s: float = TIMEOUT_S,
    max_memory: int | None = None,
) -> Duplicates:
    """Find image files that look alike: copies, edited ones, crops, turned ones.

    Nothing is written: what ``imgcmp run`` keeps in its database is read from the files every time. A file that cannot
    be read, crashes its decoder, or takes too long is named in the result, and stops nothing. One that is cut off is
    compared by its first rows, if enough of them are left, and is `damaged` among the members of its group.

    Parameters
    ----------
    paths : path, or iterable of paths
        Files, and folders, which are read recursively. Links inside folders are not followed. A file reached twice
        counts once, and so do a resized copy that imgcmp made and its original.
    sim : float or "auto"
        Allowed dissimilarity: the fraction of the bits that may differ, 0 .. 1. "auto": by the number of images, so
        that at most one pair in a thousand images should join by chance; known for phash with x 8 and 16.
    x, method
        Kind of fingerprint, as for `imgcmp.fingerprint`.
    views : str
        Views of the images that are compared, too, as for `imgcmp.fingerprint_views`: they find crops and turned ones.
    linkage : {"average", "single", "complete", "weighted"}
        As for `imgcmp.cluster`.
    exclude : str, or iterable of str
        Globs of files and folders to leave out: by name, or, with a slash, by the path below a folder of `paths`.
    all_folders : bool
        Whether to search folders of trash, thumbnails, caches and old versions, too, without their being named.
    workers : int, optional
        Processes, then threads; default all usable cores. The result is the same for any number.
    timeout_s : float
        Seconds a file may take.
    max_memory : int, optional
        Bytes that decoding, then grouping may use, at about; default a quarter, then half of what is free.

    Returns
    -------
    duplicates : Duplicates

    Raises
    ------
    InputError
        If there are no image files, or `sim` is "auto" for a kind of fingerprint that it is not known for.
    TypeError, ValueError
        If `paths` are none, there is no such kind of fingerprint or linkage, or a number is out of range.
    MemoryError
        If `max_memory` is too little for grouping; the message names the size needed.
    """
    x = check_parameters(x, method)
    kind = Kind(method, x, normal_kinds(views))
    if sim == AUTO:
        check_auto(kind)
    else:
        fraction(sim, "sim")
    check_linkage(linkage)
    table = ImageTable(contents.empty(*kind))
    limits = Limits.of(workers, timeout_s, max_memory)
    found = found_images(paths_of(paths), globs_of(exclude), all_folders=all_folders)
    failures = found.failures + _read(table, found.files, limits)
    look = SecondLook(limits)
    reader = look.reader()
    images = with_pixels_shown(images_of(table), reader)
    used = auto_sim(len(images.files), kind) if sim == AUTO else float(sim)
    settings = Settings(linkage, limits.max_memory, limits.workers)
    groups = groups_of(images, few_of(images), used, table.n_bits, settings)
    members = members_of_groups(groups, images, used, table.n_bits, reader)
    clusters, flat = clusters_of(groups, images, members), flat_files(images)
    return Duplicates(clusters, flat, sorted(failures), len(images.files), sorted(look.left.values()), used)


def _read(table: ImageTable, files: list[ImageFile], limits: Limits) -> list[Failure]:
    """Bring the fingerprints of files into a table; return those that can't be read."""
    originals, failures, records = Originals(), [], []
    results = dict(tried(files, x=table.x, method=table.method, views=table.kinds, limits=limits, take_parts=True))
    for file in files:  # in this order, whichever is done first: of two copies of one original the first one counts
        result = results[file]
        if isinstance(result, Failure):
            failures.append(result)
        else:
            records.append(ImageRecord(file, originals.of(file.path), *result))
    table.update(records)
    return failures
