import json
import os
from itertools import pairwise

import naive
import numpy as np
import pytest
from pictures import photograph, photograph_path, save_distinct, save_turned
from PIL import Image, ImageOps
from sparse_pictures import ring

import imgcmp
from imgcmp.cli.main import main
from imgcmp.clusters.cut import EPS, LINKAGES, cut_of
from imgcmp.fingerprints.parameters import METHODS
from imgcmp.results.comparison import compare, read_images, smallest_sim
from imgcmp.results.comparison_types import SIDES, ImagePrints, Kind

KINDS = [Kind(method, x) for method in METHODS for x in SIDES]
STEP = 0.001  # of a SIM that is told


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Fill the current folder with a photograph, and copies of it."""
    monkeypatch.chdir(tmp_path)
    image = photograph("coffee.png")
    image.save("a.png")
    image.save("same.bmp")
    ImageOps.mirror(image).save("mirrored.png")
    image.crop((100, 0, 500, 400)).resize((300, 300), Image.Resampling.LANCZOS).save("square.png")
    photograph("chelsea.png").save("other.png")
    return tmp_path


def compared(*paths, kinds=KINDS, views="all"):
    images, failures = read_images(paths, kinds, views)
    assert failures == []
    return compare(images, views)


def told_as_json(capsys, *arguments):
    assert main(["compare", "--json", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def prints(words, kind):
    """Return images of these fingerprints, shape (n_images, 1 + n_views, n_words)."""
    return [ImagePrints(str(k), 1, 1, {kind: rows}, detail=50) for k, rows in enumerate(words)]


# What is compared


def test_equal_pictures_differ_in_nothing_and_join_at_0(folder):
    for table in compared("a.png", "same.bmp").tables:
        (pair,) = table.pairs
        assert pair.whole == pair.with_views == (0, 0.0, 0.0)
        assert pair.nearest == ("whole", None)


@pytest.mark.parametrize(("copy", "view"), [("mirrored.png", "mirrored"), ("square.png", "1:1")])
def test_the_view_that_a_copy_is_of_is_found(folder, copy, view):
    for table in compared("a.png", copy).tables:
        (pair,) = table.pairs
        assert pair.with_views.fraction < 0.07 < pair.whole.fraction
        assert pair.nearest == (view, 0)
    for table in compared(copy, "other.png", "a.png").tables:
        pair = table.pairs[1]
        assert (pair.first, pair.second) == (0, 2)
        assert pair.nearest == (view, 0 if copy == "mirrored.png" else 2), "what is mirrored is so both ways"


def test_the_fingerprints_are_those_of_the_database(folder):
    path = save_turned(photograph("rocket.jpg"), "turned.jpg", 6)
    (image,), _ = read_images([path], KINDS, "all")
    assert (image.width, image.height) == photograph("rocket.jpg").size
    for method, x in KINDS:
        expected = imgcmp.fingerprint_views(path, x=x, method=method)
        assert np.array_equal(image.words[Kind(method, x)], expected)


def test_distances_are_those_of_a_naive_twin(folder):
    paths = ["a.png", "square.png", "other.png", "mirrored.png"]
    for table in compared(*paths, views="crops,turns").tables:
        method, x = table.kind
        words = [imgcmp.fingerprint_views(path, x=x, method=method, views="crops,turns") for path in paths]
        for pair in table.pairs:
            a, b = words[pair.first], words[pair.second]
            assert pair.whole.bits == naive.cdist(a[:1], b[:1])
            assert pair.with_views.bits == min(naive.cdist(a[:1], b).min(), naive.cdist(a, b[:1]).min())
            assert pair.with_views.fraction == pair.with_views.bits / x**2


def test_without_views_only_wholes_are_compared(folder):
    for table in compared("a.png", "mirrored.png", views="none").tables:
        assert table.pairs[0].with_views == table.pairs[0].whole
        assert table.pairs[0].nearest == ("whole", None)


# The smallest SIM


@pytest.mark.parametrize("n_bits", [4, 9, 64, 81, 256, 4096])
def test_the_smallest_sim_joins_and_a_step_less_does_not(n_bits):
    for bits in range(n_bits + 1):
        sim = smallest_sim(bits, n_bits)
        assert float(f"{sim:.3f}") == sim
        assert cut_of(sim, n_bits) >= bits
        assert sim == 0 or cut_of(round(sim - STEP, 3), n_bits) < bits


@pytest.mark.parametrize("height", [0, EPS, 2 * EPS, 2.5 * EPS, 31.99, 32 + EPS, 32 + 2 * EPS, 32.003, 64 + 2 * EPS])
def test_heights_between_bits_have_a_smallest_sim_too(height):
    sim = smallest_sim(height, 64)
    assert imgcmp.sim_to_cut(sim, 64) >= height
    assert sim == 0 or imgcmp.sim_to_cut(round(sim - STEP, 3), 64) < height


def test_cluster_joins_two_at_the_sim_that_is_told(folder):
    for table in compared("a.png", "square.png").tables:
        method, x = table.kind
        words = np.stack([imgcmp.fingerprint(path, x=x, method=method) for path in ("a.png", "square.png")])
        sim = table.pairs[0].whole.sim
        assert imgcmp.cluster(words, sim, n_bits=x * x).tolist() == [0, 0]
        assert imgcmp.cluster(words, round(sim - STEP, 3), n_bits=x * x).tolist() == [0, 1]
        assert table.together == dict.fromkeys(LINKAGES, sim)


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("x", [3, 8, 16])
def test_cluster_joins_all_at_the_sim_that_is_told(linkage, x):
    random = np.random.default_rng(x)
    for n in range(2, 12):
        bits = random.random((n, 1, x * x)) < 0.2  # near each other, so that many distances tie
        words = imgcmp.pack(bits)
        (table,) = compare(prints(words, Kind("phash", x)), "none").tables
        sim = table.together[linkage]
        assert table.together_with_views == table.together
        assert imgcmp.cluster(words[:, 0], sim, n_bits=x * x, linkage=linkage).max() == 0
        if sim > 0:
            assert imgcmp.cluster(words[:, 0], round(sim - STEP, 3), n_bits=x * x, linkage=linkage).max() > 0


def test_all_join_with_views_at_the_largest_step_of_the_nearest_ones(folder):
    for table in compared("a.png", "square.png", "mirrored.png", "other.png").tables:
        sims = [pair.with_views.sim for pair in table.pairs]
        to_other = min(sims[2], sims[4], sims[5])
        assert table.together_with_views["single"] == max(to_other, sims[0], sims[1])
        assert table.together_with_views["complete"] == max(sims)
        assert table.together_with_views["single"] < table.together["single"]


@pytest.mark.parametrize("linkage", LINKAGES)
def test_cluster_joins_images_with_views_at_the_sim_that_is_told(linkage):
    for seed in range(60):
        random = np.random.default_rng(seed)
        n = int(random.integers(3, 7))
        words = imgcmp.pack((random.random((n, 4, 9)) < 0.3)[random.integers(0, n, n + 2)])  # some are equal
        (table,) = compare(prints(words, Kind("phash", 3)), "turns").tables
        sim = table.together_with_views[linkage]
        settings = {"views": words[:, 1:], "linkage": linkage}
        assert imgcmp.cluster(words[:, 0], sim, n_bits=9, **settings).max() == 0
        assert sim == 0 or imgcmp.cluster(words[:, 0], round(sim - STEP, 3), n_bits=9, **settings).max() > 0


# What is told


def test_two_files_are_told_kind_by_kind(folder, capsys):
    assert main(["compare", "a.png", "square.png"]) == 0
    out, err = capsys.readouterr()
    images, table, legend = (block.splitlines() for block in out.split("\n\n"))
    assert err == ""
    assert images == ["A: a.png, 600 x 400", "B: square.png, 300 x 300"]
    distances = ["wholes", "fraction", "SIM", "views", "fraction", "SIM", "nearest"]
    assert table[0].split() == ["method", "x", "n_bits", *distances]
    assert [line.split()[:3] for line in table[1:]] == [[method, str(x), str(x * x)] for method, x in KINDS]
    assert all(line.endswith(("*  A 1:1", "   A 1:1")) for line in table[1:])
    assert [line.split()[:2] for line in table[1:] if line.endswith("*  A 1:1")] == [["phash", "8"], ["phash", "16"]]
    assert all(len(line) <= 80 for line in images + table)
    assert legend[-1].endswith("* at most auto, for 2 images (phash, x 8, 0.25 and 0.125; phash, x 16, 0.3 and 0.3)")


def test_the_lines_say_what_the_json_says(folder, capsys):
    told = told_as_json(capsys, "a.png", "square.png")
    assert main(["compare", "a.png", "square.png", "--sim", "0.02"]) == 0
    lines = capsys.readouterr().out.split("\n\n")[1].splitlines()[1:]
    for line, table in zip(lines, told["tables"], strict=True):
        cells = [table["method"], str(table["x"]), str(table["n_bits"])]
        for distance in (table["pairs"][0]["whole"], table["pairs"][0]["with_views"]):
            mark = "*" if distance["sim"] <= 0.02 else ""
            cells += [str(distance["distance_bits"]), f"{distance['fraction']:.4f}", f"{distance['sim']:.3f}{mark}"]
        assert line.split() == [*cells, "A", "1:1"]


def test_more_files_are_told_pair_by_pair_and_together(folder, capsys):
    assert main(["compare", "a.png", "square.png", "other.png"]) == 0
    images, pairs, _, together = (block.splitlines() for block in capsys.readouterr().out.split("\n\n"))
    assert images[2] == "C: other.png, 451 x 300"
    assert pairs[0] == "phash, x 16, 256 bits"
    assert [line.split()[0] for line in pairs[1:]] == ["pair", "AB", "AC", "BC"]
    assert pairs[2].endswith(" A 1:1")
    assert together[0] == "smallest SIM that puts all 3 in one cluster, by linkage"
    assert together[1].split() == ["method", "x", "views", *LINKAGES]
    expected = [[method, str(x), views] for method, x in KINDS for views in ("none", "all")]
    assert [line.split()[:3] for line in together[2:]] == expected


def test_columns_are_aligned(folder, capsys):
    assert main(["compare", "a.png", "same.bmp", "other.png", "--views", "flips"]) == 0
    _, pairs, _, together = (block.splitlines() for block in capsys.readouterr().out.split("\n\n"))
    for first, second in pairwise([line for line in together[2:] if line]):
        assert [k for k, char in enumerate(first) if char == "."] == [k for k, char in enumerate(second) if char == "."]
    assert len({line.index(".") for line in pairs[2:]}) == 1


def test_without_views_nothing_is_said_of_them(folder, capsys):
    assert main(["compare", "a.png", "square.png", "other.png", "--views", "none"]) == 0
    out = capsys.readouterr().out
    assert "nearest" not in out
    assert "all " not in out.split("\n\n")[3].splitlines()[2:]
    assert len(out.split("\n\n")[3].splitlines()) == 2 + len(KINDS)


def test_one_kind_can_be_chosen(folder, capsys):
    told = told_as_json(capsys, "a.png", "other.png", "-x", "12", "-m", "dhash", "--views", "turns,crops")
    ((method, x),) = [(table["method"], table["x"]) for table in told["tables"]]
    assert (method, x, told["views"]) == ("dhash", 12, "crops,turns")
    told = told_as_json(capsys, "a.png", "other.png", "-m", "ahash")
    assert [(table["method"], table["x"]) for table in told["tables"]] == [("ahash", 8), ("ahash", 16)]


def test_the_json_holds_all_of_it(folder, capsys):
    names = ["a.png", "square.png", os.fsdecode(b"caf\xe9\n.png")]
    os.rename("other.png", names[2])
    told = told_as_json(capsys, *names)
    comparison = compared(*names)
    assert (told["format"], told["version"], told["views"]) == ("imgcmp-comparison", 1, "all")
    first = comparison.images[0]
    wanted = {"file": "a.png", "width": 600, "height": 400, "detail": first.detail, "flat": False, "frame": 0}
    assert told["images"][0] == wanted
    assert [image["file"] for image in told["images"]] == names
    for values, table in zip(told["tables"], comparison.tables, strict=True):
        assert (values["method"], values["x"], values["n_bits"]) == (*table.kind, table.kind.n_bits)
        assert values["sim_of_all"] == {"whole": table.together, "with_views": table.together_with_views}
        for told_pair, pair in zip(values["pairs"], table.pairs, strict=True):
            assert told_pair["images"] == [pair.first, pair.second]
            assert tuple(told_pair["whole"].values()) == pair.whole
            nearest = told_pair["with_views"].pop("nearest")
            assert tuple(told_pair["with_views"].values()) == pair.with_views
            assert (nearest["view"], nearest["image"]) == pair.nearest


def test_a_name_is_shown_on_one_line(folder, capsys):
    os.rename("a.png", "a\nb.png")
    assert main(["compare", "a\nb.png", "same.bmp"]) == 0
    assert capsys.readouterr().out.startswith("A: a\\nb.png, 600 x 400\n")


# What goes wrong


def test_every_file_that_cannot_be_read_is_a_line_and_status_2(folder, capsys):
    (folder / "empty.jpg").touch()
    (folder / "text.png").write_text("no image")
    assert main(["compare", "a.png", "empty.jpg", ".", "no\nwhere.png", "text.png", "other.png"]) == 2
    assert capsys.readouterr() == (
        "",
        "imgcmp compare: empty.jpg: empty file\n"
        "imgcmp compare: .: not a regular file\n"
        "imgcmp compare: no\\nwhere.png: no such file or directory\n"
        "imgcmp compare: text.png: not an image, or of a kind that is not supported\n",
    )


def test_a_glob_names_files_and_26_are_the_most(tmp_path, monkeypatch, capsys):
    save_distinct(tmp_path, 26)
    monkeypatch.chdir(tmp_path)
    kind = ["-m", "ahash", "-x", "4", "--views", "none"]
    assert main(["compare", "*.png", *kind]) == 0
    out = capsys.readouterr().out
    assert "\nZ: 25.png, 64 x 48\n" in out
    assert "\nYZ " in out
    assert main(["compare", "*.png", photograph_path("chelsea.png"), *kind]) == 2
    assert capsys.readouterr().err == ("imgcmp compare: 27 files are too many to show side by side; name 26 at most\n")


def test_flat_pictures_are_told_and_joined_by_no_sim(tmp_path, capsys):
    for name, colour in {"red": "red", "blue": "blue"}.items():
        Image.new("RGB", (300, 200), colour).save(tmp_path / f"{name}.png")
    photograph("coffee.png").save(tmp_path / "coffee.png")
    files = [str(tmp_path / f"{name}.png") for name in ("red", "blue", "coffee")]
    assert main(["compare", *files[:2]]) == 0
    text = capsys.readouterr().out
    assert "A: " + files[0] + ", 300 x 200, flat\n" in text
    assert "*" not in text.split("wholes:")[0]
    assert "flat: shows too little to compare" in text
    assert main(["compare", *files]) == 0
    assert "no SIM is told that puts all in one cluster: there are flat ones" in capsys.readouterr().out
    assert main(["compare", "--json", *files]) == 0
    assert [image["flat"] for image in json.loads(capsys.readouterr().out)["images"]] == [True, True, False]


def test_sparse_pictures_are_marked_where_wholes_differ_in_an_eighth_of_the_bits_at_most(tmp_path, capsys):
    files = [str(tmp_path / name) for name in ("ring.png", "copy.png", "another.png")]
    ring(1).save(files[0])
    ring(1).resize((600, 450), Image.Resampling.BICUBIC).save(files[1])
    ring(2).save(files[2])
    kind = ["-m", "phash", "-x", "16"]
    for other, n_marked in ((files[1], 1), (files[2], 0)):
        assert main(["compare", files[0], other, *kind]) == 0
        assert capsys.readouterr().out.split("wholes:")[0].count("*") == n_marked
    assert main(["compare", files[0], files[1], *kind, "--sim", "1"]) == 0
    assert capsys.readouterr().out.split("wholes:")[0].count("*") == 1
