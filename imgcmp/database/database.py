"""The fingerprint database: an HDF5 file behind a user block that tells whether it is whole.

A file is only ever replaced as a whole, by a rename, so that a reader, and a run that was killed, always finds a
complete one. What lies where in it is the job of `imgcmp.database.user_block` and `imgcmp.database.datasets`.
"""

import errno
import hashlib
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import h5py
import numpy as np
import PIL
from numpy.typing import NDArray

from imgcmp.database import datasets
from imgcmp.database.datasets import Contents, Digests, History, Integers
from imgcmp.database.schema import DIGEST_BYTES, FACTS, UNKNOWN, USER_BLOCK_BYTES, VERSION
from imgcmp.database.user_block import ANOTHER, UserBlock, checked_version, is_database, open_database, open_regular
from imgcmp.errors import InputError
from imgcmp.fingerprints.fingerprint import check_parameters
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.views import normal_kinds
from imgcmp.images.file_digest import identity
from imgcmp.images.image_file import Failure, ImageFile
from imgcmp.images.missing_files import is_missing
from imgcmp.system.atomic import remove_leftovers, replacing
from imgcmp.system.lock import locked
from imgcmp.system.text import shown
from imgcmp.version import __version__

UNKNOWN_DIGEST = bytes(DIGEST_BYTES)

_NO_VIEWS = np.zeros((0, 1), dtype=np.uint64)


class ImageRecord(NamedTuple):
    """What the database keeps of one image."""

    file: ImageFile
    source: str  # the original's path, for a resized copy; else empty
    words: Words
    width: int
    height: int
    digest: bytes = UNKNOWN_DIGEST  # BLAKE2b of the file's size and of its first and last 64 KiB, 16 bytes
    views: Words = _NO_VIEWS  # shape (n_views, n_words)
    detail: int = UNKNOWN  # how much the picture shows, 0..100; see `imgcmp.fingerprints.flatness`
    pixels: bytes = UNKNOWN_DIGEST  # of the pixels, if that is too little to compare; see `imgcmp.images.pixel_digest`


