"""A table of images -> groups of similar ones, and how their members are related."""

import os
from collections.abc import Sequence
from functools import partial
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import Linkage, cut_of, sim_to_cut
from imgcmp.clusters.flat_images import Between, cut_of_sparse, shared, with_flat_ones, with_sparse_ones
from imgcmp.clusters.labels import Labels
from imgcmp.database.image_table import ImageTable
from imgcmp.database.images_to_cluster import one_row_per_image, path_to_show
from imgcmp.fingerprints.flatness import are_flat, are_sparse
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import Words, words_per_fingerprint
from imgcmp.fingerprints.view_rows import StoredViews, some_views
from imgcmp.fingerprints.views import view_layout, views_of_kinds
from imgcmp.images.file_digest import DIGEST_BYTES
from imgcmp.images.one_file import OneFile
from imgcmp.results.cluster_tree import ClusterTree
from imgcmp.results.clusters import Cluster, group_files
from imgcmp.results.members import FileReader, Images, Member
from imgcmp.results.relations import members_of
from imgcmp.system.short_of_memory import TO_GROUP_FEW, TO_GROUP_MANY, check_address_space
from imgcmp.system.threads import Progress

if TYPE_CHECKING:
    from imgcmp.clusters.few_images import FewImages
    from imgcmp.clusters.known_components import KnownComponents

_MOST_DOUBTFUL = 1000  # pairs that looks decide on, of a few images: 1 to 2 ms each by NumPy


class Settings(NamedTuple):
    """How images are grouped: what `imgcmp.cluster` and `imgcmp.linkage` take, beside the images and SIM."""

    linkage: str = "average"
    max_memory: int | None = None
    workers: int | None = None
    progress: Progress | None = None
    known: "KnownComponents | None" = None


class Group(NamedTuple):
    """The rows of similar images, and the largest distance of two of them."""

    rows: NDArray[np.intp]
    diameter_bits: int


def images_of(table: ImageTable, chosen: Sequence[int] | None = None) -> Images:
    """Return what is known of the images in some rows; default: in one of each image.

    Their views are read from the table where they are needed.
    """
    rows = np.array(one_row_per_image(table, None) if chosen is None else chosen, dtype=np.intp)
    files = [path_to_show(table, row) for row in rows.tolist()]
    view_list = views_of_kinds(table.kinds)
    return Images(
        files=files,
        is_read=np.array(
            [file == table.files[row] for file, row in zip(files, rows.tolist(), strict=True)], dtype=bool
        ),
        words=table.read_words(rows),
        views=StoredViews(table.read_views, rows, len(view_list), words_per_fingerprint(table.n_bits)),
        view_list=view_list,
        layout=view_layout(table.kinds, table.method, table.x),
        looks=LookRows.of(table.read_looks(rows), table.width[rows], table.height[rows]),
        digests=table.digests[rows],
        pixels=table.pixels[rows],
        width=table.width[rows],
        height=table.height[rows],
        size=table.size[rows],
        detail=table.detail[rows],
        n_frames=table.n_frames[rows],
        frame=table.frame[rows],
        others=[table.others[row] for row in rows.tolist()],
        damage=[table.damage[row] for row in rows.tolist()],
        format=[table.format[row] for row in rows.tolist()],
        camera=[f"{table.camera_make[row]} {table.camera_model[row]}".strip() for row in rows.tolist()],
        taken_ns=table.taken_ns[rows],
        has_exif=table.has_exif[rows],
        has_gps=table.has_gps[rows],
        mtime_ns=table.mtime_ns[rows],
    )


def with_pixels_shown(images: Images, reader: FileReader) -> Images:
    """Return images with the digests of the pixels of flat ones alone.

    Where resized copies have the same pixels, those of their originals count.
    """
    flat = are_flat(images.detail)
    pixels = np.where(flat[:, np.newaxis], images.pixels, 0).astype(np.uint8)
    doubtful = np.flatnonzero(flat & ~images.is_read & shared(pixels))
    if len(doubtful):
        files = [images.files[row] for row in doubtful.tolist()]
        digests = reader.pixel_digests(files)
        found = b"".join(digests.get(file, bytes(DIGEST_BYTES)) for file in files)
        pixels[doubtful] = np.frombuffer(found, dtype=np.uint8).reshape(-1, DIGEST_BYTES)
    return images._replace(pixels=pixels)


