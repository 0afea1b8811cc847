from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from peers import faiss_multi_hash, numkong_rows, numkong_triangle
from scipy.spatial import distance as scipy_distance
from synthetic import uniform_words

from imgcmp import HammingIndex, cdist, nearest, pack, pdist, unpack
from imgcmp.system.threads import worker_count

CORES = 2  # where the peer has one thread, so that the figure is of two cores anywhere


def test_pdist(ratio):
    words = uniform_words(5000, 256)
    bits = unpack(words, 256)
    assert np.array_equal(np.rint(scipy_distance.pdist(bits, "hamming") * 256), pdist(words))
    ratio(
        "pdist, 5,000 x 256 bits",
        lambda: pdist(words, workers=CORES),
        lambda: scipy_distance.pdist(bits, "hamming"),
        "scipy pdist(bits, 'hamming')",
        rounds=5,
        calls=7,
        required=100,
    )


def test_pdist_float64_against_filling_memory(ratio):
    n = 20_000
    words = uniform_words(n, 256)
    out = np.empty(n * (n - 1) // 2)

    def fill():
        workers = worker_count(None)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda part: part.fill(1.0), np.array_split(out, workers)))

    ratio(
        "pdist float64, 20,000 x 256 bits",
        lambda: pdist(words, out=out, dtype=np.float64),
        fill,
        "filling the array with a constant on all cores",
        rounds=9,
        required=1 / 2.5,
        at_least=1 / 10,
    )


def test_cdist(ratio):
    words_a, words_b = uniform_words(1000, 256), uniform_words(5000, 256, seed=1)
    bits_a, bits_b = unpack(words_a, 256), unpack(words_b, 256)
    assert np.array_equal(np.rint(scipy_distance.cdist(bits_a, bits_b, "hamming") * 256), cdist(words_a, words_b))
    ratio(
        "cdist, 1,000 x 5,000 x 256 bits",
        lambda: cdist(words_a, words_b, workers=CORES),
        lambda: scipy_distance.cdist(bits_a, bits_b, "hamming"),
        "scipy cdist(bits, bits, 'hamming')",
        rounds=5,
        calls=7,
    )


@pytest.mark.parametrize("n_bits", [64, 256])
def test_numkong(ratio, n_bits):
    """It writes four bytes a distance, and ours two."""
    words_a, words_b = uniform_words(1000, n_bits), uniform_words(5000, n_bits, seed=1)
    fill = numkong_rows(words_a, words_b, CORES)
    assert np.array_equal(fill(), cdist(words_a, words_b))
    ratio(
        f"cdist, 1,000 x 5,000 x {n_bits} bits, against numkong",
        lambda: cdist(words_a, words_b, workers=CORES),
        fill,
        f"numkong hammings_packed, {CORES} threads",
        calls=7,
        at_least=0.5,
    )


@pytest.mark.parametrize("n_bits", [64, 256])
def test_numkong_all_pairs(ratio, n_bits):
    words = uniform_words(5000, n_bits)
    fill = numkong_triangle(words, CORES)
    assert np.array_equal(fill()[np.triu_indices(len(words), 1)], pdist(words))
    ratio(
        f"pdist, 5,000 x {n_bits} bits, against numkong",
        lambda: pdist(words, workers=CORES),
        fill,
        f"numkong hammings_symmetric, {CORES} threads",
        calls=7,
        at_least=0.5,
    )


def flat_index(words):
    faiss = pytest.importorskip("faiss")
    index = faiss.IndexBinaryFlat(64 * words.shape[1])
    index.add(words.view(np.uint8))
    return index


@pytest.mark.parametrize(("n_bits", "required"), [(64, 8), (256, 4)])
@pytest.mark.parametrize("kind", ["random", "near"])
def test_nearest(ratio, n_bits, required, kind):
    words, queries = uniform_words(1_000_000, n_bits), uniform_words(500, n_bits, seed=1)
    if kind == "near":
        queries = words[:500] ^ np.packbits(np.random.default_rng(2).random((500, n_bits)) < 0.05, axis=1).view(
            np.uint64
        )
    index = flat_index(words)
    assert np.array_equal(index.search(queries.view(np.uint8), 10)[0], nearest(words, queries, 10)[0])
    ratio(
        f"nearest 10 of 1,000,000, 500 {kind} queries, {n_bits} bits",
        lambda: nearest(words, queries, 10),
        lambda: index.search(queries.view(np.uint8), 10),
        "faiss IndexBinaryFlat.search",
        required=required,
    )


