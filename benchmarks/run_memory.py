"""Measure the memory that a second run takes: `imgcmp run`, and its first half alone.

    python benchmarks/run_memory.py [--images 100000]

Makes so many empty files, and a database that holds them as unchanged with the fingerprints of `imgcmp run` (x 16, all
views; random, so that no two are alike). Prints the largest resident size of the process that runs `imgcmp run`, of
`imgcmp fingerprint` over the same files, and of a Python that imports the same and does nothing, beside what is
promised: FACTOR times the database's size and MORE_BYTES. The exit status is 1 if that is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from unchanged_files import make_files

import imgcmp
from imgcmp.fingerprints.parameters import RECOMMENDED_VIEWS, RECOMMENDED_X

FACTOR, MORE_BYTES = 1.3, 300_000_000
_CHECKOUT = str(Path(imgcmp.__file__).parents[1])


def peak_bytes(arguments: list[str]) -> int:
    """Run a Python with these arguments; return the largest resident size of it, or of one of its workers."""
    environment = os.environ | {"PYTHONPATH": _CHECKOUT}
    process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{arguments} ended with status {process.returncode}"
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000, help="a multiple of 1000 (default: 100000)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photos, database = os.path.join(folder, "photos"), os.path.join(folder, "photos.hdf")
        make_files(photos, arguments.images)
        # In a process of its own: a child starts with the resident size of the one that it is forked from.
        kind = f"x={RECOMMENDED_X}, views={RECOMMENDED_VIEWS!r}"
        making = f"import unchanged_files; unchanged_files.save_as_read({database!r}, {photos!r}, {kind})"
        path = os.pathsep.join([str(Path(__file__).parent), _CHECKOUT])
        subprocess.run([sys.executable, "-c", making], env=os.environ | {"PYTHONPATH": path}, check=True)
        same = [photos, "-f", database, "-q"]
        commands = {
            "imgcmp run": ["-m", "imgcmp", "run", *same, "-o", os.path.join(folder, "links")],
            "imgcmp fingerprint": [
                *("-m", "imgcmp", "fingerprint", *same),
                *("-x", str(RECOMMENDED_X), "--views", RECOMMENDED_VIEWS),
            ],
            "nothing but imports": ["-c", "import imgcmp.commands.run"],
        }
        n_bytes = os.path.getsize(database)
        allowed = FACTOR * n_bytes + MORE_BYTES
        print(f"{arguments.images:,} images, a database of {n_bytes / 1e6:.0f} MB; allowed: {allowed / 1e6:.0f} MB")
        peaks = {name: peak_bytes(command) for name, command in commands.items()}
    for name, peak in peaks.items():
        print(f"{name}: {peak / 1e6:.0f} MB, of the allowed {peak / allowed:.2f}")
    return int(max(peaks.values()) > allowed)


if __name__ == "__main__":
    sys.exit(main())
