import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.system.threads import even_blocks, run, triangle_blocks, worker_count

workers = st.integers(1, 9)
multiples = st.sampled_from([1, 4, 8])


def assert_covers(blocks, n_rows, multiple):
    starts = [start for start, _ in blocks]
    stops = [stop for _, stop in blocks]
    assert [0, *stops] == [*starts, n_rows]
    assert all(start < stop for start, stop in blocks)
    assert all(start % multiple == 0 for start in starts)


@given(st.integers(0, 2**31 - 1), st.integers(1, 10**6), workers, multiples)
def test_even_blocks_cover_all_rows_once(n_rows, row_work, workers, multiple):
    if n_rows * row_work < 2**46:  # more blocks than worth drawing
        assert_covers(even_blocks(n_rows, row_work, workers, multiple=multiple), n_rows, multiple)


@given(st.integers(0, 10**6), st.integers(1, 64), workers, multiples)
def test_triangle_blocks_cover_all_rows_once(n_rows, pair_work, workers, multiple):
    blocks = triangle_blocks(n_rows, pair_work, workers, multiple=multiple, max_rows=2**15)
    assert_covers(blocks, n_rows, multiple)
    assert all(stop - start <= 2**15 for start, stop in blocks)


def test_triangle_blocks_are_balanced_by_pairs():
    n = 100_000
    blocks = triangle_blocks(n, 4, 2)
    pairs = [(stop - start) * n - (stop * (stop + 1) - start * (start + 1)) // 2 for start, stop in blocks]
    assert sum(pairs) + 0 == n * n - n * (n + 1) // 2
    assert max(pairs) < 1.01 * sum(pairs) / len(pairs)


def test_small_work_is_one_block():
    assert triangle_blocks(100, 4, 8) == [(0, 100)]
    assert even_blocks(100, 4, 8) == [(0, 100)]


def test_no_rows_are_no_blocks():
    assert triangle_blocks(0, 4, 8) == even_blocks(0, 4, 8) == []


@pytest.mark.parametrize("workers", [1, 2, 100])
def test_run_keeps_the_order(workers):
    assert run(pow, [(k, 2) for k in range(50)], workers) == [k * k for k in range(50)]
    assert run(pow, [], workers) == []


def test_run_uses_several_threads():
    barrier = threading.Barrier(2, timeout=10)
    run(barrier.wait, [(), ()], 2)  # would time out on one


def test_run_stops_at_an_error():
    called = []

    def work(k):
        called.append(k)
        if k == 0:
            raise KeyboardInterrupt
        threading.Event().wait(0.01)

    with pytest.raises(KeyboardInterrupt):
        run(work, [(k,) for k in range(1000)], 2)
    assert len(called) < 500


def test_worker_count(monkeypatch):
    assert worker_count(3) == 3
    assert worker_count(None) >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert 1 <= worker_count(None) <= os.cpu_count()


@pytest.mark.parametrize(("workers", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError)])
def test_worker_count_errors(workers, error):
    with pytest.raises(error, match=rf"workers must be .*; got {workers}"):
        worker_count(workers)
