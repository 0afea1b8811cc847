"""Folders and names -> the image files to read; which files that were known are gone.

A file that is named is always tried. Inside a folder a file counts as an image when its suffix or its first bytes say
so; anything else (notes, films, sidecars) is passed over without a word. Nothing but regular files is ever opened: a
pipe would keep its reader waiting.
"""

import errno
import fnmatch
import functools
import glob
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from imgcmp.errors import InputError, UnreadableImageError
from imgcmp.system.atomic import TEMPORARY_PREFIX
from imgcmp.system.places import CLUSTERS_MARKER, COPIES_MARKER

_IMAGE_SUFFIXES = """
    .jpg .jpeg .jpe .jfif .mpo .png .apng .gif .webp .tif .tiff .bmp .dib .avif .avifs .jp2 .j2k .jpf .jpx .ico .icns
    .ppm .pgm .pbm .pnm .pfm .tga .psd .pcx .sgi .rgb .dds .qoi .heic .heif .hif .jxl
    .cr2 .cr3 .nef .arw .dng .orf .rw2 .raf .pef .srw
"""
IMAGE_SUFFIXES = frozenset(_IMAGE_SUFFIXES.split())

_OUR_MARKERS = frozenset((CLUSTERS_MARKER, COPIES_MARKER))
# "._x.jpg" is what macOS leaves beside x.jpg on foreign drives: its attributes, not an image.
_PASSED_OVER = (TEMPORARY_PREFIX, "._")
_NAME = attrgetter("name")

_NOT_REGULAR = "not a regular file"
_SNIFFED_BYTES = 16
_MAGIC = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",  # TIFF, little-endian
    b"MM\x00*",  # TIFF, big-endian
    b"8BPS\x00\x01",  # PSD
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",  # JPEG 2000
    b"\xff\x4f\xff\x51",  # JPEG 2000 codestream
    b"\x00\x00\x00\x0cJXL \r\n\x87\n",
    b"\xff\x0a",  # JPEG XL codestream
    b"qoif",
)
_FTYP_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


PASSING = -1
"""Size and mtime_ns of a failure with a reason outside of the file: a vanished drive, no memory, a killed worker.

They are those of no file, so that it never counts as unchanged since.
"""


class Failure(NamedTuple):
    """A file or folder that could not be read, and why.

    Size and time are those of the file, whose content is at fault: it is not worth another try before they change. Both
    are -1 if the reason is outside of the file, and may be gone on the next run.
    """

    path: str
    reason: str
    size: int = 0
    mtime_ns: int = 0
    is_out_of_reach: bool = False  # the file could not even be reached: what was known of it before still stands

    @property
    def is_passing(self) -> bool:
        """Tell whether the reason is outside of the file."""
        return self.size == self.mtime_ns == PASSING


class ImageFile(NamedTuple):
    """A file to read: its real path (not UTF-8: surrogateescape), and what tells whether it has changed since."""

    path: str
    size: int
    mtime_ns: int

    def failure(self, reason: str) -> Failure:
        """Return that this file could not be read, because of what it holds."""
        return Failure(self.path, reason, self.size, self.mtime_ns)

    def passing_failure(self, reason: str, *, out_of_reach: bool = False) -> Failure:
        """Return that this file could not be read, for a reason outside of it; or not even be reached."""
        return Failure(self.path, reason, PASSING, PASSING, out_of_reach)

    def unreadable(self, error: UnreadableImageError) -> Failure:
        """Return that this file could not be read, as the error says."""
        if error.passing:
            return self.passing_failure(str(error), out_of_reach=error.out_of_reach)
        return self.failure(str(error))


class Found(NamedTuple):
    """What `find_images` found: the files in order, and the paths that could not be read."""

    files: list[ImageFile]
    failures: list[Failure]


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


class Exclusion:
    """Tells what is left out, by globs.

    Parameters
    ----------
    globs : collection of str
        A glob without a slash is matched against the name of every file and folder. One with a slash is matched
        against the path below the folder that was named. ``*`` stands for any characters, slashes too, ``?`` for one,
        ``[ab]`` for one of these; upper and lower case differ. A slash at the end means nothing.

    Raises
    ------
    InputError
        If a glob is empty or begins with a slash.
    """

    def __init__(self, globs: Collection[str]) -> None:
        for pattern in globs:
            if not pattern or pattern.startswith("/"):
                raise InputError(f"--exclude takes globs for names, or for paths below a named folder; got {pattern!r}")
        globs = [pattern.rstrip("/") for pattern in globs]
        self._names = _any_of(pattern for pattern in globs if "/" not in pattern)
        self._paths = _any_of(pattern.removeprefix("./") for pattern in globs if "/" in pattern)

    def has_name(self, name: str) -> bool:
        """Tell whether a file or folder of this name is left out."""
        return self._names.fullmatch(name) is not None

    def has(self, path: str) -> bool:
        """Tell whether a file or folder is left out, given by its path below the named folder."""
        return self.has_name(os.path.basename(path)) or self._paths.fullmatch(path) is not None


def expanded(paths: Iterable[str]) -> Iterator[str]:
    """Expand globs, for shells that left them as they are; what exists or matches nothing stays as it is.

    ``**`` stands for any number of folders; links to folders are not followed there.
    """
    for path in paths:
        if glob.has_magic(path) and not os.path.lexists(path):
            yield from sorted(set(_matches(os.path.expanduser(path)))) or [path]
        else:
            yield path


