"""Databases that are saved many times: what is written in parts is read as a whole."""

import os
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from databases import contents, make, record
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from imgcmp import InputError
from imgcmp.database.database import Database
from imgcmp.database.database_file import DatabaseFile
from imgcmp.database.sealed_file import BLOCK_BYTES, HEAD_BYTES, SealedFile
from imgcmp.database.verification import examine
from imgcmp.images.image_file import Failure

NAMES = [f"/{name}" for name in "abcdefgh"]
STEPS = st.lists(
    st.tuples(st.sampled_from(["image", "failure", "removed"]), st.sampled_from(NAMES), st.integers(0, 99)), max_size=6
)


def n_segments(path):
    with h5py.File(path) as file:
        return len(file["segments"])


@settings(max_examples=150, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 40), st.lists(STEPS, max_size=8))
def test_what_is_saved_in_any_number_of_steps_is_read_back(n_before, saves):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.hdf")
        store = make(path, [record(f"/before/{k}", seed=k) for k in range(n_before)], [Failure("/h", "cut off", 1, 1)])
        for steps in saves:
            for kind, name, seed in steps:
                if kind == "image":
                    store.update([record(name, seed=seed, source="/s" * (seed % 2), others="film" * (seed % 3 == 0))])
                elif kind == "failure":
                    store.update([], [Failure(name, f"reason {seed}", seed, seed)])
                else:
                    store.remove([name])
            before = contents(store)
            store.save()
            read = Database(path)
            assert contents(store) == contents(read) == before


def test_a_save_adds_what_is_new_and_leaves_what_is_there(tmp_path):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(1000)])
    before, inode = path.read_bytes(), path.stat().st_ino
    store.update([record("/new"), record("/5", seed=7)])
    store.save()
    after = path.read_bytes()
    assert path.stat().st_ino == inode
    assert after[HEAD_BYTES : len(before)] == before[HEAD_BYTES:]
    assert len(after) - len(before) < len(before) / 10


def test_segments_are_few_and_a_file_is_no_more_than_twice_what_it_holds(tmp_path):
    path = str(tmp_path / "a.hdf")
    store = make(path, [record("/0")])
    for k in range(1, 300):
        store.update([record(f"/{k}", seed=k), record(f"/{k // 2}", seed=k)])
        store.save()
        assert n_segments(path) <= 10
    assert contents(Database(path)) == contents(store)
    fresh = make(tmp_path / "fresh.hdf", [store.record(name) for name in store.files])
    assert os.path.getsize(path) < 3 * os.path.getsize(fresh.path) + BLOCK_BYTES


def test_a_file_is_written_anew_when_most_of_its_bytes_are_of_no_use(tmp_path):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    n_bytes, sizes = path.stat().st_size, []
    while len(sizes) < 1000 and sizes == sorted(sizes):
        store.update([record("/new", seed=len(sizes))])
        store.save()
        sizes.append(path.stat().st_size)
    assert 2**20 < max(sizes) < 2**20 + 3 * n_bytes
    assert sizes[-1] < 2 * n_bytes
    assert len(Database(path)) == 101


@pytest.mark.parametrize(("n_removed", "n_segments_then"), [(400, 2), (600, 1)])
def test_a_file_is_written_anew_when_less_than_half_of_its_rows_are_of_use(tmp_path, n_removed, n_segments_then):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(1000)])
    n_bytes = path.stat().st_size
    store.remove([f"/{k}" for k in range(n_removed)])
    store.save()
    assert n_segments(path) == n_segments_then
    assert (path.stat().st_size < n_bytes) == (n_segments_then == 1)
    assert Database(path).files == [f"/{k}" for k in range(n_removed, 1000)]


def test_of_more_than_ten_segments_the_last_one_counts(tmp_path):
    path = str(tmp_path / "a.hdf")
    with Database(path, method="phash", x=8) as store:
        for n in range(11, -1, -1):
            store.update([record("/a", seed=n), *(record(f"/{n}/{k}") for k in range(2**n - 1))])
            store.save()
    assert n_segments(path) == 12
    assert Database(path).record("/a").words.tolist() == record("/a", seed=0).words.tolist()
    assert len(Database(path)) == 1 + sum(2**n - 1 for n in range(12))


