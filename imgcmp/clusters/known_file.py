"""What is remembered of clustering a database, in a file beside it: see `imgcmp.clusters.known_components`."""

import os
import zipfile
from contextlib import suppress
from typing import Any

import numpy as np

from imgcmp.clusters.known_components import DIGEST_BYTES, KnownComponents, Remembered
from imgcmp.system.atomic import remove_leftovers, replacing

_FORMAT, _VERSION = "imgcmp-known", 1
_SUFFIX, _NEAR_SUFFIX = ".known", ".near"
_READ_ERRORS = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError)


def known_file(database: str) -> str:
    """Return the path of the file beside a database."""
    return os.path.realpath(database) + _SUFFIX


def near_file(database: str) -> str:
    """Return the path of the file beside a database of which images are near others by their previews."""
    return os.path.realpath(database) + _NEAR_SUFFIX


def read_known(path: str) -> KnownComponents:
    """Read what is remembered: nothing, if there is no such file, or what it holds cannot be."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            if int(stored[_FORMAT]) != _VERSION:
                return KnownComponents()
            columns = {name: stored[name] for name in Remembered._fields}
    except _READ_ERRORS:
        return KnownComponents()
    texts = {name: str(columns[name]) for name in ("kind", "linkage")}
    numbers = {"radius_bits": int(columns["radius_bits"]), "cut_bits": float(columns["cut_bits"])}
    last = Remembered(**columns | texts | numbers)
    return KnownComponents(last if _can_be(last) else None)


def write_known(path: str, known: KnownComponents) -> None:
    """Write what is remembered, unless there is nothing, or it is of less than half of what the file is of.

    Whoever clusters one folder of a large database now and then keeps what is known of all. What cannot be written is
    not: it only saves time.
    """
    last, before = known.last, read_known(path).last
    if last is None or last is before:
        return
    if before is not None and before.kind == last.kind and 2 * len(last.digests) < len(before.digests):
        return
    with suppress(OSError):
        remove_leftovers(path)
        with replacing(path, durable=False) as temporary, open(temporary, "wb") as file:
            columns: dict[str, Any] = {_FORMAT: np.int64(_VERSION)} | last._asdict()
            np.savez(file, **columns)


def _can_be(last: Remembered) -> bool:
    """Tell whether columns fit one another: numbers beyond them would be looked up."""
    n = len(last.digests)
    if last.digests.dtype != np.uint8 or last.digests.shape != (n, DIGEST_BYTES):
        return False
    labels = (last.components, last.clusters)
    if not all(column.dtype == np.int32 and column.shape == (n,) for column in labels):
        return False
    if last.counts.dtype != np.int64 or last.counts.shape != (n,):
        return False
    return all(((column >= 0) & (column < n)).all() for column in labels)
