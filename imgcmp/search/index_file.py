"""The file of an index: what is laid out, and what it came from."""

import os
from typing import Any, NamedTuple

import numpy as np

from imgcmp.errors import InputError
from imgcmp.fingerprints.packing import Words
from imgcmp.system.npz import NotWholeError, read_npz, write_npz

_FORMAT, _VERSION = "imgcmp-index", 1


class LaidOut(NamedTuple):
    """Fingerprints as they lie in an index.

    Attributes
    ----------
    n_views : int
        Views of each image.
    wholes : ndarray of uint64, shape (n_words, n_images)
        Those of the wholes.
    variants : ndarray of uint64, shape (n_words, n_images * (1 + n_views))
        Of each image the whole and its views; without views `wholes`.
    """

    n_views: int
    wholes: Words
    variants: Words


def write_index(path: str | os.PathLike[str], laid_out: LaidOut, origin: str) -> None:
    """Write an index: see `imgcmp.HammingIndex.save`."""
    arrays: dict[str, Any] = {
        "origin": np.str_(origin),
        "n_views": np.int64(laid_out.n_views),
        "wholes": laid_out.wholes,
    }
    if laid_out.n_views:
        arrays["variants"] = laid_out.variants
    write_npz(path, arrays, form=_FORMAT, version=_VERSION)


def read_index(path: str | os.PathLike[str], origin: str) -> LaidOut:
    """Read an index: see `imgcmp.HammingIndex.load`."""
    try:
        arrays = read_npz(path, form=_FORMAT, version=_VERSION)
        of, n_views, wholes = str(arrays["origin"]), int(arrays["n_views"]), arrays["wholes"]
        found = LaidOut(n_views, wholes, arrays["variants"] if n_views else wholes)
    except (NotWholeError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{os.fspath(path)} is no index of this version, or damaged: make it anew") from error
    if not _fits(found):
        raise InputError(f"{os.fspath(path)} is no index of this version, or damaged: make it anew")
    if of != origin:
        raise InputError(f"{os.fspath(path)} is an index of something else: make it anew")
    return found


def _fits(found: LaidOut) -> bool:
    """Tell whether what a file holds is what it should."""
    n_views, wholes, variants = found
    if n_views < 0 or any(columns.dtype != np.uint64 or columns.ndim != 2 for columns in (wholes, variants)):
        return False
    return len(wholes) >= 1 and variants.shape == (len(wholes), wholes.shape[1] * (1 + n_views))
