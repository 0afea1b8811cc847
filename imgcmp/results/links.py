"""Clusters -> folders of links."""

import fcntl
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby

from imgcmp.errors import InputError
from imgcmp.results.clusters import Cluster
from imgcmp.system.atomic import TEMPORARY_PREFIX
from imgcmp.system.places import CLUSTERS_MARKER

_MARKER_TEXT = """\
imgcmp made this folder. Its next run replaces the folder as a whole, links and all;
the images the links point to are never touched.
"""
_WORK_PREFIX = TEMPORARY_PREFIX + "links-"
_SIZE_FOLDER = re.compile(r"cluster_with_[0-9]+\Z")
_CLUSTER_FOLDER = re.compile(r"cluster_[0-9]+\Z")
_MAX_NAME_BYTES = 255
_MAX_SUFFIX_BYTES = 32  # what follows the last dot of a longer one is no file type

# File browsers leave these behind wherever a user has looked; nobody misses them.
_LITTER = frozenset({".DS_Store", ".directory", "Thumbs.db", "desktop.ini"})


def check_folder(folder: str) -> None:
    """Check that `write_links` may make or replace `folder`: worth knowing before hours of work.

    Raises
    ------
    InputError
        If `folder` is no folder, was not made by imgcmp and is not empty, holds files that imgcmp did not put there,
        or cannot be made.
    """
    target = _resolved(folder)
    if not os.path.lexists(target):
        _check_can_make(target)
        return
    if not os.path.isdir(target):
        raise InputError(f"{folder} is not a folder; name another one with -o")
    if os.path.ismount(target):
        raise InputError(f"{folder} is a mount point and cannot be replaced; name a folder inside it with -o")
    if not os.access(target, os.R_OK | os.W_OK | os.X_OK):
        raise InputError(f"{folder} cannot be replaced: permission denied; name another folder with -o")
    _check_can_make(target)
    if os.path.isfile(os.path.join(target, CLUSTERS_MARKER)):
        foreign = _first_foreign(target)
        if foreign is not None:
            raise InputError(f"{foreign} was not made by imgcmp; move it elsewhere or name another folder with -o")
    elif os.listdir(target):
        raise InputError(f"{folder} was not made by imgcmp; name another folder with -o")


def write_links(clusters: Sequence[Cluster], folder: str) -> None:
    """Make `folder`/cluster_with_N/cluster_M/ with a link to each file of every cluster.

    N is the number of files, and M counts the clusters of that size from 0, in the order given. Files of one cluster
    that share a base name become ``a.jpg``, ``a_2.jpg``, and so on.

    The links are made beside the folder and then swapped in: an interrupted run leaves the old folder as it was,
    or at worst under a hidden name beside, from where the next run brings it back.

    Parameters
    ----------
    clusters : sequence of Cluster
        Their files are absolute paths.
    folder : str
        Made, with its parents, or replaced if imgcmp made it or it is empty. If it is a link to a folder, the folder
        behind the link is replaced.

    Raises
    ------
    InputError
        As `check_folder` does.
    OSError
        If the links cannot be written.
    """
    target = _resolved(folder)
    parent, name = os.path.split(target)
    if os.path.isdir(parent):
        _clean_up_dead_runs(parent)  # first: it may bring back the folder that is about to be checked
    check_folder(target)
    os.makedirs(parent, exist_ok=True)
    with _work_folder(parent) as work:
        new, old = os.path.join(work, "new", name), os.path.join(work, "old", name)
        os.mkdir(os.path.dirname(new))
        os.mkdir(os.path.dirname(old))
        os.mkdir(new)
        _write_tree(clusters, new)
        if os.path.isdir(target):
            shutil.copymode(target, new)
            os.rename(target, old)
        os.rename(new, target)


def _resolved(folder: str) -> str:
    """Return the absolute path of the folder, or of the one behind it if it is a link."""
    path = os.path.abspath(folder)
    if not os.path.islink(path):
        return path
    if not os.path.exists(path):
        raise InputError(
            f"{folder} is a link to {os.readlink(path)}, which does not exist; name another folder with -o"
        )
    return os.path.realpath(path)


def _check_can_make(target: str) -> None:
    ancestor = os.path.dirname(target)
    while not os.path.lexists(ancestor):
        ancestor = os.path.dirname(ancestor)
    if not os.path.isdir(ancestor):
        raise InputError(f"{target} cannot be made: {ancestor} is not a folder; name another folder with -o")
    if not os.access(ancestor, os.W_OK | os.X_OK):
        raise InputError(f"{target} cannot be made: no permission to write in {ancestor}; name another folder with -o")


def _first_foreign(tree: str) -> str | None:
    """Return the path of something in `tree` that `write_links` did not put there, or None."""
    for size_folder in _no_links(tree):
        if size_folder.name == CLUSTERS_MARKER:
            continue
        if not _is_folder(size_folder, _SIZE_FOLDER):
            return size_folder.path
        for cluster_folder in _no_links(size_folder.path):
            if not _is_folder(cluster_folder, _CLUSTER_FOLDER):
                return cluster_folder.path
            for other in _no_links(cluster_folder.path):
                return other.path
    return None


