"""Fingerprints -> clusters, by hierarchical clustering of their Hamming distances, ties broken by content.

The result is by definition that of scipy on all distances; every route here gives exactly that partition.
"""

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.chain import chain_bytes
from imgcmp.clusters.components import FEW_IMAGES, cluster_by_components
from imgcmp.clusters.cut import EPS, check_linkage, cut_of
from imgcmp.clusters.dendrogram import linkage_matrix, tree_bytes
from imgcmp.clusters.forest import forest
from imgcmp.clusters.known_components import KnownComponents
from imgcmp.clusters.labels import numbered_by_first
from imgcmp.clusters.linkage_matrix import LinkageMatrix
from imgcmp.clusters.points import distinct_points
from imgcmp.clusters.routes import Task, cluster_large, fixed_bytes, refuse
from imgcmp.clusters.small import (
    CONDENSED_IMAGES,
    bytes_needed,
    cluster_condensed,
    cut_over_views,
    link_condensed,
    link_over_views,
)
from imgcmp.fingerprints.look_rows import LookRows, check_looks
from imgcmp.fingerprints.packing import Words, check_matrix
from imgcmp.fingerprints.view_layout import PLAIN, ViewLayout, check_layout
from imgcmp.fingerprints.view_rows import ViewRows, check_view_rows
from imgcmp.search.view_pairs import search_bytes
from imgcmp.system.checks import byte_count
from imgcmp.system.memory import available_bytes, format_bytes
from imgcmp.system.threads import Progress, worker_count

# To lay two looks over each other takes 2 to 3 microseconds, for each way in which the bits of a pair are in doubt, and
# of 100 bits with all views those of nearly all pairs are: up to here all are looked at, above what may hang together.
_LOOKED_IMAGES = 100


def linkage(
    words: Words,
    *,
    views: ViewRows | None = None,
    layout: ViewLayout = PLAIN,
    looks: LookRows | None = None,
    linkage: str = "average",
    n_bits: int | None = None,
    sim: float | None = None,
    max_memory: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    known: KnownComponents | None = None,
) -> LinkageMatrix:
    """Hierarchical clustering of fingerprints, as scipy's linkage matrix.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints of two images or more; unused low bits are zero.
    views : ndarray of uint64, shape (n_images, n_views, n_words), optional
        Those of views of them, as for `cluster`.
    layout : ViewLayout, optional
        What the views are, as for `cluster`.
    looks : LookRows, optional
        Looks of the images, as for `cluster`.
    linkage : {"average", "single", "complete", "weighted"}
        As scipy defines them.
    n_bits : int, optional
        Bits of a fingerprint; default ``64 * n_words``.
    sim : float, optional
        Link only what is within this dissimilarity, 0 .. 1: a forest. Default: all.
    max_memory : int, optional
        Bytes that may be used, at about; default half of what is available.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.
    progress : callable, optional
        Called as for `cluster`.
    known : KnownComponents, optional
        As for `cluster`; of use with `sim` alone.

    Returns
    -------
    Z : LinkageMatrix of float64, shape (n_mergers, 4)
        scipy's linkage matrix of D', whose heights are up to 1/512 bit above the Hamming distances: n_images - 1 rows,
        with `sim` those up to ``sim_to_cut(sim, n_bits)``. It is an ndarray that knows n_bits and `sim`, for
        `cut_forest`.

    Raises
    ------
    TypeError
        If `words` or `views` is not of uint64, `layout` no ViewLayout, or `looks` no LookRows.
    ValueError
        If `words` has the wrong shape or fewer than two rows, `views`, `layout` or `looks` don't fit it, `sim` is not
        in 0..1, or `linkage` is none of the four.
    MemoryError
        If there is not enough memory, before any is taken.

    Notes
    -----
    Up to 2,000 images, and for whole trees of complete linkage or with views, scipy links the condensed distances D':
    O(n_images**2) time, with views 2 * (1 + n_views) times as long, and 16 bytes a pair (single: 9). Else no distances
    are kept: the clusters merge as for `cluster`, in O(n_images * n_bits) memory, whole trees in O(n_images**2) time.
    Heights may differ from scipy's by rounding.
    """
    words, n_bits = check_matrix(words, n_bits)
    cut_bits = float(n_bits) if sim is None else cut_of(sim, n_bits)
    check_linkage(linkage)
    max_memory = byte_count(max_memory, "max_memory")
    if len(words) < 2:
        raise ValueError(f"words must hold at least 2 fingerprints to link; got {len(words)}")
    workers = worker_count(workers)
    max_bytes = available_bytes() // 2 if max_memory is None else max_memory
    if (views := _checked_views(views, words, n_bits)) is not None:
        layout, looks = check_layout(layout, views, n_bits), check_looks(looks, views)
    if _by_matrix(len(words), linkage, max_bytes, is_whole=sim is None, has_views=views is not None):
        _check_memory(len(words), linkage, max_memory)
        if views is None:
            rows = link_condensed(words, linkage, workers)
        else:
            points = distinct_points(words, views, layout, looks)
            rows = link_over_views(points, points.point_of, linkage, workers)
        rows = rows[: np.searchsorted(rows[:, 2], cut_bits + 2 * EPS, side="right")]
    else:
        of_tree = tree_bytes(len(words), linkage)
        if views is not None:
            _check_room_for_views(
                words, views, layout, max_bytes, linkage, workers, of_tree, is_known=known is not None
            )
        points = distinct_points(words, views, layout, looks)
        task = Task(points, n_bits, cut_bits, linkage, workers, max_bytes, progress, known, layout, of_tree)
        rows = linkage_matrix(forest(task), len(words))
    return LinkageMatrix(rows, n_bits, sim)


