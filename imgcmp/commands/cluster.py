"""cluster: the database -> clusters, as folders of links, JSON and CSV."""

import os
from collections.abc import Collection, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.flat_images import shared, with_flat_ones
from imgcmp.commands.console import Console
from imgcmp.commands.options import ClusterOptions, check_sim
from imgcmp.database.database import Database
from imgcmp.database.images_to_cluster import one_row_per_image, path_to_show
from imgcmp.database.schema import UNKNOWN
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.fingerprints.views import views_of_kinds
from imgcmp.images.file_digest import DIGEST_BYTES
from imgcmp.results.clusters import Cluster, format_table, group_files
from imgcmp.results.identical_files import equal_pairs, pixel_digests
from imgcmp.results.json_csv import write_csv, write_json
from imgcmp.results.links import write_links
from imgcmp.results.members import FileReader, Images, Member
from imgcmp.results.relations import members_of
from imgcmp.system import places
from imgcmp.system.text import count, shown


def cluster(
    sim: float,
    options: ClusterOptions | None = None,
    *,
    database: str | None = None,
    only: Collection[str] | None = None,
    workers: int | None = None,
    console: Console | None = None,
) -> str:
    """Cluster the images of a database, and write the clusters as folders of links, JSON and CSV.

    Parameters
    ----------
    sim : float
        Allowed dissimilarity: the fraction of bits that may differ; in 0..1.
    options : ClusterOptions, optional
        How images are grouped, and where the result goes.
    database : str, optional
        The file; default ``~/.imgcmp/fingerprints.hdf``.
    only : collection of str, optional
        Real paths of the files to cluster; default: the whole database.
    workers : int, optional
        Number of threads; default: the usable cores.
    console : Console, optional
        Where remarks are shown.

    Returns
    -------
    table : str
        Where the links are, and how many clusters there are of each size.

    Raises
    ------
    InputError
        If `sim` is out of range, there is no database or it can't be used, or an output is not ours to replace.
    MemoryError
        If the memory allowed is too little; the message names the size needed.
    """
    console = console or Console()
    options = options or ClusterOptions()
    check_sim(sim)
    database = database or places.database_file()
    options.check(database)
    store = Database(database)
    images = _images(store, only)
    images = images._replace(pixels=_pixels_shown(images, workers, console))
    shown_groups = _shown_groups(_groups(images, store.n_bits, sim, options, workers, console), images.files)
    related: list[Sequence[Member]] = [()] * len(shown_groups)
    if options.json is not None or options.csv is not None:
        related = _related(shown_groups, images, store.n_bits, sim, _file_reader(workers, console))
    clusters = [
        Cluster([images.files[row] for row in group.rows.tolist()], group.diameter_bits, members)
        for group, members in zip(shown_groups, related, strict=True)
    ]
    flat = sorted(images.files[row] for row in np.flatnonzero(are_flat(images.detail)).tolist())
    _remark_clusters(clusters, sum(group.n_missing for group in shown_groups), console)
    _remark_flat(flat, console)
    if n_unknown := int(np.count_nonzero(images.detail == UNKNOWN)):
        console.warn(
            f"{count(n_unknown, 'image')} of an older database may be flat, and join others by chance: "
            "10fingerprints.py on their files tells"
        )
    _write_results(clusters, flat, store, sim, options, n_images=len(images.files))
    return f"cluster dir: {shown(os.path.abspath(options.folder))}\n{format_table(clusters)}"


def _images(store: Database, only: Collection[str] | None) -> Images:
    """Return what is known of the images to cluster."""
    rows = np.array(one_row_per_image(store, only), dtype=np.intp)
    files = [path_to_show(store, row) for row in rows.tolist()]
    # All rows are no copy: the views of 100,000 images, 42 of 256 bits each, are 134 MB.
    chosen = slice(None) if len(rows) == len(store) else rows
    return Images(
        files=files,
        is_read=np.array(
            [file == store.files[row] for file, row in zip(files, rows.tolist(), strict=True)], dtype=bool
        ),
        words=store.words[chosen],
        views=store.views[chosen],
        view_list=views_of_kinds(store.kinds),
        digests=store.digests[chosen],
        pixels=store.pixels[chosen],
        width=store.width[chosen],
        height=store.height[chosen],
        size=store.size[chosen],
        detail=store.detail[chosen],
    )


