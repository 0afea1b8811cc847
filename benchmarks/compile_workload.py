"""Call every kernel that is kept on disk, and tell what compiling each took: a process that `compile_times.py` runs.

Kernels are found, not named: the entries of imgcmp.kernels are those whose compiled code is kept on disk. All of them
must be compiled by the calls below, which force every route that a search or a clustering can take.
"""

import importlib
import inspect
import json
import pkgutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from bridge import WORKERS, cluster, internal, linkage
from builds import check_imported
from numba.core import event
from numba.core.caching import NullCache
from numba.core.dispatcher import Dispatcher
from synthetic import in_groups, noisy_copies, noisy_copies_with_views

import imgcmp

LINKAGES = ("single", "average", "complete", "weighted")


class CompileClock(event.Listener):
    """Adds up the CPU time of a thread while it compiles, by what it was asked to compile.

    What a kernel calls is compiled within it, and by the first that calls it.
    """

    def __init__(self) -> None:
        self.seconds: dict[Any, float] = {}
        self.first_step: dict[Any, str] = {}
        self.step = ""
        self._running = threading.local()

    def on_start(self, event: Any) -> None:  # noqa: ARG002 - numba calls it by this name
        stack = self._running.__dict__.setdefault("stack", [])
        stack.append(time.thread_time())

    def on_end(self, event: Any) -> None:
        start = self._running.stack.pop()
        if not self._running.stack:
            function = event.data["dispatcher"]
            self.seconds[function] = self.seconds.get(function, 0.0) + time.thread_time() - start
            self.first_step.setdefault(function, self.step)


def entries() -> Iterator[Any]:
    """Find what is kept on disk: in a folder of modules or, in older commits, in one module."""
    package = importlib.import_module("imgcmp.kernels")
    names = [f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(getattr(package, "__path__", ()))]
    for module in (package, *map(importlib.import_module, names)):
        for value in vars(module).values():
            if isinstance(value, Dispatcher) and value.py_func.__module__ == module.__name__ and is_kept(value):
                yield value


def is_kept(function: Any) -> bool:
    return not isinstance(function._cache, NullCache)


def steps() -> dict[str, Callable[[], object]]:
    """Return what is called, in this order."""
    few, some, many = (noisy_copies(n, 64) for n in (300, 3000, 12_000))
    groups = in_groups(8000, 64, size=20)
    seen, views = noisy_copies_with_views(300, 64, 3)
    seen_many, views_many = noisy_copies_with_views(5000, 64, 3)
    alike = np.stack([in_groups(2400, 64, size=2400) ^ np.uint64(view) for view in range(3)], axis=1)
    in_clumps = np.stack([groups ^ np.uint64(view) for view in range(3)], axis=1)
    all_of = [np.arange(300), np.arange(9)]
    floats = {"dtype": np.float64}
    diameters, diameters_with_views = internal("diameters"), internal("diameters_with_views")
    return {
        "cluster, 300": lambda: cluster(few, 0.2),
        "cluster, 3,000": lambda: [cluster(some, 0.1, linkage=name) for name in LINKAGES],
        "cluster, 12,000, SIM 0.02": lambda: cluster(many, 0.02),
        "cluster, 12,000": lambda: [cluster(many, 0.25, linkage=name) for name in LINKAGES],
        "cluster in little memory": lambda: in_little_memory(cluster, few, 0.3),
        "cluster in little memory, single": lambda: in_little_memory(cluster, few, 0.5, linkage="single"),
        "linkage": lambda: linkage(few),
        "pdist": lambda: [imgcmp.pdist(few), imgcmp.pdist(few, **floats)],
        "cdist": lambda: [imgcmp.cdist(few, some), imgcmp.cdist(few, some, **floats)],
        "nearest": lambda: [imgcmp.nearest(some, of, k) for of, k in ((few, 3), (few[:9], 3), (few, 100))],
        **({"index": lambda: in_an_index(some, few)} if hasattr(imgcmp, "HammingIndex") else {}),
        "pairs": lambda: [imgcmp.pairs(few, 10), imgcmp.pairs(many, 1)],
        "neighbours": lambda: [listed_twice(some, 28), listed_twice(groups, 3)],
        "diameters": lambda: diameters(few, all_of),
        "cluster with views": lambda: cluster(seen, 0.2, views=views),
        "linkage with views": lambda: linkage(seen, views=views),
        **(forests(some, seen_many, views_many, alike) if has_forests() else {}),
        "cluster, 5,000 with views": lambda: cluster(seen_many, 0.15, views=views_many),
        "cluster, 5,000 with views, SIM 0.05": lambda: cluster(seen_many, 0.05, views=views_many),
        "cluster, 8,000 with views, small groups": lambda: cluster(groups, 0.15, views=in_clumps),
        "cluster, 2,400 with views, one group": lambda: cluster(alike[:, 0].copy(), 0.2, views=alike[:, 1:].copy()),
        # So many that hang together that there is no room for their condensed distances.
        "cluster with views in little memory": lambda: in_little_memory(
            cluster, alike[:1500, 0].copy(), 0.2, views=alike[:1500, 1:].copy()
        ),
        "diameters with views": lambda: diameters_with_views(seen_many, views_many, [np.arange(1500), np.arange(9)]),
    }


