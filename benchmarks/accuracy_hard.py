"""The part of the accuracy page on edits that are hard to find: what is found of them, what was, and what should be."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile, takewhile
from pathlib import Path

from accuracy_settings import RECOMMENDED_SIM, table
from comparers import Comparer
from hard_edits import NAMES
from hard_recall import FALSE_RATE, Found, HardHashes, found_by, hash_edited, hash_originals, load, save
from sources import distinct_pictures

RATE = "a million"
LOST = 0.01  # of the recall: less is chance
MEAN = "mean"
OF_ALL = 0.72  # aimed at, of the mean

# What is aimed at, where it is more than not to lose what was found.
AIMS = {
    "corner, half of the area": 0.6,
    "mirrored, 10 % cut": 1.0,
    "mirrored, 80 % anywhere": 1.0,
    "negative": 1.0,
    "screenshot, off-centre": 0.95,
    **{f"rotated by {degrees}, black corners": 0.9 for degrees in (3, 5, 8)},
    **{f"rotated by {degrees} and cut": 0.9 for degrees in (3, 5, 8)},
    MEAN: OF_ALL,
}


def hard_section(
    hashes: HardHashes, used: Sequence[Comparer], missing: Sequence[str], before: Mapping[str, float]
) -> Iterator[str]:
    """Yield the paragraphs on hard edits; `before` is what an earlier version found, by edit."""
    found = [found_by(comparer, hashes) for comparer in used]
    yield "## Hard edits"
    yield hard_text(hashes, missing, bool(before))
    yield means_table(found)
    yield hard_table(found, before)


def hard_hashes(
    folders: Sequence[str], others: Sequence[str], used: Sequence[Comparer], kept_hashes: str | None
) -> HardHashes:
    """Hash photographs and hard edits of some, or take the hashes from a file that keeps them, beside `kept_hashes`."""
    kept = kept_hashes and str(Path(kept_hashes).with_suffix(".hard.npz"))
    if kept and (hashes := load(kept, used)):
        return hashes
    edited = hash_edited([source.image for source in distinct_pictures(folders)], used)
    hashes = HardHashes(hash_originals([*folders, *others], used), edited)
    if kept:
        save(kept, hashes)
    return hashes


def hard_text(hashes: HardHashes, missing: Sequence[str], has_before: bool) -> str:
    n_edited = max(map(len, hashes.edited.values()))
    n_photos = len(next(iter(hashes.originals.values())))
    n_pairs = n_photos * (n_photos - 1) // 2
    allowed = int(FALSE_RATE * n_pairs)
    few = "" if allowed else "\n  There are fewer pairs than that, and with more the radius would be smaller."
    earlier = (
        f"""
- *Before*: what the version of the page that was given found, by the same rule. **Lost** is what was found more often
  then, by more than {LOST}."""
        if has_before
        else ""
    )
    text = f"""\
{n_edited} photographs in {len(NAMES)} edits that are hard to find (benchmarks/hard_edits.py). What chance decides
there, such as where a crop lies, is decided anew for each picture.

- *Radius*: the largest distance within which lies at most one in {RATE} of the {n_pairs:,} pairs of {n_photos:,}
  different photographs, all unedited: {allowed} of them.{few}
- *Limit*: the distance that each one's makers advise, for imgcmp SIM {RECOMMENDED_SIM}.
- *False*: such pairs within either.
- *Recall*: the share of the photographs whose edited copy is within either of its original.
- *Aim*: what should be found, at least; **missed** is what is found less often.{earlier}"""
    return "\n\n".join([text, *missing])


def means_table(found: Sequence[Found]) -> str:
    head = ["hash", "edited", "radius", "false", "mean recall", "limit", "false within limit", "recall within limit"]
    rows = []
    for one in sorted(found, key=lambda one: -one.mean):
        radius = "none" if one.radius < 0 else f"{one.radius:.3g}"
        within = ["", "", ""]
        if one.at_limit is not None:
            within = [f"{one.comparer.limit:.3g}", f"{one.n_false_at_limit}", f"{one.at_limit:.3f}"]
        rows.append([one.comparer.name, one.n_edited, radius, one.n_false, f"{one.mean:.3f}", *within])
    return table(head, rows)


def hard_table(found: Sequence[Found], before: Mapping[str, float]) -> str:
    """Return the recall of each edit within each one's radius; ours, the first, beside what is aimed at and was."""
    ours, others = found[0], found[1:]
    rows = []
    for edit in (*NAMES, MEAN):
        recalls = [f"{recall_of(one, edit):.3f}" for one in found]
        aim = [f"{AIMS[edit]:.2f}" if edit in AIMS else ""]
        was = [f"{before[edit]:.3f}" if edit in before else ""] if before else []
        rows.append([edit, recalls[0] + verdict(recall_of(ours, edit), edit, before), *aim, *was, *recalls[1:]])
    names = [one.comparer.name for one in others]
    return table(["edit", ours.comparer.name, "aim", *(["before"] if before else []), *names], rows)


def recall_of(found: Found, edit: str) -> float:
    return found.mean if edit == MEAN else found.of_edit[edit]


def verdict(recall: float, edit: str, before: Mapping[str, float]) -> str:
    """Return what is to be said of a recall: nothing, or that it misses its aim, or is less than it was."""
    if recall < AIMS.get(edit, 0.0):
        return " **missed**"
    return " **lost**" if recall < before.get(edit, 0.0) - LOST else ""


def recalls_before(page: str | None) -> dict[str, float]:
    """Return what the first hash of an earlier page's table of hard edits found, by edit; without a page nothing.

    Raises
    ------
    ValueError
        If the page has no such table.
    """
    if page is None:
        return {}
    lines = Path(page).read_text(encoding="utf-8").splitlines()
    from_first = dropwhile(lambda line: not line.startswith(f"| {NAMES[0]} |"), lines)
    rows = [line.split("|") for line in takewhile(lambda line: line.startswith("|"), from_first)]
    if not rows:
        raise ValueError(f"{page} has no table of hard edits")
    return {cells[1].strip(): float(cells[2].split()[0]) for cells in rows}
