"""A folder that changes while it is read: nothing outside of it is read, and nothing is taken for what it isn't."""

import os
import random
import shutil

import pytest
from pictures import save_distinct

from imgcmp import Database
from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.options import FingerprintOptions
from imgcmp.commands.resize import resize
from imgcmp.fingerprints.fingerprint import FileFingerprint, fingerprint_file, try_fingerprint
from imgcmp.images.find_images import find_images
from imgcmp.images.pixel_digest import try_digest_whole
from imgcmp.results.identical_files import try_equal

QUIET = Console(quiet=True)
ROUNDS = 150


@pytest.fixture
def disk(tmp_path):
    """Make a folder with pictures, and one with others of the same names that nobody names."""
    for number, folder in enumerate(("album", "album/deep", "outside", "outside/deep")):
        save_distinct(tmp_path / "drawn", 2 * number + 2)
        (tmp_path / folder).mkdir()
        for k in range(2):
            shutil.copy(tmp_path / "drawn" / f"{2 * number + k:02}.png", tmp_path / folder / f"{k}.png")
    return os.path.realpath(tmp_path)


def to_link(path, target):
    os.rename(path, f"{path}.before")
    os.symlink(target, path)


SWAPS = {
    "a file": (lambda disk: to_link(f"{disk}/album/deep/0.png", f"{disk}/outside/0.png"), "it"),
    "its folder": (lambda disk: to_link(f"{disk}/album/deep", f"{disk}/outside/deep"), "a folder above it"),
    "the folder that was named": (lambda disk: to_link(f"{disk}/album", f"{disk}/outside"), "a folder above it"),
}


@pytest.fixture(params=SWAPS)
def swapped(request, disk, monkeypatch):
    """Make something a link to the outside between the search of the folder and the reading of its files."""
    swap, what = SWAPS[request.param]

    def find_and_swap(*arguments, **settings):
        found = find_images(*arguments, **settings)
        if not os.path.exists(f"{disk}/swapped"):
            swap(disk)
            open(f"{disk}/swapped", "w").close()
        return found

    monkeypatch.setattr("imgcmp.commands.reading.find_images", find_and_swap)
    return f"{what} has become a link since it was found"


def failed(disk, found):
    return {failure.reason for failure in found.failures if failure.path == f"{disk}/album/deep/0.png"}


def words_outside(disk):
    return {fingerprint_file(f"{disk}/outside/{name}", x=8, method="phash").words.tobytes()
            for name in ("0.png", "1.png", "deep/0.png", "deep/1.png")}  # fmt: skip


def test_what_becomes_a_link_is_not_read(disk, swapped):
    options = FingerprintOptions(database=f"{disk}/db.hdf")
    found = fingerprint([f"{disk}/album"], options, workers=1, console=QUIET)
    assert failed(disk, found) == {swapped}
    assert all(failure.is_passing for failure in found.failures)
    store = Database(f"{disk}/db.hdf")
    assert f"{disk}/album/deep/0.png" not in store.files
    assert not words_outside(disk) & {row.tobytes() for row in store.words}


def test_what_becomes_a_link_is_not_copied(disk, swapped):
    found = resize([f"{disk}/album"], 0.5, folder=f"{disk}/copies", workers=1, console=QUIET)
    assert failed(disk, found) == {swapped}
    assert not os.path.exists(f"{disk}/copies{disk}/album/deep/0.png")


@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS)
def test_prune_forgets_what_has_become_a_link(disk, swap):
    options = FingerprintOptions(database=f"{disk}/db.hdf")
    fingerprint([f"{disk}/album"], options, workers=1, console=QUIET)
    swap[0](disk)
    fingerprint([f"{disk}/outside/0.png"], options, workers=1, console=QUIET)
    assert f"{disk}/album/deep/0.png" in Database(options.database).files, "without --prune all stays"
    pruning = FingerprintOptions(database=options.database, prune=True)
    fingerprint([f"{disk}/outside/0.png"], pruning, workers=1, console=QUIET)
    assert f"{disk}/album/deep/0.png" not in Database(options.database).files


def test_files_are_looked_at_once_more_without_following_links(disk):
    pair = f"{disk}/album/0.png", f"{disk}/album/deep/0.png"
    shutil.copy(*pair)
    assert try_equal(pair)
    assert try_digest_whole(pair[1])
    shutil.copy(pair[0], f"{disk}/outside/0.png")
    to_link(pair[1], f"{disk}/outside/0.png")
    assert not try_equal(pair)
    assert try_digest_whole(pair[1]) is None


def test_a_link_that_is_named_is_followed(disk):
    os.symlink(f"{disk}/outside", f"{disk}/link")
    options = FingerprintOptions(database=f"{disk}/db.hdf")
    found = fingerprint([f"{disk}/link", f"{disk}/link/deep/0.png"], options, workers=1, console=QUIET)
    assert not found.failures
    assert len(Database(options.database)) == 4
    assert fingerprint_file(f"{disk}/link/0.png", x=8, method="phash").width


class _Turmoil:
    """Changes a folder, at random, whenever something is opened: before it, after it, or not at all."""

    def __init__(self, disk, monkeypatch):
        self.disk, self.random, self.n_done, self.open = disk, random.Random(0), 0, os.open
        shutil.copytree(f"{disk}/album", f"{disk}/whole")
        self.is_at_it = False
        monkeypatch.setattr("os.open", self.open_in_turmoil)

    def open_in_turmoil(self, path, *arguments, **settings):
        self.change()
        handle = self.open(path, *arguments, **settings)
        self.change()
        return handle

    def change(self):
        if self.is_at_it or self.random.random() < 0.7:
            return
        self.restore()
        self.is_at_it = True
        self.random.choice([self.link_file, self.link_folder, self.link_all, self.cut, self.rename, self.restore])()
        self.n_done += 1
        self.is_at_it = False

    def restore(self):
        self.is_at_it = True
        album = f"{self.disk}/album"
        if os.path.islink(album):
            os.unlink(album)
        shutil.rmtree(album, ignore_errors=True)
        shutil.copytree(f"{self.disk}/whole", album)
        self.is_at_it = False

    def replace(self, name):
        path = f"{self.disk}/album{name}"
        if os.path.isdir(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
        os.symlink(f"{self.disk}/outside{name}", path)

    def link_file(self):
        self.replace(self.random.choice(["/0.png", "/deep/1.png"]))

    def link_folder(self):
        self.replace("/deep")

    def link_all(self):
        self.replace("")

    def cut(self):
        os.truncate(f"{self.disk}/album/{self.random.choice(['1.png', 'deep/0.png'])}", 100)

    def rename(self):
        os.rename(f"{self.disk}/album/0.png", f"{self.disk}/album/2.png")


def test_nothing_outside_is_read_whatever_happens(disk, monkeypatch):
    outside, read, reasons = words_outside(disk), set(), set()
    turmoil = _Turmoil(disk, monkeypatch)
    for _ in range(ROUNDS):
        turmoil.restore()  # so that what is named is no link yet
        found = find_images([f"{disk}/album"])
        assert all(file.path.startswith(f"{disk}/album/") for file in found.files)
        for file in found.files:
            result = try_fingerprint(file, x=8, method="phash")
            if isinstance(result, FileFingerprint):
                read.add(result.words.tobytes())
            else:
                reasons.add(result.reason)
    assert turmoil.n_done > ROUNDS
    assert not read & outside
    assert len(read) == 4, "all that is inside was read at some time"
    assert {f"{what} has become a link since it was found" for what in ("it", "a folder above it")} <= reasons
    assert all(reason.isprintable() for reason in reasons)
