"""Files that are looked at once more, to tell whether they are the same, are looked at within the limits of the run."""

import csv

import pytest
from pictures import photograph

import imgcmp
from imgcmp.cli.main import main

LITTLE, ENOUGH = 20_000_000, 200_000_000  # bytes; a picture here takes 37 MB at full size, and at 1/4 next to nothing


@pytest.fixture
def twins(tmp_path):
    """Make two JPEGs with the same pixels, one with a comment; return their folder."""
    folder = tmp_path / "twins"
    folder.mkdir()
    photograph("coffee.png").convert("RGB").resize((3000, 2000)).save(folder / "a.jpg")
    data = (folder / "a.jpg").read_bytes()
    (folder / "b.jpg").write_bytes(data[:2] + b"\xff\xfe\x00\x06abcd" + data[2:])
    return folder


def relations(path):
    with open(path, newline="") as file:
        return [row["relation"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("n_workers", ["1", "2"])
def test_run_and_cluster_call_identical_only_what_they_may_look_at(twins, tmp_path, imgcmp_home, capsys, n_workers):
    lists = str(tmp_path / "list.csv")
    database = str(imgcmp_home / "fingerprints.hdf")
    for command in (["run", str(twins)], ["cluster", "0.3", "-f", database]):
        for memory, relation in ((LITTLE, "similar"), (ENOUGH, "identical pixels")):
            assert main([*command, "-n", n_workers, "--max-memory", str(memory), "--csv", lists]) == 0
            told = [line for line in capsys.readouterr().err.splitlines() if "once more" in line]
            assert relations(lists) == [relation, "best"]
            assert len(told) == (memory == LITTLE)
            assert all("2 files" in line and "--max-memory" in line for line in told)


def test_cluster_takes_a_timeout(twins, tmp_path, imgcmp_home, capsys):
    lists = str(tmp_path / "list.csv")
    assert main(["run", str(twins), "-q"]) == 0
    assert (
        main(["cluster", "0.3", "-f", str(imgcmp_home / "fingerprints.hdf"), "--timeout", "1e-9", "--csv", lists]) == 0
    )
    assert relations(lists) == ["similar", "best"]
    assert "longer than 1e-09 s" in capsys.readouterr().err


@pytest.mark.parametrize(("memory", "relation", "n_left"), [
    (LITTLE, "similar", 2), (ENOUGH, "identical pixels", 0)])  # fmt: skip
def test_find_duplicates_names_what_it_could_not_look_at(twins, memory, relation, n_left):
    found = imgcmp.find_duplicates(twins, max_memory=memory)
    assert [member.relation for member in found.groups[0].members] == [relation, "best"]
    assert len(found.not_looked_at) == n_left
    assert all("--max-memory" in failure.reason for failure in found.not_looked_at)


def test_compare_reads_within_the_limits(twins, capsys):
    photograph("coffee.png").resize((2400, 1600)).save(twins / "c.png")
    files = [str(twins / "a.jpg"), str(twins / "c.png")]
    assert main(["compare", *files, "--max-memory", str(LITTLE)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == [files[1]]
    assert "20.0 MB may be used" in lines[0]
    assert main(["compare", *files, "--max-memory", str(ENOUGH)]) == 0


def test_only_members_of_some_relations_and_the_best_are_shown_and_linked(tmp_path, capsys):
    folder = tmp_path / "photos"
    folder.mkdir()
    image = photograph("coffee.png").convert("RGB")
    image.save(folder / "a.png")
    image.resize((300, 200)).save(folder / "small.jpg")
    image.convert("L").save(folder / "grey.png")
    image.save(folder / "same.bmp")
    lists, links = tmp_path / "list.csv", tmp_path / "links"
    for asked, told in (
        ("grey", {"best", "grey"}),
        ("identical pixels,grey", {"best", "identical pixels", "grey"}),
        ("negative", set()),
    ):
        assert main(["run", str(folder), "-q", "--relation", asked, "--csv", str(lists), "-o", str(links)]) == 0
        assert set(relations(lists)) == told
        assert len([path for path in links.rglob("*") if path.is_symlink()]) == len(told)
    with pytest.raises(SystemExit):
        main(["run", str(folder), "--relation", "identical"])
    assert "must be some of missing, identical file, identical pixels" in capsys.readouterr().err
