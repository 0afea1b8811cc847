"""What the figures were measured on."""

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    *("numpy", "scipy", "numba", "pillow", "h5py"),
    *("faiss-cpu", "pynear", "numkong", "imagehash", "simplejpeg", "matplotlib", "pdqhash", "onnxruntime"),
)


def describe_machine() -> str:
    """Return date, machine and versions in one sentence."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    processor = _cpuinfo("model name") or platform.processor() or platform.machine()
    packages = ", ".join(f"{name} {number}" for name in PACKAGES if (number := _version(name)))
    today = datetime.date.today().isoformat()
    return (
        f"Measured {today} on {cores} cores of {processor} ({feature_set()}), "
        f"Python {platform.python_version()}, {packages}."
    )


def feature_set() -> str:
    """Return what the speed of the kernels depends on most."""
    flags = _cpuinfo("flags").split()
    return next((name for name in ("avx512_vpopcntdq", "avx2") if name in flags), "other")


def _cpuinfo(name: str) -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
    except OSError:
        return ""


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
