"""cluster: the database -> clusters, as folders of links, JSON and CSV."""

import os
from collections.abc import Callable, Collection
from functools import partial

import numpy as np

from imgcmp.clusters.auto_sim import Kind
from imgcmp.clusters.cut import AUTO, Sim
from imgcmp.commands.console import Console
from imgcmp.commands.grouping import (
    Group,
    clusters_of,
    flat_files,
    groups_of,
    images_of,
    members_of_groups,
    with_pixels_shown,
)
from imgcmp.commands.kinds import remark_kind_read, remark_passed_over
from imgcmp.commands.options import ClusterOptions, ReadingOptions, check_sim
from imgcmp.commands.outputs import Outputs, UnwrittenError, held_outputs
from imgcmp.commands.sim_used import sim_used
from imgcmp.database.database import Database
from imgcmp.database.schema import UNKNOWN
from imgcmp.errors import InputError
from imgcmp.fingerprints.fingerprint_files import Limits
from imgcmp.fingerprints.flatness import are_sparse
from imgcmp.images.shown_picture import by_frame
from imgcmp.results.clusters import Cluster, format_table, of_relations
from imgcmp.results.identical_files import SecondLook
from imgcmp.results.json_csv import write_csv, write_json
from imgcmp.results.link_kind_names import SYMLINK
from imgcmp.results.link_kinds import noun
from imgcmp.results.members import Images
from imgcmp.results.write_tree import LeftOut
from imgcmp.system import places
from imgcmp.system.text import count, shown


def cluster(
    sim: Sim = AUTO,
    options: ClusterOptions | None = None,
    *,
    database: str | None = None,
    only: Collection[str] | None = None,
    reading: ReadingOptions | None = None,
    workers: int | None = None,
    console: Console | None = None,
) -> str:
    """Cluster the images of a database, and write the clusters as folders of links, JSON and CSV.

    Parameters
    ----------
    sim : float or "auto"
        Allowed dissimilarity: the fraction of bits that may differ; in 0..1. "auto": by the number of images, as
        `imgcmp.clusters.auto_sim` finds it.
    options : ClusterOptions, optional
        How images are grouped, and where the result goes.
    database : str, optional
        The file; default `imgcmp.system.places.database_file`.
    only : collection of str, optional
        Real paths of the files to cluster; default: the whole database.
    reading : ReadingOptions, optional
        What it may take to look at files once more, which tells whether they are the same.
    workers : int, optional
        Number of threads, and of processes for that; default: the usable cores.
    console : Console, optional
        Where remarks are shown.

    Returns
    -------
    table : str
        Where the links are, if there are any, and how many clusters there are of each size.

    Raises
    ------
    InputError
        If `sim` is out of range, or "auto" for fingerprints that it is not known for; there is no database or it can't
        be used; or an output is not ours to replace.
    UnwrittenError
        If clusters were found, and a list or the links can't be written; all others are, and it has the table.
    MemoryError
        If the memory allowed is too little; the message names the size needed.
    """
    console = console or Console()
    options = options or ClusterOptions()
    check_sim(sim)
    database = database or places.database_file()
    with held_outputs(options, database) as outputs:
        warn_of_refusal(outputs, console)
        remark_passed_over(database, console)
        remark_kind_read(database, console)
        return cluster_into(
            outputs,
            sim,
            options,
            database=database,
            only=only,
            reading=reading,
            workers=workers,
            console=console,
        )