def groups_of(
    images: Images,
    few: "FewImages | None",
    sim: float,
    n_bits: int,
    settings: Settings,
    tree: ClusterTree | None = None,
) -> list[Group]:
    """Cluster images; return the groups of two files and more, in the order in which they are shown.

    Parameters
    ----------
    images : Images
        What is known of them.
    few : FewImages or None
        What `few_of` says of them.
    sim : float
        Allowed dissimilarity.
    n_bits : int
        Bits of a fingerprint.
    settings : Settings
        How.
    tree : ClusterTree, optional
        That of `tree_of` up to this SIM or above; of many images it is cut, of a few all is done anew, which takes
        less than a second. The groups are the same without it.
    """
    groups = (
        _groups_of_many(images, sim, n_bits, settings, tree)
        if few is None
        else _groups_of_few(images, few, sim, n_bits, settings)
    )
    return _shown(groups, images.files)


def tree_of(images: Images, few: "FewImages | None", sim: float, n_bits: int, settings: Settings) -> ClusterTree:
    """Return the tree that clusters at some SIM and below are cut from: of images that are not flat."""
    leaves = np.flatnonzero(~are_flat(images.detail))
    if len(leaves) < 2:
        merged = np.empty((0, 4))
    elif few is not None:
        merged = few.tree(leaves, cast(Linkage, settings.linkage))
        merged = merged[merged[:, 2] <= sim_to_cut(sim, n_bits)]
    else:
        from imgcmp.clusters.linkage import linkage

        merged = linkage(n_bits=n_bits, sim=sim, **_compared(images), **settings._asdict())
    return ClusterTree(np.asarray(merged), leaves, sim, n_bits)


def have_near_ones(images: Images, sim: float, n_bits: int, settings: Settings) -> NDArray[np.bool_]:
    """Tell which images have another one within a SIM, by words, views and looks; flat ones are not compared.

    Each image of a connected component of two and more has one; the linkage of the settings is "single".
    """
    near = np.zeros(len(images.files), np.bool_)
    compared = np.flatnonzero(~are_flat(images.detail))
    few = few_of(images)
    if few is not None:
        labels = few.cluster(compared, cut_of(sim, n_bits), "single")
    else:
        # Here, not above: it loads numba, which a few images do without.
        from imgcmp.clusters.linkage import cluster

        labels = cluster(sim=sim, n_bits=n_bits, **_compared(images), **settings._asdict())
    near[compared] = np.bincount(labels, minlength=1)[labels] > 1
    return near


def few_of(images: Images) -> "FewImages | None":
    """Return images as those that NumPy and scipy cluster at once; None if they are too many."""
    check_address_space(TO_GROUP_FEW)
    # Here, not above: it loads scipy, which commands that only read files do without.
    from imgcmp.clusters.few_images import FewImages

    if FewImages.are_few(images.views):
        few = FewImages(images.words, images.views[:], images.layout, images.looks)
        if few.n_doubtful <= _MOST_DOUBTFUL:
            return few
    check_address_space(TO_GROUP_MANY)
    return None


def _groups_of_few(images: Images, few: "FewImages", sim: float, n_bits: int, settings: Settings) -> list[Group]:
    """Cluster a few images, without numba."""
    labels = few.cluster(np.flatnonzero(~are_flat(images.detail)), cut_of(sim, n_bits), cast(Linkage, settings.linkage))
    groups = _with_flat(labels, images, cut_of_sparse(sim, n_bits), _bits_between)
    return [Group(rows, few.diameter(rows)) for rows in groups]


def _groups_of_many(
    images: Images, sim: float, n_bits: int, settings: Settings, tree: ClusterTree | None
) -> list[Group]:
    """Cluster any number of images, by kernels."""
    # Here, not above: these load numba, which a few images do without.
    from imgcmp.clusters.linkage import cluster
    from imgcmp.clusters.linkage_matrix import cut_forest
    from imgcmp.search.distances import cdist
    from imgcmp.search.view_distances import diameters_with_views

    if tree is None:
        labels = cluster(sim=sim, n_bits=n_bits, **_compared(images), **settings._asdict())
    else:
        labels = cut_forest(tree.merged, len(tree.leaves), sim, n_bits=n_bits, forest_sim=tree.sim)
    groups = _with_flat(labels, images, cut_of_sparse(sim, n_bits), partial(cdist, workers=settings.workers))
    diameters_bits = diameters_with_views(
        images.words, images.views, groups, layout=images.layout, looks=images.looks, workers=settings.workers
    ).tolist()
    return [Group(rows, diameter_bits) for rows, diameter_bits in zip(groups, diameters_bits, strict=True)]


