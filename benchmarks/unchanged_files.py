"""Many files that a database holds as they are: what a second run finds."""

import os
from collections.abc import Iterable, Iterator

import numpy as np

from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.fingerprints.views import look_bytes, view_names
from imgcmp.images.find_images import find_images
from imgcmp.images.image_file import ImageFile


def make_files(top: str, n_files: int) -> None:
    """Make folders of 1,000 empty files each."""
    for album in range(n_files // 1000):
        folder = os.path.join(top, f"album {album:03}")
        os.makedirs(folder)
        for number in range(1000):
            os.close(os.open(f"{folder}/IMG_{number:06}.jpg", os.O_CREAT))


def save_as_read(path: str, top: str, *, x: int, views: str) -> None:
    """Save a database that holds all files under a folder as if they had been read, with random fingerprints."""
    with Database(path, method="phash", x=x, views=views) as store:
        store.update(records(find_images([top]).files, x=x, views=views))
        store.save()


def records(files: Iterable[ImageFile], *, x: int, views: str) -> Iterator[ImageRecord]:
    n_variants = 1 + len(view_names(views))
    random = np.random.default_rng(0)
    for number, file in enumerate(files):
        words = random.integers(0, 2**64, size=(n_variants, x * x // 64), dtype=np.uint64)
        look = random.integers(8, size=look_bytes(views), dtype=np.uint8)  # views stand in one of eight ways
        digest = number.to_bytes(16, "big")
        yield ImageRecord(file, "", words[0], 4000, 3000, digest, words[1:], detail=50, frame=0, look=look)
