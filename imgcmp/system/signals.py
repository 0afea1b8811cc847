"""Signals that end a run: saved first, then ended; and never in the middle of a change of state.

Ctrl-C raises an exception wherever the program is, and a second one another, in the middle of what the first one set
going: then the work of minutes isn't saved. So only the first one is raised here. It may be lost on its way, in a
callback of a library or a destructor, which can raise nothing: whoever works long asks from time to time.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

Handler = Callable[[int, FrameType | None], object]


class Ending:
    """What becomes of signals that end a run: the first one is raised as KeyboardInterrupt, and none after it.

    Attributes
    ----------
    is_asked_for : bool
        Whether there was one.
    is_over : bool
        Whether the run is over, so that there is nothing left to interrupt; to be set by whoever runs it.
    """

    def __init__(self) -> None:
        self.is_asked_for = False
        self.is_over = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if not (self.is_asked_for or self.is_over):
            self.is_asked_for = True
            raise KeyboardInterrupt


_ending: Ending | None = None  # of the run that goes on
_has_begun = False


@contextmanager
def ended_like_interrupted() -> Iterator[Ending]:
    """Let a kill, a shutdown and a closed terminal raise KeyboardInterrupt, as Ctrl-C does; of many signals the first.

    A signal that is ignored stays ignored: that is how nohup works.
    """
    global _ending, _has_begun
    ending, outer, report = Ending(), _ending, sys.unraisablehook
    usual = (signal.SIG_DFL, signal.default_int_handler, _too_early)

    def report_others(unraisable: "sys.UnraisableHookArgs") -> None:
        if not (ending.is_asked_for and issubclass(unraisable.exc_type, KeyboardInterrupt)):
            report(unraisable)

    with _handling((number for number in ENDING if signal.getsignal(number) in usual), ending):
        _ending, sys.unraisablehook, _has_begun = ending, report_others, True
        try:
            yield ending
        finally:
            ending.is_over = True
            _ending, sys.unraisablehook = outer, report


def go_on() -> None:
    """Raise KeyboardInterrupt if the run was to end, and something on the way has swallowed that."""
    if _ending is not None and _ending.is_asked_for:
        raise KeyboardInterrupt


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off signals that end the run until the block is done."""
    pending: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        pending.append(number)

    handlers = {number: signal.getsignal(number) for number in ENDING}
    with _handling([number for number, handler in handlers.items() if callable(handler)], remember):
        yield
    for number in pending[:1]:
        handler = handlers[signal.Signals(number)]
        assert callable(handler)
        handler(number, None)


@contextmanager
def as_program() -> Iterator[None]:
    """Let signals end a program without a traceback before its run has begun, and let them be when that is over.

    To be called first thing, and by a program alone: signals are ignored to its end, which takes Python some time.
    """
    usual = (signal.SIG_DFL, signal.default_int_handler)
    numbers = [number for number in ENDING if signal.getsignal(number) in usual]
    for number in numbers:
        signal.signal(number, _too_early)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)  # a function would not do: Python takes it back before it ends
        # A KeyboardInterrupt that went through exec or eval of a text, as in namedtuple, is noted by Python, which ends
        # itself by SIGINT in the end, whoever took care of it (3.11). The next text that is run takes the note back.
        eval("None")


def _too_early(_number: int, _frame: FrameType | None) -> None:
    if not _has_begun:
        with suppress(OSError):  # nobody reads it
            os.write(2, b"interrupted before anything was done\n")
        os._exit(130)


@contextmanager
def _handling(numbers: Iterator[signal.Signals] | list[signal.Signals], handler: Handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
