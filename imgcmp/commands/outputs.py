"""Where the result of a run goes: what is wrong with that is said before any file is read."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from imgcmp.commands.options import ClusterOptions
from imgcmp.errors import InputError
from imgcmp.results.cluster_tree import check_tree_target
from imgcmp.results.clusters import Cluster
from imgcmp.results.json_csv import check_csv_target, check_json_target
from imgcmp.results.link_kind_names import NONE
from imgcmp.results.link_kinds import check_kind
from imgcmp.results.link_names import clash_key
from imgcmp.results.links import HeldFolder, check_folder, held_folder
from imgcmp.results.streams import STDOUT, stream_of
from imgcmp.results.tree_plot import check_plot_target
from imgcmp.results.write_tree import LeftOut
from imgcmp.system import places
from imgcmp.system.text import shown


class UnwrittenError(InputError):
    """What was found could not be written, or a part of it; the rest was.

    Parameters
    ----------
    errors : sequence of InputError
        One for each output that could not be written; at least one.
    table : str
        How many clusters there are, and where the links are, if they were written.
    """

    def __init__(self, errors: Sequence[InputError], table: str) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors, self.table = tuple(errors), table


class Outputs:
    """The outputs of one run; see `held_outputs`."""

    def __init__(self, links: HeldFolder | None) -> None:
        self._links = links

    @property
    def folder(self) -> str | None:
        """The folder of the links; None if there are to be none, or it can't hold them."""
        return None if self._links is None or self.refusal is not None else self._links.folder

    @property
    def refusal(self) -> str | None:
        """Which folder can't hold the links, why, and what works there; None if it can."""
        if self._links is None or self._links.refusal is None:
            return None
        return f"{shown(self._links.folder)}: {self._links.refusal}"

    def check_files(self, files: Sequence[str]) -> None:
        """Refuse a folder of links that holds images; and hard links to another file system, by `refusal`."""
        if self._links is None:
            return
        top = os.path.join(os.path.realpath(self._links.folder), "")
        for file in files:
            if file.startswith(top) and os.path.lexists(file):
                raise _holds(self._links.folder, f"{file}, an image of the database")
        self._links.check_reaches({os.path.dirname(file) for file in files})

    def write_links(self, clusters: Sequence[Cluster]) -> list[LeftOut]:
        """Write the links, if there are to be any; return the files that there are none to."""
        return [] if self._links is None else self._links.write(clusters)


@contextmanager
def held_outputs(options: ClusterOptions, database: str, paths: Iterable[str] = ()) -> Iterator[Outputs]:
    """Check the outputs of a run, and hold its folder of links for it alone while the block runs.

    Parameters
    ----------
    options : ClusterOptions
        They name the outputs.
    database : str
        The database, as `check_outputs` takes it.
    paths : iterable of str
        Files and folders that are read.

    Raises
    ------
    InputError
        As `check_outputs` does, or if another run holds the folder.
    """
    paths = [path for path in paths if "\0" not in path]  # that is no path; whoever reads it says so
    check_outputs(options, database, paths)
    if options.links == NONE:
        yield Outputs(None)
        return
    with held_folder(options.folder, kind=options.links, relative=options.relative) as links:
        links.check_reaches(
            dict.fromkeys(path if os.path.isdir(path) else os.path.dirname(path) or "." for path in paths)
        )
        yield Outputs(links)


def check_outputs(options: ClusterOptions, database: str, paths: Iterable[str] = ()) -> None:
    """Raise InputError for outputs that are not ours to replace, or would replace each other or what is read."""
    check_kind(options.links, relative=options.relative)
    has_links = options.links != NONE
    lists = {"--json": options.json, "--csv": options.csv}
    _check_streams(lists)
    folders = {"-o": options.folder} if has_links else {}
    files = {"-f": database} | {
        option: path
        for option, path in (lists | {"--tree": options.tree, "--plot": options.plot}).items()
        if path is not None and stream_of(path, option) is None
    }
    if has_links:
        _check_holds_nothing(options.folder, paths)
    _check_apart(files | folders)
    if has_links:
        check_folder(options.folder)
    if options.json is not None:
        check_json_target(options.json)
    if options.csv is not None:
        check_csv_target(options.csv)
    if options.tree is not None:
        check_tree_target(options.tree)
    if options.plot is not None:
        check_plot_target(options.plot)
    elif options.plot_cluster:
        raise InputError("--plot-cluster is of the picture that --plot draws: name a file with --plot")


def is_stdout(path: str | None) -> bool:
    """Tell whether a list goes to standard output, by whatever name."""
    if path is None:
        return False
    stream = stream_of(path, "")
    return stream is not None and stream.is_stdout


def _check_streams(lists: dict[str, str | None]) -> None:
    streams = [stream_of(path, option) for option, path in lists.items() if path is not None]
    identities = [stream.identity for stream in streams if stream is not None]
    if len(identities) > len(set(identities)):
        both = " and ".join(lists)
        what = "standard output" if STDOUT in identities else f"{lists['--json']}"
        raise InputError(f"{both} are both {what}: name a file for one of them")


def _check_apart(outputs: dict[str, str]) -> None:
    """Refuse two outputs of one name, and one inside of another: that would replace it."""
    real = {option: os.path.realpath(name) for option, name in outputs.items()}
    for option, path in real.items():
        for other, other_path in real.items():
            if option != other and clash_key(path) == clash_key(other_path):
                raise InputError(f"{option} and {other} are both {outputs[option]}: name another file")
            if is_within(path, other_path) and path != other_path:
                why = "which is replaced as a whole" if other == "-o" else "which is to be a file"
                raise InputError(
                    f"{outputs[option]} ({option}) is in {outputs[other]} ({other}), {why}: name another place for it"
                )


def _check_holds_nothing(folder: str, paths: Iterable[str]) -> None:
    """Refuse a folder of links in which something is that must not be replaced."""
    top = os.path.realpath(folder)
    if is_within(_current_folder(), top):
        raise _holds(folder, "the current folder")
    if is_within(os.path.realpath(places.home()), top):
        raise _holds(folder, f"{places.home()}, imgcmp's own folder")
    real_folders: dict[str, str] = {}
    for path in paths:
        parent, name = os.path.split(os.path.abspath(path))
        if parent not in real_folders:
            real_folders[parent] = os.path.realpath(parent)
        near = os.path.join(real_folders[parent], name)
        if is_within(near, top) or os.path.islink(near) or os.path.isdir(near):
            real = os.path.realpath(near)
            if is_within(real, top) and os.path.lexists(real):
                raise _holds(folder, f"{path}, which is to be read")


def is_within(path: str, folder: str) -> bool:
    """Tell whether a real path is that of a folder, or of something in it."""
    return path == folder or path.startswith(os.path.join(folder, ""))


def _current_folder() -> str:
    try:
        return os.path.realpath(os.getcwd())
    except OSError:  # it was removed
        return ""


def _holds(folder: str, what: str) -> InputError:
    return InputError(f"{folder} is replaced as a whole, and holds {what}: name another folder with -o")
