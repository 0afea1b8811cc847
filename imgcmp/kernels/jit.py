"""How kernels are compiled: one place for the options."""

from contextlib import suppress
from typing import Any

from numba import config, njit
from numpy.typing import NDArray

from imgcmp.errors import InputError
from imgcmp.kernels.cache import KernelCache

Array = NDArray[Any]

if config.DISABLE_JIT:  # type: ignore[attr-defined]
    raise InputError("NUMBA_DISABLE_JIT is set, and kernels that are not compiled can't run: unset it")


def jit(**options: Any) -> Any:
    """Compile with the options that all kernels share.

    They divide as NumPy does: where a divisor of 0 is an error, LLVM makes no vectors of a loop. Slopes of a look took
    1.7 times as long.
    """
    return njit(nogil=True, boundscheck=False, error_model="numpy", **options)


# Only entries are called from Python. What it takes to hand all arrays of a `Forest` over from Python to each helper
# was a third of the time of compilation.
_FROM_KERNELS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

# Helpers do without numba's reference counts of arrays, which are atomic: a distance of two nodes took 317 ns with them
# and 1 ns without. What allocates an array needs them: numba refuses to compile it otherwise. (`_nrt` is an option of
# numba's own, and undocumented.)
inlined = jit(forceinline=True, _nrt=False, **_FROM_KERNELS)  # in LLVM: a constant argument unrolls the callee's loops

# What is larger is optimised and assembled in the entries only: `helper_compiler` says what that saves. Inlined ones
# are optimised by themselves first: without, `link_groups` took 5 % longer.
_OF_ENTRIES: dict[str, Any] = {**_FROM_KERNELS}
with suppress(ImportError):  # a numba whose internals are others: compiling takes longer
    from imgcmp.kernels.helper_compiler import HelperCompiler

    _OF_ENTRIES["pipeline_class"] = HelperCompiler

helper = jit(_nrt=False, **_OF_ENTRIES)
allocating = jit(**_OF_ENTRIES)


def entry(function: Any) -> Any:
    """Compile what is called from Python, and keep it on disk; it allocates nothing."""
    return _kept(function, _nrt=False)


def allocating_entry(function: Any) -> Any:
    """Compile what is called from Python and allocates arrays, and keep it on disk."""
    return _kept(function)


def _kept(function: Any, **options: Any) -> Any:
    dispatcher = jit(no_cfunc_wrapper=True, **options)(function)
    dispatcher._cache = KernelCache(function)
    return dispatcher


def callable_from_python(kernel: Any) -> Any:
    """Return an inlined function or a helper as one that Python can call: for tests."""
    return jit()(kernel.py_func)
