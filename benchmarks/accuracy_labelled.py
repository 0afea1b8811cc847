"""The part of the accuracy page on a labelled folder."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from accuracy_plots import plot_sims
from accuracy_settings import (
    LINKAGES,
    METHODS,
    N_VIEWS,
    RECOMMENDED,
    RECOMMENDED_SIM,
    SIDES,
    SIMS,
    TABLE_SIMS,
    Setting,
    families,
    table,
    view_numbers,
)
from edit_recall import view_distances
from labelled import (
    ALONE,
    COPIES,
    SAME_SCENE,
    Labelled,
    Score,
    all_words,
    check_clusters,
    cut,
    read_truth,
    recall_of_kinds,
    score_all,
    score_copies,
    score_kinds,
    score_labelled,
    tree,
)
from numpy.typing import NDArray

import imgcmp

WANTED_PRECISION, WANTED_RECALL = 0.995, 0.98
FIGURE_SIMS = (RECOMMENDED_SIM, 0.25)
CROPS, CROP_SIMS = ("crop_mild", "crop_strong"), (0.1, 0.2, 0.3)

Truth = dict[str, Labelled]
Words = dict[str, NDArray[np.uint64]]  # by file, shape (1 + n_views, n_words)
Label = dict[str, object]


def labelled_section(folder: str, page: Path) -> Iterator[str]:
    """Yield the paragraphs on a labelled folder; write their plot beside the page."""
    truth = read_truth(folder)
    words = {(method, x): all_words(truth, method, x) for method in METHODS for x in SIDES}
    scores = {
        setting: {sim: score_copies(truth, label) for sim, label in labels_over_sim(truth, words, setting)}
        for setting in all_settings()
    }
    check_all_clusters(words)
    yield "## A labelled folder"
    yield description(truth)
    yield f"### The recommended setting: {named(RECOMMENDED)}"
    yield figures_text(truth)
    yield figures_table(truth, words)
    yield crops_text()
    yield crops_table(truth, words)
    yield "### All settings"
    yield settings_text()
    yield settings_table(scores)
    yield plotted(scores, page)
    yield "### SIM by SIM"
    yield sims_text()
    for x in SIDES:
        setting = RECOMMENDED._replace(x=x)
        yield f"{named(setting)}:"
        yield sims_table(truth, labels_over_sim(truth, words, setting))
    yield "### What each view buys and costs here"
    yield views_text()
    yield views_table(truth, words[RECOMMENDED.method, RECOMMENDED.x])


def check_all_clusters(words: Mapping[tuple[str, int], Words]) -> None:
    """Check that imgcmp.cluster makes the clusters that are measured."""
    for x in SIDES:
        stacked = np.array(list(words[RECOMMENDED.method, x].values()))
        distances = view_distances(stacked, view_numbers(RECOMMENDED.views))
        check_clusters(stacked, distances, x * x, sorted({*TABLE_SIMS, RECOMMENDED_SIM}))


def named(setting: Setting) -> str:
    return f"{setting.method}, x = {setting.x}, views {setting.views}, {setting.linkage} linkage"


def all_settings() -> Iterator[Setting]:
    for method in METHODS:
        for x in SIDES:
            for linkage in LINKAGES:
                for views in N_VIEWS:
                    yield Setting(method, x, views, linkage)


def labels_over_sim(truth: Truth, words: Mapping[tuple[str, int], Words], setting: Setting) -> Iterator[tuple]:
    """Cluster the images of a labelled folder; yield each SIM and the label of each file."""
    found = words[setting.method, setting.x]
    numbers = view_numbers(setting.views)
    stacked = np.array(list(found.values()))[:, : 1 + len(numbers)]
    heights = tree(stacked, view_distances(stacked, numbers), setting.linkage)
    for sim in SIMS:
        yield sim, labels_at(truth, found, heights, sim, setting.x)


def labels_at(truth: Truth, words: Words, heights: NDArray[np.float64], sim: float, x: int) -> Label:
    """Return the cluster of each file at SIM; one that could not be read is its own label."""
    alone: Label = {file: file for file in truth}
    return alone | dict(zip(words, cut(heights, sim, x * x).tolist(), strict=True))


def description(truth: Truth) -> str:
    n_groups = len({image.group for image in truth.values()})
    kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(image.kind for image in truth.values()).most_common())
    sides = " and ".join(map(str, SIDES))
    return f"""\
{len(truth)} images in {n_groups} groups: {kinds}.

