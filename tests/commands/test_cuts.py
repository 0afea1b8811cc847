"""Several SIM are cuts of one tree, which can be written, and drawn."""

import os

import numpy as np
import pytest
from PIL import Image

import imgcmp
from imgcmp.cli.main import main
from imgcmp.clusters import few_images
from imgcmp.clusters.cut import LINKAGES
from imgcmp.database.database import Database
from imgcmp.errors import InputError
from imgcmp.results import tree_plot

SIMS = ("0.05", "0.2", "0.4")


@pytest.fixture
def folder(tmp_path):
    """Save noise, each with copies that are noisier and noisier, and a blank picture twice."""
    folder = tmp_path / "photos"
    folder.mkdir()
    random = np.random.default_rng(5)
    for k in range(6):
        levels = random.normal(128, 40, (24, 24))
        for copy in range(4):
            noisy = levels + random.normal(0, 12 * copy, levels.shape)
            image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).resize((96, 96), Image.Resampling.BICUBIC)
            image.save(folder / f"{k}-{copy}.png")
    for name in ("blank 1.png", "blank 2.png"):
        Image.new("L", (64, 64), 255).save(folder / name)
    return folder


@pytest.fixture(params=["few", "many"])
def route(request, monkeypatch):
    if request.param == "many":
        monkeypatch.setattr(few_images, "_MOST_IMAGES", 0)
    return request.param


def links_in(folder):
    return {str(path.relative_to(folder)): os.readlink(path) for path in folder.rglob("*") if path.is_symlink()}


@pytest.mark.parametrize("linkage", LINKAGES)
def test_each_of_several_cuts_has_what_it_has_alone(folder, tmp_path, route, linkage, capsys):
    common = ["-q", "-l", linkage]
    assert main(["run", str(folder), *common, "-o", str(tmp_path / "all"), "--sim", ",".join(SIMS),
                 "--csv", str(tmp_path / "all.csv"), "--json", str(tmp_path / "all.json")]) == 0  # fmt: skip
    tables = capsys.readouterr().out.split("\n\n")
    one, sizes = tmp_path / "one", []
    for sim, table in zip(SIMS, tables, strict=True):
        lists = tmp_path / "one.csv", tmp_path / "one.json"
        assert main(["cluster", sim, *common, "-o", str(one), "--csv", str(lists[0]), "--json", str(lists[1])]) == 0
        assert (tmp_path / f"all-{sim}.csv").read_bytes() == lists[0].read_bytes()
        assert (tmp_path / f"all-{sim}.json").read_bytes() == lists[1].read_bytes()
        assert links_in(tmp_path / f"all-{sim}") == links_in(one)
        alone = capsys.readouterr().out.replace(str(one), str(tmp_path / f"all-{sim}"))
        assert table.strip() == f"SIM {sim}\n{alone}".strip()
        sizes.append(len(links_in(one)))
    assert sizes[0] < sizes[1] < sizes[2]


