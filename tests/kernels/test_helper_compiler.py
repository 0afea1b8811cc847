"""Helpers are optimised and assembled in the entries that call them, and only there."""

import numpy as np
import pytest
from numba import njit

from imgcmp.kernels import jit
from imgcmp.kernels.helper_compiler import HelperCompiler


@jit.helper
def doubled(x):
    return 2 * x


@jit.helper
def sum_of_doubled(values):
    total = 0
    for value in values:
        total += doubled(value)
    return total


@jit.jit()
def both(values):
    return sum_of_doubled(values) + doubled(values.size)


def is_machine_code(function):
    (compiled,) = function.overloads.values()
    return compiled.library.codegen._engine.is_symbol_defined(compiled.fndesc.llvm_func_name)


def test_helpers_are_compiled_so():
    """On every numba that is allowed: else kernels take longer to compile."""
    assert jit._OF_ENTRIES["pipeline_class"] is HelperCompiler


def test_only_the_entry_becomes_machine_code():
    assert both(np.arange(5)) == 30
    assert [is_machine_code(function) for function in (both, sum_of_doubled, doubled)] == [True, False, False]


def test_a_helper_that_raises():
    """Its message is that of any function."""

    @jit.allocating
    def checked(x):
        if x > 3:
            raise ValueError("larger than 3")
        return x

    @njit
    def entry(x):
        return checked(x)

    assert entry(3) == 3
    with pytest.raises(ValueError, match="larger than 3"):
        entry(4)


def test_a_helper_that_allocates():
    @jit.allocating
    def squares(n):
        return np.arange(n) ** 2

    @njit
    def entry(n):
        return squares(n).sum()

    assert entry(4) == 14


def test_helpers_are_not_mixed_up():
    """Not those of one type, nor one helper with a constant, an integer, and a float."""

    @jit.helper
    def times(x, factor):
        return x * factor

    @jit.helper
    def plus(x, factor):
        return x + factor

    @jit.helper
    def both_ways(x, factor):
        return times(x, factor), plus(x, factor)

    @njit
    def entry(x, factor):
        return times(x, 3), times(x, factor), plus(x, factor), plus(x, 0.5), both_ways(x, factor), both_ways(x, 0.5)

    assert entry(2, 5) == (6, 10, 7, 2.5, (10, 7), (1.0, 2.5))
    assert len(times.overloads) == 3


def test_a_helper_called_from_python_raises():
    assert both(np.arange(5)) == 30
    with pytest.raises(TypeError):
        sum_of_doubled(np.arange(5))
