import os
import time

import pytest
from pictures import photograph
from PIL import Image

from imgcmp.fingerprints.fingerprint_files import Limits
from imgcmp.images.pixel_digest import pixel_digest
from imgcmp.results import identical_files
from imgcmp.results.identical_files import SecondLook, try_equal


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

    look = SecondLook(Limits(workers=1), watch)
    assert look.pixel_digests([a, bad, a, gone]) == {a: digest}
    assert look.equal_pairs([(a, same), (a, bad), (a, same), (gone, a)]) == {(a, same)}
    assert told == [3, 3]
    assert look.pixel_digests([]) == {}
    assert look.left == {}  # they are damaged, or gone: nothing outside of them


@pytest.mark.parametrize("n_workers", [1, 2])
def test_what_needs_more_memory_than_is_allowed_is_left_and_named(tmp_path, n_workers):
    photograph().convert("RGB").save(tmp_path / "small.png")
    for name in ("large.png", "twin.png"):
        Image.new("RGB", (3000, 3000)).save(tmp_path / name)
    files = [str(tmp_path / name) for name in ("large.png", "small.png", "twin.png")]
    look = SecondLook(Limits(n_workers, max_memory=20_000_000))
    assert list(look.pixel_digests(files)) == files[1:2]
    assert [look.left[file].reason for file in (files[0], files[2])] == [
        "needs 54.0 MB to decode and 20.0 MB may be used; allow more with --max-memory"
    ] * 2
    look = SecondLook(Limits(n_workers, max_memory=60_000_000))
    assert list(look.pixel_digests(files)) != files[1:2]
    assert look.left == {}


def sleep_long(_):
    time.sleep(3600)


def test_what_takes_longer_than_is_allowed_is_left_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr(identical_files, "try_digest_whole", sleep_long)
    monkeypatch.setattr(identical_files, "try_equal", sleep_long)
    look = SecondLook(Limits(1, timeout_s=0.1))
    assert look.pixel_digests(["/a"]) == {}
    assert look.equal_pairs([("/b", "/c")]) == set()
    assert {file: failure.reason[:23] for file, failure in look.left.items()} == {
        "/a": "waited longer than 0.1 ",
        "/c": "waited longer than 0.1 ",
    }
