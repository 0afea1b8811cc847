"""The parts of the accuracy page on edits that are hard to find, and on false pairs by SIM."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from accuracy_edits import rounded
from accuracy_settings import RECOMMENDED, RECOMMENDED_SIM, table
from auto_tails import auto_sections
from comparers import Comparer, comparers
from hard_edits import NAMES
from hard_recall import (
    FALSE_RATE,
    Found,
    HardHashes,
    found_by,
    hash_edited,
    hash_originals,
    load,
    save,
    stranger_distances,
)
from numpy.typing import NDArray
from sources import distinct_pictures, each_distinct
from tail import STEP_BITS, Tail, fit_tail

COLLECTIONS = (1_000, 10_000, 100_000)  # images
FALSE_PER_IMAGE = 1e-3
FALSE_SIMS = tuple(round(0.01 * step, 2) for step in range(16, 36))
RATE = "a million"


def hard_sections(
    folders: Sequence[str], others: Sequence[str], kept_hashes: str | None, sscd_model: str | None
) -> Iterator[str]:
    """Yield the paragraphs on hard edits of the photographs in some folders, and on pairs of those and of others."""
    used, missing = comparers(sscd_model)
    hashes = hard_hashes(folders, others, used, kept_hashes)
    found = [found_by(comparer, hashes) for comparer in used]
    yield "## Hard edits"
    yield hard_text(hashes, missing)
    yield means_table(found)
    yield hard_table(found)
    yield from auto_sections(source.image for source in each_distinct([*folders, *others]))
    yield "## False pairs by SIM"
    ours = used[0]
    distances = stranger_distances(hashes.originals[ours.hash_name], ours)
    try:
        tail = fit_tail(distances)
    except ValueError as error:  # a handful of photographs
        yield f"Nothing was fitted: {error}."
        return
    yield false_pairs_text(len(hashes.originals[ours.hash_name]), len(distances), tail)
    yield false_pairs_table(distances, tail)
    yield largest_sims_text(tail)


def hard_hashes(
    folders: Sequence[str], others: Sequence[str], used: Sequence[Comparer], kept_hashes: str | None
) -> HardHashes:
    """Hash photographs and hard edits of some, or take the hashes from a file that keeps them, beside `kept_hashes`."""
    kept = kept_hashes and str(Path(kept_hashes).with_suffix(".hard.npz"))
    if kept and (hashes := load(kept, used)):
        return hashes
    edited = hash_edited([source.image for source in distinct_pictures(folders)], used)
    hashes = HardHashes(hash_originals((source.image for source in each_distinct([*folders, *others])), used), edited)
    if kept:
        save(kept, hashes)
    return hashes


def hard_text(hashes: HardHashes, missing: Sequence[str]) -> str:
    n_edited = len(next(iter(hashes.edited.values())))
    n_photos = len(next(iter(hashes.originals.values())))
    n_pairs = n_photos * (n_photos - 1) // 2
    allowed = int(FALSE_RATE * n_pairs)
    few = "" if allowed else "\n  There are fewer pairs than that, and with more the radius would be smaller."
    text = f"""\
{n_edited} photographs in {len(NAMES)} edits that are hard to find (benchmarks/hard_edits.py). What chance decides
there, such as where a crop lies, is decided anew for each picture.

- *Radius*: the largest distance within which lies at most one in {RATE} of the {n_pairs:,} pairs of {n_photos:,}
  different photographs, all unedited: {allowed} of them.{few}
- *Limit*: the distance that each one's makers advise, for imgcmp SIM {RECOMMENDED_SIM}.
- *False*: such pairs within either.
- *Recall*: the share of the photographs whose edited copy is within either of its original."""
    return "\n\n".join([text, *missing])


def means_table(found: Sequence[Found]) -> str:
    head = ["hash", "radius", "false", "mean recall", "limit", "false within limit", "mean recall within limit"]
    rows = []
    for one in sorted(found, key=lambda one: -one.mean):
        radius = "none" if one.radius < 0 else f"{one.radius:.3g}"
        within = ["", "", ""]
        if one.at_limit is not None:
            within = [f"{one.comparer.limit:.3g}", f"{one.n_false_at_limit}", f"{one.at_limit:.3f}"]
        rows.append([one.comparer.name, radius, one.n_false, f"{one.mean:.3f}", *within])
    return table(head, rows)


def hard_table(found: Sequence[Found]) -> str:
    """Return the recall of each edit within each one's radius."""
    rows = [[edit, *(f"{one.of_edit[edit]:.3f}" for one in found)] for edit in NAMES]
    mean = ["mean", *(f"{one.mean:.3f}" for one in found)]
    return table(["edit", *(one.comparer.name for one in found)], [*rows, mean])


def false_pairs_text(n_photos: int, n_pairs: int, tail: Tail) -> str:
    return f"""\
Of the {n_pairs:,} pairs of {n_photos:,} different photographs, unedited, {RECOMMENDED.method}, x = {RECOMMENDED.x},
views {RECOMMENDED.views}: how many are within SIM, and which share that is. *Fitted* is what a straight line through
the logarithm of the counts says (benchmarks/tail.py): it is fitted to the {tail.n_pairs} nearest pairs, those within
{tail.limit_bits} bits, where {STEP_BITS} bits more are {tail.factor:.2f} +- {tail.error:.2f} times as many pairs.
*Expected* is that share of the pairs of so many images. Beyond the {tail.limit_bits} bits there are enough pairs to
count, and they are."""


def false_pairs_table(distances: NDArray[np.generic], tail: Tail) -> str:
    rows = []
    for sim in FALSE_SIMS:
        radius = bits_of(sim)
        n_within = int(np.count_nonzero(distances <= radius))
        counted, is_fitted = n_within / len(distances), radius <= tail.limit_bits
        share = tail.share_within(radius) if is_fitted else counted
        expected = [few_or_many(share * n * (n - 1) / 2) for n in COLLECTIONS]
        cells = [f"{counted:.1e}" if n_within else "0", f"{share:.1e}" if is_fitted else ""]
        rows.append([sim, radius, f"{n_within:,}", *cells, *expected])
    names = (f"expected in {n:,}" for n in COLLECTIONS)
    return table(["SIM", "bits", "pairs", "share", "fitted", *names], rows)


def largest_sims_text(tail: Tail) -> str:
    """Tell within which SIM a collection has at most one false pair in a thousand images."""
    items = [f"- {n:,} images: {_within_fit(tail, n)}" for n in COLLECTIONS]
    return "The largest SIM at which at most one false pair in a thousand images is expected:\n\n" + "\n".join(items)


def _within_fit(tail: Tail, n_images: int) -> str:
    radius = tail.radius_for(n_images, FALSE_PER_IMAGE)
    expected = few_or_many(tail.false_pairs(n_images, radius))
    more = ", or more: so far it is fitted" if radius == tail.limit_bits else ""
    return f"{radius} bits, SIM {radius / RECOMMENDED.x**2:.3f}{more} ({expected} expected)"


def few_or_many(n_pairs: float) -> str:
    return rounded(n_pairs) if n_pairs >= 0.01 else "0.00"


def bits_of(sim: float) -> int:
    return int(sim * RECOMMENDED.x**2 + 1e-9)
