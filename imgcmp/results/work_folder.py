"""The hidden folder beside a folder of links, in which the next one is made: one run at a time has it."""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imgcmp.errors import InputError
from imgcmp.results.link_tree import LinkTree, Stranger, remove_unfinished
from imgcmp.system.atomic import TEMPORARY_PREFIX
from imgcmp.system.lock import try_lock
from imgcmp.system.places import CLUSTERS_MARKER
from imgcmp.system.real_paths import open_folder

NEW, COPIES, OLD, PROBE = "new", "copies", "old", "probe"
"""What is in it: links that are being made, copies likewise, what was there before, and one link that is tried."""

_WORK_PREFIX = TEMPORARY_PREFIX + "links-"


@contextmanager
def work_folder(parent: str, name: str | None = None) -> Iterator[str]:
    """Yield a hidden folder in `parent`, locked as long as the block runs; clean it up afterwards.

    Parameters
    ----------
    parent : str
        A folder. What runs left in it that are dead is cleaned up first.
    name : str, optional
        Of a folder in `parent` that this run alone will replace; by default there is none, and the hidden folder is
        nobody else's in any case.

    Raises
    ------
    InputError
        If another run has the folder of that name; at the end, if something in it is to be left.
    OSError
        If nothing can be written in `parent`.
    """
    clean_up_dead_runs(parent)
    work, lock = _taken(parent, name) if name else _made(parent)
    try:
        yield work
    finally:
        try:
            if is_still(lock, work):
                _clean_up(work, parent)
        finally:
            os.close(lock)


def clean_up_dead_runs(parent: str) -> None:
    """Bring back the folders that dead runs moved away and did not replace, and remove what else they left."""
    with os.scandir(parent) as entries:
        left_over = [e.path for e in entries if e.name.startswith(_WORK_PREFIX) and e.is_dir(follow_symlinks=False)]
    for work in left_over:
        # Locked by a run that is alive, just removed by another, unreadable, or with a user's file in it: left alone.
        with suppress(OSError, InputError):
            lock = open_folder(work)
            try:
                if try_lock(lock) and _is_ours(os.fstat(lock)):
                    _clean_up(work, parent)
            finally:
                os.close(lock)


def is_still(handle: int, path: str) -> bool:
    """Tell whether an open folder still has this path: its drive may be gone, or another may have removed it."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except OSError:
        return False


def _taken(parent: str, name: str) -> tuple[str, int]:
    """Make, or take over, and lock the hidden folder that belongs to a name."""
    target = os.path.join(parent, name)
    work = os.path.join(parent, _WORK_PREFIX + hashlib.blake2b(os.fsencode(name), digest_size=8).hexdigest())
    while True:
        try:
            os.mkdir(work, 0o700)
        except FileExistsError:
            if _may_be_a_trap(work, parent):
                return _made(parent)
        try:
            lock = open_folder(work)
        except FileNotFoundError:  # the run that had it is done with it
            continue
        except OSError as error:
            raise InputError(f"{target} cannot be written: {work} is in the way; remove it") from error
        try:
            if _is_locked(lock, target) and is_still(lock, work) and not os.listdir(lock):
                return work, lock
            if is_still(lock, work):
                os.rmdir(work)  # no locks on this file system; or what a dead run left, and can't be removed
                os.close(lock)
                return _made(parent)
        except OSError as error:
            os.close(lock)
            raise InputError(
                f"{work} is left of a run that did not end, with files in it; move them elsewhere and remove it"
            ) from error
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)  # the run that had it removed it before this one locked it


def _may_be_a_trap(work: str, parent: str) -> bool:
    """Tell whether another user has made it where anyone may write, as in /tmp: the name can be guessed."""
    try:
        return bool(os.stat(parent).st_mode & stat.S_IWOTH) and not _is_ours(os.lstat(work))
    except FileNotFoundError:  # the run that had it is done with it
        return False


def _is_ours(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid()


def _is_locked(lock: int, target: str) -> bool:
    """Lock a hidden folder; return False if there are no locks on its file system."""
    is_locked = try_lock(lock)
    if is_locked is False:
        raise InputError(
            f"{target} is being written by another run: wait until that is done, or name another folder with -o"
        )
    return is_locked is True


def _made(parent: str) -> tuple[str, int]:
    while True:
        work = tempfile.mkdtemp(prefix=_WORK_PREFIX, dir=parent)
        lock = open_folder(work)
        with suppress(OSError):  # some network file systems lock no folders: then nobody cleans up after others
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(work):
            return work, lock
        os.close(lock)  # another run took it for a left-over before it was locked


def _clean_up(work: str, parent: str) -> None:
    """Put back a folder that was moved away and not replaced; remove the rest."""
    old = os.path.join(work, OLD)
    if os.path.isdir(old):
        for name in os.listdir(old):
            if not os.path.lexists(os.path.join(parent, name)):
                os.rename(os.path.join(old, name), os.path.join(parent, name))
    left = _remove_within(work)
    if left:
        raise InputError(f"{left[0].path} {left[0].why} and is kept; move it elsewhere and remove {work}")


def _remove_within(work: str) -> list[Stranger]:
    left: list[Stranger] = []
    for part in os.listdir(work):
        path = os.path.join(work, part)
        if part != OLD:
            left += remove_unfinished(path, may_hold_files=part in (COPIES, PROBE))
            continue
        for name in os.listdir(path):
            tree = os.path.join(path, name)
            if os.path.isfile(os.path.join(tree, CLUSTERS_MARKER)):
                left += LinkTree(tree).remove()
            elif os.listdir(tree):
                left.append(Stranger(tree, "is no folder of imgcmp any more"))
            else:
                os.rmdir(tree)
        if not os.listdir(path):
            os.rmdir(path)
    if not left:
        os.rmdir(work)
    return left
