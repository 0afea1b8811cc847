"""Tasks for worker processes, which can import this module by its name."""

import os
import signal
import sys
import time

from PIL import Image

from imgcmp.fingerprints.fingerprint import try_fingerprint
from imgcmp.system import processes
from imgcmp.system.memory_budget import reserve


def double(item):
    return 2 * item


def process_id(item):
    time.sleep(0.01)
    return os.getpid()


def blocked_signals(item):
    time.sleep(0.02)  # so that every worker gets an item
    return os.getpid(), [number.name for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])]


def die_of(item):
    """Double a number; die of a word."""
    if item == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif item == "exit":
        os._exit(3)
    elif item == "die while answering":
        os.write(_answer_pipe(), b"\0\0\1\0only the start")
        os._exit(4)
    elif item == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif item == "hang":
        hang()
    elif item == "hang in C":
        sum(range(10**13))  # deaf to everything but a kill
    return 2 * item


class DyingAtStart:
    """A task that kills its process before it has begun anything, the first few times."""

    def __init__(self, folder, times, number):
        self.arguments = folder, times, number

    def __reduce__(self):
        return _die_at_start, self.arguments

    def __call__(self, item):
        return 2 * item


def _die_at_start(folder, times, number):
    n_deaths = len(os.listdir(folder))
    if n_deaths < times:
        with open(os.path.join(folder, str(n_deaths)), "w"):
            os.kill(os.getpid(), number)
    return DyingAtStart(folder, times, number)


def hang():
    while True:
        time.sleep(3600)


def reserve_and_work(job):
    """Reserve so many bytes, and say when the item was worked on."""
    n_bytes, seconds = job
    try:
        reserve(n_bytes)
    except MemoryError as error:
        return str(error)
    begin = time.monotonic()
    time.sleep(seconds)
    return begin, time.monotonic()


def reserve_and_die(n_bytes):
    """Reserve so many bytes, and die of it if there are more than none."""
    reserve(n_bytes)
    if n_bytes:
        os.kill(os.getpid(), signal.SIGSEGV)
    return n_bytes


def take(n_bytes):
    """Take memory without asking."""
    try:
        return len(bytearray(n_bytes))
    except MemoryError:
        return "not enough memory"


def fingerprint_under_pillows_limit(limit, file):
    Image.MAX_IMAGE_PIXELS = limit
    return try_fingerprint(file, x=8, method="phash")


def pause_parent(item):
    """Stop the parent for a while, and this process with it, as Ctrl-Z and fg do."""
    os.kill(os.getppid(), signal.SIGSTOP)
    time.sleep(item)
    os.kill(os.getppid(), signal.SIGCONT)
    time.sleep(0.1)
    return item


def fail_of(item):
    """Double a number; raise what else there is."""
    if isinstance(item, Exception):
        raise item
    return 2 * item


def long_answer(item):
    return bytes(item)


def noise_on_stderr(item):
    os.write(2, b"libtiff: warning, warning\n")
    return item


def _answer_pipe():
    """Return the worker's end of the pipe to its parent."""
    frame = sys._getframe()
    while frame.f_code.co_name != "serve":
        frame = frame.f_back
    return frame.f_locals["connection"].fileno()


def say_pid_and_wait(item):
    with open(os.path.join(item, f"worker-{os.getpid()}"), "w"):
        pass
    time.sleep(0.2)
    return item


def find_one_fault_and_crash(connection, path):
    connection.send("the first fault")
    os.kill(os.getpid(), signal.SIGSEGV)


def find_one_fault_and_hang(connection, path):
    connection.send("the first fault")
    time.sleep(600)


def say_pid_and_hang_in_c(folder):
    say_pid_and_wait(folder)
    sum(range(10**13))


if __name__ == "__main__":  # as a parent that will be killed: hands out work for a minute
    for _ in processes.run(globals()[sys.argv[2]], [sys.argv[1]] * 600, workers=2):
        pass
