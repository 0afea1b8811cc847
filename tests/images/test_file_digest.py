import os
from hashlib import blake2b

import pytest

from imgcmp.images import open_file
from imgcmp.images.file_digest import identity
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


def test_what_the_digest_does_not_cover_is_known_by_its_time_too(tmp_path):
    """Two files that differ only in their middle."""
    digests = []
    for middle in (b"x", b"y"):
        (tmp_path / "file").write_bytes(b"a" * 65536 + middle + b"b" * 65536)
        with opened(str(tmp_path / "file")) as content:
            digests.append(content.digest())
    assert digests[0] == digests[1]
    assert identity(digests[0], 131073, 1) != identity(digests[1], 131073, 2)
    assert identity(digests[0], 131073, -1) == identity(digests[1], 131073, -1)
    assert identity(digests[0], 131072, 1) == identity(digests[0], 131072, 2) == digests[0]


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(OSError, match="not a regular file"), opened(str(tmp_path / "pipe.jpg")):
        raise AssertionError("it was opened")
