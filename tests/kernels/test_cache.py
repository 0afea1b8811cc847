"""Compiled kernels on disk: kept while nothing changes, compiled anew when anything does, never the end of a run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import imgcmp
from imgcmp.kernels import cache

PACKAGE = Path(imgcmp.__file__).parent

# Says how many differing bits two fingerprints have, and which kernels were compiled for it.
RUN = """
import numpy as np
import imgcmp
from imgcmp.kernels.watching import watched

compiled = []
with watched(compiled.append):
    bits = imgcmp.pdist(np.array([[0], [7]], np.uint64)).tolist()
print(bits, compiled)
"""


@pytest.fixture
def copy(tmp_path):
    """Return a folder with a copy of the package, which a test may change."""
    folder = tmp_path / "copy"
    shutil.copytree(PACKAGE, folder / "imgcmp", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(folder, code=RUN, **variables):
    environment = {"NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)} | variables
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout.strip(), done.stderr


def kernels_in(folder):
    return sorted((folder / "cache").rglob("*.kernel"))


def test_a_kernel_is_compiled_once(copy):
    assert run(copy) == (0, "[3] ['condensed_counts']", "")
    assert run(copy) == (0, "[3] []", "")


def test_a_change_in_another_file_of_the_folder_is_noticed(copy):
    """numba's own cache would run the old code: its stamp is of the one file in which an entry stands."""
    run(copy)
    (before,) = kernels_in(copy)
    blocks = copy / "imgcmp" / "kernels" / "blocks.py"
    source = blocks.read_text()
    line = "        distance += popcount(rows[np.uint64(w), i] ^ columns[np.uint64(w), j])\n"
    assert source.count(line) == 1
    blocks.write_text(source.replace(line, line.replace("j])", "j]) + np.uint64(100)")))
    assert run(copy) == (0, "[103] ['condensed_counts']", "")
    assert before not in kernels_in(copy)  # nobody would ask for it again


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "a folder"])
def test_a_damaged_file_is_compiled_anew(copy, damage):
    run(copy)
    (file,) = kernels_in(copy)
    whole = file.read_bytes()
    if damage == "a folder":
        file.unlink()
        file.mkdir()
    else:
        middle = len(whole) // 2
        changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        file.write_bytes({"empty": b"", "cut": whole[:-100], "changed": changed}[damage])
    status, out, err = run(copy)
    assert (status, out) == (0, "[3] ['condensed_counts']")
    if damage != "a folder":
        assert err == ""
        assert run(copy) == (0, "[3] []", "")


FULL = """
import errno, os
def full(*_arguments):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
os.replace = full
"""


def test_a_full_disk_is_told_once_and_stops_nothing(copy):
    code = f"{RUN}\nimgcmp.cdist(np.zeros((1, 1), np.uint64), np.ones((1, 1), np.uint64))"
    status, out, err = run(copy, FULL + code)
    assert (status, out) == (0, "[3] ['condensed_counts']")
    assert err.count("KernelCacheWarning") == 1
    assert "no space left on device): every run compiles them anew; NUMBA_CACHE_DIR names another folder" in err
    assert list((copy / "cache").rglob("imgcmp-*")) == []


def test_without_any_folder_to_write_to_kernels_are_compiled_every_time(copy):
    code = "from imgcmp.kernels import cache\ncache.cache_folder = lambda function: None\n" + RUN
    for _ in range(2):
        status, out, err = run(copy, code)
        assert (status, out) == (0, "[3] ['condensed_counts']")
        assert "no folder for them can be written to" in err


def test_what_other_versions_and_dead_processes_left_goes(tmp_path, monkeypatch):
    suffix = f".{sys.implementation.cache_tag}.kernel"
    kept = [f"scan.{cache.source_stamp()}.1{suffix}", "jit.cpython-311.pyc", "imgcmp-new.tmp", "other.txt",
            "scan.0.1.cpython-3.kernel", "scan-1.py311.nbi.tmp.0123456789abcdef", "nbi.tmp.txt"]  # fmt: skip
    old = ["scan-1.py311.nbi", "scan-1.py311.1.nbc", f"scan.0123.1{suffix}", "imgcmp-old.tmp",
           "scan-1.py311.nbi.tmp.a123456789abcdef", "scan-1.py311.1.nbc.tmp.a123456789abcdef"]  # fmt: skip
    for name in kept + old:
        (tmp_path / name).touch()
    for name in [*old[3:], "nbi.tmp.txt"]:
        os.utime(tmp_path / name, (0, 0))
    cache.remove_old_files(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == sorted(kept)


def test_without_compilation_there_is_one_line_to_read(copy):
    status, _, err = run(copy, NUMBA_DISABLE_JIT="1")
    assert status == 1
    assert err.endswith("NUMBA_DISABLE_JIT is set, and kernels that are not compiled can't run: unset it\n")


@pytest.mark.parametrize("name", ["_reduce", "_rebuild"])
def test_what_is_used_of_compiled_functions_is_there(name):
    assert callable(getattr(numba.core.compiler.CompileResult, name))


def test_every_dispatcher_asks_this_cache():
    from imgcmp.kernels.distances import condensed_counts

    assert isinstance(condensed_counts._cache, cache.KernelCache)