def _compared(images: Images) -> dict[str, Any]:
    """Return what kernels compare of images that are not flat."""
    flat = are_flat(images.detail)
    compared = ~flat if flat.any() else slice(None)  # which is no copy
    return {
        "words": images.words[compared],
        "views": some_views(images.views, compared),
        "layout": images.layout,
        "looks": images.looks if images.looks is None else images.looks.some(compared),
    }


def _with_flat(labels: Labels, images: Images, sparse_cut: float, between: Between) -> list[NDArray[np.intp]]:
    """Return the rows of clusters of two files and more, given those of the images that are not flat."""
    flat, sparse = are_flat(images.detail), are_sparse(images.detail)
    of_all = with_flat_ones(labels, flat, images.pixels)
    of_all = with_sparse_ones(of_all, sparse, flat & ~sparse, images.words, sparse_cut, between)
    return [_damaged_last(rows, images.damage) for rows in group_files(images.files, of_all)]


def members_of_groups(
    groups: list[Group], images: Images, sim: float, n_bits: int, reader: FileReader
) -> list[Sequence[Member]]:
    """Tell how the images of each group are related to its best one, as far as they are there."""
    rows = [group.rows for group in groups]
    images = images._replace(is_missing=_are_missing(images, rows))
    return [*members_of(rows, images, n_bits=n_bits, cut_bits=sim_to_cut(sim, n_bits), reader=reader)]


def clusters_of(groups: list[Group], images: Images, members: list[Sequence[Member]] | None = None) -> list[Cluster]:
    """Return groups as a person gets them, with how their members are related where that was told."""
    return [
        Cluster([images.files[row] for row in group.rows.tolist()], group.diameter_bits, related)
        for group, related in zip(groups, members or [()] * len(groups), strict=True)
    ]


def flat_files(images: Images) -> list[str]:
    """Return the files that show too little to compare, sorted."""
    return sorted(images.files[row] for row in np.flatnonzero(are_flat(images.detail)).tolist())


def _bits_between(words: Words, others: Words) -> NDArray[np.int64]:
    """Return the distances of each fingerprint of one set to each of another, without numba: of a few images."""
    bits: NDArray[np.int64] = np.bitwise_count(words[:, np.newaxis] ^ others).sum(axis=2, dtype=np.int64)
    return bits


def _damaged_last(rows: NDArray[np.intp], damage: Sequence[str]) -> NDArray[np.intp]:
    """Return the members of a cluster with the damaged ones behind."""
    return rows[np.argsort([bool(damage[row]) for row in rows.tolist()], kind="stable")] if any(damage) else rows


def _shown(groups: list[Group], files: Sequence[str]) -> list[Group]:
    """Leave out further names of a file, and groups of which one file is left; sort as the results are."""
    shown = [group for group in (_without_further_names(group, files) for group in groups) if len(group.rows) > 1]
    return sorted(shown, key=lambda group: (-len(group.rows), files[group.rows[0]]))


def _without_further_names(group: Group, files: Sequence[str]) -> Group:
    """Leave out further names of a file."""
    one_file = OneFile()
    kept = [row for row in group.rows.tolist() if not _is_further_name(files[row], one_file)]
    return group._replace(rows=np.array(kept, dtype=np.intp))


def _is_further_name(file: str, one_file: OneFile) -> bool:
    status = _status_of(file)
    return status is not None and one_file.other_name(file, status) is not None


def _are_missing(images: Images, groups: Sequence[NDArray[np.intp]]) -> NDArray[np.bool_]:
    """Tell which members of groups are gone, or others than those that were read."""
    is_missing = np.zeros(len(images.files), np.bool_)
    for row in (row for group in groups for row in group.tolist()):
        status = _status_of(images.files[row])
        is_missing[row] = status is None or (images.is_read[row] and _is_changed(images, row, status))
    return is_missing


def _is_changed(images: Images, row: int, status: os.stat_result) -> bool:
    known_ns = status.st_mtime_ns if images.mtime_ns is None else int(images.mtime_ns[row])
    return (status.st_size, status.st_mtime_ns) != (int(images.size[row]), known_ns)


def is_gone(file: str) -> bool:
    """Tell whether a file is no longer there, as a file."""
    return _status_of(file) is None


def _status_of(file: str) -> os.stat_result | None:
    try:
        status = os.lstat(file)
    except OSError:
        return None
    return status if S_ISREG(status.st_mode) else None
