"""Measure how much memory `imgcmp cluster` takes at its peak, on a database with all views, as `imgcmp run` keeps it.

    python benchmarks/peak_memory.py                       100,000 images at SIM 0.02, 0.05 and 0.2: some minutes
    python benchmarks/peak_memory.py -n 20000 --sim 0.05

Exit status: 0 all within 1.3 times the size of the database plus 300 MB, 1 not, or a run failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bridge import new_database
from kept_views import noisy_copies_as_kept

from imgcmp.fingerprints.parameters import RECOMMENDED_X

MB = 10**6
UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=100_000, help="images (default: %(default)s)")
    parser.add_argument("--sim", type=float, nargs="+", default=[0.02, 0.05, 0.2])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/fingerprints.hdf"
        # In a process of its own: what this one had in memory would count as what its children had when they began.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            pool.submit(save_database, database, arguments.n).result()
        allowed = 1.3 * os.path.getsize(database) + 300 * MB
        print(f"{arguments.n:,} images, {os.path.getsize(database) / MB:.0f} MB: {allowed / MB:.0f} MB are allowed")
        peaks = [peak_of_clustering(database, sim, folder) for sim in arguments.sim]
    for sim, peak in zip(arguments.sim, peaks, strict=True):
        print(f"SIM {sim:g}: {peak / MB:.0f} MB, {peak / allowed:.2f} of it")
    return int(any(peak > allowed for peak in peaks))


def save_database(path: str, n: int) -> None:
    new_database(path, *noisy_copies_as_kept(n, RECOMMENDED_X**2)).save()


def peak_of_clustering(database: str, sim: float, folder: str) -> int:
    """Cluster in a process, and return the most bytes that it had in memory."""
    outputs = ["-o", f"{folder}/clusters", "--csv", f"{folder}/clusters.csv"]
    command = [sys.executable, "-m", "imgcmp", "cluster", str(sim), "-f", database, *outputs, "-q"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"imgcmp cluster {sim:g} failed")
    return usage.ru_maxrss * UNIT


if __name__ == "__main__":
    raise SystemExit(main())
