import os

import pytest
from roots import tree

from imgcmp.system import cores
from imgcmp.system.cores import cores_of_quota, usable_cores
from imgcmp.system.threads import worker_count


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"a/b/cpu.max": "max 100000\n"}, None),
        ({"a/b/cpu.max": "200000 100000\n"}, 2),
        ({"a/b/cpu.max": "150000 100000\n"}, 2),  # rounded up
        ({"a/b/cpu.max": "1000 100000\n"}, 1),
        ({"a/b/cpu.max": "0 100000\n"}, 1),
        ({"a/b/cpu.max": "800000 100000\n", "a/cpu.max": "300000 100000\n"}, 3),  # of the group above
        ({"a/b/cpu.max": "max 100000\n", "cpu.max": "50000 50000\n"}, 1),  # in a container
        ({"a/b/cpu.max": "200000\n"}, None),
        ({"a/b/cpu.max": "200000 0\n"}, None),
        ({"a/b/cpu.max": "nonsense\n"}, None),
    ],
)
def test_the_quota_of_version_2(tmp_path, files, expected):
    files = {f"sys/fs/cgroup/{path}": text for path, text in files.items()}
    assert cores_of_quota(tree(tmp_path, {"proc/self/cgroup": "0::/a/b\n", **files})) == expected


@pytest.mark.parametrize(
    ("quota", "folder", "expected"),
    [("-1", "a", None), ("250000", "a", 3), ("250000", "", 3), ("", "a", None)],
)
def test_the_quota_of_version_1(tmp_path, quota, folder, expected):
    group = os.path.join("sys/fs/cgroup/cpu", folder)
    files = {
        "proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/other\n",
        f"{group}/cpu.cfs_quota_us": f"{quota}\n",
        f"{group}/cpu.cfs_period_us": "100000\n",
    }
    assert cores_of_quota(tree(tmp_path, files)) == expected


@pytest.mark.parametrize(("quota", "allowed", "expected"), [(2, 64, 2), (None, 64, 64), (8, 4, 4)])
def test_workers_are_as_many_as_the_quota_pays_for_and_as_there_are_cores(monkeypatch, quota, allowed, expected):
    monkeypatch.setattr(cores, "cores_of_quota", lambda: quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)), raising=False)
    assert usable_cores() == worker_count(None) == expected
    assert worker_count(16) == 16  # who names a number gets it
