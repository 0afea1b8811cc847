import os

import pytest

from imgcmp.cli.main import main
from imgcmp.errors import InputError
from imgcmp.system import places


def test_home_is_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for value, folder in {
        "": tmp_path / ".imgcmp",
        "~/x y": tmp_path / "x y",
        "~": tmp_path,
        "/a/../b": "/b",
        "x/~": os.path.abspath("x/~"),
        "./~": os.path.abspath("~"),
    }.items():
        monkeypatch.setenv("IMGCMP_HOME", value)
        assert places.home() == str(folder)
        assert places.database_file() == os.path.join(folder, "fingerprints.hdf")


def test_home_may_be_another_users(monkeypatch):
    pwd = pytest.importorskip("pwd")
    user = pwd.getpwuid(os.getuid())
    monkeypatch.setenv("IMGCMP_HOME", f"~{user.pw_name}/x")
    assert places.home() == os.path.abspath(os.path.join(user.pw_dir, "x"))


def test_no_folder_is_called_like_a_user_that_there_is_not(monkeypatch, tmp_path, capsys):
    """Once ~ was taken for the name of a folder, made where the command ran."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMGCMP_HOME", "~nobody-of-this-name/x")
    with pytest.raises(InputError, match="^~nobody-of-this-name/x cannot be found: no home folder is known for it"):
        places.home()
    assert main(["info"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_who_has_no_home_is_told_what_to_set(monkeypatch):
    monkeypatch.delenv("IMGCMP_HOME", raising=False)
    monkeypatch.setattr("imgcmp.system.places.os.path.expanduser", lambda name: name)  # as in a container without users
    with pytest.raises(InputError, match="^~/.imgcmp cannot be found.*; set IMGCMP_HOME to a folder$"):
        places.home()
