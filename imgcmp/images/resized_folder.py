"""The folder of resized copies: their names, and the record of what each was made from.

The folder mirrors the tree of its sources. The record is a file of JSON lines, one appended for every copy made; the
last line about a copy is the one that holds, and a line torn by a power cut is as if it weren't there.
"""

import json
import os
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from functools import cached_property
from typing import NamedTuple, TextIO

from imgcmp.errors import InputError
from imgcmp.images.image_file import UNKNOWN_TIME, ImageFile
from imgcmp.system.atomic import is_temporary, naming, remove_if_left
from imgcmp.system.own_tree import NotOursError, Tree, check_replaceable, opened_tree
from imgcmp.system.ownership import make_folders, open_or_make
from imgcmp.system.places import COPIES_MARKER
from imgcmp.system.text import in_utf_8, name_from_utf_8

COPY_SUFFIX = ".jpg"

# The formats a copy is written in, by the suffix of its source; of any other source the copy is a JPEG.
FORMAT_OF_SUFFIX = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".ppm": "PPM",
    ".pgm": "PPM",
}

_LOG_FLAGS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # no pipe keeps us waiting
_HEADER_LINE = json.dumps({"format": "imgcmp-copies", "version": 1})


class CopyRecord(NamedTuple):
    """What a copy was made from: the source as it was, and the fraction. `copy_size` tells whether it is whole."""

    source: str
    fraction: float
    size: int
    mtime_ns: int
    copy_size: int
    ctime_ns: int = UNKNOWN_TIME  # of records that older versions wrote


class CopyJob(NamedTuple):
    """A copy to make: the source, the path of the copy, and what may be at its place.

    `size_there` is the size of the copy that was made last, in bytes; NONE_MADE if there was none; None if one was
    begun, and nobody knows what came of it: then what is there is a copy.
    """

    source: ImageFile
    copy: str
    size_there: int | None


NONE_MADE = -1


