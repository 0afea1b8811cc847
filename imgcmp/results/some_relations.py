"""Clusters -> what of them is left where members of some relations alone are asked for."""

from collections.abc import Collection, Sequence

from imgcmp.results.clusters import Cluster
from imgcmp.results.holds_more import Holding, would_be_lost
from imgcmp.results.members import Member
from imgcmp.results.relation_names import BEST, SAME_FILE, SAME_PIXELS

_Named = tuple[str, Member]


def of_relations(clusters: Sequence[Cluster], relations: Collection[str]) -> list[Cluster]:
    """Leave of each cluster the best file and the members that are related to it so; clusters of one file go.

    What is related to another file than the best one is a cluster of its own, with that one. Identical ones among the
    others, which are identical to one another and not to the best one, are a cluster of their own: what is shown can be
    acted on, as there is always one that stays.
    """
    left = []
    for cluster in clusters:
        named = list(zip(cluster.files, cluster.members, strict=True))
        for family in _families(named):
            others = [pair for pair in family if pair[1].relation not in (BEST, *relations)]
            for related in (family, *(_related_to_kept(same) for same in _same_ones(others, relations))):
                shown = [pair for pair in related if pair[1].relation in (BEST, *relations)]
                left.append(_cluster_of(shown, cluster))
    return sorted(
        (cluster for cluster in left if len(cluster.files) > 1),
        key=lambda cluster: (-len(cluster.files), cluster.files[0]),
    )


def _families(named: Sequence[_Named]) -> list[list[_Named]]:
    """Return the members by the file that they are related to, that one among them as the best one."""
    families = []
    for kept in dict.fromkeys(member.to for _, member in named):
        own = [(file, member) for file, member in named if kept in (member.to, file)]
        families.append([(file, _as_best(member, file) if file == kept else member) for file, member in own])
    return families


def _as_best(member: Member, file: str) -> Member:
    return member._replace(relation=BEST, to=file, distance_bits=0, view=None, box=None)


def _cluster_of(named: Sequence[_Named], cluster: Cluster) -> Cluster:
    return cluster._replace(files=[file for file, _ in named], members=[member for _, member in named])


def _same_ones(named: Sequence[_Named], relations: Collection[str]) -> list[list[_Named]]:
    """Return the members that have the same pixels, or bytes if those alone are asked for: two and more each."""
    by_first: dict[str, list[_Named]] = {}
    for file, member in named:
        first = member.same_as if SAME_PIXELS in relations else member.same_bytes_as
        if first is not None and {SAME_FILE, SAME_PIXELS} & {*relations}:
            by_first.setdefault(first, []).append((file, member))
    return [same for same in by_first.values() if len(same) > 1]


def _related_to_kept(same: Sequence[_Named]) -> list[_Named]:
    """Relate members that are the same to the one of them to keep."""
    kept = next((file for file, member in same if member.same_as == file), same[0][0])
    by_file = dict(same)
    bytes_of_kept = by_file[kept].same_bytes_as
    related = []
    for file, member in same:
        is_same_file = bytes_of_kept is not None and member.same_bytes_as == bytes_of_kept
        relation = BEST if file == kept else SAME_FILE if is_same_file else SAME_PIXELS
        others = [by_file[other] for other in (by_file if file == kept else [kept]) if other != file]
        related.append(
            (
                file,
                member._replace(
                    relation=relation,
                    to=kept,
                    same_as=kept,
                    holds_more=",".join(_lost_with(member, others)),
                    box=None,
                    view=None,
                    distance_bits=0,
                ),
            )
        )
    return related


def _lost_with(member: Member, others: Sequence[Member]) -> tuple[str, ...]:
    of_others = [
        _holding(other)
        for other in others
        if other.same_bytes_as is None or other.same_bytes_as != member.same_bytes_as
    ]
    return would_be_lost(_holding(member), of_others)


def _holding(member: Member) -> Holding:
    return Holding(member.others, member.has_exif, member.has_gps, member.n_frames)
