"""Whether two names are names of one file: links made by `ln`, or two ways to one folder.

An inode number alone doesn't tell: pools of drives, and bridges to phones and clouds, give one to several files.
"""

import os
import re
import unicodedata
from hashlib import blake2b

from imgcmp.images.open_file import found_file

# What is compared of two files that seem to be one: all of a small one, else 17 blocks of 4 KiB, spread from the first
# byte to the last. They take 0.1 ms to read if they are in memory, and files for which all else agrees are rare but for
# real links.
_SMALL_BYTES, _N_BLOCKS, _BLOCK_BYTES = 2**17, 17, 2**12

_ESCAPED = re.compile(rb"\\([0-7]{3})")  # a blank, in what Linux tells of mounts

_Status = tuple[int, int, int, int, int, int]


class OneFile:
    """Tells further names of files that it was asked about before."""

    def __init__(self) -> None:
        self._names: dict[_Status, dict[str, bytes | None]] = {}  # what was looked at of each, where it had to be
        self._folders: dict[_Status, list[str]] = {}

    def other_name(self, path: str, status: os.stat_result) -> str | None:
        """Return a name of this very file that was told before, None if there is none, and keep this one in mind.

        Parameters
        ----------
        path : str
            A real path of a regular file.
        status : os.stat_result
            What the system says of it.

        Returns
        -------
        other : str or None
            Another name of what is the same by device, inode, size, times, number of links and content, and has more
            links than one, or is reached in two ways (`are_two_ways`).
        """
        known = self._names.setdefault(_all_of(status), {})
        if path in known:
            return None
        content: bytes | None = None
        for other, seen in known.items():
            if status.st_nlink > 1 or are_two_ways(path, other):
                content = content or _sample(path)
                known[other] = seen = seen or _sample(other)
                if content and content == seen:
                    return other
        known[path] = content
        return None

    def other_way(self, folder: str, status: os.stat_result) -> str | None:
        """Return another path of this very folder that was told before; likewise."""
        known = self._folders.setdefault(_all_of(status), [])
        other = next((other for other in known if other != folder and are_two_ways(folder, other)), None)
        if other is None:
            known.append(folder)
        return other


def are_two_ways(path: str, other: str) -> bool:
    """Tell whether two paths may lead to one place though no link is on the way.

    That is so if a file system is mounted at both of them or above, or if the file system takes two spellings for one
    (on many drives ``A.JPG`` is ``a.jpg``).
    """
    return _mount_point(path) != _mount_point(other) or _are_spellings(path, other)


def _all_of(status: os.stat_result) -> _Status:
    """Return what is the same of all names of a file."""
    times = status.st_mtime_ns, status.st_ctime_ns
    return status.st_dev, status.st_ino, status.st_size, *times, status.st_nlink


def _sample(path: str) -> bytes | None:
    """Return the digest of parts of a file; None if it can't be read."""
    digest = blake2b(digest_size=16)
    try:
        with open(path, "rb", buffering=0, opener=found_file) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= _SMALL_BYTES:
                digest.update(file.readall())
            else:
                for k in range(_N_BLOCKS):
                    file.seek(k * (size - _BLOCK_BYTES) // (_N_BLOCKS - 1))
                    digest.update(file.read(_BLOCK_BYTES))
    except OSError:
        return None
    return digest.digest()


def _mount_point(path: str) -> str:
    """Return the folder above a path at which its file system is mounted."""
    mount_points = _mount_points()
    while path not in mount_points and not os.path.ismount(path):
        path = os.path.dirname(path)
    return path


def _mount_points() -> set[str]:
    """Return all mount points, of Linux: of a folder that is mounted a second time `os.path.ismount` can't tell."""
    try:
        with open("/proc/self/mountinfo", "rb") as lines:
            fields = [line.split(b" ")[4] for line in lines]
    except OSError:
        return set()
    return {os.fsdecode(_ESCAPED.sub(lambda match: bytes([int(match[1], 8)]), field)) for field in fields}


def _are_spellings(path: str, other: str) -> bool:
    """Tell whether two paths are two spellings of one: where they first differ, the folder holds but one of the two."""
    if _folded(path) != _folded(other):
        return False
    parts, others = path.split("/"), other.split("/")
    at = next((n for n, (part, its_other) in enumerate(zip(parts, others, strict=False)) if part != its_other), None)
    if at is None:
        return False
    try:
        return not {parts[at], others[at]} <= set(os.listdir("/".join(parts[:at]) or "/"))
    except OSError:
        return False


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
