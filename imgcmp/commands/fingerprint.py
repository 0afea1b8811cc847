"""fingerprint: image files -> the database."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import PIL

from imgcmp.clusters.cut import AUTO, Sim
from imgcmp.commands.console import LISTED, Console
from imgcmp.commands.kinds import ANEW, check_counted, kind_of, remark_kind, remark_passed_over
from imgcmp.commands.options import FingerprintOptions, ReadingOptions
from imgcmp.commands.reading import found_images, run_workers, told
from imgcmp.database.checkpoints import Checkpoints
from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.moved_files import Moves, gone_files
from imgcmp.database.schema import UNKNOWN
from imgcmp.errors import InputError
from imgcmp.fingerprints.fingerprint import FileFingerprint, Moved, try_fingerprint
from imgcmp.images.image_file import CUT_OFF, DAMAGED, UNKNOWN_TIME, Failure, Found, ImageFile
from imgcmp.images.resized_folder import Originals
from imgcmp.images.shown_picture import by_frame
from imgcmp.images.unreadable import failure_of
from imgcmp.system import places, processes
from imgcmp.system.text import count, shown

_AT_ONCE = 10_000

_BY_PREVIEW = "by their previews"

_IN_PART = "cut off: the first rows, which are left, are compared"


def fingerprint(
    paths: Iterable[str] = (),
    options: FingerprintOptions | None = None,
    *,
    reading: ReadingOptions | None = None,
    workers: int | None = None,
    console: Console | None = None,
    sims: Sequence[Sim] = (AUTO,),
) -> Found:
    """Bring the fingerprints of image files into the database.

    Files that the database holds, unchanged in size and time, are not read again; nor are those that could not be read
    then. Files that were moved are known by their digests, and not decoded again.

    Parameters
    ----------
    paths : iterable of str
        Files or folders; default: the folder of resized copies.
    options : FingerprintOptions, optional
        Which fingerprints, and where they are kept.
    reading : ReadingOptions, optional
        Which files are read, and what that may take.
    workers : int, optional
        Number of processes; default: the usable cores.
    console : Console, optional
        Where progress is shown.
    sims : sequence of float or "auto"
        At which the images are clustered then: it says which previews are near each other.

    Returns
    -------
    found : Found
        The files found, those that were not read again included; and the failures, those of before included.

    Raises
    ------
    InputError
        If there are no images, or the database can't be used, is being written to, or is of another kind; or previews
        are asked for, and it isn't known how far fingerprints of that kind are apart by chance.
    ValueError
        If there is no such kind of fingerprint.
    """
    console = console or Console()
    options = options or FingerprintOptions()
    reading = reading or ReadingOptions()
    paths = list(paths) or [_existing_copies_folder()]
    found = found_images(paths, reading.exclude, all_folders=reading.all_folders)
    console.passed_over(found.passed_over)
    console.left_out(found)
    method, x, views = kind = kind_of(options)
    if options.previews:
        check_counted(kind)
    remark_passed_over(options.database, console)
    with Database(options.database, method=method, x=x, views=views, force=options.force) as store:
        remark_kind(store, options, console)
        changed = store.find_changed(found.files, previews_do=options.previews)
        known = [] if options.retry else [store.failures[file.path] for file in changed if store.has_failed(file)]
        known_paths = {failure.path for failure in known}
        todo = [file for file in changed if file.path not in known_paths]
        _note_ctimes(store, found.files, changed, known_paths)
        if todo:
            store.check()  # an old fault is worth knowing before hours of work
        tally = Counter({"read": 0, _BY_PREVIEW: 0, "moved": 0, "unchanged": len(found.files) - len(changed)})
        if todo:
            _remark_another_pillow(store, console)
        moves = Moves(store, todo, paths)
        task = partial(try_fingerprint, x=x, method=method, views=store.kinds, known=moves.known, take_parts=True)
        checkpoints = Checkpoints(store, options.checkpoint_s, partial(console.remark, 2))

        def read(files: list[ImageFile], *, by_preview: bool = False) -> list[Failure]:
            tried = run_workers(partial(task, by_preview=by_preview), files, reading, workers)
            results = console.progress(tried, total=len(files), label="previews" if by_preview else "fingerprint")
            return _keep(results, moves, checkpoints, tally, console)

        failures = found.failures + read(todo, by_preview=options.previews)
        if options.previews:
            # Here, not above: it loads scipy, which reading does without.
            from imgcmp.commands.previews import known_by_preview, read_near

            before = known_by_preview(store)
            failed = read_near(
                store,
                read,
                sims=sims,
                files={file.path for file in found.files},
                max_memory=reading.max_memory,
                workers=workers,
                console=console,
            )
            before -= {failure.path for failure in failed}
            completed = before - known_by_preview(store)
            failures += _of_run(failed, found.files, console)
            _count_previews(tally, before - completed, completed, todo, found.files)
        if options.prune:
            tally["dropped"] = _prune(store, paths, found)
    damaged, in_part = _damaged_ones(store, found.files)
    failures += in_part
    console.failures(failures, "read", store.path)
    _remark_damaged(damaged, console)
    for failure in known:
        console.remark(1, f"{shown(failure.path)}: {failure.reason} (as before)")
    if known:
        console.warn(f"{count(len(known), 'file')} could not be read before and did not change: --retry tries again")
    _remark_earlier_versions(store, found.files, console)
    tally["failed"] = len(failures) - len(in_part) + len(known)  # what was read in part is among the read ones
    console.summary(f"{told(found.files, tally)}; {shown(store.path)} holds {count(len(store), 'image')}")
    return found._replace(failures=failures + known)


def _of_run(failures: list[Failure], files: list[ImageFile], console: Console) -> list[Failure]:
    """Return the failures of the files of this run; name those of others, that are near them."""
    paths = {file.path for file in files}
    for failure in failures:
        if failure.path not in paths:
            console.warn(f"{shown(failure.path)}, near a file of this run: {failure.reason}")
    return [failure for failure in failures if failure.path in paths]


def _count_previews(
    tally: Counter[str], by_preview: set[str], completed: set[str], todo: list[ImageFile], files: list[ImageFile]
) -> None:
    """Count files that are known by previews, and tell those that were read whole from those of earlier runs."""
    paths, new = {file.path for file in files}, {file.path for file in todo}
    tally[_BY_PREVIEW] = len(by_preview & new)
    tally["unchanged"] -= len(completed & paths - new)
    n_of_others = len(completed - paths)
    tally["read"] -= n_of_others
    tally["of other runs read"] = n_of_others


def _keep(
    results: Iterable[tuple[ImageFile, FileFingerprint | Moved | Failure | processes.WorkerDied]],
    moves: Moves,
    checkpoints: Checkpoints,
    tally: Counter[str],
    console: Console,
) -> list[Failure]:
    """Bring results into the database; count what became of the files, and return those that can't be read."""
    try:
        return _kept(results, moves, checkpoints, tally, console)
    finally:
        checkpoints.save()  # once more, if Ctrl-C came just before the end of a run was saved


