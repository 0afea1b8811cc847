"""What a run says of SIM: which one it took by the number of images, or that one that was given joins too much."""

import json

import pytest
from pictures import save_distinct

import imgcmp
from imgcmp.commands import sim_used as module
from imgcmp.commands.console import Console
from imgcmp.commands.options import ClusterOptions, FingerprintOptions
from imgcmp.commands.run import run
from imgcmp.commands.sim_used import sim_used

DEFAULT = module.Kind("phash", 16, "all")


def told(capsys, sim, n_images, kind=DEFAULT, **settings):
    return sim_used(sim, n_images, kind, Console(**settings)), capsys.readouterr().err.splitlines()


def test_sim_auto_is_told_in_one_line(capsys):
    used, (line,) = told(capsys, "auto", 12_345)
    assert used < 0.3
    assert line == f"SIM {used:g} (auto, 12,345 images: at most one pair in a thousand images should join by chance)"
    assert told(capsys, "auto", 12_345, quiet=True) == (used, [])


def test_a_number_is_taken_as_it_is_and_told_where_it_joins_too_much(capsys):
    assert told(capsys, 0.3, 1000) == (0.3, [])
    assert told(capsys, 0.2, 100_000) == (0.2, [])
    used, (line,) = told(capsys, 0.3, 100_000)
    assert used == 0.3
    assert line.startswith("among 100,000 images about ")
    assert f"auto takes {module.auto_sim(100_000, DEFAULT):g} here" in line
    assert told(capsys, 0.9, 100_000, module.Kind("ahash", 8, "none")) == (0.9, [])  # nothing is known of it


def test_images_that_could_not_be_read_do_not_make_a_collection_large(tmp_path, capsys):
    folder = tmp_path / "photos"
    save_distinct(folder, 3)
    (folder / "broken.png").write_bytes(b"no picture")
    target = tmp_path / "c.json"
    options = ClusterOptions(folder=str(tmp_path / "clusters"), json=str(target))
    run([str(folder)], "auto", cluster_options=options, workers=1)
    assert "(auto, 3 images: " in capsys.readouterr().err
    written = json.loads(target.read_text())
    assert (written["sim"], written["sim_is_auto"]) == (0.3, True)
    assert imgcmp.find_duplicates(folder, workers=1).sim == 0.3


def test_auto_is_refused_before_anything_is_read_where_it_is_not_known(tmp_path):
    save_distinct(tmp_path / "photos", 2)
    options = FingerprintOptions(method="dhash", database=str(tmp_path / "f.hdf"))
    with pytest.raises(ValueError, match="not for dhash with x=16: give SIM as a number"):
        run([str(tmp_path / "photos")], fingerprint_options=options, workers=1)
    assert not (tmp_path / "f.hdf").exists()
    with pytest.raises(ValueError, match="not for ahash"):
        imgcmp.find_duplicates(tmp_path / "photos", method="ahash", workers=1)
