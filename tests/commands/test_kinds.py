"""One default for all commands, and databases of another kind or of an earlier version, which are gone on with."""

import os

import pytest
from pictures import save_distinct
from sparse_pictures import ring

from imgcmp.cli.main import cluster_script, fingerprint_script, main
from imgcmp.database import latest_version
from imgcmp.database.database import Database, kind_in
from imgcmp.database.verification import find_faults
from imgcmp.fingerprints.flatness import are_flat, are_sparse

pytestmark = pytest.mark.usefixtures("compiled_kernels")

NO_LOOKS = "nothing for a second look"
ALL = "crops,flips,turns"


@pytest.fixture
def photos(tmp_path):
    save_distinct(tmp_path / "photos", 3)
    return str(tmp_path / "photos")


def said(capsys, function, *arguments):
    assert function([*arguments, "-n1"]) == 0
    return capsys.readouterr().err.splitlines()


def test_run_and_the_scripts_have_one_database_of_one_kind(photos, imgcmp_home, capsys):
    assert len(said(capsys, fingerprint_script, photos)) == 1
    path = imgcmp_home / "fingerprints.hdf"
    assert kind_in(path) == ("phash", 16, "all")
    assert "3 unchanged" in said(capsys, main, "run", photos)[0]
    assert "3 unchanged" in said(capsys, main, "run", "-x", "16", "--views", "all", photos)[0]
    (line,) = said(capsys, cluster_script)
    assert line.startswith("SIM 0.3 (auto, 3 images: ")
    assert os.listdir(imgcmp_home / "cluster") == [".imgcmp-clusters"]


@pytest.mark.parametrize("function", [fingerprint_script, lambda arguments: main(["run", *arguments])])
def test_a_database_goes_on_with_what_it_holds_and_a_line_says_so(function, photos, imgcmp_home, capsys):
    assert len(said(capsys, fingerprint_script, photos, "-x", "8", "--views", "none")) == 1
    line, *_ = said(capsys, function, photos)
    assert "holds phash with x=8 and views none, and goes on with that; the default is phash with x=16" in line
    assert "--force reads all anew" in line
    assert kind_in(imgcmp_home / "fingerprints.hdf") == ("phash", 8, "none")
    lines = said(capsys, function, photos, "-x", "8", "--views", "none")
    assert not any("goes on" in line for line in lines)
    line, *_ = said(capsys, cluster_script, "0.1")
    assert "holds phash with x=8 and views none; the default is phash with x=16 and views all now" in line
    assert "10fingerprints.py --force" in line
    lines = said(capsys, function, photos, "--force")
    assert not any("goes on" in line for line in lines)
    assert kind_in(imgcmp_home / "fingerprints.hdf") == ("phash", 16, "all")


def test_a_database_by_another_name_goes_on_without_a_word(photos, tmp_path, capsys):
    other = ["-f", str(tmp_path / "whole.hdf")]
    said(capsys, fingerprint_script, photos, *other, "--views", "none")
    assert len(said(capsys, fingerprint_script, photos, *other)) == 1
    assert any("goes on" in line for line in said(capsys, fingerprint_script, photos, *other, "-v"))
    assert not any("the default is" in line for line in said(capsys, cluster_script, "0.1", *other))
    assert any("the default is" in line for line in said(capsys, cluster_script, "0.1", *other, "-v"))
    assert kind_in(tmp_path / "whole.hdf") == ("phash", 16, "none")


def test_a_database_without_looks_is_used_and_told_with_how_to_refresh(photos, imgcmp_home, capsys):
    lines = said(capsys, main, "run", photos, "--views", ALL)
    assert not any(NO_LOOKS in line for line in lines)  # he asked for it
    for more in ([], ["--views", "all"]):
        lines = said(capsys, main, "run", photos, *more)
        (line,) = [line for line in lines if NO_LOOKS in line]
        assert "--force reads all anew" in line
        assert any("3 unchanged" in line for line in lines)
    (line, _) = said(capsys, cluster_script)
    assert NO_LOOKS in line
    assert "10fingerprints.py --force" in line
    lines = said(capsys, main, "run", photos, "--force")
    assert not any(NO_LOOKS in line for line in lines)
    assert len(said(capsys, cluster_script)) == 1


def test_the_database_of_an_earlier_run_is_the_default_one_and_another_is_left(photos, imgcmp_home, capsys):
    said(capsys, fingerprint_script, photos, "-f", str(imgcmp_home / "run.hdf"))
    assert "3 unchanged" in said(capsys, main, "run", photos)[0]
    assert not (imgcmp_home / "fingerprints.hdf").exists()
    said(capsys, fingerprint_script, photos, "-x", "8", "-f", str(imgcmp_home / "fingerprints.hdf"))
    before = (imgcmp_home / "fingerprints.hdf").read_bytes()
    for function, arguments in ((main, ["run", photos]), (fingerprint_script, [photos]), (cluster_script, [])):
        line, *_ = said(capsys, function, *arguments)
        assert line == (
            f"{imgcmp_home}/run.hdf is used; {imgcmp_home}/fingerprints.hdf, of an earlier version, is left as it is: "
            "-f names it"
        )
    assert (imgcmp_home / "fingerprints.hdf").read_bytes() == before


def test_a_database_without_the_column_of_damage_is_read_and_added_to(photos, tmp_path, capsys, monkeypatch):
    path = str(tmp_path / "f.hdf")
    ring(1).save(os.path.join(photos, "ring.png"))
    with monkeypatch.context() as patched:
        columns = latest_version._columns

        def without_damage(*arguments):
            return {name: column for name, column in columns(*arguments).items() if name != "damage"}

        patched.setattr(latest_version, "_columns", without_damage)
        said(capsys, fingerprint_script, photos, "-f", path)
    old = Database(path)
    assert old.damage == [""] * 4
    # As it was written, sparse ones were not told from blank ones, whose fingerprints say nothing.
    assert sorted(are_flat(old.detail)) == [False] * 3 + [True]
    assert not are_sparse(old.detail).any()
    assert find_faults(path) == []
    ring(2).save(os.path.join(photos, "another.png"))
    save_distinct(os.path.join(photos, "more"), 4)
    said(capsys, fingerprint_script, photos, "-f", path)
    new = Database(path)
    assert new.damage == [""] * 9
    assert [new.files[row] for row in are_sparse(new.detail).nonzero()[0]] == [os.path.join(photos, "another.png")]
    assert find_faults(path) == []
