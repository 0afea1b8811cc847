"""Pictures as imgcmp compares them, for the drawn pages: their fingerprints and looks, and by what two are nearest."""

from typing import NamedTuple

import numpy as np
from panel import opened
from PIL import Image

from imgcmp.clusters.look_likeness import LookLikeness
from imgcmp.clusters.nearest_variants import Nearest, NearestVariants
from imgcmp.fingerprints.hashes import PIXELS_PER_X
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.looks import LOOK_BYTES, levels_of
from imgcmp.fingerprints.packing import pack
from imgcmp.fingerprints.standings import TURNS, ways_to_stand
from imgcmp.fingerprints.view_bits import PictureViews, picture_views
from imgcmp.fingerprints.view_planes import WHOLE, Crop, grid_of, lowest_waves
from imgcmp.fingerprints.views import view_layout, views_of_kinds
from imgcmp.images.alignment import transpose_of
from imgcmp.images.grey_pixels import grey_pixels
from imgcmp.images.shown_picture import read_shown
from imgcmp.results.view_turns import words_for

X, N_BITS = 16, 256
VIEWS, LAYOUT = views_of_kinds("all"), view_layout("all", "phash", X)


class Print(NamedTuple):
    """A picture, and what is kept of it with all views."""

    image: Image.Image
    seen: PictureViews

    @classmethod
    def of(cls, image: Image.Image) -> "Print":
        return cls(image, picture_views(grey_pixels(image), X, "phash", VIEWS))

    @classmethod
    def of_file(cls, path: str) -> "Print":
        """Read a file as a run does: a JPEG at reduced scale, which moves a bit here and there."""
        picture = read_shown(path, PIXELS_PER_X * X).picture
        return cls(opened(path), picture_views(picture.grey, X, "phash", VIEWS, picture.turn))

    @property
    def words(self) -> np.ndarray:
        """First those of the whole, then those of the views."""
        return pack(self.seen.bits)

    @property
    def inner(self) -> Crop:
        """The picture within the picture."""
        return Crop(*(self.seen.inner / 255.0).tolist())


def looks_of(*prints: Print) -> LookRows:
    rows = np.stack([one.seen.look_row for one in prints])
    widths, heights = np.array([one.image.size for one in prints]).T
    looks = LookRows.of(rows, widths, heights)
    assert looks is not None
    return looks


def whole_bits(a: Print, b: Print) -> int:
    return int(np.count_nonzero(a.seen.bits[0] != b.seen.bits[0]))


def nearest(a: Print, b: Print, *, with_looks: bool = True) -> Nearest:
    """Return by what two pictures are nearest."""
    variants = NearestVariants(LAYOUT, looks_of(a, b) if with_looks else None)
    return variants.nearest(0, 1, a.words, b.words)


def view_words(a: Print, b: Print, near: Nearest) -> str:
    """Return what the view is called that two are nearest by; empty: the wholes."""
    return words_for(near, 0, 1, VIEWS, looks_of(a, b))


def likeness(a: Print, b: Print, near: Nearest) -> float:
    """Return how alike the looks are, laid over each other as the view says that the two are nearest by."""
    one, other = (1, 0) if near.of_first else (0, 1)
    variant = 0 if near.view is None else near.view + 1 - LAYOUT.n_standings
    return LookLikeness(looks_of(a, b), LAYOUT).likeness(one, near.standing, other, variant)


def look_picture(one: Print, side: int) -> Image.Image:
    """Return a look, enlarged to squares."""
    levels = levels_of(one.seen.look_row[:LOOK_BYTES]) * np.uint8(17)
    return Image.fromarray(levels).resize((side, side), Image.Resampling.NEAREST)


def ways_of(image: Image.Image) -> list[Image.Image]:
    """Return a picture in the ways in which it may stand, the likeliest first."""
    turns = ways_to_stand(lowest_waves(grid_of(grey_pixels(image), X), [WHOLE])[0])
    methods = [transpose_of(TURNS.index(turn)) for turn in turns]
    return [image if method is None else image.transpose(method) for method in methods]
