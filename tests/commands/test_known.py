"""What is remembered beside a database shows in no result, and is of use where pictures are new."""

import os
from pathlib import Path

import numpy as np
import pytest
from pictures import photograph

from imgcmp.cli.main import main
from imgcmp.clusters import known_components
from imgcmp.clusters.few_images import FewImages
from imgcmp.clusters.known_components import KnownComponents
from imgcmp.clusters.known_file import known_file, read_known, write_known

NAMES = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png")


@pytest.fixture(autouse=True)
def as_many(monkeypatch):
    """Group a few pictures as many are grouped."""
    monkeypatch.setattr(FewImages, "are_few", lambda _: False)
    monkeypatch.setattr("imgcmp.clusters.linkage.CONDENSED_IMAGES", 0)
    monkeypatch.setattr(known_components, "_WORTH", 0)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in NAMES:
        add(folder, name)
    return folder


def add(folder, name):
    image = photograph(name).convert("RGB").resize((200, 160))
    for quality in (95, 50):
        image.save(folder / f"{name}-{quality}.jpg", quality=quality)


def clustered(folder, tmp_path, database, sim="0.3"):
    target = tmp_path / "clusters.json"
    command = ["run", str(folder), "-q", "-f", database, "--sim", sim, "--links", "none", "--json", str(target)]
    assert main(command) == 0
    return target.read_text()


def expected(folder, tmp_path, sim="0.3"):
    """Return what comes out where nothing is remembered."""
    return clustered(folder, tmp_path, str(tmp_path / f"anew{len(os.listdir(tmp_path))}.hdf"), sim)


def test_results_are_the_same_as_pictures_come_and_go(folder, tmp_path, monkeypatch):
    database = str(tmp_path / "base.hdf")
    assert clustered(folder, tmp_path, database) == expected(folder, tmp_path)
    first = read_known(known_file(database)).last
    assert len(first.digests) == 2 * len(NAMES)
    add(folder, "hubble_deep_field.jpg")
    assert clustered(folder, tmp_path, database) == expected(folder, tmp_path)
    assert len(read_known(known_file(database)).last.digests) == 2 * len(NAMES) + 2
    for name in ("camera.png-95.jpg", "coffee.png-50.jpg", "coffee.png-95.jpg"):
        (folder / name).unlink()
    assert clustered(folder, tmp_path, database) == expected(folder, tmp_path)
    assert clustered(folder, tmp_path, database, "0.1") == expected(folder, tmp_path, "0.1")
    assert clustered(folder, tmp_path, database) == expected(folder, tmp_path)


@pytest.mark.parametrize(
    "what", ["empty", "text", "cut", "another", "encrypted", "no Python", "numbers beyond", "a folder"]
)
def test_a_file_that_is_not_whole_is_no_use_and_no_harm(folder, tmp_path, what):
    database = str(tmp_path / "base.hdf")
    wanted = clustered(folder, tmp_path, database)
    path = Path(known_file(database))
    last = read_known(path).last
    if what == "empty":
        path.write_bytes(b"")
    elif what == "text":
        path.write_text("a letter")
    elif what == "cut":
        path.write_bytes(path.read_bytes()[:2000])
    elif what == "another":
        with path.open("wb") as file:
            np.savez(file, a=np.arange(3))
    elif what == "encrypted":
        data = bytearray(path.read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data)
    elif what == "no Python":
        path.write_bytes(path.read_bytes().replace(b", ), }", b", (, }").replace(b"(), }", b"((, }"))
    elif what == "numbers beyond":
        path.unlink()
        write_known(str(path), KnownComponents(last._replace(components=last.components + 2**20)), 100)
    else:
        path.unlink()
        path.mkdir()
    assert read_known(path).last is None
    assert clustered(folder, tmp_path, database) == wanted


def test_what_is_known_of_many_is_kept_where_few_are_clustered(folder, tmp_path):
    database = str(tmp_path / "base.hdf")
    clustered(folder, tmp_path, database)
    part = tmp_path / "part"
    part.mkdir()
    add(part, "retina.jpg")
    clustered(part, tmp_path, database)
    assert len(read_known(known_file(database)).last.digests) == 2 * len(NAMES)


def test_nothing_is_written_where_nothing_is_new(folder, tmp_path):
    database, target = str(tmp_path / "base.hdf"), tmp_path / "clusters.json"
    clustered(folder, tmp_path, database)
    path = Path(known_file(database))
    inode, last = path.stat().st_ino, read_known(path).last
    clustered(folder, tmp_path, database)
    assert path.stat().st_ino == inode
    # Nor do several cuts of a tree forget what one cut found.
    assert main(["cluster", "0.1,0.3", "-q", "-f", database, "--links", "none", "--json", str(target)]) == 0
    assert (path.stat().st_ino, read_known(path).last.linkage) == (inode, last.linkage) == (inode, "average")
    add(folder, "hubble_deep_field.jpg")
    clustered(folder, tmp_path, database)
    assert path.stat().st_ino != inode


def test_what_is_known_is_kept_up_where_a_database_became_small(folder, tmp_path):
    database = str(tmp_path / "base.hdf")
    clustered(folder, tmp_path, database)
    for path in sorted(folder.iterdir())[3:]:
        path.unlink()
    command = ["run", str(folder), "-q", "--prune", "-f", database, "--sim", "0.3", "--links", "none"]
    assert main(command) == 0
    assert len(read_known(known_file(database)).last.digests) == 3


def test_a_file_of_that_name_that_is_something_else_is_left(folder, tmp_path):
    database = str(tmp_path / "base.hdf")
    path = Path(known_file(database))
    path.write_text("a letter")
    clustered(folder, tmp_path, database)
    assert path.read_text() == "a letter"


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    known = KnownComponents()
    write_known(str(tmp_path / "nowhere" / "a.known"), known, 100)
    few = np.zeros(1, np.int32)
    known.last = known_components.Remembered(
        "kind", 1, np.zeros((1, 16), np.uint8), few, "", 0.0, np.ones(1, np.int64), few
    )
    write_known(str(tmp_path / "nowhere" / "a.known"), known, 100)
    write_known(str(tmp_path / "a.known"), known, 100)
    assert read_known(str(tmp_path / "a.known")).last.kind == "kind"
