import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ODD_N_BITS as N_BITS
from strategies import bit_arrays, make_words, n_bits_strategy

from imgcmp.fingerprints.hex_and_bytes import to_bytes, to_hex
from imgcmp.fingerprints.packing import check_matrix, check_views, check_words, pack, unpack, words_per_fingerprint


@given(bit_arrays())
def test_unpack_gives_back_what_pack_took(bits):
    words = pack(bits)
    assert words.dtype == np.uint64
    assert words.shape == (*bits.shape[:-1], words_per_fingerprint(bits.shape[-1]))
    back = unpack(words, bits.shape[-1])
    assert back.dtype == bool
    np.testing.assert_array_equal(back, bits)


@given(n_bits_strategy, st.data())
def test_bit_k_is_bit_63_minus_k_mod_64_of_word_k_over_64(n_bits, data):
    k = data.draw(st.integers(0, n_bits - 1))
    bits = np.zeros(n_bits, bool)
    bits[k] = True
    expected = [0] * words_per_fingerprint(n_bits)
    expected[k // 64] = 1 << (63 - k % 64)
    assert pack(bits).tolist() == expected


@pytest.mark.parametrize("n_bits", N_BITS)
def test_unused_low_bits_are_zero(n_bits):
    last = int(pack(np.ones(n_bits, bool))[-1])
    unused = -n_bits % 64
    assert last == (2**64 - 1) >> unused << unused


def test_pack_leaves_its_input_as_it_is_and_takes_views():
    bits = np.random.default_rng(0).random((6, 200)) < 0.5
    kept = bits.copy()
    np.testing.assert_array_equal(pack(bits[::2, ::-1]), pack(np.ascontiguousarray(bits[::2, ::-1])))
    np.testing.assert_array_equal(bits, kept)


@pytest.mark.parametrize(
    ("bits", "error", "message"),
    [
        (np.zeros(8, np.uint8), TypeError, "bits must have dtype bool; got uint8"),
        (np.bool_(True), ValueError, r"bits must have shape .* got \(\)"),
        (np.zeros((3, 0), bool), ValueError, r"got \(3, 0\)"),
    ],
)
def test_pack_refuses_what_is_no_bits(bits, error, message):
    with pytest.raises(error, match=message):
        pack(bits)


@pytest.mark.parametrize(
    ("words", "n_bits", "error", "message"),
    [
        (np.zeros(1, np.int64), 64, TypeError, "words must have dtype uint64; got int64"),
        (np.zeros(2, np.uint64), 64, ValueError, r"words must have shape \(\.\.\., 1\) for n_bits=64; got \(2,\)"),
        (np.zeros((), np.uint64), 64, ValueError, r"got \(\)"),
        (np.zeros(1, ">i8"), 64, TypeError, "words must have dtype uint64; got >i8"),
        (np.zeros(1, np.uint64), 0, ValueError, "n_bits must be at least 1; got 0"),
        (np.zeros(1, np.uint64), True, TypeError, "n_bits must be an integer; got True"),
        (np.zeros(1, np.uint64), 64.0, TypeError, r"n_bits must be an integer; got 64\.0"),
        (np.ones(1, np.uint64), 63, ValueError, "words must have zeros beyond bit 63"),
        (np.array([[0, 0], [0, 1 << 27]], np.uint64), 100, ValueError, "zeros beyond bit 100"),
    ],
)
def test_what_is_no_fingerprint_is_refused(words, n_bits, error, message):
    for function in (unpack, to_hex, to_bytes, check_words):
        with pytest.raises(error, match=message):
            function(words, n_bits)


def test_check_matrix_says_the_bits_and_makes_rows_contiguous():
    words = np.arange(12, dtype=np.uint64).reshape(3, 4)[:, ::2]
    matrix, n_bits = check_matrix(words)
    assert n_bits == 128
    assert matrix.flags.c_contiguous
    np.testing.assert_array_equal(matrix, words)
    with pytest.raises(ValueError, match=r"queries must have shape \(n_images, n_words\); got \(3,\)"):
        check_matrix(words[:, 0], name="queries")
    with pytest.raises(TypeError, match="queries must have dtype uint64; got float64"):
        check_matrix(words.astype(float), name="queries")
    with pytest.raises(ValueError, match="beyond bit 100"):
        check_matrix(words | np.uint64(1), 100)


def test_words_of_either_byte_order_are_taken():
    words = pack(np.random.default_rng(0).random((5, 100)) < 0.5)
    foreign = words.astype(words.dtype.newbyteorder())
    np.testing.assert_array_equal(unpack(foreign, 100), unpack(words, 100))
    assert to_hex(foreign, 100) == to_hex(words, 100)
    np.testing.assert_array_equal(to_bytes(foreign, 100), to_bytes(words, 100))
    for checked in (check_words(foreign, 100), check_matrix(foreign)[0], check_views(foreign[:, None], words)[:, 0]):
        assert checked.dtype.isnative
        np.testing.assert_array_equal(checked, words)


def test_words_in_any_order_of_memory_are_unpacked():
    bits = np.random.default_rng(0).random((50, 100)) < 0.5
    for words in (np.asfortranarray(pack(bits)), np.asfortranarray(pack(bits)).astype(">u8"), pack(bits)[::-1][::-1]):
        np.testing.assert_array_equal(unpack(words, 100), bits)


def test_words_in_the_order_of_the_machine_are_not_copied():
    words = make_words(5, 100)
    assert check_words(words, 100) is words
    assert np.shares_memory(check_matrix(words)[0], words)
    assert check_matrix(words, np.int16(100))[1] == 100


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        (np.zeros((4, 2), np.uint64), ValueError, r"views must have shape \(4, n_views, 2\); got \(4, 2\)"),
        (np.zeros((3, 1, 2), np.uint64), ValueError, r"got \(3, 1, 2\)"),
        (np.zeros((4, 1, 3), np.uint64), ValueError, r"got \(4, 1, 3\)"),
        (np.zeros((4, 1, 2)), TypeError, "views must have dtype uint64; got float64"),
        (np.ones((4, 1, 2), np.uint64), ValueError, "views must have zeros beyond bit 100"),
    ],
)
def test_views_that_do_not_fit_are_refused(views, error, message):
    with pytest.raises(error, match=message):
        check_views(views, make_words(4, 100), 100)
