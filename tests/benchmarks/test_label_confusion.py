"""Labels against what is known of pairs, and pages against what is joined."""

from types import SimpleNamespace

import accuracy_labels
import numpy as np
import pytest
from label_confusion import APART, confusion, confusion_table, is_right, label_by_find_duplicates, measured
from label_pairs import Pair
from pictures import photograph
from PIL import Image


def pair(first, second, truth):
    return Pair(str(first), str(second), truth, "", None)


def test_confusion_counts_truth_and_label():
    pairs = [pair(n, n, truth) for n, truth in enumerate(["grey", "grey", "cropped"])]
    counted = confusion(pairs, lambda *paths: "edited" if paths == ("0", "0") else "cropped")
    assert counted == {("grey", "edited"): 1, ("grey", "cropped"): 1, ("cropped", "cropped"): 1}


def test_the_table_tells_what_is_right_of_rows_and_of_columns():
    counted = {("cropped", "cropped"): 3, ("cropped", APART): 1, ("edited", "cropped"): 1, ("edited", "edited"): 1}
    head, _, edited, cropped, told = confusion_table(counted).splitlines()
    assert head == "| made / told | edited | cropped | not found | right |"
    assert edited == "| edited | 1 | 1 |  | 0.5000 |"
    assert cropped == "| cropped |  | 3 | 1 | 0.7500 |"
    assert told == "| right where told | 1.0000 | 0.7500 |  |  |"


def test_pages_may_be_apart_and_others_may_not():
    assert is_right("similar", APART)
    assert is_right("similar", "similar")
    assert not is_right("similar", "edited")
    assert not is_right("cropped", APART)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    for name in ("astronaut", "coffee"):
        image = photograph(f"{name}.png").convert("RGB")
        image.save(folder / f"{name}.png")
        image.save(folder / f"{name} again.png", compress_level=1)
        image.resize((image.width // 2, image.height // 2)).save(folder / f"{name} small.png")
    return folder


def test_labels_are_those_of_find_duplicates_of_the_pair(folder):
    pairs = [
        pair(folder / "astronaut.png", folder / "astronaut again.png", "identical pixels"),
        pair(folder / "coffee.png", folder / "coffee small.png", "re-encoded or resized"),
        pair(folder / "astronaut.png", folder / "coffee.png", "similar"),
        # In one cluster with the first pair: looked at by itself.
        pair(folder / "astronaut.png", folder / "astronaut small.png", "re-encoded or resized"),
    ]
    counted = confusion(pairs, label_by_find_duplicates(pairs))
    assert counted == {
        ("identical pixels", "identical pixels"): 1,
        ("re-encoded or resized", "re-encoded or resized"): 2,
        ("similar", APART): 1,
    }


def test_pairs_of_all_rounds_are_measured():
    images = [Image.fromarray(np.random.default_rng(n).integers(0, 256, (40, 60, 3), dtype=np.uint8)) for n in range(3)]
    seen = []

    def label_of_batch(pairs):
        seen.append([pair.how for pair in pairs])
        return lambda *_: "grey"

    counted = measured(images, 2, label_of_batch=label_of_batch)
    assert counted.total() == 6
    assert {label for _, label in counted} == {"grey"}
    assert len(seen) == 2
    assert seen[0] != seen[1]


def test_pages_that_are_joined_and_named():
    written = {name: [f"/{name}.png", f"/{name}.jpg"] for name in ("chat 0", "chat 1", "chat 2")}

    def cluster(**relations):
        files = list(relations)
        best = next(file for file, name in relations.items() if name == "best")
        members = [SimpleNamespace(relation=name, to=best) for name in relations.values()]
        return SimpleNamespace(files=files, members=members)

    groups = [
        cluster(**{"/chat 0.jpg": "best", "/chat 0.png": "re-encoded or resized", "/chat 1.png": "edited"}),
        cluster(**{"/chat 2.jpg": "best", "/chat 1.jpg": "similar"}),
    ]
    assert accuracy_labels.joined(written, groups) == (1, 2, 1)