def _by_matrix(n: int, linkage: str, max_bytes: int, *, is_whole: bool, has_views: bool) -> bool:
    """Whether a tree is linked from condensed distances: of few images; or a whole one that takes all of them."""
    if is_whole and (has_views or linkage == "complete"):
        return True
    return n <= CONDENSED_IMAGES and bytes_needed(n, linkage) <= max_bytes


def cluster(
    words: Words,
    sim: float,
    *,
    n_bits: int | None = None,
    linkage: str = "average",
    views: ViewRows | None = None,
    layout: ViewLayout = PLAIN,
    looks: LookRows | None = None,
    max_memory: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    known: KnownComponents | None = None,
) -> NDArray[np.int32]:
    """Group similar fingerprints.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints; unused low bits are zero.
    sim : float
        Allowed dissimilarity: the fraction of the bits that may differ, 0 .. 1. 0 joins equal fingerprints only, 1
        joins all.
    n_bits : int, optional
        Bits of a fingerprint; default ``64 * n_words``.
    linkage : {"average", "single", "complete", "weighted"}
        As scipy defines them.
    views : ndarray of uint64, shape (n_images, n_views, n_words), optional
        Packed fingerprints of views of the images, as `imgcmp.fingerprint_views` makes them. The distance of two images
        is then the smallest between the whole of one, in any way it may stand by `layout`, and the whole or any view of
        the other; and that of the wholes as they are.
    layout : ViewLayout, optional
        What the views are, as `imgcmp.view_layout` says it of those that `imgcmp.fingerprint_views` makes: whether the
        first are ways in which the whole may stand, and whether the slowest waves are judged apart. Default: neither.
    looks : LookRows, optional
        Looks of the images. Where bits are in doubt, between 0.16 and 0.35 of 100 or more, images are only as near as
        they say if the looks agree, laid over each other as the views say. Default: bits alone decide.
    max_memory : int, optional
        Bytes that may be used, at about; default half of what is available. The result doesn't depend on it.
    workers : int, optional
        Threads; default all usable cores. The result is the same for any number.
    progress : callable, optional
        Called as ``progress(what, done, total)`` now and then: how many "pairs" have been compared, how many "clusters"
        have looked for what is near, and how many "images" have found their cluster. Each may begin anew.
    known : KnownComponents, optional
        What an earlier call remembered of images with views: of those that are new since then alone is searched for
        what is near. The result doesn't depend on it.

    Returns
    -------
    labels : ndarray of int32, shape (n_images,)
        The cluster of each image, numbered from 0 in order of each cluster's first image. The partition does not
        depend on the order of the images.

    Raises
    ------
    TypeError
        If `words` or `views` is not of uint64, `layout` no ViewLayout, or `looks` no LookRows.
    ValueError
        If `words` is not a matrix of `n_bits` bits a row, `views`, `layout` or `looks` don't fit it, `sim` is not in
        0..1, or `linkage` is not one of the four.
    MemoryError
        If `max_memory` is too little even for the fingerprints, their views and clusters, before any is taken.

    Notes
    -----
    By definition the clusters are those of scipy's ``fcluster(scipy_linkage(D', linkage), sim_to_cut(sim, n_bits),
    "distance")``. Up to 2,000 images that is what is computed; up to 10,000 it is for each connected component of the
    pairs within the cut, unless one is larger than 2,000. Above, the pairs within the cut are listed (8 bytes a
    pair), and a nearest-neighbour chain runs over these lists. Where they don't fit, those within as large a radius as
    does fit are merged first, and then all clusters are compared, in O(n_images**2) time and O(n_images) memory.

    With views, k of D' hashes the whole, the views and the look, D' of images that are equal in all of them is 0, and
    each pair that is compared takes 2 * n_views times as long, for each way in which the whole may stand. Above 2,000
    images, with looks above 100, what hangs together within the cut is linked by itself, each such component from its
    condensed distances (8 bytes a pair), as far as these fit into memory.
    """
    words, n_bits = check_matrix(words, n_bits)
    cut_bits = cut_of(sim, n_bits)
    check_linkage(linkage)
    max_memory = byte_count(max_memory, "max_memory")
    workers = worker_count(workers)
    max_bytes = available_bytes() // 2 if max_memory is None else max_memory
    views = _checked_views(views, words, n_bits)
    if len(words) < 2:
        return np.zeros(len(words), np.int32)
    is_small = len(words) <= CONDENSED_IMAGES and bytes_needed(len(words), linkage) <= max_bytes
    if is_small and views is None:
        return numbered_by_first(cluster_condensed(words, cut_bits, linkage, workers))
    of_chain = chain_bytes(len(words), words.shape[1], linkage, workers, has_views=False)
    has_room = 2 * words.nbytes + of_chain <= max_bytes  # else what follows says so
    if views is None and len(words) <= FEW_IMAGES and 1 <= cut_bits < n_bits and has_room:
        found = cluster_by_components(words, n_bits, cut_bits, linkage, workers, max_bytes)
        if found is not None:
            return numbered_by_first(found)
    if views is not None:
        layout, looks = check_layout(layout, views, n_bits), check_looks(looks, views)
        _check_room_for_views(words, views, layout, max_bytes, linkage, workers, is_known=known is not None)
    points = distinct_points(words, views, layout, looks)
    if is_small and (looks is None or not layout.bounds.doubtful or len(words) <= _LOOKED_IMAGES):
        return numbered_by_first(cut_over_views(points, points.point_of, cut_bits, linkage, workers))
    task = Task(points, n_bits, cut_bits, linkage, workers, max_bytes, progress, known, layout)
    return numbered_by_first(cluster_large(task))


