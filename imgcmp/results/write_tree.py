"""Clusters -> the tree of a new folder of links, with the record of what is in it."""

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import groupby
from typing import NamedTuple

from imgcmp.results.clusters import Cluster
from imgcmp.results.link_kind_names import SYMLINK
from imgcmp.results.link_kinds import MAKERS, LeftOutError, raise_told
from imgcmp.results.link_names import link_names
from imgcmp.results.link_record import RecordWriter

_STAMP_BEFORE_S = 10  # whatever changes in a folder later gets a later time: on any file system, with any clock


class LeftOut(NamedTuple):
    """A file of a cluster that there is no link to, and why."""

    path: str
    reason: str


def write_tree(clusters: Sequence[Cluster], tree: str, *, kind: str, relative_to: str | None) -> list[LeftOut]:
    """Make ``cluster_with_N/cluster_M/NAME`` for every file of every cluster, in an empty folder.

    Parameters
    ----------
    clusters : sequence of Cluster
        Their files are absolute paths.
    tree : str
        The folder.
    kind : {"symlink", "hardlink", "copy"}
        What is made.
    relative_to : str or None
        The real path that the folder will have, if symbolic links are to say where a file is from where they are.

    Returns
    -------
    left_out : list of LeftOut
        Files that could not be linked or copied.

    Raises
    ------
    RefusedError
        If the folder can't hold such links.
    OSError
        If it can't be written.
    """
    with closing(_TreeWriter(tree, kind, relative_to)) as writer:
        for n_files, same_size in groupby(sorted(clusters, key=_n_files), key=_n_files):
            writer.add(f"cluster_with_{n_files}", same_size)
    writer.stamp(tree)
    return writer.left_out


class _TreeWriter:
    """What the folders of all sizes have in common."""

    def __init__(self, tree: str, kind: str, relative_to: str | None) -> None:
        self.left_out: list[LeftOut] = []
        self._tree, self._kind = tree, kind
        self._relative = None if relative_to is None else _RelativePaths(relative_to)
        # Times of folders are what tells, without a look at their links, whether something was put there since. Not
        # those that they have by themselves: within a step of the clock, 4 ms or more, before and after are the same.
        stamp_s = int(time.time()) // 2 * 2 - _STAMP_BEFORE_S
        self._stamp_ns = (stamp_s * 10**9,) * 2
        self._record = RecordWriter(tree, kind, stamp_s)

    def close(self) -> None:
        """Finish the record."""
        self._record.close()

    def add(self, size_folder: str, clusters: Iterable[Cluster]) -> None:
        """Make ``cluster_with_N``, with its clusters."""
        path = os.path.join(self._tree, size_folder)
        os.mkdir(path)
        fill = self._add_symlinks if self._kind == SYMLINK else self._add_files
        # Names relative to an open folder: the kernel need not walk down a long path for every link.
        handle = os.open(path, os.O_RDONLY)
        is_empty = True
        try:
            for number, cluster in enumerate(clusters):
                folder = f"cluster_{number}"
                os.mkdir(folder, dir_fd=handle)
                texts = fill(cluster.files, size_folder, folder, handle)
                if texts:
                    is_empty = False
                    self._record.add(texts)
                    self.stamp(folder, handle)
                else:
                    os.rmdir(folder, dir_fd=handle)
        finally:
            os.close(handle)
        if is_empty:
            os.rmdir(path)
        else:
            self.stamp(path)

    def stamp(self, folder: str, handle: int | None = None) -> None:
        """Give a folder of symbolic links that is done the time by which it is known to be untouched."""
        if self._kind == SYMLINK:
            try:  # noqa: SIM105 -- `suppress` takes as long as the call itself
                os.utime(folder, ns=self._stamp_ns, dir_fd=handle)
            except OSError:
                pass  # then every link of it is looked at

    def _add_symlinks(self, files: Sequence[str], size_folder: str, folder: str, handle: int) -> list[str]:
        targets = files if self._relative is None else list(map(self._relative.to, files))
        texts = []
        for target, name in zip(targets, link_names(files), strict=True):
            link = f"{folder}/{name}"
            try:
                os.symlink(target, link, dir_fd=handle)
            except OSError as error:
                self._leave_out(error, target)
            else:
                texts.append(f"{size_folder}/{link}\0{target}")
        return texts

    def _add_files(self, files: Sequence[str], size_folder: str, folder: str, handle: int) -> list[str]:
        texts = []
        for file, name in zip(files, link_names(files), strict=True):
            link = f"{folder}/{name}"
            try:
                made = MAKERS[self._kind](file, link, handle)
            except (OSError, LeftOutError) as error:
                self._leave_out(error, file)
            else:
                texts.append("\0".join((f"{size_folder}/{link}", file, *map(str, made))))
        return texts

    def _leave_out(self, error: OSError | LeftOutError, file: str) -> None:
        """Note a file that there is no link to, if that is about the file alone."""
        try:
            if isinstance(error, OSError):
                raise_told(error, self._kind, file)
            raise error
        except LeftOutError as about_file:
            self.left_out.append(LeftOut(file, str(about_file)))


class _RelativePaths:
    """Paths from the folder of a cluster: every one of them lies two folders below the top."""

    def __init__(self, top: str) -> None:
        self._cluster = os.path.join(top, "cluster_with_2", "cluster_0")
        self._folders: dict[str, str] = {}  # by folder: a path is worked out in 10 us

    def to(self, file: str) -> str:
        """Return the path to a file."""
        folder, _, name = file.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = os.path.relpath(folder or "/", self._cluster)
        return f"{self._folders[folder]}/{name}"


def _n_files(cluster: Cluster) -> int:
    return len(cluster.files)
