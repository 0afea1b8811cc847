import errno
import os
from contextlib import closing, contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcmp import InputError
from imgcmp.images.image_file import ImageFile
from imgcmp.images.resized_folder import CopyFolder, Originals, copy_name
from imgcmp.system.places import CLUSTERS_MARKER, COPIES_MARKER

SOURCE = ImageFile("/photos/a.heic", 1000, 55)

parts = st.sampled_from(["a", ".jpg", ".JPG", ".heic", ".cr2", ".png", ".", "/", "b"])
sources = st.lists(parts, min_size=1, max_size=6).map(lambda chosen: "/" + "".join(chosen))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "convert"


@pytest.fixture
def copies(folder):
    with closing(CopyFolder(str(folder))) as copies:
        yield copies


@contextmanager
def reopened(folder):
    """Open a folder of copies as the next run does."""
    with closing(CopyFolder(str(folder))) as copies:
        yield copies


def path_for(copies, source):
    return os.path.join(copies.folder, copy_name(source))


def make_copy(copies, source=SOURCE, fraction=0.5, contents=b"pixels"):
    path = path_for(copies, source.path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(contents)
    copies.record(source, fraction, len(contents))
    return path


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/a/b/c.jpg", "a/b/c.jpg"),
        ("/a/b/C.JPEG", "a/b/C.JPEG"),
        ("/a/c.png", "a/c.png"),
        ("/a/c.heic", "a/c.heic.jpg"),
        ("/a/c.heic.jpg", "a/c.heic.jpg.jpg"),
        ("/a/c.heic.JPG", "a/c.heic.JPG.jpg"),  # where case makes no difference it would be the copy of c.heic
        ("/a/c.CR2", "a/c.CR2.jpg"),
        ("/a/no suffix", "a/no suffix"),
        ("/a.dir/.hidden", "a.dir/.hidden"),
    ],
)
def test_the_tree_is_mirrored(source, name):
    assert copy_name(source) == name


@settings(max_examples=800)
@given(sources, sources)
def test_no_two_sources_have_the_same_copy(one, other):
    if one.lstrip("/") != other.lstrip("/"):
        assert copy_name(one) != copy_name(other)
        # Nor on a drive that takes names for one that differ in case only, unless the sources differ so.
        if one.lstrip("/").lower() != other.lstrip("/").lower():
            assert copy_name(one).lower() != copy_name(other).lower()


def test_a_copy_is_kept_as_long_as_nothing_changed(folder, copies):
    assert not copies.is_kept(SOURCE, 0.5)
    make_copy(copies)
    with reopened(folder) as later:
        for known in (copies, later):
            assert known.is_kept(SOURCE, 0.5)
            assert not known.is_kept(SOURCE, 0.4)
            assert not known.is_kept(SOURCE._replace(size=1001), 0.5)
            assert not known.is_kept(SOURCE._replace(mtime_ns=56), 0.5)
            assert not known.is_kept(SOURCE._replace(path="/photos/b.heic"), 0.5)


@pytest.mark.parametrize("contents", [b"", b"pixel", b"pixels and more", None])
def test_a_copy_that_is_not_whole_is_not_kept(copies, contents):
    path = make_copy(copies)
    os.unlink(path)
    if contents is not None:
        with open(path, "wb") as file:
            file.write(contents)
    assert not copies.is_kept(SOURCE, 0.5)


def test_the_last_record_of_a_copy_holds(folder, copies):
    make_copy(copies, fraction=0.5)
    make_copy(copies, SOURCE._replace(mtime_ns=99), fraction=0.25, contents=b"other")
    with reopened(folder) as later:
        assert later.is_kept(SOURCE._replace(mtime_ns=99), 0.25)
        assert not later.is_kept(SOURCE, 0.5)


