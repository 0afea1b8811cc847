"""What a database holds <-> the datasets and attributes of an HDF5 file, as docs/format.md describes them."""

import os
from collections.abc import Sized
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from imgcmp.database.schema import (
    DIGEST_BYTES,
    FACTS,
    FAILED_FACTS,
    FORMAT,
    HISTORY,
    NOTES,
    SINCE,
    UNKNOWN,
    VERSION,
    VIEW_NAMES,
    VIEWS,
)
from imgcmp.errors import InputError, Term
from imgcmp.fingerprints.fingerprint import check_parameters
from imgcmp.fingerprints.packing import Words, check_matrix, check_words, words_per_fingerprint
from imgcmp.fingerprints.views import view_names
from imgcmp.images.image_file import Failure

Integers = NDArray[np.int64]
Digests = NDArray[np.uint8]


class History(NamedTuple):
    """When and by what a database was made; empty where nobody knows."""

    created: str = ""  # ISO 8601, UTC
    created_by: str = ""
    changed: str = ""
    changed_by: str = ""
    pillow: str = ""  # the version that was there when it was changed


class Contents(NamedTuple):
    """All that a database holds; see `imgcmp.database.database.Database`."""

    method: str
    x: int
    kinds: str  # of the views
    files: list[str]
    sources: list[str]
    words: Words
    digests: Digests
    views: Words
    pixels: Digests
    facts: dict[str, Integers]
    notes: dict[str, list[str]]
    failures: dict[str, Failure]
    history: History


def empty(method: str, x: int, kinds: str) -> Contents:
    """Return the contents of a database of no images."""
    n_words = words_per_fingerprint(x * x)
    words = np.zeros((0, n_words), dtype=np.uint64)
    views = np.zeros((0, len(view_names(kinds)), n_words), dtype=np.uint64)
    facts = {name: np.zeros(0, dtype=np.int64) for name in FACTS}
    notes: dict[str, list[str]] = {name: [] for name in NOTES}
    return Contents(method, x, kinds, [], [], words, _unknown(0), views, _unknown(0), facts, notes, {}, History())


def write(file: h5py.File, contents: Contents) -> None:
    """Write contents as the latest version, VERSION."""
    n_bits = contents.x * contents.x
    file.attrs.update(format=FORMAT, version=VERSION, method=contents.method, x=contents.x, n_bits=n_bits)
    file.attrs.update({VIEWS: contents.kinds, VIEW_NAMES: "\n".join(view_names(contents.kinds))})
    file.attrs.update({HISTORY[name]: value for name, value in contents.history._asdict().items()})
    _write_texts(file, "files", contents.files)
    _write_texts(file, "source", contents.sources)
    file["fps"] = contents.words
    file["digest"] = contents.digests
    file["views"] = contents.views
    file["pixels"] = contents.pixels
    for name, column in contents.facts.items():
        file[name] = column
    for name, texts in contents.notes.items():
        _write_texts(file, name, texts)
    failures = list(contents.failures.values())
    failed = file.create_group("failed")
    _write_texts(failed, "files", [failure.path for failure in failures])
    _write_texts(failed, "reason", [failure.reason.replace("\0", " ") for failure in failures])
    for name in FAILED_FACTS:
        failed[name] = np.array([getattr(failure, name) for failure in failures], dtype=np.int64)


