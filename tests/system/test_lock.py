import errno
import fcntl
import os
import socket
import subprocess
import sys

import pytest

from imgcmp import InputError
from imgcmp.system.lock import locked

HOLD = """
import sys
from imgcmp.system.lock import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Start a process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "a.hdf"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_second_writer_is_told_who_the_first_is(tmp_path, holder):
    with pytest.raises(InputError, match=rf"a\.hdf is being written by process {holder.pid} on "):
        locked(str(tmp_path / "a.hdf")).__enter__()
    with locked(str(tmp_path / "b.hdf")):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path, holder):
    holder.kill()
    holder.wait()
    with locked(str(tmp_path / "a.hdf")):
        assert os.listdir(tmp_path) == [".a.hdf.lock"]


def test_the_lock_says_who_holds_it_and_nobody_afterwards(tmp_path):
    with locked(str(tmp_path / "a.hdf")):
        assert (tmp_path / ".a.hdf.lock").read_text() == f"process {os.getpid()} on {socket.gethostname()}\n"
    assert (tmp_path / ".a.hdf.lock").read_text() == ""


def test_a_second_writer_does_not_wipe_out_the_name_of_the_first(tmp_path, holder):
    for _ in range(2):
        with pytest.raises(InputError, match=f"process {holder.pid} on {socket.gethostname()}: wait until"):
            locked(str(tmp_path / "a.hdf")).__enter__()


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EACCES])
def test_a_lock_is_held_however_the_file_system_says_so(tmp_path, monkeypatch, number):
    def held(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", held)
    with pytest.raises(InputError, match="is being written by another process: wait"):
        locked(str(tmp_path / "a.hdf")).__enter__()


def test_a_file_system_without_locks_stops_nobody(tmp_path, monkeypatch):
    def unknown(*_arguments):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unknown)
    with locked(str(tmp_path / "a.hdf")):
        pass


def test_on_a_full_disk_the_lock_holds_without_a_name(tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with (
        locked(str(tmp_path / "a.hdf")),
        pytest.raises(InputError, match="is being written by another process"),
        locked(str(tmp_path / "a.hdf")),
    ):
        pass


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"a\.hdf cannot be written \(.*\): name another place"):
        locked(str(tmp_path / "file" / "a.hdf")).__enter__()


# A lock is no file of somebody's.

NAME = ".a.hdf.lock"


@pytest.mark.parametrize("text", ["my photograph", "", "process 1 on host"])
def test_a_lock_that_is_a_link_is_refused_and_what_it_leads_to_is_left_alone(tmp_path, text):
    (tmp_path / "mine").write_text(text)
    (tmp_path / NAME).symlink_to("mine")
    with pytest.raises(InputError, match=r"/\.a\.hdf\.lock is a link, where .*/a\.hdf has its lock: remove the link"):
        locked(str(tmp_path / "a.hdf")).__enter__()
    assert (tmp_path / "mine").read_text() == text


def test_a_lock_that_leads_nowhere_makes_no_file_there(tmp_path):
    (tmp_path / NAME).symlink_to("nowhere")
    with pytest.raises(InputError, match="is a link"):
        locked(str(tmp_path / "a.hdf")).__enter__()
    assert os.listdir(tmp_path) == [NAME]


@pytest.mark.parametrize(
    "contents", [b"my photograph", b"process of mine", b"process 1 on host\nand more", bytes(2000), b"\0a", b"\xff\xd8"]
)
@pytest.mark.parametrize("is_link", [True, False], ids=["hard link", "file"])
def test_a_file_that_says_something_else_than_a_lock_is_left_alone(tmp_path, contents, is_link):
    (tmp_path / "mine").write_bytes(contents)
    if is_link:
        os.link(tmp_path / "mine", tmp_path / NAME)
    else:
        (tmp_path / "mine").rename(tmp_path / NAME)
    with pytest.raises(
        InputError, match=r"lock is not what .*a\.hdf has as its lock, but somebody's file: move it else"
    ):
        locked(str(tmp_path / "a.hdf")).__enter__()
    assert (tmp_path / NAME).read_bytes() == contents


@pytest.mark.parametrize("contents", [b"", b"process 12 on a host\n", b"process 12 on a host", bytes(30)])
def test_what_a_dead_process_or_a_power_cut_left_is_a_lock(tmp_path, contents):
    (tmp_path / NAME).write_bytes(contents)
    with locked(str(tmp_path / "a.hdf")):
        assert (tmp_path / NAME).read_text().startswith(f"process {os.getpid()} on ")
    assert (tmp_path / NAME).read_bytes() == b""


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_lock_that_is_no_file_is_refused_at_once(tmp_path, make):
    make(tmp_path / NAME)
    with pytest.raises(InputError, match=r"/\.a\.hdf\.lock(, the lock of| is not a regular file).*: move it elsewhere"):
        locked(str(tmp_path / "a.hdf")).__enter__()


def test_what_a_foreign_file_holds_is_not_told(tmp_path):
    (tmp_path / NAME).write_text("my password")
    with open(tmp_path / NAME) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="is being written by another process: wait"):
            locked(str(tmp_path / "a.hdf")).__enter__()


def test_a_lock_of_another_user_is_named(tmp_path, monkeypatch):
    (tmp_path / NAME).touch()

    def refuse(path, *_arguments, **_named):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(
        InputError, match=r"a\.hdf\.lock, the lock of .*, cannot be written \(permission denied\): move it"
    ):
        locked(str(tmp_path / "a.hdf")).__enter__()


def test_a_database_that_is_reached_through_a_link_to_its_folder_is_locked_as_before(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    with locked(str(tmp_path / "link" / "a.hdf")):
        assert os.listdir(tmp_path / "folder") == [NAME]
