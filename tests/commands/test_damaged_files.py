import csv

import pytest
from pictures import photograph

from imgcmp import find_duplicates
from imgcmp.cli.main import main
from imgcmp.database.database import Database


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    image = photograph("astronaut.png").convert("RGB").resize((1500, 1500))
    image.save(folder / "whole.jpg", quality=85)
    data = (folder / "whole.jpg").read_bytes()
    half = len(data) // 2
    (folder / "a cut.jpg").write_bytes(data[: 6 * len(data) // 10])
    (folder / "b rotten.jpg").write_bytes(data[:half] + bytes(2000) + data[half + 2000 :])
    return folder


def rows(path):
    with open(path, newline="") as file:
        return {row["file"].rpartition("/")[2]: row for row in csv.DictReader(file)}


def test_cut_and_rotten_copies_are_found_told_and_never_the_first(folder, tmp_path, capsys):
    base, target = str(tmp_path / "base.hdf"), tmp_path / "c.csv"
    for n_read in (3, 0):
        capsys.readouterr()
        assert main(["run", str(folder), "-f", base, "--links", "none", "--csv", str(target)]) == 1
        said = capsys.readouterr().err
        assert "a cut.jpg: cut off: the first rows, which are left, are compared" in " ".join(said.split())
        lines = said.splitlines()
        at = lines.index("1 image can be read, but the data do not fit the picture (damaged)")
        assert lines[at + 1].endswith("/b rotten.jpg")
        assert any(line.startswith("3 files: 3 ") and "failed" not in line for line in lines)
        assert ("3 read" in said) == (n_read == 3)
        found = rows(target)
        assert {name: row["relation"] for name, row in found.items()} == {
            "whole.jpg": "best",
            "a cut.jpg": "damaged",
            "b rotten.jpg": "damaged",
        }
    assert sorted(Database(base).damage) == ["", "cut off", "damaged"]
    assert main(["check", base]) == 0


def test_a_file_that_was_mended_is_an_image_like_others(folder, tmp_path):
    base, target = str(tmp_path / "base.hdf"), tmp_path / "c.csv"
    arguments = ["run", str(folder), "-q", "-f", base, "--links", "none", "--csv", str(target)]
    assert main(arguments) == 1
    (folder / "a cut.jpg").write_bytes((folder / "whole.jpg").read_bytes())
    assert main(arguments) == 0
    assert rows(target)["whole.jpg"]["relation"] == "identical file"


def test_in_python_cut_and_rotten_copies_are_found_too(folder):
    found = find_duplicates(folder)
    (group,) = found.groups
    told = {path.rpartition("/")[2]: member.relation for path, member in zip(group.files, group.members, strict=True)}
    assert told == {"whole.jpg": "best", "a cut.jpg": "damaged", "b rotten.jpg": "damaged"}
    assert found.failures == []
