"""How the members of a cluster are related to its first file: the same, edited, cropped, turned, or just similar."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_rows import pieces
from imgcmp.images.file_digest import EDGE_BYTES
from imgcmp.results.members import FIRST, FileReader, Images, Member

# Bits of phash that differ from the original at most, x = 8 / 16, of 95 photographs: at half and a quarter of the size,
# and at JPEG quality 50 and 20 2 / 8 (1 in 100 4 / 10). At the median, with contrast x 1.6 2 / 10, gamma 1.8 2 / 12, a
# caption 2 / 12, brightness x 1.5 4 / 18. Half the brightness, grey, blur and noise change no more than JPEG does.
_REENCODED = 1 / 32

# Edits of a photograph change 14 of 64 bits and 56 of 256 at most; of unrelated ones 16 and 94 differ at least, and of
# the best of 35 views 22 and 110, at the median. So a larger SIM makes no edits of what it joins.
_MOST_EDITED = 0.3

# The best of 70 is better than the whole by chance, too. At x = 8 / 16 a view is at most 0.7 times as far as the whole
# in 96 to 100 % / 95 to 100 % of the crops that 5 to 30 % were cut off, and in 22 % / 0 % of turns by 2 degrees.
_VIEW_IS_BETTER = 0.7


class _Pairs(NamedTuple):
    """Pairs of a first file and another member: their rows, and how far they are apart."""

    first: NDArray[np.intp]
    other: NDArray[np.intp]
    whole_bits: NDArray[np.int64]
    best_bits: NDArray[np.int64]
    view: NDArray[np.intp]  # the nearest one; -1 where none is nearer than the whole


def members_of(
    groups: Sequence[NDArray[np.intp]], images: Images, *, n_bits: int, cut_bits: float, reader: FileReader
) -> list[list[Member]]:
    """Tell how the members of clusters are related to the first ones.

    Parameters
    ----------
    groups : sequence of ndarray of intp
        The rows of each cluster's members; at least one each.
    images : Images
        What is known of them.
    n_bits : int
        Bits of a fingerprint.
    cut_bits : float
        Distance at which clusters are cut.
    reader : FileReader
        What looks at files as a whole.

    Returns
    -------
    members : list of list of Member
        In the order of `groups`.
    """
    if not groups:
        return []
    rows = np.concatenate(groups)
    sizes = np.array([len(group) for group in groups])
    first = np.repeat(rows[np.cumsum(sizes) - sizes], sizes)
    pairs = _compared(first, rows, images)
    names = _relations(pairs, images, n_bits, cut_bits, reader)
    columns = np.stack([images.width, images.height, images.size, images.detail, images.n_frames, images.frame])
    held = [images.others[row] for row in rows.tolist()]
    views = [None if view < 0 else images.view_list[view].name for view in pairs.view.tolist()]
    members = [
        Member(name, bits, view, width, height, size, level, n_frames, frame, others)
        for name, bits, view, (width, height, size, level, n_frames, frame), others in zip(
            names, pairs.best_bits.tolist(), views, columns[:, rows].T.tolist(), held, strict=True
        )
    ]
    ends = np.cumsum(sizes).tolist()
    return [members[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True)]


def _compared(first: NDArray[np.intp], other: NDArray[np.intp], images: Images) -> _Pairs:
    whole = _bits_between(images.words[first], images.words[other])
    best, view = whole.copy(), np.full(len(whole), -1, dtype=np.intp)
    if images.views.shape[1]:
        for of, to in ((first, other), (other, first)):
            ascending = np.argsort(of, kind="stable")
            for piece in pieces(len(of), images.views):
                pairs = ascending[piece]
                read, place = np.unique(of[pairs], return_inverse=True)
                bits = _bits_between(images.views[read][place], images.words[to[pairs]][:, np.newaxis])
                nearest = bits.argmin(axis=1)
                least = np.take_along_axis(bits, nearest[:, np.newaxis], axis=1)[:, 0]
                is_nearer = least < best[pairs]
                best[pairs] = np.where(is_nearer, least, best[pairs])
                view[pairs] = np.where(is_nearer, nearest, view[pairs])
    return _Pairs(first, other, whole, best, view)


def _bits_between(words: Words, others: Words) -> NDArray[np.int64]:
    bits: NDArray[np.int64] = np.bitwise_count(words ^ others).sum(axis=-1, dtype=np.int64)
    return bits


def _relations(pairs: _Pairs, images: Images, n_bits: int, cut_bits: float, reader: FileReader) -> list[str]:
    within = min(cut_bits, _MOST_EDITED * n_bits)
    near = (pairs.best_bits <= within) & (pairs.view >= 0)
    by_view = near & ((pairs.whole_bits > within) | (pairs.best_bits <= _VIEW_IS_BETTER * pairs.whole_bits))
    is_crop = np.array([view.kind == "crops" for view in images.view_list] + [False])[pairs.view]
    is_other = pairs.first != pairs.other
    same_file = is_other & _same_files(pairs, is_other, images, reader)
    same_pixels = is_other & _same_pixels(pairs, is_other & ~same_file, images, reader)
    same_picture = _same_aspect(pairs, images) & (pairs.whole_bits <= min(within, _REENCODED * n_bits))
    rules = (
        (~is_other, FIRST),
        (same_file, "identical file"),
        (same_pixels, "identical pixels"),
        (_are_damaged(pairs, images), "damaged"),
        (same_picture & _hold_several_frames(pairs, images), "one frame alike"),
        (same_picture, "re-encoded or resized"),
        (by_view & is_crop, "cropped"),
        (by_view, "turned or mirrored"),
        (pairs.whole_bits <= within, "edited"),
    )
    chosen = np.select([fits for fits, _ in rules], [name for _, name in rules], default="similar")
    names: list[str] = chosen.tolist()
    return names


def _same_aspect(pairs: _Pairs, images: Images) -> NDArray[np.bool_]:
    """Tell whether one picture may be the other one resized: sides are rounded, or cut off to whole pixels."""
    first, other = ((images.width[rows], images.height[rows]) for rows in (pairs.first, pairs.other))
    error = np.abs(first[0] * other[1] - first[1] * other[0])
    return np.asarray(error <= np.maximum(first[0] + first[1], other[0] + other[1]))


def _are_damaged(pairs: _Pairs, images: Images) -> NDArray[np.bool_]:
    """Tell of which pairs the other one is damaged, or cut off."""
    damaged = np.array([text != "" for text in images.damage] or [False] * len(images.files), dtype=bool)
    return damaged[pairs.other]


def _hold_several_frames(pairs: _Pairs, images: Images) -> NDArray[np.bool_]:
    """Tell of which pairs one or both have frames or pages beside the one that was compared."""
    return np.asarray((images.n_frames[pairs.first] > 1) | (images.n_frames[pairs.other] > 1))


def _same_files(pairs: _Pairs, candidates: NDArray[np.bool_], images: Images, reader: FileReader) -> NDArray[np.bool_]:
    """Tell which files have the same bytes: the digest is of all of a small one, and larger ones are compared."""
    first, other = pairs.first, pairs.other
    same: NDArray[np.bool_] = candidates & (images.size[first] == images.size[other])
    same &= (images.digests[first] == images.digests[other]).all(axis=1)
    is_read = images.is_read[first] & images.is_read[other] & images.digests[first].any(axis=1)
    doubtful = np.flatnonzero(same & ~(is_read & (images.size[first] <= 2 * EDGE_BYTES)))
    files = [(images.files[first[k]], images.files[other[k]]) for k in doubtful.tolist()]
    equal = reader.equal_pairs(files) if files else ()
    same[doubtful] = [pair in equal for pair in files]
    return same


def _same_pixels(pairs: _Pairs, candidates: NDArray[np.bool_], images: Images, reader: FileReader) -> NDArray[np.bool_]:
    """Tell which images have the same pixels: of flat ones it is known, others of one fingerprint are decoded."""
    first, other = pairs.first, pairs.other
    known = candidates & images.pixels[first].any(axis=1)
    same: NDArray[np.bool_] = known & (images.pixels[first] == images.pixels[other]).all(axis=1)
    doubtful = candidates & ~same & (pairs.whole_bits == 0)
    doubtful &= (images.width[first] == images.width[other]) & (images.height[first] == images.height[other])
    rows = np.flatnonzero(doubtful)
    files = [(images.files[first[k]], images.files[other[k]]) for k in rows.tolist()]
    digests = reader.pixel_digests([file for pair in files for file in pair]) if files else {}
    same[rows] = [a in digests and digests[a] == digests.get(b) for a, b in files]
    return same
