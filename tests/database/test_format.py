"""The page docs/format.md against the files that are written: what it says is enough to read them with h5py alone."""

import hashlib
import os
import re
import textwrap
from pathlib import Path

import h5py
import numpy as np
import pytest
from databases import record

from imgcmp.database import schema
from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.fingerprints.packing import pack
from imgcmp.fingerprints.views import look_bytes, view_names
from imgcmp.images.image_file import UNKNOWN_TIME, Failure, ImageFile

PAGE = (Path(__file__).parents[2] / "docs" / "format.md").read_text()
SECTION = PAGE.split("## The fingerprint database, version 4\n")[1].split("\n## ")[0]
FILES = ["/a b.jpg", os.fsdecode(b"/caf\xe9\xff.jpg"), "/new\nline.jpg", "/名🙂.jpg"]
N, M, N_BITS = len(FILES), 2, 121


@pytest.fixture
def bits():
    return np.random.default_rng(0).random((N, N_BITS)) < 0.5


@pytest.fixture
def store(tmp_path, monkeypatch, bits):
    """Save a database of odd names under the name that the page calls it by."""
    monkeypatch.chdir(tmp_path)
    store = Database("fingerprints.hdf", method="phash", x=11, views="turns")
    store.update(
        [
            ImageRecord(
                ImageFile(file, 100 + k, -k),
                f"{file}~" * (k % 2),
                pack(bits[k]),
                10 + k,
                20 + k,
                bytes([k] * 16),
                pack(bits[[k, 0, 1]]),
                k,
                bytes([9 * k] * 16),
                k + 1,
                k // 2,
                ("", "film", "depth map,gain map", "")[k],
            )
            for k, file in enumerate(FILES)
        ],
        [Failure("/bad\n", "empty file", 0, 7), Failure("/lost", "its worker was killed é", -1, -1)],
    )
    store.save()
    return store


def code_block(start):
    """Return the indented block of the page whose first line is this."""
    (block,) = [block for block in re.findall(r"(?:^(?:    .*)?\n)+", SECTION, re.M) if block.strip().startswith(start)]
    return textwrap.dedent(block)


def test_a_database_is_read_by_the_code_of_the_page_alone(store, bits):
    read = {}
    exec(code_block("import os"), read)
    columns = read["columns"]
    assert (columns["files"], columns["source"]) == (FILES, ["", FILES[1] + "~", "", FILES[3] + "~"])
    assert np.array_equal(read["bits"], bits)
    assert np.array_equal(columns["views"], [pack(bits[[k, 0, 1]]) for k in range(N)])
    assert [digest.tolist() for digest in columns["digest"]] == [[k] * 16 for k in range(N)]
    assert [digest.tolist() for digest in columns["pixels"]] == [[9 * k] * 16 for k in range(N)]
    assert columns["detail"] == list(range(N))
    assert (columns["n_frames"], columns["frame"]) == ([1, 2, 3, 4], [0, 0, 1, 1])
    assert columns["others"] == ["", "film", "depth map,gain map", ""]
    assert (columns["mtime_ns"], columns["size"]) == ([0, -1, -2, -3], [100, 101, 102, 103])
    assert (columns["width"], columns["height"]) == ([10, 11, 12, 13], [20, 21, 22, 23])
    assert read["failures"] == {
        "/bad\n": ["empty file", 0, 7, UNKNOWN_TIME],
        "/lost": ["its worker was killed é", -1, -1, UNKNOWN_TIME],
    }
    attributes = read["attributes"]
    assert (attributes["method"], attributes["x"], attributes["n_bits"]) == ("phash", 11, N_BITS)
    assert attributes["views"] == "turns"
    assert attributes["view names"].splitlines() == ["turned by 90", "turned by 180", "turned by 270"]
    assert attributes["changed"] == store.history.changed


