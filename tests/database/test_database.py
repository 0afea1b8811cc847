import errno
import hashlib
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
import PIL
import pytest
from databases import ODD_NAMES, TAMPERED, contents, make, make_version_1, make_version_2, make_version_3, record, seal
from hypothesis import given, settings
from hypothesis import strategies as st

import imgcmp
from imgcmp import InputError
from imgcmp.database.database import Database
from imgcmp.database.schema import USER_BLOCK_BYTES
from imgcmp.images.image_file import PASSING, Failure, ImageFile
from imgcmp.system.lock import locked


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "fingerprints.hdf")


# Round trip and schema


@pytest.mark.parametrize(("method", "x"), [("phash", 8), ("ahash", 11), ("dhash", 64), ("phash", 2)])
def test_what_is_saved_is_read_back(path, method, x):
    records = [
        record(
            name, source=name + "~", seed=k, n_bits=x * x, digest=bytes([k] * 16), detail=k, pixels=bytes([9 + k] * 16)
        )
        for k, name in enumerate(ODD_NAMES)
    ]
    failures = [Failure(name + ".bad", "damaged é", 5, -3) for name in ODD_NAMES]
    saved = make(path, records, failures, method=method, x=x)
    for read in (Database(path), Database(path, method=method, x=x)):
        assert contents(read) == contents(saved)
        assert len(read) == len(ODD_NAMES)
        assert read.words.dtype == np.uint64
        assert read.files == ODD_NAMES


def test_large_numbers_are_kept(path):
    make(path, [record("/a", size=2**62, mtime_ns=-(2**62), width=2**40, height=1)])
    read = Database(path)
    assert (read.size[0], read.mtime_ns[0], read.width[0], read.height[0]) == (2**62, -(2**62), 2**40, 1)


def test_a_database_of_failures_alone_is_read_back(path):
    make(path, failures=[Failure("/bad", "empty file", 0, 1)])
    read = Database(path)
    assert (len(read), read.words.shape) == (0, (0, 1))
    assert read.failures == {"/bad": Failure("/bad", "empty file", 0, 1)}


def test_the_user_block_states_the_checksum_of_the_rest(path):
    make(path, [record("/a")])
    with open(path, "rb") as file:
        block, superblock, rest = file.read(USER_BLOCK_BYTES), file.read(512), file.read()
    data, checksums = rest[:-32], rest[-32:]
    assert checksums == hashlib.sha256(data).digest()
    digest = hashlib.sha256(superblock + checksums).hexdigest()
    text = f"imgcmp-fingerprints\nversion 4\nlength {512 + len(data)}\nsha256 {digest}\n"
    assert block == text.encode().ljust(512, b"\0")


def test_a_text_that_could_not_be_read_back_is_not_written(path):
    with pytest.raises(ValueError, match="files must not hold the character NUL"):
        make(path, [record("/a\0b")])
    make(path, failures=[Failure("/bad", "a reason\0of a decoder", 1, 1)])
    assert Database(path).failures["/bad"].reason == "a reason of a decoder"


# Earlier versions


def test_a_database_of_version_1_is_read_and_written_back_as_version_4(path):
    make_version_1(path)
    old = Database(path, method="phash", x=11)
    assert (old.version, old.files, old.sources) == (1, ODD_NAMES, ODD_NAMES[::-1])
    assert (old.size.tolist(), old.height.tolist()) == ([200, 201, 202, 203, 204], [400, 401, 402, 403, 404])
    assert old.failures == {"/bad": Failure("/bad", "empty file", 0, 5)}
    assert old.digests.shape == (5, 16)
    assert not old.digests.any()
    assert old.detail.tolist() == [-1] * 5
    old.update([record("/new", n_bits=121, digest=bytes(range(16)))])
    old.save()
    new = Database(path)
    assert (old.version, new.version) == (4, 4)
    assert contents(new) == contents(old)
    assert new.files == [*ODD_NAMES, "/new"]
    assert (new.history.created, new.history.created_by) == ("", "imgcmp 0.0.9")
    assert new.history.changed_by == f"imgcmp {imgcmp.__version__}"


