"""The part of the accuracy page on a labelled folder."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from accuracy_plots import plot_sims
from accuracy_settings import (
    LINKAGES,
    METHODS,
    RECOMMENDED,
    RECOMMENDED_SIM,
    SIDES,
    SIMS,
    TABLE_SIMS,
    VIEWS,
    Setting,
    families,
    table,
)
from labelled import (
    ALONE,
    COPIES,
    SAME_SCENE,
    Labelled,
    Score,
    all_rows,
    check_clusters,
    cut,
    label_of_files,
    read_truth,
    recall_of_kinds,
    score_all,
    score_copies,
    score_kinds,
    score_labelled,
    tree,
)
from numpy.typing import NDArray
from viewed import Rows, compared, condensed_distances, squared, view_names_of

import imgcmp
from imgcmp.results.clusters import Cluster
from imgcmp.results.relation_names import BEST, RELATIONS

WANTED_PRECISION, WANTED_RECALL = 0.995, 0.98
FIGURE_SIMS = (RECOMMENDED_SIM, 0.25)
CROPS, CROP_SIMS = ("crop_mild", "crop_strong"), (0.1, 0.2, 0.3)

Truth = dict[str, Labelled]
Label = dict[str, object]


class Read(NamedTuple):
    """The files that can be read, and what is kept of each, with all views."""

    files: list[str]
    rows: Rows


def labelled_section(folder: str, page: Path) -> Iterator[str]:
    """Yield the paragraphs on a labelled folder; write their plot beside the page."""
    truth = read_truth(folder)
    read = {
        (method, x): Read(*all_rows(list(truth), Setting(method, x, "all", "").kind))
        for method in METHODS
        for x in SIDES
    }
    scores = {
        setting: {sim: score_copies(truth, label) for sim, label in labels_over_sim(truth, read, setting)}
        for setting in all_settings()
    }
    check_all_clusters(read)
    found = imgcmp.find_duplicates(list(truth)).groups
    yield "## A labelled folder"
    yield description(truth)
    yield "### At the defaults"
    yield figures_text(truth)
    yield figures_table(truth, read, found)
    yield relations_text()
    yield relations_table(truth, found)
    yield f"### By settings: {named(RECOMMENDED)}, and others"
    yield crops_text()
    yield crops_table(truth, read)
    yield settings_text()
    yield settings_table(scores)
    yield plotted(scores, page)
    yield "### SIM by SIM"
    yield sims_text()
    for x in SIDES:
        setting = RECOMMENDED._replace(x=x)
        yield f"{named(setting)}:"
        yield sims_table(truth, labels_over_sim(truth, read, setting))
    yield "### What each view buys and costs here"
    yield views_text()
    yield views_table(truth, read[RECOMMENDED.method, RECOMMENDED.x])


def check_all_clusters(read: Mapping[tuple[str, int], Read]) -> None:
    """Check that imgcmp.cluster makes the clusters that are measured."""
    for x in SIDES:
        kind, rows = RECOMMENDED._replace(x=x).kind, read[RECOMMENDED.method, x].rows
        check_clusters(rows, kind, condensed_distances(rows, kind), sorted({*TABLE_SIMS, RECOMMENDED_SIM}))


def named(setting: Setting) -> str:
    return f"{setting.method}, x = {setting.x}, views {setting.views}, {setting.linkage} linkage"


def all_settings() -> Iterator[Setting]:
    for method in METHODS:
        for x in SIDES:
            for linkage in LINKAGES:
                for views in VIEWS:
                    yield Setting(method, x, views, linkage)


def labels_over_sim(truth: Truth, read: Mapping[tuple[str, int], Read], setting: Setting) -> Iterator[tuple]:
    """Cluster the images of a labelled folder; yield each SIM and the label of each file."""
    files, rows = read[setting.method, setting.x]
    kind = setting._replace(views="all").kind
    without = left_out_by(setting)
    heights = tree(compared(rows, kind, without).content, condensed_distances(rows, kind, without), setting.linkage)
    for sim in SIMS:
        yield sim, labels_at(truth, files, heights, sim, setting.x)


def left_out_by(setting: Setting) -> range:
    """Return the numbers of the views that a setting does without, of all."""
    return range(0 if setting.views == "all" else len(view_names_of(setting._replace(views="all").kind)))


def labels_at(truth: Truth, files: Sequence[str], heights: NDArray[np.float64], sim: float, x: int) -> Label:
    """Return the cluster of each file at SIM; one that could not be read is its own label."""
    alone: Label = {file: file for file in truth}
    return alone | dict(zip(files, cut(heights, sim, x * x).tolist(), strict=True))


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
Precision and recall are over pairs of images: at *the defaults* those of `imgcmp.find_duplicates`, as `imgcmp run`
makes them; at a SIM those of `imgcmp.cluster` with {named(RECOMMENDED)}.

- *As labelled*: the pairs among the {n_compared} images of the kinds
  {", ".join(COPIES)}, and of those without copies, {" and ".join(ALONE)}.
  A pair is wanted if both are in one group of manifest.csv, and wrong otherwise.
  Of some scenes the folder has two exposures, far apart, and copies of both, all in one group: as labelled a copy of
  the dark one and a copy of the bright one are wanted together.
- *By shot*: the same, but a copy of an exposure belongs with the shot whose bytes it has. Two shots of a scene are
  neither right nor wrong; and every pair of two groups is wrong, whatever its kinds.
- *Shots*: pairs of {SAME_SCENE[0]} images of one group, and of exposures of one scene. These are other photographs, not
  copies: to find them is not the aim."""


