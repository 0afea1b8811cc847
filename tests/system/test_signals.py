import os
import signal

import pytest

from imgcmp.system.signals import ended_like_interrupted, uninterrupted


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