def test_files_of_a_database_of_version_2_are_read_again(path):
    make_version_2(path, [record("/a", digest=bytes([7] * 16), size=5, mtime_ns=7)], [Failure("/bad", "empty file")])
    old = Database(path)
    assert (old.version, old.files, old.digests.tolist()) == (2, ["/a"], [[7] * 16])
    assert (old.detail.tolist(), old.pixels.tolist()) == ([-1], [[0] * 16])
    file = ImageFile("/a", 5, 7)
    assert not old.is_current(file)
    assert old.find_changed([file]) == [file]
    old.update([record("/a", size=5, mtime_ns=7, detail=0, pixels=bytes([3] * 16))])
    old.save()
    new = Database(path)
    assert new.is_current(file)
    assert new.find_changed([file]) == []
    assert (new.version, new.detail.tolist(), new.pixels.tolist()) == (4, [0], [[3] * 16])
    assert new.record("/a").pixels == bytes([3] * 16)


def test_a_database_of_version_3_keeps_what_it_has_and_its_files_are_not_read_again(path):
    # White pages of a few words had 4, too, and their fingerprints say nothing: not told from a sky of stars.
    images = [record("/a", size=5, mtime_ns=7, detail=4, pixels=bytes([3] * 16)), record("/b", seed=1)]
    make_version_3(path, images, [Failure("/bad", "empty file")])
    old = Database(path, method="phash", x=8)
    assert (old.version, old.files, old.detail.tolist()) == (3, ["/a", "/b"], [0, 50])
    assert (old.n_frames.tolist(), old.frame.tolist(), old.others) == ([-1, -1], [-1, -1], ["", ""])
    assert old.is_current(ImageFile("/a", 5, 7))
    assert old.find_changed([ImageFile("/a", 5, 7)]) == []
    old.update([record("/c", n_frames=9, frame=4, others="film"), record("/b", n_frames=1, frame=0)])
    old.save()
    new = Database(path)
    assert (new.version, contents(new)) == (4, contents(old))
    assert (new.n_frames.tolist(), new.frame.tolist(), new.others) == ([-1, 1, 9], [-1, 0, 4], ["", "", "film"])
    kept = new.record("/c")
    assert (kept.n_frames, kept.frame, kept.others) == (9, 4, "film")
    old.remove(["/b"])
    assert (old.n_frames.tolist(), old.others) == ([-1, 9], ["", "film"])


def test_a_file_whose_versions_disagree_is_refused(path):
    make_version_1(path)
    seal(Path(path), version=2)
    with pytest.raises(InputError, match="its versions must agree; got 2 and 1"):
        Database(path)


# History


def test_a_database_says_when_and_by_what_it_was_made_and_changed(path, monkeypatch):
    made = make(path, [record("/a")]).history
    assert made == Database(path).history
    assert made.created == made.changed
    assert abs(datetime.now(UTC) - datetime.fromisoformat(made.created)) < timedelta(minutes=1)
    assert (made.created_by, made.pillow) == (f"imgcmp {imgcmp.__version__}", PIL.__version__)
    monkeypatch.setattr("imgcmp.database.database.__version__", "99")
    store = Database(path)
    store.update([record("/b")])
    store.save()
    assert Database(path).history == made._replace(changed=store.history.changed, changed_by="imgcmp 99")


# Updates


def test_an_update_adds_and_refreshes(path):
    make(path, [record("/a", seed=1), record("/b", seed=2), record("/c", seed=3)])
    store = Database(path)
    store.update([record("/b", source="/s", seed=4, size=99, width=7), record("/d", seed=5)])
    store.save()
    read = Database(path)
    assert read.files == ["/a", "/b", "/c", "/d"]
    assert read.sources == ["", "/s", "", ""]
    assert read.words.tolist() == [record("", seed=k).words.tolist() for k in (1, 4, 3, 5)]
    assert read.size.tolist() == [10, 99, 10, 10]
    assert read.width.tolist() == [640, 7, 640, 640]


