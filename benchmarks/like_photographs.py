"""Seeded sets of fingerprints as lopsided as those of photographs: drawn from these, with some bits flipped."""

import math
import os
from functools import cache, partial

import numpy as np

from imgcmp.fingerprints.fingerprint import FileFingerprint, try_fingerprint
from imgcmp.images.find_images import find_images
from imgcmp.system import processes


@cache
def fingerprints_of_photographs(x, views="none"):
    """Return the distinct fingerprints of the files of IMGCMP_TEST_DATA/photos; with views a row for each of them."""
    files = find_images([os.path.join(os.environ["IMGCMP_TEST_DATA"], "photos")]).files
    results = processes.run(partial(try_fingerprint, x=x, method="phash", views=views), files)
    read = [result for _, result in results if isinstance(result, FileFingerprint)]
    return np.unique(
        [result.words if views == "none" else np.vstack([result.words, result.views]) for result in read], axis=0
    )


def like_photographs(n, n_bits, seed=0):
    """Make fingerprints drawn from those of photographs."""
    random = np.random.default_rng(seed)
    originals = fingerprints_of_photographs(math.isqrt(n_bits))
    flips = np.packbits(random.random((n, n_bits)) < 0.05, axis=1).view(np.uint64)
    return originals[random.integers(len(originals), size=n)] ^ flips


def like_photographs_with_views(n, n_bits, seed=0):
    """Make fingerprints, and those of all views, drawn from those of photographs."""
    random = np.random.default_rng(seed)
    originals = fingerprints_of_photographs(math.isqrt(n_bits), "all")
    words = originals[random.integers(len(originals), size=n)]
    for view in range(words.shape[1]):
        words[:, view] ^= np.packbits(random.random((n, n_bits)) < 0.05, axis=1).view(np.uint64)
    return np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1:])
