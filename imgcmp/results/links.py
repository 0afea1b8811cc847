"""Clusters -> folders of links."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from imgcmp.errors import InputError
from imgcmp.results.clusters import Cluster
from imgcmp.results.link_kind_names import COPY, HARDLINK, SYMLINK
from imgcmp.results.link_kinds import FULL, RefusedError, check_kind, reason, why_not
from imgcmp.results.link_tree import LinkTree
from imgcmp.results.work_folder import COPIES, NEW, OLD, PROBE, work_folder
from imgcmp.results.write_tree import LeftOut, write_tree
from imgcmp.system.memory import format_bytes
from imgcmp.system.ownership import make_folders, owner_of_new
from imgcmp.system.places import CLUSTERS_MARKER


def check_folder(folder: str) -> None:
    """Check that `write_links` may make or replace `folder`: worth knowing before hours of work.

    Raises
    ------
    InputError
        If `folder` is no folder, was not made by imgcmp and is not empty, holds what imgcmp did not put there, or
        cannot be made.
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
        raise InputError(f"{folder} cannot be replaced: {_why_no_access(target)}; name another folder with -o")
    _check_can_make(target)
    try:
        if os.path.isfile(os.path.join(target, CLUSTERS_MARKER)):
            stranger = LinkTree(target).first_stranger()
            if stranger is not None:
                raise InputError(f"{stranger.path} {stranger.why}; move it elsewhere or name another folder with -o")
        elif os.listdir(target):
            raise InputError(f"{folder} was not made by imgcmp; name another folder with -o")
    except OSError as error:
        raise InputError(f"{folder} cannot be replaced: {reason(error)}; name another folder with -o") from error


