"""The stages: resize, fingerprint, cluster; each from the files on the disk to the files on the disk."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.flat_images import shared, with_flat_ones
from imgcmp.console import Console
from imgcmp.database.checkpoints import Checkpoints
from imgcmp.database.database import Database, ImageRecord, writing
from imgcmp.database.images_to_cluster import one_row_per_image, path_to_show
from imgcmp.database.moved_files import Moves, gone_files
from imgcmp.database.schema import UNKNOWN
from imgcmp.errors import InputError
from imgcmp.fingerprints.fingerprint import FileFingerprint, Moved, try_fingerprint
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.fingerprints.views import views_of_kinds
from imgcmp.images.file_digest import DIGEST_BYTES
from imgcmp.images.find_images import find_images
from imgcmp.images.image_file import Failure, Found, ImageFile
from imgcmp.images.resize_image import Copied, try_copy
from imgcmp.images.resized_folder import CopyFolder, Originals
from imgcmp.results.clusters import Cluster, format_table, group_files
from imgcmp.results.identical_files import equal_pairs, pixel_digests
from imgcmp.results.json_csv import check_csv_target, check_json_target, write_csv, write_json
from imgcmp.results.links import check_folder, write_links
from imgcmp.results.relations import FileReader, Images, Member, members_of
from imgcmp.system import places, processes
from imgcmp.system.lock import locked
from imgcmp.system.text import count, shown

# What finds most copies without wrong ones, with `recommended_fingerprints`, by docs/accuracy.md.
RECOMMENDED_SIM = 0.3

# Among so many images pairs that only look alike are no longer rare at SIM 0.3, by docs/accuracy.md.
_MANY_IMAGES, _SIM_FOR_MANY = 1000, 0.2

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class ReadingOptions:
    """Which files are read, and what reading them may take.

    Attributes
    ----------
    exclude : sequence of str
        Globs of what to leave out, as `imgcmp.images.globs.Exclusion` takes them.
    timeout_s : float
        Seconds a file may take.
    max_memory : int or None
        Bytes that decoding may take, in all processes together; None: a quarter of what is free.
    """

    exclude: Sequence[str] = ()
    timeout_s: float = 60.0
    max_memory: int | None = None


@dataclass(frozen=True)
class FingerprintOptions:
    """Which fingerprints, and where they are kept.

    Attributes
    ----------
    x, method
        Kind of fingerprint, as for `imgcmp.fingerprint`.
    database : str
        The file; default ``~/.imgcmp/fingerprints.hdf``.
    views : str
        Of which views fingerprints are kept, too, as for `imgcmp.fingerprint_views`.
    force : bool
        Whether to start over with an empty database.
    retry : bool
        Whether to try files again that could not be read, and haven't changed since.
    prune : bool
        Whether to drop files from the database that are gone, as `imgcmp.images.missing_files.gone` tells.
    checkpoint_s : float
        Seconds between two checkpoints, at least; more if writing takes more than 5 % of the time.
    """

    x: int = 8
    method: str = "phash"
    database: str = field(default_factory=places.database_file)
    views: str = "none"
    force: bool = False
    retry: bool = False
    prune: bool = False
    checkpoint_s: float = 10.0


def recommended_fingerprints() -> FingerprintOptions:
    """Return the options of `run`: what finds most copies without wrong ones, at RECOMMENDED_SIM."""
    return FingerprintOptions(x=16, views="all", database=places.run_database_file())


@dataclass(frozen=True)
class ClusterOptions:
    """How images are grouped, and where the result goes.

    Attributes
    ----------
    linkage : {"single", "complete", "average", "weighted"}
        Linkage method.
    folder : str
        Folder of the links; default ``~/.imgcmp/cluster``.
    json, csv : str or None
        Files to write, too.
    max_memory : int or None
        Bytes that grouping may use, at about; None: half of what is free.
    """

    linkage: str = "average"
    folder: str = field(default_factory=places.clusters_folder)
    json: str | None = None
    csv: str | None = None
    max_memory: int | None = None

    def check(self, database: str) -> None:
        """Raise InputError for an output that is not ours to replace: worth knowing before hours of work."""
        names = {"-f": database, "-o": self.folder, "--json": self.json, "--csv": self.csv}
        options: dict[str, str] = {}
        for option, name in names.items():
            if name is not None and options.setdefault(os.path.realpath(name), option) != option:
                raise InputError(f"{options[os.path.realpath(name)]} and {option} are both {name}: name another file")
        check_folder(self.folder)
        if self.json is not None:
            check_json_target(self.json)
        if self.csv is not None:
            check_csv_target(self.csv)


def resize(
    paths: Iterable[str],
    fraction: float,
    *,
    folder: str | None = None,
    reading: ReadingOptions | None = None,
    n_workers: int | None = None,
    console: Console | None = None,
) -> Found:
    """Make resized copies of image files, in a folder that mirrors their tree.

    A copy that is there is kept if its source has not changed in size or time since, nor the fraction.

    Parameters
    ----------
    paths : iterable of str
        Files or folders.
    fraction : float
        Of width and height; in (0, 1].
    folder : str, optional
        Folder of the copies; default ``~/.imgcmp/convert``.
    reading : ReadingOptions, optional
        Which files are read, and what that may take.
    n_workers : int, optional
        Number of processes; default: the usable cores.
    console : Console, optional
        Where progress is shown.

    Returns
    -------
    found : Found

    Raises
    ------
    InputError
        If the fraction is out of range, there are no images, or the folder is not ours or is being written to.
    """
    console = console or Console()
    if not 0 < fraction <= 1:
        raise InputError(f"FRACTION must be above 0 and at most 1; got {fraction:g}")
    reading = reading or ReadingOptions()
    found = _find(paths, reading.exclude)
    failures = list(found.failures)
    with closing(CopyFolder(folder or places.copies_folder())) as copies, locked(copies.marker):
        copies.remove_leftovers(found.files)
        todo = []
        for file in found.files:
            if copies.is_kept(file, fraction):
                console.remark(1, f"{shown(file.path)}: kept")
            else:
                todo.append(file)
        jobs = ((file, copies.path_for(file.path)) for file in todo)
        results = _run_workers(partial(try_copy, fraction=fraction), jobs, reading, n_workers)
        for (file, copy), result in console.progress(results, total=len(todo), label="resize"):
            if isinstance(result, Copied):
                copies.record(file, fraction, result.size)
                done = f": {result.done}" if console.verbosity > 1 else ""
                console.remark(1, f"{shown(file.path)} -> {shown(copy)}{done}")
            else:
                failures.append(_failure(file, result))
    console.failures(failures, "resized")
    n_failed = len(failures) - len(found.failures)
    tally = {"resized": len(todo) - n_failed, "kept": len(found.files) - len(todo), "failed": len(failures)}
    console.summary(f"{_told(found.files, tally)}; the copies are in {shown(copies.folder)}")
    return Found(found.files, failures)


def fingerprint(
    paths: Iterable[str] = (),
    options: FingerprintOptions | None = None,
    *,
    reading: ReadingOptions | None = None,
    n_workers: int | None = None,
    console: Console | None = None,
) -> Found:
    """Bring the fingerprints of image files into the database.

    Files that the database holds, unchanged in size and time, are not read again; nor are those that could not be read
    then. Files that were moved are known by their digests, and not decoded again.

    Parameters
    ----------
    paths : iterable of str
        Files or folders; default: the folder of resized copies.
    options : FingerprintOptions, optional
        Which fingerprints, and where they are kept.
    reading : ReadingOptions, optional
        Which files are read, and what that may take.
    n_workers : int, optional
        Number of processes; default: the usable cores.
    console : Console, optional
        Where progress is shown.

    Returns
    -------
    found : Found
        The files found, those that were not read again included; and the failures, those of before included.

    Raises
    ------
    InputError
        If there are no images, or the database can't be used, is being written to, or is of another kind.
    ValueError
        If there is no such kind of fingerprint.
    """
    console = console or Console()
    options = options or FingerprintOptions()
    reading = reading or ReadingOptions()
    paths = list(paths) or [_existing_copies_folder()]
    found = _find(paths, reading.exclude)
    x, method, views = options.x, options.method, options.views
    with writing(options.database, method=method, x=x, views=views, force=options.force) as store:
        changed = store.find_changed(found.files)
        known = [] if options.retry else [store.failures[file.path] for file in changed if store.has_failed(file)]
        known_paths = {failure.path for failure in known}
        todo = [file for file in changed if file.path not in known_paths]
        tally = Counter(read=0, moved=0, unchanged=len(found.files) - len(changed))
        moves = Moves(store, todo, paths)
        task = partial(try_fingerprint, x=x, method=method, views=views, known=moves.known)
        results = console.progress(_run_workers(task, todo, reading, n_workers), total=len(todo), label="fingerprint")
        failures = found.failures + _keep(results, moves, Checkpoints(store, options.checkpoint_s), tally, console)
        if options.prune:
            tally["dropped"] = _prune(store, paths)
    console.failures(failures, "read")
    for failure in known:
        console.remark(1, f"{shown(failure.path)}: {failure.reason} (as before)")
    if known:
        console.warn(f"{count(len(known), 'file')} could not be read before and did not change: --retry tries again")
    tally["failed"] = len(failures) + len(known)
    console.summary(f"{_told(found.files, tally)}; {shown(store.path)} holds {count(len(store), 'image')}")
    return Found(found.files, failures + known)


def _keep(
    results: Iterable[tuple[ImageFile, FileFingerprint | Moved | Failure | processes.WorkerDied]],
    moves: Moves,
    checkpoints: Checkpoints,
    tally: Counter[str],
    console: Console,
) -> list[Failure]:
    """Bring results into the database; count what became of the files, and return those that can't be read."""
    originals, failures = Originals(), []
    try:
        for file, result in results:
            source = originals.of(file.path)
            if isinstance(result, FileFingerprint):
                tally["read"] += 1
                checkpoints.add(ImageRecord(file, source, *result))
                console.remark(1, f"{shown(file.path)}: {result.width} x {result.height}")
            elif isinstance(result, Moved):
                tally["moved"] += 1
                known, is_gone = moves.origin(result.identity)
                checkpoints.add(known._replace(file=file, source=source), gone=known.file.path if is_gone else None)
                console.remark(1, f"{shown(file.path)}: was {shown(known.file.path)}")
            else:
                failures.append(_failure(file, result))
                checkpoints.add(failures[-1])
    finally:
        checkpoints.save()
    return failures


