import os
import shutil
import socket
import stat
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from PIL import Image

from imgcmp.errors import InputError
from imgcmp.images.file_type import IMAGE
from imgcmp.images.find_images import find_images
from imgcmp.images.globs import expanded
from imgcmp.images.missing_files import gone
from imgcmp.images.open_file import regular_file
from imgcmp.images.resized_folder import Originals
from imgcmp.system.atomic import TEMPORARY_PREFIX
from imgcmp.system.places import CLUSTERS_MARKER, COPIES_MARKER
from imgcmp.system.real_paths import open_real

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
def test_any_name_is_found(tmp_path, monkeypatch):
    names = [
        "a\nb.jpg",
        " .jpg",
        "-x.jpg",
        "--",
        os.fsdecode(b"caf\xe9.jpg"),
        os.fsdecode(b"\x01\x7f\xff.jpg"),
        "名🙂.jpg",
    ]
    names += ["[1].jpg", "*.jpg", "\\.jpg", "~.jpg", "$HOME.jpg", "a\r.jpg", "x" * 251 + ".jpg", "é" * 125 + ".jpg"]
    names += ["-folder\n/-y.jpg", os.fsdecode(b"\xff/\xfe.jpg")]
    put(tmp_path, *names, contents=b"\xff\xd8\xff")
    assert sorted(inside(tmp_path, found(tmp_path))) == sorted(names)
    monkeypatch.chdir(tmp_path)
    for name in names:
        assert inside(tmp_path, found(name)) == [name]


def test_a_name_that_no_file_can_have_is_a_failure(tmp_path):
    for name in ("nul\0.jpg", "x" * 256):
        result = find_images([str(tmp_path / name)])
        assert result.files == []
        assert len(result.failures) == 1