def _no_links(folder: str) -> list[os.DirEntry[str]]:
    """List what is in a folder, by name; leave out links and litter."""
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if not (entry.is_symlink() or (entry.name in _LITTER and entry.is_file()))]
    return sorted(found, key=_name)


def _is_folder(entry: os.DirEntry[str], pattern: re.Pattern[str]) -> bool:
    return pattern.match(entry.name) is not None and entry.is_dir()


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


@contextmanager
def _work_folder(parent: str) -> Iterator[str]:
    """Yield a new hidden folder in `parent`, locked as long as the block runs; clean it up afterwards."""
    while True:
        work = tempfile.mkdtemp(prefix=_WORK_PREFIX, dir=parent)
        lock = os.open(work, os.O_RDONLY)
        with suppress(OSError):  # some network file systems lock no folders: then nobody cleans up after others
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(work):
            break
        os.close(lock)  # another run took it for a left-over before it was locked
    try:
        yield work
    finally:
        try:
            _clean_up(work, parent)
        finally:
            os.close(lock)


def _clean_up_dead_runs(parent: str) -> None:
    with os.scandir(parent) as entries:
        left_over = [e.path for e in entries if e.name.startswith(_WORK_PREFIX) and e.is_dir(follow_symlinks=False)]
    for work in left_over:
        # Locked by a run that is alive, just removed by another, unreadable, or with a user's file in it: left alone.
        with suppress(OSError, InputError):
            lock = os.open(work, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.geteuid():  # in /tmp, anyone may have made it
                    _clean_up(work, parent)
            finally:
                os.close(lock)


def _clean_up(work: str, parent: str) -> None:
    """Put back a folder that was moved away and not replaced; remove the rest."""
    old = os.path.join(work, "old")
    if os.path.isdir(old):
        for name in os.listdir(old):
            if not os.path.lexists(os.path.join(parent, name)):
                os.rename(os.path.join(old, name), os.path.join(parent, name))
    kept = _remove_links(work)
    if kept is not None:
        raise InputError(f"{kept} was not made by imgcmp and is kept; move it elsewhere and remove {work}")


def _remove_links(tree: str) -> str | None:
    """Remove a folder with its links and folders, and return the path of a file that is somebody else's, or None.

    Such a file was put there while the links were made. `shutil.rmtree` would remove it, and takes longer.
    """
    kept = None
    with os.scandir(tree) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                kept = _remove_links(entry.path) or kept
            elif entry.is_symlink() or entry.name == CLUSTERS_MARKER or entry.name in _LITTER:
                os.unlink(entry.path)
            else:
                kept = entry.path
    if kept is None:
        os.rmdir(tree)
    return kept


def _write_tree(clusters: Sequence[Cluster], tree: str) -> None:
    with open(os.path.join(tree, CLUSTERS_MARKER), "w", encoding="utf-8") as marker:
        marker.write(_MARKER_TEXT)
    for n_files, same_size in groupby(sorted(clusters, key=_n_files), key=_n_files):
        size_folder = os.path.join(tree, f"cluster_with_{n_files}")
        os.mkdir(size_folder)
        # Names relative to an open folder: the kernel need not walk down a long path for every link.
        size_handle = os.open(size_folder, os.O_RDONLY)
        try:
            for number, cluster in enumerate(same_size):
                cluster_folder = f"cluster_{number}"
                os.mkdir(cluster_folder, dir_fd=size_handle)
                for file, name in zip(cluster.files, _link_names(cluster.files), strict=True):
                    os.symlink(file, f"{cluster_folder}/{name}", dir_fd=size_handle)
        finally:
            os.close(size_handle)


def _n_files(cluster: Cluster) -> int:
    return len(cluster.files)


def _link_names(files: Sequence[str]) -> list[str]:
    """Return a name for the link to each file of a cluster: its base name where it is free, else with a number."""
    names = [file.rpartition("/")[2] for file in files]
    keys = [_clash_key(name) for name in names]
    taken = set(keys)
    if len(taken) == len(names):
        return names
    last_number: dict[str, int] = {}  # per key, so that 100,000 files of one name take linear time
    for k, key in enumerate(keys):
        number = last_number.get(key, 0) + 1
        if number > 1:
            while _clash_key(numbered := _numbered(names[k], number)) in taken:
                number += 1
            names[k] = numbered
            taken.add(_clash_key(numbered))
        last_number[key] = number
    return names


def _clash_key(name: str) -> str:
    """Equal for names that a file system may take for one: many ignore case, and how an accent is composed."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFD", name.casefold())


def _numbered(name: str, number: int) -> str:
    """``a.jpg`` -> ``a_2.jpg``, with the stem shortened where that would be too long for a file name."""
    stem, suffix = os.path.splitext(os.fsencode(name))
    if len(suffix) > _MAX_SUFFIX_BYTES:
        stem, suffix = stem + suffix, b""
    ending = b"_%d%s" % (number, suffix)
    length = min(len(stem), _MAX_NAME_BYTES - len(ending))
    for _ in range(3):  # a UTF-8 character has up to three continuation bytes: keep it whole or drop it
        if length < len(stem) and stem[length] & 0xC0 == 0x80:
            length -= 1
    return os.fsdecode(stem[:length] + ending)
