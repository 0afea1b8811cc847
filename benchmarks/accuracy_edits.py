"""The part of the accuracy page on edits of photographs."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import edit_recall
import numpy as np
from accuracy_labelled import left_out
from accuracy_plots import plot_edits
from accuracy_settings import N_VIEWS, RECOMMENDED, RECOMMENDED_SIM, SIDES, TABLE_SIMS, families, table, view_numbers
from edit_recall import (
    CROP_RESISTANT,
    FALSE_RATE,
    VARIANTS,
    Contender,
    Hashes,
    Recall,
    nearest_segments,
    one_view_distances,
    pairs_of_different,
    recall_at,
    view_distances,
)
from numpy.typing import NDArray
from sources import GRID, LEAST_DETAIL, LONGER_SIDE, SAME, distinct_pictures

N_WITH_SEGMENTS = 48  # sources for crop_resistant_hash: 5 minutes
N_SAMPLES = 12
COLLECTIONS = (1_000, 10_000, 100_000)  # images
FALSE_PER_IMAGE = 0.01
N_VARIANTS = len(VARIANTS)
RATE = f"{1 / FALSE_RATE:,.0f}"


def edits_section(folders: Sequence[str], page: Path, kept_hashes: str | None) -> Iterator[str]:
    """Yield the paragraphs on edits of the photographs in some folders; write their plot beside the page."""
    hashes = hashes_of(folders, kept_hashes)
    found = sorted(edit_recall.contenders(hashes, N_VIEWS), key=lambda contender: -contender.recall.mean)
    n_sources = [one.n_sources for one in found]
    yield "## Edits of photographs"
    yield description(max(n_sources), min(n_sources), hashes)
    yield contenders_table(found)
    yield plotted(found, page)
    yield "The recall of each edit:"
    yield edits_table(found)
    yield "### SIM, and how large the collection is"
    measured = {x: rates_over_sim(hashes.words[RECOMMENDED.method, x], x) for x in SIDES}
    yield sims_text(max(n_sources))
    yield f"{RECOMMENDED.method}, x = {RECOMMENDED.x}, all views:"
    yield sims_table(measured[RECOMMENDED.x], COLLECTIONS)
    yield collections_text(measured[RECOMMENDED.x])
    for x in SIDES:
        if x != RECOMMENDED.x:
            yield f"{RECOMMENDED.method}, x = {x}, all views:"
            yield sims_table(measured[x], ())
    yield "### What each view buys and costs"
    yield views_text()
    yield views_table(hashes)


def hashes_of(folders: Sequence[str], kept_hashes: str | None) -> Hashes:
    """Hash the photographs and their edits, or take the hashes from a file that keeps them."""
    if kept_hashes and os.path.exists(kept_hashes):
        return edit_recall.load(kept_hashes)
    hashes = edit_recall.hash_all([source.image for source in distinct_pictures(folders)], N_WITH_SEGMENTS)
    if kept_hashes:
        edit_recall.save(kept_hashes, hashes)
    return hashes


def description(n_sources: int, n_with_segments: int, hashes: Hashes) -> str:
    x = RECOMMENDED.x
    spread = recalls_of_samples(nearest_segments(hashes.segments[x]), n_with_segments // 2)
    words = hashes.words[RECOMMENDED.method, x]
    ours = recalls_of_samples(view_distances(words, view_numbers("all")), n_with_segments // 2)
    return f"""\
{n_sources} different pictures, shrunk to a longer side of {LONGER_SIDE}, each in {N_VARIANTS - 1} edits
(benchmarks/edits.py). Left out beforehand are images that show the same picture as an earlier one, and images that show
next to nothing. That is told by {GRID} x {GRID} greys without their blurred part: the same is a correlation of at least
{SAME}, in absolute value, of the wholes or of the same middles; next to nothing is a standard deviation below
{LEAST_DETAIL:.0f} of 255 greys.