def test_a_file_that_fails_is_an_image_no_longer_and_may_become_one_again(path):
    make(path, [record("/a", seed=1), record("/b", seed=2), record("/c", seed=3)])
    store = Database(path)
    store.update([record("/d", seed=4)], [Failure("/b", "truncated"), Failure("/a", "empty file")])
    assert (store.files, list(store.failures)) == (["/c", "/d"], ["/b", "/a"])
    assert store.words.tolist() == [record("", seed=k).words.tolist() for k in (3, 4)]
    store.update([record("/b", seed=5)])
    store.save()
    read = Database(path)
    assert (read.files, list(read.failures)) == (["/c", "/d", "/b"], ["/a"])
    assert contents(read) == contents(store)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans(), st.integers(0, 99)), max_size=20), st.data())
def test_many_updates_leave_the_last_word_on_every_file(changes, data):
    store = Database("/never saved", method="phash", x=8)
    words, failures = {}, {}
    while changes:
        batch = {}  # of a file a batch says one thing
        for name, failed, seed in changes[: data.draw(st.integers(1, 6))]:
            batch[name] = (failed, seed)
            changes = changes[1:]
        for name, (failed, seed) in batch.items():
            words.pop(name, None), failures.pop(name, None)
            if failed:
                failures[name] = f"reason {seed}"
            else:
                words[name] = record(name, seed=seed).words.tolist()
        store.update(
            [record(name, seed=seed) for name, (failed, seed) in batch.items() if not failed],
            [Failure(name, f"reason {seed}") for name, (failed, seed) in batch.items() if failed],
        )
        assert dict(zip(store.files, store.words.tolist(), strict=True)) == words
        assert {path: failure.reason for path, failure in store.failures.items()} == failures
        assert len(store) == len(store.size) == len(store.height) == len(store.sources) == len(words)


def test_a_file_is_current_until_its_size_or_time_changes(path):
    store = make(path, [record("/a", size=5, mtime_ns=7)], [Failure("/bad", "empty file", 5, 7)])
    for known in (store, Database(path)):
        assert known.is_current(ImageFile("/a", 5, 7))
        assert not known.is_current(ImageFile("/a", 6, 7))
        assert not known.is_current(ImageFile("/a", 5, 8))
        assert not known.is_current(ImageFile("/b", 5, 7))
        assert not known.is_current(ImageFile("/bad", 5, 7))


def test_all_files_that_are_not_current_are_found_at_once(path):
    store = make(
        path, [record("/a", size=5, mtime_ns=7), record("/b", size=5, mtime_ns=7)], [Failure("/bad", "", 5, 7)]
    )
    changed = [ImageFile("/b", 6, 7), ImageFile("/new", 5, 7), ImageFile("/bad", 5, 7), ImageFile("/b", 5, 8)]
    assert store.find_changed([ImageFile("/a", 5, 7), *changed, ImageFile("/b", 5, 7)]) == changed
    assert Database(path + "2", method="phash", x=8).find_changed(changed) == changed


# Failures that pass


def test_a_file_is_known_to_fail_until_it_changes(path):
    store = make(path, [record("/a", size=5, mtime_ns=7)], [Failure("/bad", "empty file", 5, 7)])
    for known in (store, Database(path)):
        assert known.has_failed(ImageFile("/bad", 5, 7))
        assert not known.has_failed(ImageFile("/bad", 6, 7))
        assert not known.has_failed(ImageFile("/bad", 5, 8))
        assert not known.has_failed(ImageFile("/a", 5, 7))


def test_a_file_that_is_out_of_reach_is_recorded_tried_again_and_stays_what_it_was(path):
    store = make(path, [record("/a", size=5, mtime_ns=7)])
    store.update([], [ImageFile("/" + name, 1, 1).passing_failure("no drive", out_of_reach=True) for name in "ab"])
    store.save()
    read = Database(path)
    assert (read.files, list(read.failures)) == (["/a"], ["/b"])
    assert read.is_current(ImageFile("/a", 5, 7))
    assert not read.has_failed(ImageFile("/b", 5, 7))
    store.update([record("/b")], [])
    assert (store.files, store.failures) == (["/a", "/b"], {})


def test_a_file_that_changed_and_cannot_be_read_for_now_is_an_image_no_longer(path):
    store = make(path, [record("/a", size=5, mtime_ns=7)])
    store.update([], [ImageFile("/a", 6, 8).passing_failure("needs more memory than may be used")])
    assert (store.files, [failure.is_passing for failure in store.failures.values()]) == ([], [True])


