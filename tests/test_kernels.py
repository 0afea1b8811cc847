import re
from pathlib import Path

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints, make_words

from imgcmp import kernels
from imgcmp.fingerprints.packing import pack, unpack


def tie_breaks(words):
    out = np.empty(len(words))
    kernels.tie_breaks(out, words, words[:, :0].copy())
    return out


@pytest.mark.parametrize(("words", "z"), [((1, 2), 0xBCD9DBB49673066B), ((2, 1), 0xE06DD043328BD285)])
def test_tie_break_has_its_documented_value(words, z):
    words = np.array([words], np.uint64)
    assert tie_breaks(words)[0] == (z >> 11) * 2.0**-53
    assert naive.tie_breaks(words)[0] == (z >> 11) * 2.0**-53


@given(fingerprints())
def test_tie_breaks(drawn):
    words, _ = drawn
    k = tie_breaks(words)
    assert np.array_equal(k, naive.tie_breaks(words))
    assert np.all((k >= 0) & (k < 1))


@given(fingerprints())
def test_transposed_pads_with_zeros_to_whole_blocks(drawn):
    words, _ = drawn
    columns = kernels.transposed(words)
    assert columns.shape[1] % kernels.BLOCK == 0
    assert columns.shape[1] - len(words) < kernels.BLOCK
    assert np.array_equal(columns[:, : len(words)], words.T)
    assert not columns[:, len(words) :].any()


@pytest.mark.parametrize("n_words", range(1, 10))  # every way to split a number into 4, 2 and 1
def test_block_distances(n_words):
    words = make_words(kernels.BLOCK, 64 * n_words, "uniform")
    columns = kernels.transposed(words)
    out = np.full(kernels.BLOCK, 2**16 - 1, np.uint16)
    kernels.block_distances(out, columns, 3, columns, 0)
    assert np.array_equal(out, naive.cdist(words[3:4], words)[0])


@pytest.mark.parametrize("n_words", range(1, 6))  # in registers: 1, 2 and 4
def test_block_diameter(n_words):
    words = make_words(2 * kernels.BLOCK, 64 * n_words, "uniform")
    distances = np.empty(kernels.BLOCK, np.uint16)
    found = kernels.block_diameter(distances, kernels.transposed(words), 8, kernels.BLOCK)
    assert found == naive.cdist(words[8 : 8 + kernels.ROWS], words[kernels.BLOCK :]).max()


@given(fingerprints(), st.lists(st.integers(0, 40), max_size=6), st.integers(0, 40))
def test_diameters_of_groups_side_by_side(drawn, cuts, max_size):
    words, _ = drawn
    starts = np.array(sorted([0, *(min(cut, len(words)) for cut in cuts), len(words)]))
    out = np.full(len(starts) - 1, 2**16 - 1, np.uint16)
    kernels.diameters(out, kernels.transposed(words), starts, max_size, 0, len(out))
    for start, end, found in zip(starts, starts[1:], out.tolist(), strict=False):
        assert found == (naive.diameter(words[start:end]) if end - start <= max_size else 2**16 - 1)


def test_loops_over_blocks_ask_for_wide_vectors():
    """It would only show in the time if this got lost."""
    words = make_words(kernels.BLOCK, 64, "uniform")
    kernels.block_distances(
        np.empty(kernels.BLOCK, np.uint16), kernels.transposed(words), 0, kernels.transposed(words), 0
    )
    codes = kernels.add_distances.inspect_llvm().values()
    assert codes
    assert all('"prefer-vector-width"="512"' in code for code in codes)


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 5, 64])
@pytest.mark.parametrize("part", [0, 0.45, 0.5, 0.55, 1])
def test_close_mask(n_words, part):
    words = make_words(kernels.BLOCK, 64 * n_words, "uniform")
    columns, radius_bits = kernels.transposed(words), round(64 * n_words * part)
    is_close = naive.cdist(words[5:6], words[70 : 70 + kernels.WIDTH])[0] <= radius_bits
    expected = sum(1 << int(m) for m in np.flatnonzero(is_close))
    assert kernels.close_mask(columns, 5, columns, 70, 0, kernels.BLOCK, radius_bits) == expected
    assert kernels.close_mask(columns, 5, columns, 70, 73, 120, radius_bits) == expected & (2**50 - 2**3)
    assert kernels.close_mask(columns, 5, columns, 70, 70 + kernels.WIDTH, kernels.BLOCK, radius_bits) == 0


@pytest.mark.parametrize("prefix", [1, 2, 4])
def test_rows_near_a_block(prefix):
    words = make_words(kernels.BLOCK, 256, "uniform")
    columns = kernels.transposed(words)
    nearest = naive.cdist(words[9 : 9 + kernels.ROWS, :prefix], words[100 : 100 + kernels.WIDTH, :prefix]).min(axis=1)
    for radius_bits in range(65 * prefix):
        near = kernels.rows_near_block(columns, 9, columns, 100, prefix, radius_bits)
        found = [bool(kernels.is_row_near(near, k)) for k in range(kernels.ROWS)]
        assert found == (nearest <= radius_bits).tolist()


