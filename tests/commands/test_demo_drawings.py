import hashlib
import os
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy.spatial.distance import pdist, squareform

import imgcmp
from imgcmp.commands.demo_canvas import Canvas
from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.errors import InputError
from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.views import view_layout

SIM = 0.1  # that joins copies that show the whole, by 64 bits
HARD = (" cropped.jpg", " mirrored and cropped.jpg", " corner.jpg", " tilted.jpg", " on a screen.png", " negative.jpg")
STRANGERS = ("duck on a pond.jpg", "bee on a wall.jpg")  # of one silhouette, to bits


def read(file):
    with Image.open(file) as image:
        image.load()
    return image


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    return draw_collection(str(tmp_path_factory.mktemp("demo") / "new" / "pictures"))


@pytest.fixture(scope="module")
def distances_bits(collection):
    bits = [imagehash.phash(ImageOps.exif_transpose(read(file))).hash.ravel() for file in all_but_hard(collection)]
    return squareform(pdist(np.array(bits), "hamming") * 64)


def all_but_hard(collection):
    return [file for group in collection for file in group if not file.endswith(HARD)]


@pytest.fixture(scope="module")
def is_copy(collection):
    numbers = [number for number, group in enumerate(collection) for file in group if file in all_but_hard(collection)]
    return np.equal.outer(numbers, numbers)


@pytest.fixture(scope="module")
def fingerprints(collection):
    """Return the fingerprints that `imgcmp run` makes of each file, by the end of its path."""
    files = [file for group in collection for file in group]
    return {os.path.basename(file): fingerprint_file(file, x=16, method="phash", views="all") for file in files}


def test_groups_are_all_the_files_there_are(collection):
    files = [file for group in collection for file in group]
    folder = os.path.commonpath(files)
    found = {os.path.join(place, name) for place, _, names in os.walk(folder) for name in names}
    assert len(files) == len(set(files)) >= 30
    assert set(files) == found
    assert len(collection) == 14
    assert min(map(len, collection)) == 1


def test_the_clusters_are_the_groups(collection):
    found = imgcmp.find_duplicates([file for group in collection for file in group], sim=0.3)
    assert sorted(group.files for group in found.groups) == sorted(sorted(g) for g in collection if len(g) > 1)


def test_copies_of_the_whole_are_alike_and_pictures_differ(collection, distances_bits, is_copy):
    assert distances_bits[is_copy].max() <= SIM * 64
    assert distances_bits[~is_copy].min() > SIM * 64
    a, b = (file for file in all_but_hard(collection) if file.endswith(STRANGERS))
    are_strangers = np.isin(all_but_hard(collection), (a, b))
    assert distances_bits[~is_copy & ~np.logical_and.outer(are_strangers, are_strangers)].min() >= 18  # measured: 20


def test_hard_copies_are_found_by_views_alone(collection, fingerprints):
    for group in collection:
        whole = fingerprints[os.path.basename(group[0])]
        for name in (os.path.basename(file) for file in group if file.endswith(HARD)):
            pair = (whole, fingerprints[name])
            words, views = np.stack([one.words for one in pair]), np.stack([one.views for one in pair])
            assert not joined(words, 0.3)
            assert joined(words, 0.3, views=views, layout=view_layout("all", "phash", 16), looks=looks_of(pair))


def test_strangers_of_one_silhouette_are_told_apart_by_their_looks(fingerprints):
    pair = [fingerprints[name] for name in STRANGERS]
    words, views = np.stack([one.words for one in pair]), np.stack([one.views for one in pair])
    layout = view_layout("all", "phash", 16)
    assert joined(words, 0.3, views=views, layout=layout)
    assert not joined(words, 0.3, views=views, layout=layout, looks=looks_of(pair))


def joined(words, sim, **views):
    return len(set(imgcmp.cluster(words, sim, **views).tolist())) == 1


def looks_of(pair):
    looks = np.stack([one.look for one in pair])
    return LookRows.of(looks, np.array([one.width for one in pair]), np.array([one.height for one in pair]))


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