def _kept(
    results: Iterable[tuple[ImageFile, FileFingerprint | Moved | Failure | processes.WorkerDied]],
    moves: Moves,
    checkpoints: Checkpoints,
    tally: Counter[str],
    console: Console,
) -> list[Failure]:
    originals, failures = Originals(), []
    try:
        for file, result in results:
            source = originals.of(file.path)
            if isinstance(result, FileFingerprint):
                tally["read"] += not result.rests_on
                checkpoints.add(ImageRecord(file, source, *result))
                how = f", by its {result.rests_on}" if result.rests_on else by_frame(result.frame)
                console.remark(1, f"{shown(file.path)}: {result.width} x {result.height}{how}")
            elif isinstance(result, Moved):
                known, is_gone = moves.origin(result.identity, file.path)
                checkpoints.add(known._replace(file=file, source=source), gone=known.file.path if is_gone else None)
                if known.file.path == file.path:
                    tally["unchanged"] += 1
                else:
                    tally["moved"] += 1
                    console.remark(1, f"{shown(file.path)}: was {shown(known.file.path)}")
            else:
                failures.append(failure_of(file, result))
                checkpoints.add(failures[-1])
    finally:
        checkpoints.save()
    return failures


def _damaged_ones(store: Database, files: list[ImageFile]) -> tuple[list[str], list[Failure]]:
    """Return which files of this run are damaged, and the failures that stand for those that are cut off."""
    damaged = {path: text for path, text in zip(store.files, store.damage, strict=True) if text}
    in_part = [file.failure(_IN_PART)._replace(is_in_part=True) for file in files if damaged.get(file.path) == CUT_OFF]
    return [file.path for file in files if damaged.get(file.path) == DAMAGED], in_part


