"""What hangs on internals of numba and llvmlite has a test that notices its loss; misread arrays are refused."""

import llvmlite.ir
import numpy as np
import pytest
from numba import njit
from numba.core import cgutils
from numba.core.errors import TypingError

from imgcmp.kernels import buckets, scan
from imgcmp.kernels.columns import Columns, transposed
from imgcmp.kernels.intrinsics import SUMS, columns_within, dot, near_rows, popcount, prefetch, stream_eight
from imgcmp.kernels.jit import helper

WORDS = np.random.default_rng(0).integers(0, 2**64, (300, 4), dtype=np.uint64)


@pytest.mark.parametrize("word", [0, 1, 2**63, 2**64 - 1, 0xF0F0])
def test_popcount(word):
    count = njit(lambda word: popcount(word))
    assert count(np.uint64(word)) == word.bit_count()


@pytest.mark.parametrize("n", [0, SUMS, 31 * SUMS])
def test_dot(n):
    first, second = np.random.default_rng(n).normal(size=(2, n))
    product = njit(lambda first, second: dot(first, second))
    assert product(first, second) == pytest.approx(first @ second, abs=1e-12)
    for wrong in (first.astype(np.float32), np.stack([first, second]), np.zeros(2 * SUMS)[::2]):
        with pytest.raises((TypingError, TypeError)):
            product(wrong, second)


MISREAD = {
    "Fortran order": lambda words: np.asfortranarray(words),
    "every other column": lambda words: words[:, ::2],
    "signed": lambda words: words.view(np.int64),
    "one row": lambda words: words[0],
    "big-endian": lambda words: words.astype(">u8"),
}


@pytest.mark.parametrize("kind", MISREAD)
@pytest.mark.parametrize("kernel", ["columns_within", "near_rows", "scan"])
def test_arrays_that_would_be_misread_are_refused_by_their_type(kind, kernel):
    """In Fortran order, for one, 0 of 250 pairs were found, without a word."""
    if (kind, kernel) == ("big-endian", "scan"):
        pytest.skip("numba takes a swapped array in a tuple for a native one; `transposed` makes none")
    right = transposed(WORDS)
    wrong = MISREAD[kind](right.words)
    within = njit(lambda rows, columns: columns_within(rows, 0, columns, 0, 9))
    near = njit(lambda rows, columns: near_rows(rows, 0, columns, 0, 4, 9))
    calls = {
        "columns_within": [lambda: within(wrong, right.words), lambda: within(right.words, wrong)],
        "near_rows": [lambda: near(wrong, right.words), lambda: near(right.words, wrong)],
        "scan": [lambda: scan.scan(Columns(wrong, right.n), 0, 9, np.array([9]), 0, right.n)],
    }
    for call in calls[kernel]:
        with pytest.raises((TypingError, TypeError, ValueError)):
            call()


@pytest.mark.parametrize("kernel", [scan.scan, scan.fill_lists, buckets.search_buckets])
def test_a_bare_array_is_no_columns(kernel):
    """It may have no padding: its last block would be read past its end."""
    columns = transposed(WORDS).words
    arguments = {
        scan.scan: (columns, 0, 9, np.array([9]), 0, 300),
        scan.fill_lists: (np.zeros(9, np.int32), np.zeros(300, np.int64), columns, 0, 9, 0, 300),
        buckets.search_buckets: (
            columns, np.zeros(300, np.int32), np.zeros(3, np.int32), 0, 0, 300, 0, 9, np.zeros(2, np.int64), 0,
            np.zeros(300, np.int64), np.zeros(0, np.int32), (32, 0), np.array([9]),
        ),
    }  # fmt: skip
    with pytest.raises(TypingError, match=r"Unknown attribute '(n|words)'"):
        kernel(*arguments[kernel])


def test_llvmlites_attributes_of_a_function_are_a_set():
    """As `wide_vectors` takes them; it would do nothing otherwise, and that would only show in the time."""
    module = llvmlite.ir.Module()
    function = llvmlite.ir.Function(module, llvmlite.ir.FunctionType(llvmlite.ir.VoidType(), []), "f")
    assert isinstance(function.attributes, set)


def test_pointers_have_types():
    """`load` asks for a pointer to a kind of value."""
    assert str(llvmlite.ir.IntType(64).as_pointer()) == "i64*"


@pytest.mark.parametrize("name", ["alloca_once_value", "for_range"])
def test_what_is_used_of_cgutils_is_there(name):
    assert callable(getattr(cgutils, name))


def test_helpers_count_no_references():
    """`_nrt` is an option of numba's own: without it comparing two nodes took 300 times as long."""
    assert helper(lambda a: a[0]).targetoptions["_nrt"] is False


def test_prefetch_and_streamed_writes_leave_the_numbers_right():
    heights = np.zeros(24)
    start = -heights.ctypes.data % 64 // 8
    distances, offsets = np.arange(8, dtype=np.uint16), np.linspace(0, 1, 8)

    @njit
    def write(out, distances, offsets):
        prefetch(np.uint64(out.ctypes.data))
        stream_eight(out.ctypes.data, distances.ctypes.data, offsets.ctypes.data, 0.5)

    write(heights[start : start + 8], distances, offsets)
    np.testing.assert_array_equal(heights[start : start + 8], distances + (0.5 + offsets))
