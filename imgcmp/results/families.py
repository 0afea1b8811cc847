"""Copies of one another among the members of a cluster that are only similar to the best one, as pages of one form."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from imgcmp.results.best_by_looks import BestByLooks, Groups
from imgcmp.results.best_member import ranked
from imgcmp.results.pair_relation import COPIES, Seen, Told, told_of
from imgcmp.results.relation_names import SIMILAR

# Of the bits, in which the wholes of copies differ at most: of 1,250 copies of 250 pages, a third of the size and JPEG
# quality 50 among them, 12 of 256 did. What is farther stays similar to the best one.
_NEAR = 0.1

_ROUNDS = 100  # each looks at the copies of one member of each cluster


def families_of(groups: Groups, told: Mapping[int, Told], looked: BestByLooks) -> tuple[dict[int, int], Seen]:
    """Find members that are copies of another one than the best one.

    Parameters
    ----------
    groups : sequence of ndarray of intp
        The rows of each cluster's members.
    told : mapping of int to Told
        What each is to the best one of its cluster.
    looked : BestByLooks
        What looks at pictures.

    Returns
    -------
    kept_of : dict of int to int
        Of each such member the one that it is a copy of: which is none, and is itself similar to the best one.
    seen : Seen
        What was seen of them.
    """
    left = [[row for row in group.tolist() if told[row].relation == SIMILAR] for group in groups]
    kept_of: dict[int, int] = {}
    seen: Seen = {}
    for _ in range(_ROUNDS):
        left = [rows for rows in left if len(rows) > 1]
        if not left:
            break
        kept = [ranked(np.array(rows, np.intp), looked.images)[0] for rows in left]
        near = [_near(row, rows, looked) for row, rows in zip(kept, left, strict=True)]
        asked = [(row, rows) for row, rows in zip(kept, near, strict=True) if len(rows) > 1]
        if asked:
            seen |= looked.seen_beside([rows for _, rows in asked], [row for row, _ in asked])
        source_of = {row: looked.source_of(row, rows, seen) for row, rows in asked}
        resaved = [(source_of[row], rows) for row, rows in asked if source_of[row] != row]
        if resaved:
            seen |= looked.seen_beside([rows for _, rows in resaved], [row for row, _ in resaved])
        kept = [source_of.get(row, row) for row in kept]
        for row, rows in asked:
            source = source_of[row]
            others = [other for other in rows.tolist() if other != source]
            kept_of |= {other: source for other in others if _is_copy(source, other, looked, seen)}
        left = [[row for row in rows if row not in (one, *kept_of)] for one, rows in zip(kept, left, strict=True)]
    return kept_of, seen


def _near(kept: int, rows: Sequence[int], looked: BestByLooks) -> NDArray[np.intp]:
    """Return those of some members, the kept one among them, whose wholes are as near to it as those of copies are."""
    words = looked.images.words
    others = np.array(rows, np.intp)
    bits = np.bitwise_count(words[others] ^ words[kept]).sum(axis=1, dtype=np.int64)
    near: NDArray[np.intp] = others[bits <= _NEAR * looked.n_bits]
    return near


def _is_copy(kept: int, row: int, looked: BestByLooks, seen: Seen) -> bool:
    return told_of(kept, row, looked.images, looked.sames, seen).relation in COPIES
