"""Packed fingerprints, as hypothesis draws them: uniform, clustered, with duplicates, and at the extremes."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from imgcmp.fingerprints.packing import pack

settings.register_profile("imgcmp", deadline=None)  # the first call of a kernel compiles it
settings.load_profile("imgcmp")

N_BITS = (4, 60, 63, 64, 65, 100, 121, 256, 1024, 4096)
KINDS = ("uniform", "clustered", "duplicates", "ones", "zeros and ones")


def make_words(n, n_bits, kind="clustered", seed=0):
    random = np.random.default_rng(seed)
    if kind == "uniform":
        bits = random.random((n, n_bits)) < 0.5
    elif kind == "ones":
        bits = np.ones((n, n_bits), bool)
    elif kind == "zeros and ones":
        bits = np.repeat(random.random((n, 1)) < 0.5, n_bits, axis=1)
    else:
        centres = random.random((max(1, n // 4), n_bits)) < 0.5
        bits = centres[random.integers(len(centres), size=n)]
        if kind == "clustered":
            bits ^= random.random((n, n_bits)) < random.choice([0.01, 0.05, 0.15])
    return pack(bits)


def make_views(words, n_bits, n_views, seed=0):
    """Make views that are like the wholes of others, like their own, or like nothing."""
    random = np.random.default_rng(seed)
    rows = random.integers(len(words), size=(len(words), n_views)) if len(words) else np.zeros((0, n_views), int)
    rows = np.where(random.random(rows.shape) < 0.3, np.arange(len(words))[:, None], rows)
    flipped = random.random((*rows.shape, n_bits)) < random.choice([0, 0.02, 0.1, 0.5], (*rows.shape, 1))
    return words[rows] ^ pack(flipped)


ODD_N_BITS = (4, 9, 60, 63, 64, 65, 100, 121, 127, 128, 129, 256, 1024, 4096)
n_bits_strategy = st.one_of(st.sampled_from(ODD_N_BITS), st.integers(4, 300))


@st.composite
def bit_arrays(draw, *, lead=None):
    """Draw bits, shape (*lead, n_bits)."""
    n_bits = draw(n_bits_strategy)
    lead = draw(npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)) if lead is None else lead
    seed = draw(st.integers(0, 2**32))
    density = draw(st.sampled_from([0.0, 0.5, 1.0]))
    return np.random.default_rng(seed).random((*lead, n_bits)) < density


@st.composite
def fingerprints(draw, *, min_size=0, max_size=40, n_bits=None):
    """Draw (words, n_bits)."""
    n_bits = draw(st.sampled_from(N_BITS)) if n_bits is None else n_bits
    n = draw(st.integers(min_size, max_size))
    words = make_words(n, n_bits, draw(st.sampled_from(KINDS)), draw(st.integers(0, 2**32)))
    words.flags.writeable = False  # no function may write to its input
    return words, n_bits


@st.composite
def with_views(draw, *, max_size=40):
    """Draw (words, views, n_bits), some of them equal in whole and views, and some in their whole alone."""
    words, n_bits = draw(fingerprints(min_size=2, max_size=max_size))
    seed = draw(st.integers(0, 2**32))
    views = make_views(words, n_bits, draw(st.integers(1, 5)), seed)
    if draw(st.booleans()):
        rows = np.random.default_rng(seed).integers(len(words), size=len(words))
        words, views = words[rows], views[rows]
    return words, views, n_bits


def noisy_groups(n, n_bits, n_views=3, seed=0):
    """Make (words, views, n_bits) in groups of about 8, of which 10 % of the bits are flipped."""
    random = np.random.default_rng(seed)
    centres = random.random((n // 8, n_bits)) < 0.5
    words = pack(centres[random.integers(len(centres), size=n)] ^ (random.random((n, n_bits)) < 0.1))
    return words, make_views(words, n_bits, n_views, seed), n_bits