@pytest.fixture
def deep_tree(tmp_path):
    """Return a function that makes folders within folders, a file in each; they are removed afterwards."""
    tops = []

    def make(name, depth):
        tops.append(tmp_path / name)
        here = os.open(tmp_path, os.O_RDONLY)
        for _ in range(depth):
            os.mkdir(name, dir_fd=here)
            below = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
            os.close(os.open("a.jpg", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)
        return os.path.realpath(tops[-1])

    yield make
    for top in tops:
        subprocess.run(["rm", "-rf", top], check=True)


def test_a_tree_deeper_than_functions_may_call_themselves_is_read(deep_tree):
    top = deep_tree("d", 400)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(350)
    try:
        files = found(top)
        originals = [Originals().of(path) for path in files[-1:]]
    finally:
        sys.setrecursionlimit(limit)
    assert len(files) == 400
    assert originals == [""]


def test_what_lies_deeper_than_a_path_may_be_long_is_a_failure(deep_tree):
    result = find_images([deep_tree("x" * 255, 20)])
    assert 0 < len(result.files) < 20
    assert len(result.failures) >= 1
    assert {failure.reason for failure in result.failures} == {
        "its name or its path is longer than the system can open"
    }
    assert gone([f"{failure.path}/a.jpg" for failure in result.failures]) == set()


def test_what_is_no_image_is_passed_over_in_a_folder_and_tried_when_named(tmp_path):
    put(tmp_path, "notes.txt", "film.mp4", "side.xmp", "plain", "empty", contents=b"words")
    put(tmp_path, "._a.jpg", TEMPORARY_PREFIX + "b.jpg", TEMPORARY_PREFIX + "links-x/c.jpg")
    assert found(tmp_path) == []
    assert inside(tmp_path, found(tmp_path / "notes.txt")) == ["notes.txt"]


@pytest.mark.parametrize(
    ("form", "options"),
    [
        *[
            (form, {})
            for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF", "JPEG2000", "BMP", "DDS", "ICNS", "SGI")
        ],
        ("TIFF", {"big_tiff": True}),
    ],
)
def test_a_file_without_a_suffix_is_known_by_its_first_bytes(tmp_path, form, options):
    try:
        Image.new("RGB", (32, 32)).save(tmp_path / "picture", format=form, **options)
    except (KeyError, OSError):
        pytest.skip(f"this Pillow writes no {form}")
    shutil.copy(tmp_path / "picture", tmp_path / "picture.bak")
    assert inside(tmp_path, found(tmp_path)) == ["picture", "picture.bak"]


@pytest.mark.parametrize(
    "start",
    [
        b"FUJIFILMCCD-RAW 0201FF383501",
        b"IIRO\x08\0\0\0",
        b"IIU\0\x18\0\0\0",
        b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
        b"\0\0\0\x18ftypisom\0\0\0\0isomheic",
    ],
)
def test_what_a_reader_would_open_is_found_under_any_name(tmp_path, start):
    """Camera raw, and HEIC that says so late: once only their suffixes were known here, and the start to the reader."""
    put(tmp_path, "recovered", "image.bin", contents=start + bytes(100))
    assert inside(tmp_path, found(tmp_path)) == ["image.bin", "recovered"]


def test_only_regular_files_are_opened(tmp_path, monkeypatch):
    put(tmp_path, "a.jpg", "plain")
    for name in ("pipe", "pipe.jpg"):
        os.mkfifo(tmp_path / name)
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
        first.bind("socket")
        second.bind("socket.jpg")
        opened = []
        monkeypatch.setattr("imgcmp.images.find_images._sniff", lambda path, _: opened.append(os.path.basename(path)))
        assert inside(tmp_path, found(tmp_path)) == ["a.jpg"]
    assert opened == ["plain"]
    result = find_images(["pipe.jpg", "pipe", "socket.jpg", "/dev/null"])
    assert result.files == []
    assert [failure.reason for failure in result.failures] == ["not a regular file"] * 4


def test_a_file_that_has_become_a_pipe_since_it_was_listed_keeps_no_one_waiting(tmp_path, monkeypatch):
    put(tmp_path, "a", "b.jpg", contents=b"\xff\xd8\xff")
    scandir = os.scandir

    def list_then_swap(folder):
        with scandir(folder) as entries:
            listed = list(entries)
        for name in ("a", "b.jpg"):
            os.unlink(tmp_path / name)
            os.mkfifo(tmp_path / name)
        return nullcontext(listed)

    monkeypatch.setattr("imgcmp.images.find_images.os.scandir", list_then_swap)
    assert found(tmp_path) == []


def test_the_opener_opens_regular_files_alone(tmp_path):
    put(tmp_path, "a", contents=b"12345")
    os.mkfifo(tmp_path / "pipe")
    with open(tmp_path / "a", "rb", opener=regular_file) as file:
        assert file.read() == b"12345"
    for path in (tmp_path / "pipe", tmp_path, "/dev/null"):
        with pytest.raises(OSError, match="not a regular file|Is a directory"):
            os.close(regular_file(str(path), os.O_RDONLY))


def test_a_named_path_that_is_not_there_is_a_failure(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    put(tmp_path, "a.jpg")
    result = find_images([str(tmp_path / name) for name in ("no.jpg", "a.jpg", "loop", "a.jpg/b")])
    assert inside(tmp_path, [file.path for file in result.files]) == ["a.jpg"]
    assert [os.path.basename(failure.path) for failure in result.failures] == ["no.jpg", "loop", "b"]
    assert all(failure.reason.isprintable() for failure in result.failures)


def test_a_file_that_is_not_there_has_the_path_that_it_would_have(tmp_path):
    put(tmp_path, "real/a.jpg")
    (tmp_path / "link").symlink_to("real")
    (failure,) = find_images([str(tmp_path / "link/b.jpg")]).failures
    assert failure.path == os.path.realpath(tmp_path / "real/b.jpg")


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

        def refuse(path, flags):
            if path == locked:
                raise PermissionError(13, "Permission denied", path)
            return open_real(path, flags)

        monkeypatch.setattr("imgcmp.images.find_images.open_real", refuse)
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


def test_folders_that_imgcmp_made_are_known_even_if_their_marks_are_excluded(tmp_path):
    put(tmp_path, "a.jpg", "ours/b.jpg", f"ours/{COPIES_MARKER}")
    assert inside(tmp_path, [file.path for file in find_images([str(tmp_path)], exclude=[".*"]).files]) == ["a.jpg"]


def test_suffixes_count_however_they_are_written(tmp_path):
    names = ["a.jpg", "b.JPG", "c.Jpg", "d.jPeG", "e.Heic", "f.HEIC", "g.TIFF", ".h.png"]
    put(tmp_path, *names, ".jpg", "i.txt", "j.jpg.bak", "k.JPGX", contents=b"words")
    assert sorted(inside(tmp_path, found(tmp_path))) == sorted(names)


def test_a_folder_that_holds_our_own_is_read_without_them(tmp_path):
    home = tmp_path / ".imgcmp"
    put(tmp_path, "a.jpg")
    put(home, "fingerprints.hdf", ".fingerprints.hdf.lock", ".imgcmp-1234.hdf", contents=b"words")
    put(home / "convert", COPIES_MARKER, "home/user/a.jpg", "home/user/.imgcmp-1234.jpg")
    put(home / "cluster", CLUSTERS_MARKER)
    links = home / "cluster" / "cluster_with_2" / "cluster_0"
    links.mkdir(parents=True)
    (links / "a.jpg").symlink_to(tmp_path / "a.jpg")
    assert inside(tmp_path, found(tmp_path)) == ["a.jpg"]
    assert found(home) == []
    assert inside(home, found(home / "convert")) == ["convert/home/user/a.jpg"]
    assert found(home / "cluster") == [], "links inside a folder are not followed, in ours neither"
    assert inside(tmp_path, found(links / "a.jpg")) == ["a.jpg"]


TREE = ("a.jpg", "b.png", "sub/a.jpg", "sub/cache/c.jpg", "cache/d.jpg", "deep/sub/a.jpg", "deep/sub/e.jpg")


@pytest.mark.parametrize(
    ("globs", "left_out"),
    [
        ([], set()),
        (["*.gif"], set()),
        (["*.png"], {"b.png"}),
        (["A.JPG"], set()),
        (["a.jpg"], {"a.jpg", "sub/a.jpg", "deep/sub/a.jpg"}),
        (["[bc].*", "?.tif"], {"b.png", "sub/cache/c.jpg"}),
        (["cache"], {"sub/cache/c.jpg", "cache/d.jpg"}),
        (["cache/"], {"sub/cache/c.jpg", "cache/d.jpg"}),
        (["./cache"], {"cache/d.jpg"}),
        (["sub/a.jpg"], {"sub/a.jpg"}),
        (["*/a.jpg"], {"sub/a.jpg", "deep/sub/a.jpg"}),
        (["deep/*"], {"deep/sub/a.jpg", "deep/sub/e.jpg"}),
        (["*/sub"], {"deep/sub/a.jpg", "deep/sub/e.jpg"}),
        (["cache", "deep/sub"], {"sub/cache/c.jpg", "cache/d.jpg", "deep/sub/a.jpg", "deep/sub/e.jpg"}),
        (["*"], set(TREE)),
    ],
    ids=lambda names: ",".join(sorted(names)),
)
def test_what_is_excluded_is_left_out(tmp_path, globs, left_out):
    put(tmp_path, *TREE)
    result = find_images([f"{tmp_path}/."], exclude=globs)
    assert not result.failures
    assert set(inside(tmp_path, [file.path for file in result.files])) == set(TREE) - left_out


def test_an_excluded_folder_is_not_entered(tmp_path, monkeypatch):
    put(tmp_path, "a.jpg", "cache/b.jpg")
    entered = []
    monkeypatch.setattr(
        "imgcmp.images.find_images.open_real", lambda folder, flags: entered.append(folder) or open_real(folder, flags)
    )
    find_images([str(tmp_path)], exclude=["cache"])
    assert entered == [os.path.realpath(tmp_path)]


def test_what_is_named_is_excluded_by_the_name_that_was_given(tmp_path, monkeypatch):
    put(tmp_path, "a.jpg", "cache/b.jpg", ".hidden/c.jpg")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    monkeypatch.chdir(tmp_path)

    def names(paths, glob):
        result = find_images(paths, exclude=[glob])
        assert not result.failures
        return inside(tmp_path, [file.path for file in result.files])

    assert names(["a.jpg", "cache/", "link.jpg"], "[ac]*") == ["a.jpg"]
    assert names(["cache/../a.jpg"], "link.jpg") == ["a.jpg"]
    assert names(["."], ".*") == ["a.jpg", "cache/b.jpg"]
    assert names([".hidden/../cache/.."], tmp_path.name) == ["a.jpg", ".hidden/c.jpg", "cache/b.jpg"]


@pytest.mark.skipif(not NAMES_MAY_BE_ANY_BYTES, reason="names must be UTF-8")
def test_any_name_can_be_excluded(tmp_path):
    put(tmp_path, os.fsdecode(b"\xff\n.jpg"), "b.jpg")
    for glob in (os.fsdecode(b"\xff*"), "*\n*", "?\n.jpg"):
        assert [os.path.basename(file.path) for file in find_images([str(tmp_path)], exclude=[glob]).files] == ["b.jpg"]


@pytest.mark.parametrize("glob", ["", "/", "/home/user/cache"])
def test_a_glob_that_can_match_nothing_is_an_error(tmp_path, glob):
    with pytest.raises(InputError, match="^exclude takes globs"):
        find_images([str(tmp_path)], exclude=[glob])


def test_globs_that_the_shell_left_are_expanded(tmp_path, monkeypatch):
    put(tmp_path, "b.jpg", "a.jpg", "notes.txt", "sub/c.jpg", "sub/deep/d.jpg", ".hidden/e.jpg", "[1].jpg", "1.jpg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert list(expanded(["?.jpg"])) == ["1.jpg", "a.jpg", "b.jpg"]
    assert list(expanded(["b.jpg", "s?b", "a.jpg"])) == ["b.jpg", "sub", "a.jpg"]
    assert list(expanded(["**/[cd].jpg"])) == ["sub/c.jpg", "sub/deep/d.jpg"]
    assert list(expanded([f"{tmp_path}/**/d.jpg"])) == [f"{tmp_path}/sub/deep/d.jpg"]
    assert list(expanded(["s*/**/*.jpg"])) == ["sub/c.jpg", "sub/deep/d.jpg"]
    assert list(expanded(["sub/**"])) == ["sub/", "sub/deep/"]
    assert list(expanded(["**/deep/**/d.jpg"])) == ["sub/deep/d.jpg"]
    assert list(expanded(["~/sub/[c].jpg"])) == [f"{tmp_path}/sub/c.jpg"]
    assert list(expanded(["[1].jpg"])) == ["[1].jpg"], "there is a file of this name"
    assert list(expanded(["*.png", ""])) == ["*.png", ""], "they match nothing"


def test_links_that_lead_back_do_not_multiply_what_a_glob_matches(tmp_path):
    put(tmp_path, "a/b.jpg")
    for name in ("one", "two", "three"):
        (tmp_path / "a" / name).symlink_to("..")
    assert list(expanded([f"{tmp_path}/**/*.jpg"])) == [f"{tmp_path}/a/b.jpg"]


def test_a_file_that_vanishes_during_the_walk_does_not_end_it(tmp_path, monkeypatch):
    put(tmp_path, "a.jpg", "b", "c")
    sniffed = []

    def sniff(path, _folder):
        sniffed.append(path)
        for name in ("b", "c"):
            (tmp_path / name).unlink(missing_ok=True)
        return IMAGE

    monkeypatch.setattr("imgcmp.images.find_images._sniff", sniff)
    result = find_images([str(tmp_path)])
    assert [os.path.basename(file.path) for file in result.files] == ["a.jpg"]
    assert sniffed
    assert {os.path.basename(failure.path) for failure in result.failures} == {"b", "c"}


# What is gone


def paths_in(folder, *names):
    return [os.path.join(os.path.realpath(folder), name) for name in names]


def test_a_file_missing_from_its_folder_is_gone(tmp_path):
    names = ["a.jpg", "sub/b.jpg", "sub/c.jpg", "-x\n.jpg"]
    put(tmp_path, *names)
    assert gone(paths_in(tmp_path, *names)) == set()
    for name in ("a.jpg", "sub/b.jpg", "-x\n.jpg"):
        os.unlink(tmp_path / name)
    assert gone(paths_in(tmp_path, *names)) == set(paths_in(tmp_path, "a.jpg", "sub/b.jpg", "-x\n.jpg"))
    assert gone([]) == set()


def test_a_folder_that_bears_the_name_of_a_file_keeps_it(tmp_path):
    (tmp_path / "folder.jpg").mkdir()
    assert gone(paths_in(tmp_path, "folder.jpg")) == set()


def test_a_file_that_has_become_a_link_is_gone(tmp_path):
    """Paths are real paths: what the link leads to is another file, and perhaps nobody named it."""
    names = ["link.jpg", "dangling.jpg", "moved/a.jpg", "moved/b.jpg", "gone/c.jpg", "there.jpg"]
    put(tmp_path, "there.jpg", "elsewhere/a.jpg")
    (tmp_path / "link.jpg").symlink_to("there.jpg")
    (tmp_path / "dangling.jpg").symlink_to("nowhere")
    (tmp_path / "moved").symlink_to("elsewhere")
    (tmp_path / "gone").symlink_to("an unplugged drive")
    assert gone(paths_in(tmp_path, *names)) == set(paths_in(tmp_path, *names[:4]))


def test_files_of_a_folder_that_is_not_there_are_kept(tmp_path):
    put(tmp_path, "there.jpg", "file")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    out_of_reach = ("drive/a.jpg", "drive/album/b.jpg", "file/c.jpg", "loop/d.jpg", "dangling/e.jpg")
    assert gone(paths_in(tmp_path, *out_of_reach)) == set()


def test_an_empty_folder_may_be_the_mount_point_of_a_drive_that_is_not_there(tmp_path):
    put(tmp_path, "there.jpg")
    (tmp_path / "drive").mkdir()
    names = ("drive/a.jpg", "drive/album/b.jpg")
    assert gone(paths_in(tmp_path, *names)) == set()
    assert gone(paths_in(tmp_path, *names), below=paths_in(tmp_path, "drive")) == set()
    put(tmp_path, "drive/c.jpg")
    assert gone(paths_in(tmp_path, *names)) == set(paths_in(tmp_path, "drive/a.jpg"))


def test_files_of_a_folder_that_cannot_be_read_are_kept(tmp_path, monkeypatch):
    put(tmp_path, "there.jpg")

    def refuse(folder):
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("imgcmp.images.missing_files.os.scandir", refuse)
    assert gone(paths_in(tmp_path, "a.jpg")) == set()


def test_a_folder_missing_below_one_that_was_named_is_gone(tmp_path):
    put(tmp_path, "photos/2020/a.jpg", "photos2/b.jpg")
    names = ("photos/2019/c.jpg", "photos/2018/winter/d.jpg", "photos2/2017/e.jpg", "drive/f.jpg")
    below = paths_in(tmp_path, "photos")
    assert gone(paths_in(tmp_path, *names), below=below) == set(paths_in(tmp_path, *names[:2]))
    assert gone(paths_in(tmp_path, *names), below=["/"]) == set(paths_in(tmp_path, *names))


def test_a_folder_missing_where_drives_come_and_go_is_not_gone(tmp_path, monkeypatch):
    """The folder that was named holds nothing but the mount points of other drives."""
    put(tmp_path, "media/second drive/a.jpg")
    elsewhere = SimpleNamespace(st_dev=os.stat(tmp_path).st_dev + 1)
    other_drive = SimpleNamespace(stat=lambda **_settings: elsewhere)
    scandir = os.scandir

    def list_media(folder):
        return nullcontext([other_drive]) if os.path.isdir(folder) else scandir(folder)

    monkeypatch.setattr("imgcmp.images.missing_files.os.scandir", list_media)
    assert gone(paths_in(tmp_path, "media/first drive/b.jpg"), below=paths_in(tmp_path, "media")) == set()


def test_a_file_known_by_another_spelling_of_its_name_is_not_gone(tmp_path, monkeypatch):
    put(tmp_path, "A.JPG")
    listed = SimpleNamespace(name="a.jpg", is_symlink=lambda: False)
    # As if case didn't matter:
    monkeypatch.setattr("imgcmp.images.missing_files.os.scandir", lambda _folder: nullcontext([listed]))
    assert gone(paths_in(tmp_path, "A.JPG")) == set()
    assert gone(paths_in(tmp_path, "b.jpg")) == set(paths_in(tmp_path, "b.jpg"))


def test_every_folder_is_listed_once(tmp_path, monkeypatch):
    names = [f"{folder}/{k}.jpg" for k in range(50) for folder in "ab"]
    put(tmp_path, *names)
    listed, looked_at = [], []
    scandir, lstat = os.scandir, os.lstat
    folders, paths = paths_in(tmp_path, "a", "b"), paths_in(tmp_path, *names)
    monkeypatch.setattr("imgcmp.images.missing_files.os.scandir", lambda path: listed.append(path) or scandir(path))
    monkeypatch.setattr("imgcmp.images.missing_files.os.lstat", lambda path: looked_at.append(path) or lstat(path))
    assert gone(paths) == set()
    assert listed == folders
    assert not set(looked_at) & set(paths), "no file that is there is looked at by itself"


def test_an_empty_mount_point_beside_it_does_not_make_a_missing_folder_gone(tmp_path):
    """Of drives that come and go below a folder: one has its mount point left, another not even that."""
    (tmp_path / "empty mount point").mkdir()
    path = str(tmp_path / "unplugged" / "a.jpg")
    assert gone([path], below=[str(tmp_path)]) == set()
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "b.jpg").touch()
    assert gone([path], below=[str(tmp_path)]) == {path}
