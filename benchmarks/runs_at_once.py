"""Start several runs at once on the same outputs, many times: one goes on, the others are told, nothing is torn.

    python benchmarks/runs_at_once.py [--scenario NAME ...] [--count 20] [--processes 2] [--seed 0]

The commands are those of kill_everywhere.py. Each process stops right before one of its changes of the disk, drawn by
chance (every other time all at the same rename: at the last one first, which puts the result in place), until all
others have come to theirs or have ended; then they go on together. At least one must do all that it can; each of the
others does, too, or ends with status 2 and one line that says who is writing, and to wait. Then the database, links,
lists and copies are what they would be after one run alone (`cluster two ways`,
where the SIM differs: the outputs of the one or of the other, each whole), and one more run leaves no temporary file.
"""

import argparse
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kill_everywhere import SCENARIOS, cluster, try_each
from observed_run import Changes, ObservedRun, check, finish
from outputs import Outputs, Place

TWO_WAYS = "cluster two ways"
NAMES = [*SCENARIOS, TWO_WAYS]


def at_once(name: str, root: str, *, times: int, processes: int, seed: int, n_scenes: int = 12) -> Counter[str]:
    """Run a scenario's command in so many processes at once, so many times; return how many did it and were told."""
    scenario, place, start = SCENARIOS["cluster" if name == TWO_WAYS else name], Place(root), Path(root, "start")
    place.make_photos(n_scenes)
    scenario.prepare(place)
    shutil.copytree(place.out, start, symlinks=True)
    commands = [scenario.arguments(place)] * processes
    if name == TWO_WAYS:
        commands[1::2] = [cluster(place, "0.05")] * len(commands[1::2])
    wanted, changes = [], []
    for number, command in enumerate(commands):
        told = place.root / f"changes {number}"
        finish(command, root=str(place.out), changes_to=str(told))
        wanted.append(Outputs.of(place))
        changes.append(Changes.told(told, "main"))
        restore(place, start)
    chance, tally = random.Random(f"{name} {seed}"), Counter[str]()
    for time in range(times):
        if time % 2:
            meetings = [told.drawn(chance) for told in changes]
        else:
            meetings = [told.last("os.rename", time // 2) for told in changes]
        try:
            tally += outcomes(run_together(commands, str(place.out), meetings))
            demand_whole(place, wanted)
            finish(commands[0])
            assert Outputs.of(place) == wanted[0], "one more run leaves something else than a run alone"
            assert not place.temporary_files(), f"temporary files left: {place.temporary_files()}"
        except AssertionError as error:
            error.add_note(f"{name}, time {time}, which met at their changes {meetings}")
            raise
        restore(place, start)
    return tally


def restore(place: Place, start: Path) -> None:
    shutil.rmtree(place.out)
    shutil.copytree(start, place.out, symlinks=True)


def run_together(commands: Sequence[list[str]], root: str, meetings: Sequence[int]) -> list[ObservedRun]:
    """Run each command in a process, which waits for the others at its change of that number; return the ended ones."""
    go, hold = os.pipe()
    runs, signs = [], []
    for command, meeting in zip(commands, meetings, strict=True):
        sign, ready = os.pipe()
        runs.append(ObservedRun(command, pass_fds=(go, ready), root=root, meet_at=meeting, ready=ready, go=go))
        os.close(ready)
        signs.append(sign)
    for sign in signs:
        os.read(sign, 1)  # it is there, or has ended
        os.close(sign)
    os.close(hold)
    os.close(go)
    for run in runs:
        run.end()
    return runs


def outcomes(runs: Sequence[ObservedRun]) -> Counter[str]:
    """Count those that did it and those that were told to wait; AssertionError if one did neither, or none did it."""
    tally = Counter[str]()
    for run in runs:
        status, lines = run.process.returncode, [line.text for line in run.lines]
        told = [line for line in lines if "is being written by" in line]
        if status in (0, 1) and not told:
            tally["done"] += 1
        else:
            assert status == 2, f"status {status}: {run.text()}"
            assert len(told) == 1, f"refused in other words than that another writes: {run.text()}"
            assert told == lines[-1:], f"goes on after it was told that another writes: {run.text()}"
            tally["told"] += 1
    assert tally["done"], "none of them did it"
    return tally


def demand_whole(place: Place, wanted: Sequence[Outputs]) -> None:
    """Fail unless every output is what one of the commands makes alone."""
    now = Outputs.of(place)
    torn = [name for name in now._fields if all(getattr(now, name) != getattr(one, name) for one in wanted)]
    assert not torn, f"{', '.join(torn)}: not what a run alone makes"
    if place.database.exists():
        check(place.database)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", nargs="+", choices=NAMES, default=NAMES, help="default: all")
    parser.add_argument("--count", type=int, default=20, help="times for each scenario (default: 20)")
    parser.add_argument("--processes", type=int, default=2, help="how many at once (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="of where they meet (default: 0)")
    arguments = parser.parse_args(argv)
    times, processes = arguments.count, arguments.processes

    def met(name: str, folder: str) -> str:
        tally = at_once(name, folder, times=times, processes=processes, seed=arguments.seed)
        return f"{times} times {processes} at once: {tally['done']} done, {tally['told']} told"

    return try_each(arguments.scenario, met)


if __name__ == "__main__":
    sys.exit(main())
