"""Many image files -> their fingerprints, in worker processes, in memory."""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.fingerprint import FileFingerprint, Moved, check_parameters, try_fingerprint
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import Words, words_per_fingerprint
from imgcmp.fingerprints.view_layout import PLAIN, ViewLayout
from imgcmp.fingerprints.views import look_bytes, view_layout, views_of_kinds
from imgcmp.images.find_images import find_images, paths_of
from imgcmp.images.image_file import Failure, ImageFile
from imgcmp.images.unreadable import failure_of
from imgcmp.system import processes
from imgcmp.system.checks import byte_count, seconds
from imgcmp.system.limits import TIMEOUT_S
from imgcmp.system.threads import worker_count


class FileFingerprints(NamedTuple):
    """The fingerprints of many image files.

    Attributes
    ----------
    files : list of str, length n
        Real paths of the images that were read.
    words : ndarray of uint64, shape (n, n_words)
        Packed fingerprints.
    views : ndarray of uint64, shape (n, n_views, n_words)
        Packed fingerprints of the views.
    failures : list of Failure
        The files that could not be read, and why.
    n_frames, frame : ndarray of int64, shape (n,)
        Frames of an animation, or pages (-1: more than one), and which of them, from 0, the fingerprint is of.
    others : list of str, length n
        What else the file holds, with commas, such as "film" or "depth map,gain map"; empty: nothing.
    layout : ViewLayout
        What the views are, for `imgcmp.cluster`.
    looks : LookRows or None
        Looks of the images, for `imgcmp.cluster`; None: these views have none.
    """

    files: list[str]
    words: Words
    views: Words
    failures: list[Failure]
    n_frames: NDArray[np.int64]
    frame: NDArray[np.int64]
    others: list[str]
    layout: ViewLayout = PLAIN
    looks: LookRows | None = None


class Limits(NamedTuple):
    """What reading files may take, checked.

    Attributes
    ----------
    workers : int or None
        Processes; None: the usable cores.
    timeout_s : float
        Seconds a file may take.
    max_memory : int or None
        Bytes that decoding may take, in all processes together; None: a quarter of what is free.
    """

    workers: int | None = None
    timeout_s: float = TIMEOUT_S
    max_memory: int | None = None

    @classmethod
    def of(cls, workers: int | None, timeout_s: float, max_memory: int | None) -> "Limits":
        """Return them; TypeError or ValueError if one is no such number."""
        return cls(worker_count(workers), seconds(timeout_s, "timeout_s"), byte_count(max_memory, "max_memory"))


def fingerprint_files(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    x: int = 8,
    method: str = "phash",
    views: str = "none",
    all_folders: bool = False,
    workers: int | None = None,
    timeout_s: float = TIMEOUT_S,
    max_memory: int | None = None,
) -> FileFingerprints:
    """Compute the fingerprints of image files, in worker processes.

    A file that cannot be read, crashes its decoder, or takes too long is named in the result, and stops nothing.

    Parameters
    ----------
    paths : path, or iterable of paths
        Files, and folders, which are read recursively. Links inside folders are not followed. A file reached twice
        counts once.
    x, method
        Kind of fingerprint, as for `imgcmp.fingerprint`.
    views : str
        Of which views there are fingerprints, too, as for `imgcmp.fingerprint_views`.
    all_folders : bool
        Whether to search folders of trash, thumbnails, caches and old versions, too, without their being named.
    workers : int, optional
        Processes; default all usable cores. The result is the same for any number.
    timeout_s : float
        Seconds a file may take.
    max_memory : int, optional
        Bytes that decoding may take, in all processes together; default a quarter of what is free.

    Returns
    -------
    fingerprints : FileFingerprints
        In the order of `paths`, sorted within a folder.

    Raises
    ------
    TypeError, ValueError
        If there is no such kind of fingerprint, or a number is out of range.

    Notes
    -----
    `imgcmp.fingerprint` of each file gives the same words.
    """
    x = check_parameters(x, method)
    chosen = views_of_kinds(views)
    limits = Limits.of(workers, timeout_s, max_memory)
    found = find_images(paths_of(paths), all_folders=all_folders)
    done = dict(tried(found.files, x=x, method=method, views=views, limits=limits))
    read, failures = [], list(found.failures)
    for file in found.files:
        result = done[file]
        if isinstance(result, Failure):
            failures.append(result)
        else:
            read.append((file.path, result))
    n_words = words_per_fingerprint(x * x)
    return FileFingerprints(
        files=[path for path, _ in read],
        words=np.array([result.words for _, result in read], np.uint64).reshape(len(read), n_words),
        views=np.array([result.views for _, result in read], np.uint64).reshape(len(read), len(chosen), n_words),
        failures=failures,
        n_frames=np.array([result.n_frames for _, result in read], np.int64),
        frame=np.array([result.frame for _, result in read], np.int64),
        others=[result.others for _, result in read],
        layout=view_layout(views, method, x),
        looks=_looks_of([result for _, result in read], look_bytes(views)),
    )


def _looks_of(results: list[FileFingerprint], n_bytes: int) -> LookRows | None:
    rows = np.array([result.look for result in results], np.uint8).reshape(len(results), n_bytes)
    width, height = (np.array([getattr(result, side) for result in results], np.int64) for side in ("width", "height"))
    return LookRows.of(rows, width, height)


def tried(
    files: list[ImageFile], *, x: int, method: str, views: str, limits: Limits, take_parts: bool = False
) -> Iterator[tuple[ImageFile, FileFingerprint | Failure]]:
    """Yield each file with its fingerprint, or why it could not be read, as they are done; all is checked already."""
    task = partial(try_fingerprint, x=x, method=method, views=views, take_parts=take_parts)
    for file, result in processes.run(task, files, **limits._asdict()):
        assert not isinstance(result, Moved)  # none is known from elsewhere
        yield file, result if isinstance(result, FileFingerprint) else failure_of(file, result)
