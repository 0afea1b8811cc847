"""Compile time and import time, each against a floor measured in the same run."""

from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parents[1] / "bin"

EVERY_KERNEL = """
import numpy as np
from imgcmp import cdist, cluster, nearest, pairs, pdist
from imgcmp.search.distances import diameters
words = np.arange(600, dtype=np.uint64).reshape(300, 2)
pdist(words), cdist(words, words), nearest(words, words, 3), pairs(words, 9), cluster(words, 128, 0.1)
pdist(words, dtype=float), cdist(words, words, dtype=float), diameters(words, [np.arange(300)])
"""
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


@pytest.fixture
def warm_cache(run_python, tmp_path):
    """Return a folder where numba has kept every kernel."""
    run_python("-c", EVERY_KERNEL, NUMBA_CACHE_DIR=str(tmp_path))
    return str(tmp_path)


def test_compile_everything(ratio, run_python, tmp_path):
    caches = (str(tmp_path / str(k)) for k in range(100))
    ratio(
        "compile every kernel, no cache",
        lambda: run_python("-c", EVERY_KERNEL, NUMBA_CACHE_DIR=next(caches)),
        lambda: run_python("-c", NUMBA_KERNEL),
        "compiling a five-line numba kernel",
        rounds=3,
        at_least=1 / 20,
    )


def test_load_every_kernel_from_the_cache(ratio, run_python, warm_cache):
    ratio(
        "load every kernel from the cache",
        lambda: run_python("-c", EVERY_KERNEL, NUMBA_CACHE_DIR=warm_cache),
        lambda: run_python("-c", "import numba, scipy.cluster.hierarchy"),
        "python -c 'import numba, scipy.cluster.hierarchy'",
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
