"""Folders and names -> the image files to read.

A file that is named is always tried. Inside a folder a file counts as an image when its suffix or its first bytes say
so; of anything else what looks like a picture is told to be passed over, and the rest (notes, films, sidecars) is left
without a word. Nothing but regular files is ever opened: a
pipe would keep its reader waiting.
"""

import errno
import os
from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from stat import S_ISDIR, S_ISREG

from imgcmp.images.file_type import IMAGE, TELLING_BYTES, is_image_name, looked_into
from imgcmp.images.globs import Exclusion
from imgcmp.images.image_file import Failure, Found, ImageFile, PassedOver
from imgcmp.images.open_file import NOT_REGULAR, regular_file
from imgcmp.images.telling_headers import Rest
from imgcmp.system import checks
from imgcmp.system.atomic import TEMPORARY_PREFIX
from imgcmp.system.places import CLUSTERS_MARKER, COPIES_MARKER

_OUR_MARKERS = frozenset((CLUSTERS_MARKER, COPIES_MARKER))
# "._x.jpg" is what macOS leaves beside x.jpg on foreign drives: its attributes, not an image.
_PASSED_OVER = (TEMPORARY_PREFIX, "._")
_NAME = attrgetter("name")


def paths_of(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return the paths that a caller names, one or many, as str; TypeError if they are none."""
    if isinstance(paths, (str, bytes, os.PathLike)):
        return [checks.path(paths, "paths")]
    if not isinstance(paths, Iterable):
        raise TypeError(f"paths must be a path, or an iterable of them; got {paths!r}")
    return [checks.path(path, "each of paths") for path in paths]


def find_images(paths: Iterable[str], *, exclude: Iterable[str] = ()) -> Found:
    """Find the image files that `paths` name, each once.

    Parameters
    ----------
    paths : iterable of str
        Files, and folders, which are read recursively without following the links inside. A named path that is a link
        is followed.
    exclude : iterable of str
        Globs of what to leave out, as `Exclusion` takes them.

    Returns
    -------
    found : Found
        Regular files by their real paths, in the order of `paths` and sorted within a folder. A file reached twice,
        by two paths or by two hard links, comes once. Folders that imgcmp itself made are read only if named.

    Raises
    ------
    InputError
        If a glob of `exclude` can match nothing.
    """
    search = _Search(list(exclude))
    for path in paths:
        search.look_at(path)
    return search.found


class _Search:
    """What was found so far, and how to go on."""

    def __init__(self, exclude: list[str]) -> None:
        self.passed_over: list[PassedOver] = []
        self.found = Found([], [], self.passed_over)
        self.exclusion = Exclusion(exclude) if exclude else None
        self.seen: defaultdict[int, set[int]] = defaultdict(set)  # inodes of each device

    def look_at(self, path: str) -> None:
        """Take a file that was named, or what is in a folder that was named."""
        name = _name_as_given(path)
        if name and self.exclusion and self.exclusion.has_name(name):
            return
        real = path
        try:
            real = path and os.path.realpath(path)  # "" is no file; its real path would be the current folder
            status = os.stat(real)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            self._fail(real, error)
            return
        if S_ISDIR(status.st_mode):
            self._walk(real)
        elif S_ISREG(status.st_mode):
            self._add(real, status)
        else:
            self.found.failures.append(Failure(real, NOT_REGULAR))

    def _walk(self, top: str) -> None:
        folders = [top]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(folder) as entries:
                    inside = sorted(entries, key=_NAME)
            except OSError as error:
                self._fail(folder, error)
                continue
            if folder == top or _OUR_MARKERS.isdisjoint(map(_NAME, inside)):
                if self.exclusion:
                    inside = self._without_excluded(inside, os.path.join(top, ""))
                folders.extend(reversed(self._take(inside)))

    def _take(self, entries: list[os.DirEntry[str]]) -> list[str]:
        """Take the images among the entries of a folder; return the folders among them."""
        folders = []
        for entry in entries:
            if entry.name.startswith(_PASSED_OVER):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif is_image_name(entry.name) or (entry.is_file(follow_symlinks=False) and self._is_image(entry.path)):
                    self._add(entry.path, entry.stat(follow_symlinks=False))
            except OSError as error:
                self._fail(entry.path, error)
        return folders

    def _is_image(self, path: str) -> bool:
        """Tell whether a file is an image by what is in it; note one that only looks like a picture."""
        what = _sniff(path)
        if what and what != IMAGE:
            self.passed_over.append(PassedOver(path, what))
        return what == IMAGE

    def _add(self, path: str, status: os.stat_result) -> None:
        """Take a file, unless it is no regular one (a link, a pipe) or was taken by another name."""
        seen, inode = self.seen[status.st_dev], status.st_ino
        if S_ISREG(status.st_mode) and inode not in seen:
            seen.add(inode)
            self.found.files.append(ImageFile(path, status.st_size, status.st_mtime_ns))

    def _without_excluded(self, entries: list[os.DirEntry[str]], top: str) -> list[os.DirEntry[str]]:
        assert self.exclusion
        return [entry for entry in entries if not self.exclusion.has(entry.path.removeprefix(top))]

    def _fail(self, path: str, error: OSError | ValueError) -> None:
        self.found.failures.append(Failure(path, _reason(error)))


def _name_as_given(path: str) -> str:
    """Return the last part of a path that someone named; "" where that is no name."""
    name = os.path.basename(path.rstrip("/"))
    return "" if name in (".", "..") else name


def _sniff(path: str) -> str:
    """Look into a file: see `looked_into`."""
    try:
        handle = regular_file(path, os.O_RDONLY)
        try:
            rest = Rest(lambda: os.fstat(handle).st_size, lambda n: _last_bytes(handle, n))
            return looked_into(path, os.read(handle, TELLING_BYTES), rest)
        finally:
            os.close(handle)
    except OSError:
        return ""  # nothing says that it is an image, or it would have to wait


def _last_bytes(handle: int, n: int) -> bytes:
    os.lseek(handle, max(0, os.fstat(handle).st_size - n), os.SEEK_SET)
    return os.read(handle, n)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return "its name or its path is longer than the system can open"
    return ((isinstance(error, OSError) and error.strerror) or str(error)).lower()
