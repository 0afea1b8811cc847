"""What is wrong with a database: everything that docs/format.md promises, checked, whether the file is whole or not.

HDF5 may crash on a damaged file, or never come to an end. So a file is examined in a process of its own, which tells
what is wrong as it finds it, and may die.
"""

import contextlib
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from io import BufferedReader
from multiprocessing.connection import Connection
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from imgcmp.database.datasets import read_texts
from imgcmp.database.schema import (
    DIGEST_BYTES,
    FACTS,
    FAILED_FACTS,
    FORMAT,
    HISTORY,
    NOTES,
    READ_VERSIONS,
    SINCE,
    UNKNOWN,
    VERSION,
    VIEW_NAMES,
    VIEWS,
)
from imgcmp.database.user_block import open_database, stated_and_found
from imgcmp.fingerprints.fingerprint import check_parameters
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.fingerprints.packing import check_words, words_per_fingerprint
from imgcmp.fingerprints.views import view_names
from imgcmp.images.also_held import OTHERS
from imgcmp.images.detail import MOST_DETAIL
from imgcmp.images.image_file import PASSING
from imgcmp.system.signals import ENDING
from imgcmp.system.text import shown

Say = Callable[[str], None]
Column = NDArray[Any]

_ANEW = "make it anew with --force"
_RESTORE = "restore a copy, or start over with --force"
_DONE = ""
_PATIENCE_S = 60.0
_BYTES_PER_S = 1e6  # a slow drive


def find_faults(path: str) -> list[str]:
    """Tell what is wrong with a database.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    faults : list of str
        One line for each thing that is wrong, and what to do about it; empty if there is nothing.

    Raises
    ------
    InputError
        If there is no such file, or it is not a database of a version that is known.
    """
    with open_database(path) as file:
        patience_s = _PATIENCE_S + os.fstat(file.fileno()).st_size / _BYTES_PER_S
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_examine_apart, args=(theirs, path), daemon=True)
    process.start()
    theirs.close()  # so that the end of the process is the end of the pipe
    faults: list[str] = []
    try:
        while ours.poll(patience_s):
            fault = ours.recv()
            if fault == _DONE:
                return faults
            faults.append(fault)
        faults.append(f"HDF5 does not come to an end with it: {_RESTORE}")
    except EOFError:
        process.join()
        faults.append(f"HDF5 crashed on it ({_cause(process.exitcode or 0)}): {_RESTORE}")
    finally:
        process.kill()
        process.join()
        ours.close()
    return faults


def examine(file: BufferedReader, say: Say) -> None:
    """Tell what is wrong with an open database; HDF5 may crash on it."""
    version = _examine_user_block(file, say)
    try:
        with h5py.File(file, "r") as h5:
            _Examination(h5, version or _version_within(h5), os.fstat(file.fileno()).st_size, say).run()
    except Exception as error:  # HDF5 raises many kinds of them on damaged files
        say(f"HDF5 cannot read it ({_why(error)}): {_RESTORE}")


def _examine_apart(connection: Connection, path: str) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # what the C library says of a crash
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)  # they reach the whole group; the parent ends this process
    with open_database(path) as file:
        examine(file, connection.send)
    connection.send(_DONE)


def _cause(exit_code: int) -> str:
    return signal.Signals(-exit_code).name if exit_code < 0 else f"status {exit_code}"


def _examine_user_block(file: BufferedReader, say: Say) -> int | None:
    """Tell what is wrong with the user block; return the version that it states."""
    stated, found = stated_and_found(file)
    if stated is None or found is None:
        say(f"its user block, the first 512 bytes, is damaged: {_RESTORE}")
        return None
    if stated.length != found.length:
        what = "cut off" if found.length < stated.length else "too long"
        say(f"it is {what}: {found.length:,} bytes after the user block, not {stated.length:,}: {_RESTORE}")
    elif stated.sha256 != found.sha256:
        say(f"its checksum does not match: {_RESTORE}")
    return stated.version


def _version_within(h5: h5py.File) -> int:
    """Return the version of a file whose user block doesn't say it."""
    with contextlib.suppress(Exception):  # HDF5 raises many kinds of them on damaged files
        if h5.attrs["version"] in READ_VERSIONS:
            return int(h5.attrs["version"])
    return VERSION


