"""Folders, globs and names -> the image files to read.

A file that is named is always tried. Inside a folder a file counts as an image when its suffix or its first bytes say
so; anything else (notes, films, sidecars) is passed over without a word.
"""

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from imgcmp.atomic import TEMPORARY_PREFIX
from imgcmp.markers import CLUSTERS_MARKER, COPIES_MARKER

_IMAGE_SUFFIXES = """
    .jpg .jpeg .jpe .jfif .mpo .png .apng .gif .webp .tif .tiff .bmp .dib .avif .avifs .jp2 .j2k .jpf .jpx .ico .icns
    .ppm .pgm .pbm .pnm .pfm .tga .psd .pcx .sgi .rgb .dds .qoi .heic .heif .hif .jxl
    .cr2 .cr3 .nef .arw .dng .orf .rw2 .raf .pef .srw
"""
IMAGE_SUFFIXES = frozenset(_IMAGE_SUFFIXES.split())

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


# As the size and time of a failure: those of no file, so that the file never counts as unchanged since.
_PASSING = -1


class Failure(NamedTuple):
    """A file or folder that could not be read, and why.

    Size and time are those of the file, whose content is at fault: it is not worth another try before they change. Both
    are -1 if the reason is outside of the file, and may be gone on the next run.
    """

    path: str
    reason: str
    size: int = 0
    mtime_ns: int = 0

    @property
    def is_passing(self) -> bool:
        """Tell whether the reason is outside of the file."""
        return self.size == self.mtime_ns == _PASSING


class ImageFile(NamedTuple):
    """A file to read: its real path (not UTF-8: surrogateescape), and what tells whether it has changed since."""

    path: str
    size: int
    mtime_ns: int

    def failure(self, reason: str) -> Failure:
        """Return that this file could not be read, because of what it holds."""
        return Failure(self.path, reason, self.size, self.mtime_ns)

    def passing_failure(self, reason: str) -> Failure:
        """Return that this file could not be read, for a reason outside of it."""
        return Failure(self.path, reason, _PASSING, _PASSING)


class Found(NamedTuple):
    """What `find_images` found: the files in order, and the paths that could not be read."""

    files: list[ImageFile]
    failures: list[Failure]


def find_images(paths: Iterable[str]) -> Found:
    """Find the image files that `paths` name, each once.

    Parameters
    ----------
    paths : iterable of str
        Files; folders, read recursively without following the links inside; or globs, for shells that left them
        as they are. A named path that is a link is followed.

    Returns
    -------
    found : Found
        Regular files by their real paths, in the order of `paths` and sorted within a folder. A file reached twice,
        by two paths or by two hard links, comes once. Folders that imgcmp itself made are read only if named.
    """
    found = Found([], [])
    seen: set[tuple[int, int]] = set()
    for path in _expanded(paths):
        real = path and os.path.realpath(path)  # "" is no file; its real path would be the current folder
        try:
            status = os.stat(real)
        except OSError as error:
            found.failures.append(Failure(real, _reason(error)))
            continue
        if stat.S_ISDIR(status.st_mode):
            entries: Iterable[tuple[str, os.stat_result]] = _walk(real, found.failures)
        elif stat.S_ISREG(status.st_mode):
            entries = [(real, status)]
        else:
            found.failures.append(Failure(real, "not a regular file"))
            continue
        for file, status in entries:
            identity = (status.st_dev, status.st_ino)
            if identity not in seen:
                seen.add(identity)
                found.files.append(ImageFile(file, status.st_size, status.st_mtime_ns))
    return found


def is_image_name(name: str) -> bool:
    """Tell whether a file's suffix is that of an image."""
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES


def has_image_magic(start: bytes) -> bool:
    """Tell whether a file that starts like this is an image."""
    if start.startswith(_MAGIC):
        return True
    return (start[:4] == b"RIFF" and start[8:12] == b"WEBP") or (start[4:8] == b"ftyp" and start[8:12] in _FTYP_BRANDS)


def _expanded(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if glob.has_magic(path) and not os.path.lexists(path):
            matches = sorted(glob.glob(os.path.expanduser(path), recursive=True))
            yield from matches or [path]
        else:
            yield path


def _walk(folder: str, failures: list[Failure]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the image files below `folder`, sorted, with their status; folders that can't be read go to `failures`."""
    folders = [folder]
    while folders:
        current = folders.pop()
        try:
            with os.scandir(current) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            failures.append(Failure(current, _reason(error)))
            continue
        if current != folder and any(entry.name in (CLUSTERS_MARKER, COPIES_MARKER) for entry in inside):
            continue
        below = []
        for entry in inside:
            # "._x.jpg" is what macOS leaves beside x.jpg on foreign drives: its attributes, not an image.
            if entry.name.startswith((TEMPORARY_PREFIX, "._")):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
                elif entry.is_file(follow_symlinks=False) and (is_image_name(entry.name) or _sniff(entry.path)):
                    yield entry.path, entry.stat(follow_symlinks=False)
            except OSError as error:
                failures.append(Failure(entry.path, _reason(error)))
        folders.extend(reversed(below))


def _sniff(path: str) -> bool:
    try:
        with open(path, "rb", buffering=0) as file:
            return has_image_magic(file.read(_SNIFFED_BYTES))
    except OSError:
        return False  # nothing says that it is an image


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
