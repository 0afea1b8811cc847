"""What is found of hard edits, counted on numbers small enough to check; and the ways to compare."""

from functools import partial

import comparers as comparers_module
import hard_recall
import numpy as np
import pytest
from accuracy_hard import hard_table, recalls_before, verdict
from comparers import Comparer, comparers, cosine_distances, in_blocks, nearest_turns
from hard_edits import NAMES
from hard_recall import HardHashes, found_by, radius_at
from pictures import photograph


def gap(one, other):
    return np.abs(one[:, np.newaxis] - other[np.newaxis])


def width(image):
    return np.int64(image.width)


NUMBERS = Comparer("numbers", "numbers", width, partial(in_blocks, distances=gap), 3)


@pytest.mark.parametrize(
    ("distances", "rate", "radius"),
    [([1, 5, 7, 9], 0.25, 4), ([1, 5, 7, 9], 0.0, 0), ([5, 5, 7, 9], 0.25, 4), ([0, 5, 7, 9], 0.0, -1)],
)
def test_the_radius_ends_before_the_first_pair_too_many(distances, rate, radius):
    assert radius_at(np.array(distances), rate) == radius
    as_floats = radius_at(np.array(distances, dtype=np.float32), rate)
    assert radius <= as_floats < radius + 1
    assert np.count_nonzero(np.array(distances, dtype=np.float32) <= as_floats) <= rate * len(distances)


def test_each_pair_of_strangers_is_counted_once(monkeypatch):
    monkeypatch.setattr(comparers_module, "BLOCK", 3)
    numbers = np.array([0, 1, 10, 100, 1000, 10000, 20000])
    found = NUMBERS.condensed(numbers)
    assert found.tolist() == [b - a for n, a in enumerate(numbers) for b in numbers[n + 1 :]]


def test_recall_within_the_radius_and_within_the_limit():
    originals = np.array([0, 10, 30, 60])  # the nearest two are 10 apart: all within 9 is found
    edited = np.zeros((2, 1 + len(NAMES)), dtype=np.int64)
    edited[:, 1] = 9
    edited[:, 2] = 10
    edited[0, 3] = 2
    edited[1, 3] = 50
    found = found_by(NUMBERS, HardHashes({"numbers": originals}, {"numbers": edited}))
    assert (found.radius, found.n_false, found.n_false_at_limit) == (9, 0, 0)
    assert [found.of_edit[name] for name in NAMES[:4]] == [1.0, 0.0, 0.5, 1.0]
    assert found.mean == pytest.approx((len(NAMES) - 1.5) / len(NAMES))
    assert found.at_limit == pytest.approx((len(NAMES) - 2.5) / len(NAMES))


def test_the_nearest_turn_counts():
    one = np.array([[[0b1111], [0b0000]]], dtype=np.uint64)
    other = np.array([[[0b0000], [0b1110]], [[0b1111], [0b0000]]], dtype=np.uint64)
    assert nearest_turns(one, other).tolist() == [[1, 0]]


def test_cosines_become_distances():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    assert cosine_distances(vectors[:1], vectors)[0] == pytest.approx([0, 1, 0.4])


def test_what_is_missing_is_said_in_a_line(monkeypatch, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "pdqhash", None)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found, missing = comparers(None)
    assert missing == [
        "PDQ was not measured: pdqhash is not installed.",
        "SSCD was not measured: no model was given (--sscd).",
    ]
    assert found[0].name.startswith("imgcmp")
    assert comparers(str(tmp_path / "sscd.onnx"))[1][1] == "SSCD was not measured: onnxruntime is not installed."


def test_pdq_finds_a_mirrored_picture():
    pytest.importorskip("pdqhash")
    pdq = next(one for one in comparers(None)[0] if one.hash_name == "PDQ")
    image = photograph("astronaut.png").convert("RGB")
    whole, mirrored = (pdq.hash_of(one)[np.newaxis] for one in (image, image.transpose(0)))
    assert whole.shape == (1, 8, 4)
    assert pdq.condensed(np.concatenate([whole, mirrored]))[0] <= pdq.limit
    assert nearest_turns(whole[:, :1], mirrored[:, :1])[0, 0] > 3 * pdq.limit


