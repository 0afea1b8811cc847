import os

import pytest
from pictures import photograph
from PIL import Image

from imgcmp.images.pixel_digest import pixel_digest
from imgcmp.results.identical_files import equal_pairs, pixel_digests, try_equal


@pytest.mark.parametrize("n_bytes", [0, 1, 2**20, 2**20 + 1])
def test_files_are_equal_if_all_their_bytes_are(tmp_path, n_bytes):
    for name, contents in (("a", b"x" * n_bytes), ("b", b"x" * n_bytes), ("c", b"x" * n_bytes + b"y")):
        (tmp_path / name).write_bytes(contents)
    a, b, c = (str(tmp_path / name) for name in "abc")
    assert try_equal((a, b))
    assert not try_equal((a, c))
    assert not try_equal((c, a))
    assert not try_equal((a, str(tmp_path / "gone")))


def test_a_pipe_is_equal_to_nothing(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_bytes(b"")
    assert not try_equal((str(tmp_path / "a"), str(tmp_path / "pipe")))


def test_files_are_looked_at_once_each_in_processes_and_what_cannot_be_read_is_left_out(tmp_path):
    photograph().convert("RGB").save(tmp_path / "a.png")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG")
    (tmp_path / "same.png").write_bytes((tmp_path / "a.png").read_bytes())
    a, bad, same, gone = (str(tmp_path / name) for name in ("a.png", "bad.png", "same.png", "gone.png"))
    with Image.open(a) as image:
        digest = pixel_digest(image)
    told = []

    def watch(results, total):
        told.append(total)
        return results

    assert pixel_digests([a, bad, a, gone], workers=1, watch=watch) == {a: digest}
    assert equal_pairs([(a, same), (a, bad), (a, same), (gone, a)], workers=1, watch=watch) == {(a, same)}
    assert told == [3, 3]
    assert pixel_digests([]) == {}
