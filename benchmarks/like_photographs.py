"""Seeded sets of fingerprints as lopsided as those of photographs: drawn from these, with some bits flipped."""

import math
import os
from functools import cache, partial

import numpy as np
from kept_views import KeptImages

from imgcmp.fingerprints.fingerprint import FileFingerprint, try_fingerprint
from imgcmp.images.find_images import find_images
from imgcmp.system import processes


@cache
def photographs(x, views="none"):
    """Return what is kept of the files of IMGCMP_TEST_DATA/photos, one of those that are equal."""
    files = find_images([os.path.join(os.environ["IMGCMP_TEST_DATA"], "photos")]).files
    results = processes.run(partial(try_fingerprint, x=x, method="phash", views=views), files)
    read = [result for _, result in results if isinstance(result, FileFingerprint)]
    words = [np.vstack([result.words, result.views]) for result in read]
    rows = np.unique(words, axis=0, return_index=True)[1]
    return KeptImages(*(np.array([getattr(read[row], name) for row in rows]) for name in ("words", "views", "look")))


def like_photographs(n, n_bits, seed=0):
    """Make fingerprints drawn from those of photographs."""
    random = np.random.default_rng(seed)
    originals = photographs(math.isqrt(n_bits)).words
    flips = np.packbits(random.random((n, n_bits)) < 0.05, axis=1).view(np.uint64)
    return originals[random.integers(len(originals), size=n)] ^ flips


def like_photographs_as_kept(n, n_bits, seed=0):
    """Make images with all views, drawn from photographs. What is one fingerprint in these is flipped alike."""
    random = np.random.default_rng(seed)
    originals = photographs(math.isqrt(n_bits), "all")
    chosen = random.integers(len(originals.words), size=n)
    words, views = originals.words[chosen], originals.views[chosen]
    words ^= flips(n, n_bits, random)
    of_first_way = flips(n, n_bits, random)
    for view in range(views.shape[1]):  # a way to stand that repeats the first one is no other
        repeats = (views[:, view] == originals.views[chosen, 0]).all(axis=1)[:, np.newaxis]
        views[:, view] ^= np.where(repeats, of_first_way, flips(n, n_bits, random))
    return KeptImages(words, views, originals.looks[chosen])


def flips(n, n_bits, random):
    return np.packbits(random.random((n, n_bits)) < 0.05, axis=1).view(np.uint64)
