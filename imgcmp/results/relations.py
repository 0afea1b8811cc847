"""How the members of a cluster are related to the best of them: the same, edited, cropped, turned, or just similar."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.images.alignment import Box
from imgcmp.images.picture_difference import Difference
from imgcmp.results.best_member import best_members
from imgcmp.results.camera_relations import is_burst, is_same_shot, may_be_burst, were_taken_apart
from imgcmp.results.members import FileReader, Images, Member
from imgcmp.results.nearest_views import Pairs, alignments_of, compared, view_name
from imgcmp.results.picture_looks import Side, Sought
from imgcmp.results.relation_names import (
    BEST,
    BURST,
    DAMAGED,
    EDITED,
    REENCODED,
    SAME_FILE,
    SAME_PIXELS,
    SAME_SHOT,
    SIMILAR,
)
from imgcmp.results.relation_rules import is_whole_of, relation_of, told_box
from imgcmp.results.same_members import Sames, same_members

Groups = Sequence[NDArray[np.intp]]


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
    cut, sames = _Cut(n_bits, cut_bits), same_members(groups, images, reader)
    best = best_members(groups, images)
    seen = _seen(groups, best, images, sames, cut, reader)
    better = [_better(group, row, images, sames, seen) for group, row in zip(groups, best, strict=True)]
    changed = [k for k, (row, other) in enumerate(zip(best, better, strict=True)) if row != other]
    if changed:
        seen |= _seen([groups[k] for k in changed], [better[k] for k in changed], images, sames, cut, reader)
    pairs = _pairs_of(groups, better, images)
    told = [_told(int(a), int(b), images, sames, seen) for a, b in zip(pairs.best, pairs.other, strict=True)]
    return _in_groups(groups, _members(pairs, told, images, sames))


def _pairs_of(groups: Groups, best: Sequence[int], images: Images) -> Pairs:
    sizes = [len(group) for group in groups]
    return compared(np.repeat(np.array(best, dtype=np.intp), sizes), np.concatenate(groups), images)


Seen = dict[tuple[int, int], Difference]


def _seen(groups: Groups, best: Sequence[int], images: Images, sames: Sames, cut: _Cut, reader: FileReader) -> Seen:
    """Look at the members beside the best ones, where more than that is not known already; of equal ones at one."""
    pairs = _pairs_of(groups, best, images)
    sought: dict[tuple[int, int], tuple[Sought, Side]] = {}
    alignments = alignments_of(pairs, images, cut.n_bits, cut.cut_bits)
    for a, b, alignment in zip(pairs.best.tolist(), pairs.other.tolist(), alignments, strict=True):
        one, other = sames.pixels[a], sames.pixels[b]
        if alignment is not None and one != other and not _is_told_by_camera(images, a, b):
            sought.setdefault((one, other), (_sought(images, one), Side(_sought(images, other), alignment)))
    found = reader.differences(list(sought.values())) if sought else {}
    by_files = {rows: found.get((best.file, side.picture.file)) for rows, (best, side) in sought.items()}
    return {rows: difference for rows, difference in by_files.items() if difference is not None}


def _sought(images: Images, row: int) -> Sought:
    frame, width, height = (int(column[row]) for column in (images.frame, images.width, images.height))
    return Sought(images.files[row], frame, width, height)


def _is_told_by_camera(images: Images, one: int, other: int) -> bool:
    return is_same_shot(images, one, other) or were_taken_apart(images, one, other)


def _better(group: NDArray[np.intp], best: int, images: Images, sames: Sames, seen: Seen) -> int:
    """Return the member that is better than the one of most pixels, if there is one.

    It is a whole of which that one is a crop, or the picture that it frames; or that one is like no other member, and
    the best of the rest takes its place.
    """
    looked_at = ((row, seen.get((sames.pixels[best], sames.pixels[row]))) for row in group.tolist())
    better = [row for row, difference in looked_at if difference is not None and is_whole_of(difference)]
    if not better and len(group) > 2 and _is_stranger(group, best, images, sames, seen):
        better = [row for row in group.tolist() if row != best]
    return best_members([np.array(better)], images)[0] if better else best


def _is_stranger(group: NDArray[np.intp], best: int, images: Images, sames: Sames, seen: Seen) -> bool:
    told = (_told(best, row, images, sames, seen).relation for row in group.tolist() if row != best)
    return all(relation == SIMILAR for relation in told)


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
    shared = {first for row, first in sames.pixels.items() if row != first}
    members = []
    for k, row in enumerate(rows.tolist()):
        same = sames.pixels[row]
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
                same_as=images.files[same] if same in shared else None,
            )
        )
    return members


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
