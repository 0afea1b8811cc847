"""A task over many items, in processes that may die.

A damaged image can crash its decoder, and a crash takes the whole process with it; or it hangs. So every item is worked
on in a process of its own kind, which knows nothing but its task. When one dies, or takes longer than the timeout and
is ended, the item it had is named, those it had not begun are given to others, and another process takes its place.
"""

import multiprocessing
import multiprocessing.connection
import multiprocessing.resource_tracker
import os
import pickle
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Generic, NamedTuple, TypeVar

from imgcmp.system.cores import THREAD_VARIABLES
from imgcmp.system.limits import TIMEOUT_S
from imgcmp.system.memory import format_bytes
from imgcmp.system.memory_budget import Budget, Granted, Request, default_budget
from imgcmp.system.short_of_memory import address_space
from imgcmp.system.signals import ENDING, go_on
from imgcmp.system.threads import worker_count
from imgcmp.system.worker import Raised, Started, serve

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items a worker has at a time: with two it never waits for its parent, and the last ones are shared out evenly.
_AHEAD = 2

# Processes that may be killed while they start, one after the other, before the run is given up.
_FALSE_STARTS = 5

_GLANCE_S = 1.0
_PROBE_S = 0.3  # 30 clock ticks: a process that works takes most of them, even on a busy machine some
_STOPPED_S = 0.5  # a wait so much longer than asked for: the run was stopped (Ctrl-Z), workers and all
_PATIENCE_S = 1.0
_starting = threading.Lock()  # what a worker inherits is set for the whole process while it starts


class WorkerDied(NamedTuple):
    """Stands for the result of an item whose worker died.

    `passing` if the item is not to blame: it was killed from outside, or waited; `out_of_reach` if it waited.
    """

    reason: str
    passing: bool = False
    out_of_reach: bool = False


def run(
    task: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int | None = None,
    timeout_s: float = TIMEOUT_S,
    max_memory: int | None = None,
) -> Iterator[tuple[Item, Result | WorkerDied]]:
    """Run a task on every item, each in one of several processes.

    Parameters
    ----------
    task : callable
        Takes an item, returns a result; a function of a module, or a `functools.partial` of one.
    items : iterable
        What to work on; each goes through a pipe, so it should take a few kB at most.
    workers : int, optional
        Number of processes; default: the usable cores.
    timeout_s : float
        Seconds an item may take. Time in which its worker waits for memory does not count, nor time in which the
        whole run is stopped.
    max_memory : int, optional
        Bytes that all workers together may `imgcmp.system.memory_budget.reserve`; default: a quarter of what is free.

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
    n_workers = min(worker_count(workers), len(todo))
    if n_workers == 0:
        return
    budget = Budget(default_budget() if max_memory is None else max_memory, n_workers)
    crew = _Crew(task, todo, n_workers, budget, timeout_s)
    try:
        while crew.has_work():
            for worker in crew.wait():
                yield from crew.attend(worker)
            for worker in crew.overdue():
                cause = _cause_of_delay(worker.process.pid, timeout_s)
                worker.process.kill()
                yield crew.bury(worker, cause)
    finally:
        crew.dismiss()


def _cause_of_delay(process_id: int | None, timeout_s: float) -> WorkerDied:
    """Return why a process takes so long. One that takes no time of a processor waits: for a drive, most likely."""
    before = _processor_time(process_id)
    time.sleep(_PROBE_S)
    if before is not None and _processor_time(process_id) == before:
        return WorkerDied(f"waited longer than {timeout_s:g} s to be read", passing=True, out_of_reach=True)
    return WorkerDied(f"took longer than {timeout_s:g} s to decode")


def _processor_time(process_id: int | None) -> tuple[bytes, bytes] | None:
    """Return what a process has taken so far, in clock ticks; None where the system doesn't say it as Linux does."""
    try:
        with open(f"/proc/{process_id}/stat", "rb") as status:
            fields = status.read().rpartition(b")")[2].split()
            return fields[11], fields[12]
    except (OSError, IndexError):
        return None


