"""The images of a database, a row each, and the files that could not be read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.database.contents import Contents, History
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.pool import Pool
from imgcmp.database.schema import BYTES, FACTS, FACTS_OF_FILE, NOTES, UNKNOWN
from imgcmp.database.what_to_write import Changes
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.fingerprints.packing import Words, check_words
from imgcmp.fingerprints.view_bits import NO_LOOK_ROW
from imgcmp.images.file_digest import covers_all, identity
from imgcmp.images.image_file import PREVIEW, UNKNOWN_TIME, Failure, ImageFile
from imgcmp.images.missing_files import is_missing
from imgcmp.system.text import shown

Integers = NDArray[np.int64]
Digests = NDArray[np.uint8]
Rows = Sequence[int] | NDArray[np.integer]

# The attributes of a table that aren't called as the columns of the database are.
_COLUMNS = {"words": "fps", "digests": "digest", "middles": "middle", "sources": "source"}

# Formats of which a change of some pixels changes what lies behind them, or a checksum at the end, or the size.
_CHANGED_AS_A_WHOLE = frozenset(("AVIF", "GIF", "HEIC", "JPEG", "JPEG XL", "PNG", "WebP"))


class ImageTable:
    """Images, a row each, and the files that could not be read.

    Parameters
    ----------
    contents : Contents
        What to start with.

    Attributes
    ----------
    method, x, n_bits
        Kind of the fingerprints; ``n_bits = x * x``.
    kinds : str
        Which views there are, as `imgcmp.fingerprints.views.normal_kinds` writes it.
    files, sources : list of str, length n
        Paths of the images, and of the originals of those that are resized copies (else empty).
    words : ndarray of uint64, shape (n, n_words)
        Packed fingerprints.
    views : ndarray of uint64, shape (n, n_views, n_words)
        Packed fingerprints of the views, in the order of `imgcmp.fingerprints.views.view_names`.
    digests, middles : ndarray of uint8, shape (n, 16)
        Of the file's size and its ends, and of what lies between them, as `imgcmp.images.file_digest` says; zeros:
        unknown.
    pixels : ndarray of uint8, shape (n, 16)
        Digests of the pixels of pictures that show too little to compare; zeros for others.
    colours : ndarray of int8, shape (n, 32)
        Means of two chroma channels, 4 x 4 each; -128: unknown.
    detail, sharpness : ndarray of int64, shape (n,)
        How much the picture shows, 0..100, and how sharp it is; -1: unknown.
    mtime_ns, ctime_ns, size, width, height : ndarray of int64, shape (n,)
        The file when it was read, in nanoseconds and bytes; the picture before any shrinking, upright, in pixels.
    n_frames, frame : ndarray of int64, shape (n,)
        Frames of an animation, or pages, and which of them, from 0, the fingerprint is of; -1: unknown.
    bit_depth, has_exif, has_gps, taken_ns, utc_offset_min : ndarray of int64, shape (n,)
        What else is known of the picture; see `imgcmp.database.image_record.ImageRecord`.
    others, format, camera_make, camera_model, damage, rests_on : list of str, length n
        Likewise; empty: nothing, or unknown.
    failures : dict of str to Failure
        The files that could not be read.
    history : History
        When it was made and changed, and by what.

    Notes
    -----
    Columns are read from the file when they are asked for first, and kept until something changes.
    """

    sources: list[str]
    words: Words
    views: Words
    digests: Digests
    middles: Digests
    pixels: Digests
    colours: NDArray[np.int8]
    mtime_ns: Integers
    ctime_ns: Integers
    size: Integers
    width: Integers
    height: Integers
    detail: Integers
    sharpness: Integers
    n_frames: Integers
    frame: Integers
    bit_depth: Integers
    has_exif: Integers
    has_gps: Integers
    taken_ns: Integers
    utc_offset_min: Integers
    others: list[str]
    format: list[str]
    camera_make: list[str]
    camera_model: list[str]
    damage: list[str]
    rests_on: list[str]

    method: str
    x: int
    n_bits: int
    kinds: str
    failures: dict[str, Failure]
    history: History

    _rows: dict[str, int]  # the position in the pool of each image
    _pool: Pool

    def __init__(self, contents: Contents) -> None:
        self._fill(contents)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._rows)

    def __getattr__(self, name: str) -> Any:
        """Return a column, as the attributes of the class say; it is read when it is asked for first."""
        column = _COLUMNS.get(name, name)
        is_text = column == "source" or column in NOTES
        if name in _COLUMNS.values() or "_pool" not in self.__dict__ or not (is_text or column in self._pool.shapes):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if column not in self._read_columns:
            self._read_columns[column] = self._texts(column) if is_text else self._pool.array(column, self._positions())
        return self._read_columns[column]

    @property
    def files(self) -> list[str]:
        """Paths of the images."""
        if "files" not in self._read_columns:
            self._read_columns["files"] = list(self._rows)
        files: list[str] = self._read_columns["files"]
        return files

    def read_words(self, rows: Rows | None = None) -> Words:
        """Read the fingerprints of some rows, or of all, into an array that the table does not keep."""
        return self._pool.array("fps", self._positions(rows))

    def read_looks(self, rows: Rows | None = None) -> NDArray[np.uint8]:
        """Read the looks of some rows, or of all, as `read_views` does; of no bytes if none are kept."""
        positions = self._positions(rows)
        if "look" not in self._pool.shapes:
            return np.zeros((len(positions), 0), np.uint8)
        return self._pool.array("look", positions)

    def read_views(self, rows: Rows | None = None) -> Words:
        """Read the views of some rows, or of all, into an array that the table does not keep."""
        return self._pool.array("views", self._positions(rows))

    def is_current(self, file: ImageFile) -> bool:
        """Tell whether the database holds this very file, unchanged in size and times, and all that is to be known."""
        return file.path in self._rows and not self.find_changed([file])

    def rest_on_previews(self, rows: Rows | None = None) -> NDArray[np.bool_]:
        """Tell of some rows, or of all, whether their fingerprints are those of previews."""
        return np.asarray(self._stored_by_preview()[self._positions(rows)])

    def find_changed(self, files: Iterable[ImageFile], *, previews_do: bool = False) -> list[ImageFile]:
        """Return the files that the database does not hold as they are: those that are not `is_current`.

        With `previews_do` what is known of their previews is enough.

        A loop over lists: 100,000 files take 40 ms, one by one, with numpy's scalars, 56 ms, and with a set of all
        (path, size, mtime_ns) 80 ms.
        """
        # A file of which something is unknown is taken for one of another size.
        incomplete = self._are_incomplete(self._stored("detail"), self._stored("pixels"))
        if not previews_do:
            incomplete |= self._stored_by_preview()
        sizes = np.where(incomplete, UNKNOWN, self._stored("size")).tolist()
        times, changes = self._stored("mtime_ns").tolist(), self._stored("ctime_ns").tolist()
        row_of = self._rows.get
        changed = []
        for file in files:
            row = row_of(file.path)
            if (
                row is None
                or sizes[row] != file.size
                or times[row] != file.mtime_ns
                or (changes[row] != file.ctime_ns and UNKNOWN_TIME not in (changes[row], file.ctime_ns))
            ):
                changed.append(file)
        return changed

    def find_of_unknown_ctime(self, files: Iterable[ImageFile]) -> list[ImageFile]:
        """Return those of some unchanged files of which the table doesn't know when their status changed last.

        It is so for what an earlier version read. Once it is known, a change under the same size and time is seen.
        """
        unknown = np.flatnonzero(self._stored("ctime_ns") == UNKNOWN_TIME)
        if not len(unknown):
            return []
        rows, row_of = set(unknown.tolist()), self._rows.get
        return [file for file in files if row_of(file.path) in rows and file.ctime_ns != UNKNOWN_TIME]

    def find_doubtful(self, files: Iterable[ImageFile]) -> dict[bytes, list[ImageRecord]]:
        """Find what is known of files whose size and time are as they were, and whose status changed since.

        They may have been renamed to and fro, or got another owner; or they were changed, and their time was set back.

        Parameters
        ----------
        files : iterable of ImageFile
            Those that `find_changed` returned.

        Returns
        -------
        records : dict of bytes to list of ImageRecord
            By `imgcmp.images.file_digest.identity`, of files of which that tells: of a picture without compression, or
            compressed in strips, a part may have changed that the digests don't see.
        """
        sizes, times, digests = self._stored("size"), self._stored("mtime_ns"), self._stored("digest")
        # What is unknown is no reason to trust a digest.
        is_known = digests.any(axis=1) & ~self._are_incomplete(self._stored("detail"), self._stored("pixels"))
        formats = self._stored_texts("format")
        paths = []
        for file in files:
            row = self._rows.get(file.path)
            is_same = row is not None and (file.size, file.mtime_ns) == (sizes[row], times[row])
            if row is None or not is_same or not is_known[row]:
                continue
            if covers_all(file.size) or formats[row] in _CHANGED_AS_A_WHOLE:
                paths.append(file.path)
        return self._by_identity(paths)

    def has_failed(self, file: ImageFile) -> bool:
        """Tell whether this very file, unchanged in size and times, could not be read, and will not be."""
        failure = self.failures.get(file.path)
        if failure is None or (file.size, file.mtime_ns) != (failure.size, failure.mtime_ns):
            return False
        return failure.ctime_ns == file.ctime_ns or UNKNOWN_TIME in (failure.ctime_ns, file.ctime_ns)

    def record(self, path: str) -> ImageRecord:
        """Return what is kept of an image; KeyError if there is none of this path."""
        return self.records([path])[0]

    def records(self, paths: Sequence[str]) -> list[ImageRecord]:
        """Return what is kept of images; KeyError if there is none of a path."""
        positions = np.array([self._rows[path] for path in paths], dtype=np.intp)
        columns: dict[str, list[Any]] = {name: self._stored(name)[positions].tolist() for name in FACTS}
        files = zip(paths, *(columns.pop(name) for name in FACTS_OF_FILE), strict=True)
        for name, (_, n_bytes) in BYTES.items():
            joined = self._stored(name)[positions].tobytes()
            columns[name] = [joined[start : start + n_bytes] for start in range(0, len(joined), n_bytes)]
        texts = {name: self._stored_texts(name) for name in ("source", *NOTES)}
        columns |= {name: [column[position] for position in positions.tolist()] for name, column in texts.items()}
        columns |= {"words": [*self._pool.array("fps", positions)], "views": [*self._pool.array("views", positions)]}
        has_looks = "look" in self._pool.shapes
        columns["look"] = [*self._pool.array("look", positions)] if has_looks else [NO_LOOK_ROW] * len(paths)
        columns["file"] = [ImageFile(path, **dict(zip(FACTS_OF_FILE, facts, strict=True))) for path, *facts in files]
        rows = zip(*(columns[name] for name in ImageRecord._fields), strict=True)
        return [ImageRecord(*row) for row in rows]

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
        wanted = np.fromiter(sizes, dtype=np.int64)
        if not len(wanted):
            return {}
        rows = np.flatnonzero(np.isin(self.size, wanted) & self.digests.any(axis=1))
        files = self.files
        return self._by_identity([files[row] for row in rows.tolist() if is_missing(files[row])])

    def remove(self, paths: Iterable[str]) -> None:
        """Drop images, and files that could not be read; paths that are not known are passed over."""
        for path in paths:
            if path in self._rows or path in self.failures:
                self._drop(path)
                self.failures.pop(path, None)
        self._forget_columns()

    def update(self, records: Iterable[ImageRecord], failures: Iterable[Failure] = ()) -> None:
        """Add or refresh images, and files that could not be read.

        Parameters
        ----------
        records : iterable of ImageRecord
            An image whose path is known replaces what was known of it.
        failures : iterable of Failure
            A file that was an image and can't be read now is an image no longer; but one that could not be reached
            stays what it was.

        Raises
        ------
        TypeError, ValueError
            If the fingerprints of a record are not of the table's kind, or a digest has not its length. Then nothing
            is changed.
        """
        new = {record.file.path: record for record in records}
        self._check(list(new.values()))
        for failure in failures:
            if failure.path not in new and not (failure.is_out_of_reach and failure.path in self._rows):
                self._drop(failure.path)
                self.failures[failure.path] = failure
        for path, record in new.items():
            self.failures.pop(path, None)
            self._changes.add(path, at_end=path not in self._rows)
            self._rows[path] = self._pool.add(record)
        self._forget_columns()

    def _fill(self, contents: Contents) -> None:
        self.method, self.x, self.n_bits = contents.method, contents.x, contents.x * contents.x
        self.kinds, self.failures, self.history = contents.kinds, contents.failures, contents.history
        self._rows, self._pool = contents.rows, contents.pool
        self._changes = Changes()
        self._forget_columns()

    def _contents(self) -> Contents:
        return Contents(self.method, self.x, self.kinds, self._rows, self._pool, self.failures, self.history)

    def _by_identity(self, paths: Sequence[str]) -> dict[bytes, list[ImageRecord]]:
        records = defaultdict(list)
        for record in self.records(paths):
            records[identity(record.digest, record.middle, record.file.size, record.file.mtime_ns)].append(record)
        return dict(records)

    def _drop(self, path: str) -> None:
        """Let a path be no image."""
        if self._rows.pop(path, None) is not None:
            self._changes.drop(path)
        else:
            self._changes.add(path, at_end=True)

    def _forget_columns(self) -> None:
        self._read_columns: dict[str, Any] = {}  # by their names in the file; of the images, or (":") of the whole pool

    def _positions(self, rows: Rows | None = None) -> NDArray[np.intp]:
        """Return where the images are in the pool."""
        if "positions" not in self._read_columns:
            self._read_columns["positions"] = np.fromiter(self._rows.values(), dtype=np.intp, count=len(self._rows))
        positions: NDArray[np.intp] = self._read_columns["positions"]
        return positions if rows is None else positions[np.asarray(rows, dtype=np.intp)]

    def _texts(self, name: str) -> list[str]:
        texts = self._stored_texts(name)
        return [texts[position] for position in self._rows.values()]

    def _stored(self, name: str) -> NDArray[Any]:
        """Return a column of the pool; not for the large ones."""
        if (key := f":{name}") not in self._read_columns:
            self._read_columns[key] = self._pool.array(name)
        column: NDArray[Any] = self._read_columns[key]
        return column

    def _stored_texts(self, name: str) -> list[str]:
        if (key := f":{name}") not in self._read_columns:
            self._read_columns[key] = self._pool.texts(name)
        texts: list[str] = self._read_columns[key]
        return texts

    def _stored_by_preview(self) -> NDArray[np.bool_]:
        """Tell of all rows of the pool whether they are of previews."""
        texts = self._stored_texts("rests_on")
        if PREVIEW not in texts:  # 0.9 ms for 100,000, not 7
            return np.zeros(len(texts), dtype=bool)
        return np.array([text == PREVIEW for text in texts], dtype=bool)

    @staticmethod
    def _are_incomplete(detail: Integers, pixels: Digests) -> NDArray[np.bool_]:
        """Tell of which images the detail is unknown, as in older databases, or the pixels, for want of memory."""
        return np.asarray((detail == UNKNOWN) | (are_flat(detail) & ~pixels.any(axis=1)))

    def _check(self, records: list[ImageRecord]) -> None:
        """Raise unless records are of the table's kind."""
        for name, (_, n_bytes) in BYTES.items():
            for record in records:
                if len(digest := getattr(record, name)) != n_bytes:
                    raise ValueError(f"{name} of {shown(record.file.path)} must be {n_bytes} bytes; got {digest!r}")
        self._check_words([record.words for record in records], self._pool.shapes["fps"][1], records, "words")
        look_shape = self._pool.shapes.get("look", (np.dtype(np.uint8), (0,)))[1]
        for record in records:
            if np.shape(record.look) not in (look_shape, (0,)):
                of = f"look of {shown(record.file.path)}"
                raise ValueError(f"{of} must have shape {look_shape}; got {np.shape(record.look)}")
        shape = self._pool.shapes["views"][1]
        # Where there are no views, those of a record may be of any number of words.
        if shape[0] or any(np.size(record.views) for record in records):
            self._check_words([record.views for record in records], shape, records, "views")

    def _check_words(self, words: list[Words], shape: tuple[int, ...], records: list[ImageRecord], name: str) -> None:
        """Raise unless fingerprints have a shape: all at once, and one by one to name the first that hasn't."""
        if words and all(isinstance(each, np.ndarray) and each.shape == shape for each in words):
            with suppress(TypeError, ValueError):
                check_words(np.stack(words), self.n_bits)
                return
        for each, record in zip(words, records, strict=True):
            of = f"{name} of {shown(record.file.path)}"
            if check_words(each, self.n_bits, name=of).shape != shape:
                raise ValueError(f"{of} must have shape {shape}; got {each.shape}")
