"""Measure clustering, each case in a fresh process, and write docs/measurements/clustering.md.

    python benchmarks/clustering.py docs/measurements/clustering.md

writes the tables between their marks in that page.
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

from kept_views import noisy_copies_as_kept
from like_photographs import like_photographs, like_photographs_as_kept
from machine import describe_machine
from synthetic import half_equal, in_groups, near_each_other, noisy_copies, one_bit_walk

MIB = 2**20

KINDS = {
    "like photographs": like_photographs,
    "noisy copies": noisy_copies,
    "half equal": half_equal,
    "in groups of 200": in_groups,
    "near each other": near_each_other,
    "one-bit walk": one_bit_walk,
}

KINDS_WITH_VIEWS = {
    "like photographs": like_photographs_as_kept,
    "noisy copies": noisy_copies_as_kept,
}


class Case(NamedTuple):
    kind: str
    n: int
    n_bits: int
    sim: float
    method: str = "average"
    max_memory: int | None = None
    has_views: bool = False


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

VIEW_CASES = [
    *(Case("noisy copies", 100_000, n_bits, 0.15, method) for n_bits in (64, 256) for method in ("single", "average")),
    *(Case("like photographs", 100_000, n_bits, 0.15) for n_bits in (64, 256)),
    Case("like photographs", 20_000, 64, 0.15, "complete"),
    Case("like photographs", 20_000, 256, 0.3),
]

WHOLE_TREE = 1.0  # as a SIM

TREE_CASES = [
    *(Case("noisy copies", n, 64, WHOLE_TREE) for n in (20_000, 50_000, 100_000)),
    *(Case("noisy copies", 20_000, 64, WHOLE_TREE, method) for method in ("weighted", "single")),
    Case("noisy copies", 100_000, 64, WHOLE_TREE, "single"),
    *(Case("noisy copies", n, 256, WHOLE_TREE) for n in (20_000, 100_000)),
    *(Case("noisy copies", 100_000, n_bits, 0.35) for n_bits in (64, 256)),
    *(Case("noisy copies", 20_000, 256, 0.26, method, has_views=True) for method in ("average", "complete", "single")),
]

ROUTES = {
    ("imgcmp.clusters.linkage", "cluster_by_components"): "components",
    ("imgcmp.clusters.routes", "_by_neighbours"): "lists",
    ("imgcmp.clusters.routes", "_in_two_steps"): "two steps",
    ("imgcmp.clusters.routes", "components_by_flood"): "flood",
}

MARKS = (
    ("<!-- measured -->", "<!-- end -->"),
    ("<!-- measured with views -->", "<!-- end of views -->"),
    ("<!-- measured trees -->", "<!-- end of trees -->"),
)


def measure(case: Case) -> dict[str, Any]:
    """Cluster in this process; return seconds, clusters, peak resident bytes and the route that was taken."""
    from imgcmp import cluster

    words = KINDS[case.kind](case.n, case.n_bits)
    # Compile, or load from the cache, whatever the case may need.
    cluster(words[:3000], 0.2, n_bits=case.n_bits, linkage=case.method)
    cluster(words[:3000], 0.4, n_bits=case.n_bits, linkage=case.method, max_memory=3 * MIB)
    taken = notice_routes()
    start = time.perf_counter()
    labels = cluster(words, case.sim, n_bits=case.n_bits, linkage=case.method, max_memory=case.max_memory)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "clusters": int(labels.max()) + 1, "peak": peak_bytes(), "route": "".join(taken)}


def measure_with_views(case: Case) -> dict[str, Any]:
    """Cluster in this process, without views and with them; return the figures of both."""
    from imgcmp import cluster

    images = KINDS_WITH_VIEWS[case.kind](case.n, case.n_bits)
    words, some = images.words, images.some(slice(3000))
    cluster(some.words, case.sim, n_bits=case.n_bits, linkage=case.method)
    cluster(some.words, case.sim, n_bits=case.n_bits, linkage=case.method, **some.options)
    start = time.perf_counter()
    cluster(words, case.sim, n_bits=case.n_bits, linkage=case.method)
    without = time.perf_counter() - start
    start = time.perf_counter()
    labels = cluster(words, case.sim, n_bits=case.n_bits, linkage=case.method, **images.options)
    seconds = time.perf_counter() - start
    result = {"seconds": seconds, "without": without, "clusters": int(labels.max()) + 1, "peak": peak_bytes()}
    return result | {"n_views": images.views.shape[1]}


def measure_tree(case: Case) -> dict[str, Any]:
    """Make a tree in this process, then cluster: at the SIM of a forest, at 0.5 beside a whole tree."""
    from imgcmp import cluster, linkage

    is_whole = case.sim == WHOLE_TREE
    of_tree = {} if is_whole else {"sim": case.sim}
    options = of_some = {"n_bits": case.n_bits, "linkage": case.method}
    if case.has_views:
        images = KINDS_WITH_VIEWS[case.kind](case.n, case.n_bits)
        words, options, of_some = images.words, options | images.options, options | images.some(slice(3000)).options
    else:
        words = KINDS[case.kind](case.n, case.n_bits)
    linkage(words[:3000], **of_some, **of_tree)
    cluster(words[:3000], 0.4, max_memory=None if case.has_views else 3 * MIB, **of_some)
    start = time.perf_counter()
    linkage(words, **options, **of_tree)
    seconds, peak = time.perf_counter() - start, peak_bytes()
    start = time.perf_counter()
    cluster(words, 0.5 if is_whole else case.sim, **options)
    return {"seconds": seconds, "peak": peak, "cluster": time.perf_counter() - start}


def peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def notice_routes() -> list[str]:
    """Return a list to which each route that is taken from now on is appended."""
    taken = []

    def noticed(function, route):
        def call(*arguments):
            result = function(*arguments)
            if result is not None:  # else another way is taken
                taken.append(route)
            return result

        return call

    for (module_name, name), route in ROUTES.items():
        module = sys.modules[module_name]
        setattr(module, name, noticed(getattr(module, name), route))
    return taken


def table() -> Iterator[str]:
    yield describe_machine() + " Made by `python benchmarks/clustering.py docs/measurements/clustering.md`."
    yield ""
    yield "| collection | images | bits | SIM | linkage | memory allowed | route | clusters | seconds | peak MiB |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for case in CASES:
        result = in_a_process("--case", case)
        allowed = "" if case.max_memory is None else f"{case.max_memory // MIB} MiB"
        cells = [case.kind, f"{case.n:,}", case.n_bits, case.sim, case.method, allowed, result["route"]]
        cells += [f"{result['clusters']:,}", f"{result['seconds']:.2f}", f"{result['peak'] / MIB:.0f}"]
        row = "| " + " | ".join(map(str, cells)) + " |"
        sys.stderr.write(row + "\n")
        yield row


def table_with_views() -> Iterator[str]:
    yield describe_machine()
    yield ""
    yield "| collection | images | bits | views | SIM | linkage | clusters | seconds | without | times | peak MiB |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for case in VIEW_CASES:
        result = in_a_process("--view-case", case)
        cells = [case.kind, f"{case.n:,}", case.n_bits, result["n_views"], case.sim, case.method]
        cells += [f"{result['clusters']:,}", f"{result['seconds']:.1f}", f"{result['without']:.2f}"]
        cells += [f"{result['seconds'] / result['without']:.0f}", f"{result['peak'] / MIB:.0f}"]
        row = "| " + " | ".join(map(str, cells)) + " |"
        sys.stderr.write(row + "\n")
        yield row


def table_of_trees() -> Iterator[str]:
    yield describe_machine()
    yield ""
    heads = (
        "collection",
        "images",
        "bits",
        "views",
        "up to SIM",
        "linkage",
        "seconds",
        "cluster at SIM",
        "seconds",
        "times",
    )
    yield f"| {' | '.join(heads)} | peak MiB |"
    yield "|" + "---|" * (len(heads) + 1)
    for case in TREE_CASES:
        result = in_a_process("--tree-case", case)
        sims = ("whole", 0.5) if case.sim == WHOLE_TREE else (case.sim, case.sim)
        cells = [case.kind, f"{case.n:,}", case.n_bits, "all" if case.has_views else "", sims[0], case.method]
        cells += [
            f"{result['seconds']:.2f}",
            sims[1],
            f"{result['cluster']:.2f}",
            f"{result['seconds'] / result['cluster']:.2f}",
        ]
        row = "| " + " | ".join(map(str, [*cells, f"{result['peak'] / MIB:.0f}"])) + " |"
        sys.stderr.write(row + "\n")
        yield row


def in_a_process(option: str, case: Case) -> dict[str, Any]:
    command = [sys.executable, __file__, option, json.dumps(case)]
    result: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result


TABLES = {"wholes": table, "views": table_with_views, "trees": table_of_trees}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", metavar="PAGE", nargs="?", default="docs/measurements/clustering.md")
    parser.add_argument("--only", choices=TABLES, help="measure one table (default: all)")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--view-case", help=argparse.SUPPRESS)
    parser.add_argument("--tree-case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(measure(Case(*json.loads(arguments.case)))))
        return
    if arguments.view_case:
        print(json.dumps(measure_with_views(Case(*json.loads(arguments.view_case)))))
        return
    if arguments.tree_case:
        print(json.dumps(measure_tree(Case(*json.loads(arguments.tree_case)))))
        return
    page = Path(arguments.page)
    for (kind, rows), marks in zip(TABLES.items(), MARKS, strict=True):
        if arguments.only in (None, kind):
            write_between(page, marks, list(rows()))


def write_between(page: Path, marks: tuple[str, str], lines: list[str]) -> None:
    start, end = marks
    before, found, rest = page.read_text(encoding="utf-8").partition(start)
    if not found:
        sys.exit(f"{page} has no line {start}")
    after = rest.partition(end)[2]
    page.write_text("\n".join([before + start, "", *lines, "", end + after]), encoding="utf-8")


if __name__ == "__main__":
    main()
