"""What is wrong with the columns of a segment, or of a database of an earlier version; one by one."""

import os
from collections import Counter
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from imgcmp.database.attribute_faults import Kind
from imgcmp.database.earlier_versions import read_texts
from imgcmp.database.faults import ANEW, Say, why
from imgcmp.database.schema import (
    BYTES,
    FACTS,
    FAILED_FACTS,
    LATER_NOTES,
    NOTES,
    REMOVED,
    SINCE,
    UNKNOWN,
    VERSION,
)
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.fingerprints.packing import check_words, words_per_fingerprint
from imgcmp.images.also_held import OTHERS
from imgcmp.images.detail import MOST_DETAIL
from imgcmp.images.image_file import DAMAGES, PASSING, PREVIEW
from imgcmp.system.text import shown

Column = NDArray[Any]


class ColumnFaults:
    """Tells what is wrong with columns; what can't be read is told, and passed over.

    Parameters
    ----------
    columns : Group
        Where they are.
    version : int
        Of the format.
    kind : Kind
        Of the fingerprints.
    n_bytes : int
        Size of the file.
    say : callable
        Takes a fault.
    """

    def __init__(self, columns: h5py.Group, version: int, kind: Kind, n_bytes: int, say: Say) -> None:
        self.columns, self.version, self.n_bytes, self.say = columns, version, n_bytes, say
        self.n_bits, self.n_views, self.look_bytes = kind
        self.prefix = columns.name.rstrip("/")  # "" of the root

    def examine(self) -> None:
        """Look at all of them."""
        files = self._texts("files")
        self._examine_images(files, self.n_bits)
        self._examine_failures(files)
        if self.version >= VERSION:
            self._examine_paths(REMOVED, self._texts(REMOVED))

    def _examine_images(self, files: list[str] | None, n_bits: int | None) -> None:
        sources = self._texts("source")
        facts = {name: self._array(name, np.int64, (None,)) for name in FACTS if self._has(name)}
        notes = {name: self._texts(name) for name in NOTES if self._has(name)}
        n_words = words_per_fingerprint(n_bits) if n_bits else None
        words = self._array("fps", np.uint64, (None, n_words))
        columns: dict[str, Any] = {"files": files, "source": sources, "fps": words, **facts, **notes}
        for name, (dtype, width) in BYTES.items():
            if self._has(name):
                columns[name] = self._array(name, dtype.type, (None, width))
        if self.version > 2:
            columns["views"] = self._array("views", np.uint64, (None, self.n_views, n_words))
        if self.look_bytes:
            columns["look"] = self._array("look", np.uint8, (None, self.look_bytes))
        self._compare_lengths(columns)
        self._examine_paths("files", files)
        self._examine_sources(sources, files)
        least_of = {"size": 0, "width": 1, "height": 1} | dict.fromkeys(("detail", "bit_depth", "sharpness"), UNKNOWN)
        for name, least in least_of.items():
            if (column := facts.get(name)) is not None:
                self._say_rows(name, column < least, f"must be at least {least}")
        for name in ("has_exif", "has_gps"):
            if (column := facts.get(name)) is not None:
                self._say_rows(name, ~np.isin(column, (0, 1, UNKNOWN)), f"must be 0, 1 or {UNKNOWN}")
        self._examine_detail(facts.get("detail"), columns.get("pixels"))
        self._examine_frames(facts.get("n_frames"), facts.get("frame"), notes.get("others"))
        wrong = np.array([text not in ("", *DAMAGES) for text in notes.get("damage") or []], dtype=bool)
        self._say_rows("damage", wrong, f"must be one of {', '.join(DAMAGES)}, or empty")
        self._examine_previews(notes.get("rests_on") or [], columns)
        for name in ("fps", "views"):
            if columns.get(name) is not None and n_bits:
                self._examine_words(name, columns[name], n_bits)

    def _examine_detail(self, detail: Column | None, pixels: Column | None) -> None:
        if detail is None:
            return
        self._say_rows("detail", detail > MOST_DETAIL, f"must be at most {MOST_DETAIL}")
        if pixels is not None and len(pixels) == len(detail):
            wrong = pixels.any(axis=1) & ~are_flat(detail)
            self._say_rows("pixels", wrong, "must be zeros but for images of little detail")

    def _examine_previews(self, rests_on: list[str], columns: dict[str, Any]) -> None:
        wrong = np.array([text not in ("", PREVIEW) for text in rests_on], dtype=bool)
        self._say_rows("rests_on", wrong, f"must be {PREVIEW}, or empty")
        by_preview = np.array([text == PREVIEW for text in rests_on], dtype=bool)
        for name in ("digest", "middle"):
            if (column := columns.get(name)) is not None and len(column) == len(by_preview):
                self._say_rows(name, by_preview & column.any(axis=1), "must be zeros where /rests_on is not empty")

    def _examine_frames(self, n_frames: Column | None, frame: Column | None, others: list[str] | None) -> None:
        if n_frames is not None:
            self._say_rows("n_frames", (n_frames < 1) & (n_frames != UNKNOWN), f"must be at least 1, or {UNKNOWN}")
        if frame is not None:
            self._say_rows("frame", frame < UNKNOWN, f"must be at least {UNKNOWN}")
            if n_frames is not None and len(n_frames) == len(frame):
                wrong = (n_frames != UNKNOWN) & (frame >= n_frames)
                self._say_rows("frame", wrong, "must be less than /n_frames")
        unknown = [bool(text) and not set(text.split(",")) <= set(OTHERS) for text in others or []]
        self._say_rows("others", np.array(unknown, dtype=bool), f"must be words of {', '.join(OTHERS)}, with commas")

    def _examine_failures(self, images: list[str] | None) -> None:
        files, reasons = self._texts("failed/files"), self._texts("failed/reason")
        names = FAILED_FACTS if self.version >= VERSION else [name for name in FAILED_FACTS if name != "ctime_ns"]
        facts = {f"failed/{name}": self._array(f"failed/{name}", np.int64, (None,)) for name in names}
        self._compare_lengths({"failed/files": files, "failed/reason": reasons, **facts})
        self._examine_paths("failed/files", files)
        size, mtime_ns = facts["failed/size"], facts["failed/mtime_ns"]
        if size is not None and mtime_ns is not None and len(size) == len(mtime_ns):
            wrong = (size < 0) & ~((size == PASSING) & (mtime_ns == PASSING))
            self._say_rows("failed/size", wrong, "must be at least 0, or -1 as /failed/mtime_ns is")
        if both := set(files or []) & set(images or []):
            where = f"in {self.prefix}/files and in {self.prefix}/failed/files"
            self.say(f"{where}: {len(both):,}, like {shown(min(both))}: {ANEW}")

    def _examine_paths(self, name: str, files: list[str] | None) -> None:
        twice = [file for file, n in Counter(files or []).items() if n > 1]
        if twice:
            self.say(f"{self.prefix}/{name} holds more than once: {len(twice):,}, like {shown(min(twice))}: {ANEW}")
        wrong = np.array([not os.path.isabs(file) for file in files or []], dtype=bool)
        self._say_rows(name, wrong, "must be a path from the root")

    def _examine_sources(self, sources: list[str] | None, files: list[str] | None) -> None:
        wrong = np.array([source != "" and not os.path.isabs(source) for source in sources or []], dtype=bool)
        self._say_rows("source", wrong, "must be empty or a path from the root")
        own = np.array([source == file for source, file in zip(sources or [], files or [], strict=False)], dtype=bool)
        self._say_rows("source", own, "must be another file than that in /files")

    def _examine_words(self, name: str, words: Column, n_bits: int) -> None:
        try:
            check_words(words, n_bits, name=f"{self.prefix}/{name}")
        except ValueError as error:
            self.say(f"{why(error)}: {ANEW}")

    def _compare_lengths(self, columns: dict[str, Any]) -> None:
        lengths = {name: len(column) for name, column in columns.items() if column is not None}
        if len(set(lengths.values())) > 1:
            stated = ", ".join(f"{self.prefix}/{name} {length:,}" for name, length in lengths.items())
            self.say(f"its columns must be of one length; got {stated}: {ANEW}")

    def _say_rows(self, name: str, wrong: Column, rule: str) -> None:
        if wrong.any():
            n, first = int(wrong.sum()), int(wrong.argmax())
            self.say(
                f"{self.prefix}/{name} {rule}; {n:,} of {len(wrong):,} rows are not, row {first} the first: {ANEW}"
            )

    def _has(self, column: str) -> bool:
        """Tell whether files of this version have the column, or, of one that they may lack, whether this one does."""
        may_lack = column in LATER_NOTES
        return self.version >= SINCE.get(column, 1) and not (may_lack and column not in self.columns)

    def _texts(self, name: str) -> list[str] | None:
        """Return a column of texts, or None if it can't be read."""
        try:
            self._dataset(name)
            texts: list[str] = read_texts(self.columns, name, self.version)
            return texts
        except Exception as error:
            self.say(f"{self.prefix}/{name} cannot be read ({why(error)}): {ANEW}")
            return None

    def _array(self, name: str, kind: type[np.generic], shape: tuple[int | None, ...]) -> Column | None:
        """Return a column of numbers, or None if it can't be read or is none of this kind and shape (None: any)."""
        try:
            column: Column = self._dataset(name)[...]
        except Exception as error:
            self.say(f"{self.prefix}/{name} cannot be read ({why(error)}): {ANEW}")
            return None
        if column.dtype != kind:
            self.say(f"{self.prefix}/{name} must be {np.dtype(kind)}; it is {column.dtype}: {ANEW}")
            return None
        fits = len(shape) == column.ndim and all(n in (None, m) for n, m in zip(shape, column.shape, strict=True))
        if not fits:
            wanted = ", ".join("n" if n is None else str(n) for n in shape)
            self.say(f"{self.prefix}/{name} must have shape ({wanted}); got {column.shape}: {ANEW}")
            return None
        return column

    def _dataset(self, name: str) -> h5py.Dataset:
        """Return a dataset that is no larger than the file; a damaged one may say that it has terabytes."""
        dataset = self.columns[name]
        if not isinstance(dataset, h5py.Dataset):
            raise ValueError("it is a group")
        if dataset.size * dataset.dtype.itemsize > self.n_bytes:
            raise ValueError(f"it claims shape {dataset.shape}, more than the file holds")
        if self.version >= VERSION and dataset.size and dataset.id.get_offset() is None:
            raise ValueError("it does not lie in one piece")
        return dataset
