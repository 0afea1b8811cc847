"""What a worker process does: see `imgcmp.system.processes`, its parent.

This is what it loads first, so nothing heavy, and nothing that may fail: its task is loaded when it can say so.
"""

import ctypes
import gc
import os
import pickle
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from imgcmp.system.memory_budget import Allowance, Granted, Request, begin_item, work_within

_PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>


class Started(NamedTuple):
    """What a worker says first."""


class Raised(NamedTuple):
    """What a worker says when its task raised an exception, or could not be loaded."""

    error: BaseException


def serve(connection: Connection, task: bytes, total: int, share: int) -> None:
    """Work on what comes through the pipe until it ends; it ends, too, when the parent is killed.

    Parameters
    ----------
    connection : Connection
        To the parent.
    task : bytes
        What takes an item, pickled.
    total, share : int
        Bytes of memory: see `imgcmp.system.memory_budget.Allowance`.
    """
    _die_with_parent()
    warnings.simplefilter("ignore")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # decoders in C, libtiff above all, write a line for every oddity of a file
    try:
        do: Callable[[Any], Any] = pickle.loads(task)
    except Exception as error:
        _say_raised(connection, error)
        return
    gc.freeze()
    items: deque[Any] = deque()  # those that came while it waited for memory

    def ask(request: Request) -> None:
        connection.send(request)
        while not isinstance(message := connection.recv(), Granted):
            items.append(message)

    work_within(Allowance(total, share, ask))
    connection.send(Started())
    while True:
        try:
            item = items.popleft() if items else connection.recv()
        except EOFError:
            return
        begin_item()
        try:
            connection.send(do(item))
        except Exception as error:
            _say_raised(connection, error)


def _say_raised(connection: Connection, error: Exception) -> None:
    connection.send(Raised(error))


def _die_with_parent() -> None:
    """Ask the system to kill this process when its parent ends: one that hangs would not notice by itself.

    Linux only; elsewhere a worker notices at the end of its item.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
