import json
import os

import pytest
from databases import make, make_version_1, record

from imgcmp import InputError
from imgcmp.cli.main import main
from imgcmp.database.summary import format_summary, summarize
from imgcmp.images.image_file import PASSING, Failure

BYTES_NAME = os.fsdecode(b"/caf\xe9\n.jpg")


@pytest.fixture
def path(tmp_path):
    (tmp_path / "there.jpg").touch()
    path = str(tmp_path / "a.hdf")
    records = [
        record(str(tmp_path / "there.jpg"), seed=1),
        record("/gone", source="/original", seed=1, n_frames=2, others="film"),
        record("/gone too", seed=2, n_frames=9, frame=3, others="depth map,film"),
    ]
    failures = [
        Failure("/b", "truncated", 1, 1),
        Failure(BYTES_NAME, "truncated", 1, 1),
        Failure("/c", "its worker was killed", PASSING, PASSING),
    ]
    make(path, records, failures)
    return path


def test_a_summary_counts_what_is_held(path):
    summary = summarize(path)
    assert (summary.n_images, summary.n_copies, summary.n_distinct, summary.n_gone) == (3, 1, 2, 2)
    assert (summary.version, summary.n_bytes) == (4, os.path.getsize(path))
    assert (summary.method, summary.x, summary.n_bits) == ("phash", 8, 64)


def test_info_tells_it_in_lines(path, capsys):
    history = summarize(path).history
    assert main(["info", path]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"database: {path}",
        f"format: version 4, {os.path.getsize(path):,} bytes",
        "fingerprints: phash, x 8, 64 bits",
        "views: none",
        "images: 3",
        "copies of originals: 1",
        "distinct fingerprints: 2",
        "files no longer there: 2",
        "files of several frames or pages: 2 (of 1 image, read by an earlier version, nobody knows)",
        "judged by a later one than the first: 1",
        "files with a depth map: 1",
        "files with a film behind the picture: 2",
        "failures: 3",
        "  truncated: 2 files",
        "  its worker was killed: 1 file",
        f"created: {history.created} by {history.created_by}",
        f"changed: {history.changed} by {history.changed_by} with Pillow {history.pillow}",
    ]


def test_info_lists_the_failures_if_asked(path, capsys):
    assert main(["info", "-v", path]) == 0
    assert capsys.readouterr().out.splitlines()[12:18] == [
        "failures: 3",
        "  truncated: 2 files",
        "    /b",
        "    /caf\\udce9\\n.jpg",
        "  its worker was killed: 1 file",
        "    /c (tried again on every run)",
    ]


def test_info_as_json_holds_all_of_it(path, capsys):
    assert main(["info", "--json", path]) == 0
    told = json.loads(capsys.readouterr().out)
    summary = summarize(path)
    failures = told.pop("failures")
    assert told.pop("history") == summary.history._asdict()
    assert told == {name: value for name, value in vars(summary).items() if name not in ("failures", "history")}
    assert {"file": BYTES_NAME, "reason": "truncated", "passing": False} in failures
    assert {"file": "/c", "reason": "its worker was killed", "passing": True} in failures


def test_the_default_is_the_default_database(imgcmp_home, capsys):
    assert main(["info"]) == 2
    assert f"there is no database {imgcmp_home}/fingerprints.hdf" in capsys.readouterr().err
    make(imgcmp_home / "fingerprints.hdf", [record("/a")])
    assert main(["info"]) == 0
    assert main(["check"]) == 0


def test_of_version_1_nobody_knows_when(tmp_path):
    make_version_1(tmp_path / "old.hdf")
    lines = format_summary(summarize(str(tmp_path / "old.hdf"))).splitlines()
    assert lines[-2:] == ["created: nobody knows when by imgcmp 0.0.9", "changed: nobody knows when"]


def test_check_says_what_is_wrong_on_stdout(path, capsys):
    assert main(["check", path]) == 0
    assert capsys.readouterr() == (f"{path}: nothing is wrong\n", "")
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) - 1)
    assert main(["check", path]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(f"{path}: it is cut off: ")
    assert (err, all(line.startswith(f"{path}: ") for line in out.splitlines())) == ("", True)
    with pytest.raises(InputError, match="is damaged"):
        summarize(path)
    assert main(["check", os.path.dirname(path)]) == 2
