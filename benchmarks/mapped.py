"""A function of many things, by processes."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

from imgcmp.system.cores import usable_cores

A_BATCH = 64  # things for which all processes wait: what is done and not taken yet lies in memory

Thing, Result = TypeVar("Thing"), TypeVar("Result")


def mapped(
    function: Callable[[Thing], Result], things: Iterable[Thing], workers: int | None = None
) -> Iterator[Result]:
    """Yield what a function, which can be pickled, makes of each thing, in their order.

    Parameters
    ----------
    function : callable
    things : iterable
    workers : int, optional
        Processes; default all usable cores. 1: it is this one.
    """
    workers = workers or usable_cores()
    if workers == 1:
        yield from map(function, things)
        return
    left = iter(things)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        while batch := list(islice(left, A_BATCH)):
            yield from pool.map(function, batch, chunksize=2)
