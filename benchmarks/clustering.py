"""Measure clustering, each case in a fresh process, and write docs/clustering.md.

    python benchmarks/clustering.py docs/clustering.md

writes the table between its marks in that page.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

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
    *(Case("noisy copies", 1_000_000, n_bits, 0.1, method) for n_bits in (64, 256) for method in ("single", "average")),
    Case("noisy copies", 100_000, 64, 0.3, "average", 64 * MIB),
    *(Case("in groups of 200", 400_000, 64, 0.1, method) for method in ("single", "average")),
    *(Case("like photographs", 100_000, n_bits, 0.1) for n_bits in (64, 256)),
    *(Case("like photographs", 100_000, 64, 0.3, method) for method in ("single", "complete", "average", "weighted")),
    Case("like photographs", 100_000, 64, 0.3, "average", 512 * MIB),
    Case("like photographs", 100_000, 64, 0.3, "average", 128 * MIB),
    Case("like photographs", 100_000, 256, 0.3),
    *(Case("noisy copies", 50_000, 64, 0.5, method) for method in ("single", "complete", "average", "weighted")),
    Case("half equal", 100_000, 64, 0.1),
    Case("half equal", 100_000, 64, 0.1, "complete"),
    *(Case("one-bit walk", 100_000, 64, 0.1, method) for method in ("single", "complete", "average", "weighted")),
    *(Case("near each other", 30_000, 64, 0.3, method) for method in ("single", "complete", "average", "weighted")),
    Case("near each other", 30_000, 64, 0.3, "average", 512 * MIB),
    *(Case("noisy copies", 100_000, 64, sim) for sim in (0.0, 1.0)),
]

ROUTES = {
    "_cluster_by_neighbours": "lists",
    "_cluster_in_two_steps": "two steps",
    "components_by_flood": "flood",
}

START, END = "<!-- measured -->", "<!-- end -->"


def measure(case: Case) -> dict[str, Any]:
    """Cluster in this process; return seconds, clusters, peak resident bytes and the route that was taken."""
    from imgcmp import cluster

    words = KINDS[case.kind](case.n, case.n_bits)
    # Compile, or load from the cache, whatever the case may need.
    cluster(words[:3000], case.n_bits, 0.2, method=case.method)
    cluster(words[:3000], case.n_bits, 0.4, method=case.method, max_memory=3 * MIB)
    taken = notice_routes()
    start = time.perf_counter()
    labels = cluster(words, case.n_bits, case.sim, method=case.method, max_memory=case.max_memory)
    seconds = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {"seconds": seconds, "clusters": int(labels.max()) + 1, "peak": peak, "route": "".join(taken)}


def notice_routes() -> list[str]:
    """Return a list to which each route that is taken from now on is appended."""
    module, taken = sys.modules["imgcmp.linkage"], []

    def noticed(function, route):
        return lambda *arguments: taken.append(route) or function(*arguments)

    for name, route in ROUTES.items():
        setattr(module, name, noticed(getattr(module, name), route))
    return taken


def table() -> Iterator[str]:
    yield describe_machine() + " Made by `python benchmarks/clustering.py docs/clustering.md`."
    yield ""
    yield "| collection | images | bits | SIM | linkage | memory allowed | route | clusters | seconds | peak MiB |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for case in CASES:
        command = [sys.executable, __file__, "--case", json.dumps(case)]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        allowed = "" if case.max_memory is None else f"{case.max_memory // MIB} MiB"
        cells = [case.kind, f"{case.n:,}", case.n_bits, case.sim, case.method, allowed, result["route"]]
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
    before, start, rest = page.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    if not start:
        parser.error(f"{page} has no line {START}")
    page.write_text("\n".join([before + START, "", *table(), "", END + after]), encoding="utf-8")


if __name__ == "__main__":
    main()
