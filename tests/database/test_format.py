"""The page docs/format.md against the files that are written: what it says is enough to read them with h5py alone."""

import hashlib
import os
import re
import textwrap
from pathlib import Path

import h5py
import numpy as np
import pytest

from imgcmp.database import schema
from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.fingerprints.packing import pack
from imgcmp.images.image_file import Failure, ImageFile

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
    assert (read["files"], read["sources"]) == (FILES, ["", FILES[1] + "~", "", FILES[3] + "~"])
    assert np.array_equal(read["bits"], bits)
    assert np.array_equal(read["views"], [pack(bits[[k, 0, 1]]) for k in range(N)])
    assert read["digests"].tolist() == [[k] * 16 for k in range(N)]
    assert read["pixels"].tolist() == [[9 * k] * 16 for k in range(N)]
    assert read["detail"].tolist() == list(range(N))
    assert (read["n_frames"].tolist(), read["frame"].tolist()) == ([1, 2, 3, 4], [0, 0, 1, 1])
    assert read["others"] == ["", "film", "depth map,gain map", ""]
    assert read["mtime_ns"].tolist() == [0, -1, -2, -3]
    assert read["size"].tolist() == [100, 101, 102, 103]
    assert (read["width"].tolist(), read["height"].tolist()) == ([10, 11, 12, 13], [20, 21, 22, 23])
    assert (read["failed_files"], read["reasons"]) == (["/bad\n", "/lost"], ["empty file", "its worker was killed é"])
    assert (read["failed_mtime_ns"].tolist(), read["failed_size"].tolist()) == ([7, -1], [0, -1])
    attributes = read["attributes"]
    assert (attributes["method"], attributes["x"], attributes["n_bits"]) == ("phash", 11, N_BITS)
    assert attributes["views"] == "turns"
    assert attributes["view names"].splitlines() == ["turned by 90", "turned by 180", "turned by 270"]
    assert attributes["changed"] == store.history.changed


def stated_shape(text, name, file):
    """Return the shape that the page states, in numbers."""
    if "texts" in text:
        return (file[name].size,)
    numbers = {"n": N, "m": M, "n_words": 2, "n_views": 3, "16": 16}
    return tuple(numbers[part] for part in text.replace(" ", "").split(",") if part)


def test_the_datasets_are_those_of_the_page(store):
    rows = re.findall(r"^\| `/(\S+)` \| (.+?) \| \((.+?)\) \| (.+) \|$", SECTION, re.M)
    with h5py.File(store.path) as file:
        assert file.userblock_size == schema.USER_BLOCK_BYTES
        held = {}
        file.visititems(lambda name, item: held.update({name: item} if isinstance(item, h5py.Dataset) else {}))
        assert [name for name, *_ in rows] == sorted(held, key=[name for name, *_ in rows].index)
        for name, kind, shape, _ in rows:
            assert str(held[name].dtype) == kind.removesuffix(", texts")
            assert held[name].shape == stated_shape(shape, name, file)
            if "texts" in kind:
                assert held[name][...].tobytes().count(b"\0") == (M if name.startswith("failed") else N)


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
    block, rest = raw[:512], raw[512:]
    sample = code_block(schema.FORMAT)
    sample = re.sub(r"length \d+", f"length {len(rest)}", sample)
    sample = re.sub(r"sha256 \w+", f"sha256 {hashlib.sha256(rest).hexdigest()}", sample)
    assert block == sample.strip().encode() + b"\n" + bytes(512 - len(sample.strip()) - 1)
    assert "first 512 bytes" in SECTION
