from hashlib import blake2b

import pytest

from imgcmp import contents
from imgcmp.contents import opened
from imgcmp.digests import digest

SIZES = [0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 300_000]


def pattern(size):
    return bytes(k * k % 251 for k in range(size))


def expected(data):
    edges = data if len(data) <= 131072 else data[:65536] + data[-65536:]
    return blake2b(len(data).to_bytes(8, "little") + edges, digest_size=16).digest()


@pytest.mark.parametrize("size", SIZES)
def test_the_digest_is_that_of_the_size_and_the_two_ends(tmp_path, size):
    (tmp_path / "file").write_bytes(pattern(size))
    assert digest(str(tmp_path / "file")) == expected(pattern(size))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("in_memory", [200_000, 2**24])
def test_an_opened_file_has_the_same_digest_and_is_read_from_its_start(tmp_path, monkeypatch, size, in_memory):
    monkeypatch.setattr(contents, "_IN_MEMORY_BYTES", in_memory)
    (tmp_path / "file").write_bytes(pattern(size))
    with opened(str(tmp_path / "file")) as content:
        assert content.size == size
        assert content.digest() == expected(pattern(size))
        assert content.file.read() == pattern(size)


def test_a_file_that_differs_only_in_its_middle_has_the_same_digest(tmp_path):
    (tmp_path / "a").write_bytes(b"a" * 65536 + b"x" + b"b" * 65536)
    (tmp_path / "b").write_bytes(b"a" * 65536 + b"y" + b"b" * 65536)
    assert digest(str(tmp_path / "a")) == digest(str(tmp_path / "b"))