def write_links(
    clusters: Sequence[Cluster], folder: str, *, kind: str = SYMLINK, relative: bool = False
) -> list[LeftOut]:
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
    kind : {"symlink", "hardlink", "copy"}
        What is made. Hard links and copies are of regular files alone, and never written through.
    relative : bool
        Whether symbolic links say where the file is from where they are, instead of its absolute path.

    Returns
    -------
    left_out : list of LeftOut
        Files that could not be linked or copied because they are gone, say; symbolic links are made all the same.

    Raises
    ------
    InputError
        As `check_folder` does; or if another run is writing the folder, or it cannot hold such links.
    """
    with held_folder(folder, kind=kind, relative=relative) as held:
        return held.write(clusters)


@contextmanager
def held_folder(folder: str, *, kind: str = SYMLINK, relative: bool = False) -> Iterator["HeldFolder"]:
    """Hold a folder of links, for this run alone, as long as the block runs: from before any file is read.

    Raises
    ------
    InputError
        As `check_folder` does; or if another run holds the folder, or nothing can be written beside it.
    """
    check_kind(kind, relative=relative)
    target = _resolved(folder)
    parent, name = os.path.split(target)
    with ExitStack() as stack:
        with _told(folder):
            if os.path.isdir(parent):
                work = stack.enter_context(work_folder(parent, name))  # first: it may bring back what a dead run moved
                check_folder(folder)
                refusal = _refusal(kind, work)
            else:  # made by `write`, at the end: a run that fails leaves nothing
                check_folder(folder)
                work = None
                with work_folder(_nearest_folder(parent)) as probed:
                    refusal = _refusal(kind, probed)
        yield HeldFolder(folder, target, kind, work, refusal, relative=relative)


class HeldFolder:
    """A folder of links that is this run's to replace; see `held_folder`.

    Attributes
    ----------
    folder : str
        As it was named.
    refusal : str or None
        Why it can't hold links of the kind that is asked for, and what works there.
    """

    def __init__(
        self, folder: str, target: str, kind: str, work: str | None, refusal: str | None, *, relative: bool
    ) -> None:
        self.folder, self.refusal = folder, refusal
        self._target, self._kind, self._work, self._relative = target, kind, work, relative

    def check_reaches(self, folders: Iterable[str]) -> None:
        """Refuse hard links to files in folders on another file system, as far as that can be told beforehand."""
        if self._kind != HARDLINK or self.refusal is not None:
            return
        device = os.stat(_nearest_folder(os.path.dirname(self._target))).st_dev
        for other in folders:
            try:
                is_near = os.stat(other).st_dev == device
            except OSError:
                continue  # whoever reads it says so
            if not is_near:
                self.refusal = (
                    f"{other} is on another file system, where hard links don't lead: "
                    "--links symlink or copy works, --links none: lists alone"
                )
                return

    def write(self, clusters: Sequence[Cluster]) -> list[LeftOut]:
        """Do what `write_links` does."""
        if self.refusal is not None:
            raise InputError(f"{self.folder}: {self.refusal}")
        parent, name = os.path.split(self._target)
        with _told(self.folder):
            if self._work is None:
                make_folders(parent)
                with work_folder(parent, name) as work:
                    return self._write(clusters, work)
            if not os.path.isdir(self._work):
                raise InputError(f"{parent} is not what it was when the run began; name another folder with -o")
            return self._write(clusters, self._work)

    def _write(self, clusters: Sequence[Cluster], work: str) -> list[LeftOut]:
        name = os.path.basename(self._target)
        self._check_room(clusters, work)
        new = os.path.join(work, COPIES if self._kind == COPY else NEW, name)
        old = os.path.join(work, OLD, name)
        os.makedirs(new)
        os.mkdir(os.path.dirname(old))
        base = os.path.realpath(self._target) if self._relative else None
        left_out = write_tree(clusters, new, kind=self._kind, relative_to=base)
        check_folder(self._target)  # as late as can be: what the user puts there meanwhile stays
        if os.path.isdir(self._target):
            shutil.copymode(self._target, new)
            self._give(new, os.stat(self._target))
            os.rename(self._target, old)
        elif owner := owner_of_new(os.path.dirname(self._target)):
            self._give(new, owner)
        os.rename(new, self._target)
        return left_out

    def _give(self, tree: str, owner: os.stat_result) -> None:
        """Give a new folder that root makes to a user, for whom it would be locked."""
        if owner.st_uid == os.geteuid() or os.geteuid() != 0:
            return
        for folder, _, files in os.walk(tree):
            # Never a hard link: that is the original.
            ours = [name for name in files if self._kind != HARDLINK or name == CLUSTERS_MARKER]
            for path in (folder, *(os.path.join(folder, name) for name in ours)):
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

    def _check_room(self, clusters: Sequence[Cluster], work: str) -> None:
        if self._kind != COPY:
            return
        needed = 0
        for cluster in clusters:
            for file in cluster.files:
                with suppress(OSError):
                    needed += os.stat(file, follow_symlinks=False).st_size
        free = shutil.disk_usage(work).free
        if needed > free:
            raise InputError(
                f"{self.folder}: copies take {format_bytes(needed)}, and {format_bytes(free)} are free there: "
                "name a folder elsewhere with -o, or take --links none: lists alone"
            )


@contextmanager
def _told(folder: str) -> Iterator[None]:
    """Say of what goes wrong with the system in which folder that was."""
    try:
        yield
    except RefusedError as error:
        raise InputError(f"{folder}: {error}") from error
    except OSError as error:
        what_to_do = "make room there, or name a folder" if error.errno in FULL else "name another folder"
        raise InputError(f"{folder} cannot be written ({reason(error)}): {what_to_do} elsewhere with -o") from error


def _refusal(kind: str, work: str) -> str | None:
    """Return why links of a kind can't be made in a hidden folder, and what works there."""
    probe = os.path.join(work, PROBE)
    os.mkdir(probe)
    refusal = why_not(kind, probe)
    os.rmdir(probe)
    return refusal


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
    ancestor = _nearest_folder(os.path.dirname(target))
    if not os.path.isdir(ancestor):
        raise InputError(f"{target} cannot be made: {ancestor} is not a folder; name another folder with -o")
    if not os.access(ancestor, os.W_OK | os.X_OK):
        raise InputError(f"{target} cannot be made: {_why_no_access(ancestor)}; name another folder with -o")


def _nearest_folder(path: str) -> str:
    """Return the folder, or the nearest above it that there is."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def _why_no_access(folder: str) -> str:
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"the drive of {folder} can only be read"
    return f"no permission to write in {folder}"
