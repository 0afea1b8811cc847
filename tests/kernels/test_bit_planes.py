"""Counting bit by bit: planes, tables and counts against NumPy, with operations on three vectors and without."""

import llvmlite.binding
import numpy as np
import pytest
from numba.core.registry import cpu_target

from imgcmp.kernels import bit_planes
from imgcmp.kernels.bit_planes import (
    COUNT_PLANES,
    LANES,
    MOST_WORDS,
    SLAB,
    address,
    any_of,
    limits_of,
    patterns_of,
    room_for,
)
from imgcmp.kernels.jit import callable_from_python, jit


def words_of(n, n_words, seed=0):
    return np.random.default_rng(seed).integers(2**64, size=(n, n_words), dtype=np.uint64)


def near_function():
    """Compile, anew, what tells which of a slab are near each row."""
    fill_table = callable_from_python(bit_planes.fill_table)

    @jit()
    def near_of(out, words, n_there, work, patterns, limits, radii):
        table, near = address(work.table), work.near
        n_words = patterns.shape[0]
        for word in range(n_words):
            fill_table(work, words, word, n_words, n_there)
            for row in range(len(radii)):
                pattern, count = address(patterns[word, row]), address(work.counts[COUNT_PLANES * LANES * row :])
                limit = address(limits[radii[row]])
                if word < n_words - 1:
                    if word == 0:
                        bit_planes.count_word(table, pattern, count, 1)
                    else:
                        bit_planes.count_word(table, pattern, count, 0)
                    continue
                near[:] = 0
                if n_words == 1:
                    is_any = bit_planes.near_in_slab(table, pattern, count, 1, limit, address(near))
                else:
                    is_any = bit_planes.near_in_slab(table, pattern, count, 0, limit, address(near))
                out[row] = near
                if is_any != (any_of(near) != 0):
                    out[row] = 99

    return near_of


@pytest.mark.parametrize("has_avx512", [None, False])
@pytest.mark.parametrize("n_words", [1, 2, 3, MOST_WORDS])
def test_what_is_near_is_what_differs_in_few_bits(n_words, has_avx512, monkeypatch):
    """Of random words, and of such as differ in any number of bits, from none to all."""
    if has_avx512 is not None:
        monkeypatch.setattr(bit_planes, "_has_avx512", lambda _: has_avx512)
    n_bits = 64 * n_words
    columns, rows = words_of(SLAB, n_words), words_of(40, n_words, 1)
    bits = np.arange(n_bits) < np.arange(SLAB)[:, np.newaxis] * n_bits // (SLAB - 1)
    columns[::2] = rows[0] ^ np.packbits(bits, axis=1, bitorder="little").view(np.uint64)[::2]
    distances = np.bitwise_count(columns ^ rows[:, np.newaxis]).sum(axis=-1, dtype=np.int64)
    radii = np.random.default_rng(2).integers(n_bits + 1, size=len(rows))
    radii[:3] = 0, n_bits, n_bits // 2
    near_of = near_function()
    work, patterns = room_for(len(rows), n_words), patterns_of(np.ascontiguousarray(rows.T))
    for radius in (0, n_bits // 3, n_bits):
        radii[0] = radius
        out = np.zeros((len(rows), LANES), np.uint64)
        near_of(out, columns.reshape(-1), SLAB, work, patterns, limits_of(n_bits), radii)
        found = out[:, np.newaxis] >> np.arange(64, dtype=np.uint64)[:, np.newaxis] & np.uint64(1)
        assert np.array_equal(found.reshape(len(rows), SLAB), distances <= radii[:, np.newaxis])


def test_columns_behind_the_last_one_are_zeros():
    columns, rows, n_there = words_of(SLAB, 1), np.zeros((1, 1), np.uint64), 77
    out = np.zeros((1, LANES), np.uint64)
    near_function()(out, columns.reshape(-1), n_there, room_for(1, 1), patterns_of(rows), limits_of(64), np.array([0]))
    found = (out[0] >> np.arange(64, dtype=np.uint64)[:, np.newaxis] & np.uint64(1)).reshape(-1)
    assert np.array_equal(found, np.arange(SLAB) >= n_there)


def test_operations_on_three_planes_are_taken_where_the_processor_has_them():
    """Its features are an internal of numba's: without them all is the same, and takes longer."""
    features = llvmlite.binding.get_host_cpu_features()
    assert bit_planes._has_avx512(cpu_target.target_context) == features.get("avx512f", False)


def test_limits_are_the_complements_of_radii():
    limits = limits_of(512)
    ones = (limits == np.uint64(2**64 - 1)).astype(np.int64)
    assert np.array_equal(ones @ 2 ** np.arange(COUNT_PLANES), 2**COUNT_PLANES - 1 - np.arange(513))
    assert ((limits == 0) | (ones == 1)).all()
