"""Where a result goes: what can be known of it is said before any file is read, and the table comes all the same."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from pictures import save_distinct

from imgcmp import InputError
from imgcmp.cli.main import main
from imgcmp.commands.cluster import cluster
from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.options import ClusterOptions, FingerprintOptions
from imgcmp.commands.outputs import UnwrittenError, held_outputs
from imgcmp.commands.run import run
from imgcmp.system.places import CLUSTERS_MARKER

pytestmark = pytest.mark.usefixtures("compiled_kernels")

QUIET = Console(quiet=True)
TABLE = "items per cluster : number of such clusters\n2 : 1"


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    first, *_ = save_distinct(folder, 2)
    shutil.copy(first, folder / "copy.png")
    return folder


@pytest.fixture
def no_symlinks(monkeypatch):
    def refuse(source, target, *_args, **_more):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), source, None, target)

    monkeypatch.setattr(os, "symlink", refuse)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.usefixtures("no_symlinks")
def test_a_folder_without_symbolic_links_is_told_before_reading_and_the_table_comes_all_the_same(
    photos, tmp_path, capsys
):
    line = ["run", str(photos), "-n1", "-o", str(tmp_path / "out"), "--csv", str(tmp_path / "c.csv")]
    assert main(line) == 2
    out, err = capsys.readouterr()
    assert out == f"{TABLE}\n"
    first, *_, last = err.splitlines()
    what = (
        f"{tmp_path}/out: no symbolic links can be made there (operation not permitted): "
        "--links hardlink or copy works, --links none: lists alone"
    )
    assert first == f"{what}; the table comes all the same"
    assert last == f"imgcmp run: {what}"
    assert len((tmp_path / "c.csv").read_text().splitlines()) == 3
    assert not (tmp_path / "out").exists()
    for links in ("hardlink", "copy", "none"):
        assert main([*line, "--links", links, "-q"]) == 0
    assert files_in(tmp_path / "out")[1:] == ["cluster_with_2/cluster_0/00.png", "cluster_with_2/cluster_0/copy.png"]


@pytest.mark.parametrize("links", ["symlink", "hardlink", "copy", "none"])
def test_the_kinds_of_links_of_the_command_line(photos, tmp_path, capsys, links):
    assert main(["run", str(photos), "-n1", "-q", "-o", str(tmp_path / "out"), "--links", links]) == 0
    table = TABLE if links == "none" else f"cluster dir: {tmp_path}/out\n{TABLE}"
    assert capsys.readouterr() == (f"{table}\n", "")
    assert (tmp_path / "out").exists() == (links != "none")


def test_relative_links_of_the_command_line(photos, tmp_path):
    assert main(["run", str(photos), "-n1", "-q", "-o", str(tmp_path / "out"), "--relative"]) == 0
    link = tmp_path / "out" / "cluster_with_2" / "cluster_0" / "copy.png"
    assert os.readlink(link) == "../../../photos/copy.png"
    assert link.read_bytes() == (photos / "copy.png").read_bytes()


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_the_table_goes_to_stderr_where_a_list_goes_to_stdout(photos, capfd, option):
    assert main(["run", str(photos), "-n1", option, "-"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("{" if option == "--json" else "cluster,n_files,")
    assert "items per cluster" not in out
    assert err.endswith(f"{TABLE}\n")
    assert main(["run", str(photos), "-n1", "-q", option, "/dev/stdout"]) == 0
    assert capfd.readouterr() == (out, "")


def refusing(option):
    def full(path, *_args, **_more):
        raise InputError(f"{path} cannot be written (no space left on device): name a file elsewhere with {option}")

    return full


@pytest.mark.parametrize("failing", [["json"], ["csv"], ["json", "csv"]])
def test_a_list_that_cannot_be_written_takes_no_other_output_with_it(photos, tmp_path, capsys, monkeypatch, failing):
    """The folder of links was left as it was before, or not made at all, and a CSV not written for want of the JSON."""
    lists = {kind: tmp_path / f"c.{kind}" for kind in ("json", "csv")}
    line = ["run", str(photos), "-n1", "-q", "-o", str(tmp_path / "out")]
    for kind, path in lists.items():
        line += [f"--{kind}", str(path)]
    for kind in failing:
        monkeypatch.setattr(f"imgcmp.commands.cluster.write_{kind}", refusing(f"--{kind}"))
    assert main(line) == 2
    out, err = capsys.readouterr()
    assert out == f"cluster dir: {tmp_path}/out\n{TABLE}\n"
    assert err.splitlines() == [
        f"imgcmp run: {lists[kind]} cannot be written (no space left on device): name a file elsewhere with --{kind}"
        for kind in failing
    ]
    assert len(files_in(tmp_path / "out")) == 3
    assert [kind for kind, path in lists.items() if not path.exists()] == failing


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")
def test_a_list_on_a_full_device_leaves_the_links(photos, tmp_path, capfd):
    assert main(["run", str(photos), "-n1", "-q", "-o", str(tmp_path / "out"), "--csv", "/dev/full"]) == 2
    out, err = capfd.readouterr()
    assert out == f"cluster dir: {tmp_path}/out\n{TABLE}\n"
    assert err.startswith("imgcmp run: /dev/full cannot be written (no space left on device): name a file elsewhere")
    assert len(err.splitlines()) == 1
    assert len(files_in(tmp_path / "out")) == 3


def test_links_and_a_list_that_cannot_be_written_are_a_line_each(photos, tmp_path, capsys, monkeypatch):
    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("imgcmp.results.links.write_tree", full)
    monkeypatch.setattr("imgcmp.commands.cluster.write_csv", refusing("--csv"))
    assert main(["run", str(photos), "-n1", "-q", "-o", str(tmp_path / "out"), "--csv", "c.csv"]) == 2
    out, err = capsys.readouterr()
    assert out == f"{TABLE}\n"
    assert [line.split(" cannot be written")[0] for line in err.splitlines()] == [
        "imgcmp run: c.csv",
        f"imgcmp run: {tmp_path}/out",
    ]


def test_python_gets_the_table_with_the_error(photos, monkeypatch):
    fingerprint([str(photos)], workers=1, console=QUIET)

    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("imgcmp.results.links.write_tree", full)
    with pytest.raises(UnwrittenError, match="cannot be written .no space left on device") as caught:
        cluster(0.1, console=QUIET)
    assert caught.value.table == TABLE


# What would be replaced


@pytest.mark.parametrize("name", [".", "..", "home of imgcmp", "photos", "photos/..", "link"])
def test_a_folder_that_holds_what_must_stay_is_refused_before_reading(photos, tmp_path, monkeypatch, imgcmp_home, name):
    os.mkdir(tmp_path / "empty")
    os.mkdir(tmp_path / "empty" / "here")
    os.symlink(photos, tmp_path / "link")
    monkeypatch.chdir(tmp_path / "empty" / "here" if name in (".", "..") else tmp_path)
    options = ClusterOptions(folder=name)
    with pytest.raises(InputError, match=rf"^{re.escape(name)} is replaced as a whole, and holds .*: name another"):
        run([str(photos)], 0.1, FingerprintOptions(), options, workers=1, console=QUIET)
    assert not imgcmp_home.exists()


def test_a_folder_that_holds_images_of_the_database_is_refused(photos, tmp_path):
    folder = tmp_path / "out"
    options = ClusterOptions(folder=str(folder), links="copy")
    run([str(photos)], 0.1, FingerprintOptions(), options, workers=1, console=QUIET)
    fingerprint([str(folder)], FingerprintOptions(database=str(tmp_path / "f.hdf")), workers=1, console=QUIET)
    before = files_in(folder)
    with pytest.raises(
        InputError, match=f"^{folder} is replaced as a whole, and holds {folder}/cluster_with_2/cluster"
    ):
        cluster(0.1, options, database=str(tmp_path / "f.hdf"), console=QUIET)
    with pytest.raises(InputError, match="which is to be read"):
        run([str(folder)], 0.1, FingerprintOptions(), options, workers=1, console=QUIET)
    assert files_in(folder) == before


def test_links_in_the_folder_may_be_named(photos, tmp_path):
    options = ClusterOptions(folder=str(tmp_path / "out"))
    run([str(photos)], 0.1, FingerprintOptions(), options, workers=1, console=QUIET)
    links = [str(path) for path in (tmp_path / "out").rglob("*.png")]
    assert run(links, 0.1, FingerprintOptions(), options, workers=1, console=QUIET)[1].endswith(TABLE)


# Two runs at once, and killed ones


def test_a_second_run_into_one_folder_is_told_before_it_reads(photos, tmp_path, imgcmp_home):
    options = ClusterOptions(folder=str(tmp_path / "out"))
    with (
        held_outputs(options, str(tmp_path / "f.hdf"), [str(photos)]),
        pytest.raises(InputError, match=f"^{tmp_path}/out is being written by another run: wait until that is done"),
    ):
        run([str(photos)], 0.1, FingerprintOptions(), options, workers=1, console=QUIET)
    assert not imgcmp_home.exists()
    run([str(photos)], 0.1, FingerprintOptions(), options, workers=1, console=QUIET)
    assert sorted(os.listdir(tmp_path)) == ["home of imgcmp", "out", "photos"]


_DYING = """
import os, signal, sys
from imgcmp.cli.main import main
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, {"list": "replace", "links": "rename"}[sys.argv[1]], die)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("moment", ["list", "links"])
def test_a_run_that_was_killed_while_it_wrote_leaves_nothing_to_the_next(photos, tmp_path, moment):
    database = str(tmp_path / "f.hdf")
    fingerprint([str(photos)], FingerprintOptions(database=database), workers=1, console=QUIET)
    line = ["cluster", "0.1", "-f", database, "-o", str(tmp_path / "out"), "--csv", str(tmp_path / "c.csv")]
    done = subprocess.run([sys.executable, "-c", _DYING, moment, *line], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert [name for name in os.listdir(tmp_path) if name.startswith(".imgcmp-")] != []
    assert main(line) == 0
    assert [name for name in os.listdir(tmp_path) if name.startswith(".imgcmp-")] == []
    assert files_in(tmp_path / "out")[0] == CLUSTERS_MARKER
