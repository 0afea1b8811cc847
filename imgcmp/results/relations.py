"""How the members of a cluster are related to the best of them: the same, edited, cropped, turned, or just similar."""

from collections.abc import Collection, Mapping

import numpy as np

from imgcmp.images.alignment import Box
from imgcmp.results.best_by_looks import BestByLooks, Groups
from imgcmp.results.best_member import holding_most, ranked
from imgcmp.results.families import families_of
from imgcmp.results.holds_more import holding_of, would_be_lost
from imgcmp.results.members import FileReader, Images, Member
from imgcmp.results.nearest_views import Pairs, compared, compared_to_best, view_name
from imgcmp.results.pair_relation import COPIES, Looked, Told, same_size, told_of
from imgcmp.results.same_members import Sames, same_by_looks, same_members


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
    looked = BestByLooks(images, same_members(groups, images, reader), n_bits, cut_bits, reader)
    best, seen = looked.best_of(groups)
    pairs = compared_to_best(groups, best, images)
    sames = same_by_looks(looked.sames, _equal_looks(pairs, looked.sames, seen, images), images, reader)
    told = _told_of(pairs, images, sames, seen)
    copy_of, seen_among = families_of(groups, dict(zip(pairs.other.tolist(), told, strict=True)), looked)
    if copy_of:
        to = [copy_of.get(row, best) for row, best in zip(pairs.other.tolist(), pairs.best.tolist(), strict=True)]
        pairs = compared(np.array(to, np.intp), pairs.other, images)
        seen = seen | seen_among
        sames = same_by_looks(sames, _equal_looks(pairs, sames, seen, images), images, reader)
        told = _told_of(pairs, images, sames, seen)
    return _in_groups(groups, _members(pairs, told, images, sames))


def _told_of(pairs: Pairs, images: Images, sames: Sames, seen: Looked) -> list[Told]:
    rows = zip(pairs.best.tolist(), pairs.other.tolist(), strict=True)
    return [told_of(best, row, images, sames, seen) for best, row in rows]


def _members(pairs: Pairs, told: list[Told], images: Images, sames: Sames) -> list[Member]:
    """Put together what is told of members, in the order of the pairs."""
    rows = pairs.other
    kept_of, first_of_bytes = _kept_of_pixels(sames, set(pairs.best.tolist()), images), _first_of(sames.file)
    more = _more(pairs, told, images, sames, kept_of)
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
                same_as=images.files[kept_of[row]] if row in kept_of else None,
                holds_more=",".join(more[k]),
                same_bytes_as=images.files[first_of_bytes[row]] if row in first_of_bytes else None,
                has_exif=holding_of(images, row).has_exif,
                has_gps=holding_of(images, row).has_gps,
            )
        )
    return members


def _equal_looks(pairs: Pairs, sames: Sames, seen: Looked, images: Images) -> list[tuple[int, int]]:
    """Return the pairs, as rows of `sames.pixels`, that may have the same pixels in two formats by what was seen."""
    found = []
    for a, b in zip(pairs.best.tolist(), pairs.other.tolist(), strict=True):
        rows = sames.pixels[a], sames.pixels[b]
        difference = seen.get(rows)
        in_two_formats = not images.format or images.format[a] != images.format[b]
        if difference is not None and difference.is_next_to_nothing and in_two_formats and same_size(images, a, b):
            found.append(rows)
    return list(dict.fromkeys(found))


def _sets_of(same: Mapping[int, int]) -> list[list[int]]:
    """Return the members that are the same, by the first of them; none that is the only one."""
    by_first: dict[int, list[int]] = {}
    for row, first in same.items():
        by_first.setdefault(first, []).append(row)
    return [rows for rows in by_first.values() if len(rows) > 1]


def _first_of(same: Mapping[int, int]) -> dict[int, int]:
    """Return the first member that is the same, of each that is not the only one."""
    return {row: rows[0] for rows in _sets_of(same) for row in rows}


def _kept_of_pixels(sames: Sames, best: Collection[int], images: Images) -> dict[int, int]:
    """Return the one to keep of those with the same pixels: the best one, if it is among them."""
    kept_of: dict[int, int] = {}
    for rows in _sets_of(sames.pixels):
        first, *others = ranked(np.array(rows), images)
        kept = next((row for row in rows if row in best), None)
        kept_of |= dict.fromkeys(rows, holding_most(first, others, images) if kept is None else kept)
    return kept_of


def _more(
    pairs: Pairs, told: list[Told], images: Images, sames: Sames, kept_of: Mapping[int, int]
) -> list[tuple[str, ...]]:
    """Return what would be lost with each member, in the order of the pairs."""
    rows = list(zip(pairs.best.tolist(), pairs.other.tolist(), told, strict=True))
    copies: dict[int, list[int]] = {}
    for best, row, what in rows:
        if what.relation in COPIES:
            copies.setdefault(best, []).append(row)
    more = []
    for best, row, what in rows:
        kept = best if what.relation in COPIES else kept_of.get(row, row)
        others = [other for other in copies.get(row, [kept]) if not _same_file(sames, row, other)]
        more.append(would_be_lost(holding_of(images, row), [holding_of(images, other) for other in others]))
    return more


def _same_file(sames: Sames, row: int, other: int) -> bool:
    return sames.file[row] == sames.file[other]


def _rounded(box: Box | None) -> tuple[float, float, float, float] | None:
    if box is None:
        return None
    left, top, right, bottom = (round(side, 4) for side in box)
    return left, top, right, bottom


def _in_groups(groups: Groups, members: list[Member]) -> list[list[Member]]:
    ends = np.cumsum([len(group) for group in groups]).tolist()
    return [members[end - len(group) : end] for end, group in zip(ends, groups, strict=True)]
