"""Photographs to edit: the images under some folders, each picture once."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.ndimage import gaussian_filter

from imgcmp.images.grey_pixels import WHITE, laid_over

LONGER_SIDE = 500  # the edits are defined on this size
SMALLEST_SIDE = 300  # of the file: below are icons and thumbnails
GRID = 32
BLUR = 3  # cells: what is left is the picture without its light; skies and gradients are all alike
# Correlation of the detail of two pictures, in absolute value. The same wallpaper in another size or shape, by night or
# in other colours reaches SAME; two pictures hardly ever do.
SAME = 0.5
MIDDLES = ((500, 500), (281, 500))  # a wallpaper for telephones is the middle of the one for screens
LEAST_DETAIL = 4.0  # standard deviation of the detail, of 255 greys; below are gradients, and logos on plain ground


class Source(NamedTuple):
    name: str
    image: Image.Image  # RGB, upright, the longer side at most LONGER_SIDE


def distinct_pictures(folders: Iterable[str]) -> list[Source]:
    """Return the images under the folders, by name, without those that show the same picture as an earlier one."""
    seen = SeenPictures()
    found = ((path, picture(path)) for path in image_files(folders))
    return [Source(path, image) for path, image in found if image is not None and seen.is_new(grids(image))]


class SeenPictures:
    """Tells whether a picture is a new one, by the details of all that were asked for before."""

    def __init__(self) -> None:
        self._shapes = np.zeros((64, len(MIDDLES) + 1, GRID * GRID), np.float32)
        self._n = 0

    def is_new(self, shape: NDArray[np.float32] | None) -> bool:
        """Tell whether what `grids` says of a picture is like that of no earlier one, and take note of it."""
        if shape is None:
            return False
        # The correlations of the wholes, and of the same middles.
        alike = np.abs(np.einsum("nkc,kc->nk", self._shapes[: self._n], shape))
        if alike.max(initial=0) >= SAME:
            return False
        if self._n == len(self._shapes):
            self._shapes = np.concatenate([self._shapes, np.zeros_like(self._shapes)])
        self._shapes[self._n] = shape
        self._n += 1
        return True


def image_files(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        if os.path.isfile(folder):
            yield folder
        for parent, children, names in os.walk(folder):
            children.sort()
            paths = (os.path.join(parent, name) for name in sorted(names))
            yield from (path for path in paths if os.path.isfile(path) and not os.path.islink(path))


def picture(path: str, longer_side: int = LONGER_SIDE) -> Image.Image | None:
    """Return an image at the size of the edits, or another one, or None if it is none, small, or transparent."""
    try:
        with Image.open(path) as image:
            if min(image.size) < SMALLEST_SIDE:
                return None
            image.draft("RGB", (2 * longer_side, 2 * longer_side))
            whole = ImageOps.exif_transpose(image)
            if is_transparent(whole):
                return None
            whole = laid_over(whole, WHITE).convert("RGB")
    except (OSError, Image.DecompressionBombError):
        return None
    whole.thumbnail((longer_side, longer_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return whole


def is_transparent(image: Image.Image) -> bool:
    return image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema()[0] < 255


def grids(image: Image.Image) -> NDArray[np.float32] | None:
    """Return the detail of the whole, of its middle square and of its middle 9:16; None if there is little.

    Each of mean 0 and length 1: an array of shape (3, GRID * GRID).
    """
    details = np.array([detail(part) for part in (image, *(ImageOps.fit(image, size) for size in MIDDLES))])
    if details[0].std() < LEAST_DETAIL:
        return None
    details -= details.mean(axis=1, keepdims=True)
    return np.asarray(details / np.linalg.norm(details, axis=1, keepdims=True), dtype=np.float32)


def detail(image: Image.Image) -> NDArray[np.float64]:
    grid = np.asarray(image.convert("L").resize((GRID, GRID), Image.Resampling.LANCZOS), dtype=np.float64)
    return (grid - gaussian_filter(grid, BLUR)).ravel()
