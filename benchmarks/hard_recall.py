"""What is found of edits that are hard to find, at a rate of false pairs among different photographs."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from comparers import Comparer, Hash
from hard_edits import NAMES, hard_variants
from numpy.typing import NDArray
from PIL import Image

FALSE_RATE = 1e-6
N_EDITED = 220  # photographs: 9,240 edited ones
BLOCK = 256  # rows of distances at a time


class HardHashes(NamedTuple):
    """Hashes, by `hash_name`.

    Attributes
    ----------
    originals : dict of ndarray, shape (n_photos, ...)
        Of many different photographs.
    edited : dict of ndarray, shape (n_edited, 1 + n_edits, ...)
        Of some: the original, then its edits, in the order of NAMES.
    """

    originals: dict[str, Hash]
    edited: dict[str, Hash]


class Found(NamedTuple):
    """What one comparer finds.

    Attributes
    ----------
    of_edit : dict of float
        Recall of each edit within the radius.
    radius : float
        The largest distance that joins at most FALSE_RATE of the pairs; below 0 if equal hashes are too many.
    n_false : int
        Pairs of different photographs within the radius.
    at_limit, n_false_at_limit : float and int, or None
        Mean recall, and such pairs, within the distance that the makers advise.
    """

    comparer: Comparer
    of_edit: dict[str, float]
    radius: float
    n_false: int
    at_limit: float | None
    n_false_at_limit: int | None

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.of_edit.values())))


def hash_edited(images: Sequence[Image.Image], used: Iterable[Comparer]) -> dict[str, Hash]:
    """Hash N_EDITED of the images at most, spread evenly, and their edits; collages are with the next one."""
    chosen = np.unique(np.linspace(0, len(images) - 1, min(N_EDITED, len(images))).round().astype(int))
    hash_of = {one.hash_name: one.hash_of for one in used}
    rows: dict[str, list[list[Hash]]] = {name: [] for name in hash_of}
    for number in chosen.tolist():
        variants = [images[number], *hard_variants(images[number], images[(number + 1) % len(images)], number)]
        for name, function in hash_of.items():
            rows[name].append([function(variant) for variant in variants])
    return {name: np.array(of_images) for name, of_images in rows.items()}


def hash_originals(images: Iterable[Image.Image], used: Iterable[Comparer]) -> dict[str, Hash]:
    hash_of = {one.hash_name: one.hash_of for one in used}
    rows: dict[str, list[Hash]] = {name: [] for name in hash_of}
    for image in images:
        for name, function in hash_of.items():
            rows[name].append(function(image))
    return {name: np.array(of_images) for name, of_images in rows.items()}


def stranger_distances(hashes: Hash, comparer: Comparer) -> NDArray[np.generic]:
    """Return the distances of all pairs of different photographs, each pair once, in condensed order."""
    rows = []
    for start in range(0, len(hashes), BLOCK):
        block = comparer.distances(hashes[start : start + BLOCK], hashes[start:])
        rows += [distances[row + 1 :] for row, distances in enumerate(block)]
    return np.concatenate(rows)


def distances_to_edits(hashes: Hash, comparer: Comparer) -> NDArray[np.generic]:
    """Return the distance of each original to its edits, shape (n_edited, n_edits)."""
    return np.concatenate([comparer.distances(of_photo[:1], of_photo[1:]) for of_photo in hashes])


def radius_at(strangers: NDArray[np.generic], rate: float) -> float:
    """Return the largest distance within which lies at most a share of these, be it none, fewer than all of them."""
    allowed = int(rate * len(strangers))
    first_too_far = np.partition(strangers, allowed)[allowed]
    is_whole = np.issubdtype(strangers.dtype, np.integer)
    return float(first_too_far) - 1 if is_whole else float(np.nextafter(first_too_far, first_too_far.dtype.type(-1)))


def found_by(comparer: Comparer, hashes: HardHashes, rate: float = FALSE_RATE) -> Found:
    strangers = stranger_distances(hashes.originals[comparer.hash_name], comparer)
    to_edits = distances_to_edits(hashes.edited[comparer.hash_name], comparer)
    radius = radius_at(strangers, rate)
    recalls = np.mean(to_edits <= radius, axis=0).tolist()
    n_false = int(np.count_nonzero(strangers <= radius))
    at_limit, n_at_limit = None, None
    if comparer.limit is not None:
        at_limit = float(np.mean(to_edits <= comparer.limit))
        n_at_limit = int(np.count_nonzero(strangers <= comparer.limit))
    return Found(comparer, dict(zip(NAMES, recalls, strict=True)), radius, n_false, at_limit, n_at_limit)


def save(path: str, hashes: HardHashes) -> None:
    arrays = {f"originals {name}": rows for name, rows in hashes.originals.items()}
    np.savez(path, **arrays, **{f"edited {name}": rows for name, rows in hashes.edited.items()})


def load(path: str, used: Iterable[Comparer]) -> HardHashes | None:
    """Return what was saved, or None if nothing was, or not of all that are used."""
    if not os.path.exists(path):
        return None
    with np.load(path) as arrays:
        names = {one.hash_name for one in used}
        if not {f"edited {name}" for name in names} <= set(arrays):
            return None
        kinds: Mapping[str, dict[str, Hash]] = {
            kind: {name: arrays[f"{kind} {name}"] for name in names} for kind in HardHashes._fields
        }
        return HardHashes(**kinds)
