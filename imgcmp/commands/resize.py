"""resize: image files -> resized copies."""

from collections.abc import Iterable
from contextlib import closing
from functools import partial

from imgcmp.commands.console import Console
from imgcmp.commands.options import ReadingOptions
from imgcmp.commands.reading import found_images, run_workers, told
from imgcmp.errors import InputError
from imgcmp.images.image_file import Failure, Found, ImageFile
from imgcmp.images.resize_image import Copied, try_copy
from imgcmp.images.resized_folder import CopyFolder
from imgcmp.images.unreadable import failure_of
from imgcmp.system import places
from imgcmp.system.lock import locked
from imgcmp.system.text import shown


def resize(
    paths: Iterable[str],
    fraction: float,
    *,
    folder: str | None = None,
    reading: ReadingOptions | None = None,
    workers: int | None = None,
    console: Console | None = None,
) -> Found:
    """Make resized copies of image files, in a folder that mirrors their tree.

    A copy that is there is kept if its source has not changed in size or time since, nor the fraction.

    Parameters
    ----------
    paths : iterable of str
        Files or folders.
    fraction : float
        Of width and height; in (0, 1].
    folder : str, optional
        Folder of the copies; default ``~/.imgcmp/convert``.
    reading : ReadingOptions, optional
        Which files are read, and what that may take.
    workers : int, optional
        Number of processes; default: the usable cores.
    console : Console, optional
        Where progress is shown.

    Returns
    -------
    found : Found

    Raises
    ------
    InputError
        If the fraction is out of range, there are no images or they are copies in that very folder, or the folder is
        not ours or is being written to.
    """
    console = console or Console()
    if not 0 < fraction <= 1:
        raise InputError(f"FRACTION must be above 0 and at most 1; got {fraction:g}")
    reading = reading or ReadingOptions()
    found = found_images(paths, reading.exclude, all_folders=reading.all_folders)
    console.passed_over(found.passed_over)
    console.left_out(found)
    failures = list(found.failures)
    with closing(CopyFolder(folder or places.copies_folder())) as copies, locked(copies.marker):
        _check_no_copies(found.files, copies)
        copies.remove_leftovers(found.files)
        todo = []
        for file in found.files:
            if copies.is_kept(file, fraction):
                console.remark(1, f"{shown(file.path)}: kept")
            else:
                todo.append(file)
        jobs = (copies.begin(file) for file in todo)
        results = run_workers(partial(try_copy, fraction=fraction, tree=copies.tree), jobs, reading, workers)
        for (file, copy, _), result in console.progress(results, total=len(todo), label="resize"):
            if isinstance(result, Copied):
                copies.record(file, fraction, result.size)
                done = f": {result.done}" if console.verbosity > 1 else ""
                console.remark(1, f"{shown(file.path)} -> {shown(copy)}{done}")
            else:
                failures.append(failure_of(file, result))
                if isinstance(result, Failure):  # else the worker died, and nobody knows
                    copies.not_made(file)
    console.failures(failures, "resized")
    n_failed = len(failures) - len(found.failures)
    tally = {"resized": len(todo) - n_failed, "kept": len(found.files) - len(todo), "failed": len(failures)}
    console.summary(f"{told(found.files, tally)}; the copies are in {shown(copies.folder)}")
    return found._replace(failures=failures)


def _check_no_copies(files: Iterable[ImageFile], copies: CopyFolder) -> None:
    """Refuse copies as sources of copies in their own folder: at every run there would be more."""
    for file in files:
        if copies.holds(file.path):
            raise InputError(
                f"{shown(file.path)} is in the folder of the copies, {shown(copies.folder)}: "
                "name originals, or another folder with -t"
            )
