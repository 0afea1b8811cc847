"""What SIM auto promises, counted anew: how near different photographs come by chance, as a run compares them.

The numbers of imgcmp/clusters/auto_sim.py are what `fitted` finds in two collections of photographs. With others it
tells what these say of the SIM that is taken, and whether it promises less than they have.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from accuracy_settings import table
from numpy.typing import NDArray
from PIL import Image
from tail import Tail, fit_tail

import imgcmp
from imgcmp.clusters.auto_sim import FALSE_PER_IMAGE, Kind, auto_sim, collections_of
from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.grouping import images_of
from imgcmp.commands.options import FingerprintOptions
from imgcmp.database.database import Database
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.results.members import Images
from imgcmp.search.view_distances import fill_view_heights, variants_of
from imgcmp.system.threads import worker_count

KINDS = tuple(Kind("phash", x, views) for x in (16, 8) for views in ("all", "crops,flips,turns", "none"))
COLLECTIONS = (1_000, 10_000, 100_000)  # images
# With looks the counts grow by another factor beyond 0.35 of the bits, from where on looks are not asked, and already
# near that: so to fewer of the nearest pairs.
SHARE_WITH_LOOKS, LEAST_WITH_LOOKS = 8e-6, 24


class Measured(NamedTuple):
    """The distances of all pairs of different photographs by one kind of fingerprint, by each of its lines."""

    kind: Kind
    n_images: int
    distances: list[NDArray[np.uint16]]  # by the bits alone, and with looks, where there are some
    fits: list[Tail]

    def expected_within(self, n_images: int, radius_bits: int) -> float:
        """Return how many pairs these photographs let expect within a radius among so many images."""
        shares = [
            fit.share_within(radius_bits)
            if radius_bits <= fit.limit_bits
            else np.count_nonzero(distances <= radius_bits) / len(distances)
            for fit, distances in zip(self.fits, self.distances, strict=True)
        ]
        return float(min(shares)) * n_images * (n_images - 1) / 2


def auto_sections(pictures: Iterable[Image.Image], kinds: Sequence[Kind] = KINDS) -> Iterator[str]:
    """Yield the paragraphs on SIM auto: what different photographs say of it."""
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(pictures):
            picture.convert("RGB").save(Path(folder) / f"{number:06}.jpg", quality=95)
        measured = []
        for kind in kinds:
            try:
                measured.append(measure(folder, kind))
            except ValueError as error:  # a handful of photographs
                yield f"Of {kind.method}, x = {kind.x}, views {kind.views} nothing was fitted: {error}."
    if not measured:
        return
    yield "## SIM auto"
    yield auto_text(measured[0].n_images)
    yield auto_table(measured)
    optimistic = [word for one in measured for word in too_optimistic(one)]
    few = "None of these is more optimistic than what was measured."
    yield "**More optimistic than what was measured:** " + "; ".join(optimistic) + "." if optimistic else few


def measure(folder: str, kind: Kind) -> Measured:
    """Compare all pairs of the pictures in a folder, as a run does, and fit the tail of their distances."""
    with tempfile.TemporaryDirectory() as home:
        database = str(Path(home) / "strangers.hdf")
        options = FingerprintOptions(x=kind.x, method=kind.method, views=kind.views, database=database)
        fingerprint([folder], options, console=Console(quiet=True))
        images = images_of(Database(database))
        shown = np.flatnonzero(~are_flat(images.detail))
        distances = list(distances_of(images, shown))
    fits = [fit_tail(distances[0])]
    if len(distances) > 1:
        n_fitted = max(LEAST_WITH_LOOKS, round(SHARE_WITH_LOOKS * len(distances[1])))
        fits.append(fit_tail(distances[1], n_fitted))
    return Measured(kind, len(shown), distances, fits)


def distances_of(images: Images, shown: NDArray[np.intp]) -> Iterator[NDArray[np.uint16]]:
    """Yield the distances of all pairs of some images: by the bits alone, and then, if there are looks, with these."""
    words = images.words[shown]
    if not images.view_list:
        yield imgcmp.pdist(words)
        return
    looks_decide = images.looks is not None and images.layout.bounds.doubtful > 0
    for looks in [None, images.looks.some(shown)] if looks_decide else [None]:
        variants = variants_of(words, images.views[shown], None, images.layout, looks)
        out = np.empty(len(shown) * (len(shown) - 1) // 2)
        fill_view_heights(out, variants, np.arange(len(shown)), np.zeros(len(shown)), worker_count(None))
        yield out.astype(np.uint16)


def auto_text(n_images: int) -> str:
    return f"""\
What is behind `--sim auto` (docs/concepts.md), counted on all pairs of {n_images:,} different photographs, each as a
run compares it. *Fitted* is the share within so many bits, and how many times as many there are with two more; *taken*
is what imgcmp/clusters/auto_sim.py has. Then, for so many images, the SIM that is taken, and how many false pairs in a
thousand images these photographs let expect there; one is promised."""


def auto_table(measured: Sequence[Measured]) -> str:
    rows = []
    for one in measured:
        lines = zip(*collections_of(one.kind), strict=True)
        for number, (fit, known) in enumerate(zip(one.fits, lines, strict=True)):
            name = f"{one.kind.method}, x = {one.kind.x}, views {one.kind.views}{', with looks' * number}"
            is_last = number + 1 == len(one.fits)
            cells = [promised(one, n) if is_last else "" for n in COLLECTIONS]
            rows.append([name, told(fit), "; ".join(map(told, known)), *cells])
    return table(["fingerprints", "fitted", "taken", *(f"{n:,} images" for n in COLLECTIONS)], rows)


def told(tail: object) -> str:
    return f"{tail.share:.2e} within {tail.limit_bits}, x {tail.factor:.2f}"  # type: ignore[attr-defined]


def promised(one: Measured, n_images: int) -> str:
    sim = auto_sim(n_images, one.kind)
    return f"{sim:g}: {per_thousand(one, n_images, sim):.2f}"


def per_thousand(one: Measured, n_images: int, sim: float) -> float:
    return 1000 * one.expected_within(n_images, int(sim * one.kind.n_bits)) / n_images


def too_optimistic(one: Measured) -> Iterator[str]:
    """Yield where more false pairs are to be expected than are promised."""
    for n in COLLECTIONS:
        sim = auto_sim(n, one.kind)
        found = per_thousand(one, n, sim)
        if sim and found > 1000 * FALSE_PER_IMAGE:
            yield f"{one.kind.method}, x = {one.kind.x}, views {one.kind.views}, {n:,} images: {found:.2f}"
