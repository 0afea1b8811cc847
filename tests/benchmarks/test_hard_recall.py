"""What is found of hard edits, counted on numbers small enough to check; and the ways to compare."""

import hard_recall
import numpy as np
import pytest
from comparers import Comparer, comparers, cosine_distances, nearest_turns, nearest_views
from edit_recall import view_distances
from hard_edits import NAMES
from hard_recall import HardHashes, found_by, radius_at, stranger_distances
from pictures import photograph


def gap(one, other):
    return np.abs(one[:, np.newaxis] - other[np.newaxis])


NUMBERS = Comparer("numbers", "numbers", lambda image: np.int64(image.width), gap, 3)


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
    monkeypatch.setattr(hard_recall, "BLOCK", 3)
    numbers = np.array([0, 1, 10, 100, 1000, 10000, 20000])
    found = stranger_distances(numbers, NUMBERS)
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


def test_distances_with_views_are_those_of_the_other_tables():
    words = np.random.default_rng(1).integers(0, 2**63, (9, 4, 2), dtype=np.uint64)
    assert np.array_equal(nearest_views(words[:5], words), view_distances(words, (1, 2, 3))[:5])


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
    assert pdq.distances(whole, mirrored)[0, 0] <= pdq.limit
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


def test_originals_and_edits_are_hashed_in_order(monkeypatch):
    monkeypatch.setattr(hard_recall, "hard_variants", lambda _image, other, _seed: [other] * len(NAMES))
    images = [photograph("chelsea.png").resize((width, 20)) for width in (10, 20, 30)]
    edited = hard_recall.hash_edited(images, [NUMBERS])["numbers"]
    assert edited[:, :2].tolist() == [[10, 20], [20, 30], [30, 10]]
    assert hard_recall.hash_originals(iter(images), [NUMBERS])["numbers"].tolist() == [10, 20, 30]
