"""Blocks of rows, and threads that run nogil kernels on them.

Not numba's prange: its threads cost compile time (parallel=True), its portable layer ends the process when two threads
of the caller enter it at once, and Ctrl-C waits for the whole loop. Here Ctrl-C waits for the blocks being worked on.
"""

import math
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from imgcmp.system.checks import integer
from imgcmp.system.cores import usable_cores
from imgcmp.system.signals import go_on

Result = TypeVar("Result")
Progress = Callable[[str, int, int], object]
"""Called as ``progress(what, done, total)``: of `total` "pairs", "clusters" or "images", `done` are done."""

MIN_WORK = 2**20  # words compared a block: 0.1 ms, ten times what handing it to a thread costs
MAX_WORK = 2**33  # about one second: how long Ctrl-C may take
WORK_A_CALL = 2**28  # of a kernel that goes on where it stopped, about 0.3 s: how long Ctrl-C may take
BLOCKS_PER_WORKER = 16  # so that a core that is busy elsewhere holds up a 16th of the work at most


def worker_count(workers: int | None) -> int:
    """Return the number of threads to use; None means all usable cores."""
    if workers is None:
        return usable_cores()
    return integer(workers, "workers", least=1)


def run(
    function: Callable[..., Result],
    tasks: Iterable[tuple[object, ...]],
    workers: int,
    advance: Callable[[int], object] | None = None,
) -> list[Result]:
    """Call `function` with each tuple of arguments, on `workers` threads; return the results in order.

    `advance` is called with the number of results as they come in.
    """
    tasks = list(tasks)
    workers = min(workers, len(tasks))
    if workers <= 1:
        return _counted((function(*task) for task in tasks), advance)
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(function, *task) for task in tasks]
        try:
            return _counted((future.result() for future in futures), advance)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def stream(
    function: Callable[..., Result], tasks: Sequence[tuple[object, ...]], workers: int
) -> Generator[Result, None, None]:
    """Do as `run`, and yield each result when those before it have been taken: a few tasks are ahead at most."""
    with ThreadPoolExecutor(min(workers, max(1, len(tasks)))) as pool:
        ahead: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                ahead.append(pool.submit(function, *task))
                go_on()
                if len(ahead) > 2 * workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def even_blocks(n_rows: int, row_work: int, workers: int, *, multiple: int = 1) -> list[tuple[int, int]]:
    """Split rows that all cost the same.

    Parameters
    ----------
    n_rows : int
        Rows to split.
    row_work : int
        What a row costs, in words compared.
    workers : int
        Threads that will share the blocks.
    multiple : int
        Blocks start at multiples of this.

    Returns
    -------
    blocks : list of (int, int)
        Start and stop of each block; together they cover 0 .. n_rows once, in order.
    """
    n_blocks = block_count(n_rows * row_work, workers)
    return _blocks([n_rows * k // n_blocks for k in range(1, n_blocks)], n_rows, multiple, n_rows)


def triangle_blocks(
    n_rows: int, pair_work: int, workers: int, *, multiple: int = 1, max_rows: int | None = None
) -> list[tuple[int, int]]:
    """Split the rows of the pairs i < j, by pairs left: row i costs n_rows - 1 - i pairs.

    Parameters
    ----------
    n_rows : int
        Rows to split.
    pair_work : int
        What a pair costs, in words compared.
    workers, multiple
        As for `even_blocks`.
    max_rows : int, optional
        The most rows of a block, a multiple of `multiple`.

    Returns
    -------
    blocks : list of (int, int)
        As for `even_blocks`.
    """
    n_blocks = block_count(n_rows * (n_rows - 1) // 2 * pair_work, workers)
    left = (math.sqrt(1 - k / n_blocks) for k in range(1, n_blocks))
    return _blocks([n_rows - round(n_rows * part) for part in left], n_rows, multiple, max_rows or n_rows)


def blocks_by_work(work: NDArray[np.int64], workers: int) -> list[tuple[int, int]]:
    """Split rows that cost what `work`, shape (n_rows,), says, in words compared; as `even_blocks` does."""
    if not len(work):
        return []
    ends = np.cumsum(work)
    n_blocks = block_count(int(ends[-1]), workers)
    cuts = np.searchsorted(ends, np.arange(1, n_blocks) * (int(ends[-1]) / n_blocks)) + 1
    return _blocks(np.unique(np.minimum(cuts, len(work))).tolist(), len(work), 1, len(work))


def block_count(work: int, workers: int) -> int:
    """Return into how many blocks to split so many words compared."""
    if workers == 1:
        return 1 + work // MAX_WORK
    return 1 + min(work // MIN_WORK, max(BLOCKS_PER_WORKER * workers, work // MAX_WORK))


def _counted(results: Iterable[Result], advance: Callable[[int], object] | None) -> list[Result]:
    done: list[Result] = []
    for result in results:
        done.append(result)
        go_on()
        if advance is not None:
            advance(len(done))
    return done


def _blocks(cuts: list[int], n_rows: int, multiple: int, max_rows: int) -> list[tuple[int, int]]:
    edges = [0]
    for cut in [*(cut // multiple * multiple for cut in cuts), n_rows]:
        while cut - edges[-1] > max_rows:
            edges.append(edges[-1] + max_rows)
        if cut > edges[-1]:
            edges.append(cut)
    return list(pairwise(edges))
