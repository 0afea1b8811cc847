"""A few images side by side: by how much they differ in every kind of fingerprint, and at which SIM they join."""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import EPS, LINKAGES, Linkage, cut_of
from imgcmp.errors import UnreadableImageError
from imgcmp.fingerprints.fingerprint_files import Limits
from imgcmp.fingerprints.hashes import PIXELS_PER_X
from imgcmp.fingerprints.packing import Words, pack
from imgcmp.fingerprints.view_bits import picture_views
from imgcmp.fingerprints.views import view_names, views_of_kinds
from imgcmp.images.image_file import Failure
from imgcmp.images.shown_picture import read_shown
from imgcmp.results.comparison_types import WHOLE, Comparison, Distance, ImagePrints, Kind, Nearest, Pair, Table
from imgcmp.system import processes

_SIM_STEPS = 1000  # SIM is told in thousandths


def read_images(
    paths: Iterable[str], kinds: Sequence[Kind], views: str, limits: Limits | None = None
) -> tuple[list[ImagePrints], list[Failure]]:
    """Compute the fingerprints of image files, as the database would hold them.

    Parameters
    ----------
    paths : iterable of str
        The files.
    kinds : sequence of Kind
        Kinds of fingerprints.
    views : str
        "all", "none", or some of "crops", "flips" and "turns", separated by commas.
    limits : Limits, optional
        Processes, seconds a file, and memory for decoding.

    Returns
    -------
    images, failures : list of ImagePrints, list of Failure
        The images, and the files that could not be read; in the order of `paths`.
    """
    numbered = list(enumerate(paths))
    done = dict(
        processes.run(partial(_try_image, kinds=kinds, views=views), numbered, **(limits or Limits())._asdict())
    )
    images, failures = [], []
    for number, path in numbered:
        result = done[number, path]
        if isinstance(result, ImagePrints):
            images.append(result)
        else:
            failures.append(Failure(path, result.reason))
    return images, failures


def compare(images: list[ImagePrints], views: str) -> Comparison:
    """Compare images, each with each.

    Parameters
    ----------
    images : list of ImagePrints
        Two or more, with fingerprints of the same kinds.
    views : str
        The kinds of views that they were read with.

    Returns
    -------
    comparison : Comparison
        A table for each kind of fingerprint.

    Notes
    -----
    The distance of two images with views is the smallest Hamming distance between the whole of one, and the whole or
    any view of the other.
    """
    names = view_names(views)
    return Comparison(images, views, [_table_of(images, kind, names) for kind in images[0].words])


def smallest_sim(height: float, n_bits: int) -> float:
    """Return the smallest SIM, in thousandths, that joins at a height of the tree, such as a distance in bits."""
    step = max(0, int(height / n_bits * _SIM_STEPS) - 1)
    while cut_of(step / _SIM_STEPS, n_bits) + 2 * EPS < height:
        step += 1
    return step / _SIM_STEPS


def _try_image(numbered: tuple[int, str], kinds: Sequence[Kind], views: str) -> ImagePrints | Failure:
    """Read an image file, or say why that can't be done: the task of a worker process."""
    _, path = numbered
    try:
        return _read_image(path, kinds, views)
    except UnreadableImageError as error:
        return Failure(path, str(error))


def _read_image(path: str, kinds: Sequence[Kind], views: str) -> ImagePrints:
    chosen = views_of_kinds(views)
    # The scale at which a JPEG is decoded hangs on x, and its bits on that scale: once for each x, as for a database.
    by_x = {x: read_shown(path, PIXELS_PER_X * x) for x in {kind.x for kind in kinds}}
    words = {kind: pack(bits_of_picture(by_x[kind.x].picture, kind.x, kind.method, chosen)) for kind in kinds}
    shown = by_x[max(by_x)]
    return ImagePrints(path, shown.picture.width, shown.picture.height, words, shown.detail, shown.frame)


def _table_of(images: list[ImagePrints], kind: Kind, names: tuple[str, ...]) -> Table:
    words = [image.words[kind] for image in images]
    pairs = [_pair_of(i, j, words, kind.n_bits, names) for i, j in combinations(range(len(words)), 2)]
    stacked = np.stack(words)
    return Table(
        kind,
        pairs,
        _joining_sims([pair.whole.bits for pair in pairs], stacked[:, :1], kind.n_bits),
        _joining_sims([pair.with_views.bits for pair in pairs], stacked, kind.n_bits),
    )


def _pair_of(first: int, second: int, words: list[Words], n_bits: int, names: tuple[str, ...]) -> Pair:
    views_of_first = _distances(words[second][0], words[first])
    views_of_second = _distances(words[first][0], words[second])
    by_row = np.concatenate([views_of_first, views_of_second[1:]])
    at = int(by_row.argmin())  # the first of equals: the wholes before any view
    nearest = Nearest(WHOLE, None)
    if at > 0:
        image, view = divmod(at - 1, len(names))
        nearest = Nearest(names[view], (first, second)[image])
    return Pair(first, second, _distance(int(by_row[0]), n_bits), _distance(int(by_row[at]), n_bits), nearest)


def _distances(whole: Words, rows: Words) -> NDArray[np.int64]:
    return np.asarray(np.bitwise_count(rows ^ whole).sum(axis=1, dtype=np.int64))


def _distance(bits: int, n_bits: int) -> Distance:
    return Distance(bits, bits / n_bits, smallest_sim(bits, n_bits))


def _joining_sims(bits: list[int], words: Words, n_bits: int) -> dict[Linkage, float]:
    """Return the smallest SIM that joins all images, from their distances in condensed order.

    `words` has shape (n_images, 1 + n_views, n_words): the wholes, and their views if the distances are over those.
    """
    if len(bits) == 1:
        return dict.fromkeys(LINKAGES, smallest_sim(bits[0], n_bits))
    # Here, not above: scipy and numba take 0.4 s to import, for which two images need not wait.
    from imgcmp.clusters.linkage import linkage

    wholes, views = np.ascontiguousarray(words[:, 0]), words[:, 1:]
    trees = {name: linkage(wholes, views=views, linkage=name, n_bits=n_bits) for name in LINKAGES}
    return {name: smallest_sim(float(tree[-1, 2]), n_bits) for name, tree in trees.items()}
