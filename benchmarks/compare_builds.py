"""Time this tree and another commit side by side; fail where this one is slower.

    python benchmarks/compare_builds.py                     against the commit that benchmarks/last_good_commit names
    python benchmarks/compare_builds.py main~3 -k cluster   against that one, the cases whose names hold "cluster"

Each build has a process, which stays alive: they prepare a case, with its kernels compiled, and then are timed by
turns, A B B A A B B A. What counts are the ratios of neighbours, since a machine that is busy slows both. A ratio is
sure as far as both the median by the clock and that by CPU time bear it out, or three quarters of those by the clock:
by the clock alone a busy machine gives 1.3 where nothing has changed, and by CPU time alone a thread that waits costs
nothing. Where more than --limit is sure, the case is measured again, longer and in new processes, because where the
memory of a process lies makes a difference that stays as long as it lives; it is lost only if it is so each time.

What a change costs on purpose stands in known_costs.json, with the reason and the commit it was measured against: in a
comparison with that one, and with no other, its cases have limits of their own.

Exit status: 0 nothing lost, or a checkout without the history in which the other commit is; 1 something lost, a case
that this tree can't do, or none that both can; 2 usage.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any, NamedTuple, Self

from build_cases import CASES
from builds import Build, NotAtHandError, both_builds, commits_between, is_whole_history, last_good_commit
from machine import describe_machine

OURS, THEIRS = "this tree", "the other"

LIMIT = 1.15
REPEATS = 3  # measurements, the first included, that must all be beyond the limit
SECONDS = 1.2  # the time a case is timed for, at about; a repeat takes twice and four times that
LEAST_SAMPLE_S = 0.02  # a sample is of as many calls as take this long
ROUNDS = 7, 31  # fewest and most samples of each build


class CaseError(Exception):
    """A build can't do a case."""


class Took(NamedTuple):
    """What a call took, in seconds: by the clock, and of CPU in all threads and child processes."""

    wall: float
    cpu: float


class Figure(NamedTuple):
    """What a case took: medians by the clock, in seconds, and the ratios ours / theirs."""

    ours_s: float
    theirs_s: float
    wall: float
    cpu: float
    sure: float


def figure_of(samples: list[tuple[Took, Took]]) -> Figure:
    """Return the medians of ours and theirs, taken right after each other, and what of the ratio is sure."""
    low, wall, _ = statistics.quantiles([ours.wall / theirs.wall for ours, theirs in samples], n=4, method="inclusive")
    cpu = statistics.median([ours.cpu / theirs.cpu for ours, theirs in samples])
    ours_s, theirs_s = (statistics.median(took.wall for took in side) for side in zip(*samples, strict=True))
    return Figure(ours_s, theirs_s, wall, cpu, sure=max(low, min(wall, cpu)))


