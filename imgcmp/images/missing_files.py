"""Which files that were known are gone, and not just out of reach."""

import functools
import os
from collections import defaultdict
from collections.abc import Collection, Iterable
from stat import S_ISLNK

from imgcmp.system.real_paths import is_behind_link


def gone(paths: Iterable[str], *, below: Iterable[str] = ()) -> set[str]:
    """Tell which of many files are gone, and not just out of reach.

    Parameters
    ----------
    paths : iterable of str
        Real paths of files, as they were found.
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
        A path that has become a link, or leads through one into a folder that is there, names another file by now: what
        was there is gone.

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
        if names is None:
            continue
        if names and is_behind_link(folder):
            missing.update(inside)
        else:
            missing.update(path for path in inside if os.path.basename(path) not in names and is_missing(path))
    return missing


def is_missing(path: str) -> bool:
    """Tell whether no file is at a real path at the moment, but nothing, or a link.

    What can't be told, as of a drive that hangs, is not missing.
    """
    mode = _mode_at(path)
    return mode is None or S_ISLNK(mode)


def _mode_at(path: str) -> int | None:
    """Return what kind of a thing is at a path: None if nothing is, 0 if it can't be told."""
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return 0


class _Folders:
    """Tells folders that are there or gone from those out of reach."""

    def __init__(self, below: Iterable[str]) -> None:
        self.below = tuple(os.path.join(top, "") for top in below)
        self._holds_its_own = functools.cache(_holds_its_own)

    def names_in(self, folder: str) -> Collection[str] | None:
        """Return the names in a folder but those of links, or None if nothing can be said about what is missing."""
        try:
            with os.scandir(folder) as entries:
                is_link = {entry.name: entry.is_symlink() for entry in entries}
            return {name for name, is_one in is_link.items() if not is_one} if is_link else None
        except (FileNotFoundError, NotADirectoryError):
            return () if self._was_removed(folder) else None
        except (OSError, ValueError):
            return None

    def _was_removed(self, folder: str) -> bool:
        """Tell whether a missing folder is gone: see `gone`."""
        above = os.path.dirname(folder)
        while above and _mode_at(above) is None:
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