class Database:
    """The fingerprints of many image files, and what could not be read, in memory and in an HDF5 file.

    Parameters
    ----------
    path : str
        The file.
    method, x : str and int, optional
        Kind of the fingerprints. If given, a missing file starts an empty database, and a file of another kind is an
        error; if not, the file must exist and says it.
    views : str
        Which views of each image there are fingerprints of, too, as for `imgcmp.fingerprint_views`; of no
        importance if method and x are not given.
    force : bool
        Start an empty database whatever the file holds; the file itself is replaced by the first `save`.

    Attributes
    ----------
    path, method, x, n_bits
        As above; ``n_bits = x * x``.
    kinds : str
        Which views there are, as `imgcmp.fingerprints.views.normal_kinds` writes it.
    files, sources : list of str, length n
        Paths of the images, and of the originals of those that are resized copies (else empty).
    words : ndarray of uint64, shape (n, n_words)
        Packed fingerprints.
    views : ndarray of uint64, shape (n, n_views, n_words)
        Packed fingerprints of the views, in the order of `imgcmp.fingerprints.views.view_names`.
    digests : ndarray of uint8, shape (n, 16)
        Of the file's size and of its first and last 64 KiB; zeros: unknown.
    pixels : ndarray of uint8, shape (n, 16)
        Digests of the pixels of pictures that show too little to compare; zeros for others.
    detail : ndarray of int64, shape (n,)
        How much the picture shows, 0..100; -1: unknown.
    mtime_ns, size, width, height : ndarray of int64, shape (n,)
        The file when it was read, in nanoseconds and bytes; the picture before any shrinking, upright, in pixels.
    failures : dict of str to Failure
        The files that could not be read.
    history : History
        When it was made and changed, and by what.
    version : int
        Of the format of the file that was read; it is written as the latest.

    Raises
    ------
    InputError
        If the file is missing, is not a whole database of a version that is known, or is of another kind.
    """

    mtime_ns: Integers
    size: Integers
    width: Integers
    height: Integers
    detail: Integers
    failures: dict[str, Failure]
    history: History

    def __init__(
        self, path: str, *, method: str | None = None, x: int | None = None, views: str = "none", force: bool = False
    ) -> None:
        self.path = os.path.abspath(path)
        self.version = VERSION
        self._changed = False
        wanted = None
        if (method is None) != (x is None):
            raise ValueError(f"method and x must be given together; got method={method!r}, x={x!r}")
        if method is not None and x is not None:
            check_parameters(x, method)
            wanted = (method, x, normal_kinds(views))
        self._is_new = not os.path.lexists(self.path)
        self._folder = _identity(os.path.dirname(os.path.realpath(self.path)))
        if wanted and (force or self._is_new):
            _check_replaceable(self.path)
            self._fill(datasets.empty(*wanted))
            return
        self._read()
        if wanted and wanted != (held := (self.method, self.x, self.kinds)):
            named = ["", ""] if held[2] == wanted[2] else [f" and views {kinds}" for kinds in (held[2], wanted[2])]
            raise InputError(
                f"{self.path} holds {self.method} fingerprints with x={self.x}{named[0]}, "
                f"not {wanted[0]} with x={wanted[1]}{named[1]}: "
                "ask for the same, name another database with -f, or start over with --force"
            )

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.files)

    def is_current(self, file: ImageFile) -> bool:
        """Tell whether the database holds this very file, unchanged in size and time, and all that is to be known."""
        row = self._row_of.get(file.path)
        if row is None or self._is_incomplete(slice(row, row + 1))[0]:
            return False
        return bool((file.size, file.mtime_ns) == (self.size[row], self.mtime_ns[row]))

    def find_changed(self, files: Iterable[ImageFile]) -> list[ImageFile]:
        """Return the files that the database does not hold as they are: those that are not `is_current`.

        A loop over lists: 100,000 files take 40 ms, one by one, with numpy's scalars, 56 ms, and with a set of all
        (path, size, mtime_ns) 80 ms.
        """
        # A file of which something is unknown is taken for one of another size.
        sizes = np.where(self._is_incomplete(slice(None)), UNKNOWN, self.size).tolist()
        row_of, times = self._row_of.get, self.mtime_ns.tolist()
        changed = []
        for file in files:
            row = row_of(file.path)
            if row is None or sizes[row] != file.size or times[row] != file.mtime_ns:
                changed.append(file)
        return changed

    def _is_incomplete(self, rows: slice) -> NDArray[np.bool_]:
        """Tell of which images the detail is unknown, as in older databases, or the pixels, for want of memory."""
        detail = self.detail[rows]
        has_pixels = self.pixels[rows].any(axis=1)
        return np.asarray((detail == UNKNOWN) | (are_flat(detail) & ~has_pixels))

    def has_failed(self, file: ImageFile) -> bool:
        """Tell whether this very file, unchanged in size and time, could not be read, and will not be."""
        failure = self.failures.get(file.path)
        return failure is not None and (file.size, file.mtime_ns) == (failure.size, failure.mtime_ns)

    def record(self, path: str) -> ImageRecord:
        """Return what is kept of an image; KeyError if there is none of this path."""
        row = self._row_of[path]
        file = ImageFile(path, int(self.size[row]), int(self.mtime_ns[row]))
        width, height = int(self.width[row]), int(self.height[row])
        digest, pixels = self.digests[row].tobytes(), self.pixels[row].tobytes()
        words, views = self.words[row].copy(), self.views[row].copy()
        of_pixels = (int(self.detail[row]), pixels)
        return ImageRecord(file, self.sources[row], words, width, height, digest, views, *of_pixels)

    def find_missing(self, sizes: Iterable[int]) -> dict[bytes, list[ImageRecord]]:
        """Find the images whose file isn't there at the moment, among those of the given sizes and of a known digest.

        Parameters
        ----------
        sizes : iterable of int
            Those of new files, in bytes: only what may have become one of them is looked for on the disk.

        Returns
        -------
        records : dict of bytes to list of ImageRecord
            By `imgcmp.images.file_digest.identity`: a new file of the same is one of these, moved, or a copy of one on
            a drive that isn't there.
        """
        has_size = np.isin(self.size, np.fromiter(sizes, dtype=np.int64))
        rows = np.flatnonzero(has_size & self.digests.any(axis=1))
        missing = defaultdict(list)
        for row in rows.tolist():
            if is_missing(self.files[row]):
                record = self.record(self.files[row])
                missing[identity(record.digest, record.file.size, record.file.mtime_ns)].append(record)
        return dict(missing)

    def remove(self, paths: Iterable[str]) -> None:
        """Drop images, and files that could not be read; paths that are not known are passed over."""
        gone = {path for path in paths if path in self._row_of or path in self.failures}
        if gone:
            self._changed = True
            self.failures = {path: failure for path, failure in self.failures.items() if path not in gone}
            self._drop_images(gone)

    def update(self, records: Iterable[ImageRecord], failures: Iterable[Failure] = ()) -> None:
        """Add or refresh images, and files that could not be read.

        Parameters
        ----------
        records : iterable of ImageRecord
            An image whose path is known replaces what was known of it.
        failures : iterable of Failure
            A file that was an image and can't be read now is an image no longer; but one that could not be reached
            stays what it was.
        """
        new = {record.file.path: record for record in records}
        failed = {
            failure.path: failure
            for failure in failures
            if failure.path not in new and not (failure.is_out_of_reach and failure.path in self._row_of)
        }
        if not new and not failed:
            return
        self._changed = True
        self.failures = {path: known for path, known in self.failures.items() if path not in new} | failed
        self._drop_images(failed)
        for path, record in new.items():
            if (row := self._row_of.get(path)) is not None:
                self._refresh(row, record)
        added = [record for path, record in new.items() if path not in self._row_of]
        if added:
            self._append(added)

    def save(self) -> None:
        """Write the database, if anything changed: beside the file, then renamed over it.

        Raises
        ------
        OSError
            If it cannot be written; the file is as it was before. That includes the folder of a file that was there,
            and is no longer: were it made anew, the database of a drive that is unplugged would go to another one.
        """
        if not self._changed:
            return
        self.history = _written_now(self.history)
        # HDF5 writes to memory: on a full disk it raises errors of many kinds, and prints more when it is cleaned up.
        raw = io.BytesIO()
        with h5py.File(raw, "w", userblock_size=USER_BLOCK_BYTES) as file:
            datasets.write(file, self._contents())
        rest = raw.getbuffer()[USER_BLOCK_BYTES:]
        block = UserBlock(VERSION, len(rest), hashlib.sha256(rest).hexdigest())
        try:
            self._check_folder()
            with replacing(os.path.realpath(self.path)) as temporary, open(temporary, "wb") as target:
                target.write(block.packed())
                target.write(rest)
        except OSError as error:  # of the database, not of a temporary file that people know nothing of
            raise OSError(error.errno, error.strerror, self.path) from error
        self._changed = self._is_new = False
        self.version = VERSION

    def _check_folder(self) -> None:
        """Raise OSError if the folder is another than when the database was opened: say, its drive is gone."""
        folder = os.path.dirname(os.path.realpath(self.path))
        if self._folder is None:
            os.makedirs(folder, exist_ok=True)
            self._folder = _identity(folder)
        if _identity(folder) != self._folder:
            raise OSError(errno.ENOENT, "its folder is no longer there", self.path)

    def _read(self) -> None:
        with open_database(self.path) as file:
            self.version = checked_version(file, self.path)
            try:
                # By the open file, not by its path: another file may be renamed to that path meanwhile.
                with h5py.File(file, "r") as h5:
                    self._fill(datasets.read(h5, self.version))
            except InputError as error:
                raise InputError(f"{self.path} {error}") from error
            except (KeyError, ValueError, TypeError, OSError, RuntimeError) as error:
                why = shown(" ".join(str(error).split()))
                raise InputError(f"{self.path} is damaged ({why}): make it anew with --force") from error
        if len(self._row_of) != len(self):
            raise InputError(f"{self.path} is damaged (it holds a file twice): make it anew with --force")

    def _fill(self, contents: Contents) -> None:
        self.method, self.x, self.n_bits = contents.method, contents.x, contents.x * contents.x
        self.kinds, self.failures, self.history = contents.kinds, contents.failures, contents.history
        columns = (contents.files, contents.sources, contents.words, contents.digests, contents.views, contents.pixels)
        self._fill_images(*columns, contents.facts)

    def _fill_images(
        self,
        files: list[str],
        sources: list[str],
        words: Words,
        digests: Digests,
        views: Words,
        pixels: Digests,
        facts: dict[str, Integers],
    ) -> None:
        self.files, self.sources, self.words, self.digests = files, sources, words, digests
        self.views, self.pixels = views, pixels
        for name, column in facts.items():
            setattr(self, name, column)
        self._row_of = {path: row for row, path in enumerate(files)}

    def _contents(self) -> Contents:
        columns = (self.files, self.sources, self.words, self.digests, self.views, self.pixels, self._facts())
        return Contents(self.method, self.x, self.kinds, *columns, self.failures, self.history)

    def _facts(self) -> dict[str, Integers]:
        return {name: getattr(self, name) for name in FACTS}

    def _drop_images(self, paths: Iterable[str]) -> None:
        gone = [row for path in paths if (row := self._row_of.get(path)) is not None]
        if gone:
            rows = np.delete(np.arange(len(self)), gone)
            self._fill_images(
                [self.files[row] for row in rows],
                [self.sources[row] for row in rows],
                self.words[rows],
                self.digests[rows],
                self.views[rows],
                self.pixels[rows],
                {name: column[rows] for name, column in self._facts().items()},
            )

    def _refresh(self, row: int, record: ImageRecord) -> None:
        self.sources[row] = record.source
        self.words[row] = record.words
        self.digests[row] = np.frombuffer(record.digest, dtype=np.uint8)
        self.views[row] = record.views
        self.pixels[row] = np.frombuffer(record.pixels, dtype=np.uint8)
        for name, column in self._facts().items():
            column[row] = _fact(record, name)

    def _append(self, records: list[ImageRecord]) -> None:
        self._row_of.update((record.file.path, len(self) + k) for k, record in enumerate(records))
        self.files.extend(record.file.path for record in records)
        self.sources.extend(record.source for record in records)
        self.words = np.concatenate([self.words, np.stack([record.words for record in records])])
        views = np.stack([record.views for record in records]).reshape(len(records), *self.views.shape[1:])
        self.views = np.concatenate([self.views, views])
        self.digests = np.concatenate([self.digests, _stacked([record.digest for record in records])])
        self.pixels = np.concatenate([self.pixels, _stacked([record.pixels for record in records])])
        for name, column in self._facts().items():
            setattr(self, name, np.concatenate([column, [_fact(record, name) for record in records]]))


