"""Images with views -> their distances.

The distance of two images is the smallest distance between the whole of one, in any way it may stand, and the whole or
any view of the other. That distance is the Hamming distance, or the larger share of two: see `ViewLayout`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.low_bits import low_first
from imgcmp.fingerprints.packing import Words, check_matrix
from imgcmp.fingerprints.view_layout import PLAIN, ViewLayout
from imgcmp.fingerprints.view_rows import StoredViews, ViewRows, check_view_rows, pieces
from imgcmp.kernels import view_distances as kernels
from imgcmp.kernels.columns import Columns, room_for_columns
from imgcmp.kernels.looks import Looks
from imgcmp.kernels.view_distances import Variants
from imgcmp.search.distances import Distances, diameters
from imgcmp.system.threads import blocks_by_work, run, triangle_blocks, worker_count

NO_LOOKS = Looks(
    cells=np.zeros((0, 0), np.uint8),
    row_stands=np.zeros(0, np.uint8),
    column_stands=np.zeros(0, np.uint8),
    aspects=np.zeros(0, np.float32),
    inner=np.zeros((0, 4), np.uint8),
    parts=np.zeros((0, 5), np.float32),
)

_SMALL_GROUP = 1000  # images up to which one thread finds the diameter of a group: 0.02 s


def variants_of(
    words: Words,
    views: ViewRows | None,
    rows: NDArray[np.int64] | None = None,
    layout: ViewLayout = PLAIN,
    looks: LookRows | None = None,
) -> Variants:
    """Lay out images and their views as the kernels want them.

    Parameters
    ----------
    words : ndarray of uint64, shape (n_images, n_words)
        Packed fingerprints of the wholes.
    views : ndarray of uint64 or StoredViews, shape (n, n_views, n_words), or None
        Those of the views; each row of stored ones is read once, in ascending order.
    rows : ndarray of int64, shape (n_images,), optional
        The row of `views` of each image; default: they are in the same order.
    layout : ViewLayout
        What the views are.
    looks : LookRows, optional
        Looks, in the order of `words`; default: they are not asked.

    Returns
    -------
    variants : Variants
        With standings: the first of them, and the other views. Without: the whole, and all views.
    """
    words = np.ascontiguousarray(words)
    n, n_words = words.shape
    own_rows = np.arange(n + 1), np.arange(n, dtype=np.int32)
    plain = Variants(words, words, *own_rows, room_for_columns(n_words, 0), 1, True, 0, NO_LOOKS, 0, 0)
    if views is None:
        return plain
    n_standings, side = layout.n_standings, layout.side
    n_variants = 1 + views.shape[1] - n_standings
    columns = room_for_columns(n_words, n * n_variants)
    by_image = _by_image(columns, n_variants)
    standings = np.empty((n, n_standings, n_words), np.uint64)
    # Of an array rows may be taken in any order, and then columns are filled side by side: in 0.7 of the time.
    ascending = np.argsort(rows, kind="stable") if rows is not None and isinstance(views, StoredViews) else None
    for piece in pieces(n, views):
        images = piece if ascending is None else ascending[piece]
        read = views[images if rows is None else rows[images]]
        read = low_first(read, side) if side else read
        standings[images] = read[:, :n_standings]
        by_image[:, images, 1:] = read[:, n_standings:].transpose(2, 0, 1)
    is_new = np.zeros((n, n_standings), bool)
    if n_standings:
        is_new = _are_new(standings, None if looks is None else looks.stands[:, :n_standings])
        starts = np.concatenate([[0], np.cumsum(is_new.sum(axis=1))])
        plain = plain._replace(rows=standings[is_new], starts=starts, images=np.nonzero(is_new)[0].astype(np.int32))
    elif side:
        plain = plain._replace(rows=low_first(words, side))
    by_image[:, :, 0] = plain.rows[plain.starts[:-1]].T
    is_plain = not (n_standings or side)
    found = plain._replace(columns=columns, n_variants=n_variants, is_plain=is_plain, low_weight=side * side)
    return found if looks is None or not layout.parts else _with_looks(found, looks, layout, is_new)


def _with_looks(variants: Variants, looks: LookRows, layout: ViewLayout, is_new: NDArray[np.bool_]) -> Variants:
    """Return variants with looks, which decide where bits are in doubt."""
    n_standings, bounds = layout.n_standings, layout.bounds
    n_others = len(layout.parts) - 1
    columns = np.concatenate([looks.stands[:, :1], looks.stands[:, n_standings : n_standings + n_others]], axis=1)
    laid_out = Looks(
        cells=np.ascontiguousarray(looks.looks),
        row_stands=looks.stands[:, :n_standings][is_new],
        column_stands=columns.ravel(),
        aspects=looks.aspects.astype(np.float32),
        inner=np.ascontiguousarray(looks.inner),
        parts=np.array(layout.parts, np.float32),
    )
    return variants._replace(looks=laid_out, sure_bits=bounds.sure, doubtful_bits=bounds.doubtful)


def whole_variants(variants: Variants) -> Variants:
    """Lay out the wholes as they are for a search, without views: each is its own variant."""
    n, n_words = variants.words.shape
    columns = room_for_columns(n_words, n)
    columns.words[:, :n] = variants.words.T
    as_is = np.zeros(n, np.uint8)
    whole = np.array([[0, 0, 0, 1, 1]], np.float32)
    looks = variants.looks._replace(row_stands=as_is, column_stands=as_is, parts=whole)
    bounds = variants.sure_bits, variants.doubtful_bits
    plain = variants_of(variants.words, None)._replace(columns=columns, looks=looks)
    return plain._replace(sure_bits=bounds[0], doubtful_bits=bounds[1])


def some_variants(variants: Variants, rows: NDArray[np.int64]) -> Variants:
    """Return those of some of the images."""
    n, n_words = len(rows), variants.words.shape[1]
    if variants.n_variants == 1:
        return variants_of(variants.words[rows], None)
    columns = room_for_columns(n_words, n * variants.n_variants)
    of_all, of_some = (_by_image(these, variants.n_variants) for these in (variants.columns, columns))
    for word in range(n_words):
        np.take(of_all[word], rows, axis=0, out=of_some[word], mode="clip")  # "raise" would make a copy first
    counts = np.diff(variants.starts)[rows]
    starts = np.concatenate([[0], np.cumsum(counts)])
    chosen = np.repeat(variants.starts[rows] - starts[:-1], counts) + np.arange(starts[-1])
    images = np.repeat(np.arange(n, dtype=np.int32), counts)
    words = variants.words[rows]
    some = variants._replace(words=words, rows=variants.rows[chosen], starts=starts, images=images, columns=columns)
    return some if not len(variants.looks.cells) else some._replace(looks=_some_looks(variants, rows, chosen))


def _some_looks(variants: Variants, images: NDArray[np.int64], rows: NDArray[np.int64]) -> Looks:
    looks = variants.looks
    return looks._replace(
        cells=looks.cells[images],
        row_stands=looks.row_stands[rows],
        column_stands=looks.column_stands.reshape(-1, variants.n_variants)[images].ravel(),
        aspects=looks.aspects[images],
        inner=looks.inner[images],
    )


def _by_image(columns: Columns, n_variants: int) -> Words:
    """Return columns as an array of shape (n_words, n_images, n_variants), no copy."""
    return columns.words[:, : columns.n].reshape(len(columns.words), -1, n_variants)


def _are_new(standings: Words, stands: NDArray[np.uint8] | None) -> NDArray[np.bool_]:
    """Tell which standings, shape (n, n_standings, n_words), count: where there is room left, the first is repeated.

    With looks those that have the bits of the first one count, too, if they are turned in another way.
    """
    is_new = (standings != standings[:, :1]).any(axis=2)
    if stands is not None:
        is_new |= stands != stands[:, :1]
    is_new[:, 0] = True
    return np.asarray(is_new)


def fill_view_heights(
    out: Distances, variants: Variants, rows: NDArray[np.int64], offsets: NDArray[np.float64], workers: int
) -> None:
    """Write D' of the images rows[i] and rows[j] to `out` in condensed form; all arguments are checked ones."""
    blocks = triangle_blocks(len(rows), view_work(variants), workers)
    run(kernels.view_heights, [(out, variants, rows, offsets, *block) for block in blocks], workers)


def diameters_with_views(
    words: Words,
    views: ViewRows,
    groups: Sequence[NDArray[np.intp]],
    *,
    layout: ViewLayout = PLAIN,
    looks: LookRows | None = None,
    workers: int | None = None,
) -> NDArray[np.uint16]:
    """Largest distance over views within each of many sets: see `imgcmp.search.distances.diameters`.

    Parameters
    ----------
    words, groups, workers
        As there.
    views : ndarray of uint64 or StoredViews, shape (n_images, n_views, n_words)
        Packed fingerprints of the views; n_views may be 0.
    layout : ViewLayout
        What they are.
    looks : LookRows, optional
        Looks of the images, which decide where bits are in doubt; default: bits alone do.

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
    of_members = None if looks is None else looks.some(members)
    variants = variants_of(words[members], views, members, layout, of_members)
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
    n, n_words = variants.words.shape
    return 2 * len(variants.rows) * variants.n_variants * int(n_words) // max(int(n), 1)
