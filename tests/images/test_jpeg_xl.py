"""JPEG XL: what is in the file beside the pixels that are read."""

import numpy as np
import pytest
from pictures import gradient

from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole

COLOURS = np.asarray(gradient(60, 40))


def digest(path):
    with opened(str(path)) as content:
        return digest_whole(content)


def test_finer_samples_and_films_are_not_the_same_as_what_is_read_of_them(tmp_path):
    pytest.importorskip("pillow_jxl")
    imagecodecs = pytest.importorskip("imagecodecs")
    grey = COLOURS[..., 0].copy()
    for name, numbers in (
        ("eight", COLOURS),
        ("sixteen", COLOURS.astype(np.uint16) * 257),
        ("other sixteen", COLOURS.astype(np.uint16) * 257 ^ 1),
        ("film", np.stack([COLOURS, COLOURS[::-1]])),
        ("grey of eight", grey),
        ("grey of sixteen", grey.astype(np.uint16) * 257),
        ("other grey of sixteen", grey.astype(np.uint16) * 257 ^ 1),
    ):
        (tmp_path / name).write_bytes(imagecodecs.jpegxl_encode(numbers, lossless=True))
    gradient(60, 40).save(tmp_path / "eight.png")
    digests = {path.name: digest(path) for path in tmp_path.iterdir()}
    assert digests["eight"] == digests["eight.png"]
    assert len(set(digests.values())) == 7
