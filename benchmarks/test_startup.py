"""Compile time and import time, each against a floor measured in the same run."""

import sys
from pathlib import Path

import compile_times
import pytest
from builds import this_build

BIN = Path(__file__).resolve().parents[1] / "bin"

FEW_PAIRS = "import imgcmp, numpy; imgcmp.pairs(numpy.zeros((9, 1), numpy.uint64), 1)"
NUMBA_KERNEL = """
import numba, numpy as np, scipy.cluster.hierarchy
@numba.njit
def total(values):
    result = 0.0
    for value in values:
        result += value
    return result
total(np.ones(9))
"""


@pytest.fixture(scope="module")
def times():
    """Return what this tree compiles, kernel by kernel, and in first runs."""
    with this_build() as build:
        return compile_times.measure(build)


@pytest.fixture(scope="module")
def numba_kernel_s():
    """Return the CPU time of a process that compiles a small kernel."""
    return min(compile_times.cpu_seconds([sys.executable, "-c", NUMBA_KERNEL]) for _ in range(3))


def test_compile_everything(times, numba_kernel_s, add_figure, add_table):
    """That no kernel is left out is seen to by compile_times.py."""
    add_table(["## What compiling takes", "", *compile_times.first_runs_table(times)])
    add_table(compile_times.kernels_table(times))
    against_a_kernel(
        add_figure, f"compile all {len(times.kernels)} kernels, CPU time", times.total, numba_kernel_s, 1 / 80
    )


@pytest.mark.parametrize(
    ("command", "at_least"), [("imgcmp cluster", 1 / 12), ("imgcmp demo", 1 / 12), ("imgcmp run", 1 / 8)]
)
def test_first_run(times, numba_kernel_s, add_figure, command, at_least):
    [(name, seconds)] = ((name, took) for name, took in times.first_runs.items() if name.startswith(command))
    against_a_kernel(add_figure, f"first {name}, CPU time", seconds, numba_kernel_s, at_least)


def against_a_kernel(add_figure, name, ours_s, peer_s, at_least):
    peer = "compiling a five-line numba kernel"
    times = {"ours_s": ours_s, "peer_s": peer_s, "ratio": peer_s / ours_s}
    add_figure({"name": name, "peer": peer, "required": None, **times}, at_least)


@pytest.fixture
def warm_cache(run_python, tmp_path):
    """Return a folder where numba has kept what `pairs` needs."""
    run_python("-c", FEW_PAIRS, NUMBA_CACHE_DIR=str(tmp_path))
    return str(tmp_path)


def test_pairs_in_a_new_process(ratio, run_python, warm_cache):
    ratio(
        "a process that finds pairs, kernels on disk",
        lambda: run_python("-c", FEW_PAIRS, NUMBA_CACHE_DIR=warm_cache),
        lambda: run_python("-c", "import numba"),
        "python -c 'import numba'",
        at_least=1 / 4,
    )


def test_import_pairs(ratio, run_python, warm_cache):
    ratio(
        "from imgcmp import pairs",
        lambda: run_python("-c", "from imgcmp import pairs", NUMBA_CACHE_DIR=warm_cache),
        lambda: run_python("-c", "import numba"),
        "python -c 'import numba'",
        at_least=1 / 2,
    )


def test_import(ratio, run_python):
    assert run_python("-c", "import imgcmp, sys; print('numpy' in sys.modules)") == "False\n"
    ratio(
        "import imgcmp",
        lambda: run_python("-c", "import imgcmp"),
        lambda: run_python("-c", "import argparse"),
        "python -c 'import argparse'",
        rounds=15,
        at_least=1 / 4,
    )


@pytest.mark.parametrize("script", ["00resize.py", "10fingerprints.py", "20cluster.py", "imgcmp"])
def test_help(ratio, run_python, script):
    command = ("-m", "imgcmp") if script == "imgcmp" else (str(BIN / script),)
    ratio(
        f"{script} -h",
        lambda: run_python(*command, "-h"),
        lambda: run_python("-c", "import argparse"),
        "python -c 'import argparse'",
        rounds=15,
        required=1 / 4,
        at_least=1 / 4,
    )
