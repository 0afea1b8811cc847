import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from imgcmp.fingerprints.packing import check_matrix, check_words, from_hex, pack, to_hex, unpack, words_per_fingerprint

N_BITS = (4, 9, 60, 63, 64, 65, 100, 121, 127, 128, 129, 256, 1024, 4096)
n_bits_strategy = st.one_of(st.sampled_from(N_BITS), st.integers(4, 300))


@st.composite
def bit_arrays(draw, *, lead=None):
    n_bits = draw(n_bits_strategy)
    lead = draw(npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)) if lead is None else lead
    seed = draw(st.integers(0, 2**32))
    density = draw(st.sampled_from([0.0, 0.5, 1.0]))
    return np.random.default_rng(seed).random((*lead, n_bits)) < density


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


@given(bit_arrays(lead=()))
def test_hex_is_the_bits_as_one_number_and_reads_back(bits):
    text = to_hex(pack(bits), len(bits))
    assert len(text) == -(-len(bits) // 4)
    assert int(text, 16) == int("".join("01"[bit] for bit in bits.tolist()), 2)
    np.testing.assert_array_equal(from_hex(text, len(bits)), pack(bits))
    np.testing.assert_array_equal(from_hex(text.upper(), len(bits)), pack(bits))


@pytest.mark.parametrize("x", [2, 3, 4, 5, 8, 9, 10, 11, 16, 32, 64])
def test_hex_is_that_of_imagehash_which_reads_it_too(x):
    bits = np.random.default_rng(x).random(x * x) < 0.5
    theirs = imagehash.ImageHash(bits.reshape(x, x))
    ours = to_hex(pack(bits), x * x)
    assert ours == str(theirs)
    np.testing.assert_array_equal(unpack(from_hex(ours), x * x), bits)
    assert imagehash.hex_to_hash(ours) == theirs


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
        (np.zeros(1, np.uint64), 0, ValueError, "n_bits must be at least 1; got 0"),
        (np.ones(1, np.uint64), 63, ValueError, "words must have zeros beyond bit 63"),
        (np.array([[0, 0], [0, 1 << 27]], np.uint64), 100, ValueError, "zeros beyond bit 100"),
    ],
)
def test_unpack_and_hex_refuse_what_is_no_fingerprint(words, n_bits, error, message):
    with pytest.raises(error, match=message):
        unpack(words, n_bits)
    with pytest.raises(error, match=message):
        to_hex(words, n_bits)
    with pytest.raises(error, match=message):
        check_words(words, n_bits)


def test_to_hex_takes_one_fingerprint():
    with pytest.raises(ValueError, match=r"words must have shape \(n_words,\); got \(2, 1\)"):
        to_hex(np.zeros((2, 1), np.uint64), 64)


@pytest.mark.parametrize(
    ("text", "n_bits"),
    [
        ("", None),
        ("0x12", None),
        (" 12", None),
        ("1_2", None),
        ("12g4", None),
        ("é", None),
        ("12", None),
        ("1234", 12),
        ("123", 16),
        ("8000", 15),
        ("٣", None),
    ],
)
def test_from_hex_refuses_what_to_hex_cannot_have_written(text, n_bits):
    with pytest.raises(ValueError, match="text must be"):
        from_hex(text, n_bits)


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
