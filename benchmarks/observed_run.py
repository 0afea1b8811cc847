"""A run of imgcmp that is observed, and may be made to die at a chosen moment: see observed/sitecustomize.py."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import imgcmp

_CHECKOUT = str(Path(imgcmp.__file__).parents[1])
_OBSERVED = str(Path(__file__).parent / "observed")
KILLED = (-signal.SIGKILL, -signal.SIGXFSZ)


class Line(NamedTuple):
    """A line that it wrote to stderr, and when, by time.monotonic()."""

    moment: float
    text: str


class ObservedRun:
    """An imgcmp in a process group of its own.

    Parameters
    ----------
    arguments : sequence of str
        Of the command `imgcmp`.
    pass_fds : sequence of int
        File descriptors that it needs.
    **settings
        What observed/sitecustomize.py takes, but for `stamp`.
    """

    def __init__(self, arguments: Sequence[str], *, pass_fds: Sequence[int] = (), **settings: object) -> None:
        environment = {"PYTHONPATH": f"{_OBSERVED}:{_CHECKOUT}", "OBSERVED": json.dumps({"stamp": True, **settings})}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "imgcmp", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=os.environ | environment,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=pass_fds,
        )
        self.start = time.monotonic()
        self.lines: list[Line] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                moment, space, text = line.partition(" ")
                if space and line.endswith("\n"):  # else cut off by the kill
                    with suppress(ValueError):  # of a worker that wrote past Python's stderr
                        self.lines.append(Line(float(moment), text.removesuffix("\n")))

    def end(self, *, within_s: float | None = None) -> int:
        """Wait until it ends, and kill it, with all its workers, if that takes longer; return its exit status."""
        try:
            self.process.wait(None if within_s is None else max(0.0, self.start + within_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        self._reader.join()
        return status

    def text(self) -> str:
        """Return all that it wrote to stderr."""
        return "\n".join(line.text for line in self.lines)


def finish(arguments: Sequence[str], **settings: object) -> ObservedRun:
    """Run imgcmp undisturbed; AssertionError if it doesn't do all that it can."""
    run = ObservedRun(arguments, **settings)
    status = run.end()
    assert status in (0, 1), f"imgcmp {' '.join(arguments)} ended with status {status}: {run.text()}"
    return run


class Changes(NamedTuple):
    """The changes of the disk that a process made: their numbers, by what they were, like "os.rename"."""

    numbers: dict[str, list[int]]

    @classmethod
    def told(cls, path: str | os.PathLike[str], who: str) -> "Changes":
        """Read those of "main" or of any "worker" from the file that `changes_to` names."""
        numbers: dict[str, list[int]] = {}
        for line in Path(path).read_text().splitlines():
            name, number, what = line.split()
            if name == who:
                numbers.setdefault(what, []).append(int(number))
        return cls(numbers)

    def last(self, what: str, number: int) -> int:
        """Return the number of the last change of a kind, or of one before it; of any, if there is none."""
        numbers = sorted(self.numbers.get(what) or itertools.chain.from_iterable(self.numbers.values()))
        return numbers[-1 - number % len(numbers)]

    def drawn(self, chance: random.Random) -> int:
        """Return the number of one: each kind is as likely, so that hundreds of links don't hide the one rename."""
        return chance.choice(self.numbers[chance.choice(sorted(self.numbers))])


def check(database: str | os.PathLike[str]) -> None:
    """Fail unless `imgcmp check` finds nothing wrong."""
    command = [sys.executable, "-m", "imgcmp", "check", os.fspath(database)]
    result = subprocess.run(command, env=os.environ | {"PYTHONPATH": _CHECKOUT}, capture_output=True, text=True)
    assert result.returncode == 0, f"imgcmp check: {result.stdout}{result.stderr}"
