"""What is found of edits that are hard to find, at a rate of false pairs among different photographs."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from comparers import Comparer, Hash
from hard_edits import NAMES, hard_variants
from mapped import mapped
from numpy.typing import NDArray
from PIL import Image
from sources import SeenPictures, grids, image_files, picture

FALSE_RATE = 1e-6
N_EDITED = 250  # photographs: 10,500 edited ones

Hashers = dict[str, Callable[[Image.Image], Hash]]  # by `hash_name`


class HardHashes(NamedTuple):
    """Hashes, by `hash_name`.

    Attributes
    ----------
    originals : dict of ndarray, shape (n_photos, ...)
        Of many different photographs.
    edited : dict of ndarray, shape (n_edited, 1 + n_edits, ...)
        Of some: the original, then its edits, in the order of NAMES. Not of as many for each name.
    """

    originals: dict[str, Hash]
    edited: dict[str, Hash]


class Found(NamedTuple):
    """What one comparer finds.

    Attributes
    ----------
    n_edited : int
        Photographs that were edited.
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
    n_edited: int
    of_edit: dict[str, float]
    radius: float
    n_false: int
    at_limit: float | None
    n_false_at_limit: int | None

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.of_edit.values())))


def hash_edited(images: Sequence[Image.Image], used: Iterable[Comparer], workers: int | None = None) -> dict[str, Hash]:
    """Hash N_EDITED of the images at most, spread evenly, and their edits; collages are with the next one.

    Of some comparers fewer: see `Comparer.n_edited`.
    """
    chosen = {one.hash_name: spread(len(images), min(N_EDITED, one.n_edited or N_EDITED)) for one in used}
    hash_of = {one.hash_name: one.hash_of for one in used}
    numbers = sorted(set().union(*chosen.values()))
    jobs = [
        (number, images[number], images[(number + 1) % len(images)], _of_names(hash_of, chosen, number))
        for number in numbers
    ]
    rows: dict[str, list[Hash]] = {name: [] for name in hash_of}
    for of_image in mapped(_hashes_of_edits, jobs, workers):
        for name, hashes in of_image.items():
            rows[name].append(hashes)
    return {name: np.array(of_images) for name, of_images in rows.items()}


def spread(n: int, most: int) -> list[int]:
    """Return which of n are taken if there may be no more than so many, spread evenly."""
    numbers: list[int] = np.unique(np.linspace(0, n - 1, min(most, n)).round().astype(int)).tolist()
    return numbers


def _of_names(hash_of: Hashers, chosen: Mapping[str, Sequence[int]], number: int) -> Hashers:
    return {name: function for name, function in hash_of.items() if number in chosen[name]}


def _hashes_of_edits(job: tuple[int, Image.Image, Image.Image, Hashers]) -> dict[str, Hash]:
    """Hash an image and its edits, in the order of NAMES."""
    number, image, other, hash_of = job
    variants = [image, *hard_variants(image, other, number)]
    return {name: np.array([function(variant) for variant in variants]) for name, function in hash_of.items()}


def hash_originals(folders: Iterable[str], used: Iterable[Comparer], workers: int | None = None) -> dict[str, Hash]:
    """Hash the pictures under some folders, each once: those of `sources.distinct_pictures`."""
    hash_of = {one.hash_name: one.hash_of for one in used}
    rows: dict[str, list[Hash]] = {name: [] for name in hash_of}
    seen = SeenPictures()
    for shape, hashes in mapped(partial(_shape_and_hashes, hash_of=hash_of), image_files(folders), workers):
        if seen.is_new(shape):
            for name, found in hashes.items():
                rows[name].append(found)
    return {name: np.array(of_images) for name, of_images in rows.items()}


def _shape_and_hashes(path: str, hash_of: Hashers) -> tuple[NDArray[np.float32] | None, dict[str, Hash]]:
    image = picture(path)
    shape = None if image is None else grids(image)
    if image is None or shape is None:
        return None, {}
    return shape, {name: function(image) for name, function in hash_of.items()}


def distances_to_edits(hashes: Hash, condensed: Callable[[Hash], NDArray[np.generic]]) -> NDArray[np.generic]:
    """Return the distance of each original to its edits, shape (n_edited, n_edits)."""
    n_edits = hashes.shape[1] - 1
    return np.array([condensed(of_photo)[:n_edits] for of_photo in hashes])


def radius_at(strangers: NDArray[np.generic], rate: float) -> float:
    """Return the largest distance within which lies at most a share of these, be it none, fewer than all of them."""
    allowed = int(rate * len(strangers))
    first_too_far = np.partition(strangers, allowed)[allowed]
    is_whole = np.issubdtype(strangers.dtype, np.integer)
    return float(first_too_far) - 1 if is_whole else float(np.nextafter(first_too_far, first_too_far.dtype.type(-1)))


def found_by(comparer: Comparer, hashes: HardHashes, rate: float = FALSE_RATE) -> Found:
    strangers = comparer.condensed(hashes.originals[comparer.hash_name])
    to_edits = distances_to_edits(hashes.edited[comparer.hash_name], comparer.condensed)
    radius = radius_at(strangers, rate)
    recalls = np.mean(to_edits <= radius, axis=0).tolist()
    n_false = int(np.count_nonzero(strangers <= radius))
    at_limit, n_at_limit = None, None
    if comparer.limit is not None:
        at_limit = float(np.mean(to_edits <= comparer.limit))
        n_at_limit = int(np.count_nonzero(strangers <= comparer.limit))
    of_edit = dict(zip(NAMES, recalls, strict=True))
    return Found(comparer, len(to_edits), of_edit, radius, n_false, at_limit, n_at_limit)


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