def test_a_file_of_many_blocks_is_added_to_and_read_in_any_order(tmp_path):
    path = str(tmp_path / "a.hdf")
    with Database(path, method="phash", x=16, views="all") as store:
        store.update([record(f"/{k}", seed=k, n_bits=256, kinds="all") for k in range(3000)])
        store.save()
        store.update([record(f"/{k}", seed=k, n_bits=256, kinds="all") for k in range(2900, 3300)])
    assert os.path.getsize(path) > 4 * BLOCK_BYTES
    read = Database(path)
    for row in (3299, 0, 2900, 1234):
        expected = record(f"/{row}", seed=row, n_bits=256, kinds="all")
        assert read.record(f"/{row}").views.tolist() == expected.views.tolist()
        assert read.read_words([row]).tolist() == [expected.words.tolist()]
    rows = [5, 6, 7, 3000, 2, 2950]
    assert read.read_views(rows).tolist() == read.views[rows].tolist()
    assert read.read_words().tolist() == read.words.tolist()
    read.check()


def test_damage_is_told_when_it_is_read_and_by_check(tmp_path):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k, n_bits=256, kinds="all") for k in range(3000)], x=16, kinds="all")
    raw = bytearray(path.read_bytes())
    raw[-BLOCK_BYTES] ^= 1  # among the views, which come last
    path.write_bytes(raw)
    read = Database(path)
    assert read.files == store.files
    assert read.find_changed([store.record("/5").file]) == []
    with pytest.raises(InputError, match=r"a\.hdf is damaged \(its checksum does not match at byte [0-9,]+\): restore"):
        _ = read.views
    with pytest.raises(InputError, match="is damaged"):
        read.check()
    with pytest.raises(InputError, match="is damaged"):
        read.read_views()


def test_a_reader_is_not_disturbed_by_what_is_added(tmp_path):
    path = str(tmp_path / "a.hdf")
    writer = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    reader = Database(path)
    writer.update([record("/5", seed=77), record("/new")])
    writer.save()
    assert n_segments(path) == 2
    assert reader.words[5].tolist() == record("", seed=5).words.tolist()
    assert "/new" not in reader.files
    assert Database(path).words[5].tolist() == record("", seed=77).words.tolist()


def test_a_hard_link_to_a_database_stays_as_it_is(tmp_path):
    path, backup = tmp_path / "a.hdf", tmp_path / "backup.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    os.link(path, backup)
    before = backup.read_bytes()
    store.update([record("/new")])
    store.save()
    assert backup.read_bytes() == before
    assert len(Database(path)) == 101
    assert len(Database(backup)) == 100


@pytest.mark.parametrize("n_left", [1, 100, 3 * BLOCK_BYTES])
def test_what_a_killed_writer_added_is_as_if_it_were_not_there(tmp_path, n_left):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    with open(path, "ab") as file:
        file.write(np.random.default_rng(0).bytes(n_left))
    with Database(path, method="phash", x=8) as again:
        assert contents(again) == contents(store)
        again.update([record("/new")])
    assert len(Database(path)) == 101
    assert path.stat().st_size < 2 * BLOCK_BYTES
    Database(path).check()


@pytest.mark.parametrize("n_written", [48, 50, 100, 540])  # in the length, in the checksum, in the superblock
def test_a_head_that_is_half_written_is_read_again(tmp_path, monkeypatch, n_written):
    other, path = tmp_path / "other.hdf", tmp_path / "a.hdf"
    make(other, [record(f"/{k}", seed=k) for k in range(2000)])
    make(path, [record("/a")])
    old, new = other.read_bytes()[:HEAD_BYTES], path.read_bytes()[:HEAD_BYTES]
    read, tries = os.pread, []

    def write_head(head):
        with open(path, "r+b") as file:
            file.write(head)

    def read_late(handle, n_bytes, offset):
        if (n_bytes, offset) == (HEAD_BYTES, 0):
            tries.append(handle)
            if len(tries) == 3:
                write_head(new)
        return read(handle, n_bytes, offset)

    monkeypatch.setattr(os, "pread", read_late)
    write_head(new[:n_written] + old[n_written:])
    assert Database(path).files == ["/a"]
    tries.clear()
    write_head(new[:n_written] + old[n_written:])
    with open(path, "rb") as file:
        examine(file, pytest.fail)
    tries.extend([None] * 3)
    write_head(new[:n_written] + old[n_written:])
    with pytest.raises(InputError, match="its checksum does not match"):
        Database(path)


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    before = path.read_bytes()

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    store.update([record("/new")])
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left") as caught:
        patch.setattr(os, "fsync", full)
        store.save()
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before
    store.save()
    assert len(Database(path)) == 101


