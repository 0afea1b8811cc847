"""A task over many items, in processes that may die.

A damaged image can crash its decoder, and a crash takes the whole process with it. So every item is worked on in a
process of its own kind, which knows nothing but its task; when one dies, the item it had is named and another process
takes its place.
"""

import gc
import multiprocessing
import multiprocessing.connection
import multiprocessing.resource_tracker
import os
import pickle
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple, TypeVar

from imgcmp.interrupts import ENDING
from imgcmp.threads import worker_count

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items a worker has at a time: with two it never waits for its parent, and the last ones are shared out evenly.
_AHEAD = 2

_PATIENCE_S = 1.0
_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


class WorkerDied(NamedTuple):
    """Stands for the result of an item whose worker died."""

    reason: str


def run(
    task: Callable[[Item], Result], items: Iterable[Item], *, workers: int | None = None
) -> Iterator[tuple[Item, Result | WorkerDied]]:
    """Run a task on every item, each in one of several processes.

    Parameters
    ----------
    task : callable
        Takes an item, returns a result; a function of a module, or a `functools.partial` of one.
    items : iterable
        What to work on.
    workers : int, optional
        Number of processes; default: the usable cores.

    Yields
    ------
    item, result
        As they are done, in any order. The result is a `WorkerDied` where the process died of the item. An exception
        of the task itself is raised here: a task returns the failures it expects.

    Raises
    ------
    OSError
        If a process cannot start.
    """
    todo = deque(items)
    crew: list[_Worker[Item, Result]] = []
    try:
        for _ in range(min(worker_count(workers), len(todo))):
            crew.append(_Worker(task))
        while crew := _with_work(crew, todo):
            ready = multiprocessing.connection.wait([worker.connection for worker in crew])
            for worker in [worker for worker in crew if worker.connection in ready]:
                if not worker.started:
                    worker.wait_for_start()
                    continue
                item = worker.pending[0]
                try:
                    answer = worker.connection.recv_bytes()
                except (EOFError, OSError):  # OSError: it died in the middle of an answer
                    todo.extendleft(reversed(list(worker.pending)[1:]))
                    crew[crew.index(worker)] = _Worker(task)
                    yield item, WorkerDied(worker.cause_of_death())
                    continue
                yield item, worker.accept(answer)
    finally:
        for worker in crew:
            worker.connection.close()
        for worker in crew:
            worker.stop()


class _Worker(Generic[Item, Result]):
    def __init__(self, task: Callable[[Item], Result]) -> None:
        # Spawned, not forked: a fork inherits locks that threads of the parent may hold, and the parent's memory.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, task), daemon=True)
        # The tracker, which the first start of a process would start, too, lets SIGINT in again when it is up.
        multiprocessing.resource_tracker.ensure_running()
        with _inherited():
            self.process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        self.started = False
        self.pending: deque[Item] = deque()

    def wait_for_start(self) -> None:
        try:
            self.connection.recv()
        except (EOFError, OSError):
            raise OSError(f"a worker process could not start; it {self.cause_of_death()}") from None
        self.started = True

    def hand_out(self, todo: deque[Item]) -> None:
        try:
            while todo and len(self.pending) < _AHEAD:
                self.pending.append(todo.popleft())
                self.connection.send(self.pending[-1])
        except (BrokenPipeError, ConnectionResetError):
            pass  # it died; reading from the pipe says so too

    def accept(self, answer: bytes) -> Result:
        """Return the result of the first item that is pending, or raise the exception of the task."""
        result: Result | _Raised = pickle.loads(answer)
        self.pending.popleft()
        if isinstance(result, _Raised):
            raise result.error
        return result

    def cause_of_death(self) -> str:
        self.process.join()
        code = self.process.exitcode or 0
        self.connection.close()
        if code < 0:
            return f"crashed its decoder ({signal.Signals(-code).name})"
        return f"ended its decoder (status {code})"

    def stop(self) -> None:
        """End it at once if it has nothing to do; else let it finish what it is writing, but not for long."""
        self.connection.close()
        if self.pending:
            self.process.join(_PATIENCE_S)
        self.process.kill()
        self.process.join()


class _Raised(NamedTuple):
    error: Exception


def _with_work(crew: "list[_Worker[Item, Result]]", todo: deque[Item]) -> "list[_Worker[Item, Result]]":
    """Hand out what is to do; stop the workers for whom nothing is left, and return the others."""
    for worker in crew:
        worker.hand_out(todo)
        if not worker.pending:
            worker.stop()
    return [worker for worker in crew if worker.pending]


@contextmanager
def _inherited() -> Iterator[None]:
    """Set what a worker inherits: one thread, and signals that it does not see."""
    threads = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(threads, "1"))  # there are as many workers as cores
    # Ctrl-C and a closed terminal reach the whole group; its parent stops a worker, between two items.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in threads.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(connection: "multiprocessing.connection.Connection", task: Callable[[Item], Result]) -> None:
    """Work on what comes through the pipe until it ends; it ends, too, when the parent is killed."""
    warnings.simplefilter("ignore")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # decoders in C, libtiff above all, write a line for every oddity of a file
    gc.freeze()
    connection.send("started")
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        try:
            connection.send(task(item))
        except Exception as error:
            connection.send(_Raised(error))
