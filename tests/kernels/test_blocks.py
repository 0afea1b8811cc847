import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints, make_words

from imgcmp.kernels import blocks
from imgcmp.kernels.columns import BLOCK, WIDTH, transposed
from imgcmp.kernels.intrinsics import ROWS
from imgcmp.kernels.jit import callable_from_python

block_diameter = callable_from_python(blocks.block_diameter)
block_distances = callable_from_python(blocks.block_distances)
close_mask = callable_from_python(blocks.close_mask)
condensed_start = callable_from_python(blocks.condensed_start)
is_row_near = callable_from_python(blocks.is_row_near)
rows_near_block = callable_from_python(blocks.rows_near_block)


@given(fingerprints())
def test_transposed_pads_with_zeros_to_whole_blocks(drawn):
    words, _ = drawn
    columns, n = transposed(words)
    assert n == len(words)
    assert columns.shape[1] % BLOCK == 0
    assert columns.shape[1] - n < BLOCK
    assert np.array_equal(columns[:, :n], words.T)
    assert not columns[:, n:].any()


@pytest.mark.parametrize("n_words", range(1, 10))  # every way to split a number into 4, 2 and 1
def test_block_distances(n_words):
    words = make_words(BLOCK, 64 * n_words, "uniform")
    columns = transposed(words)
    out = np.full(BLOCK, 2**16 - 1, np.uint16)
    block_distances(out, columns.words, 3, columns, 0)
    assert np.array_equal(out, naive.cdist(words[3:4], words)[0])


@pytest.mark.parametrize("n_words", range(1, 6))  # in registers: 1, 2 and 4
def test_block_diameter(n_words):
    words = make_words(2 * BLOCK, 64 * n_words, "uniform")
    distances = np.empty(BLOCK, np.uint16)
    found = block_diameter(distances, transposed(words), 8, BLOCK)
    assert found == naive.cdist(words[8 : 8 + ROWS], words[BLOCK:]).max()


def test_loops_over_blocks_ask_for_wide_vectors():
    """It would only show in the time if this got lost."""
    words = make_words(BLOCK, 64, "uniform")
    block_distances(np.empty(BLOCK, np.uint16), transposed(words).words, 0, transposed(words), 0)
    codes = blocks.add_distances.inspect_llvm().values()
    assert codes
    assert all('"prefer-vector-width"="512"' in code for code in codes)


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 5, 64])
@pytest.mark.parametrize("part", [0, 0.45, 0.5, 0.55, 1])
def test_close_mask(n_words, part):
    words = make_words(BLOCK, 64 * n_words, "uniform")
    columns, radius_bits = transposed(words), round(64 * n_words * part)
    is_close = naive.cdist(words[5:6], words[70 : 70 + WIDTH])[0] <= radius_bits
    expected = sum(1 << int(m) for m in np.flatnonzero(is_close))
    assert close_mask(columns.words, 5, columns, 70, 0, BLOCK, radius_bits) == expected
    assert close_mask(columns.words, 5, columns, 70, 73, 120, radius_bits) == expected & (2**50 - 2**3)
    assert close_mask(columns.words, 5, columns, 70, 70 + WIDTH, BLOCK, radius_bits) == 0


@pytest.mark.parametrize("prefix", [1, 2, 4])
def test_rows_near_a_block(prefix):
    words = make_words(BLOCK, 256, "uniform")
    columns = transposed(words)
    nearest = naive.cdist(words[9 : 9 + ROWS, :prefix], words[100 : 100 + WIDTH, :prefix]).min(axis=1)
    for radius_bits in range(65 * prefix):
        near = rows_near_block(columns, 9, columns, 100, prefix, radius_bits)
        found = [bool(is_row_near(near, k)) for k in range(ROWS)]
        assert found == (nearest <= radius_bits).tolist()


@given(st.integers(2, 2**31 - 1), st.data())
def test_condensed_index_beyond_2_to_the_31(n, data):
    i = data.draw(st.integers(0, n - 2))
    j = data.draw(st.integers(i + 1, n - 1))
    scipys = n * i + j - (i + 2) * (i + 1) // 2
    assert condensed_start(n, i) + (j - i - 1) == scipys
