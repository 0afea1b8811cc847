"""What imgcmp put into a folder of links: written into its marker, so that anything else there is known as the user's.

The marker is a few lines for people and one of JSON, the head, and then texts with a NUL after each: for every link its
path in the folder and what it leads to; of a hard link or a copy, the file's size and its two times, too.
"""

import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TextIO

from imgcmp.results.identical_files import try_equal
from imgcmp.results.link_kind_names import COPY, LINK_KINDS, SYMLINK
from imgcmp.results.link_kinds import Made
from imgcmp.results.link_names import may_be_named
from imgcmp.system.places import CLUSTERS_MARKER

RECORD_FORMAT, RECORD_VERSION = "imgcmp-links", 1

NOT_OURS = "was not made by imgcmp"

_MARKER_TEXT = """\
imgcmp made this folder. Its next run replaces the folder as a whole, links and all;
the images the links point to are never touched.
"""
_TEXTS_AT_ONCE = 1000  # written one by one they take twice as long
_CLOSE_NS = 2 * 10**9  # FAT keeps times in steps of two seconds, and shows finer ones until it is mounted anew


class RecordWriter:
    """Writes the marker of a folder.

    Parameters
    ----------
    tree : str
        The folder.
    kind : str
        Of its links.
    stamp_s : int
        The time that `LinkFolder` gives to folders of symbolic links that are done; whole seconds since 1970.
    """

    def __init__(self, tree: str, kind: str, stamp_s: int) -> None:
        self._file: TextIO = open(  # noqa: SIM115 -- closed by `close`
            os.path.join(tree, CLUSTERS_MARKER), "w", encoding="utf-8", errors="surrogateescape", newline=""
        )
        self._texts: list[str] = []
        head = {"format": RECORD_FORMAT, "version": RECORD_VERSION, "links": kind, "stamp_s": stamp_s}
        self._file.write(f"{_MARKER_TEXT}{json.dumps(head)}\n")

    def add(self, texts: Sequence[str]) -> None:
        """Add the texts of links, at least one."""
        self._texts += texts
        if len(self._texts) >= _TEXTS_AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Write out what is still in memory."""
        try:
            self._flush()
        finally:
            self._file.close()

    def _flush(self) -> None:
        if self._texts:
            self._file.write("\0".join(self._texts) + "\0")
            self._texts.clear()


class Record:
    """Tells what of a folder imgcmp put there.

    Parameters
    ----------
    tree : str
        A folder with a marker. Of one whose marker has no record (an earlier version made it, or the power went) what
        looks as imgcmp would have made it counts: symbolic links, called as the files that they lead to.
    """

    def __init__(self, tree: str) -> None:
        self._tree = tree
        with open(os.path.join(tree, CLUSTERS_MARKER), encoding="utf-8", errors="surrogateescape", newline="") as file:
            head = file.read(len(_MARKER_TEXT) + 500).partition("\0")[0]
        self._kind, self._stamp_ns = _head(head)
        self._step = 2 if self._kind == SYMLINK else 2 + len(Made._fields)  # texts a link

    def is_untouched(self, folder: os.stat_result) -> bool:
        """Tell whether nothing was put into a folder of symbolic links since it was made, by its status alone."""
        return self._kind == SYMLINK and folder.st_mtime_ns == self._stamp_ns

    def has_folder(self, folder: str) -> bool:
        """Tell whether imgcmp made a folder, given as ``cluster_with_N`` or ``cluster_with_N/cluster_M``."""
        return self._kind is None or folder in self._folders

    def strangers(self, folder: str, names: Iterable[str], handle: int) -> Iterator[tuple[str, str]]:
        """Yield what imgcmp did not put into the folder of a cluster, and what it can't remove: each with the reason.

        Parameters
        ----------
        folder : str
            As for `has_folder`.
        names : iterable of str
            What lies in it.
        handle : int
            The open folder.
        """
        if self._kind is None:
            yield from _strangers_of_earlier(folder, names, handle)
            return
        for name in names:
            path = f"{folder}/{name}"
            if path not in self._targets:
                why: str | None = NOT_OURS
            elif self._kind == SYMLINK:
                why = None if _leads_to(name, handle) == self._targets[path] else NOT_OURS
            else:
                why = self._why_file_kept(path, os.stat(name, dir_fd=handle, follow_symlinks=False))
            if why is not None:
                yield name, why

    @cached_property
    def _texts(self) -> list[str]:
        with open(os.path.join(self._tree, CLUSTERS_MARKER), "rb") as file:
            contents = file.read()
        body = contents[len(_MARKER_TEXT.encode()) :].partition(b"\n")[2]
        texts = os.fsdecode(body).split("\0")[:-1]
        return texts[: len(texts) // self._step * self._step]  # a torn one at the end means nothing

    @cached_property
    def _targets(self) -> dict[str, str]:
        """By the path of the link."""
        return dict(zip(self._texts[:: self._step], self._texts[1 :: self._step], strict=True))

    @cached_property
    def _made(self) -> dict[str, Made]:
        numbers = zip(*(map(int, self._texts[k :: self._step]) for k in range(2, self._step)), strict=True)
        try:
            return {path: Made(*made) for path, made in zip(self._targets, numbers, strict=True)}
        except ValueError:  # damaged: then nothing is known to be ours
            return {}

    @cached_property
    def _folders(self) -> set[str]:
        of_clusters = {path.rpartition("/")[0] for path in self._targets}
        return of_clusters | {folder.partition("/")[0] for folder in of_clusters}

    def _why_file_kept(self, path: str, now: os.stat_result) -> str | None:
        """Tell why a hard link or a copy is not to be removed."""
        made = self._made.get(path)
        if made is None or not stat.S_ISREG(now.st_mode):
            return NOT_OURS
        original = self._targets[path]
        if self._kind == COPY:
            return None if _is_as_made(now, made) else self._why_copy_kept(path, original)
        try:
            if os.path.samestat(now, os.stat(original, follow_symlinks=False)):
                return None
        except OSError:
            pass  # it was moved, or is gone
        if (now.st_size, now.st_mtime_ns) != (made.size, made.mtime_ns):
            return NOT_OURS
        return None if now.st_nlink > 1 else f"is the only name left of {original}"

    def _why_copy_kept(self, path: str, original: str) -> str | None:
        same = try_equal((os.path.join(self._tree, path), original))
        return None if same else "was changed since imgcmp made it"


def _head(text: str) -> tuple[str | None, int]:
    """Return the kind of the links, None if there is no head that is known, and the time of folders that are done."""
    try:
        values = json.loads(text.removeprefix(_MARKER_TEXT).partition("\n")[0])
        known = (values["format"], values["version"]) == (RECORD_FORMAT, RECORD_VERSION)
        return (values["links"] if known and values["links"] in LINK_KINDS else None), int(values["stamp_s"]) * 10**9
    except (ValueError, KeyError, TypeError):
        return None, 0


def _is_as_made(now: os.stat_result, made: Made) -> bool:
    times = ((now.st_mtime_ns, made.mtime_ns), (now.st_ctime_ns, made.ctime_ns))
    return now.st_size == made.size and all(abs(one - other) <= _CLOSE_NS for one, other in times)


def _leads_to(name: str, handle: int) -> str:
    """Return what a symbolic link says; empty if it is none."""
    try:
        return os.readlink(name, dir_fd=handle)
    except OSError:
        return ""


def _strangers_of_earlier(folder: str, names: Iterable[str], handle: int) -> Iterator[tuple[str, str]]:
    """Yield what is no link to a file of its name, and what is more than the name of the folder says."""
    size = int(folder.partition("/")[0].rpartition("_")[2])
    for number, name in enumerate(names, 1):
        target = _leads_to(name, handle)
        if not (os.path.isabs(target) and may_be_named(name, target)) or number > size:
            yield name, NOT_OURS