def test_the_folder_of_a_database_must_not_become_another(path, tmp_path):
    store = make(path, [record("/a")])
    folder = os.path.dirname(path)
    os.rename(folder, tmp_path.parent / f"{tmp_path.name} elsewhere")
    os.mkdir(folder)
    store.update([record("/b")])
    with pytest.raises(OSError, match="its folder is no longer there"):
        store.save()
    assert os.listdir(folder) == []


def test_a_file_that_was_read_after_it_failed_is_an_image(path):
    store = make(path, [record("/a")], [Failure("/a", "no memory", PASSING, PASSING), Failure("/a", "truncated", 1, 2)])
    assert (store.files, store.failures) == (["/a"], {})


# Files that moved, files that are gone


DIGEST = bytes(range(16))


def test_only_files_that_are_gone_and_of_a_size_that_is_asked_for_are_found(tmp_path):
    there = tmp_path / "there.jpg"
    there.touch()
    store = Database("/never saved", method="phash", x=8)
    store.update(
        [
            record("/gone/a", size=5, digest=DIGEST),
            record("/gone/b", size=5, digest=DIGEST),
            record(str(there) + "/c", size=6, digest=DIGEST),
            record(str(there), size=5, digest=DIGEST),
            record("/gone/unknown", size=5),
            record("/gone/other", size=7, digest=DIGEST),
        ]
    )
    found = store.find_missing({5, 6, 99})
    assert {key: [found.file.path for found in records] for key, records in found.items()} == {
        DIGEST: ["/gone/a", "/gone/b", str(there) + "/c"]
    }
    assert store.find_missing([]) == {}


def test_images_and_failures_are_removed(path):
    make(path, [record("/a"), record("/b", seed=1)], [Failure("/bad", "empty file"), Failure("/worse", "empty file")])
    store = Database(path)
    store.remove(["/a", "/bad", "/nothing"])
    store.save()
    read = Database(path)
    assert (read.files, list(read.failures)) == (["/b"], ["/worse"])
    assert read.words.tolist() == [record("", seed=1).words.tolist()]
    before = os.stat(path)
    read.remove(["/nothing"])
    read.save()
    assert os.stat(path) == before


def test_nothing_is_written_unless_something_changed(path):
    Database(path, method="phash", x=8).save()
    assert not os.path.exists(path)
    make(path, [record("/a")])
    before = os.stat(path)
    store = Database(path)
    store.update([])
    store.save()
    assert os.stat(path) == before


def test_folders_are_made_and_a_link_is_written_through(tmp_path):
    make(tmp_path / "deep" / "er" / "real.hdf", [record("/a")])
    (tmp_path / "link.hdf").symlink_to("deep/er/real.hdf")
    store = Database(str(tmp_path / "link.hdf"))
    store.update([record("/b")])
    store.save()
    assert (tmp_path / "link.hdf").is_symlink()
    assert Database(str(tmp_path / "deep" / "er" / "real.hdf")).files == ["/a", "/b"]


# Which file


def test_another_kind_of_fingerprint_is_an_error_that_names_both(path):
    make(path, [record("/a")])
    with pytest.raises(
        InputError,
        match=r"phash fingerprints with x=8, not dhash with x=16.*, name another path, or start over with force=True",
    ):
        Database(path, method="dhash", x=16)
    with pytest.raises(InputError, match="x=8, not phash with x=9"):
        Database(path, method="phash", x=9)


def test_force_starts_over_but_only_when_something_is_saved(path):
    make(path, [record("/a")])
    store = Database(path, method="dhash", x=11, force=True)
    assert len(store) == 0
    assert Database(path).files == ["/a"]
    store.update([record("/b", n_bits=121)])
    store.save()
    assert (Database(path).method, Database(path).x, Database(path).files) == ("dhash", 11, ["/b"])


def damage(path, position=600):
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)
        file.seek(position)
        file.write(bytes([byte[0] ^ 1]))


def test_force_replaces_a_damaged_database(path):
    make(path, [record("/a")])
    damage(path)
    store = Database(path, method="phash", x=8, force=True)
    store.update([record("/b")])
    store.save()
    assert Database(path).files == ["/b"]


