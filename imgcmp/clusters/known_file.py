"""What is remembered of clustering a database, in a file beside it: see `imgcmp.clusters.known_components`."""

import os
from contextlib import suppress
from typing import Any

import numpy as np

from imgcmp.clusters.known_components import DIGEST_BYTES, KnownComponents, Remembered
from imgcmp.system.atomic import remove_leftovers
from imgcmp.system.npz import read_npz, write_npz

_FORMAT, _VERSION = "imgcmp-known", 1
_SUFFIX, _NEAR_SUFFIX = ".known", ".near"


def known_file(database: str) -> str:
    """Return the path of the file beside a database."""
    return os.path.realpath(database) + _SUFFIX


def near_file(database: str) -> str:
    """Return the path of the file beside a database of which images are near others by their previews."""
    return os.path.realpath(database) + _NEAR_SUFFIX


def read_known(path: str) -> KnownComponents:
    """Read what is remembered: nothing, if there is no such file, or what it holds cannot be."""
    try:
        columns: dict[str, Any] = read_npz(path, form=_FORMAT, version=_VERSION)
        texts = {name: str(columns[name]) for name in ("kind", "linkage")}
        numbers = {"radius_bits": int(columns["radius_bits"]), "cut_bits": float(columns["cut_bits"])}
        last = Remembered(**columns | texts | numbers)
        return KnownComponents(last if _can_be(last) else None)
    except (OSError, KeyError, ValueError, TypeError, MemoryError):
        return KnownComponents()


def write_known(path: str, known: KnownComponents, n_images: int) -> None:
    """Write what is remembered, if it is new; unless it is of less than half of what the file is of.

    Whoever clusters one folder of a large database now and then keeps what is known of all. What cannot be written is
    not, nor is a file replaced that doesn't begin as this one does: it only saves time.

    Parameters
    ----------
    path : str
        The file.
    known : KnownComponents
        What is remembered.
    n_images : int
        Images of the database: of any that it had once beyond these nothing need be kept.
    """
    if known.last is None or not known.is_news:
        return
    before = read_known(path).last
    n_before = len(before.digests) if before is not None and before.kind == known.last.kind else 0
    if 2 * len(known.last.digests) < min(n_before, n_images):
        return
    with suppress(OSError):
        remove_leftovers(path)
        write_npz(path, known.last._asdict(), form=_FORMAT, version=_VERSION, durable=False)


def _can_be(last: Remembered) -> bool:
    """Tell whether columns fit one another: numbers beyond them would be looked up."""
    n = len(last.digests)
    if not n or last.digests.dtype != np.uint8 or last.digests.shape != (n, DIGEST_BYTES):
        return False
    labels = (last.components, last.clusters)
    if not all(column.dtype == np.int32 and column.shape == (n,) for column in labels):
        return False
    if last.counts.dtype != np.int64 or last.counts.shape != (n,):
        return False
    return all(((column >= 0) & (column < n)).all() for column in labels)
