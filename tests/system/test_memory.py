import ctypes
import os
from types import SimpleNamespace

import pytest
from roots import tree

from imgcmp.system import memory
from imgcmp.system.memory import available_bytes, format_bytes, installed_bytes

MEMINFO = "MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n"


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (40e9, "40.0 GB"),
        (2**60, "1152921.5 TB"),
    ],
)
def test_format_bytes(n_bytes, text):
    assert format_bytes(n_bytes) == text


def test_this_machine():
    assert 2**20 < available_bytes() < 2**50


def test_meminfo(tmp_path):
    assert installed_bytes(tree(tmp_path, {"proc/meminfo": MEMINFO})) == 16_384_000_000
    assert available_bytes(tree(tmp_path, {"proc/meminfo": MEMINFO})) == 8_192_000_000


def test_without_proc_all_memory_counts(tmp_path):
    expected = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert available_bytes(str(tmp_path)) == installed_bytes(str(tmp_path)) == expected


@pytest.mark.parametrize(("answers", "expected"), [(True, 3_000_000_000), (False, memory._UNTOLD)])
def test_windows_says_what_is_free(tmp_path, monkeypatch, answers, expected):
    def global_memory_status(reference):
        raw = ctypes.string_at(reference, 64)  # MEMORYSTATUSEX is that large, and begins with its size
        assert raw == (64).to_bytes(4, "little") + bytes(60)
        physical_free = (3_000_000_000).to_bytes(8, "little")
        ctypes.memmove(reference, raw[:16] + physical_free + raw[24:], 64)
        return answers

    kernel = SimpleNamespace(GlobalMemoryStatusEx=global_memory_status)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.delattr(os, "sysconf")
    assert available_bytes(str(tmp_path)) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a/b/memory.max": "1000000000\n", "a/b/memory.current": "400000000\n"}, 600_000_000),
        ({"a/memory.max": "1000000000\n", "a/memory.current": "400000000\n", "a/b/memory.max": "max\n"}, 600_000_000),
        ({"memory.max": "1000000000\n", "memory.current": "400000000\n"}, 600_000_000),  # in a container
        ({"a/b/memory.max": "max\n", "a/b/memory.current": "400000000\n"}, 8_192_000_000),
        ({"a/b/memory.max": "90000000000\n", "a/b/memory.current": "400000000\n"}, 8_192_000_000),
        ({"a/b/memory.max": "1000\n", "a/b/memory.current": "2000\n"}, 0),
        (
            {
                "a/b/memory.max": "1000000000\n",
                "a/b/memory.current": "400000000\n",
                "a/b/memory.stat": "anon 300000000\ninactive_file 100000000\n",
            },
            700_000_000,
        ),
    ],
)
def test_cgroup_2(tmp_path, files, expected):
    files = {f"sys/fs/cgroup/{path}": text for path, text in files.items()}
    root = tree(tmp_path, {"proc/meminfo": MEMINFO, "proc/self/cgroup": "0::/a/b\n", **files})
    assert available_bytes(root) == expected


@pytest.mark.parametrize(("limit", "expected"), [(10**9, 600_000_000), (9223372036854771712, 8_192_000_000)])
def test_cgroup_1(tmp_path, limit, expected):
    files = {
        "proc/meminfo": MEMINFO,
        "proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/a\n",
        "sys/fs/cgroup/memory/a/memory.limit_in_bytes": f"{limit}\n",
        "sys/fs/cgroup/memory/a/memory.usage_in_bytes": "400000000\n",
    }
    assert available_bytes(tree(tmp_path, files)) == expected
