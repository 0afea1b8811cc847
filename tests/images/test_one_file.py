"""Two names of one file, and two files that a file system gives one number."""

import os
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from imgcmp.commands.grouping import Group, _without_further_names
from imgcmp.images import one_file
from imgcmp.images.find_images import find_images
from imgcmp.images.one_file import OneFile, are_two_ways

N_BYTES = 200_000


def altered(status, **changes):
    """Return what the system says of a file, with changes."""
    said = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
    return SimpleNamespace(**(said | changes))


@pytest.fixture
def says(monkeypatch):
    """Return a function that makes the system say other things of all files."""
    stat, lstat, scandir = os.stat, os.lstat, os.scandir

    def change(**changes):
        class Entry:
            def __init__(self, entry):
                self.name, self.is_dir, self.is_file = entry.name, entry.is_dir, entry.is_file
                self.stat = lambda **settings: altered(entry.stat(**settings), **changes)

        @contextmanager
        def listed(folder):
            with scandir(folder) as entries:
                yield [Entry(entry) for entry in entries]

        monkeypatch.setattr("imgcmp.images.find_images.os.scandir", listed)
        monkeypatch.setattr("imgcmp.images.find_images.os.stat", lambda *a, **k: altered(stat(*a, **k), **changes))
        monkeypatch.setattr("imgcmp.commands.grouping.os.lstat", lambda path: altered(lstat(path), **changes))

    return change