def test_hashes_are_kept(tmp_path):
    path = str(tmp_path / "kept.npz")
    hashes = HardHashes({"numbers": np.arange(3)}, {"numbers": np.ones((2, 5))})
    hard_recall.save(path, hashes)
    again = hard_recall.load(path, [NUMBERS])
    assert np.array_equal(again.originals["numbers"], np.arange(3))
    assert np.array_equal(again.edited["numbers"], np.ones((2, 5)))
    assert hard_recall.load(path, [NUMBERS._replace(hash_name="another")]) is None
    assert hard_recall.load(str(tmp_path / "none.npz"), [NUMBERS]) is None


def test_edits_are_hashed_in_order(monkeypatch):
    monkeypatch.setattr(hard_recall, "hard_variants", lambda _image, other, _seed: [other] * len(NAMES))
    images = [photograph("chelsea.png").resize((width, 20)) for width in (10, 20, 30, 40, 50)]
    slow = NUMBERS._replace(hash_name="slow", n_edited=2)
    edited = hard_recall.hash_edited(images, [NUMBERS, slow], 1)
    assert edited["numbers"][:, :2].tolist() == [[10, 20], [20, 30], [30, 40], [40, 50], [50, 10]]
    assert edited["slow"][:, :2].tolist() == [[10, 20], [50, 10]]
    assert edited["numbers"].shape == (5, 1 + len(NAMES))


@pytest.mark.parametrize("workers", [1, 2])
def test_originals_are_hashed_once_each(tmp_path, workers):
    image = photograph("chelsea.png").convert("RGB").resize((450, 300))
    image.save(tmp_path / "1.png")
    image.resize((900, 600)).save(tmp_path / "2 again.png")
    photograph("coffee.png").convert("RGB").resize((300, 400)).save(tmp_path / "3.png")
    (tmp_path / "4.txt").write_text("no image")
    ours = next(iter(comparers(None)[0]))
    for one in (NUMBERS, ours) if workers == 1 else (ours,):  # what a test defines is not at hand in other processes
        found = hard_recall.hash_originals([str(tmp_path)], [one], workers)[one.hash_name]
        assert (found["width"] if one is ours else found).tolist() == [450, 300]


BEFORE = """\
| edit | easy |
| --- | --- |
| half size | 1.000 |

| edit | imgcmp, views all | aim | imgcmp, views none |
| --- | --- | --- | --- |
| 80 % of the area, one side | 0.500 **lost** |  | 0.100 |
| negative | 1.000 | 1.00 | 0.000 |
| mean | 0.750 | 0.72 | 0.050 |

Then text.
"""


def test_what_was_found_is_read_from_an_earlier_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(BEFORE)
    assert recalls_before(str(page)) == {"80 % of the area, one side": 0.5, "negative": 1.0, "mean": 0.75}
    assert recalls_before(None) == {}
    page.write_text("| edit | imgcmp |\n")
    with pytest.raises(ValueError, match=r"page\.md has no table of hard edits"):
        recalls_before(str(page))


@pytest.mark.parametrize(
    ("recall", "edit", "said"),
    [
        (1.0, "negative", ""),
        (0.99, "negative", " **missed**"),
        (0.49, "meme", ""),
        (0.48, "meme", " **lost**"),
        (0.0, "print", ""),
    ],
)
def test_what_is_missed_or_lost_is_marked(recall, edit, said):
    assert verdict(recall, edit, {"meme": 0.5}) == said


def test_the_table_of_hard_edits_is_read_again(tmp_path):
    of_edit = dict.fromkeys(NAMES, 0.25)
    found = [hard_recall.Found(NUMBERS, 2, of_edit, 9, 0, None, None)] * 2
    page = tmp_path / "page.md"
    page.write_text(hard_table(found, {"mean": 0.5}))
    assert recalls_before(str(page)) == {**of_edit, "mean": 0.25}
    assert "| negative | 0.250 **missed** | 1.00 |  | 0.250 |" in page.read_text()
