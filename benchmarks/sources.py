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
    return list(each_distinct(folders))


def each_distinct(folders: Iterable[str]) -> Iterator[Source]:
    """Yield what `distinct_pictures` returns, one at a time: ten thousand take 5 GB."""
    shapes: list[NDArray[np.float64]] = []
    for path in image_files(folders):
        image = picture(path)
        if image is None:
            continue
        shape = grids(image)
        if shape is not None and not any(likeness(shape, other) >= SAME for other in shapes):
            yield Source(path, image)
            shapes.append(shape)


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


def grids(image: Image.Image) -> NDArray[np.float64] | None:
    """Return the detail of the whole, of its middle square and of its middle 9:16; None if there is little.

    Each of mean 0 and length 1: an array of shape (3, GRID * GRID).
    """
    details = np.array([detail(part) for part in (image, *(ImageOps.fit(image, size) for size in MIDDLES))])
    if details[0].std() < LEAST_DETAIL:
        return None
    details -= details.mean(axis=1, keepdims=True)
    return details / np.linalg.norm(details, axis=1, keepdims=True)


def detail(image: Image.Image) -> NDArray[np.float64]:
    grid = np.asarray(image.convert("L").resize((GRID, GRID), Image.Resampling.LANCZOS), dtype=np.float64)
    return (grid - gaussian_filter(grid, BLUR)).ravel()


def likeness(shape: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the largest correlation of the wholes, or of the same middles, in absolute value."""
    return float(np.abs((shape * other).sum(axis=1)).max())