def make(path, start=b"", middle=b"", end=b""):
    """Make a file whose rest is zeros, of a time of whole seconds."""
    contents = bytearray(N_BYTES)
    contents[: len(start)], contents[-len(end) or N_BYTES :] = start, end
    contents[N_BYTES // 2 : N_BYTES // 2 + len(middle)] = middle
    path.write_bytes(contents)
    os.utime(path, ns=(0, 10**18))


@pytest.fixture
def eight(tmp_path):
    """Make eight files of one size and time."""
    for k in range(8):
        make(tmp_path / f"{k}.jpg", **{("start", "middle", "end")[k % 3]: bytes([k + 1]) * 4096})
    return tmp_path


def names_of(found):
    return [os.path.basename(file.path) for file in found.files]


@pytest.mark.parametrize("n_links", [1, 2])
def test_files_that_a_file_system_gives_one_number_are_all_found(eight, says, n_links):
    """Pools of drives do so, and bridges to phones and clouds: of eight files one was left, without a word."""
    says(st_ino=1, st_nlink=n_links, st_ctime_ns=10**18)
    found = find_images([str(eight)])
    assert names_of(found) == [f"{k}.jpg" for k in range(8)]
    assert found.further_names == []
    assert names_of(find_images([str(eight / f"{k}.jpg") for k in range(8)])) == [f"{k}.jpg" for k in range(8)]
    paths = [file.path for file in found.files]
    group = _without_further_names(Group(np.arange(8), 0), paths)
    assert group.rows.tolist() == list(range(8))


def test_equal_copies_are_no_names_of_one_file_where_numbers_repeat(tmp_path, says):
    for name in ("a.jpg", "b.jpg"):
        make(tmp_path / name)
    says(st_ino=1, st_ctime_ns=10**18)
    assert names_of(find_images([str(tmp_path)])) == ["a.jpg", "b.jpg"]


def test_links_are_found_once_and_the_others_told(eight):
    for name in ("0 again.jpg", "sub/z.JPG", "sub/no suffix"):
        (eight / name).parent.mkdir(exist_ok=True)
        os.link(eight / "0.jpg", eight / name)
    (eight / "notes.txt").write_text("words")
    os.link(eight / "notes.txt", eight / "more notes.txt")
    found = find_images([str(eight)])
    assert names_of(found) == ["0 again.jpg", *(f"{k}.jpg" for k in range(1, 8))]
    real = os.path.realpath(eight)
    assert found.further_names == [(f"{real}/{name}", f"{real}/0 again.jpg") for name in ("0.jpg", "sub/z.JPG")]
    assert find_images([str(eight), str(eight / "sub")]).further_names == found.further_names
    paths = [f"{real}/{name}" for name in ("0.jpg", "sub/z.JPG", "1.jpg", "gone.jpg")]
    group = _without_further_names(Group(np.arange(4), 0), paths)
    assert group.rows.tolist() == [0, 2, 3]


def test_no_file_is_read_to_tell_that_unless_it_has_more_names(eight, monkeypatch):
    read = []
    sample = one_file._sample
    monkeypatch.setattr(one_file, "_sample", lambda path: read.append(path) or sample(path))
    find_images([str(eight)])
    assert read == []
    os.link(eight / "0.jpg", eight / "8.jpg")
    find_images([str(eight)])
    assert len(read) == 2


def test_a_link_that_cannot_be_read_is_a_file_of_its_own(eight, monkeypatch):
    os.link(eight / "0.jpg", eight / "8.jpg")
    monkeypatch.setattr(one_file, "_sample", lambda _path: None)
    assert len(find_images([str(eight)]).files) == 9


def test_nobody_waits_for_a_name_that_has_become_a_pipe(tmp_path):
    make(tmp_path / "a.jpg")
    os.link(tmp_path / "a.jpg", tmp_path / "b.jpg")
    status, names = (tmp_path / "a.jpg").stat(), OneFile()
    assert names.other_name(str(tmp_path / "a.jpg"), status) is None
    os.unlink(tmp_path / "b.jpg")
    os.mkfifo(tmp_path / "b.jpg")
    assert names.other_name(str(tmp_path / "b.jpg"), status) is None


def test_two_ways_are_other_mounts_and_other_spellings(tmp_path, monkeypatch):
    folder = os.path.realpath(tmp_path)
    monkeypatch.setattr(one_file, "_mount_points", lambda: {"/", f"{folder}/mnt"})
    assert are_two_ways(f"{folder}/a.jpg", f"{folder}/mnt/a.jpg")
    assert not are_two_ways(f"{folder}/a.jpg", f"{folder}/b/a.jpg")
    assert not are_two_ways(f"{folder}/a.jpg", f"{folder}/a.jpg")
    (tmp_path / "Photos").mkdir()
    assert are_two_ways(f"{folder}/Photos/a.jpg", f"{folder}/photos/a.jpg"), "the folder holds but one of them"
    (tmp_path / "photos").mkdir(exist_ok=True)
    both_there = len(os.listdir(tmp_path)) == 2
    assert are_two_ways(f"{folder}/Photos/a.jpg", f"{folder}/photos/a.jpg") != both_there


def test_a_folder_that_is_reached_in_two_ways_is_searched_once(eight, monkeypatch):
    (eight / "album" / "deep").mkdir(parents=True)
    make(eight / "album" / "a.jpg")
    make(eight / "album" / "deep" / "b.jpg")
    status = os.stat(eight / "album")
    names = OneFile()
    monkeypatch.setattr(one_file, "_mount_points", lambda: {"/", "/second"})
    assert names.other_way("/first/album", status) is None
    assert names.other_way("/first/album", status) is None
    assert names.other_way("/second/album", status) == "/first/album"
    assert names.other_way("/second/other", altered(status, st_mtime_ns=5)) is None
    assert names.other_way("/first/copy of album", status) is None, "one number for two folders"


def test_mount_points_may_have_blanks(tmp_path, monkeypatch):
    info = tmp_path / "mountinfo"
    info.write_bytes(b"29 1 8:1 / / rw - ext4 /dev/sda rw\n40 29 8:1 /x /mnt/my\\040pics\\134 rw - ext4 /dev/sda rw\n")
    real_open = open
    monkeypatch.setattr("builtins.open", lambda _path, mode: real_open(info, mode))
    assert one_file._mount_points() == {"/", "/mnt/my pics\\"}
