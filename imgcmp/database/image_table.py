"""The images of a database in memory, a row each, and the files that could not be read."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.database.datasets import Contents, Digests, History, Integers
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.schema import DIGEST_BYTES, FACTS, FACTS_OF_FILE, NOTES, UNKNOWN
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.fingerprints.packing import Words, check_words
from imgcmp.images.file_digest import identity
from imgcmp.images.image_file import Failure, ImageFile
from imgcmp.images.missing_files import is_missing
from imgcmp.system.text import shown


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
    digests : ndarray of uint8, shape (n, 16)
        Of the file's size and of its first and last 64 KiB; zeros: unknown.
    pixels : ndarray of uint8, shape (n, 16)
        Digests of the pixels of pictures that show too little to compare; zeros for others.
    detail : ndarray of int64, shape (n,)
        How much the picture shows, 0..100; -1: unknown.
    mtime_ns, size, width, height : ndarray of int64, shape (n,)
        The file when it was read, in nanoseconds and bytes; the picture before any shrinking, upright, in pixels.
    n_frames, frame : ndarray of int64, shape (n,)
        Frames of an animation, or pages, and which of them, from 0, the fingerprint is of; -1: unknown.
    others : list of str, length n
        What else the file holds, with commas, such as "film" or "depth map,gain map"; empty: nothing, or unknown.
    failures : dict of str to Failure
        The files that could not be read.
    history : History
        When it was made and changed, and by what.
    """

    mtime_ns: Integers
    size: Integers
    width: Integers
    height: Integers
    detail: Integers
    n_frames: Integers
    frame: Integers
    others: list[str]
    failures: dict[str, Failure]
    history: History

    def __init__(self, contents: Contents) -> None:
        self._changed = False
        self._fill(contents)

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
        columns: dict[str, Any] = {
            "digest": self.digests[row].tobytes(),
            "words": self.words[row].copy(),
            "views": self.views[row].copy(),
            "pixels": self.pixels[row].tobytes(),
        }
        columns |= {name: int(column[row]) for name, column in self._facts().items() if name not in FACTS_OF_FILE}
        columns |= {name: texts[row] for name, texts in self._notes().items()}
        return ImageRecord(file=file, source=self.sources[row], **columns)

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

    def read_words(self, rows: NDArray[np.intp]) -> Words:
        """Return the fingerprints of some images, a new array."""
        return self.words[rows]

    def read_views(self, rows: NDArray[np.intp]) -> Words:
        """Return the views of some images, a new array, shape (n_rows, n_views, n_words)."""
        return self.views[rows]

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

        Raises
        ------
        TypeError, ValueError
            If the fingerprints of a record are not of the table's kind, or a digest has not its length. Then nothing
            is changed.
        """
        new = {record.file.path: record for record in records}
        failed = {
            failure.path: failure
            for failure in failures
            if failure.path not in new and not (failure.is_out_of_reach and failure.path in self._row_of)
        }
        if not new and not failed:
            return
        for record in new.values():
            self._check(record)
        self._changed = True
        self.failures = {path: known for path, known in self.failures.items() if path not in new} | failed
        self._drop_images(failed)
        for path, record in new.items():
            if (row := self._row_of.get(path)) is not None:
                self._refresh(row, record)
        added = [record for path, record in new.items() if path not in self._row_of]
        if added:
            self._append(added)

    def _fill(self, contents: Contents) -> None:
        self.method, self.x, self.n_bits = contents.method, contents.x, contents.x * contents.x
        self.kinds, self.failures, self.history = contents.kinds, contents.failures, contents.history
        columns = (contents.files, contents.sources, contents.words, contents.digests, contents.views, contents.pixels)
        self._fill_images(*columns, contents.facts, contents.notes)

    def _fill_images(
        self,
        files: list[str],
        sources: list[str],
        words: Words,
        digests: Digests,
        views: Words,
        pixels: Digests,
        facts: dict[str, Integers],
        notes: dict[str, list[str]],
    ) -> None:
        self.files, self.sources, self.words, self.digests = files, sources, words, digests
        self.views, self.pixels = views, pixels
        for name, column in (facts | notes).items():
            setattr(self, name, column)
        self._row_of = {path: row for row, path in enumerate(files)}

    def _check(self, record: ImageRecord) -> None:
        """Raise unless a record is of the table's kind."""
        of = f"of {shown(record.file.path)}"
        self._check_words(record.words, self.words.shape[1:], f"words {of}")
        if self.views.shape[1] or np.size(record.views):  # where there are none, they may be of any number of words
            self._check_words(record.views, self.views.shape[1:], f"views {of}")
        for name in ("digest", "pixels"):
            if len(digest := getattr(record, name)) != DIGEST_BYTES:
                raise ValueError(f"{name} {of} must be {DIGEST_BYTES} bytes; got {digest!r}")

    def _check_words(self, words: Words, shape: tuple[int, ...], name: str) -> None:
        if check_words(words, self.n_bits, name=name).shape != shape:
            raise ValueError(f"{name} must have shape {shape}; got {words.shape}")

    def _contents(self) -> Contents:
        columns = (self.files, self.sources, self.words, self.digests, self.views, self.pixels)
        more = (self._facts(), self._notes(), self.failures, self.history)
        return Contents(self.method, self.x, self.kinds, *columns, *more)

    def _facts(self) -> dict[str, Integers]:
        return {name: getattr(self, name) for name in FACTS}

    def _notes(self) -> dict[str, list[str]]:
        return {name: getattr(self, name) for name in NOTES}

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
                {name: [texts[row] for row in rows] for name, texts in self._notes().items()},
            )

    def _refresh(self, row: int, record: ImageRecord) -> None:
        self.sources[row] = record.source
        self.words[row] = record.words
        self.digests[row] = np.frombuffer(record.digest, dtype=np.uint8)
        self.views[row] = record.views
        self.pixels[row] = np.frombuffer(record.pixels, dtype=np.uint8)
        for name, column in self._facts().items():
            column[row] = _fact(record, name)
        for name, texts in self._notes().items():
            texts[row] = getattr(record, name)

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
        for name, texts in self._notes().items():
            texts.extend(getattr(record, name) for record in records)


def _stacked(digests: list[bytes]) -> Digests:
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), DIGEST_BYTES)


def _fact(record: ImageRecord, name: str) -> int:
    return int(getattr(record.file if name in FACTS_OF_FILE else record, name))