def other_hdf5(path):
    with h5py.File(path, "w") as file:
        file["fps"] = np.zeros(3)


OTHER_FILES = {
    "a photograph": lambda path: Path(path).write_bytes(b"\xff\xd8\xff\xe0 pixels"),
    "an empty file": lambda path: Path(path).touch(),
    "text": lambda path: Path(path).write_text("imgcmp-fingerprint"),
    "a folder": os.mkdir,
    "another HDF5 file": other_hdf5,
}


@pytest.mark.parametrize("kind", OTHER_FILES)
@pytest.mark.parametrize("force", [True, False])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(path, kind, force):
    OTHER_FILES[kind](path)
    before = os.stat(path)
    with pytest.raises(InputError, match=r"is not an imgcmp database|is not a file"):
        Database(path, method="phash", x=8, force=force)
    with pytest.raises(InputError):
        Database(path)
    assert os.stat(path).st_mtime_ns == before.st_mtime_ns


def test_a_missing_database_is_started_only_by_who_says_its_kind(path):
    with pytest.raises(
        InputError, match="there is no database .*: give method and x to start one, or name another path"
    ):
        Database(path)
    assert len(Database(path, method="phash", x=8)) == 0
    assert not os.path.exists(path)


@pytest.mark.parametrize(("method", "x"), [("phash", 1), ("phash", 65), ("md5", 8)])
def test_a_kind_that_does_not_exist_is_refused(path, method, x):
    with pytest.raises(ValueError, match="must be"):
        Database(path, method=method, x=x)


# Damage


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "whole.hdf"
    make(path, [record(f"/{k}", seed=k) for k in range(5)], [Failure("/bad", "empty file")])
    return path.read_bytes()


def assert_refused(path, raw):
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        Database(str(path))
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(InputError):
        Database(str(path), method="phash", x=8)


@settings(max_examples=300)
@given(st.data())
def test_a_change_of_any_byte_is_noticed(whole, tmp_path_factory, data):
    position = data.draw(st.one_of(st.integers(0, USER_BLOCK_BYTES - 1), st.integers(0, len(whole) - 1)))
    raw = bytearray(whole)
    raw[position] ^= data.draw(st.integers(1, 255))
    assert_refused(tmp_path_factory.getbasetemp() / "changed.hdf", raw)


@settings(max_examples=100)
@given(st.data())
def test_a_cut_or_an_addition_anywhere_is_noticed(whole, tmp_path_factory, data):
    position = data.draw(st.one_of(st.integers(0, 600), st.integers(0, len(whole) - 1)))
    path = tmp_path_factory.getbasetemp() / "cut.hdf"
    assert_refused(path, whole[:position])
    assert_refused(path, whole[:position] + b"\0" + whole[position:])
    if any(whole[position:]):
        assert_refused(path, whole[:position] + bytes(len(whole) - position))


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_whole_file_with_other_contents_is_refused(whole, tmp_path, kind):
    path = tmp_path / "tampered.hdf"
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        TAMPERED[kind](file)
    seal(path)
    assert_refused(path, path.read_bytes())


@pytest.mark.parametrize("version", ["5", "0", "100"])
def test_another_version_is_refused_and_named(whole, tmp_path, version):
    path = tmp_path / "later.hdf"
    path.write_bytes(whole.replace(b"version 4\n", f"version {version}\n".encode(), 1))
    with pytest.raises(InputError, match=f"has version {version} of the format, and this imgcmp reads 1, 2, 3 and 4"):
        Database(str(path))


# Replacing


def test_a_reader_is_not_disturbed_by_a_new_file_that_is_renamed_in(path, monkeypatch):
    make(path, [record("/old")])
    newer = Database(path)
    newer.update([record(f"/new {k}", seed=k) for k in range(500)])
    opened = h5py.File

    def open_late(*args, **settings):
        monkeypatch.setattr("imgcmp.database.database_file.h5py.File", opened)
        newer.save()  # after the reader has checked the old file, and before it reads it
        return opened(*args, **settings)

    monkeypatch.setattr("imgcmp.database.database_file.h5py.File", open_late)
    assert Database(path).files == ["/old"]
    assert len(Database(path)) == 501