class _Crew(Generic[Item, Result]):
    """The workers of a run, what is left to do, and how much memory they may take."""

    def __init__(
        self, task: Callable[[Item], Result], todo: deque[Item], n_workers: int, budget: Budget, timeout_s: float
    ) -> None:
        self.task = task
        self.todo = todo
        self.budget = budget
        self.timeout_s = timeout_s
        self.false_starts = 0
        self.watched_s = 0.0  # time spent waiting for the workers: by this clock an item may be overdue
        self.workers: dict[Connection, _Worker[Item, Result]] = {}
        try:
            for _ in range(n_workers):
                self._employ()
        except BaseException:
            self.dismiss()
            raise

    def has_work(self) -> bool:
        """Hand out what is to do, dismiss those for whom nothing is left, and tell whether anyone has work."""
        for worker in list(self.workers.values()):
            self._hand_out(worker)
            if not (worker.pending or self.todo):
                del self.workers[worker.connection]
                worker.stop()
        return bool(self.workers)

    def wait(self) -> "list[_Worker[Item, Result]]":
        """Return the workers that have something to say, or none after a while."""
        go_on()
        first = min((worker.deadline_s for worker in self.workers.values()), default=self.watched_s)
        at_most_s = max(0.0, min(_GLANCE_S, first - self.watched_s))
        start = time.monotonic()
        ready = multiprocessing.connection.wait(list(self.workers), at_most_s)
        waited_s = time.monotonic() - start
        if waited_s < at_most_s + _STOPPED_S:
            self.watched_s += waited_s
        return [worker for connection, worker in self.workers.items() if connection in ready]

    def attend(self, worker: "_Worker[Item, Result]") -> Iterator[tuple[Item, Result | WorkerDied]]:
        """Hear what a worker has to say, and yield what it has done or died of, if that is what it says."""
        try:
            answer = worker.connection.recv_bytes()
        except (EOFError, OSError):  # OSError: it died in the middle of an answer
            if worker.started and worker.pending:
                yield self.bury(worker, worker.cause_of_death())
            else:
                self._replace_unstarted(worker)
            return
        message: Result | Started | Request | Raised = pickle.loads(answer)
        if isinstance(message, Raised):
            raise message.error
        if isinstance(message, Started):
            worker.started = True
            self.false_starts = 0
            self._begin(worker)
        elif isinstance(message, Request):
            worker.deadline_s = float("inf")
            self.budget.ask(worker, message.n_bytes)
            self._grant()
        else:
            item = worker.pending.popleft()
            self._begin(worker)
            yield item, message

    def overdue(self) -> "list[_Worker[Item, Result]]":
        """Return the workers whose item has taken too long; not those that are done with it, only not heard yet."""
        return [
            worker
            for worker in self.workers.values()
            if worker.deadline_s <= self.watched_s and not worker.connection.poll()
        ]

    def bury(self, worker: "_Worker[Item, Result]", cause: WorkerDied) -> tuple[Item, WorkerDied]:
        """Replace a worker that is dead, and return the item it died of."""
        item = worker.pending.popleft()
        self._replace(worker)
        return item, cause

    def dismiss(self) -> None:
        for worker in self.workers.values():
            worker.connection.close()
        for worker in self.workers.values():
            worker.stop()
        self.workers = {}

    def _employ(self) -> None:
        worker = _Worker(self.task, self.budget)
        self.workers[worker.connection] = worker

    def _replace(self, worker: "_Worker[Item, Result]") -> None:
        self.todo.extendleft(reversed(worker.pending))
        worker.pending.clear()
        del self.workers[worker.connection]
        self.budget.leave(worker)
        self._grant()
        worker.stop()
        if self.todo:
            self._employ()

    def _replace_unstarted(self, worker: "_Worker[Item, Result]") -> None:
        """Replace a worker that died before it had begun anything: killed from outside, or there is something wrong."""
        cause = worker.cause_of_death()
        self.false_starts += not worker.started
        if not worker.started and (not cause.passing or self.false_starts > _FALSE_STARTS):
            limit = address_space()
            may = "" if limit is None else f"; it may take {format_bytes(limit)} of memory (ulimit -v)"
            raise OSError(f"a worker process could not start: it {cause.reason}{may}")
        self._replace(worker)

    def _hand_out(self, worker: "_Worker[Item, Result]") -> None:
        while self.todo and len(worker.pending) < _AHEAD:
            if not (self.budget.may_go_on() if worker.pending else self.budget.may_start()):
                return
            item = self.todo.popleft()
            worker.pending.append(item)
            if len(worker.pending) == 1:
                self._begin(worker)
            worker.tell(item)

    def _begin(self, worker: "_Worker[Item, Result]") -> None:
        """Start the clock of the item at the head of a worker's queue, and give back the memory of the one before."""
        worker.deadline_s = self.watched_s + self.timeout_s if worker.started and worker.pending else float("inf")
        if worker.pending:
            self.budget.start(worker)
        else:
            self.budget.leave(worker)
        self._grant()

    def _grant(self) -> None:
        for worker in self.budget.grant():
            assert isinstance(worker, _Worker)
            worker.deadline_s = self.watched_s + self.timeout_s
            worker.tell(Granted())


