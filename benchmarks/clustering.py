"""Measure clustering, each case in a fresh process, and write docs/clustering.md.

python benchmarks/clustering.py > docs/clustering.md
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from machine import describe_machine
from synthetic import KINDS

MIB = 2**20


class Case(NamedTuple):
    kind: str
    n: int
    n_bits: int
    sim: float
    method: str = "average"
    max_memory: int | None = None


CASES = [
    *(Case("noisy copies", 20_000, 64, sim, method) for sim in (0.1, 0.3) for method in ("average", "complete")),
    *(
        Case("noisy copies", 100_000, n_bits, sim, method)
        for n_bits in (64, 256)
        for sim in (0.1, 0.2, 0.3)
        for method in ("single", "complete", "average", "weighted")
    ),
    Case("noisy copies", 1_000_000, 64, 0.1),
    Case("noisy copies", 1_000_000, 64, 0.1, "single"),
    Case("noisy copies", 100_000, 64, 0.3, "average", 64 * MIB),
    Case("half equal", 100_000, 64, 0.1),
    Case("half equal", 100_000, 64, 0.1, "complete"),
    Case("one-bit walk", 100_000, 64, 0.1, "single"),
    Case("one-bit walk", 100_000, 64, 0.1, "complete"),
    Case("one-bit walk", 100_000, 64, 0.1),
    Case("near each other", 30_000, 64, 0.3, "single"),
    Case("near each other", 30_000, 64, 0.3, "average", 512 * MIB),
]

START, END = "<!-- measured -->", "<!-- end -->"


def measure(case: Case) -> dict[str, float]:
    """Cluster in this process; return seconds, clusters and peak resident bytes."""
    from imgcmp import cluster

    words = KINDS[case.kind](case.n, case.n_bits)
    # Compile, or load from the cache, whatever the case may need.
    cluster(words[:3000], case.n_bits, 0.2, method=case.method)
    cluster(words[:3000], case.n_bits, 0.4, method=case.method, max_memory=3 * MIB)
    start = time.perf_counter()
    labels = cluster(words, case.n_bits, case.sim, method=case.method, max_memory=case.max_memory)
    seconds = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {"seconds": seconds, "clusters": int(labels.max()) + 1, "peak": peak}


def table() -> Iterator[str]:
    yield describe_machine() + " Made by `python benchmarks/clustering.py docs/clustering.md`."
    yield ""
    yield "| collection | images | bits | SIM | linkage | memory allowed | clusters | seconds | peak MiB |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for case in CASES:
        command = [sys.executable, __file__, "--case", json.dumps(case)]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        allowed = "" if case.max_memory is None else f"{case.max_memory // MIB} MiB"
        cells = [case.kind, f"{case.n:,}", case.n_bits, case.sim, case.method, allowed]
        cells += [f"{result['clusters']:,}", f"{result['seconds']:.2f}", f"{result['peak'] / MIB:.0f}"]
        row = "| " + " | ".join(map(str, cells)) + " |"
        sys.stderr.write(row + "\n")
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", metavar="PAGE", nargs="?", default="docs/clustering.md")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(measure(Case(*json.loads(arguments.case)))))
        return
    page = Path(arguments.page)
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    page.write_text("\n".join([before + START, "", *table(), "", END + after]), encoding="utf-8")


if __name__ == "__main__":
    main()
