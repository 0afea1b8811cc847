import os

import pytest

from imgcmp.errors import UnreadableImageError
from imgcmp.system import real_paths
from imgcmp.system.real_paths import is_behind_link, open_real


@pytest.fixture(params=["told by the system", "looked up"])
def folder(request, tmp_path, monkeypatch):
    """Make files in folders, and one elsewhere; by both ways to tell where an open file is."""
    if request.param == "looked up":
        monkeypatch.setattr(real_paths, "_is_told_to_be_at", lambda _handle, _path: False)
    for name in ("album/deep/a.jpg", "album/deep/b (deleted)", "elsewhere/deep/a.jpg", "elsewhere/a.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return os.path.realpath(tmp_path)


def read(path):
    with open(path, opener=open_real) as file:
        return file.read()


def test_a_file_that_is_where_it_was_is_opened(folder):
    for name in ("album/deep/a.jpg", "album/deep/b (deleted)"):
        assert read(f"{folder}/{name}") == name
        assert not is_behind_link(f"{folder}/{name}")


@pytest.mark.parametrize(
    ("name", "target", "what"),
    [
        ("album/deep/a.jpg", "../../elsewhere/a.jpg", "it"),
        ("album/deep/a.jpg", "b (deleted)", "it"),
        ("album/deep/a.jpg", "nowhere", "it"),
        ("album/deep", "../elsewhere/deep", "a folder above it"),
        ("album", "elsewhere", "a folder above it"),
    ],
)
def test_what_has_become_a_link_is_not_followed(folder, name, target, what):
    os.rename(f"{folder}/{name}", f"{folder}/{name}.before")
    os.symlink(target, f"{folder}/{name}")
    n_open = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    with pytest.raises(UnreadableImageError, match=f"^{what} has become a link since it was found$") as raised:
        read(f"{folder}/album/deep/a.jpg")
    assert raised.value.out_of_reach
    assert n_open is None or len(os.listdir("/proc/self/fd")) == n_open
    assert is_behind_link(f"{folder}/album/deep/a.jpg")


def test_folders_are_opened_likewise(folder):
    os.close(open_real(f"{folder}/album", os.O_RDONLY | os.O_DIRECTORY))
    os.rename(f"{folder}/album", f"{folder}/before")
    os.symlink("elsewhere", f"{folder}/album")
    for name, what in (("album", "it"), ("album/deep", "a folder above it")):
        with pytest.raises(UnreadableImageError, match=f"^{what} has become a link"):
            open_real(f"{folder}/{name}", os.O_RDONLY | os.O_DIRECTORY)


def test_a_file_that_is_gone_is_said_to_be(folder):
    with pytest.raises(FileNotFoundError):
        read(f"{folder}/album/no.jpg")
    with pytest.raises(NotADirectoryError):
        read(f"{folder}/album/deep/a.jpg/no.jpg")


def test_a_file_that_is_replaced_while_it_is_opened_is_read_or_refused(folder, monkeypatch):
    """The one that was opened was there; where the system doesn't say so, it can't be told from one behind a link."""
    path, os_open = f"{folder}/album/deep/a.jpg", os.open

    def open_and_replace(*arguments, **settings):
        handle = os_open(*arguments, **settings)
        os.replace(f"{folder}/elsewhere/a.jpg", path)
        return handle

    monkeypatch.setattr("imgcmp.system.real_paths.os.open", open_and_replace)
    try:
        assert read(path) == "album/deep/a.jpg"
    except UnreadableImageError as error:
        assert str(error) == "it was moved or replaced while it was opened"
