"""cluster: the database -> clusters, as folders of links, JSON and CSV."""

import os
from collections.abc import Callable, Collection, Sequence
from functools import partial

import numpy as np

from imgcmp.clusters.auto_sim import Kind
from imgcmp.clusters.cut import AUTO, Sim
from imgcmp.clusters.known_file import known_file, read_known, write_known
from imgcmp.commands.console import Console
from imgcmp.commands.cuts import Cut, held_cuts, sims_of
from imgcmp.commands.grouping import (
    Group,
    Settings,
    clusters_of,
    few_of,
    flat_files,
    groups_of,
    images_of,
    is_gone,
    members_of_groups,
    tree_of,
    with_pixels_shown,
)
from imgcmp.commands.kinds import remark_kind_read, remark_passed_over
from imgcmp.commands.options import ClusterOptions, ReadingOptions
from imgcmp.commands.outputs import UnwrittenError
from imgcmp.commands.sim_used import sim_used
from imgcmp.database.database import Database
from imgcmp.database.images_to_cluster import one_row_per_image, path_to_show
from imgcmp.database.schema import UNKNOWN
from imgcmp.errors import InputError
from imgcmp.fingerprints.fingerprint_files import Limits
from imgcmp.fingerprints.flatness import are_sparse
from imgcmp.images.shown_picture import by_frame
from imgcmp.results.cluster_tree import ClusterTree, write_tree_file
from imgcmp.results.clusters import Cluster, format_table
from imgcmp.results.identical_files import SecondLook
from imgcmp.results.json_csv import write_csv, write_json
from imgcmp.results.link_kind_names import SYMLINK
from imgcmp.results.link_kinds import noun
from imgcmp.results.members import Images
from imgcmp.results.relation_names import MISSING
from imgcmp.results.some_relations import of_relations
from imgcmp.results.tree_plot import write_tree_plot
from imgcmp.results.write_tree import LeftOut
from imgcmp.system import places
from imgcmp.system.text import count, shown


