"""Films, documents of several pages, and what else files hold, from the folder to the lists."""

import csv
import json
import os

import numpy as np
import pytest
from animations import fade_in, films_of, tiff
from behind_jpegs import FILM, jpeg
from pictures import photograph

from imgcmp import find_duplicates, fingerprint_files
from imgcmp.commands.cluster import cluster
from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.options import ClusterOptions, FingerprintOptions
from imgcmp.database.database import Database
from imgcmp.database.summary import format_summary, summarize

COVER = np.asarray(photograph("page.png").convert("L").resize((120, 90)))
FILMS = ("chelsea.png", "coffee.png", "rocket.jpg")


@pytest.fixture
def folder(tmp_path):
    """Save three films that fade in, one of them in two formats, two faxes with one cover, and a photo with a film."""
    folder = tmp_path / "films"
    folder.mkdir()
    for name in FILMS:
        (folder / f"{name}.gif").write_bytes(films_of(fade_in(name))[".gif"])
    (folder / "coffee again.webp").write_bytes(films_of(fade_in("coffee.png"))[".webp"])
    for name in FILMS[:2]:
        (folder / f"fax of {name}.tif").write_bytes(tiff([COVER, *fade_in(name)[-2:]]))
    (folder / "photo.jpg").write_bytes(jpeg(name="astronaut.png") + FILM)
    (folder / "photo alone.jpg").write_bytes(jpeg(name="astronaut.png"))
    return folder


def held(record):
    return record.n_frames, record.frame, record.others


def names(files):
    return [os.path.basename(file) for file in files]


def test_films_that_fade_in_from_black_are_no_cluster_but_for_those_of_one_picture(folder):
    found = find_duplicates(folder, sim=0.1, workers=1)
    assert found.flat == []
    groups = {tuple(names(group.files)): [member.relation for member in group.members] for group in found.groups}
    assert groups == {
        ("coffee again.webp", "coffee.png.gif"): ["one frame alike", "best"],
        ("fax of chelsea.png.tif", "fax of coffee.png.tif"): ["best", "one frame alike"],
        ("photo alone.jpg", "photo.jpg"): ["re-encoded or resized", "best"],
    }
    films = found.groups[[names(group.files)[0] for group in found.groups].index("coffee again.webp")]
    assert [(member.n_frames, member.frame, member.others) for member in films.members] == [(8, 2, "")] * 2


def test_what_they_hold_is_kept_listed_and_told(folder, tmp_path, capsys):
    path = str(tmp_path / "f.hdf")
    fingerprint([str(folder)], FingerprintOptions(x=16, database=path), workers=1, console=Console(1))
    told = capsys.readouterr().err
    assert "rocket.jpg.gif: 120 x 90, by frame 3 (the first is 0)\n" in told
    assert "photo.jpg: 160 x 120\n" in told
    store = Database(path)
    held = {
        name: row
        for name, *row in zip(
            names(store.files), store.n_frames.tolist(), store.frame.tolist(), store.others, strict=True
        )
    }
    assert held["rocket.jpg.gif"] == [8, 3, ""]
    assert held["fax of chelsea.png.tif"] == [3, 0, "pages"]
    assert held["photo.jpg"] == [1, 0, "film"]
    assert held["photo alone.jpg"] == [1, 0, ""]
    lines = format_summary(summarize(path)).splitlines()
    assert "files of several frames or pages: 6" in lines
    assert "judged by a later one than the first: 4" in lines
    assert lines[lines.index("files with a film behind the picture: 1") + 1] == "files with pages: 2"
    targets = ClusterOptions(json=str(tmp_path / "c.json"), csv=str(tmp_path / "c.csv"), folder=str(tmp_path / "c"))
    cluster(0.1, targets, database=path, workers=1, console=Console(2))
    assert "coffee.png.gif, by frame 2 (the first is 0)\n" in capsys.readouterr().err
    listed = json.loads((tmp_path / "c.json").read_text())["clusters"]
    members = {
        name: (member["n_frames"], member["frame"], member["others"])
        for one in listed
        for name, member in zip(names(one["files"]), one["members"], strict=True)
    }
    with open(tmp_path / "c.csv", newline="") as file:
        rows = {os.path.basename(row["file"]): row for row in csv.DictReader(file)}
    for name in ("coffee again.webp", "coffee.png.gif", "photo.jpg", "fax of chelsea.png.tif"):
        assert list(members[name]) == held[name]
        assert [rows[name][key] for key in ("n_frames", "frame", "others")] == [str(value) for value in held[name]]


def test_files_that_were_moved_keep_it_and_python_gets_it(folder, tmp_path):
    options = FingerprintOptions(x=16, database=str(tmp_path / "f.hdf"))
    fingerprint([str(folder)], options, workers=1, console=Console(quiet=True))
    store = Database(options.database)
    before = {file: held(store.record(file)) for file in store.files}
    for file in before:
        os.rename(file, file + "~.jpg")
    fingerprint([str(folder)], options, workers=1, console=Console(quiet=True))
    store = Database(options.database)
    after = {file: held(store.record(file)) for file in store.files}
    assert after == {file + "~.jpg": known for file, known in before.items()}
    found = fingerprint_files(folder, x=16, workers=1)
    told = zip(found.n_frames.tolist(), found.frame.tolist(), found.others, strict=True)
    assert dict(zip(found.files, told, strict=True)) == after