The clusters of the tables by setting are scipy's, of the distances with views. `imgcmp.cluster` makes the same ones:
this script stops unless it does, with {RECOMMENDED.method}, views {RECOMMENDED.views} and x = {sides}, in all four
linkages, at each SIM of the tables by SIM."""


def figures_text(truth: Truth) -> str:
    n_compared = sum(image.kind in COPIES + ALONE for image in truth.values())
    return f"""\
Precision and recall are over pairs of images, those of `imgcmp.cluster`.

- *As labelled*: the pairs among the {n_compared} images of the kinds
  {", ".join(COPIES)}, and of those without copies, {" and ".join(ALONE)}.
  A pair is wanted if both are in one group of manifest.csv, and wrong otherwise.
  Of some scenes the folder has two exposures, far apart, and copies of both, all in one group: as labelled a copy of
  the dark one and a copy of the bright one are wanted together.
- *By shot*: the same, but a copy of an exposure belongs with the shot whose bytes it has. Two shots of a scene are
  neither right nor wrong; and every pair of two groups is wrong, whatever its kinds.
- *Shots*: pairs of {SAME_SCENE[0]} images of one group, and of exposures of one scene. These are other photographs, not
  copies: to find them is not the aim."""


def figures_table(truth: Truth, words: Mapping[tuple[str, int], Words]) -> str:
    """Return a table of what the recommended setting finds, at its SIM and at a lower one."""
    rows = []
    for sim in FIGURE_SIMS:
        label = cluster_labels(truth, words[RECOMMENDED.method, RECOMMENDED.x], RECOMMENDED, sim)
        scores = {
            "copies, as labelled": score_labelled(truth, label),
            "copies, by shot": score_copies(truth, label),
            "shots, bursts": score_kinds(truth, label, SAME_SCENE[:1]),
            "shots, exposures": score_kinds(truth, label, SAME_SCENE[1:]),
        }
        rows += [[sim, name, *cells_of(score)] for name, score in scores.items()]
    return table(["SIM", "pairs", "wanted", "found", "wrong", "precision", "recall"], rows)


def cells_of(score: Score) -> list[object]:
    return [score.wanted, score.right, score.wrong, f"{score.precision:.4f}", f"{score.recall:.4f}"]


def cluster_labels(truth: Truth, words: Words, setting: Setting, sim: float) -> Label:
    """Return the cluster of each file, as imgcmp.cluster makes them; one that could not be read is its own label."""
    stacked = np.array(list(words.values()))[:, : 1 + N_VIEWS[setting.views]]
    whole, views = np.ascontiguousarray(stacked[:, 0]), np.ascontiguousarray(stacked[:, 1:])
    n_bits = setting.x**2
    some = views if views.shape[1] else None
    labels = imgcmp.cluster(whole, sim, n_bits=n_bits, views=some, linkage=setting.linkage)
    alone: Label = {file: file for file in truth}
    return alone | dict(zip(words, labels.tolist(), strict=True))


def crops_text() -> str:
    return f"""\
Of the cropped images ({" and ".join(CROPS)}) so many are in one cluster with their original, with and
without views, in {RECOMMENDED.linkage} linkage:"""


def crops_table(truth: Truth, words: Mapping[tuple[str, int], Words]) -> str:
    rows = []
    for x in SIDES:
        for views in ("none", RECOMMENDED.views):
            setting = RECOMMENDED._replace(x=x, views=views)
            cells = []
            for sim in CROP_SIMS:
                label = cluster_labels(truth, words[setting.method, x], setting, sim)
                kinds = recall_of_kinds(truth, label)
                hits, all_ = (sum(kinds.get(kind, (0, 0))[part] for kind in CROPS) for part in (0, 1))
                cells.append(f"{hits}/{all_}")
            rows.append([x, views, *cells])
    return table(["x", "views", *(f"SIM {sim}" for sim in CROP_SIMS)], rows)


def settings_text() -> str:
    return f"""\
For each setting the best recall of copies *by shot* at a precision of at least {WANTED_PRECISION}, and in brackets the
SIMs at which it is at least {WANTED_RECALL} with that precision. The plot shows the same copies."""


def sims_text() -> str:
    return """\
