"""An index that was saved gives what one made anew gives, and none is taken for that of something else."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import make_words

import imgcmp
from imgcmp import Database, HammingIndex, ImageFile, ImageRecord, InputError
from imgcmp.search import database_index as module

KIND = {"method": "phash", "x": 8}


def results(index, queries, k):
    return [array.tolist() for array in (*index.nearest(queries, k), *index.within(queries, 20))]


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 200), st.integers(1, 4), st.integers(0, 3), st.integers(0, 50))
def test_results_are_the_same_as_before_and_images_can_be_added(tmp_path_factory, seed, n, n_words, n_views, n_more):
    random = np.random.default_rng(seed)
    words = random.integers(2**64, size=(n + n_more, 1 + n_views, n_words), dtype=np.uint64)
    wholes, views = words[:, 0], words[:, 1:] if n_views else None
    some = None if views is None else views[:n]
    path = tmp_path_factory.mktemp("index") / "an.index"
    index = HammingIndex(wholes[:n], some)
    index.save(path, "here")
    found = HammingIndex.load(path, "here")
    assert (len(found), repr(found)) == (n, repr(index))
    assert results(found, wholes[:5], min(n, 3)) == results(index, wholes[:5], min(n, 3))
    for each in (found, index):
        each.add(wholes[n:], None if views is None else views[n:])
    assert results(found, wholes[:5], min(n, 3)) == results(index, wholes[:5], min(n, 3))


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "an.index"
    HammingIndex(make_words(100, 64, seed=0)).save(path, "here")
    return path


def test_one_of_another_origin_is_refused(saved):
    with pytest.raises(InputError, match="of something else"):
        HammingIndex.load(saved)
    with pytest.raises(InputError, match="of something else"):
        HammingIndex.load(saved, "there")


@pytest.mark.parametrize("cut", [0, 1, 100, 500, -1, -100])
def test_one_that_is_cut_off_is_refused(saved, cut):
    saved.write_bytes(saved.read_bytes()[:cut])
    with pytest.raises(InputError, match="no index of this version, or damaged"):
        HammingIndex.load(saved, "here")


@pytest.mark.parametrize("bit", range(8))
def test_a_changed_bit_is_seen_or_changes_nothing(tmp_path, bit):
    """In any byte: a flag may say that what is there is encrypted, and a header may be no Python any more."""
    path = tmp_path / "an.index"
    HammingIndex(make_words(20, 64, seed=0)).save(path, "here")
    queries = make_words(3, 64, seed=1)
    expected, whole = results(HammingIndex.load(path, "here"), queries, 5), path.read_bytes()
    n_seen = 0
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 1 << bit
        path.write_bytes(bytes(data))
        try:
            found = HammingIndex.load(path, "here")
        except InputError:
            n_seen += 1
        else:
            assert results(found, queries, 5) == expected
    assert n_seen > len(whole) // 2


def test_a_file_that_is_something_else_is_left(tmp_path):
    path, index = tmp_path / "letter.txt", HammingIndex(make_words(20, 64, seed=0))
    for content in (b"Dear all,", b"PK\x03\x04 and so on", b"\x93NUMPY"):
        path.write_bytes(content)
        with pytest.raises(FileExistsError, match="letter.txt exists, and is no imgcmp-index"):
            index.save(path)
        assert path.read_bytes() == content
    path.write_bytes(b"")
    for _ in range(2):
        index.save(path)
    assert len(HammingIndex.load(path)) == 20


@pytest.mark.parametrize("content", [np.arange(3), np.zeros((2, 2))])
def test_an_array_alone_is_no_index(tmp_path, content):
    np.save(tmp_path / "an.npy", content)
    with pytest.raises(InputError, match="no index of this version, or damaged"):
        HammingIndex.load(tmp_path / "an.npy")


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"wholes": np.zeros((1, 5), np.int64)},
        {"wholes": np.zeros(5, np.uint64)},
        {"n_views": np.int64(2)},
        {"n_views": np.int64(-1)},
        {"n_views": np.int64(1), "variants": np.zeros((1, 5), np.uint64)},
        {"imgcmp-index": np.int64(2)},
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, arrays):
    whole = {"imgcmp-index": np.int64(1), "origin": np.str_(""), "n_views": np.int64(0)}
    if arrays:
        whole |= {"wholes": np.zeros((1, 5), np.uint64)} | arrays
    path = tmp_path / "an.npz"
    np.savez(path, **whole)
    with pytest.raises(InputError, match="make it anew"):
        HammingIndex.load(path)


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        HammingIndex.load(tmp_path / "none")


def make_database(path, n, seed=0, views="none"):
    with Database(path, views=views, force=True, **KIND) as store:
        random = np.random.default_rng(seed)
        words = random.integers(2**64, size=(n, 1 + store.read_views().shape[1], 1), dtype=np.uint64)
        store.update(
            ImageRecord(ImageFile(f"/a/{k}.jpg", 1, k), "", each[0], 10, 10, detail=50, views=each[1:])
            for k, each in enumerate(words)
        )
    return words


@pytest.mark.parametrize("views", [False, True])
def test_the_index_of_a_database_is_kept_until_that_changes(tmp_path, monkeypatch, views):
    path = tmp_path / "a.hdf"
    words = make_database(path, 50, views="crops")
    first = imgcmp.database_index(path, views=views)
    kept = f"{path}.view-index" if views else f"{path}.index"
    assert os.path.exists(kept)
    assert first.files == [f"/a/{k}.jpg" for k in range(50)]
    expected = HammingIndex(words[:, 0], words[:, 1:] if views else None)
    assert results(first.images, words[:3, 0], 7) == results(expected, words[:3, 0], 7)
    with monkeypatch.context() as patch:
        patch.setattr(module.HammingIndex, "__init__", None)  # it is not made again
        again = imgcmp.database_index(path, views=views)
    assert results(again.images, words[:3, 0], 7) == results(expected, words[:3, 0], 7)
    words = make_database(path, 60, seed=1, views="crops")
    changed = imgcmp.database_index(path, views=views)
    assert len(changed.images) == len(changed.files) == 60
    assert results(changed.images, words[:3, 0], 1)[0] == [[0]] * 3


def test_each_addition_makes_another_content(tmp_path):
    path = tmp_path / "a.hdf"
    make_database(path, 5)
    digests = [Database(path).digest]
    for k in range(3):
        with Database(path, **KIND) as store:
            record = ImageRecord(ImageFile(f"/b/{k}.jpg", 1, 1), "", np.array([k], np.uint64), 10, 10, detail=50)
            store.update([record])
        digests.append(Database(path).digest)
        assert store.digest == digests[-1]
    assert len(set(digests)) == 4


def test_one_that_is_damaged_or_cannot_be_kept_is_made_anew(tmp_path, monkeypatch):
    path = tmp_path / "a.hdf"
    make_database(path, 50)
    expected = results(imgcmp.database_index(path).images, make_words(3, 64, seed=1), 7)
    kept = tmp_path / "a.hdf.index"
    kept.write_bytes(kept.read_bytes()[:300])
    assert results(imgcmp.database_index(path).images, make_words(3, 64, seed=1), 7) == expected
    kept.unlink()
    kept.mkdir()
    assert results(imgcmp.database_index(path).images, make_words(3, 64, seed=1), 7) == expected


def test_without_a_database_there_is_none(tmp_path):
    with pytest.raises(InputError, match="there is no database"):
        imgcmp.database_index(tmp_path / "a.hdf")