class _Examination:
    """The contents of an HDF5 file, looked at piece by piece; what can't be read is told, and passed over."""

    def __init__(self, h5: h5py.File, version: int, n_bytes: int, say: Say) -> None:
        self.h5, self.version, self.n_bytes, self.say = h5, version, n_bytes, say
        self.n_views: int | None = None

    def run(self) -> None:
        n_bits = self._examine_kind()
        self._examine_history()
        files = self._texts("files")
        self._examine_images(files, n_bits)
        self._examine_failures(files)

    def _examine_kind(self) -> int | None:
        """Return the bits of a fingerprint, if they can be told."""
        if self._attribute("format") != FORMAT:
            self.say(f"the attribute format must be {FORMAT}: {_ANEW}")
        if (version := self._attribute("version")) != self.version:
            self.say(
                f"the attribute version must be {self.version}, as in the user block; got {_text(version)}: {_ANEW}"
            )
        try:
            x = int(self._attribute("x"))
            check_parameters(x, str(self._attribute("method")))
        except (TypeError, ValueError) as error:
            self.say(f"the attributes method and x are wrong ({_why(error)}): {_ANEW}")
            return None
        if self.version > 2:
            self._examine_kinds()
        if (n_bits := self._attribute("n_bits")) != x * x:
            self.say(f"the attribute n_bits must be x * x, {x * x}; got {_text(n_bits)}: {_ANEW}")
        return x * x

    def _examine_kinds(self) -> None:
        try:
            names = view_names(self._attribute(VIEWS))
        except ValueError as error:
            self.say(f"the attribute {VIEWS} is wrong ({_why(error)}): {_ANEW}")
            return
        if self._attribute(VIEW_NAMES) != "\n".join(names):
            self.say(f"the attribute {VIEW_NAMES} must name the views that this imgcmp makes: {_ANEW}")
        self.n_views = len(names)

    def _examine_history(self) -> None:
        names = HISTORY.values() if self.version > 1 else ("created by",)
        values = {name: self._attribute(name) for name in names}
        for name, value in values.items():
            if not isinstance(value, str):
                self.say(f"the attribute {name} must be a text; got {_text(value)}: {_ANEW}")
            elif name in ("created", "changed") and value and not _is_time(value):
                self.say(f"the attribute {name} must be a time; got {shown(value)}: {_ANEW}")

    def _examine_images(self, files: list[str] | None, n_bits: int | None) -> None:
        sources = self._texts("source")
        facts = {name: self._array(name, np.int64, (None,)) for name in FACTS if self._has(name)}
        notes = {name: self._texts(name) for name in NOTES if self._has(name)}
        n_words = words_per_fingerprint(n_bits) if n_bits else None
        words = self._array("fps", np.uint64, (None, n_words))
        columns: dict[str, Any] = {"files": files, "source": sources, "fps": words, **facts, **notes}
        if self.version > 1:
            columns["digest"] = self._array("digest", np.uint8, (None, DIGEST_BYTES))
        if self.version > 2:
            columns["views"] = self._array("views", np.uint64, (None, self.n_views, n_words))
            columns["pixels"] = self._array("pixels", np.uint8, (None, DIGEST_BYTES))
        self._compare_lengths(columns)
        self._examine_paths("files", files)
        self._examine_sources(sources, files)
        for name, least in {"size": 0, "width": 1, "height": 1, "detail": UNKNOWN}.items():
            if (column := facts.get(name)) is not None:
                self._say_rows(name, column < least, f"must be at least {least}")
        self._examine_detail(facts.get("detail"), columns.get("pixels"))
        self._examine_frames(facts.get("n_frames"), facts.get("frame"), notes.get("others"))
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
        facts = {f"failed/{name}": self._array(f"failed/{name}", np.int64, (None,)) for name in FAILED_FACTS}
        self._compare_lengths({"failed/files": files, "failed/reason": reasons, **facts})
        self._examine_paths("failed/files", files)
        size, mtime_ns = facts["failed/size"], facts["failed/mtime_ns"]
        if size is not None and mtime_ns is not None and len(size) == len(mtime_ns):
            wrong = (size < 0) & ~((size == PASSING) & (mtime_ns == PASSING))
            self._say_rows("failed/size", wrong, "must be at least 0, or -1 as /failed/mtime_ns is")
        if both := set(files or []) & set(images or []):
            self.say(f"in /files and in /failed/files: {len(both):,}, like {shown(min(both))}: {_ANEW}")

    def _examine_paths(self, name: str, files: list[str] | None) -> None:
        twice = [file for file, n in Counter(files or []).items() if n > 1]
        if twice:
            self.say(f"/{name} holds more than once: {len(twice):,}, like {shown(min(twice))}: {_ANEW}")
        wrong = np.array([not os.path.isabs(file) for file in files or []], dtype=bool)
        self._say_rows(name, wrong, "must be a path from the root")

    def _examine_sources(self, sources: list[str] | None, files: list[str] | None) -> None:
        wrong = np.array([source != "" and not os.path.isabs(source) for source in sources or []], dtype=bool)
        self._say_rows("source", wrong, "must be empty or a path from the root")
        own = np.array([source == file for source, file in zip(sources or [], files or [], strict=False)], dtype=bool)
        self._say_rows("source", own, "must be another file than that in /files")

    def _examine_words(self, name: str, words: Column, n_bits: int) -> None:
        try:
            check_words(words, n_bits, name=f"/{name}")
        except ValueError as error:
            self.say(f"{_why(error)}: {_ANEW}")

    def _compare_lengths(self, columns: dict[str, Any]) -> None:
        lengths = {name: len(column) for name, column in columns.items() if column is not None}
        if len(set(lengths.values())) > 1:
            stated = ", ".join(f"/{name} {length:,}" for name, length in lengths.items())
            self.say(f"its columns must be of one length; got {stated}: {_ANEW}")

    def _say_rows(self, name: str, wrong: Column, rule: str) -> None:
        if wrong.any():
            n, first = int(wrong.sum()), int(wrong.argmax())
            self.say(f"/{name} {rule}; {n:,} of {len(wrong):,} rows are not, row {first} the first: {_ANEW}")

    def _has(self, column: str) -> bool:
        """Tell whether files of this version have the column."""
        return self.version >= SINCE.get(column, 1)

    def _attribute(self, name: str) -> Any:
        try:
            return self.h5.attrs[name]
        except Exception as error:
            self.say(f"the attribute {name} cannot be read ({_why(error)}): {_ANEW}")
            return None

    def _texts(self, name: str) -> list[str] | None:
        """Return a column of texts, or None if it can't be read."""
        try:
            self._dataset(name)
            return read_texts(self.h5, name, self.version)
        except Exception as error:
            self.say(f"/{name} cannot be read ({_why(error)}): {_ANEW}")
            return None

    def _array(self, name: str, kind: type[np.generic], shape: tuple[int | None, ...]) -> Column | None:
        """Return a column of numbers, or None if it can't be read or is none of this kind and shape (None: any)."""
        try:
            column: Column = self._dataset(name)[...]
        except Exception as error:
            self.say(f"/{name} cannot be read ({_why(error)}): {_ANEW}")
            return None
        if column.dtype != kind:
            self.say(f"/{name} must be {np.dtype(kind)}; it is {column.dtype}: {_ANEW}")
            return None
        fits = len(shape) == column.ndim and all(n in (None, m) for n, m in zip(shape, column.shape, strict=True))
        if not fits:
            wanted = ", ".join("n" if n is None else str(n) for n in shape)
            self.say(f"/{name} must have shape ({wanted}); got {column.shape}: {_ANEW}")
            return None
        return column

    def _dataset(self, name: str) -> h5py.Dataset:
        """Return a dataset that is no larger than the file; a damaged one may say that it has terabytes."""
        dataset = self.h5[name]
        if not isinstance(dataset, h5py.Dataset):
            raise ValueError("it is a group")
        if dataset.size * dataset.dtype.itemsize > self.n_bytes:
            raise ValueError(f"it claims shape {dataset.shape}, more than the file holds")
        return dataset


def _is_time(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text).tzinfo is not None
    return False


def _text(value: object) -> str:
    return shown(" ".join(str(value).split()))


def _why(error: BaseException) -> str:
    return shown(" ".join(str(error).strip("'\"").split())) or type(error).__name__
