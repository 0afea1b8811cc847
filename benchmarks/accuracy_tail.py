"""The part of the accuracy page on false pairs by SIM: those that were counted, and those to be expected."""

from collections.abc import Iterator, Mapping

import numpy as np
from accuracy_settings import RECOMMENDED, rounded, table
from numpy.typing import NDArray
from tail import STEP_BITS, Tail, fit_tail

from imgcmp.fingerprints.view_layout import Bounds

COLLECTIONS = (1_000, 10_000, 100_000)  # images
FALSE_PER_IMAGE = 1e-3
FALSE_SIMS = tuple(round(0.01 * step, 2) for step in range(16, 36))

Distances = NDArray[np.generic]


def tail_section(n_photos: int, strangers: Distances, to_edits: Mapping[str, Distances]) -> Iterator[str]:
    """Yield the paragraphs on false pairs.

    Parameters
    ----------
    n_photos : int
        Different photographs.
    strangers : ndarray, shape (n_pairs,)
        The distances of all pairs of them.
    to_edits : mapping of ndarray
        The distances of photographs to their edits, by what sort of edits these are.
    """
    yield "## False pairs by SIM"
    doubtful = Bounds.of(RECOMMENDED.x**2).doubtful
    try:
        tail = fit_tail(strangers, most_bits=doubtful)
    except ValueError as error:  # a handful of photographs
        yield f"Nothing was fitted: {error}."
        return
    yield false_pairs_text(n_photos, len(strangers), tail, doubtful)
    yield false_pairs_table(strangers, tail, to_edits)
    yield largest_sims_text(tail, to_edits)


def false_pairs_text(n_photos: int, n_pairs: int, tail: Tail, doubtful: int) -> str:
    return f"""\
Of the {n_pairs:,} pairs of {n_photos:,} different photographs, unedited, {RECOMMENDED.method}, x = {RECOMMENDED.x},
views {RECOMMENDED.views}: how many are within SIM, and which share that is. *Fitted* is what a straight line through
the logarithm of the counts says (benchmarks/tail.py): it is fitted to the {tail.n_pairs} nearest pairs, those within
{tail.limit_bits} bits, where {STEP_BITS} bits more are {tail.factor:.2f} +- {tail.error:.2f} times as many pairs.
*Expected* is that share of the pairs of so many images. Up to {doubtful} bits pairs count only if their looks are
alike, beyond them all do. The last columns are the recall of the edits of the tables above, in the mean.

These are photographs of all sorts. In a collection of one sort, shot after shot of one scene or thing on white, more
pairs look alike, and other shots of one scene come on top: they are no copies, and left out here. What is within SIM is
not yet joined: in average linkage an image joins a group only if it is within SIM of its members in the mean."""


def false_pairs_table(strangers: Distances, tail: Tail, to_edits: Mapping[str, Distances]) -> str:
    rows = []
    for sim in FALSE_SIMS:
        radius = bits_of(sim)
        n_within = int(np.count_nonzero(strangers <= radius))
        counted, is_fitted = n_within / len(strangers), radius <= tail.limit_bits
        share = tail.share_within(radius) if is_fitted else counted
        expected = [few_or_many(share * n * (n - 1) / 2) for n in COLLECTIONS]
        cells = [f"{counted:.1e}" if n_within else "0", f"{share:.1e}" if is_fitted else ""]
        recalls = [f"{np.mean(distances <= radius):.3f}" for distances in to_edits.values()]
        rows.append([sim, radius, f"{n_within:,}", *cells, *expected, *recalls])
    names = (f"expected in {n:,}" for n in COLLECTIONS)
    return table(["SIM", "bits", "pairs", "share", "fitted", *names, *to_edits], rows)


def largest_sims_text(tail: Tail, to_edits: Mapping[str, Distances]) -> str:
    """Tell within which SIM a collection has at most one false pair in a thousand images."""
    items = [f"- {n:,} images: {_within_fit(tail, n, to_edits)}" for n in COLLECTIONS]
    return "The largest SIM at which at most one false pair in a thousand images is expected:\n\n" + "\n".join(items)


def _within_fit(tail: Tail, n_images: int, to_edits: Mapping[str, Distances]) -> str:
    radius = tail.radius_for(n_images, FALSE_PER_IMAGE)
    expected = few_or_many(tail.false_pairs(n_images, radius))
    more = ", or more: so far it is fitted" if radius == tail.limit_bits else ""
    recalls = ", ".join(f"{np.mean(distances <= radius):.3f} of the {name}" for name, distances in to_edits.items())
    return f"{radius} bits, SIM {radius / RECOMMENDED.x**2:.3f}{more} ({expected} expected), with {recalls}"


def few_or_many(n_pairs: float) -> str:
    return rounded(n_pairs) if n_pairs >= 0.01 else "0.00"


def bits_of(sim: float) -> int:
    return int(sim * RECOMMENDED.x**2 + 1e-9)
