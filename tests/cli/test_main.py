import argparse
import errno
import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from pictures import save_distinct
from PIL import Image

from imgcmp import cluster
from imgcmp.cli.main import COMMANDS, cluster_script, fingerprint_script, main, resize_script
from imgcmp.commands.console import Console
from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.commands.options import ClusterOptions, FingerprintOptions
from imgcmp.database.database import Database
from imgcmp.fingerprints import views
from imgcmp.images.image_file import Failure
from imgcmp.system.places import CLUSTERS_MARKER

pytestmark = pytest.mark.usefixtures("compiled_kernels")

HEADER = "items per cluster : number of such clusters"
CHECKOUT = Path(__file__).parents[2]


def status_of(function, *arguments):
    """Return the exit status, whether it is returned or raised."""
    try:
        return function([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    first, *_ = save_distinct(folder, 3)
    with Image.open(first) as image:
        image.save(folder / "copy.jpg", quality=95)
    return folder


# What people see


def test_the_three_scripts(photos, imgcmp_home, capsys):
    assert resize_script(["0.5", str(photos), "-n1", "-q"]) == 0
    assert fingerprint_script(["-n1", "-q"]) == 0
    assert capsys.readouterr() == ("", "")
    assert cluster_script(["-q"]) == 0
    assert capsys.readouterr() == (f"cluster dir: {imgcmp_home}/cluster\n{HEADER}\n2 : 1\n", "")
    links = imgcmp_home / "cluster" / "cluster_with_2" / "cluster_0"
    assert {os.readlink(link) for link in links.iterdir()} == {
        os.path.realpath(photos / name) for name in ("00.png", "copy.jpg")
    }


def test_run_is_the_same_without_copies(photos, imgcmp_home, capsys):
    assert main(["run", str(photos), "-n1"]) == 0
    out, err = capsys.readouterr()
    assert out == f"cluster dir: {imgcmp_home}/cluster\n{HEADER}\n2 : 1\n"
    read, by = err.splitlines()
    assert re.fullmatch(rf"4 \w+: 4 read.*; {imgcmp_home}/fingerprints\.hdf holds 4.*", read)
    assert by == "SIM 0.3 (auto, 4 images: at most one pair in a thousand images should join by chance)"
    assert not (imgcmp_home / "convert").exists()


def test_the_commands_are_the_scripts(photos, tmp_path, imgcmp_home, capsys):
    assert main(["resize", "0.5", str(photos), "-t", str(tmp_path / "small"), "-n1", "-q"]) == 0
    database = str(tmp_path / "f.hdf")
    assert main(["fingerprint", str(tmp_path / "small"), "-f", database, "-x", "11", "-m", "dhash", "-n1", "-q"]) == 0
    assert main(["cluster", "0.2", "-f", database, "-o", str(tmp_path / "out"), "-l", "complete"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [f"cluster dir: {tmp_path}/out", HEADER]
    store = Database(database)
    assert (store.x, store.method, len(store)) == (11, "dhash", 4)
    assert not imgcmp_home.exists()


def test_verbosity_adds_lines_on_stderr_and_none_on_stdout(photos, capsys):
    def lines_of(function, *arguments):
        assert function([*arguments, "-n1"]) == 0
        out, err = capsys.readouterr()
        return out, err.splitlines()

    folder = os.path.realpath(photos)
    out, lines = lines_of(resize_script, "0.5", str(photos), "-v")
    assert out == ""
    assert len(lines) == 5
    assert all(re.fullmatch(rf"{folder}/(\S+) -> .*/convert{folder}/\1", line) for line in lines[:4])
    _, lines = lines_of(resize_script, "0.25", str(photos), "-vv")
    assert all(line.endswith("64 x 48 -> 16 x 12") for line in lines[:4])
    out, lines = lines_of(fingerprint_script, "-v")
    assert (out, len(lines)) == ("", 5)
    out, lines = lines_of(cluster_script, "0.3", "-vv")
    assert len(out.splitlines()) == 3
    assert lines[0].startswith("cluster 0: 2 images, ")
    assert len(lines) == 3


def test_the_json_and_the_csv(photos, tmp_path, capsys):
    targets = ["--json", str(tmp_path / "c.json"), "--csv", str(tmp_path / "c.csv")]
    assert main(["run", str(photos), "-n1", "--sim", "0.25", "-x", "16", "-l", "single", *targets]) == 0
    read = json.loads((tmp_path / "c.json").read_text())
    (cluster,) = read.pop("clusters")
    assert read == {
        "format": "imgcmp-clusters",
        "version": 4,
        "sim": 0.25,
        "sim_is_auto": False,
        "linkage": "single",
        "method": "phash",
        "x": 16,
        "n_images": 4,
        "flat": [],
        "by_preview": [],
    }
    first, other = cluster["members"]
    assert (first["relation"], first["distance_bits"]) == ("best", 0)
    assert other["distance_bits"] == cluster["diameter_bits"]
    assert cluster["files"] == [os.path.realpath(photos / name) for name in ("00.png", "copy.jpg")]
    assert 0 <= cluster["diameter_bits"] <= 64
    assert len((tmp_path / "c.csv").read_text().splitlines()) == 3
    assert capsys.readouterr().out.count("\n") == 3


def test_a_bad_file_is_listed_and_skipped_with_status_1(photos, capsys):
    (photos / "bad.jpg").write_bytes(b"no image")
    for function, arguments, task in (
        (resize_script, ["0.5", str(photos)], "resized"),
        (fingerprint_script, [str(photos)], "read"),
        (main, ["run", str(photos), "--retry"], "read"),
    ):
        assert function([*arguments, "-n1", "-q"]) == 1
        out, err = capsys.readouterr()
        assert err.splitlines() == [
            f"1 file could not be {task}:",
            f"  {os.path.realpath(photos)}/bad.jpg: not an image, or of a kind that is not supported",
        ]
    assert out.endswith(f"{HEADER}\n2 : 1\n")
    assert main(["run", str(photos), "-n1", "-q"]) == 1
    line = "1 file could not be read before and did not change: --retry tries again"
    assert capsys.readouterr().err.splitlines() == [line]


@pytest.fixture
def odd_names(tmp_path):
    """Make two images that are the same, and one that isn't, of names that are hard to handle."""
    folder = tmp_path / "odd"
    first, second = save_distinct(tmp_path / "plain", 2)
    names = ["-q", "a\nb.png"]
    folder.mkdir()
    if sys.platform != "darwin":
        names[1] = os.fsdecode(b"a\n\xff.png")
    for name in names:
        shutil.copy(first, folder / name)
    shutil.copy(second, folder / ("x" * 247 + "[1].png"))
    return folder


@pytest.mark.parametrize("source", ["list", "-"])
def test_files_of_a_list_are_read_by_all_three_commands(odd_names, tmp_path, imgcmp_home, monkeypatch, capsys, source):
    monkeypatch.chdir(odd_names)
    names = b"".join(os.fsencode(name) + b"\0" for name in os.listdir("."))
    (tmp_path / "list").write_bytes(names)
    options = ["-0", "--files-from", source if source == "-" else str(tmp_path / "list"), "-n1"]

    def summary_of(function, *arguments):
        monkeypatch.setattr("sys.stdin", argparse.Namespace(buffer=io.BytesIO(names)))
        assert function([*arguments, *options]) == 0
        return capsys.readouterr()

    assert summary_of(resize_script, "0.5").err.startswith("3 files: 3 resized; ")
    assert summary_of(fingerprint_script).err.startswith("3 files: 3 read; ")
    assert summary_of(main, "run").out.endswith(f"{HEADER}\n2 : 1\n")
    assert fingerprint_script(["-n1"]) == 0
    assert capsys.readouterr().err.startswith("3 files: 3 read; ")
    assert cluster_script(["0.1", "--json", str(tmp_path / "c.json")]) == 0
    (similar,) = json.loads((tmp_path / "c.json").read_text())["clusters"]
    assert len(similar["files"]) == 2


def test_files_that_are_named_come_before_those_of_a_list(photos, tmp_path, capsys):
    (tmp_path / "list").write_text(f"{photos}/00.png\n{photos}/*.png\n")
    assert main(["run", str(photos / "01.png"), "--files-from", str(tmp_path / "list"), "-n1", "-v"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0].rsplit("/")[-1] for line in lines[:2]] == ["01.png", "00.png"]
    assert lines[-3].endswith("/*.png: no such file or directory"), "names of a list are no globs"


def test_what_is_excluded_is_read_by_none_of_the_commands(photos, capsys):
    for function, arguments in ((resize_script, ["0.5"]), (fingerprint_script, []), (main, ["run"])):
        assert function([*arguments, str(photos), "--exclude", "copy.*", "--exclude", "0[0]*", "-n1"]) == 0
        assert capsys.readouterr().err.startswith("2 files: ")


@pytest.mark.parametrize(
    ("line", "n_files"),
    [
        ("0.5 -n1 00.png", 1),
        ("-n1 0.5 00.png 01.png", 2),
        ("0.5 -n1 -- -x", 1),
        ("0.5 00.png -n1 01.png -- -x", 3),
    ],
)
def test_names_may_follow_options(photos, monkeypatch, capsys, line, n_files):
    monkeypatch.chdir(photos)
    (photos / "02.png").rename("-x")
    assert status_of(resize_script, *line.split()) == 0
    assert capsys.readouterr().err.split()[0] == str(n_files)


def test_a_missing_file_among_others_is_listed_with_status_1(photos, capsys):
    assert fingerprint_script([str(photos / "00.png"), str(photos / "no.png"), "-n1", "-q"]) == 1
    assert capsys.readouterr().err.endswith("/no.png: no such file or directory\n")


def test_the_demo_finds_the_pictures_it_drew(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "-q"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("drew ")
    assert HEADER in out
    groups = draw_collection(str(tmp_path / "again"))
    again, photos = os.path.realpath(tmp_path / "again"), os.path.realpath(tmp_path / "imgcmp-demo" / "photos")
    expected = {frozenset(os.path.relpath(file, again) for file in group) for group in groups if len(group) > 1}
    read = json.loads((tmp_path / "imgcmp-demo" / "clusters.json").read_text())
    found = {frozenset(os.path.relpath(file, photos) for file in cluster["files"]) for cluster in read["clusters"]}
    assert found == expected
    assert sorted(os.listdir(tmp_path / "imgcmp-demo")) == [
        ".fingerprints.hdf.lock",
        "cluster",
        "clusters.json",
        "fingerprints.hdf",
        "photos",
    ]


def test_the_demo_draws_into_the_next_name_that_is_free_and_only_into_a_new_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    drawn = []
    monkeypatch.setattr(
        "imgcmp.commands.demo.draw_collection", lambda folder: drawn.append(folder) or save_distinct(folder, 2)
    )
    (tmp_path / "imgcmp-demo").mkdir()
    (tmp_path / "imgcmp-demo" / "mine").write_text("")
    assert main(["demo", "-q", "-n1"]) == 0
    assert drawn == [os.path.realpath(tmp_path / "imgcmp-demo-2" / "photos")]
    monkeypatch.undo()
    (tmp_path / "full" / "photos").mkdir(parents=True)
    (tmp_path / "full" / "photos" / "mine.jpg").write_text("")
    capsys.readouterr()
    assert main(["demo", str(tmp_path / "full")]) == 2
    assert "not an empty folder" in capsys.readouterr().err


# Bad input


def other_hdf5(path):
    with h5py.File(path, "w") as file:
        file["x"] = 1


def make_bad_inputs(folder):
    save_distinct(folder / "photos", 2)
    (folder / "empty").mkdir()
    (folder / "text.hdf").write_text("no database")
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("mine")
    (folder / "mine.json").write_text("[]")
    (folder / "marked").mkdir()
    (folder / "marked" / CLUSTERS_MARKER).write_text("")
    (folder / "marked" / "photo.jpg").write_text("mine")
    (folder / "list").write_text("photos/00.png\n")
    (folder / "no list").write_text("")
    (folder / "gap").write_text("photos\0\0photos\0")
    (folder / "nul").write_text("photos\0")
    (folder / "strange").write_text("*.png\n")
    other_hdf5(folder / "other.hdf")
    store = Database(str(folder / "dhash.hdf"), method="dhash", x=16)
    store.update([], [Failure("/photo.jpg", "empty file")])
    store.save()
    raw = (folder / "dhash.hdf").read_bytes()
    (folder / "damaged.hdf").write_bytes(raw[:-1])
    (folder / "later.hdf").write_bytes(raw.replace(b"version 4", b"version 7", 1))


BAD_INPUT = [
    ("resize 0 photos", "above 0, at most 1|above 0 and at most 1"),
    ("resize 1.5 photos", "above 0 and at most 1; got '1.5'"),
    ("resize nan photos", "above 0 and at most 1; got 'nan'"),
    ("resize -0.5 photos", "argument FRACTION: must be a number above 0 and at most 1; got '-0.5'"),
    ("resize -.5e1 photos", "argument FRACTION: must be a number above 0 and at most 1; got '-.5e1'"),
    ("run photos --sim -0.1", r"argument --sim: must be auto, or a number in 0\.\.1; got '-0.1'"),
    ("run photos -n -3", "argument -n: must be a whole number in 1..4096; got '-3'"),
    ("run photos --timeout -1", "argument --timeout: must be a number of seconds above 0; got '-1'"),
    ("resize half photos", "above 0 and at most 1; got 'half'"),
    ("resize 0.5", "required: PATH, or --files-from"),
    ("resize 0.5 empty", "no images found in empty"),
    ("resize 0.5 nowhere", r"no images found in nowhere \(no such file or directory\)"),
    ("resize 0.5 photos -t mine", "was not made by imgcmp and is not empty"),
    ("resize 0.5 photos -t mine.json", "is not a folder"),
    ("resize 0.5 photos -n 0", "whole number in 1..4096; got '0'"),
    ("fingerprint", "there is no folder .*convert"),
    ("fingerprint empty", "no images found in empty"),
    ("fingerprint photos -x 1", r"must be a whole number in 2\.\.64; got '1'"),
    ("fingerprint photos -x 65", "got '65'"),
    ("fingerprint photos -x eight", "got 'eight'"),
    ("fingerprint photos -m md5", "invalid choice: 'md5'"),
    ("fingerprint photos -f text.hdf", "text.hdf is not an imgcmp database"),
    ("fingerprint photos -f other.hdf", "other.hdf is not an imgcmp database"),
    ("fingerprint photos -f mine", "is not a file"),
    ("run photos --json - --csv -", "--json and --csv are both standard output: name a file for one of them"),
    ("run photos --json - --csv /dev/stdout", "--json and --csv are both standard output"),
    ("run photos --csv /dev/fd/77", "/dev/fd/77 is not open; name another file with --csv"),
    ("run photos --csv out/c.csv -o out", r"out/c.csv \(--csv\) is in out \(-o\), which is replaced as a whole"),
    ("run photos --json out/c.json -o out", r"is in out \(-o\), which is replaced as a whole"),
    ("run photos -f out/f.hdf -o out", r"out/f.hdf \(-f\) is in out \(-o\), which is replaced as a whole"),
    ("run photos --csv c.csv -o c.csv/out", r"c.csv/out \(-o\) is in c.csv \(--csv\), which is to be a file"),
    ("run photos -f f.hdf --csv f.hdf", "-f and --csv are both f.hdf"),
    ("run photos --json c.list --csv C.LIST", "--json and --csv are both c.list"),
    (
        "run photos -o .",
        r"run: \. is replaced as a whole, and holds the current folder: name another folder",
    ),
    ("run photos -o ..", ".. is replaced as a whole, and holds the current folder"),
    ("run photos -o photos", "photos is replaced as a whole, and holds photos, which is to be read"),
    (
        "run marked/photo.jpg -o marked",
        "marked is replaced as a whole, and holds marked/photo.jpg, which is",
    ),
    (
        "run photos --links hardlink --relative",
        "--relative is about symbolic links: leave it out with --links hard",
    ),
    ("run photos --links none --relative", "--relative is about symbolic links: leave it out with --links none"),
    ("run photos --links junction", "invalid choice: 'junction'"),
    ("run photos --json a --csv a", "--json and --csv are both a"),
    ("demo photos", "is not an empty folder"),
    ("cluster 0.1 --max-memory lots", "a size in bytes, like 500M or 2G; got 'lots'"),
    ("cluster 0.1 -f /dev/null", "is not a file"),
    ("fingerprint photos -f text.hdf --force", "is not an imgcmp database and is left alone"),
    ("fingerprint photos -m phash -f dhash.hdf", "holds dhash fingerprints with x=16, not phash with x=16"),
    ("fingerprint photos -x 8 -f dhash.hdf", "holds dhash fingerprints with x=16, not dhash with x=8"),
    ("run photos -f dhash.hdf", "SIM auto is known for phash with x=8 or 16, .*not for dhash with x=16: give SIM"),
    ("cluster -f dhash.hdf", "SIM auto is known for phash"),
    ("fingerprint photos -f damaged.hdf", "is damaged"),
    ("fingerprint photos -f text.hdf/f.hdf", "not a directory|exists"),
    ("fingerprint photos --nonsense", "unrecognized arguments: --nonsense"),
    ("cluster", "there is no database .*imgcmp run"),
    ("cluster 0.1", "there is no database .*10fingerprints.py"),
    ("cluster 1.1 -f dhash.hdf", r"must be auto, or a number in 0\.\.1; got '1.1'"),
    ("cluster nan -f dhash.hdf", "got 'nan'"),
    ("cluster -0.1 -f dhash.hdf", "argument SIM: must be auto, or a number in 0..1; got '-0.1'"),
    ("cluster 0.1 -f nowhere.hdf", "there is no database"),
    ("cluster 0.1 -f text.hdf", "is not an imgcmp database"),
    ("cluster 0.1 -f other.hdf", "is not an imgcmp database"),
    ("cluster 0.1 -f damaged.hdf", "is damaged .* or start over with --force of imgcmp run or fingerprint$"),
    ("fingerprint photos -f damaged.hdf -m dhash -x 16", "is damaged .* or start over with --force$"),
    ("info damaged.hdf", "is damaged .* or start over with --force of imgcmp run or fingerprint$"),
    ("info later.hdf", "or start over with --force of imgcmp run or fingerprint$"),
    ("info text.hdf", "is not an imgcmp database: name another file$"),
    ("check text.hdf", "is not an imgcmp database: name another file$"),
    ("check photos", "is not a file: name another file$"),
    ("cluster 0.1 -f photos", "is not a file: name another file with -f$"),
    ("cluster 0.1 -f later.hdf", "has version 7 of the format"),
    ("cluster 0.1 -f dhash.hdf -o mine", "was not made by imgcmp"),
    ("cluster 0.1 -f dhash.hdf -o marked", "photo.jpg was not made by imgcmp"),
    ("cluster 0.1 -f dhash.hdf -o mine.json", "is not a folder"),
    ("cluster 0.1 -f dhash.hdf --json mine.json", "was not made by imgcmp"),
    ("cluster 0.1 -f dhash.hdf --json nowhere/c.json", "there is no folder"),
    ("cluster 0.1 -f dhash.hdf --csv mine.json", "was not made by imgcmp"),
    ("cluster 0.1 -f dhash.hdf -l ward", "invalid choice: 'ward'"),
    ("run", "required: PATH"),
    ("run empty", "no images found in empty"),
    ("run ''", r"no images found in '' \(no such file or directory\)"),
    ("run -q", "required: PATH"),
    ("run photos --exclude *.png", "no images found in photos that --exclude leaves"),
    ("run photos --exclude /home/photos", "--exclude takes globs .*; got '/home/photos'"),
    ("run photos --exclude", "--exclude: expected one argument"),
    ("run --files-from nowhere", "the list nowhere cannot be read: no such file or directory"),
    ("run --files-from photos", "the list photos cannot be read: is a directory"),
    ("run photos --files-from no\u00a0list", "the list no list is empty"),
    ("run -0 --files-from gap", "the list gap holds an empty name, its number 2"),
    ("run --files-from nul", "the list nul holds NUL bytes: read it with -0"),
    ("run --files-from strange", r"no images found in \*.png \(no such file or directory\)"),
    ("run --files-from", "--files-from: expected one argument"),
    ("run photos -0", "-0 is about the list that --files-from names"),
    ("fingerprint -0", "-0 is about the list that --files-from names"),
    ("fingerprint --files-from nowhere", "the list nowhere cannot be read"),
    ("resize 0.5 --files-from nowhere", "the list nowhere cannot be read"),
    ("resize 0.5 -q", "required: PATH"),
    ("resize 0.5 photos -q photos -z photos", "unrecognized arguments: -z"),
    ("resize --files-from list", "required: FRACTION"),
    ("run photos --sim 2", r"in 0\.\.1; got '2'"),
    ("run photos -o mine", "was not made by imgcmp"),
    ("run photos -f text.hdf", "is not an imgcmp database"),
    ("compare", "required: FILE FILE, two image files or more"),
    ("compare photos/00.png", "required: FILE FILE, two image files or more"),
    ("compare photos/00.png photos", "compare: photos: not a regular file"),
    ("compare photos/00.png nowhere.png", "compare: nowhere.png: no such file or directory"),
    ("compare photos/00.png photos/01.png -x 1", r"must be a whole number in 2\.\.64; got '1'"),
    ("compare photos/00.png photos/01.png -m md5", "invalid choice: 'md5'"),
    ("compare photos/00.png photos/01.png --views wide", "must be all, none, or some of .*; got 'wide'"),
    ("demo photos/00.png", "not a directory|is not an empty folder|exists"),
    ("", "required: COMMAND"),
    ("nonsense", "invalid choice: 'nonsense'"),
    ("fingerprint new\nline", r"no images found in new\\nline"),
    ("cluster 0.1 -f new\nline", r"there is no database .*new\\nline"),
    ("run photos --new\nline", r"--new\\nline"),
]


@pytest.mark.parametrize(("line", "message"), BAD_INPUT, ids=[line for line, _ in BAD_INPUT])
def test_bad_input_is_one_line_and_status_2(tmp_path, monkeypatch, capsys, line, message):
    make_bad_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    words = ["" if word == "''" else word.replace("\u00a0", " ") for word in line.split(" ")] if line else []
    assert status_of(main, *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1
    assert re.match(r"imgcmp( \w+)?: ", err)
    assert re.search(message, err)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def test_a_script_names_itself(capsys):
    assert status_of(cluster_script, "2") == 2
    assert capsys.readouterr().err.startswith("20cluster.py: argument SIM: must be auto, or a number in 0..1; got '2'")


def test_force_starts_over_with_another_kind(photos, imgcmp_home):
    assert fingerprint_script([str(photos), "-n1", "-q"]) == 0
    assert fingerprint_script([str(photos), "-n1", "-q", "-x", "8"]) == 2
    assert fingerprint_script([str(photos), "-n1", "-q", "-x", "8", "--force"]) == 0
    assert Database(str(imgcmp_home / "fingerprints.hdf")).x == 8


# What goes wrong meanwhile


def test_an_interrupted_run_saves_what_was_done_and_returns_130(photos, imgcmp_home, monkeypatch, capsys):
    def progress(_console, items, **_settings):
        for number, item in enumerate(items):
            if number == 2:
                raise KeyboardInterrupt
            yield item

    monkeypatch.setattr(Console, "progress", progress)
    assert fingerprint_script([str(photos), "-n1", "-q"]) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "10fingerprints.py: interrupted; nothing that was done is lost, run it again to go on\n"
    assert len(Database(str(imgcmp_home / "fingerprints.hdf"))) == 2
    monkeypatch.undo()
    monkeypatch.setenv("IMGCMP_HOME", str(imgcmp_home))
    assert fingerprint_script([str(photos), "-n1"]) == 0
    assert re.match(r"4 \w+: 2 read", capsys.readouterr().err)


def test_a_full_disk_is_one_line_and_status_2(photos, monkeypatch, capsys):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device", "/db.hdf")

    monkeypatch.setattr("imgcmp.database.database.Database.save", full)
    assert fingerprint_script([str(photos), "-n1", "-q"]) == 2
    assert capsys.readouterr() == (
        "",
        "10fingerprints.py: /db.hdf: no space left on device: make room there, or write elsewhere\n",
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError("5 images take 1 TB"), "5 images take 1 TB"),
        (MemoryError(), "not enough memory"),
        (ModuleNotFoundError("no", name="h5py"), "the package h5py is missing: install imgcmp with pip"),
    ],
)
def test_other_troubles_are_one_line_and_status_2(monkeypatch, capsys, error, line):
    def fail(*_arguments, **_settings):
        raise error

    monkeypatch.setattr("imgcmp.commands.cluster.cluster", fail)
    assert cluster_script(["0.1"]) == 2
    assert capsys.readouterr() == ("", f"20cluster.py: {line}\n")


def run_unread(*command):
    """Run a command whose output nobody reads."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, *map(str, command)]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=100)
    os.close(write)
    return done


def test_who_has_read_enough_does_not_make_an_error(photos, imgcmp_home):
    assert fingerprint_script([str(photos), "-n1", "-q"]) == 0
    done = run_unread(CHECKOUT / "bin" / "20cluster.py", "0.1")
    assert (done.returncode, done.stderr) == (0, "")
    assert (imgcmp_home / "cluster" / "cluster_with_2").is_dir()


def test_the_status_is_the_same_if_nobody_reads_the_output(photos, imgcmp_home):
    (photos / "bad.jpg").write_text("no image")
    done = run_unread("-m", "imgcmp", "run", photos, "-n1", "-q")
    assert done.returncode == 1
    assert done.stderr.startswith("1 file could not be read:\n")
    database = imgcmp_home / "fingerprints.hdf"
    assert run_unread("-m", "imgcmp", "check", database).returncode == 0
    with open(database, "r+b") as file:
        file.truncate(database.stat().st_size - 1)
    done = run_unread("-m", "imgcmp", "check", database)
    assert (done.returncode, done.stderr) == (1, "")


def test_scripts_run_from_a_checkout(photos, imgcmp_home, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(name, *arguments):
        command = [sys.executable, str(CHECKOUT / "bin" / name), *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)

    done = run("00resize.py", "0.5", "photos/*.png", "photos/copy.jpg", "-n2")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    done = run("10fingerprints.py", "-n2")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    done = run("20cluster.py", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"cluster dir: {imgcmp_home}/cluster\n{HEADER}\n2 : 1\n"


# Help


def parsers():
    """Return {name: parser} of all commands."""
    found = {}
    for name, command in COMMANDS.items():
        parser = argparse.ArgumentParser(prog=name)
        command.add_arguments(parser)
        found[name] = parser
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_its_default(name):
    for action in parsers()[name]._actions:
        if action.option_strings and not isinstance(action, argparse._HelpAction):
            assert "(default: " in action.help, action.option_strings
            if action.default not in (None, False, 0):
                assert f"(default: {action.default})" in action.help.replace("%%", "%")
        assert action.help


@pytest.mark.parametrize("arguments", [["-h"], *([name, "-h"] for name in COMMANDS)], ids=" ".join)
def test_help_is_data_for_stdout_with_status_0(arguments, capsys):
    assert status_of(main, *arguments) == 0
    out, err = capsys.readouterr()
    assert out.startswith("usage: imgcmp")
    assert err == ""
    assert "\nexit status: 0 " in out


def test_a_home_of_any_name_can_be_shown_in_the_help(monkeypatch, capsys):
    monkeypatch.setenv("IMGCMP_HOME", "/50%d off\udce9")
    assert status_of(fingerprint_script, "-h") == 0
    assert "50%d" in capsys.readouterr().out


def test_kinds_of_views_may_have_spaces_between_them():
    chosen = parsers()["fingerprint"].parse_args(["x", "--views", "turns, crops"]).views
    assert views.normal_kinds(chosen) == "crops,turns"


def test_the_options_of_the_command_line_are_those_of_the_commands():
    for name, options in {"fingerprint": FingerprintOptions(), "run": FingerprintOptions()}.items():
        settings = parsers()[name].parse_args(["x"])
        assert (settings.x, settings.method) == (options.x, options.method)
        assert (settings.views, settings.database) == (options.views, options.database)
    assert (settings.linkage, settings.folder) == (ClusterOptions().linkage, ClusterOptions().folder)
    assert inspect.signature(cluster).parameters["linkage"].default == settings.linkage


# The test data


def test_all_bad_files_run_through_with_status_1(test_data, imgcmp_home, capfd):
    assert main(["run", str(test_data / "bad"), "-q"]) == 1
    out, err = capfd.readouterr()
    assert out.splitlines()[1] == HEADER
    told = err.splitlines()
    assert told[-1].partition(": ")[0].endswith(" too little to compare (flat, almost empty)")
    first_damaged = next(k for k, line in enumerate(told) if line.endswith("the data do not fit the picture (damaged)"))
    first, *lines, others, all_of_them = told[:first_damaged]
    n_files, words = first.split(maxsplit=1)
    assert words == "files could not be read:"
    assert all(re.fullmatch(r"  /.+: .+", line) for line in lines)
    assert len(lines) == 20
    assert re.fullmatch(r"  and \d+ files, for \d+ other reasons", others)
    assert all_of_them == f"-v lists them all, and imgcmp info -v '{imgcmp_home}/fingerprints.hdf' later on"
    assert main(["info", "-v", str(imgcmp_home / "fingerprints.hdf")]) == 0
    listed = [line for line in capfd.readouterr().out.splitlines() if line.startswith("    /")]
    assert len(listed) == int(n_files) > 50


def test_photographs_run_through_the_three_scripts(test_data, tmp_path, capsys):
    folder = test_data / "photos" / "edits"
    assert resize_script(["0.2", str(folder), "-q"]) == 0
    assert fingerprint_script(["-q"]) == 0
    assert cluster_script(["0.2", "--json", str(tmp_path / "c.json")]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[1] == HEADER
    files = json.loads((tmp_path / "c.json").read_text())["clusters"][0]["files"]
    assert len(files) > 10
    assert all(file.startswith(os.path.realpath(folder) + "/") for file in files)


def test_a_full_standard_output_is_named(photos, imgcmp_home):
    assert fingerprint_script([str(photos), "-n1", "-q"]) == 0
    command = [sys.executable, "-m", "imgcmp", "info"]
    with open("/dev/full", "w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    told = "imgcmp info: standard output: no space left on device: make room there, or write elsewhere\n"
    assert (ended.returncode, ended.stderr) == (2, told)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")
@pytest.mark.parametrize("arguments", [["-h"], ["--version"], ["run", "-h"]], ids=" ".join)
def test_help_that_cannot_be_written_is_told(arguments):
    """Once it was nothing at all, and status 0."""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "imgcmp", *arguments]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 2
    told = ": standard output: no space left on device: make room there, or write elsewhere\n"
    assert ended.stderr == f"imgcmp{told}"


def test_help_may_be_read_as_far_as_one_likes():
    command = f"{sys.executable} -m imgcmp run -h | head -1; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("usage: imgcmp run ")


def test_a_file_that_is_called_like_a_number_below_0_can_be_named(photos, monkeypatch, imgcmp_home):
    monkeypatch.chdir(photos)
    os.rename("00.png", "-5")
    assert fingerprint_script(["-5", "-n1", "-q"]) == 0
    assert Database(str(imgcmp_home / "fingerprints.hdf")).files == [os.path.realpath("-5")]


def test_the_demo_copies_where_there_are_no_symbolic_links(tmp_path, monkeypatch, capsys):
    """It told of --links, which is no option of it."""

    def refuse(source, target, *_args, **_more):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), source, None, target)

    monkeypatch.setattr(os, "symlink", refuse)
    assert main(["demo", "-q", str(tmp_path / "demo")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("drew ")
    assert "--links" not in out + err
    in_clusters = [path for path in (tmp_path / "demo" / "cluster").rglob("*.jpg") if path.is_file()]
    assert in_clusters
    assert not any(path.is_symlink() for path in in_clusters)


def test_a_demo_without_room_names_no_option_that_it_lacks(tmp_path, monkeypatch, capsys):
    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("imgcmp.results.links.write_tree", full)
    assert main(["demo", "-q", str(tmp_path / "demo")]) == 2
    told = f"{os.path.realpath(tmp_path)}/demo can't hold all of it (no space left on device)"
    assert capsys.readouterr().err == f"imgcmp demo: {told}: name a new folder where there is room\n"
