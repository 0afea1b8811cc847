import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import tasks

from imgcmp.system import processes
from imgcmp.system.cores import THREAD_VARIABLES
from imgcmp.system.processes import WorkerDied


@pytest.fixture(autouse=True)
def no_process_is_left_behind():
    yield
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(("n_items", "n_workers"), [(0, 2), (1, 2), (7, 1), (50, 2), (50, 3)])
def test_every_item_comes_back_once_with_its_result(n_items, n_workers):
    results = dict(processes.run(tasks.double, range(n_items), workers=n_workers))
    assert results == {item: 2 * item for item in range(n_items)}


def test_equal_items_each_come_back():
    assert sorted(processes.run(tasks.double, [3, 3, 3, 4], workers=2)) == [(3, 6), (3, 6), (3, 6), (4, 8)]


def test_items_are_worked_on_in_as_many_processes_as_asked_for_and_none_is_ours():
    ids = {result for _, result in processes.run(tasks.process_id, range(40), workers=2)}
    assert len(ids) == 2
    assert os.getpid() not in ids


def test_there_are_no_more_processes_than_items():
    results = processes.run(tasks.double, range(1), workers=64)
    assert next(results) == (0, 0)
    assert len(multiprocessing.active_children()) <= 1
    assert list(results) == []


@pytest.mark.parametrize(
    ("deadly", "reason"),
    [
        ("crash", "crashed its decoder (SIGSEGV)"),
        ("exit", "ended its decoder (status 3)"),
        ("die while answering", "ended its decoder (status 4)"),
    ],
)
@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_item_that_kills_its_process_is_named_and_the_others_are_done(deadly, reason, n_workers):
    items = [0, 1, deadly, 2, 3, 4, deadly]
    results = list(processes.run(tasks.die_of, items, workers=n_workers))
    assert len(results) == len(items)
    assert [result for item, result in results if item == deadly] == [WorkerDied(reason)] * 2
    assert sorted(result for item, result in results if item != deadly) == [0, 2, 4, 6, 8]


def test_an_item_whose_process_is_killed_from_outside_is_not_to_blame():
    results = dict(processes.run(tasks.die_of, [1, "killed", 2], workers=1))
    assert results["killed"] == WorkerDied(
        "had its decoder killed from outside, perhaps by the system for want of memory", passing=True
    )
    assert (results[1], results[2]) == (2, 4)


@pytest.mark.parametrize("n_workers", [1, 2])
@pytest.mark.parametrize("how", ["hang", "hang in C"])
def test_an_item_that_takes_too_long_is_named_and_the_others_are_done(n_workers, how):
    items = [0, how, 1, 2, how, 3, 4]
    results = list(processes.run(tasks.die_of, items, workers=n_workers, timeout_s=0.6))
    cause = WorkerDied("took longer than 0.6 s to decode")
    if how == "hang" and sys.platform == "linux":  # it takes no time of a processor: so it waits for something else
        cause = WorkerDied("waited longer than 0.6 s to be read", passing=True, out_of_reach=True)
    assert [result for item, result in results if item == how] == [cause] * 2
    assert sorted(result for item, result in results if item != how) == [0, 2, 4, 6, 8]


def test_a_long_wait_of_the_one_who_listens_is_not_the_items_fault():
    results = processes.run(tasks.double, range(6), workers=2, timeout_s=0.3)
    first = next(results)
    time.sleep(0.5)
    assert sorted([first, *results]) == [(item, 2 * item) for item in range(6)]


def test_a_run_that_is_stopped_for_a_while_goes_on():
    # In an interpreter of its own, which is stopped for longer than an item may take.
    code = (
        "import tasks; from imgcmp.system import processes;"
        "print(list(processes.run(tasks.pause_parent, [1.0], workers=1, timeout_s=0.4)))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[(1.0, 1.0)]\n", done.stderr


def test_a_process_that_is_killed_while_it_starts_is_replaced(tmp_path):
    task = tasks.DyingAtStart(str(tmp_path), 3, signal.SIGKILL)
    assert sorted(processes.run(task, range(5), workers=1)) == [(item, 2 * item) for item in range(5)]
    assert len(os.listdir(tmp_path)) == 3


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGKILL, "killed from outside"), (signal.SIGSEGV, "SIGSEGV")])
def test_processes_that_cannot_start_end_the_run(tmp_path, number, reason):
    with pytest.raises(OSError, match=f"a worker process could not start: .*{reason}"):
        list(processes.run(tasks.DyingAtStart(str(tmp_path), 100, number), range(5), workers=2))


def test_all_items_may_be_deadly():
    results = list(processes.run(tasks.die_of, ["crash", "exit", "exit"], workers=2))
    assert len(results) == 3
    assert all(isinstance(result, WorkerDied) for _, result in results)


@pytest.mark.parametrize("error", [ValueError, EOFError, ConnectionResetError, OSError, MemoryError])
def test_an_exception_of_the_task_is_raised(error):
    with pytest.raises(error, match="of the task"):
        list(processes.run(tasks.fail_of, [1, 2, error("of the task"), 3], workers=2))


# Memory


