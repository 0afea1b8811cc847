"""Globs: which files and folders are left out, and which ones a name stands for."""

import fnmatch
import glob
import os
import re
from collections.abc import Collection, Iterable, Iterator

from imgcmp.errors import InputError, Term


def globs_of(globs: str | Iterable[str]) -> list[str]:
    """Return the globs that a caller names, one or many; TypeError if they are none."""
    if isinstance(globs, str):
        return [globs]
    many = list(globs) if isinstance(globs, Iterable) else [globs]
    if not all(isinstance(pattern, str) for pattern in many):
        raise TypeError(f"exclude must be a glob, or an iterable of them; got {globs!r}")
    return many


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
                rule = " takes globs for names, or for paths below a named folder"
                raise InputError(Term.EXCLUDE, f"{rule}; got {pattern!r}")
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