def _check_room_for_views(
    words: Words,
    views: ViewRows,
    layout: ViewLayout,
    max_bytes: int,
    linkage: str,
    workers: int,
    of_tree_bytes: int = 0,
    *,
    is_known: bool,
) -> None:
    """Raise MemoryError if there is no room to lay the views out and to search them, naming what all of it takes."""
    n, n_variants = len(words), 1 + views.shape[1]
    sides = n, n * max(1, layout.n_standings), n_variants, words.shape[1]
    if n_variants * words.nbytes + search_bytes(*sides) > max_bytes:
        needed = 2 * words.nbytes + of_tree_bytes + fixed_bytes(*sides, linkage, workers, is_known=is_known)
        refuse(len(words), needed, max_bytes)


def _check_memory(n: int, linkage: str, max_memory: int | None) -> None:
    needed = bytes_needed(n, linkage)
    limit, are = (available_bytes(), "are available") if max_memory is None else (max_memory, "may be used")
    if needed > limit:
        raise MemoryError(
            f"the whole tree of {n} images takes {format_bytes(needed)} of memory to compute, and "
            f"{format_bytes(limit)} {are}; link fewer images, or up to some sim, which needs no matrix"
        )


def _checked_views(views: ViewRows | None, words: Words, n_bits: int) -> ViewRows | None:
    if views is None or (views := check_view_rows(views, words, n_bits)).shape[1] == 0:
        return None
    return views
