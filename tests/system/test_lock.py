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