class Worker:
    """The process of a build."""

    def __init__(self, build: Build) -> None:
        command = [sys.executable, str(Path(__file__).with_name("build_cases.py")), build.tree]
        # It runs in the tree, because `python -m imgcmp` takes the package from the folder it is run in.
        self._process = subprocess.Popen(
            command, stdin=PIPE, stdout=PIPE, text=True, cwd=build.tree, env=build.environment()
        )

    def ask(self, task: str, argument: str | int) -> None:
        """Give it something to do."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([task, argument]) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Wait until it is done; return what it took, or what went wrong."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"a process that times a build ended, with status {self._process.wait()}")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def time(self, calls: int) -> Took:
        """Return what a call takes, of so many."""
        self.ask("time", calls)
        return Took(**self.answer())

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Comparison:
    """Two builds, and the processes in which they are timed."""

    def __init__(self, ours: Build, theirs: Build) -> None:
        self.builds = ours, theirs
        self.workers = [Worker(build) for build in self.builds]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        for worker in self.workers:
            worker.close()

    def measure_surely(self, case: str, seconds: float, limit: float) -> Figure:
        """Time a case, again and longer as long as it seems to be lost."""
        figure = self.measure(case, seconds)
        for repeat in range(1, REPEATS):
            if figure.sure <= limit:
                break
            sys.stderr.write(f"{case}: {figure.sure:.3f}, measured again\n")
            self._close()
            self.workers = [Worker(build) for build in self.builds]
            figure = self.measure(case, seconds * 2**repeat)
        return figure

    def measure(self, case: str, seconds: float) -> Figure:
        """Time a case by turns, for about so many seconds."""
        ours, theirs = self.workers
        a_call_s = self._prepare(case)
        calls = max(1, round(LEAST_SAMPLE_S / min(a_call_s)))
        fewest, most = ROUNDS
        samples = []
        for number in range(min(max(round(seconds / (calls * sum(a_call_s))), fewest), most)):
            if number % 2:
                first = theirs.time(calls)
                samples.append((ours.time(calls), first))
            else:
                samples.append((ours.time(calls), theirs.time(calls)))
        return figure_of(samples)

    def _prepare(self, case: str) -> list[float]:
        """Get a case ready in both processes, at the same time; return what a call takes."""
        for worker in self.workers:
            worker.ask("prepare", case)
        replies = [worker.answer() for worker in self.workers]
        for whose, reply in zip((OURS, THEIRS), replies, strict=True):
            if "error" in reply:
                raise CaseError(f"{whose}: {reply['error']}")
        return [reply["wall"] for reply in replies]


def compare(comparison: Comparison, cases: list[str], options: argparse.Namespace) -> bool:
    """Measure and print the cases; return whether all is well."""
    complaints, n_compared = [], 0
    print(f"{'case':58} {'this':>9} {'other':>9}  ratio  by CPU", flush=True)
    for case in cases:
        try:
            limit = max([options.limit, *(ratio for name, ratio in options.known.items() if name in case)])
            figure = comparison.measure_surely(case, options.seconds, limit)
        except CaseError as failure:
            print(f"{case:58} not compared; {failure}", flush=True)
            complaints += [f"{case}: {failure}"] if str(failure).startswith(OURS) else []
            continue
        n_compared += 1
        lost = figure.sure > limit
        print(
            f"{case:58} {figure.ours_s * 1000:6.1f} ms {figure.theirs_s * 1000:6.1f} ms  {figure.wall:.3f}"
            f"  {figure.cpu:.3f}{'  LOST' if lost else ''}",
            flush=True,
        )
        complaints += [f"{case}: {figure.sure:.3f} of the other's time"] if lost else []
    print(f"\n{n_compared} of {len(cases)} cases compared, {len(complaints)} complaints", *complaints, sep="\n")
    return not complaints and n_compared > 0


def parsed_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", nargs="?", help="the other commit (default: what benchmarks/last_good_commit names)")
    parser.add_argument("-k", metavar="TEXT", default="", help="only the cases whose names hold TEXT")
    parser.add_argument("--limit", metavar="RATIO", type=float, default=LIMIT, help="default: %(default)s")
    parser.add_argument(
        "--seconds", metavar="S", type=float, default=SECONDS, help="time each case for about so long (%(default)s)"
    )
    options = parser.parse_args()
    options.cases = [case for case in CASES if options.k in case]
    if not options.cases:
        parser.error(f"-k {options.k!r} is in the name of no case")
    return options


def known_costs(commit: str) -> dict[str, float]:
    """Return the limits of cases that are known to take longer than in this commit, by parts of their names."""
    known = json.loads(Path(__file__).with_name("known_costs.json").read_text())
    limits: dict[str, float] = known["limits"] if known["against"] == commit else {}
    return limits


def main() -> int:
    options = parsed_options()
    commit = options.commit or last_good_commit()
    options.known = known_costs(commit)
    try:
        with both_builds(commit) as builds, Comparison(*builds) as comparison:
            print(f"This tree, and {commit[:12]}, {commits_between(commit)} commits before it. {describe_machine()}\n")
            return 0 if compare(comparison, options.cases, options) else 1
    except NotAtHandError as error:
        if is_whole_history():
            sys.stderr.write(f"{error}: name one that is\n")
            return 2
        print(f"not compared with another build: {error}, which has not all of the history")
        return 0


if __name__ == "__main__":
    sys.exit(main())
