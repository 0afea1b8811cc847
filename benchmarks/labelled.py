"""A labelled folder: which images belong together, and how well clusters show it."""

import csv
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from accuracy_settings import LINKAGES
from mapped import mapped
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from viewed import Distances, Kind, Rows, compared

import imgcmp
from imgcmp.clusters.cut import EPS, cut_of
from imgcmp.clusters.tie_breaks import tie_break_offsets
from imgcmp.errors import UnreadableImageError

COPIES = ("original", "resized", "copy", "crop_mild", "crop_strong", "robust")
ALONE = ("distractor", "single")  # images without copies: what must not join
SAME_SCENE = ("burst", "exposureA", "exposureB")  # other shots of the scene, not copies


class Labelled(NamedTuple):
    group: str
    kind: str  # "robust:blur" is of the kind robust
    is_original: bool
    copies: str  # images of one group that are copies of the same picture


class Score(NamedTuple):
    """Pairs of images: right ones, wanted ones, and wrong ones, that is of different groups."""

    right: int
    wanted: int
    wrong: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def read_truth(folder: str) -> dict[str, Labelled]:
    """Read manifest.csv: what each image is, by its path."""
    with open(os.path.join(folder, "manifest.csv"), encoding="utf-8", newline="") as file:
        rows = {os.path.realpath(os.path.join(folder, row["file"])): row for row in csv.DictReader(file)}
    scenes = {row["group"] for row in rows.values() if row["kind"] in SAME_SCENE}
    truth = {}
    for path, row in rows.items():
        group = row["group"]
        # In a group of several shots a copy is one of the shot that it has the bytes of.
        copies = f"{group} {digest(path)}" if group in scenes else group
        truth[path] = Labelled(group, row["kind"].split(":")[0], row["kind"].split(":")[-1] == "original", copies)
    return truth


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def n_pairs(labels: Iterable[object]) -> int:
    return sum(n * (n - 1) // 2 for n in Counter(labels).values())


def label_of_files(truth: Iterable[str], clusters: Iterable[Sequence[str]]) -> dict[str, object]:
    """Return the number of each file's cluster; files in none are their own label."""
    number_of = {file: number for number, files in enumerate(clusters) for file in files}
    return {file: number_of.get(file, file) for file in truth}


def score_all(truth: Mapping[str, Labelled], label: Mapping[str, object]) -> Score:
    """Score clusters over all pairs of a group, shots of a scene among them."""
    return score_kinds(truth, label, sorted({image.kind for image in truth.values()}))


def score_labelled(truth: Mapping[str, Labelled], label: Mapping[str, object]) -> Score:
    """Score clusters over the pairs among copies and images without copies, with the groups as they are labelled."""
    return score_kinds(truth, label, COPIES + ALONE)


def score_kinds(truth: Mapping[str, Labelled], label: Mapping[str, object], kinds: Sequence[str]) -> Score:
    """Score clusters over the pairs of images of these kinds; wanted are those of one group, as they are labelled."""
    files = [file for file in truth if truth[file].kind in kinds]
    right = n_pairs((truth[file].group, label[file]) for file in files)
    return Score(right, n_pairs(truth[file].group for file in files), n_pairs(label[file] for file in files) - right)


def score_copies(truth: Mapping[str, Labelled], label: Mapping[str, object]) -> Score:
    """Score clusters over the pairs of copies; wrong is every pair of different groups, of whatever kind.

    Pairs of one group that are no copies of each other, such as two shots of a scene, are neither right nor wrong.
    """
    copies = [file for file in truth if truth[file].kind in COPIES]
    right = n_pairs((truth[file].copies, label[file]) for file in copies)
    return Score(right, n_pairs(truth[file].copies for file in copies), score_all(truth, label).wrong)


def recall_of_kinds(truth: Mapping[str, Labelled], label: Mapping[str, object]) -> dict[str, tuple[int, int]]:
    """Return of each kind how many images are in the cluster of their original, and how many there are.

    The original is the image of that kind, else the largest file of the group; that of a copy of one of several shots
    is the shot.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for file, image in truth.items():
        for name in {image.group, image.copies}:
            members[name].append(file)
    original_of = {name: original(truth, files) for name, files in members.items()}
    hits: dict[str, list[bool]] = defaultdict(list)
    for file, image in truth.items():
        first = original_of[image.copies if image.kind in COPIES else image.group]
        if file != first:
            hits[image.kind].append(label[file] == label[first])
    return {kind: (sum(found), len(found)) for kind, found in sorted(hits.items())}


def original(truth: Mapping[str, Labelled], files: Sequence[str]) -> str:
    return max(files, key=lambda file: (truth[file].is_original, truth[file].kind in SAME_SCENE, os.path.getsize(file)))


def all_rows(files: Sequence[str], kind: Kind, workers: int | None = None) -> tuple[list[str], Rows]:
    """Return the files that can be read, and what is kept of each, with all views."""
    found = zip(files, mapped(partial(_row_or_none, kind=kind), files, workers), strict=True)
    read = [(file, row) for file, row in found if row is not None]
    return [file for file, _ in read], np.array([row for _, row in read], dtype=kind.dtype)


def _row_or_none(file: str, kind: Kind) -> np.void | None:
    try:
        return kind.of_file(file)
    except UnreadableImageError:
        return None


def tree(content: NDArray[np.uint64], distances: Distances, method: str) -> NDArray[np.float64]:
    """Return scipy's linkage matrix of the distances with ties broken by content.

    Parameters
    ----------
    content : ndarray of uint64, shape (n_images, n)
        What breaks the ties: see `viewed.Compared`.
    distances : ndarray of uint16, shape (n_images * (n_images - 1) // 2,)
        Of these, condensed.
    method : str
        The linkage.
    """
    offsets = tie_break_offsets(content)
    i, j = np.triu_indices(len(content), 1)
    return linkage(distances + offsets[i] + offsets[j], method)


def cut(heights: NDArray[np.float64], sim: float, n_bits: int) -> NDArray[np.int32]:
    """Return the clusters of a linkage matrix at SIM, numbered from 1."""
    height = cut_of(sim, n_bits) + 2 * EPS
    return fcluster(heights, height, "distance")


def check_clusters(rows: Rows, kind: Kind, distances: Distances, sims: Iterable[float]) -> None:
    """Raise AssertionError unless imgcmp.cluster makes the clusters of `tree` and `cut`, in all linkages.

    Parameters
    ----------
    rows : ndarray, shape (n_images,)
        Images.
    kind : Kind
        What is kept of them.
    distances : ndarray of uint16, shape (n_images * (n_images - 1) // 2,)
        Of these with views, condensed.
    sims : iterable of float
        Where the trees are cut.
    """
    images = compared(rows, kind)
    heights = {method: tree(images.content, distances, method) for method in LINKAGES}
    for sim in sims:
        for method in LINKAGES:
            theirs = cut(heights[method], sim, kind.x**2)
            ours = imgcmp.cluster(images.words, sim, n_bits=kind.x**2, linkage=method, **images.options)
            if not np.array_equal(ours[:, np.newaxis] == ours, theirs[:, np.newaxis] == theirs):
                raise AssertionError(f"imgcmp.cluster and scipy differ at SIM {sim} in {method} linkage")