def test_all_is_on_the_disk_before_the_head_leads_to_it(tmp_path, monkeypatch):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    before, flush, states = path.read_bytes(), os.fsync, []
    store.update([record("/new")])
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: (states.append(path.read_bytes()), flush(handle)))
        store.save()
    first, second = states
    assert first[:HEAD_BYTES] == before[:HEAD_BYTES]
    assert second == path.read_bytes() != before
    assert first[HEAD_BYTES:] == second[HEAD_BYTES:]


def test_what_leads_beyond_the_end_is_told(tmp_path):
    path = str(tmp_path / "a.hdf")
    make(path, [record("/a")])
    sealed = SealedFile(os.open(path, os.O_RDONLY), path)
    with pytest.raises(InputError, match="is damaged .it leads beyond its end"):
        sealed.read_at(sealed.end - 1, memoryview(bytearray(2)))


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
@pytest.mark.parametrize("n_done", [0, 1])
def test_a_write_that_ends_at_any_flush_leaves_what_was_there(tmp_path, monkeypatch, error, n_done):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    before, flush, done = path.read_bytes(), os.fsync, []

    def flush_or_fail(handle):
        done.append(handle)
        if len(done) == n_done + 1:
            raise error
        flush(handle)

    store.update([record("/new")])
    with monkeypatch.context() as patch, pytest.raises(type(error)):
        patch.setattr(os, "fsync", flush_or_fail)
        store.save()
    assert path.read_bytes() == before
    store.save()
    assert len(Database(path)) == 101
    Database(path).check()


def test_a_disk_that_fails_for_good_leaves_what_is_there_or_what_is_new(tmp_path, monkeypatch):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    flush, done = os.fsync, []

    def flush_once(handle):
        done.append(handle)
        if len(done) > 1:
            raise OSError(5, "Input/output error")
        flush(handle)

    store.update([record("/new")])
    with monkeypatch.context() as patch, pytest.raises(OSError, match="Input/output error"):
        patch.setattr(os, "fsync", flush_once)
        store.save()
    Database(path).check()
    assert len(Database(path)) == 100
    store.save()
    assert len(Database(path)) == 101


def test_nothing_is_written_behind_a_file_that_was_cut_since_it_was_read(tmp_path):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    os.truncate(path, path.stat().st_size - 5000)
    before = path.read_bytes()
    store.update([record("/new")])
    with pytest.raises(InputError, match="is damaged .it is cut off"):
        store.save()
    assert path.read_bytes() == before


def test_what_was_saved_is_not_cut_off_where_the_file_could_not_be_opened_again(tmp_path, monkeypatch):
    path = tmp_path / "a.hdf"
    store = make(path, [record(f"/{k}", seed=k) for k in range(100)])
    store.update([record("/new")])
    with monkeypatch.context() as patch, pytest.raises(OSError, match="Too many open files"):
        patch.setattr(DatabaseFile, "_sealed", too_many_files)
        store.save()
    with pytest.raises(InputError, match="was written by another"):
        store.save()
    assert len(Database(path)) == 101


def too_many_files(_file):
    raise OSError(24, "Too many open files")


def test_columns_are_the_same_after_every_change(tmp_path):
    store = make(tmp_path / "a.hdf", [record(f"/{k}", seed=k, size=k) for k in range(9)])
    assert store.size.tolist() == list(range(9))
    store.remove(["/3"])
    store.update([record("/5", size=99)])
    assert store.size.tolist() == [0, 1, 2, 4, 99, 6, 7, 8]
    assert store.read_words().tolist() == store.words.tolist()
    assert not hasattr(store, "nothing")
    with pytest.raises(AttributeError, match="'Database' object has no attribute 'fps'"):
        _ = store.fps


def test_the_folder_of_a_database_holds_nothing_else_after_saves(tmp_path):
    store = make(tmp_path / "a.hdf", [record("/0")])
    for k in range(5):
        store.update([record(f"/{k}", seed=k)])
        store.save()
    assert sorted(map(str, Path(tmp_path).iterdir())) == [str(tmp_path / ".a.hdf.lock"), str(tmp_path / "a.hdf")]
