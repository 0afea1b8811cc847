"""The rates that benchmarks/accuracy.py prints, on numbers small enough to count; and its edits."""

import edit_recall
import labelled
import numpy as np
import pytest
import sources
from accuracy_settings import RECOMMENDED, RECOMMENDED_SIM, families, rounded
from edits import EDITS
from labelled import Labelled
from PIL import Image
from viewed import condensed_distances, view_names_of

import imgcmp


def picture(seed, size):
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 8), dtype=np.uint8)
    return Image.fromarray(blocks).resize(size, Image.Resampling.BICUBIC).convert("RGB")


def test_each_edit_changes_the_picture():
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (120, 200, 3), dtype=np.uint8))
    for name, edit in EDITS.items():
        edited = edit(image, np.random.default_rng(2))
        assert edited.mode == "RGB", name
        assert edited.size != image.size or edited.tobytes() != image.tobytes(), name
        assert edit(image, np.random.default_rng(2)).tobytes() == edited.tobytes(), name


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("half size", (100, 60)),
        ("height x 0.75", (200, 90)),
        ("white page x 1.1", (220, 132)),
        ("centre crop 20 %", (160, 96)),
        ("left 15 % off", (170, 120)),
        ("top left 15 % off", (170, 102)),
        ("rotated by 5", (200, 120)),
        ("rotated by 90", (120, 200)),
    ],
)
def test_size_of_edits(name, size):
    assert EDITS[name](Image.new("RGB", (200, 120)), np.random.default_rng()).size == size


@pytest.mark.parametrize(
    ("different", "rate", "radius"),
    [
        ([1, 2, 3, 4], 0.5, 2),
        ([1, 2, 2, 4], 0.5, 1),  # to join one of the two at 2 is to join both
        ([1, 1, 1, 4], 0.5, -1),
        ([5, 6, 7, 8], 0.0, -1),
        ([5, 6, 7, 8], 1.0, 8),
    ],
)
def test_largest_radius(different, rate, radius):
    assert edit_recall.largest_radius(np.array(different), rate) == radius


def test_recall_at_a_rate_of_false_pairs():
    # Two sources with an original and two edits each; 9 pairs of different photos.
    distances = np.full((6, 6), 9)
    distances[0, 1:3] = 2, 5
    distances[3, 4:6] = 3, 4
    distances[1, 4] = 4
    distances = np.minimum(distances, distances.T)
    strict, lax = (edit_recall.recall_at(distances, 3, rate) for rate in (0.0, 0.12))
    assert strict.radius == -1
    assert strict.mean == 0
    assert lax.radius == 4
    assert lax.false_rate == pytest.approx(1 / 9)
    assert list(lax.of_edit.values()) == [1.0, 0.5]


def test_segments_are_compared_as_imagehash_does():
    import imagehash

    images = [picture(seed, (240, 180)) for seed in range(3)]
    hashes = [imagehash.crop_resistant_hash(image) for image in images]
    ours = edit_recall.segment_differences([edit_recall.segment_words(image)[8] for image in images], 64)
    for i, one in enumerate(hashes):
        for j, other in enumerate(hashes):
            assert ours[i, j] == pytest.approx(min(one - other, other - one))


def test_every_view_is_in_a_family_but_the_first_way_to_stand():
    names = view_names_of(RECOMMENDED.kind)
    assert names[0] == "standing 1"
    assert sorted(number for of in families().values() for number in of) == list(range(1, len(names)))
    assert {"further ways to stand", "without 14 % of one side", "without 15 % of two sides", "tilted by 7"} <= set(
        families()
    )


TRUTH = {
    "a": Labelled("web", "original", True, "web"),
    "a small": Labelled("web", "resized", False, "web"),
    "dark": Labelled("door", "exposureA", False, "door 1"),
    "bright": Labelled("door", "exposureB", False, "door 2"),
    "dark again": Labelled("door", "copy", False, "door 1"),
    "bright again": Labelled("door", "copy", False, "door 2"),
}