@contextmanager
def full_disk(n_bytes):
    """Make every write beyond the first n bytes of a file fail, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("n_bytes", [0, 100, 700, 5000, 60_000, 200_000])
def test_a_full_disk_is_an_oserror_and_the_old_file_stays(path, n_bytes):
    make(path, [record("/old")])
    store = Database(path)
    store.update([record(f"/new {k}", seed=k) for k in range(3000)])
    with full_disk(n_bytes), pytest.raises(OSError, match="too large") as caught:
        store.save()
    assert caught.value.errno == errno.EFBIG
    assert caught.value.filename == path
    assert Database(path).files == ["/old"]
    assert sorted(os.listdir(os.path.dirname(path))) == [".fingerprints.hdf.lock", "fingerprints.hdf"]
    store.save()
    assert len(Database(path)) == 3001


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_is_found_full_late_leaves_the_old_file(path, monkeypatch, call):
    store = make(path, [record("/old")])
    store.update([record("/new")])

    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left on device") as caught:
        patch.setattr(os, call, full)
        store.save()
    assert caught.value.filename == path
    assert Database(path).files == ["/old"]
    assert sorted(os.listdir(os.path.dirname(path))) == [".fingerprints.hdf.lock", "fingerprints.hdf"]
    store.save()
    assert Database(path).files == ["/old", "/new"]


def test_a_folder_that_vanished_is_not_made_anew(tmp_path):
    drive = tmp_path / "drive"
    path = str(drive / "imgcmp" / "a.hdf")
    store = make(path, [record("/a")])
    store.update([record("/b")])
    drive.rename(tmp_path / "unplugged")
    with pytest.raises(FileNotFoundError) as caught:
        store.save()
    assert caught.value.filename == path
    assert not drive.exists()
    (tmp_path / "unplugged").rename(drive)
    store.save()
    assert Database(path).files == ["/a", "/b"]


# One writer at a time


def test_a_block_holds_the_lock_and_saves_at_its_end(path):
    with Database(path, method="phash", x=8) as store:
        assert store.files == []
        store.update([record("/a")])
        with pytest.raises(InputError, match=rf"is being written by process {os.getpid()} on .*: wait until"):
            Database(path, method="phash", x=8).__enter__()
        assert not os.path.exists(path)
        store.save()
        assert Database(path).files == ["/a"]  # readers need no lock
        store.update([record("/b")])
    assert Database(path).files == ["/a", "/b"]
    with Database(path, method="phash", x=8) as store:
        assert store.files == ["/a", "/b"]


def test_a_block_that_fails_saves_nothing_and_gives_the_lock_back(path):
    make(path, [record("/a")])
    store = Database(path, method="phash", x=8)
    with pytest.raises(ZeroDivisionError), store:
        store.update([record("/b")])
        raise ZeroDivisionError
    assert Database(path).files == ["/a"]
    with Database(path, method="phash", x=8) as other:
        assert other.files == ["/a"]


def test_what_was_written_before_the_lock_was_taken_is_read(path):
    early = Database(path, method="phash", x=8)
    make(path, [record("/a")])
    with early:
        assert early.files == ["/a"]
        early.update([record("/b")])
    with early:
        assert early.files == ["/a", "/b"]
    assert Database(path).files == ["/a", "/b"]


def test_what_was_written_before_the_lock_was_taken_and_is_damaged_is_refused(path):
    early = Database(path, method="phash", x=8)
    make(path, [record("/a"), record("/b")])
    with h5py.File(path, "r+") as file:
        del file["segments/0/files"]
        file["segments/0/files"] = np.frombuffer(b"/a\0" * 2, np.uint8)
    seal(Path(path))
    with pytest.raises(InputError, match="is damaged"):
        early.__enter__()
    with locked(path):  # it was given back
        pass


def test_what_another_has_written_is_not_overwritten(path):
    make(path, [record("/a")])
    first, second = (Database(path, method="phash", x=8) for _ in range(2))
    first.update([record("/of the first")])
    second.update([record("/of the second")])
    first.save()
    first.update([record("/more of the first")])
    message = "was written by another since it was read: read it again"
    with pytest.raises(InputError, match=message):
        second.save()
    with pytest.raises(InputError, match=message):
        second.__enter__()
    first.save()
    assert Database(path).files == ["/a", "/of the first", "/more of the first"]
    with Database(path, method="phash", x=8) as third:  # the lock was given back
        assert len(third) == 3


@pytest.mark.parametrize("options", [{}, {"method": "phash", "x": 8}])
def test_save_is_refused_while_another_holds_the_lock(path, options):
    make(path, [record("/a")])
    store = Database(path, **options)
    store.update([record("/b")])
    with locked(path), pytest.raises(InputError, match=rf"is being written by process {os.getpid()} on "):
        store.save()
    assert Database(path).files == ["/a"]
    store.save()
    assert Database(path).files == ["/a", "/b"]


SAVE_MANY = """
import sys
from databases import record
from imgcmp import Database, InputError
path, name = sys.argv[1:]
n_saved = 0
while n_saved < 20:
    try:
        with Database(path, method="phash", x=8) as store:
            store.update([record(f"/{name} {n_saved}")])
    except InputError as error:
        assert "is being written by " in str(error), error
    else:
        n_saved += 1
