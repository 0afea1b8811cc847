"""How kernels are compiled: one place for the options, and for what is kept on disk."""

from typing import Any

from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]


def jit(**options: Any) -> Any:
    """Compile with the options that all kernels share."""
    return njit(nogil=True, boundscheck=False, **options)


# Helpers do without numba's reference counts of arrays, which are atomic: a distance of two nodes took 317 ns with them
# and 1 ns without. What allocates an array needs them: numba refuses to compile it otherwise. (`_nrt` is an option of
# numba's own, and undocumented.)
inlined = jit(forceinline=True, _nrt=False)  # in LLVM: a constant argument then unrolls the callee's loops
helper = jit(_nrt=False)
allocating = jit()


def entry(function: Any) -> Any:
    """Compile and keep on disk; without that where no folder for it can be written to."""
    try:
        return jit(cache=True)(function)
    except RuntimeError:  # a read-only installation, and no home
        return jit()(function)
