"""Databases of the versions 1, 2 and 3: columns right below the root, all of which are read at once."""

import os
from collections.abc import Sized
from typing import Any

import h5py
import numpy as np

from imgcmp.database.contents import Contents, History, Shapes, replay, shapes_of
from imgcmp.database.pool import Pool
from imgcmp.database.schema import HISTORY, NOTES, SINCE, UNKNOWN_COLOUR, UNKNOWN_FACTS, VIEW_NAMES, VIEWS
from imgcmp.database.segments import Array, SegmentInMemory, split_texts
from imgcmp.errors import InputError, Term
from imgcmp.fingerprints.fingerprint import check_parameters
from imgcmp.fingerprints.flatness import detail_of_earlier
from imgcmp.fingerprints.packing import check_words
from imgcmp.fingerprints.views import kinds_of_names
from imgcmp.images.image_file import Failure


def read(file: h5py.File, version: int) -> Contents:
    """Read what a file of this version holds; raise ValueError, KeyError, TypeError or what HDF5 raises if it is wrong.

    What a version didn't have is unknown.
    """
    method, x, kinds = read_kind(file, version)
    files, sources = read_texts(file, "files", version), read_texts(file, "source", version)
    shapes = shapes_of(x, kinds)
    arrays = {name: _read(file, name, version, len(files), shapes) for name in shapes}
    for name in ("fps", "views"):
        check_words(arrays[name], x * x, name=f"/{name}")
    texts = {"files": files, "source": sources} | {name: [""] * len(files) for name in NOTES}
    columns: list[Sized] = [*arrays.values(), *texts.values()]
    lengths = set(map(len, columns))
    if len(lengths) != 1:
        raise ValueError(f"its columns must be of one length; got {sorted(lengths)}")
    rows: dict[str, int] = {}
    failures: dict[str, Failure] = {}
    # The failures first, as it was: a file that is both counts as an image.
    replay(rows, failures, first=0, files=files, failed=_read_failures(file["failed"], version))
    history = History(**{name: str(file.attrs.get(key, "")) for name, key in HISTORY.items()})
    return Contents(method, x, kinds, rows, Pool([SegmentInMemory(arrays, texts)], shapes), failures, history)


def read_kind(file: h5py.File, version: int) -> tuple[str, int, str]:
    """Read the method, x, and the kinds of the views; raise InputError if the views are of another imgcmp."""
    if file.attrs["version"] != version:
        raise ValueError(f"its versions must agree; got {version} and {file.attrs['version']}")
    method, x = str(file.attrs["method"]), int(file.attrs["x"])
    kinds = "none" if version < 3 else kinds_of_names(str(file.attrs[VIEWS]), str(file.attrs[VIEW_NAMES]))
    check_parameters(x, method)
    if kinds is None:
        raise InputError("holds other views than this imgcmp makes: start over ", Term.WITH_FORCE)
    return method, x, kinds


def read_texts(group: h5py.Group, name: str, version: int) -> list[str]:
    """Read a column of paths or of reasons."""
    column = group[name][...]
    if version > 1:
        return split_texts(column, name)
    if column.ndim != 1:
        raise ValueError(f"/{name} must have one dimension; got shape {column.shape}")
    return [os.fsdecode(value) for value in column]


def _read(file: h5py.File, name: str, version: int, n: int, shapes: Shapes) -> Array:
    dtype, shape = shapes[name]
    if version < SINCE.get(name, 3 if name == "views" else 1):
        unknown = UNKNOWN_FACTS.get(name, UNKNOWN_COLOUR if name == "colours" else 0)
        return np.full((n, *shape), unknown, dtype=dtype)
    column: Array = file[name][...].astype(dtype, casting="safe", copy=False)
    if column.shape[1:] != shape or column.ndim != 1 + len(shape):
        raise ValueError(f"/{name} must have shape {('n', *shape)}; got {column.shape}")
    return detail_of_earlier(column) if name == "detail" else column


def _read_failures(group: h5py.Group, version: int) -> list[Failure]:
    numbers: list[list[Any]] = []
    for name in ("size", "mtime_ns"):
        column = group[name][...].astype(np.int64, casting="safe", copy=False)
        if column.ndim != 1:
            raise ValueError(f"/failed/{name} must have one dimension; got shape {column.shape}")
        numbers.append(column.tolist())
    paths, reasons = read_texts(group, "files", version), read_texts(group, "reason", version)
    return [Failure(*row) for row in zip(paths, reasons, *numbers, strict=True)]