"""


def test_two_writers_lose_nothing(path):
    command = [sys.executable, "-c", SAVE_MANY, path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [subprocess.Popen([*command, name], env=environment) for name in ("one", "two")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert set(Database(path).files) == {f"/{name} {k}" for name in ("one", "two") for k in range(20)}


def test_to_read_in_a_block_takes_no_lock(path):
    make(path, [record("/a")])
    os.unlink(os.path.join(os.path.dirname(path), ".fingerprints.hdf.lock"))
    with locked(os.path.join(os.path.dirname(path), "other")), Database(path) as store, Database(path) as same:
        assert store.files == same.files == ["/a"]
    assert ".fingerprints.hdf.lock" not in os.listdir(os.path.dirname(path))


def test_force_replaces_what_another_has_written_and_no_other_file(path):
    forced = Database(path, method="dhash", x=4, force=True)
    make(path, [record("/a")])
    with forced:
        assert forced.files == []
        forced.update([record("/b", n_bits=16)])
    assert (Database(path).method, Database(path).files) == ("dhash", ["/b"])
    forced.update([record("/c", n_bits=16)])
    Path(path).write_bytes(b"a photograph")
    with pytest.raises(InputError, match="is not an imgcmp database and is left alone: name another path$"):
        forced.save()
    assert Path(path).read_bytes() == b"a photograph"


def test_a_link_that_leads_nowhere_starts_a_database_where_it_leads(tmp_path):
    (tmp_path / "link.hdf").symlink_to("real.hdf")
    with Database(tmp_path / "link.hdf", method="phash", x=8) as store:
        store.update([record("/a")])
    assert Database(tmp_path / "real.hdf").files == ["/a"]


@pytest.mark.parametrize("folder", ["file", "file/deeper"])
def test_a_folder_that_cannot_be_made_is_an_error(tmp_path, folder):
    (tmp_path / "file").touch()
    store = Database(tmp_path / folder / "a.hdf", method="phash", x=8)
    store.update([record("/a")])
    for write in (store.save, store.__enter__):
        with pytest.raises(InputError, match=r"a\.hdf cannot be written \(.*\): name another p(ath|lace)"):
            write()


# Bad input


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "phash"}, ValueError, "method and x must be given together; got method='phash', x=None"),
        ({"x": 8}, ValueError, "method and x must be given together; got method=None, x=8"),
        ({"force": True}, ValueError, "force must go with method and x, the kind to start over with; got neither"),
        ({"method": "phash", "x": True}, TypeError, "x must be an integer; got True"),
        ({"method": "phash", "x": 8.0}, TypeError, r"x must be an integer; got 8\.0"),
        ({"method": "phash", "x": 8, "views": "dreams"}, ValueError, "views must be all, none, or"),
    ],
)
def test_errors(path, options, error, message):
    with pytest.raises(error, match=message):
        Database(path, **options)


@pytest.mark.parametrize("options", [{}, {"method": "phash", "x": 8}])
def test_what_is_no_path_is_refused(options):
    with pytest.raises(TypeError, match="path must be a path; got None"):
        Database(None, **options)
    with pytest.raises(ValueError, match="path must hold no NUL; got 'a.x00b'"):
        Database("a\0b", **options)
    with pytest.raises(ValueError, match="path must be a path that the system can write; got '.ud800'"):
        Database("\ud800", **options)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"words": np.zeros(2, np.uint64)}, ValueError, r"words of /b must have shape \(\.\.\., 1\) for n_bits=49"),
        ({"words": np.zeros((2, 1), np.uint64)}, ValueError, r"words of /b must have shape \(1,\); got \(2, 1\)"),
        ({"words": np.zeros(1)}, TypeError, "words of /b must have dtype uint64; got float64"),
        ({"words": np.ones(1, np.uint64)}, ValueError, "words of /b must have zeros beyond bit 49"),
        ({"views": np.zeros((1, 1), np.uint64)}, ValueError, r"views of /b must have shape \(4, 1\); got \(1, 1\)"),
        ({"digest": b"short"}, ValueError, "digest of /b must be 16 bytes; got b'short'"),
        ({"pixels": b""}, ValueError, "pixels of /b must be 16 bytes; got b''"),
    ],
)
def test_a_record_of_another_kind_is_refused_and_changes_nothing(path, wrong, error, message):
    store = Database(path, method="phash", x=7, views="flips")
    good = record("/a", n_bits=49, kinds="flips")
    with pytest.raises(error, match=message):
        store.update([good, record("/b", n_bits=49, kinds="flips")._replace(**wrong)])
    assert (store.files, len(store.words), store.failures) == ([], 0, {})
    store.update([good])
    assert store.files == ["/a"]


def test_words_of_either_byte_order_are_kept_in_the_machines(path):
    store = Database(path, method="phash", x=16)
    some = record("/a", n_bits=256)
    foreign = some._replace(words=some.words.astype(some.words.dtype.newbyteorder()))
    for _ in range(2):  # added, then refreshed
        store.update([foreign])
        assert store.words.dtype.isnative
        assert store.words.tolist() == [some.words.tolist()]


KILLED_BEFORE_THE_RENAME = """
import os, signal, sys
from imgcmp import Database
os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
with Database(sys.argv[1], method="phash", x=8) as store:
    store.remove(["/a"])
    store.save()
