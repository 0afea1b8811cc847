"""Kill runs at random moments, and check each time that nothing was lost.

    python benchmarks/kill_runs.py FOLDER ... [--count 50] [--seed 0] [--checkpoint 0.5]

Runs `imgcmp fingerprint` over the folders, kills its whole process group with SIGKILL at a random moment, and checks
the database: it opens, `imgcmp check` finds nothing wrong, and it holds no fewer files than after the kill before, and
all that were done a checkpoint before the kill. The next run goes on from there; when one gets to its end, the next
starts anew. At the end an undisturbed run must leave the same /files, /fps and /failed as one that was never killed.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from imgcmp.store import Database

SAVE_S = 0.5  # what a checkpoint itself may take, and a line on its way to us


class Contents(NamedTuple):
    """What a database holds, in no order."""

    fingerprints: dict[str, bytes]
    reasons: dict[str, str]

    @classmethod
    def of(cls, path: Path) -> "Contents":
        if not path.exists():
            return cls({}, {})
        database = Database(str(path))
        fingerprints = {file: words.tobytes() for file, words in zip(database.files, database.words, strict=True)}
        return cls(fingerprints, {failure.path: failure.reason for failure in database.failures.values()})

    def __len__(self) -> int:
        return len(self.fingerprints) + len(self.reasons)


class Run:
    """`imgcmp fingerprint`, in a process group of its own; counts the files that it says are done, with the time."""

    def __init__(self, folders: list[str], database: Path, checkpoint_s: float) -> None:
        command = [sys.executable, "-m", "imgcmp", "fingerprint", *folders, "-v", "-f", str(database)]
        self.process = subprocess.Popen(
            [*command, "--checkpoint", str(checkpoint_s), "--max-memory", "500M"],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.start = time.monotonic()
        self.done_at: list[float] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("/"):
                self.done_at.append(time.monotonic())

    def kill_after(self, seconds: float) -> bool:
        """Kill it and all its workers after that time; return whether it was still running."""
        try:
            self.process.wait(max(0.0, self.start + seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        self._reader.join()
        return status == -signal.SIGKILL

    def finish(self) -> float:
        """Wait until it ends by itself; return its seconds."""
        status = self.process.wait()
        self._reader.join()
        assert status in (0, 1), f"the run ended with status {status}"
        return time.monotonic() - self.start

    def done_before(self, moment: float) -> int:
        return sum(done < moment for done in self.done_at)


def check(database: Path) -> None:
    """Fail unless `imgcmp check` finds nothing wrong."""
    result = subprocess.run([sys.executable, "-m", "imgcmp", "check", database], capture_output=True, text=True)
    assert result.returncode == 0, f"imgcmp check: {result.stdout}{result.stderr}"


def kill_runs(folders: list[str], count: int, seed: int, checkpoint_s: float) -> str:
    """Kill that many runs; return in a line what happened, and fail if anything was lost."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole.hdf")
        seconds = Run(folders, whole, checkpoint_s).finish()
        expected = Contents.of(whole)
        database, kept, number, kills, ends, fewest, resumed = Path(folder, "0.hdf"), Contents({}, {}), 0, 0, 0, 0, 0
        while kills < count:
            run = Run(folders, database, checkpoint_s)
            was_killed = run.kill_after(chance.uniform(0, 1.1 * seconds))
            now = time.monotonic()
            held = Contents.of(database)
            if database.exists():
                check(database)
            assert len(held) >= len(kept), f"{len(kept)} files before the kill, {len(held)} after it"
            safe = run.done_before(now - checkpoint_s - SAVE_S)
            new = len(held) - len(kept)
            assert new >= safe, f"{safe} files were done a checkpoint before the kill, and {new} are kept"
            fewest, resumed = max(fewest, safe), resumed + (len(kept) > 0)
            kills, ends, kept = kills + was_killed, ends + (not was_killed), held
            if not was_killed:
                assert held == expected, "an undisturbed run after kills differs from one that was never killed"
                number, kept = number + 1, Contents({}, {})
                database = Path(folder, f"{number}.hdf")
        Run(folders, database, checkpoint_s).finish()
        check(database)
        assert Contents.of(database) == expected, "the last run, undisturbed, differs from one that was never killed"
        left = [name for name in os.listdir(folder) if name.startswith(".imgcmp-")]
    return (
        f"{kills} kills, {resumed} of them of runs that went on from a killed one, {ends} runs that ended before; "
        f"{len(expected.fingerprints)} images and {len(expected.reasons)} failures as without kills; "
        f"{len(left)} temporary files left"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+")
    parser.add_argument("--count", type=int, default=50, help="kills (default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("--checkpoint", type=float, default=0.5, help="seconds between checkpoints (default: 0.5)")
    arguments = parser.parse_args()
    print(kill_runs(arguments.folders, arguments.count, arguments.seed, arguments.checkpoint))


if __name__ == "__main__":
    main()