def has_forests() -> bool:
    """Whether this build links up to a SIM."""
    return "sim" in inspect.signature(imgcmp.linkage).parameters


def forests(some: Any, seen: Any, views: Any, alike: Any) -> dict[str, Callable[[], object]]:
    """Return what is called of trees and forests without a matrix."""
    single = partial(imgcmp.linkage, linkage="single")
    return {
        "forest": lambda: imgcmp.linkage(some, sim=0.2),
        "forest, single": lambda: [single(some, sim=0.2), single(some)],
        "forest with views, single": lambda: single(seen, sim=0.15, views=views),
        "forest with views, one group, single": lambda: single(alike[:, 0].copy(), sim=0.2, views=alike[:, 1:].copy()),
    }


def in_little_memory(function: Callable[..., object], *arguments: Any, **options: Any) -> object:
    """Call with as little memory as a function takes: it then goes the ways that are for collections without end."""
    max_memory = 2**14
    while True:
        try:
            return function(*arguments, max_memory=max_memory, **options)
        except MemoryError:
            max_memory = round(1.1 * max_memory)


def in_an_index(words: Any, queries: Any) -> None:
    """Search fingerprints that are laid out."""
    index = imgcmp.HammingIndex(words)
    index.nearest(queries[:9], 3)
    index.within(queries, 10)
    index.within(words, 0)  # by buckets


def listed_twice(words: Any, radius_bits: int) -> None:
    """List neighbours from pairs that are kept, and again where too few of them may be."""
    neighbours = internal("neighbours")
    found = neighbours(words, radius_bits, workers=WORKERS)
    n_pairs = len(found.indices) // 2
    assert n_pairs > 3 * len(words) + 3  # else half of the memory holds all of them
    neighbours(words, radius_bits, workers=WORKERS, max_memory=8 * n_pairs + 24 * (len(words) + 1))


def main() -> None:
    check_imported(sys.argv[1])
    clock = CompileClock()
    with event.install_listener("numba:compile", clock):
        for clock.step, call in steps().items():
            call()
    kept = list(entries())
    missing = [name_of(function) for function in kept if function not in clock.seconds]
    rows = [
        {
            "entry": name_of(function) + ("" if function in kept else " (not kept on disk)"),
            "signatures": len(function.overloads),
            "seconds": seconds,
            "step": clock.first_step[function],
        }
        for function, seconds in clock.seconds.items()
    ]
    print(json.dumps({"rows": rows, "missing": missing}))


def name_of(function: Any) -> str:
    module = function.py_func.__module__.rpartition(".")[2]
    return f"{module}.{function.py_func.__name__}"


if __name__ == "__main__":
    main()
