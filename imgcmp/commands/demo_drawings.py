"""A small collection of drawn pictures, with the edited copies that collections of photographs have."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from imgcmp.commands.demo_pictures import DRAWINGS, Drawing
from imgcmp.errors import InputError

_OVERSAMPLING = 2  # pictures are drawn this much larger, then shrunk: Pillow draws jagged edges


def draw_collection(folder: str, *, seed: int = 0) -> list[list[str]]:
    """Draw pictures and edited copies of most of them into a new folder.

    Parameters
    ----------
    folder : str
        Made, with its parents; it may exist if it is empty.
    seed : int, optional
        Varies details of the pictures. The same seed gives the same pixels.

    Returns
    -------
    groups : list of list of str
        The absolute paths of each picture and its copies, the original first. A picture without a copy is a list of
        one. With seed 0 and the settings of `imgcmp run` the clusters are the groups of two and more.

    Raises
    ------
    InputError
        If `folder` exists and is not an empty folder.
    """
    folder = os.path.abspath(folder)
    if os.path.lexists(folder) and not (os.path.isdir(folder) and not os.listdir(folder)):
        raise InputError(f"{folder} exists and is not an empty folder; name a new one")
    groups = []
    for number, picture in enumerate(DRAWINGS):
        # A generator of its own: a change of one picture leaves the others as they are.
        image = _photograph(picture, np.random.default_rng([seed, number]))
        group = [_save(image, os.path.join(folder, picture.folder, picture.name + ".jpg"), {"quality": 92})]
        for edit in picture.edits:
            path = os.path.join(folder, edit.folder, picture.name + edit.ending)
            group.append(_save(edit.apply(image), path, edit.save_options))
        groups.append(group)
    return groups


def _photograph(picture: Drawing, rng: np.random.Generator) -> Image.Image:
    width, height = picture.size
    image = picture.draw((width * _OVERSAMPLING, height * _OVERSAMPLING), rng).reduce(_OVERSAMPLING)
    pixels = np.asarray(image, dtype=np.float64)
    grain = rng.normal(0, 2.5, (height, width, 1))
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def _save(image: Image.Image, path: str, options: Mapping[str, Any]) -> str:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image.save(path, **options)
    return path
