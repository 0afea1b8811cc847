"""Copies of one another among the members of a cluster that are only similar to the best one, as pages of one form."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from imgcmp.results.best_by_looks import BestByLooks, Groups
from imgcmp.results.best_member import ranked
from imgcmp.results.pair_relation import COPIES, Looked, Told, told_of
from imgcmp.results.relation_names import SIMILAR

Rows = NDArray[np.intp]

# Of the bits, in which the wholes of copies differ at most: of 1,250 copies of 250 pages, a third of the size and JPEG
# quality 50 among them, 12 of 256 did. What is farther stays similar to the best one.
_NEAR = 0.1

_MOST_LOOKS = 100  # at a member: beside so many others, of many pages that are as near as copies are


def families_of(groups: Groups, told: Mapping[int, Told], looked: BestByLooks) -> tuple[dict[int, int], Looked]:
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
    copy_of : dict of int to int
        Of each such member the one that it is a copy of: which is none, and is itself similar to the best one.
    seen : Looked
        What was seen of them.
    """
    left = [_with_others(_similar(group, told), looked) for group in groups]
    copy_of: dict[int, int] = {}
    seen: Looked = {}
    for _ in range(_MOST_LOOKS):
        asked = [one for rows in left for one in _apart(rows, looked)]
        if not asked:
            break
        near, kept = [rows for _, rows in asked], [one for one, _ in asked]
        seen |= looked.seen_beside(near, kept)
        sources, seen = looked.with_sources(near, kept, seen)
        kept_now = set(sources)
        for source, rows in zip(sources, near, strict=True):
            others = (row for row in rows.tolist() if row not in kept_now and row not in copy_of)
            copy_of |= {row: source for row in others if _is_copy(source, row, looked, seen)}
        left = [np.array([row for row in rows if row not in kept_now and row not in copy_of], np.intp) for rows in left]
        left = [_with_others(rows, looked) for rows in left]
    return copy_of, seen


def _similar(group: Rows, told: Mapping[int, Told]) -> Rows:
    return np.array([row for row in group.tolist() if told[row].relation == SIMILAR], np.intp)


def _with_others(rows: Rows, looked: BestByLooks) -> Rows:
    """Return those of some members that have another one as near as copies are, the best ones first."""
    if len(rows) < 2:
        return rows[:0]
    kept = [row for row in ranked(rows, looked.images) if len(_near(row, rows, looked)) > 1]
    return np.array(kept, np.intp)


def _apart(rows: Rows, looked: BestByLooks) -> list[tuple[int, Rows]]:
    """Return members of which no two are as near as copies are, the best ones, and with each those that are near it."""
    chosen: list[tuple[int, Rows]] = []
    taken: set[int] = set()
    for row in rows.tolist():
        if row not in taken:
            near = _near(row, rows, looked)
            chosen.append((looked.holding_most(near, row), near))
            taken.update(near.tolist())
    return chosen


def _near(kept: int, rows: Rows, looked: BestByLooks) -> Rows:
    """Return those of some members, the kept one among them, whose wholes are as near to it as those of copies are."""
    words = looked.images.words
    bits = np.bitwise_count(words[rows] ^ words[kept]).sum(axis=1, dtype=np.int64)
    near: Rows = rows[bits <= _NEAR * looked.n_bits]
    return near


def _is_copy(kept: int, row: int, looked: BestByLooks, seen: Looked) -> bool:
    return told_of(kept, row, looked.images, looked.sames, seen).relation in COPIES
