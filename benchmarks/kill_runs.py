"""Kill runs at random moments, and check each time that nothing was lost.

    python benchmarks/kill_runs.py FOLDER ... [--count 50] [--seed 0] [--checkpoint 0.5] [--slow-sync 0]

Runs `imgcmp fingerprint` with the fingerprints of `imgcmp run` (x 16, all views) over the folders, kills its whole
process group with SIGKILL at a random moment, and checks the database: it opens, `imgcmp check` finds nothing wrong,
and it holds all that it held after the kill before. The next run goes on from there; when one gets to its end, the
next starts anew. At the end an undisturbed run must leave the same images and failures as one that was never killed,
and no temporary files. Failures that pass, for a reason outside of the file, may come and go.

What a kill may cost is told without a clock of ours: the run says (-vv) when a checkpoint is on the disk, and how long
no other one follows. All that it had called done before the last such line must be there, and nothing may have been
called done later than that pause after it, except what was just being taken in. --slow-sync makes every fsync so much
longer, as a busy disk does. (Up to 2026-11 this script allowed for a second between an image and its checkpoint. With
--slow-sync 0.15 that failed in 6 of 6 tries, of the same code: a save of 0.3 s puts off the next one by 6 s.)
"""

import argparse
import os
import random
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kept import Kept
from observed_run import KILLED, Line, ObservedRun, check, finish

from imgcmp.fingerprints.parameters import RECOMMENDED_VIEWS, RECOMMENDED_X
from imgcmp.system.atomic import TEMPORARY_PREFIX
from imgcmp.system.text import count, shown

SAVED = re.compile(r"saved: ([\d,]+) images? kept, in ([\d.]+) s; the next in ([\d.]+) s or later\Z")
DONE = re.compile(r"(/.*): (?:\d+ x \d+|was /)")  # a path, and its size or where it was before
ROUNDING_S = 0.001  # of the pause that a run tells


class Told(NamedTuple):
    """What a run said of its checkpoints until it ended."""

    saved: set[str]  # paths, as they are shown, that were done before the last checkpoint
    n_kept: int  # images that it kept
    n_unsaved: int  # images that were done since
    overdue: list[str]  # paths that were done, without a checkpoint, when one was due
    longest_pause_s: float

    @classmethod
    def by(cls, lines: Sequence[Line], least_s: float) -> "Told":
        """Read what a run wrote.

        An image is called done right after it was taken in, and a checkpoint is made when one is taken in and it is
        time. So, of those that follow a checkpoint, all but the last one were called done before the time of the next.
        """
        saved: set[str] = set()
        since: list[tuple[str, float]] = []
        overdue: list[str] = []
        n_kept, pause_s, begin = 0, least_s, float("inf")
        longest_pause_s = least_s
        for moment, text in lines:
            if match := SAVED.match(text):
                n_kept, pause_s, begin = int(match[1].replace(",", "")), float(match[3]), moment
                longest_pause_s = max(longest_pause_s, pause_s)
                saved.update(path for path, _ in since)
                since = []
            elif match := DONE.match(text):
                begin = min(begin, moment)  # before the first checkpoint: the run began some time before
                overdue += [path for path, done in since[-1:] if done > begin + pause_s + ROUNDING_S]
                since.append((match[1], moment))
        return cls(saved, n_kept, len(since), overdue, longest_pause_s)


def arguments_of(folders: Sequence[str], database: Path, checkpoint_s: float) -> list[str]:
    """Return the arguments of a run that says all that it does."""
    kind = ["-x", str(RECOMMENDED_X), "--views", RECOMMENDED_VIEWS]
    limits = ["--checkpoint", str(checkpoint_s), "--max-memory", "500M"]
    return ["fingerprint", *folders, "-vv", "-f", str(database), *kind, *limits]


def demand_kept(run: Told, before: Kept, held: Kept) -> None:
    """Fail unless a database holds what it held before the run, and what the run says that it saved."""
    assert not before.lost(held), f"held before the kill, and not after it: {before.lost(held)}"
    lost = sorted(run.saved - {shown(path) for path in held.images})
    assert not lost, f"called done before the last checkpoint, and not held: {lost}"
    assert len(held.images) >= run.n_kept, f"{run.n_kept} images were said to be kept, and {len(held.images)} are"
    assert not run.overdue, f"done when a checkpoint was due, and none was made: {run.overdue}"


def kill_runs(folders: Sequence[str], n_kills: int, seed: int, checkpoint_s: float, *, slow_sync_s: float = 0.0) -> str:
    """Kill that many runs; return in a line what happened, and fail if anything was lost."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        slow = {"root": folder, "slow_sync_s": slow_sync_s}
        whole = Path(folder, "whole.hdf")
        undisturbed = finish(arguments_of(folders, whole, checkpoint_s), **slow)
        seconds = undisturbed.lines[-1].moment - undisturbed.start
        expected = Kept.of(whole)
        database, kept, number, kills, ends, resumed = Path(folder, "0.hdf"), Kept({}, {}), 0, 0, 0, 0
        most_unsaved, longest_pause_s = 0, 0.0
        while kills < n_kills:
            run = ObservedRun(arguments_of(folders, database, checkpoint_s), **slow)
            was_killed = run.end(within_s=chance.uniform(0, 1.1 * seconds)) in KILLED
            told, held = Told.by(run.lines, checkpoint_s), Kept.of(database)
            if database.exists():
                check(database)
            demand_kept(told, kept, held)
            most_unsaved = max(most_unsaved, told.n_unsaved) if was_killed else most_unsaved
            longest_pause_s = max(longest_pause_s, told.longest_pause_s)
            resumed += len(kept) > 0
            kills, ends, kept = kills + was_killed, ends + (not was_killed), held
            if not was_killed:
                assert held == expected, f"an undisturbed run after kills differs: {held.differences(expected)}"
                number, kept = number + 1, Kept({}, {})
                database = Path(folder, f"{number}.hdf")
        finish(arguments_of(folders, database, checkpoint_s))
        check(database)
        last = Kept.of(database)
        assert last == expected, f"the last run, undisturbed, differs: {last.differences(expected)}"
        left = [name for name in os.listdir(folder) if name.startswith(TEMPORARY_PREFIX)]
        assert not left, f"temporary files left: {left}"
    return (
        f"{kills} kills, {resumed} of them of runs that went on from a killed one, {ends} runs that ended before; "
        f"at most {count(most_unsaved, 'image')} done since the last checkpoint, {longest_pause_s:.2f} s at most "
        f"between two; {count(len(expected.images), 'image')} and {count(len(expected.failures), 'failure')} "
        "as without kills; no temporary files left"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+")
    parser.add_argument("--count", type=int, default=50, help="kills (default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("--checkpoint", type=float, default=0.5, help="seconds between checkpoints (default: 0.5)")
    parser.add_argument("--slow-sync", type=float, default=0.0, help="seconds added to every fsync (default: 0)")
    arguments = parser.parse_args()
    told = kill_runs(
        arguments.folders, arguments.count, arguments.seed, arguments.checkpoint, slow_sync_s=arguments.slow_sync
    )
    print(told)


if __name__ == "__main__":
    main()
