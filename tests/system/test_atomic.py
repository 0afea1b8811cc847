import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from imgcmp.system import atomic
from imgcmp.system.atomic import TEMPORARY_PREFIX, remove_leftovers, replacing


@pytest.fixture(params=[True, False], ids=["durable", "fast"])
def durable(request):
    return request.param


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    return path


def test_success_replaces_the_file_and_nothing_else_is_left(target, durable):
    with replacing(str(target), durable=durable) as temporary:
        assert os.path.dirname(temporary) == str(target.parent)
        assert os.path.basename(temporary).startswith(TEMPORARY_PREFIX)
        write(temporary, "new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert os.listdir(target.parent) == ["file.txt"]


def test_a_new_file_is_made(tmp_path, monkeypatch, durable):
    monkeypatch.chdir(tmp_path)
    with replacing("new.txt", durable=durable) as temporary:
        write(temporary, "new")
        assert not os.path.exists("new.txt")
    assert os.listdir() == ["new.txt"]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_the_old_file_and_no_other(target, error, durable):
    with pytest.raises(error, match="halfway"), replacing(str(target), durable=durable) as temporary:
        write(temporary, "half")
        raise error("halfway")
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == ["file.txt"]


def test_a_temporary_file_that_vanished_is_an_error_and_the_old_file_stays(target, durable):
    with pytest.raises(FileNotFoundError), replacing(str(target), durable=durable) as temporary:
        os.unlink(temporary)
    assert target.read_text() == "old"


def test_a_rename_that_fails_leaves_no_other_file(tmp_path, durable):
    (tmp_path / "folder" / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"), replacing(str(tmp_path / "folder"), durable=durable) as temporary:
        write(temporary, "new")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_missing_folder_is_an_error(tmp_path, durable):
    with pytest.raises(FileNotFoundError), replacing(str(tmp_path / "no" / "file"), durable=durable):
        pytest.fail("there is no such folder")


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_permissions_of_a_new_file_follow_the_umask(target, umask, durable):
    target.unlink()
    before = os.umask(umask)
    try:
        with replacing(str(target), durable=durable) as temporary:
            write(temporary, "new")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("name", ["no suffix", "a." + "x" * 240, os.fsdecode(b"caf\xe9.\xe9")])
def test_any_name_will_do(tmp_path, name, durable):
    path = os.path.join(tmp_path, name)
    try:
        write(path, "old")
    except OSError:
        pytest.skip("the file system takes no such name")
    with replacing(path, durable=durable) as temporary:
        write(temporary, "new")
    with open(path) as file:
        assert file.read() == "new"


def test_the_suffix_is_kept_for_those_who_go_by_it(tmp_path, durable):
    with replacing(str(tmp_path / "a.jpg"), durable=durable) as temporary:
        assert temporary.endswith(".jpg")
        write(temporary, "")


def test_readers_see_the_old_file_or_the_new_one_whole(target, durable):
    target.write_text("0" * 5000)
    seen = set()
    done = threading.Event()

    def read():
        while not done.is_set():
            seen.add(target.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 10):
        with replacing(str(target), durable=durable) as temporary:
            write(temporary, str(number) * 5000)
    done.set()
    reader.join()
    assert seen <= {str(number) * 5000 for number in range(10)}


def test_a_folder_that_vanishes_meanwhile_is_the_error_that_counts(tmp_path, durable):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(FileNotFoundError, match="folder"), replacing(str(folder / "a"), durable=durable) as temporary:
        write(temporary, "new")
        shutil.rmtree(folder)


# Leftovers

WRITE = """
import sys
from imgcmp.system.atomic import replacing
with replacing(sys.argv[1]) as temporary:
    print(temporary, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(target):
    """Start a process that is writing the file until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, target], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        process.temporary = process.stdout.readline().rstrip("\n")
        yield process


def test_what_a_dead_process_left_is_removed(target, writer):
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert os.path.exists(writer.temporary)
    remove_leftovers(str(target))
    assert os.listdir(target.parent) == ["file.txt"]


def test_what_a_living_process_writes_is_left_alone(target, writer):
    remove_leftovers(str(target))
    assert os.path.exists(writer.temporary)
    with replacing(str(target)) as temporary:
        remove_leftovers(str(target))
        write(temporary, "new")
    assert target.read_text() == "new"


def test_the_leftovers_of_other_files_are_left_alone(target, writer):
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    remove_leftovers(str(target.parent / "other.txt"))
    remove_leftovers(str(target.parent / "no such folder" / "file.txt"))
    assert os.path.exists(writer.temporary)


def test_a_file_that_is_replaced_keeps_its_permissions(target):
    target.write_bytes(b"private")
    target.chmod(0o600)
    with replacing(str(target)) as temporary:
        Path(temporary).write_bytes(b"still private")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_synced_is_no_reason_to_fail(target, monkeypatch):
    sync = atomic._sync

    def refuse_folders(path):
        if os.path.isdir(path):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(path)

    monkeypatch.setattr(atomic, "_sync", refuse_folders)
    with replacing(str(target)) as temporary:
        Path(temporary).write_bytes(b"new")
    assert target.read_bytes() == b"new"
