import os
import subprocess
import sys

import pytest

from imgcmp import InputError
from imgcmp.lock import locked

HOLD = (
    "import sys; from imgcmp.lock import locked\nwith locked(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
)


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
