import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fingerprints

from imgcmp.fingerprints.packing import pack, unpack
from imgcmp.kernels import buckets
from imgcmp.kernels.buckets import bucket_keys, bucket_order
from imgcmp.kernels.columns import transposed
from imgcmp.kernels.jit import callable_from_python

agrees = callable_from_python(buckets.agrees)


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
        bucket_keys(keys, pack(bits), start, stop, key_bits, 0, 500)
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
    bucket_order(order, starts, keys)
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
    columns = transposed(words).words
    assert agrees(columns, 0, columns, 1, start, stop) == np.array_equal(bits[0], bits[1])
