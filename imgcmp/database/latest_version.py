"""Databases of version 4: what is known -> segments, and back, as docs/format.md describes them."""

from typing import Any

import h5py
import numpy as np

from imgcmp.database.contents import Contents, History, Shapes, replay, shapes_of
from imgcmp.database.hdf5_objects import group, heap_of, integer_attribute, text_attribute
from imgcmp.database.pool import Pool
from imgcmp.database.schema import (
    FAILED,
    FAILED_FACTS,
    FAILED_TEXTS,
    FORMAT,
    HISTORY,
    NOTES,
    REMOVED,
    SEGMENTS,
    TEXTS,
    VERSION,
    VIEW_NAMES,
    VIEWS,
)
from imgcmp.database.seal_writer import SealWriter
from imgcmp.database.sealed_file import SealedFile
from imgcmp.database.segments import Layout, NewColumn, SegmentInFile, read_layout, texts_column, write_segment
from imgcmp.database.what_to_write import WhatToWrite
from imgcmp.errors import InputError, Term
from imgcmp.fingerprints.fingerprint import check_parameters
from imgcmp.fingerprints.views import kinds_of_names, view_names
from imgcmp.images.image_file import Failure


def read(file: h5py.File, source: SealedFile) -> Contents:
    """Read what a file holds; raise ValueError, KeyError, TypeError or what HDF5 raises if it is wrong.

    Nothing is told that only a hand could have made wrong: that is the job of `imgcmp.database.verification`.
    """
    method, x, kinds = read_kind(file)
    shapes = shapes_of(x, kinds)
    segments = [SegmentInFile(layout, source) for layout in _layouts(file, shapes)]
    rows: dict[str, int] = {}
    failures: dict[str, Failure] = {}
    first = 0
    for segment in segments:
        replay(
            rows,
            failures,
            first=first,
            files=segment.texts("files"),
            failed=segment.failures(),
            removed=segment.removed(),
        )
        first += segment.n_rows
    history = History(**{name: str(file.attrs[key]) for name, key in HISTORY.items()})
    return Contents(method, x, kinds, rows, Pool(segments, shapes), failures, history)


def read_kind(file: h5py.File) -> tuple[str, int, str]:
    """Read the method, x, and the kinds of the views; raise InputError if the views are of another imgcmp."""
    if file.attrs["version"] != VERSION:
        raise ValueError(f"its versions must agree; got {VERSION} and {file.attrs['version']}")
    method, x, kinds = str(file.attrs["method"]), int(file.attrs["x"]), str(file.attrs[VIEWS])
    check_parameters(x, method)
    if file.attrs["n_bits"] != x * x:
        raise ValueError(f"n_bits must be x * x, {x * x}; got {file.attrs['n_bits']}")
    known = kinds_of_names(kinds, str(file.attrs[VIEW_NAMES]))
    if known is None:
        raise InputError("holds other views than this imgcmp makes: start over ", Term.WITH_FORCE)
    return method, x, known


def write(writer: SealWriter, contents: Contents, what: WhatToWrite) -> tuple[int, list[Layout]]:
    """Write a segment, and the groups that lead to it and to those that are kept.

    Returns
    -------
    root : int
        Address of the root group.
    layouts : list of Layout
        Of all segments there are then.
    """
    layouts = [segment.layout for segment in what.kept]
    layouts.append(write_segment(writer, _columns(contents, what)))
    members = writer.write(group({str(number): layout.address for number, layout in enumerate(layouts)}))
    return writer.write(group({SEGMENTS: members}, _attributes(writer, contents))), layouts


def _layouts(file: h5py.File, shapes: Shapes) -> list[Layout]:
    """Return where the segments of a file lie, in their order; ValueError if one is of another kind."""
    wanted: dict[str, tuple[np.dtype[Any], tuple[int, ...]]] = dict(shapes)
    texts = [*TEXTS, *NOTES, REMOVED, *(f"{FAILED}/{name}" for name in FAILED_TEXTS)]
    wanted |= dict.fromkeys(texts, (np.dtype(np.uint8), ()))
    wanted |= dict.fromkeys((f"{FAILED}/{name}" for name in FAILED_FACTS), (np.dtype(np.int64), ()))
    segments = file[SEGMENTS]
    layouts = [read_layout(segments[name], wanted) for name in sorted(segments, key=int)]
    for layout in layouts:
        for name, placed in layout.columns.items():
            dtype, shape = wanted[name]
            if placed.dtype != dtype or len(placed.shape) != 1 + len(shape) or placed.shape[1:] != shape:
                wrong = f"{placed.dtype} {placed.shape}"
                raise ValueError(f"/{name} must be of {dtype} and of shape {('n', *shape)}; got {wrong}")
        if len({layout.columns[name].shape[0] for name in shapes}) != 1:
            raise ValueError("its columns must be of one length")
    return layouts


def _columns(contents: Contents, what: WhatToWrite) -> dict[str, NewColumn]:
    """Return the columns of a segment, those that every run reads first."""
    pool, paths = contents.pool, what.images
    positions = np.fromiter((contents.rows[path] for path in paths), dtype=np.intp, count=len(paths))
    columns = {"files": texts_column(paths, "files"), REMOVED: texts_column(what.removed, REMOVED)}
    columns |= {f"{FAILED}/{name}": column for name, column in _failed(what.failures).items()}
    arrays = {
        name: NewColumn(dtype, (len(paths), *shape), pool.parts(name, positions))
        for name, (dtype, shape) in pool.shapes.items()
    }
    bulk = {name: arrays.pop(name) for name in ("look", "fps", "views") if name in arrays}
    notes = {name: texts_column(pool.texts(name, positions), name) for name in (*TEXTS[1:], *NOTES)}
    return columns | arrays | notes | bulk


def _failed(failures: list[Failure]) -> dict[str, NewColumn]:
    texts = [[failure.path for failure in failures], [failure.reason.replace("\0", " ") for failure in failures]]
    columns = {name: texts_column(column, name) for name, column in zip(FAILED_TEXTS, texts, strict=True)}
    for name in FAILED_FACTS:
        numbers = np.array([getattr(failure, name) for failure in failures], dtype=np.int64)
        columns[name] = NewColumn(numbers.dtype, numbers.shape, [numbers])
    return columns


def _attributes(writer: SealWriter, contents: Contents) -> list[bytes]:
    texts = {"format": FORMAT, "method": contents.method, VIEWS: contents.kinds}
    texts[VIEW_NAMES] = "\n".join(view_names(contents.kinds))
    texts |= {HISTORY[name]: value for name, value in contents.history._asdict().items()}
    encoded = [text.encode() for text in texts.values()]
    heap = writer.write(heap_of(encoded))
    numbers = {"version": VERSION, "x": contents.x, "n_bits": contents.x * contents.x}
    return [
        *(
            text_attribute(name, len(text), heap, k)
            for k, (name, text) in enumerate(zip(texts, encoded, strict=True), 1)
        ),
        *(integer_attribute(name, number) for name, number in numbers.items()),
    ]