@pytest.mark.parametrize("peer", ["faiss", "pynear"])
def test_nearest_against_multi_index_hashing(ratio, peer):
    """At full recall: substrings are looked up as far as the tenth neighbour may be, for any of the queries."""
    n_queries = {"faiss": 50, "pynear": 500}[peer]  # 500 take faiss 20 s
    words, queries = uniform_words(1_000_000, 64), uniform_words(n_queries, 64, seed=1)
    distances = nearest(words, queries, 10)[0]
    radius_bits = int(distances.max())
    if peer == "faiss":
        index = pytest.importorskip("faiss").IndexBinaryMultiHash(64, 4, 16)
        index.nflip = radius_bits // 4
        index.add(words.view(np.uint8))
        name = f"faiss IndexBinaryMultiHash(64, 4, 16).search, nflip {index.nflip}"
        search = lambda: index.search(queries.view(np.uint8), 10)[0]  # noqa: E731
    else:
        index = pytest.importorskip("pynear").MIHBinaryIndex(4)
        index.set(words.view(np.uint8))
        name = f"pynear MIHBinaryIndex(4).searchKNN_arrays, radius {radius_bits}"
        search = lambda: index.searchKNN_arrays(queries.view(np.uint8), 10, radius_bits)[1]  # noqa: E731
    assert np.array_equal(np.sort(search(), axis=1), distances)
    ratio(
        f"nearest 10 of 1,000,000, {n_queries} queries, 64 bits, against multi-index hashing by {peer}",
        lambda: nearest(words, queries, 10),
        search,
        name,
        rounds=3,
        required=1,
    )


@pytest.mark.parametrize("n_bits", [64, 256])
def test_one_query(ratio, n_bits):
    """The time of what comes before and after a search counts here."""
    words, query = uniform_words(1_000_000, n_bits), uniform_words(1, n_bits, seed=1)
    ratio(
        f"nearest 10 of 1,000,000, one query, {n_bits} bits",
        lambda: nearest(words, query, 10),
        lambda: np.bitwise_count(words),
        "one pass of numpy.bitwise_count",
        calls=21,
        at_least=0.3,
    )


@pytest.mark.parametrize("n_bits", [64, 256])
def test_one_query_of_an_index(ratio, n_bits):
    words, query = uniform_words(1_000_000, n_bits), uniform_words(1, n_bits, seed=1)
    index, peer = HammingIndex(words), flat_index(words)
    ratio(
        f"nearest 10 of 1,000,000 through HammingIndex, one query, {n_bits} bits",
        lambda: index.nearest(query, 10),
        lambda: peer.search(query.view(np.uint8), 10),
        "faiss IndexBinaryFlat.search",
        calls=21,
        at_least=0.5,
    )


def test_many_queries_within_a_small_radius(ratio):
    words, queries, radius_bits = uniform_words(1_000_000, 64), uniform_words(10_000, 64, seed=1), 4
    turned = np.random.default_rng(2).random((5000, 64)) < 0.03
    queries[:5000] = words[:5000] ^ pack(turned)
    index, search = HammingIndex(words), faiss_multi_hash(words, radius_bits, 4, queries)
    limits, distances, indices = search()
    found = index.within(queries, radius_bits)
    of_queries = np.repeat(np.arange(10_000), np.diff(limits.astype(np.int64)))
    order = np.lexsort((indices, of_queries))
    assert len(order) > 4000
    assert np.array_equal(found.queries, of_queries[order])
    assert np.array_equal(found.images, indices[order])
    assert np.array_equal(found.distances, distances[order])
    ratio(
        "10,000 queries within 4 of 64 bits among 1,000,000, through HammingIndex",
        lambda: index.within(queries, radius_bits),
        search,
        "faiss IndexBinaryMultiHash(64, 4, 16), nflip 1",
        rounds=5,
        at_least=2,
    )
