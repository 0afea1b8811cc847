import hashlib
import os
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from imgcmp.commands.demo_canvas import Canvas
from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.errors import InputError

SIM = 0.1


def read(file):
    with Image.open(file) as image:
        image.load()
    return image


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    return draw_collection(str(tmp_path_factory.mktemp("demo") / "new" / "pictures"))


@pytest.fixture(scope="module")
def distances_bits(collection):
    bits = [imagehash.phash(ImageOps.exif_transpose(read(file))).hash.ravel() for group in collection for file in group]
    return pdist(np.array(bits), "hamming") * 64


@pytest.fixture(scope="module")
def picture_of_file(collection):
    return np.repeat(np.arange(len(collection)), [len(group) for group in collection])


def test_groups_are_all_the_files_there_are(collection):
    files = [file for group in collection for file in group]
    folder = os.path.commonpath(files)
    found = {os.path.join(place, name) for place, _, names in os.walk(folder) for name in names}
    assert len(files) == len(set(files)) >= 30
    assert set(files) == found
    assert len(collection) == 12
    assert min(map(len, collection)) == 1


def test_the_clusters_are_the_groups(distances_bits, picture_of_file):
    labels = fcluster(linkage(distances_bits, "average"), SIM * 64, "distance")
    assert ((labels[:, None] == labels) == (picture_of_file[:, None] == picture_of_file)).all()


def test_copies_are_alike_and_pictures_differ(distances_bits, picture_of_file):
    square = squareform(distances_bits)
    is_copy = picture_of_file[:, None] == picture_of_file
    assert square[is_copy].max() <= SIM * 64
    assert square[~is_copy].min() >= 18  # measured: 20 with Pillow 13.0


def test_copies_are_no_mere_duplicates(collection):
    files = [file for group in collection for file in group]
    contents = {hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files}
    assert len(contents) == len(files)
    images = [read(file) for file in files]
    assert {image.format for image in images} == {"JPEG", "PNG", "WEBP"}
    assert {image.mode for image in images} == {"RGB", "L"}
    assert 6 in {image.getexif().get(0x0112) for image in images}


def test_a_copy_on_its_side_is_shown_upright(collection):
    group = next(group for group in collection if any("turned" in file for file in group))
    original = read(group[0])
    turned = read(next(file for file in group if "turned" in file))
    assert turned.size == original.size[::-1]
    upright = np.asarray(ImageOps.exif_transpose(turned), dtype=float)
    assert np.abs(upright - np.asarray(original, dtype=float)).mean() < 4  # two times JPEG


def test_a_seed_gives_the_same_pixels_and_another_one_others(tmp_path, collection):
    def pixels(groups):
        return [np.asarray(read(group[0])) for group in groups]

    again = pixels(draw_collection(str(tmp_path / "again")))
    other = pixels(draw_collection(str(tmp_path / "other"), seed=1))
    assert all(np.array_equal(a, b) for a, b in zip(pixels(collection), again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(again, other, strict=True))


def test_a_background_blends_from_top_to_bottom():
    image = Canvas((3, 5), (10, 20, 30), (50, 60, 70)).image
    assert [image.getpixel((x, y)) for x, y in ((0, 0), (2, 0), (1, 2), (0, 4))] == [
        (10, 20, 30), (10, 20, 30), (30, 40, 50), (50, 60, 70),
    ]  # fmt: skip


def test_an_empty_folder_is_used_and_any_other_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    groups = draw_collection(str(tmp_path / "empty"))
    assert all(os.path.isfile(file) for group in groups for file in group)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.jpg").write_text("mine")
    for name in ("file", "full"):
        with pytest.raises(InputError, match=f"{name} exists and is not an empty folder; name a new one"):
            draw_collection(str(tmp_path / name))
    assert os.listdir(tmp_path / "full") == ["a.jpg"]
