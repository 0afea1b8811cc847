"""How the members of a cluster are related to the best of them: the same, edited, cropped, turned, or just similar."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.images.alignment import Box
from imgcmp.images.picture_difference import Difference
from imgcmp.results.best_member import best_members, central_member, holding_most, ranked
from imgcmp.results.camera_relations import is_burst, is_same_shot, may_be_burst, were_taken_apart
from imgcmp.results.holds_more import MORE, holding_of, holds_more
from imgcmp.results.members import FileReader, Images, Member
from imgcmp.results.nearest_views import Pairs, alignments_of, compared, view_name
from imgcmp.results.picture_looks import Side, Sought
from imgcmp.results.relation_names import (
    BEST,
    BURST,
    DAMAGED,
    EDITED,
    ONE_FRAME,
    REENCODED,
    SAME_FILE,
    SAME_PIXELS,
    SAME_SHOT,
    SIMILAR,
)
from imgcmp.results.relation_rules import is_whole_of, relation_of, told_box
from imgcmp.results.same_members import Sames, same_by_looks, same_members

Groups = Sequence[NDArray[np.intp]]
Seen = dict[tuple[int, int], Difference]

_COPIES = frozenset((SAME_FILE, SAME_PIXELS, ONE_FRAME, REENCODED))
"""What members are that show the very picture of the best one."""

_ROUNDS = 3  # in which a better one is looked for: the largest may be a page with the picture, the next one a frame

# Copies that a member has where the largest file has none, or times as many: that one is noisy, or painted over. Looked
# for where the largest file's are less than a tenth.
_MANY_COPIES, _TENTH = 3, 10


class _Told(NamedTuple):
    """What is told of a member: its relation to the best one, and the part that this is about."""

    relation: str
    box: Box | None = None


class _Cut(NamedTuple):
    """Bits of a fingerprint, and the distance at which clusters are cut."""

    n_bits: int
    cut_bits: float


def members_of(
    groups: Groups, images: Images, *, n_bits: int, cut_bits: float, reader: FileReader
) -> list[list[Member]]:
    """Tell how the members of clusters are related to the best ones.

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
        What looks at files as a whole, and at pictures side by side.

    Returns
    -------
    members : list of list of Member
        In the order of `groups`.
    """
    if not groups:
        return []
    looking = _Looking(images, same_members(groups, images, reader), _Cut(n_bits, cut_bits), reader)
    best = [looking.first_best(group, row) for group, row in zip(groups, best_members(groups, images), strict=True)]
    seen = looking.seen(groups, best)
    todo = list(range(len(groups)))
    for _ in range(_ROUNDS):
        better = {k: looking.better(groups[k], best[k], seen) for k in todo}
        todo = [k for k in todo if better[k] != best[k]]
        if not todo:
            break
        seen |= looking.seen([groups[k] for k in todo], [better[k] for k in todo])
        for k in todo:
            best[k] = looking.checked(groups[k], best[k], better[k], seen)
        todo = [k for k in todo if best[k] == better[k]]
    pairs = _pairs_of(groups, best, images)
    sames = same_by_looks(looking.sames, _equal_looks(pairs, looking.sames, seen, images), images, reader)
    told = [_told(int(a), int(b), images, sames, seen) for a, b in zip(pairs.best, pairs.other, strict=True)]
    return _in_groups(groups, _members(pairs, told, images, sames))


def _pairs_of(groups: Groups, best: Sequence[int], images: Images) -> Pairs:
    sizes = [len(group) for group in groups]
    return compared(np.repeat(np.array(best, dtype=np.intp), sizes), np.concatenate(groups), images)


class _Looking(NamedTuple):
    """Looks at pictures, and chooses the best ones by what it sees."""

    images: Images
    sames: Sames
    cut: _Cut
    reader: FileReader

    def seen(self, groups: Groups, best: Sequence[int]) -> Seen:
        """Look at members beside the best ones, where more than that is not known already; of equal ones at one."""
        images, of_pixels = self.images, self.sames.pixels
        pairs = _pairs_of(groups, best, images)
        sought: dict[tuple[int, int], tuple[Sought, Side]] = {}
        alignments = alignments_of(pairs, images, self.cut.n_bits, self.cut.cut_bits)
        for a, b, alignment in zip(pairs.best.tolist(), pairs.other.tolist(), alignments, strict=True):
            one, other = of_pixels[a], of_pixels[b]
            if alignment is not None and one != other and not _is_told_by_camera(images, a, b):
                sought.setdefault((one, other), (_sought(images, one), Side(_sought(images, other), alignment)))
        found = self.reader.differences(list(sought.values())) if sought else {}
        by_files = {rows: found.get((best.file, side.picture.file)) for rows, (best, side) in sought.items()}
        return {rows: difference for rows, difference in by_files.items() if difference is not None}

    def first_best(self, group: NDArray[np.intp], best: int) -> int:
        """Return the best member of a cluster, by what is known before anything is seen: of equal pixels."""
        equal = [row for row in group.tolist() if self.sames.pixels[row] == self.sames.pixels[best]]
        return holding_most(best, equal, self.images)

    def better(self, group: NDArray[np.intp], best: int, seen: Seen) -> int:
        """Return the member that is better than the one of most pixels, if there is one.

        It is a whole of which that one is a crop, or the picture that it frames; or the same picture in a file that
        holds more; or, where that one has no copy, one that may have some: see `checked`.
        """
        differences = [(row, self._difference(best, row, seen)) for row in group.tolist()]
        better = [row for row, difference in differences if difference is not None and is_whole_of(difference)]
        if better:
            return best_members([np.array(better)], self.images)[0]
        if len(group) > 2 and self._relations(group, best, seen).keys() == {SIMILAR}:
            order = ranked(group, self.images)  # none before it was better
            return order[min(order.index(best) + 1, len(order) - 1)]
        if self._has_few_copies(group, best, seen):
            others = [row for row in ranked(group, self.images) if row != best and self._is_as_good(row, best)]
            return central_member(others, self.images) if others else best
        equal = [row for row, difference in differences if difference is not None and self._is_equal(best, row, seen)]
        return holding_most(best, equal, self.images)

    def checked(self, group: NDArray[np.intp], best: int, better: int, seen: Seen) -> int:
        """Return the better one, unless that only looked so: where neither is a copy of many, the first one stays."""
        if better == best or not self._has_few_copies(group, best, seen):
            return better
        if self._relations(group, best, seen).keys() == {SIMILAR} or self._is_whole_of(best, better, seen):
            return better
        n_copies, n_of_best = (self._n_copies(group, row, seen) for row in (better, best))
        return better if n_copies >= max(_MANY_COPIES, _MANY_COPIES * n_of_best) else best

    def _relations(self, group: NDArray[np.intp], best: int, seen: Seen) -> Counter[str]:
        rows = [row for row in group.tolist() if row != best]
        return Counter(_told(best, row, self.images, self.sames, seen).relation for row in rows)

    def _n_copies(self, group: NDArray[np.intp], best: int, seen: Seen) -> int:
        return sum(n for relation, n in self._relations(group, best, seen).items() if relation in _COPIES)

    def _has_few_copies(self, group: NDArray[np.intp], best: int, seen: Seen) -> bool:
        return len(group) > max(_MANY_COPIES, _TENTH * self._n_copies(group, best, seen))

    def _difference(self, best: int, row: int, seen: Seen) -> Difference | None:
        return seen.get((self.sames.pixels[best], self.sames.pixels[row]))

    def _is_whole_of(self, best: int, row: int, seen: Seen) -> bool:
        difference = self._difference(best, row, seen)
        return difference is not None and is_whole_of(difference)

    def _is_equal(self, best: int, row: int, seen: Seen) -> bool:
        difference = self._difference(best, row, seen)
        return difference is not None and difference.is_nothing and _same_size(self.images, best, row)

    def _is_as_good(self, row: int, best: int) -> bool:
        damaged = bool(self.images.damage) and bool(self.images.damage[row])
        return not damaged and _n_pixels(self.images, row) == _n_pixels(self.images, best)


def _sought(images: Images, row: int) -> Sought:
    frame, width, height = (int(column[row]) for column in (images.frame, images.width, images.height))
    return Sought(images.files[row], frame, width, height)


def _is_told_by_camera(images: Images, one: int, other: int) -> bool:
    return is_same_shot(images, one, other) or were_taken_apart(images, one, other)


def _same_size(images: Images, one: int, other: int) -> bool:
    return all(column[one] == column[other] for column in (images.width, images.height, images.n_frames))


def _n_pixels(images: Images, row: int) -> int:
    return int(images.width[row]) * int(images.height[row])


def _equal_looks(pairs: Pairs, sames: Sames, seen: Seen, images: Images) -> list[tuple[int, int]]:
    """Return the pairs, as rows of `sames.pixels`, that may have the same pixels in two formats by what was seen."""
    found = []
    for a, b in zip(pairs.best.tolist(), pairs.other.tolist(), strict=True):
        rows = sames.pixels[a], sames.pixels[b]
        difference = seen.get(rows)
        in_two_formats = not images.format or images.format[a] != images.format[b]
        if difference is not None and difference.is_next_to_nothing and in_two_formats and _same_size(images, a, b):
            found.append(rows)
    return list(dict.fromkeys(found))


def _told(best: int, row: int, images: Images, sames: Sames, seen: Seen) -> _Told:
    """Tell what a member is to the best one: the first rule that fits."""
    if row == best:
        return _Told(BEST)
    if sames.file[row] == sames.file[best]:
        return _Told(SAME_FILE)
    if sames.pixels[row] == sames.pixels[best]:
        return _Told(SAME_PIXELS)
    if images.damage and images.damage[row]:
        return _Told(DAMAGED)
    if is_same_shot(images, best, row):
        return _Told(SAME_SHOT)
    if is_burst(images, best, row):
        return _Told(BURST)
    difference = seen.get((sames.pixels[best], sames.pixels[row]))
    if difference is None or were_taken_apart(images, best, row):
        return _Told(SIMILAR)
    has_frames = bool(images.n_frames[best] > 1 or images.n_frames[row] > 1)
    relation = relation_of(difference, has_frames=has_frames)
    if relation == REENCODED and not _same_aspect(images, best, row):
        relation = EDITED  # it was stretched
    if relation == SIMILAR and may_be_burst(images, best, row):
        return _Told(BURST)
    return _Told(relation, told_box(relation, difference))


def _members(pairs: Pairs, told: list[_Told], images: Images, sames: Sames) -> list[Member]:
    """Put together what is told of members, in the order of the pairs."""
    rows = pairs.other
    first_of = _first_of(sames)
    more = _more(pairs, told, images)
    members = []
    for k, row in enumerate(rows.tolist()):
        members.append(
            Member(
                relation=told[k].relation,
                distance_bits=pairs.nearest[k].bits,
                view=view_name(pairs, k, images),
                width=int(images.width[row]),
                height=int(images.height[row]),
                size=int(images.size[row]),
                detail=int(images.detail[row]),
                n_frames=int(images.n_frames[row]),
                frame=int(images.frame[row]),
                others=images.others[row],
                to=images.files[pairs.best[k]],
                box=_rounded(told[k].box),
                same_as=images.files[first_of[row]] if row in first_of else None,
                holds_more=",".join(more[k]),
            )
        )
    return members


def _first_of(sames: Sames) -> dict[int, int]:
    """Return the first member with the same pixels, of each that is not the only one."""
    by_pixels: dict[int, list[int]] = {}
    for row, pixels in sames.pixels.items():
        by_pixels.setdefault(pixels, []).append(row)
    return {row: rows[0] for rows in by_pixels.values() if len(rows) > 1 for row in rows}


def _more(pairs: Pairs, told: list[_Told], images: Images) -> list[tuple[str, ...]]:
    """Return what would be lost with each member, in the order of the pairs."""
    of_best: dict[int, set[str]] = {}
    more: list[tuple[str, ...]] = []
    for best, row, what in zip(pairs.best.tolist(), pairs.other.tolist(), told, strict=True):
        is_copy = what.relation in _COPIES
        one, other = holding_of(images, best), holding_of(images, row)
        more.append(holds_more(other, one) if is_copy else ())
        of_best.setdefault(best, set()).update(holds_more(one, other) if is_copy else ())
    return [
        tuple(sorted(of_best[row], key=MORE.index)) if row == best else found
        for best, row, found in zip(pairs.best.tolist(), pairs.other.tolist(), more, strict=True)
    ]


def _rounded(box: Box | None) -> tuple[float, float, float, float] | None:
    if box is None:
        return None
    left, top, right, bottom = (round(side, 4) for side in box)
    return left, top, right, bottom


def _in_groups(groups: Groups, members: list[Member]) -> list[list[Member]]:
    ends = np.cumsum([len(group) for group in groups]).tolist()
    return [members[end - len(group) : end] for end, group in zip(ends, groups, strict=True)]


def _same_aspect(images: Images, one: int, other: int) -> bool:
    """Tell whether one picture may be the other one resized: sides are rounded, or cut off to whole pixels."""
    (width, height), (other_width, other_height) = (
        (int(images.width[row]), int(images.height[row])) for row in (one, other)
    )
    error = abs(width * other_height - height * other_width)
    return error <= max(width + height, other_width + other_height)
