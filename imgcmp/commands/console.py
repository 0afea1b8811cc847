"""What a person sees of a run: progress and remarks, on stderr."""

import shlex
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from tqdm import tqdm

from imgcmp.images.failure_groups import by_reason
from imgcmp.images.image_file import Failure, Found, PassedOver
from imgcmp.images.unsearched import told_kinds
from imgcmp.kernels.watching import KernelCacheWarning, watched
from imgcmp.system.text import count, shown
from imgcmp.system.threads import Progress

Item = TypeVar("Item")

LISTED = 10  # so many files that could not be read are named, one a line; of more the reasons
_MOST_REASONS = 20

_LABELS = {"pairs": "compare", "clusters": "look around", "images": "group"}


class _Bar(tqdm):  # type: ignore[type-arg]
    """A progress bar that is drawn when there is progress, without a thread that looks after it.

    The thread takes 72 MiB of address space; and where it can't be started, that is a warning in the middle of a run.
    """

    monitor_interval = 0


class Console:
    """Progress bars and lines on stderr.

    Parameters
    ----------
    verbosity : int
        Lines of a higher level than this are left out.
    quiet : bool
        Whether to leave out progress bars and summaries. Failures and warnings are always shown.
    """

    def __init__(self, verbosity: int = 0, *, quiet: bool = False) -> None:
        self.verbosity = verbosity
        self.quiet = quiet

    def progress(self, items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
        """Yield the items behind a progress bar; there is none if stderr is no terminal."""
        with self._bar(items, total=total, label=label, unit=" images") as bar:
            yield from bar

    @contextmanager
    def telling(self) -> Iterator[Progress]:
        """Yield what a long computation tells its progress to: a bar each time it counts something from the start.

        Numbers are shown as 4.50G; there is no bar if stderr is no terminal.
        """
        bar: tqdm[Any] | None = None
        counted = ""

        def tell(what: str, done: int, total: int) -> None:
            nonlocal bar, counted
            if bar is None or what != counted or done < bar.n:
                if bar is not None:
                    bar.close()
                counted = what
                bar = self._bar(total=total, label=_LABELS[what], unit=f" {what}", unit_scale=True)
            bar.update(done - bar.n)

        try:
            yield tell
        finally:
            if bar is not None:
                bar.close()

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """Say so if kernels are compiled while the block runs: the first run takes seconds longer than all later ones.

        That they can't be kept for later runs is a line like all others, too.
        """
        names: list[str] = []

        def tell(name: str) -> None:
            if not names:
                self.summary("compiling for this processor, as after every installation: it takes some seconds")
            names.append(name)

        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **line: Any) -> None:
            if category is KernelCacheWarning:
                self.warn(str(message))
            else:
                usual(message, category, *place, **line)

        with warnings.catch_warnings(), watched(tell):
            warnings.showwarning = show
            yield
        if names:
            self.remark(2, f"compiled {', '.join(names)}")

    def _bar(self, items: Iterable[Any] | None = None, *, label: str, **settings: Any) -> "tqdm[Any]":
        silent = True if self.quiet else None  # None: tqdm looks whether stderr is a terminal
        return _Bar(items, desc=label, disable=silent, file=sys.stderr, miniters=1, **settings)

    def remark(self, level: int, text: str) -> None:
        """Show a line if the verbosity is at least `level`."""
        if self.verbosity >= level:
            self.warn(text)

    def summary(self, text: str) -> None:
        """Show a line that says what came out."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Show a line, whatever the settings."""
        with suppress(OSError):  # nobody reads it: no reason to end a run
            tqdm.write(text, file=sys.stderr)

    def passed_over(self, files: Sequence[PassedOver]) -> None:
        """Say how many files look like pictures and are not taken; name them if there is to be said what is done."""
        if files and self.verbosity < 1:
            are = "looks like a picture of a kind" if len(files) == 1 else "look like pictures of kinds"
            self.summary(f"{count(len(files), 'file')} in the folders {are} not looked for there: -v lists them")
        for file in files:
            self.remark(1, f"{shown(file.path)}: passed over ({file.reason})")

    def left_out(self, found: Found) -> None:
        """Say how many folders were not searched, and how many names were further ones of files; name them likewise."""
        lines = []
        if found.left_out:
            places = f"{counted_places(found.left_out)} of {told_kinds(found.left_out)}"
            lines.append(f"{places} left out: --all-folders has them, -v lists them")
        if found.further_names:
            places = counted_places(found.further_names)
            lines.append(f"{places} left out, found by another name already: -v lists them")
        for line in lines if self.verbosity < 1 else ():
            self.summary(line)
        for place in found.left_out:
            self.remark(1, f"{shown(place.path)}: left out ({place.reason})")
        for place in found.further_names:
            self.remark(1, f"{shown(place.path)}: left out (another name of {shown(place.reason)})")

    def failures(self, failures: list[Failure], task: str, database: str | None = None) -> None:
        """Tell which files could not be "read" or whatever the task was, and why; of many how many, by reason.

        `database`, if there is one, is the file that keeps them.
        """
        in_part = [failure for failure in failures if failure.is_in_part]
        self._list(in_part, f"could be {task} in part", database)
        self._list([failure for failure in failures if not failure.is_in_part], f"could not be {task}", database)

    def _list(self, failures: list[Failure], what: str, database: str | None) -> None:
        if not failures:
            return
        self.warn(f"{count(len(failures), 'file')} {what}:")
        if len(failures) <= LISTED or self.verbosity:
            for failure in sorted(failures):
                self.warn(f"  {shown(failure.path)}: {failure.reason}")
            return
        groups = by_reason(failures)
        for group in groups[:_MOST_REASONS]:
            self.warn(f"  {shown(group.example)}{_and_more(len(group.failures) - 1)}: {group.reason}")
        if others := groups[_MOST_REASONS:]:
            n_others = sum(len(group.failures) for group in others)
            self.warn(f"  and {count(n_others, 'file')}, for {count(len(others), 'other reason')}")
        kept = "" if database is None else f", and imgcmp info -v {shown(shlex.quote(database))} later on"
        self.warn(f"-v lists them all{kept}")

    def not_looked_at(self, left: Mapping[str, Failure]) -> None:
        """Say which files could not be looked at once more, in one line; name all of them where -v asks for it."""
        if not left:
            return
        group = by_reason(left.values())[0]
        self.warn(
            f"{count(len(left), 'file')} could not be looked at once more, and may be identical to others without "
            f"being called so: {shown(group.example)}: {group.reason}"
        )
        for failure in sorted(left.values()):
            self.remark(1, f"  {shown(failure.path)}: {failure.reason}")


def counted_places(places: Sequence[PassedOver]) -> str:
    """Return how many folders and how many files there are: "2 folders and 1 file"."""
    n_folders = sum(place.path.endswith("/") for place in places)
    numbers = ((n_folders, "folder"), (len(places) - n_folders, "file"))
    return " and ".join(count(n, noun) for n, noun in numbers if n)


def _and_more(n_more: int) -> str:
    return f" and {count(n_more, 'more file')}" if n_more else ""