def test_a_database_of_many_segments_is_read_by_the_code_of_the_page_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = Database("fingerprints.hdf", method="phash", x=8)
    store.update([record(f"/{k}", seed=k) for k in range(40)], [Failure("/bad", "empty file", 0, 7)])
    store.save()
    store.update([record("/new"), record("/3", seed=99, others="film")], [Failure("/5", "cut off", 1, 2)])
    store.remove(["/7", "/bad"])
    store.save()
    store.update([record("/7", seed=98)])
    store.save()
    read = {}
    exec(code_block("import os"), read)
    with h5py.File("fingerprints.hdf") as file:
        assert len(file["segments"]) > 1
    again = Database("fingerprints.hdf")
    assert read["columns"]["files"] == again.files == [*(f"/{k}" for k in range(40) if k not in (5, 7)), "/new", "/7"]
    assert read["words"].tolist() == again.words.tolist() == store.words.tolist()
    assert read["columns"]["others"] == again.others
    assert read["failures"] == {"/5": ["cut off", 1, 2, UNKNOWN_TIME]}


def stated_shape(text, name, file):
    """Return the shape that the page states, in numbers."""
    if "texts" in text:
        return (file[name].size,)
    numbers = {"n": N, "m": M, "n_words": 2, "n_views": 3, "16": 16, "32": 32}
    return tuple(numbers[part] for part in text.replace(" ", "").split(",") if part)


ALL_VIEWS_ALONE = "with the views `all` alone"


def stated_datasets():
    return re.findall(r"^\| `/(\S+)` \| (.+?) \| \((.+?)\) \| (.+) \|$", SECTION, re.M)


def test_what_all_views_alone_have_is_there_with_them(tmp_path):
    ((name, kind, shape, _),) = (row for row in stated_datasets() if ALL_VIEWS_ALONE in row[3])
    store = Database(str(tmp_path / "all.hdf"), method="phash", x=16, views="all")
    words, views = np.zeros(4, np.uint64), np.zeros((len(view_names("all")), 4), np.uint64)
    look = np.arange(look_bytes("all")).astype(np.uint8)
    store.update([record("/a")._replace(words=words, views=views, look=look)])
    store.save()
    with h5py.File(store.path) as file:
        held = file[f"segments/0/{name}"]
        assert str(held.dtype) == kind
        assert shape == "n, 288 + (n_views + 1) // 2 + 4"
        assert held.shape == (1, 288 + (file["segments/0/views"].shape[1] + 1) // 2 + 4)
        assert held[0].tolist() == look.tolist()


def test_the_datasets_are_those_of_the_page(store):
    rows = [row for row in stated_datasets() if ALL_VIEWS_ALONE not in row[3]]
    with h5py.File(store.path) as whole:
        assert whole.userblock_size == schema.USER_BLOCK_BYTES
        assert list(whole["segments"]) == ["0"]
        file, held = whole["segments/0"], {}
        file.visititems(lambda name, item: held.update({name: item} if isinstance(item, h5py.Dataset) else {}))
        assert [name for name, *_ in rows] == sorted(held, key=[name for name, *_ in rows].index)
        for name, kind, shape, _ in rows:
            assert str(held[name].dtype) == kind.removesuffix(", texts")
            assert held[name].shape == stated_shape(shape, name, file)
            if "texts" in kind:
                n_texts = 0 if name == "removed" else M if name.startswith("failed") else N
                assert held[name][...].tobytes().count(b"\0") == n_texts


def test_the_attributes_are_those_of_the_page(store):
    rows = dict(re.findall(r"^\| `([a-z_ ]+)` \| (.+) \|$", SECTION.split("### Attributes")[1], re.M))
    with h5py.File(store.path) as file:
        assert set(rows) == set(file.attrs)
        assert rows["format"] == f"`{file.attrs['format']}`"
        assert rows["version"] == str(file.attrs["version"]) == str(schema.VERSION)
        example = re.search(r"`(2026\S+)`", rows["created"])[1]
        assert re.sub(r"\d", "0", example) == re.sub(r"\d", "0", file.attrs["created"])


def test_the_user_block_is_that_of_the_page(store):
    raw = Path(store.path).read_bytes()
    block, superblock, data, checksums = raw[:512], raw[512:1024], raw[1024:-32], raw[-32:]
    assert checksums == hashlib.sha256(data).digest()
    sample = code_block(schema.FORMAT)
    sample = re.sub(r"length \d+", f"length {len(superblock + data)}", sample)
    sample = re.sub(r"sha256 \w+", f"sha256 {hashlib.sha256(superblock + checksums).hexdigest()}", sample)
    assert block == sample.strip().encode() + b"\n" + bytes(512 - len(sample.strip()) - 1)
    assert "first 512 bytes" in SECTION