def cluster_into(
    outputs: Outputs,
    sim: Sim,
    options: ClusterOptions,
    *,
    database: str,
    only: Collection[str] | None,
    reading: ReadingOptions | None,
    workers: int | None,
    console: Console,
) -> str:
    """Do as `cluster`, with outputs that were checked, and are held, since before files were read."""
    was_refused = outputs.refusal is not None
    store = Database(database)
    reading = reading or ReadingOptions()
    limits = Limits.of(workers, reading.timeout_s, reading.max_memory)
    look = SecondLook(limits, partial(console.progress, label="look closer"))
    reader = look.reader()
    images = with_pixels_shown(images_of(store, only), reader)
    outputs.check_files(images.files)
    used = sim_used(sim, len(images.files), Kind(store.method, store.x, store.kinds), console)
    if not was_refused:
        warn_of_refusal(outputs, console)
    with console.telling() as progress, console.compiling():
        groups = groups_of(
            images,
            used,
            store.n_bits,
            linkage=options.linkage,
            max_memory=options.max_memory,
            workers=workers,
            progress=progress,
        )
    members = None
    if options.json is not None or options.csv is not None or options.relations:
        members = members_of_groups(groups, images, used, store.n_bits, reader)
    console.not_looked_at(look.left)
    clusters, flat = clusters_of(groups, images, members), flat_files(images)
    if options.relations:
        clusters = of_relations(clusters, options.relations)
    n_missing = sum(group.n_missing for group in groups) if options.links == SYMLINK and outputs.folder else 0
    _remark_clusters(groups, images, n_missing, console)
    _remark_flat(flat, int(np.count_nonzero(are_sparse(images.detail))), console)
    if n_unknown := int(np.count_nonzero(images.detail == UNKNOWN)):
        console.warn(
            f"{count(n_unknown, 'image')} of an older database may be flat, and join others by chance: "
            "10fingerprints.py on their files tells"
        )
    unwritten = _write_lists(clusters, flat, store, options, sim=used, is_auto=sim == AUTO, n_images=len(images.files))
    table = format_table(clusters)
    try:
        _remark_left_out(outputs.write_links(clusters), options.links, console)
    except InputError as error:
        raise UnwrittenError([*unwritten, error], table) from error
    if outputs.folder is not None:
        table = f"cluster dir: {shown(os.path.abspath(outputs.folder))}\n{table}"
    if unwritten:
        raise UnwrittenError(unwritten, table) from unwritten[0]
    return table


def warn_of_refusal(outputs: Outputs, console: Console) -> None:
    """Say that there will be no links, and why."""
    if outputs.refusal is not None:
        console.warn(f"{outputs.refusal}; the table comes all the same")


def _write_lists(
    clusters: list[Cluster],
    flat: list[str],
    store: Database,
    options: ClusterOptions,
    *,
    sim: float,
    is_auto: bool,
    n_images: int,
) -> list[InputError]:
    """Write every list that can be written; return what is wrong with the others."""
    writers: list[Callable[[], None]] = []
    if options.json is not None:
        of_images = partial(write_json, method=store.method, x=store.x, n_images=n_images, flat=flat)
        writers.append(partial(of_images, options.json, clusters, sim=sim, is_auto=is_auto, linkage=options.linkage))
    if options.csv is not None:
        writers.append(partial(write_csv, options.csv, clusters))
    unwritten = []
    for write in writers:
        try:
            write()
        except InputError as error:
            unwritten.append(error)
    return unwritten


def _remark_clusters(groups: list[Group], images: Images, n_missing: int, console: Console) -> None:
    for number, similar in enumerate(groups if console.verbosity else []):
        console.remark(1, f"cluster {number}: {count(len(similar.rows), 'image')}, {similar.diameter_bits} bits wide")
        for row in similar.rows.tolist():
            console.remark(2, f"  {shown(images.files[row])}{by_frame(int(images.frame[row]))}")
    if n_missing:
        console.warn(f"links that lead nowhere, because the file is no longer there: {n_missing:,}")


def _remark_left_out(left_out: list[LeftOut], kind: str, console: Console) -> None:
    if left_out:
        first = f"{shown(left_out[0].path)}: {left_out[0].reason}"
        console.warn(f"no {noun(kind)} of {count(len(left_out), 'file')} could be made ({first}): -v lists them")
    for file in left_out:
        console.remark(1, f"  {shown(file.path)}: {file.reason}")


def _sparse_words(n_sparse: int, n_flat: int) -> str:
    if not n_sparse:
        return ""
    which = f"; {n_sparse:,} of them, not quite blank," if n_sparse < n_flat else " or, being not quite blank,"
    return f"{which} where at most an eighth of the bits differ, too"


def _remark_flat(files: list[str], n_sparse: int, console: Console) -> None:
    if files:
        what = f"{count(len(files), 'image')} show{'s' * (len(files) == 1)} too little to compare (flat, almost empty)"
        console.warn(f"{what}: grouped by identical pixels alone{_sparse_words(n_sparse, len(files))}")
    for file in files if console.verbosity else []:
        console.remark(1, f"  {shown(file)}")