"""


def test_what_a_killed_writer_left_is_removed_by_the_next_and_by_no_reader(path):
    make(path, [record("/a")])
    done = subprocess.run([sys.executable, "-c", KILLED_BEFORE_THE_RENAME, path])
    assert done.returncode == -signal.SIGKILL
    folder = os.path.dirname(path)
    assert len(os.listdir(folder)) == 3  # the database, its lock, and what was left
    assert Database(path).files == ["/a"]
    assert len(os.listdir(folder)) == 3
    with Database(path, method="phash", x=8) as store:
        assert sorted(os.listdir(folder)) == [".fingerprints.hdf.lock", "fingerprints.hdf"]
        assert store.files == ["/a"]


def test_starting_over_replaces_what_is_there_by_the_first_save(path):
    make(path, [record("/a")])
    Database(path, method="dhash", x=9, force=True).save()
    started = Database(path)
    assert (started.method, started.x, len(started)) == ("dhash", 9, 0)


@pytest.mark.parametrize(
    ("facts", "tells"),
    [
        ({"format": "JPEG"}, True),
        ({"format": "BMP"}, False),  # what lies between the spots may have changed
        ({"format": "BMP", "size": 1000}, True),
        ({"format": "JPEG", "detail": -1}, False),
        ({"format": "JPEG", "digest": bytes(16)}, False),
    ],
)
def test_digests_tell_of_a_file_whose_status_changed_if_they_cover_it(tmp_path, facts, tells):
    known = record("/a", **{"size": 200_000, "digest": b"d" * 16, "middle": b"m" * 16, **facts})
    store = make(tmp_path / "a.hdf", [known])
    doubtful = store.find_doubtful([known.file._replace(ctime_ns=7)])
    assert [each.file.path for records in doubtful.values() for each in records] == ["/a"] * tells