The views are made for edits such as these: each of the crops among the edits is near a view, and the middle without
30 % is both.

- *A pair of different photos*: any two images, original or edited, of two sources.
- *Radius*: the largest distance within which lies at most one in {RATE} of all these pairs. Distances in whole bits
  jump: the share of false pairs may be well below that.
- *Recall of an edit*: the share of the sources whose edited image is within the radius of its original.
- *Distance with views*: the smallest Hamming distance between the whole of one and the whole or any view of the other.

{CROP_RESISTANT} takes 0.2 s an image: it is measured on {n_with_segments} of the {n_sources} sources, spread evenly,
once by its own difference `a - b` (the smaller of both directions), once by the distance of the nearest two segments.
So few sources say little of it: on random halves of them, {n_with_segments // 2} sources, the mean recall by the
nearest segments (x = {x}) is anything from {spread[0]:.2f} to {spread[1]:.2f}; that of imgcmp with all views, on as
many of all sources, {ours[0]:.2f} to {ours[1]:.2f}. So its rows are no ranking against those measured on all sources.
The plot and the table by edit have each peer at the x, and the distance, that find most."""


def recalls_of_samples(distances: NDArray[np.uint16], n_sampled: int) -> tuple[float, float]:
    """Return the lowest and the highest mean recall on N_SAMPLES random samples of the sources."""
    means = []
    for seed in range(N_SAMPLES):
        chosen = np.random.default_rng(seed).choice(len(distances) // N_VARIANTS, n_sampled, replace=False)
        rows = (np.sort(chosen)[:, np.newaxis] * N_VARIANTS + np.arange(N_VARIANTS)).ravel()
        means.append(recall_at(distances[np.ix_(rows, rows)], N_VARIANTS).mean)
    return min(means), max(means)


def contenders_table(found: Sequence[Contender]) -> str:
    head = ["hash", "x", "views", "sources", "radius", "of the bits", "false pairs", "mean recall"]
    rows = []
    for name, x, views, n_sources, recall in found:
        radius = "none" if recall.radius < 0 else f"{recall.radius:.3g}"
        share = "" if name.endswith("a - b") or recall.radius < 0 else f"{recall.radius / x**2:.3f}"
        rows.append([name, x, views, n_sources, radius, share, f"{recall.false_rate:.1e}", f"{recall.mean:.3f}"])
    return table(head, rows)


def plotted(found: Sequence[Contender], page: Path) -> str:
    """Plot the recall of each edit; return the link to the plot."""
    plot = page.with_name(f"{page.stem}-edits.png")
    shown = {label(contender): contender.recall.of_edit for contender in compared(found)}
    plot_edits(str(plot), shown, f"Recall of edits at one false pair in {RATE}")
    return f"![Recall of each edit, of imgcmp with all views, and of the peers]({plot.name})"


def compared(found: Sequence[Contender]) -> list[Contender]:
    """Return ours as recommended, and each peer at the x that finds most: what is plotted and tabled by edit."""
    ours = [one for one in found if one.name == f"imgcmp {RECOMMENDED.method}" and one.views == RECOMMENDED.views]
    first = [one for one in ours if one.x == RECOMMENDED.x]
    peers: dict[str, Contender] = {}
    for one in found:  # the best first
        if one.name.startswith("imagehash"):
            peers.setdefault(one.name.partition(",")[0], one)
    return first + list(peers.values())


def label(contender: Contender) -> str:
    views = f", views {contender.views}" if contender.views else ""
    sources = f" ({contender.n_sources} sources)" if contender.name.startswith(CROP_RESISTANT) else ""
    return f"{contender.name.partition(',')[0]}, x = {contender.x}{views}{sources}"


def edits_table(found: Sequence[Contender]) -> str:
    ours = [one for one in found if one.name == f"imgcmp {RECOMMENDED.method}"]
    others = [one for one in compared(found) if one not in ours]
    shown = sorted(ours, key=lambda one: (list(N_VIEWS).index(one.views), one.x)) + others
    rows = [[edit, *(f"{one.recall.of_edit[edit]:.3f}" for one in shown)] for edit in VARIANTS[1:]]
    return table(["edit", *map(label, shown)], [*rows, ["mean", *(f"{one.recall.mean:.3f}" for one in shown)]])


class Rates(NamedTuple):
    """What lies within a SIM."""

    recall: float  # mean over the edits
    false_rate: float  # of the pairs of different photos, each original or edited
    n_photos: int  # pairs of photos that these are of
    n_originals: int  # pairs of photos of which the originals are within SIM


def rates_over_sim(words: NDArray[np.uint64], x: int) -> dict[float, Rates]:
    """Return by SIM what is found, and what is found that is false, with all views."""
    distances = view_distances(words, view_numbers("all"))
    different = pairs_of_different(distances, N_VARIANTS)
    of_originals = edit_recall.distances_to_originals(distances, N_VARIANTS)
    originals = pairs_of_different(distances[::N_VARIANTS, ::N_VARIANTS], 1)
    nearest = pairs_of_different(nearest_of_photos(distances), 1)
    rates = {}
    for sim in TABLE_SIMS:
        radius = int(sim * x * x + 1e-9)
        shares = float(np.mean(of_originals <= radius)), float(np.mean(different <= radius))
        rates[sim] = Rates(*shares, *(int(np.count_nonzero(found <= radius)) for found in (nearest, originals)))
    return rates


def nearest_of_photos(distances: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return how near any image of one photo comes to any of another, shape (n_sources, n_sources)."""
    starts = np.arange(0, len(distances), N_VARIANTS)
    return np.minimum.reduceat(np.minimum.reduceat(distances, starts, axis=0), starts, axis=1)


def expected_pairs(false_rate: float, n_images: int) -> float:
    return false_rate * n_images * (n_images - 1) / 2


def largest_collection(false_rate: float) -> float:
    """Return of how many images FALSE_PER_IMAGE times as many pairs are false."""
    return 2 * FALSE_PER_IMAGE / false_rate + 1


def sims_text(n_sources: int) -> str:
    n_photo_pairs = n_sources * (n_sources - 1) // 2
    return f"""\
What is within SIM, with all views. *Recall of edits*: of the edited images the share within SIM of their original.
*False pairs*: of the pairs of different photos, each original or edited, the share within SIM.
*Photos*: of how many of the {n_photo_pairs:,} pairs of photos any such pair is; *originals*: of how many the two
originals are within SIM.

Among n images are n * (n - 1) / 2 pairs, of which that share is to be expected to look alike without being copies:
*expected* in so many images. Ten times the images have a hundred times as many false pairs, but only ten times as many
copies: therefore SIM must be smaller in a large collection. *1 in 100*: of how many images on there is more than one
false pair for 100 images."""


def sims_table(measured: Mapping[float, Rates], collections: Sequence[int]) -> str:
    rows = []
    for sim, rates in measured.items():
        share = f"{rates.false_rate:.1e}" if rates.false_rate else "0"
        expected = [rounded(expected_pairs(rates.false_rate, n)) for n in collections]
        largest = rounded(round(largest_collection(rates.false_rate))) if rates.false_rate else ""
        rows.append([sim, f"{rates.recall:.3f}", share, rates.n_photos, rates.n_originals, *expected, largest])
    expected = [f"expected in {n:,}" for n in collections]
    return table(["SIM", "recall of edits", "false pairs", "photos", "originals", *expected, "1 in 100"], rows)


def rounded(number: float) -> str:
    """Return a number of two digits."""
    digits = 1 - int(np.floor(np.log10(number))) if number and (number != round(number) or number >= 10) else 0
    return f"{round(number, digits):,.{max(digits, 0)}f}"


def collections_text(measured: Mapping[float, Rates]) -> str:
    """Tell which SIM is for how many images."""
    items = []
    for n in COLLECTIONS:
        sims = [sim for sim, rates in measured.items() if expected_pairs(rates.false_rate, n) <= FALSE_PER_IMAGE * n]
        if sims:
            at = measured[max(sims)]
            n_false = rounded(expected_pairs(at.false_rate, n))
            items.append(
                f"- {n:,} images: SIM {max(sims)}, with {at.recall:.3f} of the edits and {n_false} false pairs"
            )
    chosen, few = measured[RECOMMENDED_SIM], COLLECTIONS[0]
    largest = rounded(round(largest_collection(chosen.false_rate)))
    false = rounded(expected_pairs(chosen.false_rate, few))
    listed = "\n".join(items)
    return f"""\
The largest SIM of the table at which at most one false pair for 100 images is to be expected:

{listed}

README.md's advice on how large the collection is follows from this. SIM {RECOMMENDED_SIM} finds {chosen.recall:.3f} of
the edits, but gives more than one false pair for 100 images from {largest} images on:
{false} are to be expected among {few:,}.

The rates are those of these pictures, and each edit counts as an image of its own. Small rates come from few pairs of
photos, and tell no more than the order of magnitude; 0 is none of those measured, not never. Other shots of one scene
are left out here: they come on top. What is within SIM is not yet joined: in average linkage an image joins a group
only if it is within SIM of its members in the mean."""


def views_text() -> str:
    x = RECOMMENDED.x
    return f"""\
Each row leaves out some views. *Recall* is the mean over the edits at one false pair in {RATE}, and *most lost* the
edit that suffers most. What views cost: *false pairs* is their share within the radius that all views have, *nearest*
how near the nearest two different photos come, and *radius* that at one false pair in {RATE}, in bits;
these at x = {x}."""


def views_table(hashes: Hashes) -> str:
    measured = {x: without_families(hashes.words[RECOMMENDED.method, x]) for x in SIDES}
    rows = []
    every = measured[RECOMMENDED.x]["all"][0]
    for name, n_views, _ in left_out(families()):
        recall, different = measured[RECOMMENDED.x][name]
        n_false = f"{np.mean(different <= every.radius):.1e}"
        recalls = [f"{measured[x][name][0].mean:.3f}" for x in SIDES]
        rows.append(
            [name, n_views, *recalls, most_lost(every, recall), n_false, int(different.min()), f"{recall.radius:.0f}"]
        )
    recalls = [f"recall, x = {x}" for x in SIDES]
    return table(["views", "number", *recalls, "most lost", "false pairs", "nearest", "radius"], rows)


def most_lost(every: Recall, recall: Recall) -> str:
    losses = {edit: every.of_edit[edit] - found for edit, found in recall.of_edit.items()}
    edit = max(losses, key=losses.__getitem__)
    return f"{edit}: {every.of_edit[edit]:.3f} to {recall.of_edit[edit]:.3f}" if losses[edit] >= 0.005 else ""


def without_families(words: NDArray[np.uint64]) -> dict[str, tuple[Recall, NDArray[np.uint16]]]:
    """Return what is found, and the distances of different photos, with all views, none, and all but each family."""
    by_family = {name: smallest([one_view_distances(words, view) for view in of]) for name, of in families().items()}
    whole = view_distances(words, ())
    measured = {}
    for name, _, _ in left_out(families()):
        used = [found for family, found in by_family.items() if name != f"all but {family}" and name != "none"]
        distances = smallest([whole, *used])
        measured[name] = recall_at(distances, N_VARIANTS), pairs_of_different(distances, N_VARIANTS)
    return measured


def smallest(distances: Sequence[NDArray[np.uint16]]) -> NDArray[np.uint16]:
    found = distances[0].copy()
    for others in distances[1:]:
        np.minimum(found, others, out=found)
    return found
