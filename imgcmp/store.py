"""The fingerprint database: an HDF5 file behind a user block that tells whether it is whole.

The schema is that of docs/format.md. A file is only ever replaced as a whole, by a rename, so that a reader, and a run
that was killed, always finds a complete one.
"""

import hashlib
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

import imgcmp
from imgcmp.atomic import replacing
from imgcmp.errors import InputError
from imgcmp.files import Failure, ImageFile
from imgcmp.fingerprints import check_parameters
from imgcmp.lock import locked
from imgcmp.text import shown
from imgcmp.words import Words, check_matrix, words_per_fingerprint

FORMAT = "imgcmp-fingerprints"
VERSION = 1
USER_BLOCK_BYTES = 512

_ANOTHER = "name another file with -f, or remove it"
_PATH = h5py.string_dtype("utf-8")  # variable-length; holds any bytes but NUL, and so does a path
_FACTS = ("mtime_ns", "size", "width", "height")


class ImageRecord(NamedTuple):
    """What the database keeps of one image."""

    file: ImageFile
    source: str  # the original's path, for a resized copy; else empty
    words: Words
    width: int
    height: int


class Database:
    """The fingerprints of many image files, and what could not be read, in memory and in an HDF5 file.

    Parameters
    ----------
    path : str
        The file.
    method, x : str and int, optional
        Kind of the fingerprints. If given, a missing file starts an empty database, and a file of another kind is an
        error; if not, the file must exist and says it.
    force : bool
        Start an empty database whatever the file holds; the file itself is replaced by the first `save`.

    Attributes
    ----------
    path, method, x, n_bits
        As above; ``n_bits = x * x``.
    files, sources : list of str, length n
        Paths of the images, and of the originals of those that are resized copies (else empty).
    words : ndarray of uint64, shape (n, n_words)
        Packed fingerprints.
    mtime_ns, size, width, height : ndarray of int64, shape (n,)
        The file when it was read, in nanoseconds and bytes; the picture before any shrinking, upright, in pixels.
    failures : dict of str to Failure
        The files that could not be read.

    Raises
    ------
    InputError
        If the file is missing, is not a whole database of a version that is known, or is of another kind.
    """

    files: list[str]
    sources: list[str]
    words: Words
    mtime_ns: NDArray[np.int64]
    size: NDArray[np.int64]
    width: NDArray[np.int64]
    height: NDArray[np.int64]
    failures: dict[str, Failure]
    _row_of: dict[str, int]

    def __init__(self, path: str, *, method: str | None = None, x: int | None = None, force: bool = False) -> None:
        self.path = os.path.abspath(path)
        self._changed = False
        wanted = None
        if (method is None) != (x is None):
            raise ValueError(f"method and x must be given together; got method={method!r}, x={x!r}")
        if method is not None and x is not None:
            check_parameters(x, method)
            wanted = (method, x)
        if wanted and (force or not os.path.lexists(self.path)):
            _check_replaceable(self.path)
            self._fill(*wanted, _no_images(x or 0), {})
            return
        with _open_checked(self.path) as file:
            try:
                self._fill(*_read(file, self.path))
            except (KeyError, ValueError, TypeError, OSError, RuntimeError) as error:
                if isinstance(error, InputError):
                    raise
                raise InputError(f"{self.path} is damaged ({_one_line(error)}); make it anew with --force") from error
        if wanted and wanted != (self.method, self.x):
            raise InputError(
                f"{self.path} holds {self.method} fingerprints with x={self.x}, not {wanted[0]} with x={wanted[1]}: "
                "ask for the same, name another database with -f, or start over with --force"
            )

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.files)

    def is_current(self, file: ImageFile) -> bool:
        """Tell whether the database holds this very file, unchanged in size and time."""
        row = self._row_of.get(file.path)
        return row is not None and (file.size, file.mtime_ns) == (self.size[row], self.mtime_ns[row])

    def update(self, records: Iterable[ImageRecord], failures: Iterable[Failure] = ()) -> None:
        """Add or refresh images, and files that could not be read.

        Parameters
        ----------
        records : iterable of ImageRecord
            An image whose path is known replaces what was known of it.
        failures : iterable of Failure
            A file that was an image and can't be read now is an image no longer.
        """
        new = {record.file.path: record for record in records}
        failed = {failure.path: failure for failure in failures}
        if not new and not failed:
            return
        self._changed = True
        self.failures = {path: known for path, known in self.failures.items() if path not in new} | failed
        gone = [row for path in failed if (row := self._row_of.get(path)) is not None]
        if gone:
            self._keep(np.delete(np.arange(len(self)), gone))
        for path, record in new.items():
            if (row := self._row_of.get(path)) is not None:
                self.sources[row] = record.source
                self.words[row] = record.words
                for name, column in self._facts().items():
                    column[row] = _fact(record, name)
        added = [record for path, record in new.items() if path not in self._row_of]
        if added:
            self._append(added)

    def save(self) -> None:
        """Write the database, if anything changed: beside the file, then renamed over it.

        Raises
        ------
        OSError
            If it cannot be written; the file is as it was before.
        """
        if not self._changed:
            return
        # HDF5 writes to memory: on a full disk it raises errors of many kinds, and prints more when it is cleaned up.
        raw = io.BytesIO()
        with h5py.File(raw, "w", userblock_size=USER_BLOCK_BYTES) as file:
            self._write(file)
        rest = raw.getbuffer()[USER_BLOCK_BYTES:]
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            with replacing(os.path.realpath(self.path)) as temporary, open(temporary, "wb") as target:
                target.write(_user_block(len(rest), hashlib.sha256(rest).hexdigest()))
                target.write(rest)
        except OSError as error:  # of the database, not of a temporary file that people know nothing of
            raise OSError(error.errno, error.strerror, self.path) from error
        self._changed = False

    def _fill(self, method: str, x: int, columns: dict[str, Any], failures: dict[str, Failure]) -> None:
        self.method, self.x, self.n_bits = method, x, x * x
        self.files, self.sources, self.words = columns["files"], columns["source"], columns["fps"]
        self.mtime_ns, self.size = columns["mtime_ns"], columns["size"]
        self.width, self.height = columns["width"], columns["height"]
        self.failures = failures
        self._row_of = {path: row for row, path in enumerate(self.files)}

    def _facts(self) -> dict[str, NDArray[np.int64]]:
        return {name: getattr(self, name) for name in _FACTS}

    def _keep(self, rows: NDArray[np.int64]) -> None:
        columns: dict[str, Any] = {name: column[rows] for name, column in self._facts().items()}
        columns["files"] = [self.files[row] for row in rows]
        columns["source"] = [self.sources[row] for row in rows]
        columns["fps"] = self.words[rows]
        self._fill(self.method, self.x, columns, self.failures)

    def _append(self, records: list[ImageRecord]) -> None:
        self._row_of.update((record.file.path, len(self) + k) for k, record in enumerate(records))
        self.files.extend(record.file.path for record in records)
        self.sources.extend(record.source for record in records)
        self.words = np.concatenate([self.words, np.stack([record.words for record in records])])
        for name, column in self._facts().items():
            setattr(self, name, np.concatenate([column, [_fact(record, name) for record in records]]))

    def _write(self, file: h5py.File) -> None:
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        file.attrs["method"] = self.method
        file.attrs["x"] = self.x
        file.attrs["n_bits"] = self.n_bits
        file.attrs["created by"] = f"imgcmp {imgcmp.__version__}"
        _write_strings(file, "files", self.files)
        _write_strings(file, "source", self.sources)
        file.create_dataset("fps", data=self.words)
        for name, column in self._facts().items():
            file.create_dataset(name, data=column)
        failures = list(self.failures.values())
        failed = file.create_group("failed")
        _write_strings(failed, "files", [failure.path for failure in failures])
        _write_strings(failed, "reason", [failure.reason for failure in failures])
        for name in ("mtime_ns", "size"):
            failed.create_dataset(name, data=np.array([getattr(failure, name) for failure in failures], dtype=np.int64))


