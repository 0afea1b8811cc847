"""Interrupt `imgcmp run` twice in short succession, at random moments; tell what went wrong.

python benchmarks/interrupt_runs.py FOLDER... [--count 30] [--seed 0]

After each: no traceback, one line, a status of the documented ones, no process left, and every file that the run said
it had read is in the database. A run begins when it takes care of signals: what Python itself does before is its own.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from imgcmp import Database

_STATUS = (0, 1, 130)
_LONGEST_S = 60.0
_LAST_GAP_S = 0.3
_INTERRUPTED = re.compile(r"^(imgcmp.*: interrupted; |interrupted before anything)", re.MULTILINE)
_READ = re.compile(r"^(/.*): \d+ x \d+", re.MULTILINE)


def main() -> int:
    """Do it; return 0 if nothing went wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    faults = interrupt_runs(arguments.folders, arguments.count, arguments.seed)
    for fault in faults:
        print(fault)
    print(f"{arguments.count} runs interrupted twice, seed {arguments.seed}: {len(faults)} faults")
    return min(1, len(faults))


def interrupt_runs(folders: list[str], count: int, seed: int) -> list[str]:
    """Interrupt runs; return what went wrong, a line each."""
    chance = random.Random(seed)
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as work:
        whole_s = _time_of_a_run(folders, work)
        for number in range(count):
            # Half of them near the start or the end of a run, where there is something to load and to put away.
            moment_s = chance.uniform(0, 1.1) * whole_s if number % 2 else chance.uniform(0, 0.3)
            gap_s = chance.choice((0.0, 0.001, 0.01, 0.1, _LAST_GAP_S))
            faults += [f"run {number}: {fault}" for fault in _interrupted_run(folders, work, moment_s, gap_s)]
    return faults


def _time_of_a_run(folders: list[str], work: str) -> float:
    start = time.monotonic()
    with _started(folders, work) as process:
        process.communicate(timeout=_LONGEST_S)
    return time.monotonic() - start


def _started(folders: list[str], work: str) -> "subprocess.Popen[str]":
    """Start a run from nothing, in a session of its own: as a terminal does, Ctrl-C goes to all of its processes."""
    home = os.path.join(work, "home")
    shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, "-m", "imgcmp", "run", *folders, "-v", "--csv", os.path.join(work, "list.csv")]
    environment = os.environ | {"IMGCMP_HOME": home}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def _interrupted_run(folders: list[str], work: str, moment_s: float, gap_s: float) -> list[str]:
    with _started(folders, work) as process:
        while process.poll() is None and not _takes_care(process.pid):
            time.sleep(0.001)
        for pause_s in (moment_s, gap_s):
            time.sleep(pause_s)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        try:
            _, told = process.communicate(timeout=_LONGEST_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return ["it did not end"]
    when = f"{moment_s:.3f} s + {gap_s:g} s"
    faults = []
    n_told = len(_INTERRUPTED.findall(told))
    if "Traceback" in told or "KeyboardInterrupt" in told or n_told > 1:
        faults.append(f"{when}: it said {told!r}")
    if process.returncode not in _STATUS:
        faults.append(f"{when}: status {process.returncode}: {told!r}")
    if (process.returncode == 130) != (n_told > 0):
        faults.append(f"{when}: status {process.returncode}, and it said {told!r}")
    if _is_anyone_left(process.pid):
        faults.append(f"{when}: a process is left")
    return faults + [f"{when}: {file} was read, and is not in the database" for file in _lost(told, work)]


def _takes_care(process_id: int) -> bool:
    """Tell whether a process has its own way of taking a SIGTERM, as it does before it takes care of SIGINT's."""
    with open(f"/proc/{process_id}/status", encoding="ascii", errors="replace") as status:
        caught = int(re.search(r"^SigCgt:\s*(\w+)", status.read(), re.MULTILINE)[1], 16)  # type: ignore[index]
    return bool(caught >> (signal.SIGHUP - 1) & 1)  # the last of the three that is set


def _is_anyone_left(group: int) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    return True


def _lost(told: str, work: str) -> list[str]:
    said = _READ.findall(told)
    if not said:
        return []
    kept = set(Database(os.path.join(work, "home", "fingerprints.hdf")).files)
    return [file for file in said if file not in kept]


if __name__ == "__main__":
    raise SystemExit(main())
