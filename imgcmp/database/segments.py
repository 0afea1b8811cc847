"""Segments: what was written in one go, columns of images that all have the same number of rows.

Of an image that is in several the last one counts. One lies in a file, and is read when it is asked for; or in memory,
as those of files of earlier versions do.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from imgcmp.database.hdf5_objects import Placed, dataset, group
from imgcmp.database.schema import FAILED, FAILED_FACTS, LATER_NOTES, REMOVED, USER_BLOCK_BYTES
from imgcmp.database.seal_writer import SealWriter
from imgcmp.database.sealed_file import SealedFile
from imgcmp.fingerprints.flatness import detail_of_earlier
from imgcmp.images.image_file import Failure

Array = NDArray[Any]

_SINCE_SPARSE = "damage"  # segments that lack this column are older than the difference of blank and sparse images


class SegmentInMemory:
    """A segment that was read as a whole.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Columns of numbers.
    texts : mapping of str to list of str
        Columns of texts.
    """

    def __init__(self, arrays: Mapping[str, Array], texts: Mapping[str, list[str]]) -> None:
        self.n_rows = len(arrays["fps"])
        self._arrays, self._texts = arrays, texts

    def rows(self, name: str, start: int, out: Array) -> None:
        """Copy rows of a column, from one on as many as there is room for."""
        out[...] = self._arrays[name][start : start + len(out)]

    def texts(self, name: str) -> list[str]:
        """Return a column of texts."""
        return self._texts[name]


class Layout(NamedTuple):
    """Where the parts of a segment lie in a file; addresses are counted from the end of the user block, as HDF5 does.

    Attributes
    ----------
    columns : dict of str to Placed
        Where each column lies.
    address : int
        Of its group.
    """

    columns: dict[str, Placed]
    address: int

    @property
    def n_bytes(self) -> int:
        """How much data there is."""
        return sum(_n_bytes(placed) for placed in self.columns.values())


class SegmentInFile:
    """A segment in a database file.

    Parameters
    ----------
    layout : Layout
        Where its parts lie.
    source : SealedFile
        What it is read from.

    Attributes
    ----------
    n_rows : int
        Of each column of images.
    n_failures : int
        Of each column of files that could not be read.
    """

    def __init__(self, layout: Layout, source: SealedFile) -> None:
        self.layout, self._source = layout, source
        self._columns = layout.columns
        self.n_rows = layout.columns["fps"].shape[0]
        self.n_failures = layout.columns[f"{FAILED}/size"].shape[0]

    def rows(self, name: str, start: int, out: Array) -> None:
        """Read rows of a column, from one on as many as there is room for."""
        placed = self._columns[name]
        row_bytes = _n_bytes(placed) // max(1, self.n_rows)
        self._read(placed.address + start * row_bytes, out)
        if name == "detail" and _SINCE_SPARSE not in self._columns:
            out[...] = detail_of_earlier(out)

    def texts(self, name: str) -> list[str]:
        """Read a column of texts; empty ones where the segment has no such column."""
        if name not in self._columns:
            return [""] * self.n_rows
        placed = self._columns[name]
        column = np.empty(placed.shape, dtype=np.uint8)
        self._read(placed.address, column)
        return split_texts(column, name)

    def failures(self) -> list[Failure]:
        """Read the files that could not be read."""
        facts = {}
        for name in FAILED_FACTS:
            placed = self._columns[f"{FAILED}/{name}"]
            facts[name] = np.empty(placed.shape, placed.dtype)
            self._read(placed.address, facts[name])
        texts = (self.texts(f"{FAILED}/files"), self.texts(f"{FAILED}/reason"))
        numbers = (facts[name].tolist() for name in ("size", "mtime_ns", "ctime_ns"))
        return [
            Failure(path, reason, size, mtime_ns, ctime_ns=ctime_ns)
            for path, reason, size, mtime_ns, ctime_ns in zip(*texts, *numbers, strict=True)
        ]

    def removed(self) -> list[str]:
        """Read the paths of what is no longer known."""
        return self.texts(REMOVED)

    def _read(self, address: int, out: Array) -> None:
        if out.nbytes:
            self._source.read_at(USER_BLOCK_BYTES + address, memoryview(out.reshape(-1).view(np.uint8).data))


Segment = SegmentInMemory | SegmentInFile


class NewColumn(NamedTuple):
    """A column to write: its type, the shape of all of it, and its parts, arrays one after another."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    parts: Iterable[Array]


def write_segment(writer: SealWriter, columns: Mapping[str, NewColumn]) -> Layout:
    """Write a segment of these columns, in their order."""
    placed = {
        name: Placed(column.dtype, column.shape, writer.write_parts(column.parts)) for name, column in columns.items()
    }
    objects = {name: writer.write(dataset(column)) for name, column in placed.items()}
    prefix = f"{FAILED}/"
    failed = {name.removeprefix(prefix): objects.pop(name) for name in list(objects) if name.startswith(prefix)}
    objects[FAILED] = writer.write(group(failed))
    return Layout(placed, writer.write(group(objects)))


def read_layout(segment: h5py.Group, names: Iterable[str]) -> Layout:
    """Tell where columns of a segment lie; raise what h5py does, or ValueError, if they don't lie as they should."""
    there = (name for name in names if name not in LATER_NOTES or name in segment)
    columns = {name: _placed(segment, name) for name in there}
    return Layout(columns, h5py.h5o.get_info(segment.id).addr)


def texts_column(texts: Iterable[str], name: str) -> NewColumn:
    """Return texts as a column to write; ValueError if they could not be read back."""
    texts = list(texts)
    joined = _encoded("".join([text + "\0" for text in texts]), name)
    if joined.count(b"\0") != len(texts):
        raise ValueError(f"{name} must not hold the character NUL")
    column = np.frombuffer(joined, dtype=np.uint8)
    return NewColumn(column.dtype, column.shape, [column])


def split_texts(column: Array, name: str) -> list[str]:
    """Return the texts of a column, each with a NUL after it."""
    if column.ndim != 1:
        raise ValueError(f"/{name} must have one dimension; got shape {column.shape}")
    # One array of bytes, and not HDF5's strings: 100,000 paths in 13 ms instead of 32.
    raw = column.astype(np.uint8, casting="safe", copy=False).tobytes()
    if not raw.strip(b"\0"):
        return [""] * len(raw)
    texts = (os.fsdecode(raw) if _is_of_paths(name) else raw.decode("utf-8", "surrogateescape")).split("\0")
    if texts.pop():
        raise ValueError(f"/{name} must end with a NUL")
    return texts


def _encoded(text: str, name: str) -> bytes:
    """Return names of files as the bytes they are, and other texts in UTF-8, whatever the locale."""
    return os.fsencode(text) if _is_of_paths(name) else text.encode("utf-8", "surrogateescape")


def _is_of_paths(column: str) -> bool:
    return column.rpartition("/")[2] in ("files", "source", REMOVED)


def _placed(segment: h5py.Group, name: str) -> Placed:
    # h5py's own class takes 1 ms for each dataset, mostly for what is not asked for here.
    item = h5py.h5d.open(segment.id, name.encode())
    placed = Placed(item.dtype, item.shape, 0)
    offset = item.get_offset()  # None: of no bytes, or in more than one piece
    if offset is not None:
        return placed._replace(address=offset - USER_BLOCK_BYTES)
    if _n_bytes(placed):
        raise ValueError(f"/{name} must lie in one piece")
    return placed


def _n_bytes(placed: Placed) -> int:
    return placed.dtype.itemsize * int(np.prod(placed.shape, dtype=np.int64))
