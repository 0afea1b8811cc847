"""Signals that end a run: saved first, then ended; and never in the middle of a change of state."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

Handler = Callable[[int, FrameType | None], object]


@contextmanager
def ended_like_interrupted() -> Iterator[None]:
    """Let a kill, a shutdown and a closed terminal raise KeyboardInterrupt, as Ctrl-C does.

    A signal that is ignored stays ignored: that is how nohup works.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    with _handling((number for number in ENDING if signal.getsignal(number) is signal.SIG_DFL), interrupt):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off signals that end the run until the block is done."""
    pending: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        pending.append(number)

    handled = [number for number in ENDING if callable(signal.getsignal(number))]
    with _handling(handled, remember):
        yield
    if pending:
        raise KeyboardInterrupt


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
