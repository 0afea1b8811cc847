"""How many cores this process may use: those that it may run on, or what a container's quota pays for."""

import os
from functools import cache

from imgcmp.system.control_groups import Group, groups_of

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""What tells libraries how many threads to start."""


def one_thread_of_libraries() -> None:
    """Let libraries that are loaded from now on start no threads of their own, unless the user says otherwise.

    There are as many workers, or threads of ours, as cores. And where a process may take no more memory, OpenBLAS
    says that it can't start one with a SIGINT, as if somebody had pressed Ctrl-C.
    """
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")


def usable_cores() -> int:
    """Return the number of cores that this process may keep busy; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cores_of_quota()
    return allowed if quota is None else min(allowed, quota)


@cache  # 0.06 ms: whoever compares a few hundred images asks for the cores, too, and takes no longer
def cores_of_quota(root: str = "/") -> int | None:
    """Return how many cores the quota of the control groups is worth, rounded up; None if there is none.

    A container of 2 cores on a host of 64 may run on each of the 64, but for 2 seconds a second only: of 64 processes
    all stand still when that is used up.

    Parameters
    ----------
    root : str
        Where /proc and /sys are mounted, for tests.
    """
    quotas = [cores for group in groups_of("cpu", root) if (cores := _cores_of(group)) is not None]
    return min(quotas, default=None)


def _cores_of(group: Group) -> int | None:
    """Return the quota of one group: microseconds of a processor in a period of so many, the smallest 1000."""
    if group.version == 2:
        quota, _, period = group.read("cpu.max").partition(" ")
    else:
        quota, period = group.read("cpu.cfs_quota_us"), group.read("cpu.cfs_period_us")
    if not (quota.isdigit() and period.isdigit() and int(period)):  # "max", -1: none
        return None
    return max(1, -(-int(quota) // int(period)))