def _pixels_shown(images: Images, workers: int | None, console: Console) -> NDArray[np.uint8]:
    """Return the digests of the pixels of flat images; where resized copies have the same, those of the originals."""
    flat = are_flat(images.detail)
    pixels = np.where(flat[:, np.newaxis], images.pixels, 0).astype(np.uint8)
    doubtful = np.flatnonzero(flat & ~images.is_read & shared(pixels))
    if len(doubtful):
        files = [images.files[row] for row in doubtful.tolist()]
        digests = _file_reader(workers, console).pixel_digests(files)
        found = b"".join(digests.get(file, bytes(DIGEST_BYTES)) for file in files)
        pixels[doubtful] = np.frombuffer(found, dtype=np.uint8).reshape(-1, DIGEST_BYTES)
    return pixels


class _Group(NamedTuple):
    """The rows of similar images, and the largest distance of two of them."""

    rows: NDArray[np.intp]
    diameter_bits: int
    n_missing: int = 0  # files that are no longer there


def _groups(
    images: Images, n_bits: int, sim: float, options: ClusterOptions, workers: int | None, console: Console
) -> list[_Group]:
    """Cluster images; return the clusters of two and more."""
    # Here, not above: they load numba and scipy, which the other stages do without.
    from imgcmp.clusters.linkage import cluster as cluster_words
    from imgcmp.search.view_distances import diameters_with_views

    flat = are_flat(images.detail)
    compared = ~flat if flat.any() else slice(None)  # which is no copy
    with console.telling() as progress, console.compiling():
        labels = cluster_words(
            images.words[compared],
            sim,
            n_bits=n_bits,
            views=images.views[compared],
            linkage=options.linkage,
            max_memory=options.max_memory,
            workers=workers,
            progress=progress,
        )
    groups = group_files(images.files, with_flat_ones(labels, flat, images.pixels))
    diameters_bits = diameters_with_views(images.words, images.views, groups, workers=workers).tolist()
    return [_Group(rows, diameter_bits) for rows, diameter_bits in zip(groups, diameters_bits, strict=True)]


def _shown_groups(groups: list[_Group], files: Sequence[str]) -> list[_Group]:
    """Leave out further names of a file, and groups of which one file is left; sort as the results are."""
    shown_ones = [group for group in (_shown_group(group, files) for group in groups) if len(group.rows) > 1]
    return sorted(shown_ones, key=lambda group: (-len(group.rows), files[group.rows[0]]))


def _shown_group(group: _Group, files: Sequence[str]) -> _Group:
    """Leave out further names of a file, and count those that are no longer there."""
    kept: list[int] = []
    seen, n_missing = set(), 0
    for row in group.rows.tolist():
        try:
            status = os.stat(files[row])
        except OSError:
            n_missing += 1
            kept.append(row)
            continue
        identity = (status.st_dev, status.st_ino)
        if identity not in seen:
            seen.add(identity)
            kept.append(row)
    return group._replace(rows=np.array(kept, dtype=np.intp), n_missing=n_missing)


def _related(
    groups: list[_Group], images: Images, n_bits: int, sim: float, reader: FileReader
) -> list[Sequence[Member]]:
    """Tell how the images of each group are related to its first one."""
    from imgcmp.clusters.linkage import sim_to_cut  # it loads numba and scipy

    rows = [group.rows for group in groups]
    return [*members_of(rows, images, n_bits=n_bits, cut_bits=sim_to_cut(sim, n_bits), reader=reader)]


def _file_reader(workers: int | None, console: Console) -> FileReader:
    watch = partial(console.progress, label="look closer")
    return FileReader(
        partial(equal_pairs, workers=workers, watch=watch), partial(pixel_digests, workers=workers, watch=watch)
    )


def _write_results(
    clusters: list[Cluster], flat: list[str], store: Database, sim: float, options: ClusterOptions, *, n_images: int
) -> None:
    if options.json is not None:
        write_json(
            options.json,
            clusters,
            sim=sim,
            linkage=options.linkage,
            method=store.method,
            x=store.x,
            n_images=n_images,
            flat=flat,
        )
    if options.csv is not None:
        write_csv(options.csv, clusters)
    write_links(clusters, options.folder)  # last: a run that fails before leaves the folder as it was


def _remark_clusters(clusters: list[Cluster], n_missing: int, console: Console) -> None:
    for number, similar in enumerate(clusters if console.verbosity else []):
        console.remark(1, f"cluster {number}: {count(len(similar.files), 'image')}, {similar.diameter_bits} bits wide")
        for file in similar.files:
            console.remark(2, f"  {shown(file)}")
    if n_missing:
        console.warn(f"links that lead nowhere, because the file is no longer there: {n_missing:,}")


def _remark_flat(files: list[str], console: Console) -> None:
    if files:
        what = f"{count(len(files), 'image')} show{'s' * (len(files) == 1)} too little to compare (flat, almost empty)"
        console.warn(f"{what}: grouped by identical pixels alone")
    for file in files if console.verbosity else []:
        console.remark(1, f"  {shown(file)}")
