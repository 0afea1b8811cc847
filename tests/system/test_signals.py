import os
import signal
import subprocess
import sys

import pytest

from imgcmp.system import processes
from imgcmp.system.signals import ended_like_interrupted, go_on, uninterrupted
from imgcmp.system.threads import run


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_and_a_closed_terminal_are_like_ctrl_c(number):
    before = signal.signal(number, signal.SIG_DFL)  # nohup ignores it
    try:
        with pytest.raises(KeyboardInterrupt), ended_like_interrupted():
            os.kill(os.getpid(), number)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_like_interrupted():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_change_is_finished_before_the_interruption_is_told():
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("all of it")
    assert done == ["all of it"]
    with pytest.raises(KeyboardInterrupt):  # and the next one counts at once
        os.kill(os.getpid(), signal.SIGINT)


def test_an_error_inside_is_told():
    with pytest.raises(ValueError, match="inside"), uninterrupted():
        raise ValueError("inside")


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def test_of_many_signals_the_first_one_is_raised_and_the_next_run_starts_anew():
    done = []
    for _ in range(2):
        with ended_like_interrupted() as ending:
            try:
                interrupt()
            except KeyboardInterrupt:
                interrupt()
                os.kill(os.getpid(), signal.SIGTERM)
                with uninterrupted():
                    interrupt()
                    done.append("all of it")
            assert ending.is_asked_for
    assert done == ["all of it"] * 2
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_an_interruption_that_was_swallowed_is_raised_where_work_goes_on(capsys):
    class Swallowing:
        def __del__(self):
            interrupt()

    go_on()
    with ended_like_interrupted():
        go_on()
        swallowing = Swallowing()
        del swallowing  # the exception can't leave a destructor, and Python would write a traceback of it
        assert capsys.readouterr().err == ""
        with pytest.raises(KeyboardInterrupt):
            go_on()
        with pytest.raises(KeyboardInterrupt):
            run(int, [(1,), (2,)], 1)
        with pytest.raises(KeyboardInterrupt):
            list(processes.run(int, [1], workers=1))
    go_on()


def test_when_a_run_is_over_nothing_is_raised():
    with ended_like_interrupted() as ending:
        ending.is_over = True
        interrupt()


PROGRAM = """
import os, signal
from imgcmp.system.signals import as_program, ended_like_interrupted

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

status = 0
with as_program():
    {before}
    with ended_like_interrupted():
        try:
            {within}
        except KeyboardInterrupt:
            status = 3
    interrupt()
interrupt()
raise SystemExit(status)
"""


@pytest.mark.parametrize(
    ("before", "within", "status", "told"),
    [
        ("pass", "pass", 0, ""),
        ("pass", "interrupt()", 3, ""),
        ("pass", "exec('interrupt()')", 3, ""),  # of which Python makes a note, and ends by SIGINT
        ("interrupt()", "pass", 130, "interrupted before anything was done\n"),
        ("os.close(2); interrupt()", "pass", 130, ""),
    ],
)
def test_a_program_has_a_status_whenever_it_is_interrupted(tmp_path, before, within, status, told):
    (tmp_path / "program.py").write_text(PROGRAM.format(before=before, within=within))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(tmp_path), *sys.path]))}
    command = [sys.executable, "-m", "program"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (status, told)
