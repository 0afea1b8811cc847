"""Damage copies of image files at random, fingerprint them all, and see that every one is read or gives a reason.

    python benchmarks/mutate_images.py FOLDER [FOLDER ...] --count 2000 --seed 0

Bits are flipped, bytes overwritten, pieces cut out, files truncated. It prints how many were read and how many failed,
the reasons that are most frequent, and the most memory that all processes together had resident; the exit status is 1
if a file is unaccounted for, a worker died, a reason is not one printable line, or the memory reached 1 GiB. (A damaged
header may ask for any size, so that the memory is what --max-memory lets it be.)
"""

import argparse
import os
import sys
import tempfile
import threading
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from imgcmp.fingerprints.fingerprint import FileFingerprint, try_fingerprint
from imgcmp.images.find_images import find_images
from imgcmp.images.image_file import ImageFile
from imgcmp.system import processes
from imgcmp.system.memory import format_bytes

LARGEST_BYTES = 2**20
MOST_RESIDENT = 2**30


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--count", type=int, default=2000, help="damaged copies to make")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds a file may take")
    parser.add_argument("--max-memory", type=int, default=500_000_000, help="bytes that decoding may take")
    parser.add_argument("--keep", metavar="FOLDER", help="where to leave the copies; default: they are removed")
    options = parser.parse_args(arguments)
    sources = [file.path for file in find_images(options.folders).files if file.size <= LARGEST_BYTES]
    with tempfile.TemporaryDirectory() as temporary, Resident() as resident:
        files = damaged_copies(sources, options.keep or temporary, options.count, options.seed)
        task = partial(try_fingerprint, x=8, method="phash")
        results = list(processes.run(task, files, timeout_s=options.timeout, max_memory=options.max_memory))
    complaints = [complaint for file, result in results if (complaint := complaint_about(file, result))]
    if resident.most >= MOST_RESIDENT:
        complaints.append("too much memory")
    failures = Counter(result.reason for _, result in results if not isinstance(result, FileFingerprint))
    print(f"{len(results):,} files: {len(results) - failures.total():,} read, {failures.total():,} failed")
    for reason, n in failures.most_common(10):
        print(f"{n:6,} {reason}")
    print(f"most memory resident at a time: {resident}")
    print("\n".join(complaints))
    return int(bool(complaints) or sorted(file for file, _ in results) != sorted(files))


def damaged_copies(sources, folder, count, seed):
    """Write `count` damaged copies of source files, in turn, and return them."""
    os.makedirs(folder, exist_ok=True)
    files = []
    for number in range(count):
        source = Path(sources[number % len(sources)])
        copy = Path(folder, f"{number:05}{source.suffix}")
        copy.write_bytes(damaged(source.read_bytes(), np.random.default_rng((seed, number))))
        files.append(ImageFile(str(copy), copy.stat().st_size, copy.stat().st_mtime_ns))
    return files


def damaged(whole, random):
    """Return the bytes of a file with a few of them changed, or some of them gone."""
    raw = bytearray(whole)
    if not raw:
        return b"\xff"
    kind = random.integers(4)
    near_the_start = len(raw) if random.integers(2) else min(len(raw), 512)  # where the headers are
    if kind == 0:
        del raw[random.integers(len(raw)) :]
    elif kind == 1:
        first = random.integers(near_the_start)
        del raw[first : first + random.integers(1, 1 + near_the_start)]
    for _ in range(random.integers(1, 9) if raw and kind > 1 else 0):
        where = random.integers(near_the_start)
        raw[where] = random.integers(256) if kind == 2 else raw[where] ^ 1 << random.integers(8)
    return bytes(raw)


def complaint_about(file, result):
    """Say what is wrong with what became of a file, or None."""
    if isinstance(result, processes.WorkerDied):
        return f"{file.path}: {result.reason}"
    if isinstance(result, FileFingerprint):
        return None if min(result.width, result.height) > 0 else f"{file.path}: read, but {result.width} wide"
    return None if result.reason and result.reason.isprintable() else f"{file.path}: {result.reason!r}"


class Resident:
    """The most memory that this process and its children have resident at a time (Linux: their proportional sizes).

    What this process had before does not count: a run of tests has had hundreds of MB by then.
    """

    def __enter__(self):
        self.before = resident_bytes(os.getpid())
        self.most = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def __str__(self):
        return format_bytes(self.most) if self.most else "unknown, for there is no /proc"

    def _watch(self):
        while not self.ended.wait(0.05):
            now = sum(map(resident_bytes, [os.getpid(), *children(os.getpid())]))
            self.most = max(self.most, now - self.before)


def children(process_id):
    """Return the ids of all processes below one."""
    try:
        tasks = list(Path(f"/proc/{process_id}/task").iterdir())
        ids = [int(text) for task in tasks for text in (task / "children").read_text().split()]
    except OSError:
        return []
    return ids + [below for child in ids for below in children(child)]


def resident_bytes(process_id):
    """Return the memory of a process; what it shares with n others counts as an n-th."""
    try:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    sys.exit(main())