class _Worker(Generic[Item, Result]):
    """A process, as its parent sees it."""

    def __init__(self, task: Callable[[Item], Result], budget: Budget) -> None:
        # Spawned, not forked: a fork inherits locks that threads of the parent may hold, and the parent's memory.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        arguments = (theirs, pickle.dumps(task), budget.total, budget.share)
        self.process = context.Process(target=serve, args=arguments, daemon=True)
        # The tracker, which the first start of a process would start, too, lets SIGINT in again when it is up.
        multiprocessing.resource_tracker.ensure_running()
        try:
            with _starting, _inherited(), _without_main(task):
                self.process.start()
        except OSError as error:  # too many processes, or no memory for one more
            self.connection.close()
            why = (error.strerror or str(error)).lower()
            raise OSError(f"a worker process could not start: {why}; fewer workers may do (-n)") from error
        theirs.close()  # so that the end of the process is the end of the pipe
        self.started = False
        self.pending: deque[Item] = deque()  # it works on the first
        self.deadline_s = float("inf")

    def tell(self, message: object) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it died; reading from the pipe says so too
            self.connection.send(message)

    def cause_of_death(self) -> WorkerDied:
        self.process.join()
        code = self.process.exitcode or 0
        if code == -signal.SIGKILL:
            return WorkerDied("had its decoder killed from outside, perhaps by the system for want of memory", True)
        if code < 0:
            return WorkerDied(f"crashed its decoder ({signal.Signals(-code).name})")
        return WorkerDied(f"ended its decoder (status {code})")

    def stop(self) -> None:
        """End it at once if it has nothing to do; else let it finish what it is writing, but not for long."""
        self.connection.close()
        if self.pending:
            self.process.join(_PATIENCE_S)
        self.process.kill()
        self.process.join(_PATIENCE_S)  # not for ever: one that waits for a drive that is gone cannot even be killed


@contextmanager
def _inherited() -> Iterator[None]:
    """Set what a worker inherits: one thread, and signals that it does not see."""
    threads = {name: os.environ.get(name) for name in THREAD_VARIABLES}
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


@contextmanager
def _without_main(task: object) -> Iterator[None]:
    """Keep the worker from running the script that this process runs, which would start workers of its own.

    multiprocessing lets every process import that script, and asks for a guard (``if __name__ == "__main__"``) in it. A
    task of another module needs neither.
    """
    while isinstance(task, partial):
        task = task.func
    if getattr(task, "__module__", None) == "__main__":
        yield
        return
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
