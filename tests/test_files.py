import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgcmp.atomic import TEMPORARY_PREFIX
from imgcmp.files import IMAGE_SUFFIXES, find_images, has_image_magic, is_image_name
from imgcmp.markers import CLUSTERS_MARKER, COPIES_MARKER

NAMES_MAY_BE_ANY_BYTES = sys.platform != "darwin"
is_root = hasattr(os, "geteuid") and os.geteuid() == 0


def put(folder, *names, contents=b"?"):
    for name in names:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(contents)


def found(*paths):
    """Return the paths of the files found; nothing may fail."""
    result = find_images([os.fspath(path) for path in paths])
    assert not result.failures
    return [file.path for file in result.files]


def inside(folder, paths):
    return [os.path.relpath(path, os.path.realpath(folder)) for path in paths]


def test_a_folder_is_walked_files_first_each_folder_sorted(tmp_path):
    put(tmp_path, "b.jpg", "a.jpg", "C.jpg", "sub/z.jpg", "sub/deep/y.png", "early/x.gif", "a/w.tif")
    assert inside(tmp_path, found(tmp_path)) == [
        "C.jpg",
        "a.jpg",
        "b.jpg",
        "a/w.tif",
        "early/x.gif",
        "sub/z.jpg",
        "sub/deep/y.png",
    ]


def test_size_and_time_are_those_of_the_file(tmp_path):
    put(tmp_path, "a.jpg", contents=b"12345")
    os.utime(tmp_path / "a.jpg", ns=(1, 1_600_000_000_123_456_789))
    for path in (tmp_path, tmp_path / "a.jpg"):
        (file,) = find_images([str(path)]).files
        assert (file.size, file.mtime_ns) == (5, os.stat(tmp_path / "a.jpg").st_mtime_ns)


def test_paths_are_absolute_and_real(tmp_path, monkeypatch):
    put(tmp_path, "real/a.jpg")
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    for name in ("real", "./link/", "link/a.jpg", "real/../real/a.jpg"):
        assert found(name) == [os.path.realpath(tmp_path / "real/a.jpg")]


def test_links_inside_a_folder_are_not_followed_but_named_ones_are(tmp_path):
    put(tmp_path, "elsewhere/a.jpg", "pictures/b.jpg")
    (tmp_path / "pictures/folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "pictures/file.jpg").symlink_to(tmp_path / "elsewhere/a.jpg")
    (tmp_path / "pictures/loop").symlink_to(tmp_path / "pictures")
    (tmp_path / "pictures/dangling.jpg").symlink_to("nowhere")
    (tmp_path / "my pictures").symlink_to("pictures")
    assert inside(tmp_path, found(tmp_path / "my pictures")) == ["pictures/b.jpg"]
    assert inside(tmp_path, found(tmp_path / "pictures/folder")) == ["elsewhere/a.jpg"]
    assert inside(tmp_path, found(tmp_path / "pictures/file.jpg")) == ["elsewhere/a.jpg"]


def test_a_file_reached_twice_counts_once(tmp_path):
    put(tmp_path, "a.jpg", "sub/b.jpg")
    os.link(tmp_path / "a.jpg", tmp_path / "hard link.jpg")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    assert inside(tmp_path, found(tmp_path, tmp_path / "a.jpg", tmp_path / "link.jpg", tmp_path / "sub")) == [
        "a.jpg",
        "sub/b.jpg",
    ]
    assert inside(tmp_path, found(tmp_path / "hard link.jpg", tmp_path / "a.jpg")) == ["hard link.jpg"]


def test_named_paths_come_in_the_order_they_are_named(tmp_path):
    put(tmp_path, "b.jpg", "a.jpg", "c/d.jpg")
    assert inside(tmp_path, found(tmp_path / "c", tmp_path / "b.jpg", tmp_path / "a.jpg")) == [
        "c/d.jpg",
        "b.jpg",
        "a.jpg",
    ]


@pytest.mark.skipif(not NAMES_MAY_BE_ANY_BYTES, reason="names must be UTF-8")
def test_any_name_is_found(tmp_path):
    names = ["a\nb.jpg", " .jpg", "-x.jpg", os.fsdecode(b"caf\xe9.jpg"), "名🙂.jpg", "[1].jpg", "*.jpg"]
    put(tmp_path, *names)
    assert sorted(inside(tmp_path, found(tmp_path))) == sorted(names)
    for name in names:
        assert inside(tmp_path, found(tmp_path / name)) == [name]


def test_what_is_no_image_is_passed_over_in_a_folder_and_tried_when_named(tmp_path):
    put(tmp_path, "notes.txt", "film.mp4", "side.xmp", "plain", "empty", contents=b"words")
    put(tmp_path, "._a.jpg", TEMPORARY_PREFIX + "b.jpg", TEMPORARY_PREFIX + "links-x/c.jpg")
    assert found(tmp_path) == []
    assert inside(tmp_path, found(tmp_path / "notes.txt")) == ["notes.txt"]


@pytest.mark.parametrize("name", ["a.jpg", "A.JPEG", "b.Png", "c.heic", "d.tiff", "x.y.webp", "é.gif", "x.nef"])
def test_images_are_known_by_suffix(name):
    assert is_image_name(name)


@pytest.mark.parametrize("name", ["jpg", ".jpg", "a.txt", "a.jpg.bak", "a.pdf", "a.svg", "a.", "a"])
def test_other_suffixes_are_no_images(name):
    assert not is_image_name(name)


def test_suffixes_are_those_of_names():
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in IMAGE_SUFFIXES)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF", "JPEG2000"])
def test_a_file_without_a_suffix_is_known_by_its_first_bytes(tmp_path, form):
    try:
        Image.new("RGB", (30, 20)).save(tmp_path / "picture", format=form)
    except (KeyError, OSError):
        pytest.skip(f"this Pillow writes no {form}")
    shutil.copy(tmp_path / "picture", tmp_path / "picture.bak")
    assert inside(tmp_path, found(tmp_path)) == ["picture", "picture.bak"]


