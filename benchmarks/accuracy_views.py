"""The part of the accuracy page on what each view buys, and what it costs."""

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from accuracy_settings import RECOMMENDED, families, table
from hard_recall import FALSE_RATE, distances_to_edits, radius_at
from numpy.typing import NDArray
from viewed import Rows, condensed_distances, view_names_of

RATE = "a million"


class Edited(NamedTuple):
    """Photographs and their edits, shape (n_photos, 1 + n_edits) of rows, and the names of the edits."""

    rows: Rows
    names: tuple[str, ...]


class Buys(NamedTuple):
    """What some views find: their radius, the strangers within that of all views, and the recalls of each sort."""

    radius: float
    n_false: int
    nearest: int
    recalls: dict[str, NDArray[np.float64]]


def views_section(strangers: Rows, edited: Mapping[str, Edited]) -> Iterator[str]:
    """Yield the paragraphs on views, of different photographs, and of some and their edits, by sort of edit."""
    yield "### What each view buys and costs"
    yield f"""\
Each row leaves out some views. *Recall* is the mean over the edits at one false pair in {RATE}, each time with the
radius of the views that are left; *most lost* are the edits that suffer most. What views cost: *false pairs* are those
within the radius that all views have, *nearest* is how near the nearest two different photographs come."""
    yield views_table(strangers, edited)


def views_table(strangers: Rows, edited: Mapping[str, Edited]) -> str:
    every = bought(strangers, edited, (), None)
    every_view = range(len(view_names_of(RECOMMENDED.kind)))
    rows = [row_of("all", len(every_view), every, every, edited)]
    rows.append(row_of("none", 0, bought(strangers, edited, every_view, every.radius), every, edited))
    for name, numbers in families().items():
        found = bought(strangers, edited, numbers, every.radius)
        rows.append(row_of(f"all but {name}", len(numbers), found, every, edited))
    recalls = [f"recall, {name}" for name in edited]
    return table(["views", "number", *recalls, "most lost", "radius", "false pairs", "nearest"], rows)


def bought(
    strangers: Rows, edited: Mapping[str, Edited], without: Collection[int], radius_of_all: float | None
) -> Buys:
    """Measure what is found without some views."""
    condensed = partial(condensed_distances, kind=RECOMMENDED.kind, without=without)
    distances = condensed(strangers)
    radius = radius_at(distances, FALSE_RATE)
    n_false = int(np.count_nonzero(distances <= (radius if radius_of_all is None else radius_of_all)))
    recalls = {name: np.mean(distances_to_edits(of.rows, condensed) <= radius, axis=0) for name, of in edited.items()}
    return Buys(radius, n_false, int(distances.min()), recalls)


def row_of(name: str, n_views: int, found: Buys, every: Buys, edited: Mapping[str, Edited]) -> list[object]:
    means = [f"{recalls.mean():.4f}" for recalls in found.recalls.values()]
    lost = most_lost(found, every, edited)
    return [name, n_views, *means, lost, f"{found.radius:.0f}", found.n_false, found.nearest]


def most_lost(found: Buys, every: Buys, edited: Mapping[str, Edited], most: int = 2) -> str:
    """Return the edits that are found less often than with all views, the most so first, and how often."""
    losses = []
    for sort, of in edited.items():
        was, is_now = every.recalls[sort].tolist(), found.recalls[sort].tolist()
        losses += [(b - a, f"{name}: {b:.3f} to {a:.3f}") for name, b, a in zip(of.names, was, is_now, strict=True)]
    worst = sorted((loss for loss in losses if loss[0] >= 0.005), reverse=True)[:most]
    return "; ".join(text for _, text in worst)