def gone(paths: Iterable[str], *, below: Iterable[str] = ()) -> set[str]:
    """Tell which of many files are gone, and not just out of reach.

    Parameters
    ----------
    paths : iterable of str
        Absolute paths of files.
    below : iterable of str
        Real paths of folders whose missing subfolders are gone, too, with all that was in them: say, those that
        someone named for a run.

    Returns
    -------
    gone : set of str
        The files that are missing from a folder that is there, can be read, and holds something. Others may be on a
        drive that is not there at the moment: a folder that is missing may have been its mount point, and so may one
        that is empty. A folder missing below one of `below` is gone if the nearest folder above it that is there holds
        something on its own file system: one that holds nothing but other drives is where drives come and go.

    Notes
    -----
    Every folder is listed once; only files that are missing from the list are looked at one by one, since some file
    systems know a file by more than one spelling of its name.
    """
    paths_in = defaultdict(list)
    for path in paths:
        paths_in[os.path.dirname(path)].append(path)
    folders = _Folders(below)
    missing: set[str] = set()
    for folder, inside in paths_in.items():
        names = folders.names_in(folder)
        if names is not None:
            missing.update(path for path in inside if os.path.basename(path) not in names and is_missing(path))
    return missing


def is_missing(path: str) -> bool:
    """Tell whether nothing is at a path at the moment; what can't be told, as of a drive that hangs, is not missing."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        pass
    return False


def regular_file(path: str, flags: int) -> int:
    """Open a regular file and never wait: an `opener` for `open`, for files that may have become something else.

    Raises
    ------
    OSError
        If it cannot be opened, or is no regular file: a pipe, say, which would keep its reader waiting.
    """
    handle = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
    if S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, _NOT_REGULAR, path)


def is_image_name(name: str) -> bool:
    """Tell whether a file's suffix is that of an image."""
    at = name.rfind(".")  # 0.4 of the time of os.path.splitext, which is a tenth of that of finding a file
    return at > 0 and name[at:].lower() in IMAGE_SUFFIXES


def has_image_magic(start: bytes) -> bool:
    """Tell whether a file that starts like this is an image."""
    if start.startswith(_MAGIC):
        return True
    return (start[:4] == b"RIFF" and start[8:12] == b"WEBP") or (start[4:8] == b"ftyp" and start[8:12] in _FTYP_BRANDS)


class _Search:
    """What was found so far, and how to go on."""

    def __init__(self, exclude: list[str]) -> None:
        self.found = Found([], [])
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
            self.found.failures.append(Failure(real, _NOT_REGULAR))

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
                elif is_image_name(entry.name) or (entry.is_file(follow_symlinks=False) and _sniff(entry.path)):
                    self._add(entry.path, entry.stat(follow_symlinks=False))
            except OSError as error:
                self._fail(entry.path, error)
        return folders

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


def _any_of(globs: Iterable[str]) -> re.Pattern[str]:
    """Return what matches any of these globs; of no globs, nothing does."""
    return re.compile("|".join(map(fnmatch.translate, globs)) or "(?!)")


def _matches(pattern: str) -> Iterator[str]:
    """Yield what a glob matches. glob's own ``**`` follows links: in a folder with two that lead back, without end."""
    parts = pattern.split("/")
    if "**" not in parts:
        yield from glob.iglob(pattern)
        return
    at = parts.index("**")
    above, rest = "/".join(parts[:at]), "/".join(parts[at + 1 :])
    for top in glob.iglob(f"{above}/") if at else [""]:
        for folder in _folders_from(top):
            yield from _matches(glob.escape(folder) + rest)


def _folders_from(top: str) -> Iterator[str]:
    """Yield a folder and those below it that aren't hidden, each with a slash at its end; "" is the current one."""
    for folder, below, _ in os.walk(top or "."):
        below[:] = [name for name in below if not name.startswith(".")]
        yield os.path.join(folder, "") if top else os.path.join(folder, "").removeprefix("./")


def _sniff(path: str) -> bool:
    try:
        with open(path, "rb", buffering=0, opener=regular_file) as file:
            return has_image_magic(file.read(_SNIFFED_BYTES) or b"")  # None: it would have to wait
    except OSError:
        return False  # nothing says that it is an image


class _Folders:
    """Tells folders that are there or gone from those out of reach."""

    def __init__(self, below: Iterable[str]) -> None:
        self.below = tuple(os.path.join(top, "") for top in below)
        self._holds_its_own = functools.cache(_holds_its_own)

    def names_in(self, folder: str) -> Collection[str] | None:
        """Return the names in a folder, or None if nothing can be said about what is missing from it."""
        try:
            return set(os.listdir(folder)) or None
        except (FileNotFoundError, NotADirectoryError):
            return () if self._was_removed(folder) else None
        except (OSError, ValueError):
            return None

    def _was_removed(self, folder: str) -> bool:
        """Tell whether a missing folder is gone: see `gone`."""
        above = os.path.dirname(folder)
        while above and is_missing(above):
            above = os.path.dirname(above)
        return os.path.join(above, "").startswith(self.below) and self._holds_its_own(above)


def _holds_its_own(folder: str) -> bool:
    """Tell whether a folder holds anything that lies on its own file system.

    That is not another file system that is mounted there, nor an empty folder, where one may have been.
    """
    try:
        device = os.stat(folder).st_dev
        with os.scandir(folder) as entries:
            return any(
                entry.stat(follow_symlinks=False).st_dev == device
                and not (entry.is_dir(follow_symlinks=False) and not os.listdir(entry.path))
                for entry in entries
            )
    except OSError:
        return False


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return "its name or its path is longer than the system can open"
    return ((isinstance(error, OSError) and error.strerror) or str(error)).lower()
