"""Kill runs at random moments, and check each time that nothing was lost.

    python benchmarks/kill_runs.py FOLDER ... [--count 50] [--seed 0] [--checkpoint 0.5]

Runs `imgcmp fingerprint` over the folders, kills its whole process group with SIGKILL at a random moment, and checks
the database: it opens, `imgcmp check` finds nothing wrong, and it holds all that it held after the kill before, and
as many more images as were done a checkpoint before the kill. The next run goes on from there; when one gets to its
end, the next starts anew. At the end an undisturbed run must leave the same /files, /fps and /failed as one that was
never killed, and no temporary files. Failures that pass, for a reason outside of the file, may come and go.
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

from imgcmp.database.database import Database
from imgcmp.images.image_file import Failure
from imgcmp.system.atomic import TEMPORARY_PREFIX
from imgcmp.system.text import count

SAVE_S = 0.5  # what a checkpoint itself may take, and a line on its way to us


class Contents(NamedTuple):
    """What a database holds, in no order."""

    fingerprints: dict[str, bytes]
    failures: dict[str, Failure]  # without those that pass

    @classmethod
    def of(cls, path: Path) -> "Contents":
        if not path.exists():
            return cls({}, {})
        database = Database(str(path))
        fingerprints = {file: words.tobytes() for file, words in zip(database.files, database.words, strict=True)}
        failures = {path: failure for path, failure in database.failures.items() if not failure.is_passing}
        return cls(fingerprints, failures)

    def __len__(self) -> int:
        return len(self.fingerprints) + len(self.failures)

    def lost(self, held: "Contents") -> list[str]:
        """Return the files that are not held any more as they are here."""
        lost = (self.fingerprints.items() - held.fingerprints.items()) | (self.failures.items() - held.failures.items())
        return sorted(path for path, _ in lost)

    def differences(self, expected: "Contents") -> list[str]:
        """Return the files that are not held as they are expected, nor expected as they are held."""
        return sorted({*self.lost(expected), *expected.lost(self)})


class Run:
    """`imgcmp fingerprint`, in a process group of its own; counts the images that it says are done, with the time."""

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
        with self.process.stderr as lines:
            for line in lines:
                if line.startswith("/") and not line.endswith("(as before)\n"):
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


def kill_runs(folders: list[str], n_kills: int, seed: int, checkpoint_s: float) -> str:
    """Kill that many runs; return in a line what happened, and fail if anything was lost."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole.hdf")
        seconds = Run(folders, whole, checkpoint_s).finish()
        expected = Contents.of(whole)
        database, kept, number, kills, ends, resumed = Path(folder, "0.hdf"), Contents({}, {}), 0, 0, 0, 0
        while kills < n_kills:
            run = Run(folders, database, checkpoint_s)
            was_killed = run.kill_after(chance.uniform(0, 1.1 * seconds))
            now = time.monotonic()
            held = Contents.of(database)
            if database.exists():
                check(database)
            assert not kept.lost(held), f"held before the kill, and not after it: {kept.lost(held)}"
            safe = run.done_before(now - checkpoint_s - SAVE_S)
            new = len(held.fingerprints) - len(kept.fingerprints)
            assert new >= safe, f"{safe} images were done a checkpoint before the kill, and {new} are kept"
            resumed += len(kept) > 0
            kills, ends, kept = kills + was_killed, ends + (not was_killed), held
            if not was_killed:
                assert held == expected, f"an undisturbed run after kills differs: {held.differences(expected)}"
                number, kept = number + 1, Contents({}, {})
                database = Path(folder, f"{number}.hdf")
        Run(folders, database, checkpoint_s).finish()
        check(database)
        last = Contents.of(database)
        assert last == expected, f"the last run, undisturbed, differs: {last.differences(expected)}"
        left = [name for name in os.listdir(folder) if name.startswith(TEMPORARY_PREFIX)]
        assert not left, f"temporary files left: {left}"
    return (
        f"{kills} kills, {resumed} of them of runs that went on from a killed one, {ends} runs that ended before; "
        f"{count(len(expected.fingerprints), 'image')} and {count(len(expected.failures), 'failure')} "
        "as without kills; no temporary files left"
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