@contextmanager
def writing(path: str, *, method: str, x: int, force: bool = False) -> Iterator[Database]:
    """Hold a database to write to, as `Database` opens it; InputError if another process holds it."""
    path = os.path.realpath(path)
    _check_replaceable(path)  # first: no lock is laid beside what isn't ours
    with locked(path):
        yield Database(path, method=method, x=x, force=force)


def _check_replaceable(path: str) -> None:
    """Refuse to write to a file that is not ours: it may be anything, even a photograph."""
    if os.path.lexists(path):
        with _opened(path) as file:
            if not is_database(file):
                raise InputError(f"{path} is not an imgcmp database and is left alone: {_ANOTHER}")


def is_database(file: BufferedReader) -> bool:
    """Tell whether an open file starts as an imgcmp database does, whole or not; go back to its start."""
    start = file.read(len(FORMAT) + 1)
    file.seek(0)
    return start == f"{FORMAT}\n".encode()


def _fact(record: ImageRecord, name: str) -> int:
    return int(getattr(record.file if name in ("mtime_ns", "size") else record, name))


def _no_images(x: int) -> dict[str, Any]:
    columns: dict[str, Any] = {name: np.zeros(0, dtype=np.int64) for name in _FACTS}
    return columns | {"files": [], "source": [], "fps": np.zeros((0, words_per_fingerprint(x * x)), dtype=np.uint64)}