def test_the_sim_is_at_the_end_of_a_name_and_no_name_is_hidden(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "links"
    place.mkdir()
    monkeypatch.chdir(place)
    assert main(["run", str(folder), "-q", "--sim", "0.1,0.2", "-o", ".", "--csv", "b-0.1", "--json", "c.d.json"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("links-")) == [
        "links-0.1",
        "links-0.2",
    ]
    assert sorted(os.listdir(place)) == ["b-0.1-0.1", "b-0.1-0.2", "c.d-0.1.json", "c.d-0.2.json"]


def test_a_sim_that_is_named_twice_is_cut_once(folder, tmp_path, capsys):
    assert main(["run", str(folder), "-q", "-o", str(tmp_path / "links"), "--sim", "0.2,0.2"]) == 0
    assert (tmp_path / "links").is_dir()
    assert not (tmp_path / "links-0.2").exists()
    assert "SIM" not in capsys.readouterr().out


def test_auto_is_one_of_several(folder, tmp_path, capsys):
    assert main(["run", str(folder), "-o", str(tmp_path / "links"), "--sim", "auto,0.1", "--links", "none"]) == 0
    captured = capsys.readouterr()
    assert [line for line in captured.out.splitlines() if "SIM" in line] == ["SIM 0.3", "SIM 0.1"]
    assert "SIM 0.3 (auto" in captured.err


@pytest.mark.parametrize("linkage", LINKAGES)
def test_the_tree_in_the_file_is_cut_as_the_documentation_says(folder, tmp_path, imgcmp_home, route, linkage):
    path = tmp_path / "tree.npz"
    assert main(["run", str(folder), "-q", "-l", linkage, "--sim", "0.4", "--tree", str(path)]) == 0
    with np.load(path) as tree:  # nothing is pickled
        assert set(tree) == {"imgcmp-tree", "Z", "files", "n_bits", "sim", "linkage", "method", "x", "views"}
        files = [os.fsdecode(name) for name in tree["files"].tobytes().split(b"\0")[:-1]]
        facts = {name: tree[name].item() for name in ("n_bits", "sim", "linkage", "method", "x", "views")}
        Z = imgcmp.LinkageMatrix(tree["Z"], facts["n_bits"], facts["sim"])  # noqa: N806
    assert facts == {"n_bits": 256, "sim": 0.4, "linkage": linkage, "method": "phash", "x": 16, "views": "all"}
    assert sorted(files) == sorted(str(path) for path in folder.glob("?-*.png"))  # no blank one
    assert 0 < len(Z) < len(files)
    store = Database(str(imgcmp_home / "fingerprints.hdf"))
    rows = np.array([store.files.index(file) for file in files])
    layout = imgcmp.view_layout("all", "phash", 16)
    words, views = store.read_words(rows), store.read_views(rows).reshape(len(rows), -1, 4)
    looks = imgcmp.LookRows.of(store.read_looks(rows), store.width[rows], store.height[rows])
    for sim in (0.0, 0.02, 0.1, 0.2, 0.3, 0.4):
        expected = imgcmp.cluster(words, sim, views=views, layout=layout, looks=looks, linkage=linkage)
        np.testing.assert_array_equal(imgcmp.cut_forest(Z, len(files), sim), expected)
    with pytest.raises(ValueError, match=r"at most 0\.4"):
        imgcmp.cut_forest(Z, len(files), 0.41)


def test_a_tree_of_nothing_that_can_be_compared_is_empty(tmp_path):
    folder, path, plot = tmp_path / "blank", tmp_path / "tree.npz", tmp_path / "tree.png"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        Image.new("L", (64, 64), 255).save(folder / name)
    assert main(["run", str(folder), "-q", "--sim", "0.4", "--tree", str(path), "--plot", str(plot)]) == 0
    with np.load(path) as tree:
        assert (tree["Z"].shape, tree["files"].shape) == ((0, 4), (0,))
    with Image.open(plot) as image:
        assert image.width > 500


def test_names_of_any_bytes_are_in_the_tree(folder, tmp_path):
    name = os.fsencode(folder) + b"/caf\xe9 $x$.png"
    try:
        os.rename(os.fsencode(folder / "0-0.png"), name)
    except OSError:
        pytest.skip("names must be UTF-8")
    path, plot = tmp_path / "tree.npz", tmp_path / "tree.svg"
    assert main(["run", str(folder), "-q", "--sim", "0.4", "--tree", str(path), "--plot", str(plot)]) == 0
    with np.load(path) as tree:
        assert name in tree["files"].tobytes().split(b"\0")
    assert "$x$.png" in plot.read_text()


def test_the_picture_is_drawn_anew_and_no_other_is_replaced(folder, tmp_path, capsys):
    assert main(["run", str(folder), "-q", "--sim", "0.1,0.3", "--links", "none"]) == 0
    for name in ("tree.png", "tree.svg"):
        for cluster in ("0", "99", "1"):
            command = ["cluster", "0.3", "-q", "--links", "none", "--plot", str(tmp_path / name)]
            assert main([*command, "--plot-cluster", cluster]) == 0
            if name == "tree.svg":
                assert (f"cluster {cluster}: " in (tmp_path / name).read_text()) == (cluster != "99")
    with Image.open(tmp_path / "tree.png") as image:
        assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)) > 10
    photo = folder / "0-0.png"
    before = photo.read_bytes()
    capsys.readouterr()
    assert main(["cluster", "0.3", "--plot", str(photo)]) == 2
    assert "was not made by imgcmp" in capsys.readouterr().err
    assert photo.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["0.1234567,0.1234568", "--csv", "a.csv"], "SIM must differ in six digits"),
        (["0.1,0.2", "--csv", "-"], "--csv needs the name of a file where there are several SIM"),
        (["0.1", "--tree", "-"], "--tree needs the name of a file"),
        (["0.1", "--plot", "-"], "must end with .png or .svg"),
        (["0.1", "--plot", "tree.pdf"], "must end with .png or .svg"),
        (["0.1", "--tree", "taken"], "was not made by imgcmp"),
        (["0.1", "--plot", "taken.png"], "was not made by imgcmp"),
        (["0.1", "--tree", "nowhere/tree.npz"], "there is no folder"),
        (["0.1", "--tree", "same.png", "--plot", "same.png"], "--tree and --plot are both same.png"),
        (["0.1", "--tree", "links/tree.npz", "-o", "links"], "which is replaced as a whole"),
        (["0.1,1.5"], "must be auto, or a number in 0..1, or several of these with commas; got '0.1,1.5'"),
        (["0.1,"], "or several of these with commas; got '0.1,'"),
        (["0.1 0.2"], "or several of these with commas; got '0.1 0.2'"),
        (["0.1", "--plot-cluster", "1"], "--plot-cluster is of the picture that --plot draws: name a file with --plot"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(folder, tmp_path, monkeypatch, capsys, options, said):
    monkeypatch.chdir(tmp_path)
    for name in ("taken", "taken.png"):
        (tmp_path / name).write_text("a letter")
    try:
        status = main(["cluster", *options])
    except SystemExit as error:
        status = error.code
    assert status == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "a letter"


def test_without_matplotlib_a_line_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tree_plot, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"not installed: pip install matplotlib"):
        tree_plot.check_plot_target(str(tmp_path / "a.png"))


def test_what_cannot_be_written_is_told_and_the_table_comes_all_the_same(folder, tmp_path, capsys):
    assert main(["run", str(folder), "-q", "--links", "none"]) == 0
    capsys.readouterr()
    place = tmp_path / "place"
    place.mkdir()
    options = ["--tree", str(place / "tree.npz"), "--links", "none"]
    from imgcmp.commands import cluster as module

    def gone(*_, **__):
        raise InputError("tree.npz cannot be written (no space left on device)")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "write_tree_file", gone)
        assert main(["cluster", "0.3", *options]) == 2
    captured = capsys.readouterr()
    assert "items per cluster" in captured.out
    assert "no space left" in captured.err
