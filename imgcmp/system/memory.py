"""How much memory there is, and how to say it."""

import ctypes
import os

from imgcmp.system.control_groups import Group, groups_of, read

_LIMIT_AND_USAGE = {1: ("memory.limit_in_bytes", "memory.usage_in_bytes"), 2: ("memory.max", "memory.current")}
_UNLIMITED = 2**60  # cgroup v1 writes "no limit" as a number near 2**63
_UNTOLD = 2**32  # where no system says how much there is: what machines of today have, and leave, at least


def format_bytes(n_bytes: float) -> str:
    """Write a number of bytes as people read it: "40.0 GB", in powers of 1000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_bytes < 999.95:
            return f"{n_bytes:.0f} bytes" if unit == "bytes" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"


def installed_bytes(root: str = "/") -> int:
    """Return how much memory the machine has, whoever has it now; `root` as for `available_bytes`."""
    for line in read(root, "proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return 1024 * int(value.split()[0])
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    status = _windows_status()
    return _UNTOLD if status is None else int(status.physical)


def available_bytes(root: str = "/") -> int:
    """Return how many bytes this process can still take without swapping.

    Parameters
    ----------
    root : str
        Where /proc and /sys are mounted, for tests.

    Returns
    -------
    n_bytes : int
        Linux: MemAvailable, or what the process's control groups (v1 or v2) leave, if that is less. Windows: the
        physical memory that is free. Elsewhere: all of the machine's memory, because the system does not say how much
        of it is free.
    """
    sizes = [_machine_bytes(root), *_cgroup_bytes(root)]
    return max(0, min(sizes))


def _machine_bytes(root: str) -> int:
    for line in read(root, "proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return 1024 * int(value.split()[0])
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    status = _windows_status()
    return _UNTOLD if status is None else int(status.physical_free)


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of <sysinfoapi.h>."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("physical", ctypes.c_uint64),
        ("physical_free", ctypes.c_uint64),
        ("others", ctypes.c_uint64 * 5),
    )


def _windows_status() -> _MemoryStatus | None:
    """Return what Windows says of its memory; None where there is no Windows."""
    libraries = getattr(ctypes, "windll", None)
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    if libraries is None or not libraries.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return status


def _cgroup_bytes(root: str) -> list[int]:
    """Return what each control group with a limit leaves, from the process's own up to the top."""
    left = []
    for group in groups_of("memory", root):
        limit_name, usage_name = _LIMIT_AND_USAGE[group.version]
        limit, usage = group.read(limit_name), group.read(usage_name)
        if limit.isdigit() and usage.isdigit() and int(limit) < _UNLIMITED:
            left.append(int(limit) - int(usage) + _reclaimable_bytes(group))
    return left


def _reclaimable_bytes(group: Group) -> int:
    # a group's usage counts the file cache too; the kernel gives the inactive part back before it refuses memory
    for line in group.read("memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file"):
            return int(value)
    return 0
