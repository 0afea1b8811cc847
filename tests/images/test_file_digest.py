import os
from hashlib import blake2b

import numpy as np
import pytest
from PIL import Image

from imgcmp.images import open_file
from imgcmp.images.file_digest import identity, spots_between
from imgcmp.images.open_file import opened

SIZES = [0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 300_000]


def pattern(size):
    return bytes(k * k % 251 for k in range(size))


def expected(data):
    edges = data if len(data) <= 131072 else data[:65536] + data[-65536:]
    return blake2b(len(data).to_bytes(8, "little") + edges, digest_size=16).digest()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("in_memory", [200_000, 2**24])
def test_an_opened_file_has_the_same_digest_and_is_read_from_its_start(tmp_path, monkeypatch, size, in_memory):
    monkeypatch.setattr(open_file, "_IN_MEMORY_BYTES", in_memory)
    (tmp_path / "file").write_bytes(pattern(size))
    with opened(str(tmp_path / "file")) as content:
        assert content.size == size
        assert content.digest() == expected(pattern(size))
        assert content.file.read() == pattern(size)


def test_what_the_digest_does_not_cover_is_known_by_what_lies_between_and_by_its_time(tmp_path):
    """Two files that differ only in their middle."""
    digests, middles = [], []
    for middle in (b"x", b"y"):
        (tmp_path / "file").write_bytes(b"a" * 65536 + middle + b"b" * 65536)
        with opened(str(tmp_path / "file")) as content:
            digests.append(content.digest())
            middles.append(content.middle())
    (one, other), (x, y) = digests, middles
    assert one == other
    assert x != y
    assert identity(one, x, 131073, 1) != identity(one, x, 131073, 2)
    assert identity(one, x, 131073, 1) != identity(one, y, 131073, 1)
    assert identity(one, x, 131073, -1) == identity(other, x, 131073, -1)
    assert identity(one, x, 131072, 1) == identity(one, y, 131072, 2) == one


@pytest.mark.parametrize("size", SIZES)
def test_spots_lie_between_the_ends_evenly_and_none_overlap(size):
    spots = spots_between(size)
    ends = [65536, *(place + n_bytes for place, n_bytes in spots)]
    starts = [*(place for place, _ in spots), max(size, 131072) - 65536]
    gaps = [start - end for start, end in zip(starts, ends, strict=True)]
    assert min(gaps) >= 0
    if len(spots) > 1:
        assert sum(n_bytes for _, n_bytes in spots) == 2**15
        assert max(gaps) <= 1.9 * (size - 131072) / 32
    else:
        assert gaps == [0] * len(gaps)


@pytest.mark.parametrize("in_memory", [200_000, 2**24])
@pytest.mark.parametrize("has_pread", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_what_lies_between_is_read_anywhere_and_moves_nothing(tmp_path, monkeypatch, in_memory, has_pread, size):
    monkeypatch.setattr(open_file, "_IN_MEMORY_BYTES", in_memory)
    if not has_pread:
        monkeypatch.delattr(os, "pread")
    data = pattern(size)
    (tmp_path / "file").write_bytes(data)
    read = b"".join(data[place : place + n_bytes] for place, n_bytes in spots_between(size))
    with opened(str(tmp_path / "file")) as content:
        content.file.read(10)
        assert content.middle() == blake2b(read, digest_size=16).digest()
        assert content.file.read() == data[10:]


def test_spots_see_most_columns_of_a_picture_whose_rows_fit_into_the_parts():
    row_bytes = 4 * 1024
    for height in (768, 1024, 1536):  # without compression, RGBA
        starts = np.array([place % row_bytes for place, _ in spots_between(row_bytes * height)])
        seen = (np.arange(row_bytes) - starts[:, np.newaxis]) % row_bytes < 1024
        assert seen.any(axis=0).mean() > 0.75  # a quarter before


def scan(seed, height=1400):
    """Return an uncompressed page of text-like strokes with white margins."""
    random = np.random.default_rng(seed)
    page = np.full((height, 1000, 3), 255, np.uint8)
    strokes = random.integers(0, 2, (height // 10, 225)).repeat(4, axis=1).repeat(6, axis=0) * 255
    page[50 : 50 + len(strokes[: height - 100]), 50:950] = strokes[: height - 100, :, np.newaxis]
    return page


def middle_of(path, array):
    Image.fromarray(array).save(path)
    with opened(str(path)) as content:
        return content.digest(), content.middle()


def test_scans_with_equal_margins_are_told_apart(tmp_path):
    found = {middle_of(tmp_path / "a.bmp", scan(seed)) for seed in range(20)}
    assert len({digest for digest, _ in found}) == 1
    assert len({middle for _, middle in found}) == 20


@pytest.mark.parametrize("part", range(0, 32, 3))
def test_what_differs_in_a_thirty_second_of_the_file_is_told_apart(tmp_path, part):
    page = scan(0)
    other = page.copy()
    first = 22 + round(part * (1400 - 44) / 32)  # beyond the ends, which are 22 rows
    other[first : first + 43] ^= 1
    digests = [middle_of(tmp_path / "a.bmp", array) for array in (page, other)]
    assert digests[0][0] == digests[1][0]
    assert digests[0][1] != digests[1][1]


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(OSError, match="not a regular file"), opened(str(tmp_path / "pipe.jpg")):
        raise AssertionError("it was opened")