class CopyFolder:
    """A folder of resized copies, held open until `close`.

    Parameters
    ----------
    folder : str
        Made if it doesn't exist; an empty one is taken over. If it is a link to a folder, that one is meant.

    Attributes
    ----------
    folder : str
        Its real path.
    tree : Tree
        By which workers find it again, and nothing else.

    Raises
    ------
    InputError
        If the folder holds something and has no record: then it isn't ours to write to.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        self.marker = marker = os.path.join(self.folder, COPIES_MARKER)
        if os.path.lexists(self.folder) and not os.path.isdir(self.folder):
            raise InputError(f"{self.folder} is not a folder: name another with -t")
        try:
            if not os.path.lexists(marker) and os.path.isdir(self.folder) and os.listdir(self.folder):
                raise InputError(f"{self.folder} was not made by imgcmp and is not empty: name another folder with -t")
            make_folders(self.folder)
            with ExitStack() as opened:
                self.tree = opened.enter_context(opened_tree(self.folder))
                self._log = opened.enter_context(_open_log(self.tree))
                _begin(self._log)
                self._opened = opened.pop_all()
        except NotOursError as error:
            raise InputError(str(error)) from None
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise InputError(f"{self.folder} cannot be written to ({why}): name another with -t") from None

    @cached_property
    def records(self) -> dict[str, CopyRecord]:
        """What is known of copies, by their names; read when it is asked for first: by who holds the lock."""
        return self._known[0]

    @cached_property
    def _known(self) -> tuple[dict[str, CopyRecord], set[str]]:
        """The records, and the names of copies that were begun since."""
        begun: set[str] = set()
        with naming(self.marker):
            self._log.seek(0)
            records = _records_in(self._log, begun)
            self._log.seek(0, os.SEEK_END)
        return records, begun

    def holds(self, path: str) -> bool:
        """Tell whether a real path lies in this folder."""
        return path.startswith(os.path.join(self.folder, ""))

    def is_kept(self, source: ImageFile, fraction: float) -> bool:
        """Tell whether the copy of this source is there, whole, and what it would be if it were made now."""
        name = copy_name(source.path)
        record = self.records.get(name)
        if record is None or record[:4] != (source.path, fraction, source.size, source.mtime_ns):
            return False
        if record.ctime_ns not in (source.ctime_ns, UNKNOWN_TIME):  # changed in place, and its time set back
            return False
        try:
            return os.stat(os.path.join(self.folder, name)).st_size == record.copy_size
        except OSError:
            return False

    def begin(self, source: ImageFile) -> CopyJob:
        """Return the copy of this source as one to make; keep on the disk that it was begun.

        Then a file at its place is known for a copy, should the run be killed before it is recorded. Any other file
        there that is not as the copy was is somebody's: an edited one, a photograph, or a folder of them mounted there.
        """
        name = copy_name(source.path)
        record = self.records.get(name)
        size_there = NONE_MADE if record is None else record.copy_size
        job = CopyJob(source, os.path.join(self.folder, name), None if name in self._known[1] else size_there)
        self._note("begun", name)
        return job

    def not_made(self, source: ImageFile) -> None:
        """Keep on the disk that no copy came of what was begun: a file at its place is none."""
        name = copy_name(source.path)
        if name not in self._known[1]:
            self._note("not made", name)

    def _note(self, what: str, name: str) -> None:
        line = (json.dumps({what: in_utf_8(name)}) + "\n").encode()
        log = self._log.fileno()
        with suppress(OSError):  # a full disk is told of by who writes the copy
            if (n_written := os.write(log, line)) < len(line):
                os.ftruncate(log, os.fstat(log).st_size - n_written)

    def record(self, source: ImageFile, fraction: float, copy_size: int) -> None:
        """Keep in mind, and on the disk, that the copy of this source was made."""
        name = copy_name(source.path)
        self.records[name] = CopyRecord(source.path, fraction, source.size, source.mtime_ns, copy_size, source.ctime_ns)
        entry = {"copy": name, **self.records[name]._asdict()}
        entry |= {key: in_utf_8(entry[key]) for key in ("copy", "source")}
        with naming(self.marker):
            self._log.write(json.dumps(entry) + "\n")

    def remove_leftovers(self, sources: Iterable[ImageFile]) -> None:
        """Remove the temporary files that dead processes left in the folders of the copies of these sources.

        For who holds the lock on `marker`: see `imgcmp.system.atomic.remove_leftovers`.
        """
        names = {os.path.dirname(name): name for name in (copy_name(source.path) for source in sources)}
        for name in names.values():
            # What lies behind a link that has come in between isn't ours; who writes there will tell of it.
            with suppress(OSError), self.tree.folder_of(name) as folder:
                for left in filter(is_temporary, os.listdir(folder)):
                    remove_if_left(left, folder=folder)

    def close(self) -> None:
        """Write out what is still in memory."""
        with naming(self.marker):
            self._opened.close()


def copy_name(source: str) -> str:
    """Return the name of the copy of a source, relative to the folder of copies: no two sources have the same.

    Parameters
    ----------
    source : str
        An absolute path.

    Returns
    -------
    name : str
        The path without its leading slash; with ``.jpg`` appended where the source has the suffix of a format that
        copies aren't written in. ``a.heic`` becomes ``a.heic.jpg``, and so a source ``a.heic.jpg`` becomes
        ``a.heic.jpg.jpg``. A name without a suffix stays as it is.
    """
    name = source.lstrip("/")
    return name + COPY_SUFFIX if _takes_suffix(name) else name


class Originals:
    """Finds the originals of resized copies; looks into every folder once."""

    def __init__(self) -> None:
        self._copies_folders: dict[str, str | None] = {}
        self._records: dict[str, dict[str, CopyRecord]] = {}

    def of(self, copy: str) -> str:
        """Return the path of the original of a resized copy, given by its real path; empty if it is no such copy.

        The original of a copy of a copy is that of the first.
        """
        original, seen = "", {copy}
        while (source := self._source_of(original or copy)) and source not in seen:
            seen.add(source)
            original = source
        return original

    def _source_of(self, copy: str) -> str:
        folder = self._copies_folder_above(os.path.dirname(copy))
        if folder is None:
            return ""
        if folder not in self._records:
            self._records[folder] = _read_records(os.path.join(folder, COPIES_MARKER))
        record = self._records[folder].get(os.path.relpath(copy, folder))
        return record.source if record else ""

    def _copies_folder_above(self, folder: str) -> str | None:
        known, passed = self._copies_folders, []
        while folder not in known:  # a loop: trees may be deeper than functions may call themselves
            parent = os.path.dirname(folder)
            if os.path.isfile(os.path.join(folder, COPIES_MARKER)):
                known[folder] = folder
            elif parent == folder:
                known[folder] = None
            else:
                passed.append(folder)
                folder = parent
        known.update(dict.fromkeys(passed, known[folder]))
        return known[folder]


def _takes_suffix(name: str) -> bool:
    stem, suffix = os.path.splitext(name)
    if suffix.lower() == COPY_SUFFIX:  # in any case: on some drives a.jpg and a.JPG are one file
        return _takes_suffix(stem)  # then the copy of `stem` has this name
    return suffix != "" and suffix.lower() not in FORMAT_OF_SUFFIX


def _read_records(marker: str) -> dict[str, CopyRecord]:
    with open(marker, encoding="ascii", errors="replace") as lines:
        return _records_in(lines)


def _records_in(lines: Iterable[str], begun: set[str] | None = None) -> dict[str, CopyRecord]:
    """Return the records by the names of the copies, and add to `begun` those that were begun since."""
    records = {}
    begun = set() if begun is None else begun
    for line in lines:
        try:
            entry = json.loads(line)
            if "begun" in entry:
                begun.add(name_from_utf_8(entry["begun"]))
                continue
            if "not made" in entry:
                begun.discard(name_from_utf_8(entry["not made"]))
                continue
            name = name_from_utf_8(entry.pop("copy"))
            begun.discard(name)
            records[name] = CopyRecord(**{**entry, "source": name_from_utf_8(entry["source"])})
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # the header, or a torn line
    return records


def _open_log(tree: Tree) -> TextIO:
    """Open the record to read and to append to: not through a link, which may lead to any file of the user's.

    Raises
    ------
    NotOursError
        If what has its name is not a record.
    """
    marker = os.path.join(tree.path, COPIES_MARKER)
    with tree.folder_of(COPIES_MARKER) as folder:
        check_replaceable(folder, marker)
        handle = open_or_make(COPIES_MARKER, _LOG_FLAGS, folder=folder)
    log = open(handle, "a+", encoding="ascii", errors="replace", buffering=1)  # noqa: SIM115 -- closed by `close`
    log.seek(0)
    head = log.readline(len(_HEADER_LINE) + 1).rstrip("\n\0")  # zeros are what a power cut leaves
    log.seek(0)
    if not _HEADER_LINE.startswith(head):
        log.close()
        raise NotOursError(f"{marker} is not a record of copies: move it elsewhere, or name another folder with -t")
    return log


def _begin(log: TextIO) -> None:
    """Write the header of a new record; end a last line that was torn, an empty one means nothing."""
    log.seek(0, os.SEEK_END)
    log.write("\n" if log.tell() else _HEADER_LINE + "\n")