def _remark_damaged(files: list[str], console: Console) -> None:
    if not files:
        return
    are_listed = console.verbosity or len(files) <= LISTED
    which = "" if are_listed else ": -v lists them"
    console.warn(f"{count(len(files), 'image')} can be read, but the data do not fit the picture (damaged){which}")
    for file in files if are_listed else []:
        console.warn(f"  {shown(file)}")


def _remark_another_pillow(store: Database, console: Console) -> None:
    """Say so if images are added to those of another Pillow: its decoders may give other pixels."""
    before = store.history.pillow
    if len(store) and before not in ("", PIL.__version__):
        console.warn(
            f"{shown(store.path)} was last written with Pillow {shown(before)}, and this is {PIL.__version__}: where "
            f"the two decode a file to other pixels, new images may differ from old ones by some bits more; {ANEW}"
        )


def _remark_earlier_versions(store: Database, files: list[ImageFile], console: Console) -> None:
    """Say how many of the files of this run are known as an earlier version read them."""
    earlier = np.flatnonzero(store.frame == UNKNOWN).tolist()
    if not earlier:
        return
    known = store.files
    if n_earlier := len({known[row] for row in earlier} & {file.path for file in files}):
        console.warn(
            f"{count(n_earlier, 'file')} of these {'was' if n_earlier == 1 else 'were'} read by an earlier version, "
            f"which took some kinds of files otherwise; {ANEW}"
        )


def _note_ctimes(store: Database, files: list[ImageFile], changed: list[ImageFile], known_paths: set[str]) -> None:
    """Keep when the status of unchanged files changed last, where an earlier version did not.

    Otherwise a change that keeps size and time would never be seen of them.
    """
    failed = [file for file in changed if file.path in known_paths]
    if failures := [
        store.failures[file.path]._replace(ctime_ns=file.ctime_ns)
        for file in failed
        if store.failures[file.path].ctime_ns == UNKNOWN_TIME != file.ctime_ns
    ]:
        store.update([], failures)
    paths_changed = {file.path for file in changed}
    unknown = [file for file in store.find_of_unknown_ctime(files) if file.path not in paths_changed]
    for start in range(0, len(unknown), _AT_ONCE):  # fingerprints of all views of all images are a lot of memory
        some = unknown[start : start + _AT_ONCE]
        records = store.records([file.path for file in some])
        store.update([record._replace(file=file) for record, file in zip(records, some, strict=True)])
        store.save()


def _prune(store: Database, paths: list[str], found: Found) -> int:
    """Drop the files that are gone or left out; return how many images and failures that were."""
    known = [*store.files, *store.failures]
    dropped = gone_files(known, paths)
    if left_out := tuple(place.path for place in found.left_out):
        files = {file.path for file in found.files}  # one in there that was named, too, was not left out
        dropped.update(path for path in known if path.startswith(left_out) and path not in files)
    store.remove(dropped)
    store.save()
    return len(dropped)


def _existing_copies_folder() -> str:
    folder = places.copies_folder()
    if not os.path.isdir(folder):
        raise InputError(f"there is no folder {folder}: name files or folders, or make copies with 00resize.py first")
    return folder
