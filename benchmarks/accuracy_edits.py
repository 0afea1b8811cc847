"""The part of the accuracy page on edits of photographs, beside imagehash."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import edit_recall
import numpy as np
from accuracy_plots import plot_edits
from accuracy_settings import RECOMMENDED, table
from edit_recall import CROP_RESISTANT, FALSE_RATE, VARIANTS, Contender, Hashes, nearest_segments, recall_at
from numpy.typing import NDArray
from sources import GRID, LEAST_DETAIL, LONGER_SIDE, SAME, distinct_pictures
from viewed import square_distances

N_WITH_SEGMENTS = 24  # sources for crop_resistant_hash: 4 minutes on one core
N_SAMPLES = 12
N_VARIANTS = len(VARIANTS)
RATE = f"{1 / FALSE_RATE:,.0f}"


def edits_section(hashes: Hashes, page: Path) -> Iterator[str]:
    """Yield the paragraphs on edits of photographs; write their plot beside the page."""
    found = sorted(edit_recall.contenders(hashes), key=lambda contender: -contender.recall.mean)
    n_sources = [one.n_sources for one in found]
    yield "## Edits of photographs"
    yield description(max(n_sources), min(n_sources), hashes)
    yield contenders_table(found)
    yield plotted(found, page)
    yield "The recall of each edit:"
    yield edits_table(found)


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
    spread = recalls_of_samples(nearest_segments(hashes.segments[x]), max(2, n_with_segments // 2))
    ours = recalls_of_samples(square_distances(hashes.with_views, RECOMMENDED.kind), max(2, n_with_segments // 2))
    return f"""\
{n_sources} different pictures, shrunk to a longer side of {LONGER_SIDE}, each in {N_VARIANTS - 1} edits
(benchmarks/edits.py). Left out beforehand are images that show the same picture as an earlier one, and images that show
next to nothing. That is told by {GRID} x {GRID} greys without their blurred part: the same is a correlation of at least
{SAME}, in absolute value, of the wholes or of the same middles; next to nothing is a standard deviation below
{LEAST_DETAIL:.0f} of 255 greys.

- *A pair of different photos*: any two images, original or edited, of two sources.
- *Radius*: the largest distance within which lies at most one in {RATE} of all these pairs. Distances in whole bits
  jump: the share of false pairs may be well below that.
- *Recall of an edit*: the share of the sources whose edited image is within the radius of its original.
- *Distance with views*: that of `imgcmp.cluster`, looks and all. A pair whose looks are not alike is beyond any radius
  that matters, so that the radius is larger than without views, though more is compared.

{CROP_RESISTANT} takes 0.3 s an image: it is measured on {n_with_segments} of the {n_sources} sources, spread evenly,
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
    shown = sorted(ours, key=lambda one: (one.views != RECOMMENDED.views, -one.x)) + others
    rows = [[edit, *(f"{one.recall.of_edit[edit]:.3f}" for one in shown)] for edit in VARIANTS[1:]]
    return table(["edit", *map(label, shown)], [*rows, ["mean", *(f"{one.recall.mean:.3f}" for one in shown)]])
