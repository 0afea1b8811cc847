"""Distances that the accuracy page is made of: those of the product, with all views and without some."""

import edit_recall
import numpy as np
import pytest
from accuracy_settings import RECOMMENDED, families
from edits import EDITS
from pictures import photograph
from viewed import Kind, compared, condensed_distances, square_distances, squared, view_names_of

import imgcmp
from imgcmp.clusters.few_images import FewImages

KIND = RECOMMENDED.kind


@pytest.fixture(scope="module")
def rows():
    """Return three photographs, each with some edits."""
    images = [photograph(name).convert("RGB").resize((240, 180)) for name in ("astronaut.png", "coffee.png")]
    images.append(images[0].rotate(3).crop((10, 10, 200, 170)))
    edits = [EDITS[name] for name in ("half size", "rotated by 90", "left 15 % off", "blur")]
    made = [[image, *(edit(image, np.random.default_rng(0)) for edit in edits)] for image in images]
    return np.array([KIND.of_image(image) for of_one in made for image in of_one])


@pytest.mark.parametrize(
    "kind", [KIND, Kind("phash", 8, "all"), Kind("dhash", 16, "crops,turns"), Kind("ahash", 8, "none")]
)
def test_a_row_is_what_is_kept_of_an_image(tmp_path, kind):
    image = photograph("coffee.png").convert("RGB").resize((200, 150))
    path = str(tmp_path / "coffee.png")
    image.save(path)
    of_image, of_file = kind.of_image(image), kind.of_file(path)
    assert of_image == of_file
    assert np.array_equal(
        of_image["words"], imgcmp.fingerprint_views(image, x=kind.x, method=kind.method, views=kind.views)
    )
    assert (of_image["width"], of_image["height"]) == image.size


def test_distances_are_those_that_few_images_have_without_kernels(rows):
    images = compared(rows, KIND)
    few = FewImages(images.words, images.views, images.layout, images.looks)
    assert np.array_equal(square_distances(rows, KIND), few.distances)


def test_copies_are_near_and_others_are_not(rows):
    distances = square_distances(rows, KIND)
    assert distances[:5, :5].max() < 70
    assert distances[:5, 5:10].min() > 80


def test_without_views_wholes_are_compared(rows):
    without = range(len(view_names_of(KIND)))
    assert np.array_equal(condensed_distances(rows, KIND, without), imgcmp.pdist(rows["words"][:, 0].copy()))


@pytest.mark.parametrize("name", families())
def test_without_a_family_nothing_comes_nearer_by_bits(rows, name):
    numbers = families()[name]
    images = compared(rows, KIND, numbers)
    assert images.views.shape[1] == len(view_names_of(KIND)) - len(numbers)
    few = FewImages(images.words, images.views, images.layout, images.looks)
    assert np.array_equal(square_distances(rows, KIND, numbers), few.distances)
    of_all = compared(rows, KIND)
    by_bits = [FewImages(of.words, of.views, of.layout).distances for of in (images, of_all)]
    assert (by_bits[0] >= by_bits[1]).all()


def test_one_way_to_stand_stays(rows):
    with pytest.raises(ValueError, match="keep one way to stand"):
        compared(rows, KIND, range(4))


def test_condensed_distances_become_a_matrix():
    assert squared(np.array([1, 2, 3], np.uint16), 3).tolist() == [[0, 1, 2], [1, 0, 3], [2, 3, 0]]


def test_rows_are_saved_and_read_again(tmp_path, rows):
    words = {(method, x): rows["words"][:, 0] for method in edit_recall.METHODS for x in edit_recall.SIDES}
    peers = {(name, x): rows["words"][:, 0] for name in edit_recall.PEERS for x in edit_recall.SIDES}
    segments = {x: [rows["words"][0], rows["words"][1, :3]] for x in edit_recall.SIDES}
    path = str(tmp_path / "hashes.npz")
    edit_recall.save(path, edit_recall.Hashes(rows, words, peers, segments))
    again = edit_recall.load(path)
    assert np.array_equal(again.with_views, rows)
    assert again.with_views.dtype == KIND.dtype
    assert [len(part) for part in again.segments[8]] == [rows["words"].shape[1], 3]
