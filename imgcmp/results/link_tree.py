"""A folder of links that imgcmp made: what in it is somebody else's, and how all that isn't is removed."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from imgcmp.results.link_record import NOT_OURS, Record
from imgcmp.system.places import CLUSTERS_MARKER
from imgcmp.system.real_paths import open_folder

# File browsers leave these behind wherever a user has looked; nobody misses them.
_LITTER = frozenset({".DS_Store", ".directory", "Thumbs.db", "desktop.ini"})

_SIZE_FOLDER = re.compile(r"cluster_with_[0-9]+\Z")
_CLUSTER_FOLDER = re.compile(r"cluster_[0-9]+\Z")


class Stranger(NamedTuple):
    """Something that imgcmp must leave, by its path, and why."""

    path: str
    why: str


class LinkTree:
    """A folder with a marker.

    Parameters
    ----------
    tree : str
        The folder. Links are never followed, nor are folders that are replaced by links meanwhile.
    """

    def __init__(self, tree: str) -> None:
        self._tree = tree
        self._record = Record(tree)

    def first_stranger(self) -> Stranger | None:
        """Return something in the folder that imgcmp must leave, or None."""
        return next(self._strangers_in_tree(remove=False), None)

    def remove(self) -> list[Stranger]:
        """Remove what imgcmp put there, and the folders if nothing else is in them; return what is left.

        The marker is removed last: a removal that was cut short is gone on with.
        """
        left = list(self._strangers_in_tree(remove=True))
        if not left:
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(self._tree, CLUSTERS_MARKER))
            os.rmdir(self._tree)
        return left

    def _strangers_in_tree(self, *, remove: bool) -> Iterator[Stranger]:
        with _opened_folder(self._tree) as handle:
            has_all = self._record.is_untouched(os.fstat(handle))
            for name in _names_in(handle, remove=remove, but=CLUSTERS_MARKER):
                path = os.path.join(self._tree, name)
                if has_all or (_SIZE_FOLDER.match(name) and self._is_ours(name, name, handle)):
                    yield from self._strangers_in_size(name, path, handle, remove=remove)
                else:
                    yield Stranger(path, NOT_OURS)

    def _strangers_in_size(self, size: str, path: str, parent: int, *, remove: bool) -> Iterator[Stranger]:
        """Go through ``cluster_with_N``."""
        is_clear = True
        with _opened_folder(size, parent) as handle:
            has_all = self._record.is_untouched(os.fstat(handle))
            for name in _names_in(handle, remove=remove):
                if has_all and not remove and self._is_untouched(name, handle):
                    continue
                folder = f"{size}/{name}"
                if has_all or (_CLUSTER_FOLDER.match(name) and self._is_ours(name, folder, handle)):
                    strangers = self._strangers_in_cluster(name, folder, handle, remove=remove)
                else:
                    strangers = [Stranger(f"{path}/{name}", NOT_OURS)]
                is_clear &= not strangers
                yield from strangers
        if remove and is_clear:
            os.rmdir(size, dir_fd=parent)

    def _is_ours(self, name: str, folder: str, handle: int) -> bool:
        return _is_folder(name, handle) and self._record.has_folder(folder)

    def _is_untouched(self, name: str, handle: int) -> bool:
        return self._record.is_untouched(os.stat(name, dir_fd=handle, follow_symlinks=False))

    def _strangers_in_cluster(self, name: str, folder: str, parent: int, *, remove: bool) -> list[Stranger]:
        """Go through ``cluster_with_N/cluster_M``. No generator, no context manager: there may be 100,000 of these."""
        kept = {}
        handle = open_folder(name, parent)
        try:
            if self._record.is_untouched(os.fstat(handle)):
                names = os.listdir(handle)
            else:
                names = _names_in(handle, remove=remove)
                kept = dict(self._record.strangers(folder, names, handle))
            if remove:
                for each in names:
                    if each not in kept:
                        os.unlink(each, dir_fd=handle)
        finally:
            os.close(handle)
        if remove and not kept:
            os.rmdir(name, dir_fd=parent)
        return [Stranger(f"{self._tree}/{folder}/{each}", why) for each, why in kept.items()]


def remove_unfinished(tree: str, *, may_hold_files: bool) -> list[Stranger]:
    """Remove a folder of links that was never finished, whose record may be torn.

    It was hidden all the time. What is in it is imgcmp's, but for the case that a hard link is the only name left of a
    file; `may_hold_files` says that there are no hard links, and files are to be removed.
    """
    left: list[Stranger] = []
    with os.scandir(tree) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                left += remove_unfinished(entry.path, may_hold_files=may_hold_files)
            elif may_hold_files or entry.name == CLUSTERS_MARKER or _is_link(entry):
                os.unlink(entry.path)
            else:
                left.append(Stranger(entry.path, NOT_OURS))
    if not left:
        os.rmdir(tree)
    return left


def _is_link(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() or entry.stat(follow_symlinks=False).st_nlink > 1


@contextmanager
def _opened_folder(name: str, parent: int | None = None) -> Iterator[int]:
    handle = open_folder(name, parent)
    try:
        yield handle
    finally:
        os.close(handle)


def _names_in(handle: int, *, remove: bool, but: str = "") -> list[str]:
    """List what is in a folder, by name; leave out litter, or remove it."""
    names = sorted(os.listdir(handle))
    for name in _LITTER.intersection(names):
        if stat.S_ISREG(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
            names.remove(name)
            if remove:
                os.unlink(name, dir_fd=handle)
    return [name for name in names if name != but]


def _is_folder(name: str, parent: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