def _prune(store: Database, paths: list[str]) -> int:
    """Drop the files that are gone; return how many images and failures that were."""
    dropped = gone_files([*store.files, *store.failures], paths)
    store.remove(dropped)
    store.save()
    return len(dropped)


def cluster(
    sim: float,
    options: ClusterOptions | None = None,
    *,
    database: str | None = None,
    only: Collection[str] | None = None,
    n_workers: int | None = None,
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
    n_workers : int, optional
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
    _check_sim(sim)
    database = database or places.database_file()
    options.check(database)
    store = Database(database)
    images = _images(store, only)
    images = images._replace(pixels=_pixels_shown(images, n_workers, console))
    shown_groups = _shown_groups(_groups(images, store.n_bits, sim, options, n_workers, console), images.files)
    related: list[Sequence[Member]] = [()] * len(shown_groups)
    if options.json is not None or options.csv is not None:
        related = _related(shown_groups, images, store.n_bits, sim, _file_reader(n_workers, console))
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


def run(
    paths: Iterable[str],
    sim: float,
    fingerprint_options: FingerprintOptions | None = None,
    cluster_options: ClusterOptions | None = None,
    *,
    reading: ReadingOptions | None = None,
    n_workers: int | None = None,
    console: Console | None = None,
) -> tuple[Found, str]:
    """Fingerprint image files and cluster them, and no others: `fingerprint` and `cluster` in one go.

    Parameters, results and errors are theirs; fingerprints are by default those of `recommended_fingerprints`. Outputs
    that are not ours to replace are refused before any file is read.
    """
    fingerprint_options = fingerprint_options or recommended_fingerprints()
    cluster_options = cluster_options or ClusterOptions()
    _check_sim(sim)
    cluster_options.check(fingerprint_options.database)
    outcome = fingerprint(paths, fingerprint_options, reading=reading, n_workers=n_workers, console=console)
    console = console or Console()
    if len(outcome.files) > _MANY_IMAGES and sim > _SIM_FOR_MANY:
        console.warn(
            f"among {len(outcome.files):,} images some that differ may join at SIM {sim:g}: with --sim {_SIM_FOR_MANY} "
            "few do (README, the three stages)"
        )
    table = cluster(
        sim,
        cluster_options,
        database=fingerprint_options.database,
        only={file.path for file in outcome.files} - {failure.path for failure in outcome.failures},
        n_workers=n_workers,
        console=console,
    )
    return outcome, table


def _check_sim(sim: float) -> None:
    if not 0 <= sim <= 1:
        raise InputError(f"SIM must be in 0..1; got {sim:g}")


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


def _pixels_shown(images: Images, n_workers: int | None, console: Console) -> NDArray[np.uint8]:
    """Return the digests of the pixels of flat images; where resized copies have the same, those of the originals."""
    flat = are_flat(images.detail)
    pixels = np.where(flat[:, np.newaxis], images.pixels, 0).astype(np.uint8)
    doubtful = np.flatnonzero(flat & ~images.is_read & shared(pixels))
    if len(doubtful):
        files = [images.files[row] for row in doubtful.tolist()]
        digests = _file_reader(n_workers, console).pixel_digests(files)
        found = b"".join(digests.get(file, bytes(DIGEST_BYTES)) for file in files)
        pixels[doubtful] = np.frombuffer(found, dtype=np.uint8).reshape(-1, DIGEST_BYTES)
    return pixels


class _Group(NamedTuple):
    """The rows of similar images, and the largest distance of two of them."""

    rows: NDArray[np.intp]
    diameter_bits: int
    n_missing: int = 0  # files that are no longer there


def _groups(
    images: Images, n_bits: int, sim: float, options: ClusterOptions, n_workers: int | None, console: Console
) -> list[_Group]:
    """Cluster images; return the clusters of two and more."""
    # Here, not above: they load numba and scipy, which the other stages do without.
    from imgcmp.clusters.linkage import cluster as cluster_words
    from imgcmp.search.view_distances import diameters_with_views

    flat = are_flat(images.detail)
    compared = ~flat if flat.any() else slice(None)  # which is no copy
    with console.telling() as progress:
        labels = cluster_words(
            images.words[compared],
            n_bits,
            sim,
            views=images.views[compared],
            method=options.linkage,
            max_memory=options.max_memory,
            workers=n_workers,
            progress=progress,
        )
    groups = group_files(images.files, with_flat_ones(labels, flat, images.pixels))
    diameters_bits = diameters_with_views(images.words, images.views, groups, workers=n_workers).tolist()
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


def _file_reader(n_workers: int | None, console: Console) -> FileReader:
    watch = partial(console.progress, label="look closer")
    return FileReader(
        partial(equal_pairs, n_workers=n_workers, watch=watch), partial(pixel_digests, n_workers=n_workers, watch=watch)
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


def _failure(file: ImageFile, result: Failure | processes.WorkerDied) -> Failure:
    if isinstance(result, Failure):
        return result
    if result.passing:
        return file.passing_failure(result.reason, out_of_reach=result.out_of_reach)
    return file.failure(result.reason)


def _run_workers(
    task: Callable[[Item], Result], jobs: Iterable[Item], reading: ReadingOptions, n_workers: int | None
) -> Iterator[tuple[Item, Result | processes.WorkerDied]]:
    return processes.run(task, jobs, workers=n_workers, timeout_s=reading.timeout_s, max_memory=reading.max_memory)


def _told(files: list[ImageFile], tally: Mapping[str, int]) -> str:
    """Return how many files there were, and what became of them."""
    return f"{count(len(files), 'file')}: " + ", ".join(f"{n:,} {what}" for what, n in tally.items() if n)


def _find(paths: Iterable[str], exclude: Iterable[str]) -> Found:
    paths, exclude = list(paths), list(exclude)
    found = find_images(paths, exclude=exclude)
    if not found.files:
        names = ", ".join([path or "''" for path in paths[:3]] + ["..."] * (len(paths) > 3))
        reasons = "".join(f" ({failure.reason})" for failure in found.failures[:1])
        left = " that --exclude leaves" if exclude else ""
        raise InputError(f"no images found in {names}{left}{reasons}: name image files or folders of them")
    return found


def _existing_copies_folder() -> str:
    folder = places.copies_folder()
    if not os.path.isdir(folder):
        raise InputError(f"there is no folder {folder}: name files or folders, or make copies with 00resize.py first")
    return folder