@settings(max_examples=60)
@given(st.data())
def test_a_torn_last_line_is_as_if_it_were_not_there(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("torn")
    marker = folder / COPIES_MARKER
    other = ImageFile("/photos/b.png", 5, 6)
    with reopened(folder) as copies:
        make_copy(copies)
    with reopened(folder) as copies:
        before = marker.stat().st_size
        make_copy(copies, other)
    raw = marker.read_bytes()
    marker.write_bytes(raw[: data.draw(st.integers(before, len(raw) - 2))])
    with reopened(folder) as copies:
        assert copies.is_kept(SOURCE, 0.5)
        assert not copies.is_kept(other, 0.5)
        make_copy(copies, other)
    with reopened(folder) as copies:
        assert copies.is_kept(SOURCE, 0.5)
        assert copies.is_kept(other, 0.5)


def test_a_record_whose_header_was_torn_is_still_ours(folder):
    folder.mkdir()
    (folder / COPIES_MARKER).write_text("")
    (folder / "x.jpg").write_bytes(b"")
    with reopened(folder):
        assert (folder / COPIES_MARKER).read_text().startswith('{"format": "imgcmp-copies"')


def test_a_new_or_empty_folder_is_taken_over(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new/deep"):
        CopyFolder(str(tmp_path / name)).close()
        assert os.listdir(tmp_path / name) == [COPIES_MARKER]


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="was not made by imgcmp and is not empty"):
        CopyFolder(str(tmp_path))
    with pytest.raises(InputError, match=r"notes.txt is not a folder"):
        CopyFolder(str(tmp_path / "notes.txt"))
    assert os.listdir(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("source", ["/photos/a.jpg", "/photos/b.heic", os.fsdecode(b"/caf\xe9\n/\xff.png"), "/名/c"])
def test_the_original_of_a_copy_is_known(copies, source):
    path = make_copy(copies, SOURCE._replace(path=source))
    assert Originals().of(path) == source


def test_other_files_are_no_copies(folder, copies):
    make_copy(copies)
    assert Originals().of(str(folder / "photos" / "other.jpg")) == ""
    assert Originals().of(str(folder.parent / "photos" / "a.heic.jpg")) == ""
    assert Originals().of("/a.jpg") == ""


def test_copies_made_meanwhile_are_known_to_who_looks_anew(copies):
    path = path_for(copies, "/photos/a.jpg")
    assert Originals().of(path) == ""
    make_copy(copies, SOURCE._replace(path="/photos/a.jpg"))
    assert Originals().of(path) == "/photos/a.jpg"


def test_the_original_of_a_copy_of_a_copy_is_that_of_the_first(folder, tmp_path):
    first, second = CopyFolder(str(folder)), CopyFolder(str(tmp_path / "second"))
    source = ImageFile("/photos/a.jpg", 1, 2)
    copy = path_for(first, source.path)
    first.record(source, 0.5, 3)
    second.record(ImageFile(copy, 3, 4), 0.5, 2)
    first.close()
    second.close()
    assert Originals().of(path_for(second, copy)) == source.path


# The record is no file of somebody's, and no left-over.


def test_the_copy_of_a_picture_that_lies_directly_below_the_root_does_not_cost_the_record(folder):
    with reopened(folder) as copies:
        make_copy(copies, SOURCE._replace(path="/a.heic"))
        (folder / CLUSTERS_MARKER).touch()
        copies.remove_leftovers([SOURCE._replace(path="/a.heic"), SOURCE])
    assert sorted(os.listdir(folder)) == [CLUSTERS_MARKER, COPIES_MARKER, "a.heic.jpg"]
    with reopened(folder) as copies:
        assert copies.is_kept(SOURCE._replace(path="/a.heic"), 0.5)


def test_left_overs_behind_a_link_are_not_ours(folder, tmp_path):
    (tmp_path / "mine").mkdir()
    left = tmp_path / "mine" / ".imgcmp-01234567-89abcdef.jpg"
    left.touch()
    with reopened(folder) as copies:
        (folder / "photos").symlink_to(tmp_path / "mine")
        copies.remove_leftovers([SOURCE])
        assert left.exists()
        (folder / "photos").unlink()
        (tmp_path / "mine").rename(folder / "photos")
        copies.remove_leftovers([SOURCE])
        assert os.listdir(folder / "photos") == []


@pytest.mark.parametrize("text", ["mine", ""])
def test_a_record_that_is_a_link_is_refused(folder, tmp_path, text):
    (tmp_path / "notes.txt").write_text(text)
    folder.mkdir()
    (folder / COPIES_MARKER).symlink_to(tmp_path / "notes.txt")
    with pytest.raises(
        InputError, match=rf"{COPIES_MARKER} is a link, and nothing is written through a link: remove it"
    ):
        CopyFolder(str(folder))
    assert (tmp_path / "notes.txt").read_text() == text


@pytest.mark.parametrize("text", ["my notes", '{"format": "imgcmp-copies", "version": 2}', '{"copy": "a.jpg"}', "\xff"])
def test_a_record_that_says_something_else_is_refused(folder, tmp_path, text):
    (tmp_path / "notes.txt").write_text(text)
    folder.mkdir()
    os.link(tmp_path / "notes.txt", folder / COPIES_MARKER)
    with pytest.raises(InputError, match=rf"{COPIES_MARKER} is not a record of copies: move it elsewhere, or name"):
        CopyFolder(str(folder))
    assert (tmp_path / "notes.txt").read_text() == text


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_record_that_is_no_file_is_refused_at_once(folder, make):
    folder.mkdir()
    make(folder / COPIES_MARKER)
    with pytest.raises(InputError, match=rf"{COPIES_MARKER} is not a regular file, and in the way: move it elsewhere"):
        CopyFolder(str(folder))


@pytest.mark.parametrize("cut", [0, 1, 20])
def test_a_torn_header_is_ours(folder, cut):
    folder.mkdir()
    (folder / COPIES_MARKER).write_text('{"format": "imgcmp-copies", "version": 1}'[:cut] + "\n")
    with reopened(folder) as copies:
        make_copy(copies)
    with reopened(folder) as copies:
        assert copies.is_kept(SOURCE, 0.5)


def test_a_folder_of_copies_that_is_reached_through_a_link_is_used_as_before(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with reopened(folder) as copies:
        make_copy(copies)
        assert copies.folder == os.path.realpath(tmp_path / "elsewhere")
    with reopened(tmp_path / "elsewhere") as copies:
        assert copies.is_kept(SOURCE, 0.5)


def test_a_record_on_a_full_disk_is_named(copies, monkeypatch):
    class Full:
        def write(self, _text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert copies.records == {}
    monkeypatch.setattr(copies, "_log", Full())
    with pytest.raises(OSError, match="No space left") as caught:
        copies.record(SOURCE, 0.5, 3)
    assert caught.value.filename == copies.marker


def test_what_another_run_recorded_before_the_lock_was_had_is_known(folder, copies):
    with reopened(folder) as later:
        make_copy(copies)
        assert later.is_kept(SOURCE, 0.5)