def test_shots_of_a_scene_are_no_copies(monkeypatch):
    monkeypatch.setattr(labelled.os.path, "getsize", len)
    label = labelled.label_of_files(TRUTH, [["a", "a small"], ["dark", "dark again"], ["bright", "bright again"]])
    copies, every = labelled.score_copies(TRUTH, label), labelled.score_all(TRUTH, label)
    assert (copies.precision, copies.recall) == (1.0, 1.0)
    assert (every.right, every.wanted, every.wrong) == (3, 7, 0)
    assert labelled.recall_of_kinds(TRUTH, label) == {"copy": (2, 2), "exposureA": (0, 1), "resized": (1, 1)}


def test_wrong_pairs_count_whatever_their_kind():
    label = labelled.label_of_files(TRUTH, [["a", "a small", "dark"]])
    copies = labelled.score_copies(TRUTH, label)
    assert (copies.right, copies.wanted, copies.wrong) == (1, 1, 2)
    assert copies.precision == pytest.approx(1 / 3)


def test_pairs_as_labelled_and_shots_apart(monkeypatch):
    monkeypatch.setattr(labelled.os.path, "getsize", len)
    truth = TRUTH | {
        "other": Labelled("other", "distractor", False, "other"),
        "burst 1": Labelled("run", "burst", False, "run 1"),
        "burst 2": Labelled("run", "burst", False, "run 2"),
    }
    clusters = [["a", "a small", "other", "dark"], ["dark again", "bright again"], ["burst 1", "burst 2"]]
    label = labelled.label_of_files(truth, clusters)
    assert labelled.score_labelled(truth, label) == (2, 2, 2)  # the dark one is of no kind that counts
    assert labelled.score_kinds(truth, label, ["burst"]) == (1, 1, 0)
    assert labelled.score_kinds(truth, label, ["exposureA", "exposureB"]) == (0, 1, 0)


@pytest.fixture(scope="module")
def rows():
    """Return what is kept of twelve pictures, half of them copies of others."""
    images = [picture(seed, (96, 72)) for seed in range(6)]
    copies = [image.resize((72, 54)).transpose(Image.Transpose.FLIP_LEFT_RIGHT) for image in images]
    return np.array([RECOMMENDED.kind.of_image(image) for image in (*images, *copies)])


def test_clusters_are_those_of_imgcmp(rows):
    kind = RECOMMENDED.kind
    labelled.check_clusters(rows, kind, condensed_distances(rows, kind), [0.0, 0.1, 0.3])
    with pytest.raises(AssertionError, match="differ"):
        labelled.check_clusters(rows, kind, imgcmp.pdist(rows["words"][:, 0].copy()), [0.1])


def test_clusters_of_a_labelled_folder_are_those_of_imgcmp(test_data):
    kind = RECOMMENDED.kind
    files, rows = labelled.all_rows(list(labelled.read_truth(str(test_data / "photos"))), kind, 1)
    assert len(files) == len(rows) > 300
    labelled.check_clusters(rows, kind, condensed_distances(rows, kind), [RECOMMENDED_SIM])


def test_numbers_of_two_digits():
    assert [rounded(number) for number in (0, 0.0712, 0.96, 7.04, 45.4, 4549.6, 705000)] == [
        "0",
        "0.071",
        "0.96",
        "7.0",
        "45",
        "4,500",
        "700,000",
    ]


def test_the_same_picture_is_taken_once(tmp_path):
    image = picture(1, (600, 400))
    image.save(tmp_path / "1.png")
    image.resize((480, 320)).point(lambda value: value // 3).save(tmp_path / "2 by night.png")
    picture(2, (600, 400)).save(tmp_path / "3.png")
    Image.new("RGB", (600, 400), "grey").save(tmp_path / "4 plain.png")
    (tmp_path / "5.txt").write_text("no image")
    names = [source.name for source in sources.distinct_pictures([str(tmp_path)])]
    assert names == [str(tmp_path / "1.png"), str(tmp_path / "3.png")]
