"""What it looks like when a process gets no more memory: not always a MemoryError."""

import errno
import os

from imgcmp.system.memory import format_bytes

# A library that can't be loaded, a thread that can't be started, an allocation of C++.
_SIGNS = ("failed to map segment", "cannot allocate memory", "can't start new thread", "bad_alloc", "out of memory")

# "Unable to allocate output buffer", "Unable to allocate 3.2 GiB for an array with shape ..."
_LIBRARY_SAYS = "allocate"

# What a library takes when it is loaded, with one thread of its own: measured as the growth of the address space. Where
# that isn't there, scipy's BLAS tries for ever, and numpy's and LLVM end the process with words of their own.
# numpy, Pillow and h5py: 134 MiB, of which Python takes 13; and 32 MiB that OpenBLAS takes for its first large product
# of matrices.
TO_READ_IMAGES = 195 * 2**20
TO_GROUP_FEW = 130 * 2**20  # scipy: 99 MiB
TO_GROUP_MANY = 400 * 2**20  # numba, and kernels that are compiled: 292 MiB


def is_short_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that this process gets no more memory, or may not take more."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    if not isinstance(error, (OSError, ImportError, RuntimeError, SystemError)):
        return False
    words = str(error).lower()
    return any(sign in words for sign in _SIGNS)


def memory_words(error: BaseException) -> str:
    """Say in one line that there is too little memory: an error's own words, if they are ours, tell how much."""
    words = str(error)
    if type(error).__name__ in ("MemoryError", "OverBudgetError") and words and _LIBRARY_SAYS not in words.lower():
        return words
    limit = address_space()
    return "not enough memory" + ("" if limit is None else f": this process may take {format_bytes(limit)} (ulimit -v)")


def check_address_space(more_bytes: int) -> None:
    """Raise MemoryError if this process may not take so many more bytes of address space."""
    limit = address_space()
    if limit is not None and (needed := _address_space_taken() + more_bytes) > limit:
        raise MemoryError(
            f"this process may take {format_bytes(limit)} of memory (ulimit -v), and needs {format_bytes(needed)}"
        )


def address_space() -> int | None:
    """Return the bytes of address space that this process may take; None if there is no limit."""
    try:
        import resource  # here, not above: Windows has none
    except ImportError:
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def _address_space_taken() -> int:
    """Return the bytes of address space that this process takes; 0 where the system doesn't say it as Linux does."""
    try:
        with open("/proc/self/statm", encoding="ascii") as sizes:
            return int(sizes.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
