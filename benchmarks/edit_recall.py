"""Recall of edited copies at a fixed rate of false pairs, for imgcmp and its peers."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import imagehash
import numpy as np
from accuracy_settings import METHODS, RECOMMENDED, SIDES
from edits import EDITS
from mapped import mapped
from numpy.typing import NDArray
from PIL import Image
from viewed import Rows, square_distances

import imgcmp

FALSE_RATE = 1e-4
PEERS: dict[str, Callable[..., imagehash.ImageHash]] = {
    "imagehash phash": imagehash.phash,
    "imagehash dhash": imagehash.dhash,
    "imagehash whash": imagehash.whash,
}
CROP_RESISTANT = "imagehash crop_resistant_hash"
BIT_ERROR_RATE = 0.25  # the default of crop_resistant_hash: segments that differ in more bits do not match
VARIANTS = ("original", *EDITS)

Distances = NDArray[np.uint16]


class Recall(NamedTuple):
    """What is found at the largest distance that joins no more than FALSE_RATE of the pairs of different photos."""

    radius: float  # negative: even equal hashes are too many
    false_rate: float
    of_edit: dict[str, float]

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.of_edit.values())))


def variants(image: Image.Image, seed: int) -> Iterator[Image.Image]:
    """Yield an image and its edits, in the order of VARIANTS."""
    yield image
    for number, edit in enumerate(EDITS.values()):
        yield edit(image, np.random.default_rng([seed, number]))


def peer_words(image: Image.Image, name: str, x: int) -> NDArray[np.uint64]:
    return imgcmp.pack(PEERS[name](image, hash_size=x).hash.ravel())


def segment_words(image: Image.Image) -> dict[int, NDArray[np.uint64]]:
    """Return the hashes of the segments of crop_resistant_hash by the side of their dhash, each (n_segments, n_words).

    The segments are those of the picture, whatever is hashed of them: they are looked for once.
    """
    parts: list[Image.Image] = []

    def kept(part: Image.Image) -> imagehash.ImageHash:
        parts.append(part)
        return imagehash.dhash(part)

    imagehash.crop_resistant_hash(image, kept)
    return {x: imgcmp.pack(np.array([imagehash.dhash(part, x).hash.ravel() for part in parts])) for x in SIDES}


def segment_differences(images: Sequence[NDArray[np.uint64]], n_bits: int) -> NDArray[np.float64]:
    """Return what crop_resistant_hash calls the difference of all images and all others, of each pair the smaller.

    As `ImageMultiHash.__sub__`: the segments of the one without a match in the other, plus the share of the bits in
    which its other segments differ from theirs.
    """
    words = np.concatenate(images)
    counts = np.array([len(image) for image in images])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    differences = np.empty((len(images), len(images)))
    for row, image in enumerate(images):
        nearest = np.minimum.reduceat(imgcmp.cdist(image, words), starts, axis=1).astype(np.float64)
        matched = nearest <= BIT_ERROR_RATE * n_bits
        n_matched = matched.sum(axis=0)
        share = np.where(matched, nearest, 0).sum(axis=0) / np.maximum(n_matched, 1) / n_bits
        differences[row] = len(image) - n_matched + share
    return np.minimum(differences, differences.T)


def nearest_segments(images: Sequence[NDArray[np.uint64]]) -> Distances:
    """Return the smallest distance of a segment of one image and a segment of another, for all pairs of images."""
    words = np.concatenate(images)
    starts = np.concatenate([[0], np.cumsum([len(image) for image in images])[:-1]])
    rows = [np.minimum.reduceat(imgcmp.cdist(image, words).min(axis=0), starts) for image in images]
    return np.array(rows)


def recall_at(distances: NDArray[np.generic], n_variants: int, rate: float = FALSE_RATE) -> Recall:
    """Measure the recall of each edit at a rate of false pairs.

    Parameters
    ----------
    distances : ndarray, shape (n_sources * n_variants, n_sources * n_variants)
        Symmetric; the original and the edits of a source stand side by side, the original first.
    n_variants : int
        Original and edits.
    rate : float
        Share of the pairs of different photos, each original or edited, that may be joined.
    """
    different = pairs_of_different(distances, n_variants)
    radius = largest_radius(different, rate)
    recalls = np.mean(distances_to_originals(distances, n_variants) <= radius, axis=0)
    of_edit = dict(zip(VARIANTS[1:n_variants], recalls.tolist(), strict=True))
    return Recall(radius, float(np.mean(different <= radius)), of_edit)


def distances_to_originals(distances: NDArray[np.generic], n_variants: int) -> NDArray[np.generic]:
    """Return the distance of each edited image to its original, shape (n_sources, n_edits)."""
    firsts = np.arange(0, len(distances), n_variants)[:, np.newaxis]
    return distances[firsts, firsts + np.arange(1, n_variants)]


def pairs_of_different(distances: NDArray[np.generic], n_variants: int) -> NDArray[np.generic]:
    """Return the distances of the pairs of images of different sources, each pair once."""
    ends = range(n_variants, len(distances), n_variants)
    return np.concatenate([distances[end - n_variants : end, end:].ravel() for end in ends])


def largest_radius(different: NDArray[np.generic], rate: float) -> float:
    """Return the largest distance within which at most a share of these lie; -1 if there is none."""
    allowed = int(rate * len(different))
    if allowed >= len(different):
        return float(different.max())
    first_too_far = np.partition(different, allowed)[allowed]
    within = different[different < first_too_far]
    return float(within.max()) if len(within) else -1.0


class Hashes(NamedTuple):
    """Hashes of photographs and their edits: of each source the original, then its edits, in the order of VARIANTS.

    Attributes
    ----------
    with_views : ndarray, shape (n_images,)
        Rows of RECOMMENDED's kind.
    words : dict of ndarray of uint64, shape (n_images, n_words)
        By method and x: the fingerprints of imgcmp without views.
    peers : dict of ndarray of uint64, shape (n_images, n_words)
        By name and x.
    segments : dict of list of ndarray of uint64, each of shape (n_segments, n_words)
        By x: crop_resistant_hash, of some of the sources only.
    """

    with_views: Rows
    words: dict[tuple[str, int], NDArray[np.uint64]]
    peers: dict[tuple[str, int], NDArray[np.uint64]]
    segments: dict[int, list[NDArray[np.uint64]]]


def hash_all(images: Sequence[Image.Image], n_with_segments: int, workers: int | None = None) -> Hashes:
    """Hash images and their edits; crop_resistant_hash, 0.3 s an image, of so many of them, evenly spread."""
    chosen = set(np.linspace(0, len(images) - 1, min(n_with_segments, len(images))).round().astype(int).tolist())
    jobs = [(number, image, number in chosen) for number, image in enumerate(images)]
    parts = list(mapped(_hashes_of_edits, jobs, workers))
    return Hashes(
        np.concatenate([part.with_views for part in parts]),
        {key: np.concatenate([part.words[key] for part in parts]) for key in parts[0].words},
        {key: np.concatenate([part.peers[key] for part in parts]) for key in parts[0].peers},
        {x: [words for part in parts for words in part.segments[x]] for x in SIDES},
    )


def _hashes_of_edits(job: tuple[int, Image.Image, bool]) -> Hashes:
    number, image, with_segments = job
    made = list(variants(image, number))
    segments = [segment_words(one) for one in made] if with_segments else []
    return Hashes(
        np.array([RECOMMENDED.kind.of_image(one) for one in made]),
        {
            (method, x): np.array([imgcmp.fingerprint(one, x=x, method=method) for one in made])
            for method in METHODS
            for x in SIDES
        },
        {(name, x): np.array([peer_words(one, name, x) for one in made]) for name in PEERS for x in SIDES},
        {x: [of_image[x] for of_image in segments] for x in SIDES},
    )


class Contender(NamedTuple):
    """A way to compare images, and what it finds."""

    name: str
    x: int
    views: str  # of ours; empty of the peers
    n_sources: int
    recall: Recall


def contenders(hashes: Hashes) -> Iterator[Contender]:
    """Measure ours as recommended, and without views, and the peers."""
    n_sources = len(hashes.with_views) // len(VARIANTS)
    measured = partial(recall_at, n_variants=len(VARIANTS))
    method, x, views, _ = RECOMMENDED
    yield Contender(
        f"imgcmp {method}", x, views, n_sources, measured(square_distances(hashes.with_views, RECOMMENDED.kind))
    )
    for (method, x), words in hashes.words.items():
        yield Contender(f"imgcmp {method}", x, "none", n_sources, measured(imgcmp.cdist(words, words)))
    for (name, x), words in hashes.peers.items():
        yield Contender(name, x, "", n_sources, measured(imgcmp.cdist(words, words)))
    for x, images in hashes.segments.items():
        n_some = len(images) // len(VARIANTS)
        yield Contender(f"{CROP_RESISTANT}, a - b", x, "", n_some, measured(segment_differences(images, x * x)))
        yield Contender(f"{CROP_RESISTANT}, nearest", x, "", n_some, measured(nearest_segments(images)))


def save(path: str, hashes: Hashes) -> None:
    arrays = {"with views": hashes.with_views}
    arrays |= {f"words {method} {x}": words for (method, x), words in hashes.words.items()}
    arrays |= {f"peers {name} {x}": words for (name, x), words in hashes.peers.items()}
    for x, images in hashes.segments.items():
        arrays[f"segments {x}"] = np.concatenate(images)
        arrays[f"counts {x}"] = np.array([len(image) for image in images])
    np.savez(path, **arrays)


def load(path: str) -> Hashes:
    with np.load(path) as arrays:
        words = {(method, x): arrays[f"words {method} {x}"] for method in METHODS for x in SIDES}
        peers = {(name, x): arrays[f"peers {name} {x}"] for name in PEERS for x in SIDES}
        ends = {x: np.cumsum(arrays[f"counts {x}"])[:-1] for x in SIDES}
        segments = {x: np.split(arrays[f"segments {x}"], ends[x]) for x in SIDES}
        return Hashes(arrays["with views"], words, peers, segments)