@pytest.mark.parametrize("prefix", [0, 1, 2, 4])
@pytest.mark.parametrize("radius_bits", [0, 40, 100, 256])
def test_scan_finds_the_same_with_any_prefix(prefix, radius_bits):
    words = make_words(1000, 256)
    n = len(words)
    found, counts = kernels.scan(kernels.transposed(words), n, prefix, radius_bits, np.array([2**40]), 0, n)
    i, j, distance = naive.pairs(words, radius_bits)
    assert np.array_equal(np.sort(found), i << 48 | j << 16 | distance)
    assert np.array_equal(counts, np.bincount(i, minlength=n))


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 100, 1000])
@pytest.mark.parametrize("start", range(9))  # every alignment
def test_write_heights(size, start):
    random = np.random.default_rng(0)
    out = np.zeros(size + 20)
    distances, offsets = random.integers(2**16, size=size).astype(np.uint16), random.random(size)
    kernels.write_heights(out[start : start + size], distances, offsets, 0.25)
    assert np.array_equal(out[start : start + size], distances + (0.25 + offsets))
    assert not out[:start].any()
    assert not out[start + size :].any()


@given(st.integers(2, 2**31 - 1), st.data())
def test_condensed_index_beyond_2_to_the_31(n, data):
    i = data.draw(st.integers(0, n - 2))
    j = data.draw(st.integers(i + 1, n - 1))
    scipys = n * i + j - (i + 2) * (i + 1) // 2
    assert kernels.condensed_start(n, i) + (j - i - 1) == scipys


@pytest.mark.parametrize("n_bits", [4, 64, 100, 256])
@pytest.mark.parametrize("key_bits", [4, 22])
def test_bucket_keys(n_bits, key_bits):
    """Short substrings are their own keys; of longer ones equal ones have equal keys, and most others have not."""
    bits = np.random.default_rng(0).random((500, n_bits)) < 0.5
    bits[250:] = bits[:250]
    for start, stop in [(0, 4), (0, n_bits), (n_bits // 3, n_bits), (n_bits // 2, n_bits // 2), (60, 70), (64, 64)]:
        if stop > n_bits:
            continue
        keys = np.empty(500, np.uint32)
        kernels.bucket_keys(keys, pack(bits), start, stop, key_bits, 0, 500)
        if stop - start <= key_bits:
            assert keys.tolist() == [naive.substring_key(row) for row in bits[:, start:stop]]
        else:
            assert np.array_equal(keys[:250], keys[250:])
            assert keys.max() < 2**key_bits
            assert len(np.unique(keys)) > min(2**key_bits, len(np.unique(bits[:, start:stop], axis=0))) * 0.9


@given(st.lists(st.integers(0, 15), max_size=200))
def test_bucket_order(keys):
    keys = np.array(keys, np.uint32)
    order, starts = np.empty(len(keys), np.int32), np.empty(18, np.int32)
    kernels.bucket_order(order, starts, keys)
    assert np.array_equal(order, np.argsort(keys, kind="stable"))
    assert np.array_equal(starts[:-1], np.searchsorted(keys[order], np.arange(17)))


@given(fingerprints(), st.data())
def test_agreement(drawn, data):
    words, n_bits = drawn
    if len(words) < 2:
        return
    start = data.draw(st.integers(0, n_bits))
    stop = data.draw(st.integers(start, n_bits))
    bits = unpack(words, n_bits)[:, start:stop]
    columns = kernels.transposed(words)
    assert kernels.agrees(columns, 0, columns, 1, start, stop) == np.array_equal(bits[0], bits[1])


@given(st.lists(st.integers(0, 99), max_size=200), st.integers(1, 30))
def test_sort_lists(numbers, n_lists):
    indices = np.array(numbers, np.int32)
    places = np.linspace(0, len(indices), n_lists + 1).astype(np.int64)
    expected = [sorted(part.tolist()) for part in np.split(indices, places[1:-1])]
    kernels.sort_lists(indices, places[:-1], np.diff(places), 0, n_lists)
    assert [part.tolist() for part in np.split(indices, places[1:-1])] == expected


@given(fingerprints(min_size=1, max_size=200), st.data())
def test_flood(drawn, data):
    words, n_bits = drawn
    radius_bits = data.draw(st.integers(0, n_bits))
    n = len(words)
    labels, queue, points = np.empty(n, np.int32), np.empty(n, np.int32), np.arange(n, dtype=np.int32)
    state, columns = np.array([0, 0, n, -1], np.int64), kernels.transposed(words)
    while state[0] < n:  # a point at a time
        kernels.flood(labels, queue, words, columns, points, state, radius_bits, 1)
    expected = naive.components(words, radius_bits)
    assert np.array_equal(naive.number_by_first(labels), naive.number_by_first(expected))
    assert sorted(queue.tolist()) == list(range(n))


def test_the_contents_list_names_every_function():
    source = Path(kernels.__file__).read_text()
    contents = source.split("Contents\n")[1].split("Kernels check nothing")[0]
    lists = re.sub(r"^    (\S.{9}|          )", "", contents, flags=re.M)
    named = {name.strip() for name in re.split("[,;\n]", lists)} - {""}
    functions = set(re.findall(r"^def ([a-z]\w*)", source, re.M)) - {"jit", "entry"}
    intrinsics = set(re.findall(r"^([a-z]\w*): Any = _", source, re.M))
    assert named == functions | intrinsics