def overlap(spans):
    spans = sorted(spans)
    return any(begin < end for (_, end), (begin, _) in pairwise(spans))


@pytest.mark.parametrize(("n_bytes", "at_once"), [(900_000, False), (1_000_000, False), (100_000, True)])
def test_large_items_are_done_one_at_a_time(n_bytes, at_once):
    jobs = [(n_bytes, 0.05)] * 8
    spans = [span for _, span in processes.run(tasks.reserve_and_work, jobs, workers=2, max_memory=1_000_000)]
    assert len(spans) == 8
    assert overlap(spans) == at_once


def test_an_item_that_needs_more_than_there_is_says_so_and_the_others_are_done():
    jobs = [(5_000_000, 0), (1, 0), (1_000_000, 0), (1_000_001, 0), (1, 0)]
    results = [result for _, result in processes.run(tasks.reserve_and_work, jobs, workers=2, max_memory=1_000_000)]
    complaints = {result for result in results if isinstance(result, str)}
    may = "may be used; allow more with --max-memory"
    assert complaints == {f"needs {n} MB to decode and 1.0 MB {may}" for n in ("5.0", "1.0")}
    assert len(results) == 5


def test_items_of_any_size_are_all_done():
    random = np.random.default_rng(0)
    jobs = [(int(n_bytes), 0) for n_bytes in random.integers(0, 1_000_001, 300)]
    results = list(processes.run(tasks.reserve_and_work, jobs, workers=3, max_memory=1_000_000))
    assert sorted(job for job, _ in results) == sorted(jobs)


def test_the_memory_of_one_that_died_is_given_back():
    items = [1_000_000, 0, 700_000, 0, 1_000_000, 0]
    results = list(processes.run(tasks.reserve_and_die, items, workers=2, max_memory=1_000_000))
    assert sorted(item for item, _ in results) == sorted(items)
    assert sum(isinstance(result, WorkerDied) for _, result in results) == 3


def test_waiting_for_memory_takes_nothing_off_the_time_of_an_item():
    jobs = [(1_000_000, 0.3)] * 4
    results = list(processes.run(tasks.reserve_and_work, jobs, workers=4, max_memory=1_000_000, timeout_s=1.0))
    assert not any(isinstance(result, WorkerDied) for _, result in results)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts mapped memory")
def test_who_takes_memory_without_asking_gets_none():
    results = dict(processes.run(tasks.take, [1000, 10**9], workers=1, max_memory=1_000_000))
    assert results == {1000: 1000, 10**9: "not enough memory"}


def test_long_answers_arrive_whole():
    assert [len(result) for _, result in processes.run(tasks.long_answer, [3_000_000], workers=1)] == [3_000_000]


def test_who_stops_listening_stops_the_processes():
    results = processes.run(tasks.double, range(1000), workers=2)
    next(results)
    results.close()
    assert multiprocessing.active_children() == []


def test_ctrl_c_is_for_the_parent_alone():
    masks = dict(result for _, result in processes.run(tasks.blocked_signals, range(30), workers=2))
    assert len(masks) == 2
    assert all("SIGINT" in mask for mask in masks.values())
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_ctrl_c_is_for_the_parent_alone_from_the_first_process_on():
    # In an interpreter of its own: the first start of a process there starts multiprocessing's tracker, too.
    code = (
        "import tasks; from imgcmp.system import processes; "
        "print(list(processes.run(tasks.blocked_signals, [0], workers=1)))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert "SIGINT" in done.stdout, done.stderr


def test_what_decoders_write_on_stderr_is_not_seen(capfd):
    assert list(processes.run(tasks.noise_on_stderr, [1], workers=1)) == [(1, 1)]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("n_workers", [0, -1])
def test_a_count_of_workers_that_makes_no_sense_is_refused(n_workers):
    with pytest.raises(ValueError, match="workers must be at least 1"):
        list(processes.run(tasks.double, [1], workers=n_workers))


def is_running(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{process_id}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"  # nobody may be there to collect it
    except OSError:
        return os.path.isdir("/proc/self") is False


def wait_until(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize(
    "task",
    [
        "say_pid_and_wait",
        pytest.param(
            "say_pid_and_hang_in_c", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a process")
        ),
    ],
)
def test_a_killed_parent_leaves_no_worker_behind(tmp_path, task):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    parent = subprocess.Popen([sys.executable, tasks.__file__, str(tmp_path), task], env=environment)
    try:
        assert wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    ids = [int(path.name.removeprefix("worker-")) for path in tmp_path.iterdir()]
    assert wait_until(lambda: not any(is_running(process_id) for process_id in ids))


def test_threads_may_run_workers_at_once_and_leave_the_process_as_it_was():
    before = sys.modules["__main__"], {name: os.environ.get(name) for name in THREAD_VARIABLES}

    def doubled(start):
        return sorted(processes.run(tasks.double, range(start, start + 10), workers=2))

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(doubled, range(4)))
    assert results == [[(k, 2 * k) for k in range(start, start + 10)] for start in range(4)]
    assert before == (sys.modules["__main__"], {name: os.environ.get(name) for name in THREAD_VARIABLES})
