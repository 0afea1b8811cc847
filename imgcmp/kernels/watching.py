"""Who is told that kernels are compiled, and that they can't be kept: light, since who asks need not load numba."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

watchers: list[Callable[[str], object]] = []


class KernelCacheWarning(RuntimeWarning):
    """Compiled kernels can't be kept on disk: every run compiles them anew."""


@contextmanager
def watched(tell: Callable[[str], object]) -> Iterator[None]:
    """Call `tell` with the name of each kernel that is about to be compiled, while the block runs."""
    watchers.append(tell)
    try:
        yield
    finally:
        watchers.remove(tell)