def cluster(
    sim: Sim | Sequence[Sim] = AUTO,
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
    sim : float or "auto", or several
        Allowed dissimilarity: the fraction of bits that may differ; in 0..1. "auto": by the number of images, as
        `imgcmp.clusters.auto_sim` finds it. Several are cuts of one tree, each with outputs of its own.
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
        Where the links are, if there are any, and how many clusters there are of each size; of each cut.

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
    sims = sims_of(sim)
    database = database or places.database_file()
    with held_cuts(sims, options, database) as cuts:
        warn_of_refusal(cuts, console)
        remark_passed_over(database, console)
        remark_kind_read(database, console)
        return cluster_into(
            cuts,
            options,
            database=database,
            only=only,
            reading=reading,
            workers=workers,
            console=console,
        )


def cluster_into(
    cuts: Sequence[Cut],
    options: ClusterOptions,
    *,
    database: str,
    only: Collection[str] | None,
    reading: ReadingOptions | None,
    workers: int | None,
    console: Console,
) -> str:
    """Do as `cluster`, with outputs that were checked, and are held, since before files were read."""
    were_refused = [cut.outputs.refusal is not None for cut in cuts]
    store = Database(database)
    reading = reading or ReadingOptions()
    limits = Limits.of(workers, reading.timeout_s, reading.max_memory)
    look = SecondLook(limits, partial(console.progress, label="look closer"))
    reader = look.reader()
    rows = np.array(one_row_per_image(store, only), np.intp)
    by_preview = store.rest_on_previews(rows)
    images = with_pixels_shown(images_of(store, rows[~by_preview].tolist()), reader)
    uncompared = sorted(path_to_show(store, row) for row in rows[by_preview].tolist())
    for cut in cuts:
        cut.outputs.check_files([*images.files, *uncompared])
    kind = Kind(store.method, store.x, store.kinds)
    used = [sim_used(cut.sim, len(rows), kind, console) for cut in cuts]
    warn_of_refusal([cut for cut, was_refused in zip(cuts, were_refused, strict=True) if not was_refused], console)
    with console.telling() as progress, console.compiling():
        known = read_known(known_file(database))
        settings = Settings(options.linkage, options.max_memory, workers, progress, known)
        few = few_of(images)  # once: where looks decide, that takes 1 to 2 ms a pair
        tree = tree_of(images, few, max(used), store.n_bits, settings) if _needs_tree(cuts, options) else None
        groups_at = [groups_of(images, few, sim, store.n_bits, settings, tree) for sim in used]
        write_known(known_file(database), known, len(store))
    unwritten: list[InputError] = []
    tables = []
    for cut, sim, groups in zip(cuts, used, groups_at, strict=True):
        members = None
        if options.json is not None or options.csv is not None or options.relations:
            members = members_of_groups(groups, images, sim, store.n_bits, reader)
        clusters = clusters_of(groups, images, members)
        if options.relations:
            clusters = of_relations(clusters, options.relations)
        links_files = options.links == SYMLINK and cut.outputs.folder is not None
        _remark_clusters(clusters, images, console, looks_for_missing=links_files)
        table, errors = _write_cut(cut, clusters, images, store, sim=sim, console=console, by_preview=uncompared)
        tables.append(table if len(cuts) == 1 else f"SIM {sim:g}\n{table}")
        unwritten += errors
    console.not_looked_at(look.left)
    _remark_previews(uncompared, console)
    _remark_images(images, console)
    if tree is not None:
        unwritten += _write_tree(tree, groups_at[int(np.argmax(used))], used, images, store, options)
    table = "\n\n".join(tables)
    if unwritten:
        raise UnwrittenError(unwritten, table) from unwritten[0]
    return table


def _needs_tree(cuts: Sequence[Cut], options: ClusterOptions) -> bool:
    return len(cuts) > 1 or options.tree is not None or options.plot is not None


def warn_of_refusal(cuts: Sequence[Cut], console: Console) -> None:
    """Say that there will be no links, and why."""
    for refusal in dict.fromkeys(cut.outputs.refusal for cut in cuts):
        if refusal is not None:
            console.warn(f"{refusal}; the table comes all the same")


def _write_cut(
    cut: Cut,
    clusters: list[Cluster],
    images: Images,
    store: Database,
    *,
    sim: float,
    console: Console,
    by_preview: list[str],
) -> tuple[str, list[InputError]]:
    """Write the clusters at one SIM; return their table, and what could not be written."""
    unwritten = _write_lists(
        clusters,
        flat_files(images),
        store,
        cut.options,
        sim=sim,
        is_auto=cut.sim == AUTO,
        n_images=len(images.files) + len(by_preview),
        by_preview=by_preview,
    )
    table = format_table(clusters)
    try:
        _remark_left_out(cut.outputs.write_links(clusters), cut.options.links, console)
    except InputError as error:
        return table, [*unwritten, error]
    if cut.outputs.folder is not None:
        table = f"cluster dir: {shown(os.path.abspath(cut.outputs.folder))}\n{table}"
    return table, unwritten


def _write_tree(
    tree: ClusterTree,
    groups: Sequence[Group],
    sims: Sequence[float],
    images: Images,
    store: Database,
    options: ClusterOptions,
) -> list[InputError]:
    """Write the tree that clusters are cut from, and its picture, if asked for; return what could not be written."""
    writers: list[Callable[[], None]] = []
    if options.tree is not None:
        kind = {"linkage": options.linkage, "method": store.method, "views": store.kinds}
        writers.append(partial(write_tree_file, options.tree, tree, images.files, x=store.x, **kind))
    if options.plot is not None:
        number = options.plot_cluster
        cluster = groups[number].rows if number < len(groups) else np.empty(0, np.intp)
        writers.append(partial(write_tree_plot, options.plot, tree, images.files, sims, cluster, number))
    return _errors_of(writers)


def _write_lists(
    clusters: list[Cluster],
    flat: list[str],
    store: Database,
    options: ClusterOptions,
    *,
    sim: float,
    is_auto: bool,
    n_images: int,
    by_preview: list[str],
) -> list[InputError]:
    """Write every list that can be written; return what is wrong with the others."""
    writers: list[Callable[[], None]] = []
    if options.json is not None:
        of_images = partial(
            write_json, method=store.method, x=store.x, n_images=n_images, flat=flat, by_preview=by_preview
        )
        writers.append(partial(of_images, options.json, clusters, sim=sim, is_auto=is_auto, linkage=options.linkage))
    if options.csv is not None:
        writers.append(partial(write_csv, options.csv, clusters))
    return _errors_of(writers)


def _errors_of(writers: Sequence[Callable[[], None]]) -> list[InputError]:
    """Write all that can be written; return what is wrong with the rest."""
    unwritten = []
    for write in writers:
        try:
            write()
        except InputError as error:
            unwritten.append(error)
    return unwritten


def _remark_clusters(clusters: Sequence[Cluster], images: Images, console: Console, *, looks_for_missing: bool) -> None:
    frame_of = dict(zip(images.files, images.frame.tolist(), strict=True)) if console.verbosity else {}
    for number, cluster in enumerate(clusters if console.verbosity else []):
        console.remark(1, f"cluster {number}: {count(len(cluster.files), 'image')}, {cluster.diameter_bits} bits wide")
        for file in cluster.files:
            console.remark(2, f"  {shown(file)}{by_frame(frame_of[file])}")
    missing = [
        file
        for cluster in clusters
        for file, member in zip(cluster.files, cluster.members, strict=False)
        if member.relation == MISSING
    ]
    if missing:
        console.warn(
            f"{count(len(missing), 'file')} of clusters {'is' if len(missing) == 1 else 'are'} gone, or changed since "
            f"being read (the first: {shown(missing[0])}): fingerprint again what is there"
        )
    n_missing = sum(is_gone(file) for cluster in clusters for file in cluster.files) if looks_for_missing else 0
    if n_missing:
        console.warn(f"links that lead nowhere, because the file is no longer there: {n_missing:,}")


def _remark_previews(files: list[str], console: Console) -> None:
    if files:
        one = len(files) == 1
        known_by, them = ("is known by its preview", "it") if one else ("are known by their previews", "them")
        console.warn(
            f"{count(len(files), 'image')} {known_by} alone, and in no cluster: "
            f"without --previews a run reads {them} whole"
        )


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


def _remark_images(images: Images, console: Console) -> None:
    _remark_flat(flat_files(images), int(np.count_nonzero(are_sparse(images.detail))), console)
    if n_unknown := int(np.count_nonzero(images.detail == UNKNOWN)):
        console.warn(
            f"{count(n_unknown, 'image')} of an older database may be flat, and join others by chance: "
            "10fingerprints.py on their files tells"
        )


def _remark_flat(files: list[str], n_sparse: int, console: Console) -> None:
    if files:
        what = f"{count(len(files), 'image')} show{'s' * (len(files) == 1)} too little to compare (flat, almost empty)"
        console.warn(f"{what}: grouped by identical pixels alone{_sparse_words(n_sparse, len(files))}")
    for file in files if console.verbosity else []:
        console.remark(1, f"  {shown(file)}")
