"""Images with views -> their distances.

The distance of two images is the smallest Hamming distance between the whole of one, and the whole or any view of the
other.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words, check_matrix
from imgcmp.fingerprints.view_rows import StoredViews, ViewRows, check_view_rows, pieces
from imgcmp.kernels import view_distances as kernels
from imgcmp.kernels.columns import room_for_columns
from imgcmp.kernels.view_distances import Variants
from imgcmp.search.distances import Distances, diameters
from imgcmp.system.threads import blocks_by_work, run, triangle_blocks, worker_count

_SMALL_GROUP = 1000  # images up to which one thread finds the diameter of a group: 0.02 s


def variants_of(words: Words, views: ViewRows | None, rows: NDArray[np.int64] | None = None) -> Variants:
    """Lay out images and their views as the kernels want them.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints of the wholes.
    views : ndarray of uint64 or StoredViews, shape (n, n_views, n_words), or None
        Those of the views; each row of stored ones is read once, in ascending order.
    rows : ndarray of int64, shape (n_images,), optional
        The row of `views` of each image; default: they are in the same order.

    Returns
    -------
    variants : Variants
    """
    words = np.ascontiguousarray(words)
    n, n_words = words.shape
    if views is None:
        return Variants(words, room_for_columns(n_words, 0), 1)
    variants = Variants(words, room_for_columns(n_words, n * (1 + views.shape[1])), 1 + views.shape[1])
    by_image = _by_image(variants)
    by_image[:, :, 0] = words.T
    # Of an array rows may be taken in any order, and then columns are filled side by side: in 0.7 of the time.
    ascending = np.argsort(rows, kind="stable") if rows is not None and isinstance(views, StoredViews) else None
    for piece in pieces(n, views):
        images = piece if ascending is None else ascending[piece]
        by_image[:, images, 1:] = views[images if rows is None else rows[images]].transpose(2, 0, 1)
    return variants


def some_variants(variants: Variants, rows: NDArray[np.int64]) -> Variants:
    """Return those of some of the images."""
    n, n_words = len(rows), variants.words.shape[1]
    if variants.n_variants == 1:
        return variants_of(variants.words[rows], None)
    some = Variants(variants.words[rows], room_for_columns(n_words, n * variants.n_variants), variants.n_variants)
    of_all, of_some = _by_image(variants), _by_image(some)
    for word in range(n_words):
        np.take(of_all[word], rows, axis=0, out=of_some[word], mode="clip")  # "raise" would make a copy first
    return some


def _by_image(variants: Variants) -> Words:
    """Return the columns of variants as an array of shape (n_words, n_images, n_variants), no copy."""
    n, n_words = variants.words.shape
    return variants.columns.words[:, : variants.columns.n].reshape(n_words, n, variants.n_variants)


def fill_view_heights(
    out: Distances, variants: Variants, rows: NDArray[np.int64], offsets: NDArray[np.float64], workers: int
) -> None:
    """Write D' of the images rows[i] and rows[j] to `out` in condensed form; all arguments are checked ones."""
    blocks = triangle_blocks(len(rows), view_work(variants), workers)
    run(kernels.view_heights, [(out, variants, rows, offsets, *block) for block in blocks], workers)


def diameters_with_views(
    words: Words, views: ViewRows, groups: Sequence[NDArray[np.intp]], *, workers: int | None = None
) -> NDArray[np.uint16]:
    """Largest distance over views within each of many sets: see `imgcmp.search.distances.diameters`.

    Parameters
    ----------
    words, groups, workers
        As there.
    views : ndarray of uint64 or StoredViews, shape (n_images, n_views, n_words)
        Packed fingerprints of the views; n_views may be 0.

    Returns
    -------
    diameters_bits : ndarray of uint16, shape (n_groups,)
    """
    words, _ = check_matrix(words)
    workers = worker_count(workers)
    views = check_view_rows(views, words)
    if views.shape[1] == 0:
        return diameters(words, groups, workers=workers)
    sizes = np.array([len(group) for group in groups], np.int64)
    members = np.concatenate([np.zeros(0, np.int64), *(group for group in groups if len(group) > 1)]).astype(np.int64)
    variants = variants_of(words[members], views, members)
    rows, starts = np.arange(len(members)), np.concatenate([[0], np.cumsum(np.where(sizes > 1, sizes, 0))])
    out = np.zeros(len(groups), np.uint16)
    blocks = blocks_by_work(np.where(sizes > _SMALL_GROUP, 0, sizes**2) * view_work(variants), workers)
    run(kernels.view_diameters, [(out, variants, rows, starts, _SMALL_GROUP, *block) for block in blocks], workers)
    for k in np.flatnonzero(sizes > _SMALL_GROUP).tolist():
        group = rows[starts[k] : starts[k + 1]]
        blocks = triangle_blocks(len(group), view_work(variants), workers)
        out[k] = max(run(kernels.largest_over_views, [(variants, group, *block) for block in blocks], workers))
    return out


def view_work(variants: Variants) -> int:
    """Return what the distance of two images takes, in words compared."""
    return 2 * variants.n_variants * int(variants.words.shape[1])