@pytest.mark.parametrize(
    "start", [b"", b"\xff", b"\xff\xd8", b"BM", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftypmp42", b"%PDF-1"]
)
def test_other_first_bytes_are_no_image(start):
    assert not has_image_magic(start)


def test_a_pipe_is_not_opened(tmp_path):
    put(tmp_path, "a.jpg")
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert inside(tmp_path, found(tmp_path)) == ["a.jpg"]
    result = find_images([str(tmp_path / "pipe.jpg")])
    assert result.files == []
    assert [failure.reason for failure in result.failures] == ["not a regular file"]


def test_a_named_path_that_is_not_there_is_a_failure(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    put(tmp_path, "a.jpg")
    result = find_images([str(tmp_path / name) for name in ("no.jpg", "a.jpg", "loop", "a.jpg/b")])
    assert inside(tmp_path, [file.path for file in result.files]) == ["a.jpg"]
    assert [os.path.basename(failure.path) for failure in result.failures] == ["no.jpg", "loop", "b"]
    assert all(failure.reason.isprintable() for failure in result.failures)


def test_an_empty_name_is_not_the_current_folder(tmp_path, monkeypatch):
    put(tmp_path, "a.jpg")
    monkeypatch.chdir(tmp_path)
    result = find_images([""])
    assert result.files == []
    assert result.failures[0].reason == "no such file or directory"


def test_a_folder_that_cannot_be_read_is_a_failure_and_the_others_are_read(tmp_path, monkeypatch):
    put(tmp_path, "a.jpg", "locked/b.jpg", "z/c.jpg")
    locked = os.path.realpath(tmp_path / "locked")
    if is_root:  # who may read everything
        scandir = os.scandir

        def refuse(path):
            if path == locked:
                raise PermissionError(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr("imgcmp.files.os.scandir", refuse)
    else:
        os.chmod(locked, 0)
    try:
        result = find_images([str(tmp_path)])
    finally:
        os.chmod(locked, stat.S_IRWXU)
    assert inside(tmp_path, [file.path for file in result.files]) == ["a.jpg", "z/c.jpg"]
    assert [tuple(failure[:2]) for failure in result.failures] == [(locked, "permission denied")]


@pytest.mark.parametrize("marker", [CLUSTERS_MARKER, COPIES_MARKER])
def test_folders_that_imgcmp_made_are_read_only_if_named(tmp_path, marker):
    put(tmp_path, "a.jpg", "ours/b.jpg", "ours/sub/c.jpg", f"ours/{marker}")
    assert inside(tmp_path, found(tmp_path)) == ["a.jpg"]
    assert inside(tmp_path, found(tmp_path / "ours")) == ["ours/b.jpg", "ours/sub/c.jpg"]


def test_globs_that_the_shell_left_are_expanded(tmp_path, monkeypatch):
    put(tmp_path, "b.jpg", "a.jpg", "notes.txt", "sub/c.jpg", "sub/deep/d.jpg")
    assert inside(tmp_path, found(tmp_path / "*.jpg")) == ["a.jpg", "b.jpg"]
    assert inside(tmp_path, found(tmp_path / "s?b")) == ["sub/c.jpg", "sub/deep/d.jpg"]
    assert sorted(inside(tmp_path, found(tmp_path / "**" / "*.jpg"))) == [
        "a.jpg",
        "b.jpg",
        "sub/c.jpg",
        "sub/deep/d.jpg",
    ]
    monkeypatch.setenv("HOME", str(tmp_path))
    assert inside(tmp_path, found("~/sub/[c].jpg")) == ["sub/c.jpg"]
    missing = find_images([str(tmp_path / "*.png")])
    assert [failure.reason for failure in missing.failures] == ["no such file or directory"]


def test_a_file_that_vanishes_during_the_walk_does_not_end_it(tmp_path, monkeypatch):
    put(tmp_path, "a.jpg", "b", "c.jpg")
    sniffed = []

    def sniff(path):
        sniffed.append(path)
        Path(path).unlink()
        (tmp_path / "c.jpg").unlink()
        return True

    monkeypatch.setattr("imgcmp.files._sniff", sniff)
    result = find_images([str(tmp_path)])
    assert [os.path.basename(file.path) for file in result.files] == ["a.jpg"]
    assert sniffed
    assert {os.path.basename(failure.path) for failure in result.failures} <= {"b", "c.jpg"}
