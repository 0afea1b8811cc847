"""What all commands that read images do: find the files, work on them in processes, tell what became of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from imgcmp.commands.console import counted_places
from imgcmp.commands.options import ReadingOptions
from imgcmp.errors import InputError, Term
from imgcmp.images.find_images import find_images
from imgcmp.images.image_file import Found, ImageFile
from imgcmp.images.unsearched import told_kinds
from imgcmp.system import processes
from imgcmp.system.text import count, shown

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_workers(
    task: Callable[[Item], Result], jobs: Iterable[Item], reading: ReadingOptions, workers: int | None
) -> Iterator[tuple[Item, Result | processes.WorkerDied]]:
    """Run a task on every item, as `imgcmp.system.processes.run` does, within the limits of the options."""
    return processes.run(task, jobs, workers=workers, timeout_s=reading.timeout_s, max_memory=reading.max_memory)


def told(files: list[ImageFile], tally: Mapping[str, int]) -> str:
    """Return how many files there were, and what became of them."""
    return f"{count(len(files), 'file')}: " + ", ".join(f"{n:,} {what}" for what, n in tally.items() if n)


def found_images(paths: Iterable[str], exclude: Iterable[str], *, all_folders: bool = False) -> Found:
    """Find the image files that paths name; InputError if there are none."""
    paths, exclude = list(paths), list(exclude)
    if not paths:
        raise InputError("no images are named: name image files or folders of them")
    found = find_images(paths, exclude=exclude, all_folders=all_folders)
    if not found.files:
        names = ", ".join([path or "''" for path in paths[:3]] + ["..."] * (len(paths) > 3))
        reasons = "".join(f" ({failure.reason})" for failure in found.failures[:1])
        if found.passed_over:
            first = found.passed_over[0]
            reasons += f" ({count(len(found.passed_over), 'file')} passed over: {shown(first.path)}: {first.reason})"
        left = (" that ", Term.EXCLUDE, " leaves") if exclude else ()
        if found.left_out:
            places = f"{counted_places(found.left_out)} of {told_kinds(found.left_out)}"
            left = (*left, f" ({places} left out: ", Term.ALL_FOLDERS, " searches them)")
        raise InputError(f"no images found in {names}", *left, f"{reasons}: name image files or folders of them")
    return found