def _user_block(length: int, digest: str) -> bytes:
    """Return the user block for what lies behind it, of this length and SHA-256: a few lines of ASCII, then zeros."""
    text = f"{FORMAT}\nversion {VERSION}\nlength {length}\nsha256 {digest}\n"
    return text.encode().ljust(USER_BLOCK_BYTES, b"\0")


def _open_checked(path: str) -> BufferedReader:
    """Open a database file whose user block agrees with the rest; raise InputError otherwise.

    HDF5 itself opens many damaged files without a word: 22 of 150 mutants, when it was tried.
    """
    file = _opened(path)
    try:
        _check_user_block(file, path)
    except BaseException:
        file.close()
        raise
    return file


def _opened(path: str) -> BufferedReader:
    try:
        if stat.S_ISREG(os.stat(path).st_mode):
            return open(path, "rb")
    except FileNotFoundError:
        raise InputError(f"there is no database {path}: make it with 10fingerprints.py, or name it with -f") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({(error.strerror or str(error)).lower()}): {_ANOTHER}") from None
    raise InputError(f"{path} is not a file: {_ANOTHER}")


def _check_user_block(file: BufferedReader, path: str) -> None:
    if not is_database(file):
        raise InputError(f"{path} is not an imgcmp database: {_ANOTHER}")
    block = file.read(USER_BLOCK_BYTES)
    version = re.match(rb".*\nversion ([0-9]{1,9})\n", block)
    if version and int(version[1]) != VERSION:
        raise InputError(
            f"{path} has version {int(version[1])} of the format, and this imgcmp reads {VERSION}: "
            "use the imgcmp that wrote it, or start over with --force"
        )
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    if block != _user_block(file.tell() - USER_BLOCK_BYTES, digest):
        raise InputError(f"{path} is damaged (its checksum does not match): restore a copy, or start over with --force")
    file.seek(0)


def _read(file: BufferedReader, path: str) -> tuple[str, int, dict[str, Any], dict[str, Failure]]:
    # By the open file, not by its path: another file may be renamed to that path meanwhile.
    with h5py.File(file, "r") as h5:
        method, x = str(h5.attrs["method"]), int(h5.attrs["x"])
        check_parameters(x, method)
        columns: dict[str, Any] = {name: _read_integers(h5, name) for name in _FACTS}
        columns["files"] = _read_strings(h5, "files")
        columns["source"] = _read_strings(h5, "source")
        columns["fps"] = check_matrix(h5["fps"][...].astype(np.uint64, casting="safe"), x * x)[0]
        files = columns["files"]
        if any(len(column) != len(files) for column in columns.values()) or len(set(files)) != len(files):
            raise InputError(f"{path} is damaged (its columns disagree): start over with --force")
        failed = h5["failed"]
        rows = zip(
            _read_strings(failed, "files"),
            _read_strings(failed, "reason"),
            _read_integers(failed, "size").tolist(),
            _read_integers(failed, "mtime_ns").tolist(),
            strict=True,
        )
        return method, x, columns, {row[0]: Failure(*row) for row in rows}


def _write_strings(group: h5py.Group, name: str, strings: list[str]) -> None:
    values = np.array([os.fsencode(text) for text in strings], dtype=object)
    group.create_dataset(name, data=values, shape=(len(strings),), dtype=_PATH)


def _read_strings(group: h5py.Group, name: str) -> list[str]:
    return [os.fsdecode(value) for value in _one_dimension(group[name][...])]


def _read_integers(group: h5py.Group, name: str) -> NDArray[np.int64]:
    return _one_dimension(group[name][...].astype(np.int64, casting="safe"))


def _one_dimension(column: NDArray[Any]) -> NDArray[Any]:
    if column.ndim != 1:
        raise ValueError(f"a column must have shape (n,); got {column.shape}")
    return column


def _one_line(error: BaseException) -> str:
    return shown(" ".join(str(error).split()))