Copies as labelled and by shot, as above; *all pairs* are those of all kinds, shots of a scene among them. Under each
kind is how many of its images are in one cluster with their original."""


def settings_table(scores: Mapping[Setting, Mapping[float, Score]]) -> str:
    head = ["method", "x", "linkage", *(f"views {views}" for views in N_VIEWS)]
    rows = [
        [
            setting.method,
            setting.x,
            setting.linkage,
            *(best(scores[setting._replace(views=views)]) for views in N_VIEWS),
        ]
        for setting in scores
        if setting.views == "none"
    ]
    return table(head, rows)


def best(scores: Mapping[float, Score]) -> str:
    """Return the best recall at the wanted precision, and the SIMs that reach the wanted recall, too."""
    precise = {sim: score.recall for sim, score in scores.items() if score.precision >= WANTED_PRECISION}
    if not precise:
        return "-"
    sims = [sim for sim, recall in precise.items() if recall >= WANTED_RECALL]
    return f"{max(precise.values()):.3f}" + (f" ({min(sims)} to {max(sims)})" if sims else "")


def plotted(scores: Mapping[Setting, Mapping[float, Score]], page: Path) -> str:
    """Plot precision and recall over SIM; return the link to the plot."""
    plot = page.with_name(f"{page.stem}-sim.png")
    curves = {
        x: {
            views: [(sim, score.precision, score.recall) for sim, score in scores[setting].items()]
            for views, setting in ((views, RECOMMENDED._replace(x=x, views=views)) for views in N_VIEWS)
        }
        for x in SIDES
    }
    plot_sims(str(plot), curves, f"Copies in a labelled folder: {RECOMMENDED.method}, {RECOMMENDED.linkage} linkage")
    return f"![Precision and recall over SIM, for x = 8 and 16, without views, with crops, and with all]({plot.name})"


def sims_table(truth: Truth, labels: Iterable[tuple[float, Label]]) -> str:
    """Return a table of what is found at some SIMs, and how many of each kind are with their original."""
    rows, kinds = [], {}
    for sim, label in labels:
        if sim in TABLE_SIMS:
            scores = [score_of(truth, label) for score_of in (score_labelled, score_copies, score_all)]
            kinds = recall_of_kinds(truth, label)
            cells = [cell for score in scores for cell in (score.precision, score.recall)]
            found = [f"{hits}/{all_}" for hits, all_ in kinds.values()]
            rows.append([sim, *(f"{cell:.3f}" for cell in cells), *found])
    names = ("as labelled", "by shot", "all pairs")
    head = ["SIM", *(cell for name in names for cell in (f"{name}: precision", "recall")), *kinds]
    return table(head, rows)


def views_text() -> str:
    return f"""\
With {RECOMMENDED.method}, x = {RECOMMENDED.x}, {RECOMMENDED.linkage} linkage and SIM {RECOMMENDED_SIM}: the pairs of
copies whose own distance is within SIM; those that are found, that is in one cluster; and how near the nearest two
images of different groups come, in bits. A view that buys nothing here may be needed for the edits."""


def views_table(truth: Truth, words: Words) -> str:
    """Return a table of what is lost, and how much farther different images are, without each family of views."""
    files, stacked = list(words), np.array(list(words.values()))
    n_bits = RECOMMENDED.x**2
    copies, different = pair_masks([truth[file] for file in files])

    def measured(numbers: list[int]) -> tuple[int, int, int]:
        distances = view_distances(stacked, numbers)
        heights = tree(stacked[:, [0, *numbers]], distances, RECOMMENDED.linkage)
        score = score_copies(truth, labels_at(truth, words, heights, RECOMMENDED_SIM, RECOMMENDED.x))
        near = np.count_nonzero(copies & (distances <= RECOMMENDED_SIM * n_bits)) // 2
        return near, score.right, int(distances[different].min())

    rows = [[name, n_views, *measured(numbers)] for name, n_views, numbers in left_out(families())]
    return table(["views", "number", "pairs of copies within SIM", "pairs found", "nearest two groups"], rows)


def left_out(of: Mapping[str, list[int]]) -> Iterator[tuple[str, int, list[int]]]:
    """Yield a name, how many views it stands for, and the numbers of the views to use: all, none, all but a family."""
    every = [number for numbers in of.values() for number in numbers]
    yield "all", len(every), every
    yield "none", 0, []
    for name, numbers in of.items():
        yield f"all but {name}", len(numbers), [number for number in every if number not in numbers]


def pair_masks(images: list[Labelled]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pairs are copies of each other, and which are of different groups; shape (n_images, n_images)."""

    def equal(value_of: Callable[[Labelled], str]) -> NDArray[np.bool_]:
        values = np.unique([value_of(image) for image in images], return_inverse=True)[1]
        return np.asarray(values[:, np.newaxis] == values)

    is_copy = np.array([image.kind in COPIES for image in images])
    copies = equal(lambda image: image.copies) & is_copy & is_copy[:, np.newaxis]
    np.fill_diagonal(copies, val=False)
    return copies, ~equal(lambda image: image.group)
