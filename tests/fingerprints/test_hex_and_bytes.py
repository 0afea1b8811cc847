import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import bit_arrays, make_words

from imgcmp import from_bytes, from_hex, nearest, pack, to_bytes, to_hex, unpack


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


@given(bit_arrays(lead=(3,)))
def test_hex_of_many_is_that_of_each(bits):
    words, n_bits = pack(bits), bits.shape[-1]
    texts = to_hex(words, n_bits)
    assert texts == [to_hex(row, n_bits) for row in words]
    for sequence in (texts, tuple(texts), iter(texts), np.array(texts)):
        read = from_hex(sequence, n_bits)
        assert (read.dtype, read.shape) == (np.uint64, words.shape)
        np.testing.assert_array_equal(read, words)
    np.testing.assert_array_equal(from_hex(texts[:1], n_bits), words[:1])


def test_many_of_a_square_number_of_bits_need_no_number():
    words = make_words(9, 121)
    np.testing.assert_array_equal(from_hex(to_hex(words, 121)), words)


def test_none_are_read_and_written():
    assert to_hex(np.zeros((0, 2), np.uint64), 100) == []
    assert from_hex([], 100).shape == (0, 2)
    assert to_bytes(np.zeros((0, 2), np.uint64), 100).shape == (0, 13)
    assert from_bytes(np.zeros((0, 13), np.uint8)).shape == (0, 2)


def test_to_hex_takes_one_fingerprint_or_a_matrix():
    with pytest.raises(
        ValueError, match=r"words must have shape \(n_words,\) or \(n_images, n_words\); got \(2, 1, 1\)"
    ):
        to_hex(np.zeros((2, 1, 1), np.uint64), 64)


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
    with pytest.raises(ValueError, match="^text must be"):
        from_hex(text, n_bits)
    n_digits = -(-(n_bits or 4 * len(text)) // 4)
    with pytest.raises(ValueError, match=r"^text\[[01]\] must be"):
        from_hex(["0" * n_digits, text], n_bits)


@pytest.mark.parametrize(
    ("text", "n_bits", "error", "message"),
    [
        ([], None, ValueError, "text must hold a fingerprint where n_bits is not given; got none"),
        (["0123", "01234567"], None, ValueError, r"text\[1\] must be 4 hex digits below 2\*\*16; got '01234567'"),
        (["0123", 5], None, TypeError, r"text\[1\] must be a str of hex digits; got 5"),
        (5, None, TypeError, "text must be a str of hex digits, or many; got 5"),
        (None, 64, TypeError, "got None"),
        (b"0123", 16, TypeError, r"text\[0\] must be a str"),
        ("0123", True, TypeError, "n_bits must be an integer; got True"),
        ("0123", 0, ValueError, "n_bits must be at least 1; got 0"),
    ],
)
def test_from_hex_says_which_is_wrong(text, n_bits, error, message):
    with pytest.raises(error, match=message):
        from_hex(text, n_bits)


# Bytes


@given(bit_arrays())
def test_bytes_are_the_bits_first_bit_highest_and_read_back(bits):
    words, n_bits = pack(bits), bits.shape[-1]
    rows = to_bytes(words, n_bits)
    assert (rows.dtype, rows.flags.c_contiguous) == (np.uint8, True)
    np.testing.assert_array_equal(rows, np.packbits(bits, axis=-1))
    back = from_bytes(rows, n_bits)
    assert back.dtype == np.uint64
    np.testing.assert_array_equal(back, words)


@given(st.binary(min_size=1, max_size=40))
def test_bytes_of_one_fingerprint_are_taken_and_are_its_hex(raw):
    words = from_bytes(raw)
    assert to_hex(words, 8 * len(raw)) == raw.hex()
    assert to_bytes(words, 8 * len(raw)).tobytes() == raw
    np.testing.assert_array_equal(from_bytes(np.frombuffer(raw, np.uint8)), words)


def test_bytes_are_those_of_imagehash():
    bits = np.random.default_rng(0).random((11, 11)) < 0.5
    packed = np.packbits(imagehash.ImageHash(bits).hash)
    np.testing.assert_array_equal(from_bytes(packed, 121), pack(bits.ravel()))


def test_faiss_finds_the_same_in_our_bytes():
    faiss = pytest.importorskip("faiss")
    words = make_words(200, 256)
    index = faiss.IndexBinaryFlat(256)
    index.add(to_bytes(words, 256))
    distances, _ = index.search(to_bytes(words[:20], 256), 7)
    np.testing.assert_array_equal(distances, nearest(words, words[:20], 7)[0])
    added = faiss.rev_swig_ptr(index.xb.data(), 200 * 32).reshape(200, 32)
    np.testing.assert_array_equal(from_bytes(added), words)


def test_bytes_of_views_of_arrays_are_read_and_inputs_stay_as_they_are():
    rows = np.random.default_rng(0).integers(0, 256, (6, 20), dtype=np.uint8)
    kept = rows.copy()
    np.testing.assert_array_equal(from_bytes(rows[::2, ::-1]), from_bytes(np.ascontiguousarray(rows[::2, ::-1])))
    np.testing.assert_array_equal(rows, kept)
    words = make_words(8, 160)
    np.testing.assert_array_equal(to_bytes(words[::-2], 160), to_bytes(words, 160)[::-2])


@pytest.mark.parametrize(
    ("rows", "n_bits", "error", "message"),
    [
        (np.zeros(8, np.int8), None, TypeError, "rows must have dtype uint8; got int8"),
        ("00", None, TypeError, "rows must have dtype uint8; got <U2"),
        (np.uint8(3), None, ValueError, r"rows must have shape \(\.\.\., n_bytes\) with n_bytes > 0; got \(\)"),
        (b"", None, ValueError, r"n_bytes > 0; got \(0,\)"),
        (np.zeros((2, 9), np.uint8), 64, ValueError, r"rows must have shape \(\.\.\., 8\) for n_bits=64; got \(2, 9\)"),
        (np.zeros((2, 9), np.uint8), 73, ValueError, r"\(\.\.\., 10\) for n_bits=73"),
        (
            np.array([[0, 0], [0, 1]], np.uint8),
            15,
            ValueError,
            "rows must have zeros beyond bit 15; an unused bit is set",
        ),
        (np.zeros(8, np.uint8), False, TypeError, "n_bits must be an integer; got False"),
        (np.zeros(8, np.uint8), 0, ValueError, "n_bits must be at least 1; got 0"),
    ],
)
def test_from_bytes_refuses_what_is_no_fingerprint(rows, n_bits, error, message):
    with pytest.raises(error, match=message):
        from_bytes(rows, n_bits)