@contextmanager
def writing(path: str, *, method: str, x: int, views: str = "none", force: bool = False) -> Iterator[Database]:
    """Hold a database to write to, as `Database` opens it; InputError if another process holds it.

    What a writer that was killed left beside it is removed.
    """
    path = os.path.realpath(path)
    _check_replaceable(path)  # first: no lock is laid beside what isn't ours
    with locked(path):
        remove_leftovers(path)
        yield Database(path, method=method, x=x, views=views, force=force)


def _identity(folder: str) -> tuple[int, int] | None:
    """Return what tells a folder from another one of the same path; None if there is none."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _check_replaceable(path: str) -> None:
    """Refuse to write to a file that is not ours: it may be anything, even a photograph."""
    if os.path.lexists(path):
        with open_regular(path) as file:
            if not is_database(file):
                raise InputError(f"{path} is not an imgcmp database and is left alone: {ANOTHER}")


def _stacked(digests: list[bytes]) -> Digests:
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), DIGEST_BYTES)


def _fact(record: ImageRecord, name: str) -> int:
    return int(getattr(record.file if name in ("mtime_ns", "size") else record, name))


def _written_now(before: History) -> History:
    now, by = datetime.now(UTC).isoformat(timespec="seconds"), f"imgcmp {__version__}"
    # What was made before this was kept says by whom, and not when.
    made = before if before.created_by else History(created=now, created_by=by)
    return made._replace(changed=now, changed_by=by, pillow=PIL.__version__)
