"""A few images side by side: by how much they differ in every kind of fingerprint, and at which SIM they join."""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np

from imgcmp.clusters.cut import EPS, LINKAGES, Linkage, cut_of
from imgcmp.clusters.nearest_variants import Nearest as NearVariant
from imgcmp.clusters.nearest_variants import NearestVariants
from imgcmp.errors import UnreadableImageError
from imgcmp.fingerprints.fingerprint_files import Limits
from imgcmp.fingerprints.hashes import PIXELS_PER_X
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import Words, pack
from imgcmp.fingerprints.view_bits import NO_LOOK_ROW, picture_views
from imgcmp.fingerprints.view_layout import ViewLayout
from imgcmp.fingerprints.views import View, view_layout, views_of_kinds
from imgcmp.images.image_file import Failure
from imgcmp.images.shown_picture import read_shown
from imgcmp.results.comparison_types import WHOLE, Comparison, Distance, ImagePrints, Kind, Nearest, Pair, Table
from imgcmp.results.view_turns import words_for
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
    The distance of two images with views is that of `imgcmp.cluster`: the smallest between the whole of one, in any way
    it may stand, and the whole or any view of the other.
    """
    return Comparison(images, views, [_table_of(images, kind, views) for kind in images[0].words])


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
    words, looks = {}, {}
    for kind in kinds:
        picture = by_x[kind.x].picture
        seen = picture_views(picture.grey, kind.x, kind.method, chosen, picture.turn)
        words[kind], looks[kind] = pack(seen.bits), seen.look_row
    shown = by_x[max(by_x)]
    return ImagePrints(path, shown.picture.width, shown.picture.height, words, shown.detail, shown.frame, looks)


class _OneKind(NamedTuple):
    """Images in one kind of fingerprint."""

    words: list[Words]
    views: tuple[View, ...]
    layout: ViewLayout
    looks: LookRows | None


def _table_of(images: list[ImagePrints], kind: Kind, views: str) -> Table:
    width, height = np.array([(image.width, image.height) for image in images]).T
    looks = LookRows.of(np.stack([image.looks.get(kind, NO_LOOK_ROW) for image in images]), width, height)
    of_kind = _OneKind(
        [image.words[kind] for image in images],
        views_of_kinds(views),
        view_layout(views, kind.method, kind.x),
        looks,
    )
    variants = NearestVariants(of_kind.layout, looks)
    pairs = [_pair_of(i, j, of_kind, variants, kind.n_bits) for i, j in combinations(range(len(images)), 2)]
    return Table(
        kind,
        pairs,
        _joining_sims([pair.whole.bits for pair in pairs], of_kind._replace(views=()), kind.n_bits),
        _joining_sims([pair.with_views.bits for pair in pairs], of_kind, kind.n_bits),
    )


def _pair_of(first: int, second: int, of_kind: _OneKind, variants: NearestVariants, n_bits: int) -> Pair:
    words = of_kind.words
    whole = int(np.bitwise_count(words[first][0] ^ words[second][0]).sum(dtype=np.int64))
    near = variants.nearest(first, second, words[first], words[second]) if of_kind.views else NearVariant(whole)
    name = words_for(near, first, second, of_kind.views, of_kind.looks)
    nearest = Nearest(name, first if near.of_first else second) if name else Nearest(WHOLE, None)
    return Pair(first, second, _distance(whole, n_bits), _distance(near.bits, n_bits), nearest)


def _distance(bits: int, n_bits: int) -> Distance:
    return Distance(bits, bits / n_bits, smallest_sim(bits, n_bits))


def _joining_sims(bits: list[int], of_kind: _OneKind, n_bits: int) -> dict[Linkage, float]:
    """Return the smallest SIM that joins all images, from their distances in condensed order; by wholes if no views."""
    if len(bits) == 1:
        return dict.fromkeys(LINKAGES, smallest_sim(bits[0], n_bits))
    # Here, not above: scipy and numba take 0.4 s to import, for which two images need not wait.
    from imgcmp.clusters.linkage import linkage

    stacked = np.stack(of_kind.words)
    wholes, views = np.ascontiguousarray(stacked[:, 0]), stacked[:, 1:]
    if not of_kind.views:
        trees = {name: linkage(wholes, linkage=name, n_bits=n_bits) for name in LINKAGES}
    else:
        layout, looks = of_kind.layout, of_kind.looks
        trees = {
            name: linkage(wholes, views=views, layout=layout, looks=looks, linkage=name, n_bits=n_bits)
            for name in LINKAGES
        }
    return {name: smallest_sim(float(tree[-1, 2]), n_bits) for name, tree in trees.items()}