def figures_table(truth: Truth, read: Mapping[tuple[str, int], Read], found: Sequence[Cluster]) -> str:
    """Return a table of what is found at the defaults, and at some SIMs."""
    labels: dict[object, Label] = {"the defaults": label_of_files(truth, [cluster.files for cluster in found])}
    for sim in FIGURE_SIMS:
        labels[f"SIM {sim}"] = cluster_labels(truth, read, RECOMMENDED, sim)
    rows = []
    for at, label in labels.items():
        scores = {
            "copies, as labelled": score_labelled(truth, label),
            "copies, by shot": score_copies(truth, label),
            "shots, bursts": score_kinds(truth, label, SAME_SCENE[:1]),
            "shots, exposures": score_kinds(truth, label, SAME_SCENE[1:]),
        }
        rows += [[at, name, *cells_of(score)] for name, score in scores.items()]
    return table(["at", "pairs", "wanted", "found", "wrong", "precision", "recall"], rows)


def relations_text() -> str:
    return """\
What the members of these clusters are told to be to the best one of theirs, by the kind of the file:"""


def relations_table(truth: Truth, found: Sequence[Cluster]) -> str:
    counted = Counter(
        (truth[file].kind, member.relation)
        for cluster in found
        for file, member in zip(cluster.files, cluster.members, strict=True)
    )
    told = [relation for relation in (BEST, *RELATIONS) if any(relation == said for _, said in counted)]
    kinds = sorted({kind for kind, _ in counted})
    return table(["kind", *told], [[kind, *(counted[kind, said] or "" for said in told)] for kind in kinds])


def cells_of(score: Score) -> list[object]:
    return [score.wanted, score.right, score.wrong, f"{score.precision:.4f}", f"{score.recall:.4f}"]


def cluster_labels(truth: Truth, read: Mapping[tuple[str, int], Read], setting: Setting, sim: float) -> Label:
    """Return the cluster of each file, as imgcmp.cluster makes them; one that could not be read is its own label."""
    files, rows = read[setting.method, setting.x]
    images = compared(rows, setting._replace(views="all").kind, left_out_by(setting))
    labels = imgcmp.cluster(images.words, sim, n_bits=setting.x**2, linkage=setting.linkage, **images.options)
    alone: Label = {file: file for file in truth}
    return alone | dict(zip(files, labels.tolist(), strict=True))


def crops_text() -> str:
    return f"""\
Of the cropped images ({" and ".join(CROPS)}) so many are in one cluster with their original, with and
without views, in {RECOMMENDED.linkage} linkage:"""


def crops_table(truth: Truth, read: Mapping[tuple[str, int], Read]) -> str:
    rows = []
    for x in SIDES:
        for views in ("none", RECOMMENDED.views):
            setting = RECOMMENDED._replace(x=x, views=views)
            cells = []
            for sim in CROP_SIMS:
                label = cluster_labels(truth, read, setting, sim)
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
    head = ["method", "x", "linkage", *(f"views {views}" for views in VIEWS)]
    rows = [
        [
            setting.method,
            setting.x,
            setting.linkage,
            *(best(scores[setting._replace(views=views)]) for views in VIEWS),
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
            for views, setting in ((views, RECOMMENDED._replace(x=x, views=views)) for views in VIEWS)
        }
        for x in SIDES
    }
    plot_sims(str(plot), curves, f"Copies in a labelled folder: {RECOMMENDED.method}, {RECOMMENDED.linkage} linkage")
    return f"![Precision and recall over SIM, for x = 8 and 16, without views and with all]({plot.name})"


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


def views_table(truth: Truth, read: Read) -> str:
    """Return a table of what is lost, and how much farther different images are, without each family of views."""
    files, rows = read
    kind, n_bits = RECOMMENDED.kind, RECOMMENDED.x**2
    copies, different = pair_masks([truth[file] for file in files])

    def measured(without: Collection[int]) -> tuple[int, int, int]:
        distances = condensed_distances(rows, kind, without)
        heights = tree(compared(rows, kind, without).content, distances, RECOMMENDED.linkage)
        score = score_copies(truth, labels_at(truth, files, heights, RECOMMENDED_SIM, RECOMMENDED.x))
        all_distances = squared(distances, len(rows))
        near = np.count_nonzero(copies & (all_distances <= RECOMMENDED_SIM * n_bits)) // 2
        return near, score.right, int(all_distances[different].min())

    every_view = range(len(view_names_of(kind)))
    left_out: dict[str, Collection[int]] = {"all": (), "none": every_view}
    left_out |= {f"all but {name}": numbers for name, numbers in families().items()}
    cells = [[name, len(numbers) if name != "none" else 0, *measured(numbers)] for name, numbers in left_out.items()]
    cells[0][1] = len(every_view)
    return table(["views", "number", "pairs of copies within SIM", "pairs found", "nearest two groups"], cells)


def pair_masks(images: list[Labelled]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pairs are copies of each other, and which are of different groups; shape (n_images, n_images)."""

    def equal(value_of: Callable[[Labelled], str]) -> NDArray[np.bool_]:
        values = np.unique([value_of(image) for image in images], return_inverse=True)[1]
        return np.asarray(values[:, np.newaxis] == values)

    is_copy = np.array([image.kind in COPIES for image in images])
    copies = equal(lambda image: image.copies) & is_copy & is_copy[:, np.newaxis]
    np.fill_diagonal(copies, val=False)
    return copies, ~equal(lambda image: image.group)