def read(file: h5py.File, version: int) -> Contents:
    """Read what a file of this version holds; raise ValueError, KeyError, TypeError or what HDF5 raises if it is wrong.

    Nothing is told that only a hand could have made wrong: that is the job of `imgcmp.database.verification`.
    """
    if file.attrs["version"] != version:
        raise ValueError(f"its versions must agree; got {version} and {file.attrs['version']}")
    method, x = str(file.attrs["method"]), int(file.attrs["x"])
    kinds = "none" if version < 3 else str(file.attrs[VIEWS])
    check_parameters(x, method)
    files, sources = read_texts(file, "files", version), read_texts(file, "source", version)
    words = check_matrix(file["fps"][...].astype(np.uint64, casting="safe", copy=False), x * x, name="/fps")[0]
    digests = _unknown(len(files)) if version == 1 else _read_digests(file, "digest")
    no_views = np.zeros((len(words), 0, words.shape[1]), dtype=np.uint64)
    views = no_views if version < 3 else _read_views(file, kinds, words, x * x)
    pixels = _unknown(len(files)) if version < 3 else _read_digests(file, "pixels")
    facts = {name: _read_fact(file, name, version, len(files)) for name in FACTS}
    notes = {name: _read_note(file, name, version, len(files)) for name in NOTES}
    columns: list[Sized] = [files, sources, words, digests, views, pixels, *facts.values(), *notes.values()]
    lengths = set(map(len, columns))
    if len(lengths) != 1:
        raise ValueError(f"its columns must be of one length; got {sorted(lengths)}")
    failures = _read_failures(file["failed"], version)
    history = History(**{name: str(file.attrs.get(key, "")) for name, key in HISTORY.items()})
    return Contents(method, x, kinds, files, sources, words, digests, views, pixels, facts, notes, failures, history)


def read_texts(group: h5py.Group, name: str, version: int) -> list[str]:
    """Read a column of paths or of reasons."""
    column = group[name][...]
    if column.ndim != 1:
        raise ValueError(f"/{name} must have one dimension; got shape {column.shape}")
    if version == 1:
        return [os.fsdecode(value) for value in column]
    # One array of bytes, and not HDF5's strings: 100,000 paths in 13 ms instead of 32.
    texts = os.fsdecode(column.astype(np.uint8, casting="safe", copy=False).tobytes()).split("\0")
    if texts.pop():
        raise ValueError(f"/{name} must end with a NUL")
    return texts


def _write_texts(group: h5py.Group, name: str, texts: list[str]) -> None:
    joined = os.fsencode("".join([text + "\0" for text in texts]))
    if joined.count(b"\0") != len(texts):
        raise ValueError(f"{name} must not hold the character NUL")
    group[name] = np.frombuffer(joined, dtype=np.uint8)


def _read_failures(group: h5py.Group, version: int) -> dict[str, Failure]:
    rows = zip(
        read_texts(group, "files", version),
        read_texts(group, "reason", version),
        _read_integers(group, "size").tolist(),
        _read_integers(group, "mtime_ns").tolist(),
        strict=True,
    )
    return {row[0]: Failure(*row) for row in rows}


def _read_digests(file: h5py.File, name: str) -> Digests:
    digests: Digests = file[name][...].astype(np.uint8, casting="safe", copy=False)
    if digests.shape[1:] != (DIGEST_BYTES,):
        raise ValueError(f"/{name} must have shape (n, {DIGEST_BYTES}); got {digests.shape}")
    return digests


def _read_views(file: h5py.File, kinds: str, words: Words, n_bits: int) -> Words:
    names = view_names(kinds)
    if str(file.attrs[VIEW_NAMES]) != "\n".join(names):
        raise InputError("holds other views than this imgcmp makes: start over ", Term.WITH_FORCE)
    views: Words = file["views"][...].astype(np.uint64, casting="safe", copy=False)
    if views.shape[1:] != (len(names), words.shape[1]):
        raise ValueError(f"/views must have shape (n, {len(names)}, {words.shape[1]}); got {views.shape}")
    check_words(views, n_bits, name="/views")
    return views


def _read_fact(file: h5py.File, name: str, version: int, n: int) -> Integers:
    if version < SINCE.get(name, 1):
        return np.full(n, UNKNOWN, dtype=np.int64)
    return _read_integers(file, name)


def _read_note(file: h5py.File, name: str, version: int, n: int) -> list[str]:
    return [""] * n if version < SINCE.get(name, 1) else read_texts(file, name, version)


def _read_integers(group: h5py.Group, name: str) -> Integers:
    column: NDArray[Any] = group[name][...].astype(np.int64, casting="safe", copy=False)
    if column.ndim != 1:
        raise ValueError(f"/{name} must have one dimension; got shape {column.shape}")
    return column


def _unknown(n: int) -> Digests:
    return np.zeros((n, DIGEST_BYTES), dtype=np.uint8)
