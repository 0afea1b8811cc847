"""Files of a user's stay the user's when root writes; the tests of that need root, and stand-ins for it do the rest."""

import os
import stat

import pytest

from imgcmp.images.resized_folder import CopyFolder
from imgcmp.system import ownership
from imgcmp.system.atomic import replacing, replacing_in
from imgcmp.system.lock import locked
from imgcmp.system.own_tree import opened_tree
from imgcmp.system.ownership import make_folders

USER, GROUP = 12345, 23456
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def owner(path):
    status = os.stat(path)
    return status.st_uid, status.st_gid


def replace(path):
    with replacing(str(path)) as temporary, open(temporary, "w") as file:
        file.write("new")


def replace_in_folder(path):
    folder = os.open(path.parent, os.O_RDONLY)
    with replacing_in(folder, str(path)) as file:
        file.write(b"new")
    os.close(folder)


@pytest.fixture
def home(tmp_path):
    """Return a folder of a user's."""
    folder = tmp_path / "home"
    folder.mkdir()
    os.chown(folder, USER, GROUP)
    return folder


@AS_ROOT
@pytest.mark.parametrize("write", [replace, replace_in_folder])
def test_a_file_that_root_replaces_keeps_its_user_group_and_mode(tmp_path, write):
    path = tmp_path / "database.hdf"
    path.write_text("old")
    os.chown(path, USER, GROUP)
    path.chmod(0o640)
    write(path)
    assert path.read_text() == "new"
    assert owner(path) == (USER, GROUP)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@AS_ROOT
@pytest.mark.parametrize("write", [replace, replace_in_folder])
def test_a_file_of_roots_stays_roots_in_a_folder_of_a_users(home, write):
    (home / "a").write_text("old")
    write(home / "a")
    assert owner(home / "a") == (0, 0)


@AS_ROOT
def test_what_root_makes_in_a_folder_of_a_users_is_the_users(home):
    replace(home / "a.hdf")
    replace_in_folder(home / "b.jpg")
    with locked(str(home / "a.hdf")):
        pass
    make_folders(str(home / "deep" / "er"))
    copies = CopyFolder(str(home / "copies"))
    with copies.tree.folder_of("photos/2026/1.jpg", make=True):
        pass
    with locked(copies.marker):
        copies.close()
    found = [os.path.join(folder, name) for folder, names, files in os.walk(home) for name in names + files]
    assert len(found) == 10
    assert {path: owner(path) for path in found} == dict.fromkeys(found, (USER, GROUP))


@AS_ROOT
def test_what_root_makes_where_anyone_may_write_is_roots(home):
    home.chmod(0o1777)
    replace(home / "a.hdf")
    assert owner(home / "a.hdf") == (0, 0)


@AS_ROOT
def test_a_record_and_a_lock_that_are_there_stay_the_users(home):
    for _ in range(2):
        copies = CopyFolder(str(home))
        with locked(copies.marker):
            copies.close()
        for name in os.listdir(home):
            os.chown(home / name, USER + 1, GROUP)
    CopyFolder(str(home)).close()
    assert {owner(home / name) for name in os.listdir(home)} == {(USER + 1, GROUP)}


def test_who_may_not_give_files_away_writes_all_the_same(tmp_path, monkeypatch):
    asked = []

    def refuse(_handle, user, group):
        asked.append((user, group))
        raise PermissionError

    path = tmp_path / "a"
    path.write_text("old")
    mine = os.stat(path)
    as_before = ownership.as_before

    def of_another(handle, before):
        status = list(before)
        status[stat.ST_UID], status[stat.ST_GID] = USER, GROUP
        as_before(handle, os.stat_result(status))

    monkeypatch.setattr("imgcmp.system.atomic.as_before", of_another)
    monkeypatch.setattr(os, "fchown", refuse)
    replace(path)
    assert asked == [(USER, GROUP), (-1, GROUP)]  # the group at least
    assert path.read_text() == "new"
    assert owner(path) == (mine.st_uid, mine.st_gid)


def test_who_is_not_root_gives_nothing_away(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "fchown", lambda *_: pytest.fail("given away"))
    replace(tmp_path / "new")
    make_folders(str(tmp_path / "a" / "b"))
    with opened_tree(str(tmp_path)) as tree, tree.folder_of("c/d/1.jpg", make=True):
        pass


def test_folders_are_made_once_and_a_file_in_the_way_is_an_error(tmp_path):
    for _ in range(2):
        make_folders(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        make_folders(str(tmp_path / "file" / "b"))
