"""Options that several commands take, and what becomes of them."""

import argparse
import contextlib
import sys
from typing import TYPE_CHECKING

from imgcmp.cli.argument_types import (
    cluster_number,
    path,
    positive,
    positive_seconds,
    relations,
    seconds,
    side,
    size,
    view_kinds,
)
from imgcmp.cli.parser import ALL_READ, SOME_FAILED, USAGE, add, complain, escaped, show
from imgcmp.clusters.cut import LINKAGES
from imgcmp.errors import InputError, Term
from imgcmp.fingerprints.parameters import MAX_X, METHODS, MIN_X, RECOMMENDED_VIEWS, RECOMMENDED_X
from imgcmp.results.link_kind_names import LINK_KINDS, SYMLINK
from imgcmp.system import places
from imgcmp.system.limits import CHECKPOINT_S, TIMEOUT_S

if TYPE_CHECKING:
    from imgcmp.commands.console import Console
    from imgcmp.commands.options import ClusterOptions, FingerprintOptions, ReadingOptions
    from imgcmp.commands.outputs import UnwrittenError
    from imgcmp.images.image_file import Failure


FORCE_OF_ANOTHER = {Term.WITH_FORCE: "with --force of imgcmp run or fingerprint"}
"""What errors call it in commands that read a database and make none."""

ABOUT_INSPECTED = {**FORCE_OF_ANOTHER, Term.ANOTHER_DATABASE: "another file"}
"""And in those whose argument it is."""

SIM_HELP = (
    "allowed dissimilarity: the fraction of the bits that may differ, 0..1; or auto, by the number of images, so that "
    "at most one pair in a thousand of them should join by chance; several with commas are cuts of one tree, each with "
    "a folder and lists of its own, whose names end with the SIM"
)

_VIEWS_HELP = (
    "keep fingerprints of views of every image, too, which find copies that were cropped (crops), mirrored (flips) or "
    "turned (turns): some of the three, with commas; or all, which find tilted, framed and negative ones, too, and "
    "tell strangers of one silhouette apart; or none"
)
_AS_HELD = "default: as the database has it; a new one:"
_EXCLUDE_HELP = (
    "leave out files, and folders with all that is in them, whose name matches; or, if GLOB holds a '/', whose path "
    "below the named folder does; * stands for any characters, '/' too; may be given several times (default: none)"
)

_LINKS_HELP = (
    "what is made there for every file: a symbolic link, which FAT, exFAT and most network shares can't hold; a hard "
    "link, on the file system of the files alone; a copy; or none, for table and lists alone"
)


def status(failures: "list[Failure]") -> int:
    """Return the exit status of a command that read files."""
    return SOME_FAILED if failures else ALL_READ


def console(arguments: argparse.Namespace) -> "Console":
    """Return the console that -v and -q ask for."""
    from imgcmp.commands.console import Console

    return Console(arguments.verbose, quiet=arguments.quiet)


def add_inspected(parser: argparse.ArgumentParser) -> None:
    """Add the database that is looked at."""
    text = f"the fingerprint database (default: {escaped(places.database_file())})"
    parser.add_argument("database", metavar="DB", nargs="?", type=path, default=places.database_file(), help=text)


def add_files(parser: argparse.ArgumentParser, text: str) -> None:
    """Add the paths to read, and lists of them."""
    parser.add_argument("files", metavar="PATH", nargs="*", help=text)
    text = "file with more paths, one a line, taken as they are; - for standard input (default: none)"
    parser.add_argument("--files-from", metavar="FILE", type=path, help=text)
    text = "paths in that file end with a NUL byte, as find -print0 writes them (default: with the line)"
    parser.add_argument("-0", "--null", dest="nul", action="store_true", help=text)
    parser.add_argument("--exclude", metavar="GLOB", action="append", help=_EXCLUDE_HELP)
    text = "search folders of trash, thumbnails, caches and old versions, too (default: only those that are named)"
    parser.add_argument("--all-folders", action="store_true", help=text)


def named_files(arguments: argparse.Namespace) -> list[str]:
    """Return the paths that were named, and those of the list."""
    from imgcmp.images.file_lists import read_list
    from imgcmp.images.globs import expanded

    files = list(expanded(arguments.files))
    if arguments.files_from is not None:
        files += read_list(arguments.files_from, nul=arguments.nul)
    elif arguments.nul:
        raise InputError("-0 is about the list that --files-from names, and there is none")
    return files


def required_files(arguments: argparse.Namespace) -> list[str]:
    """Return the paths that were named; InputError if there are none."""
    files = named_files(arguments)
    if not files:
        raise InputError("required: PATH, or --files-from with a list of them")
    return files


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add the database."""
    add(
        parser,
        "-f",
        "the fingerprint database",
        dest="database",
        metavar="DB",
        type=path,
        default=places.database_file(),
    )


def add_fingerprint_options(parser: argparse.ArgumentParser) -> None:
    """Add what fingerprints there are, and where they are kept."""
    text = f"side of the fingerprint, {MIN_X}..{MAX_X}: x * x bits ({_AS_HELD} {RECOMMENDED_X})"
    parser.add_argument("-x", help=text, type=side)
    parser.add_argument("-m", help=f"kind of fingerprint ({_AS_HELD} {METHODS[0]})", dest="method", choices=METHODS)
    text = f"{_VIEWS_HELP} ({_AS_HELD} {RECOMMENDED_VIEWS})"
    parser.add_argument("--views", help=text, metavar="KINDS", type=view_kinds)
    add_database(parser)
    text = "start over with an empty database, which knows only what is named this time (default: go on)"
    parser.add_argument("--force", action="store_true", help=text)
    text = "try files again that could not be read and did not change (default: only those that changed)"
    parser.add_argument("--retry", action="store_true", help=text)
    text = (
        "drop files that are gone from the database, and those in folders that are left out; those in a folder that "
        "isn't there stay, since its drive may be unplugged: if it was removed or renamed, name the folder above it "
        "(default: drop none)"
    )
    parser.add_argument("--prune", action="store_true", help=text)
    text = (
        "compare the previews that cameras leave in their files first, and read whole only files without one, or near "
        "another by these; some edited copies are not found then (default: read all)"
    )
    parser.add_argument("--previews", action="store_true", help=text)
    text = "seconds between two checkpoints, at least, so that writing takes 5 %% of the time at most"
    add(parser, "--checkpoint", text, dest="checkpoint_s", metavar="SECONDS", type=seconds, default=CHECKPOINT_S)


def fingerprint_options(arguments: argparse.Namespace) -> "FingerprintOptions":
    """Return these options."""
    from imgcmp.commands.options import FingerprintOptions

    return FingerprintOptions(
        arguments.x,
        arguments.method,
        views=arguments.views,
        database=arguments.database,
        force=arguments.force,
        retry=arguments.retry,
        prune=arguments.prune,
        checkpoint_s=arguments.checkpoint_s,
        previews=arguments.previews,
    )


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add what reading a file may take."""
    text = "seconds a file may take; one that takes longer is left, and listed"
    add(parser, "--timeout", text, dest="timeout_s", metavar="SECONDS", type=positive_seconds, default=TIMEOUT_S)


def reading_options(arguments: argparse.Namespace) -> "ReadingOptions":
    """Return these options."""
    from imgcmp.commands.options import ReadingOptions

    return ReadingOptions(
        arguments.exclude or (), arguments.timeout_s, arguments.max_memory, all_folders=arguments.all_folders
    )


def add_cluster_options(parser: argparse.ArgumentParser) -> None:
    """Add how images are grouped, and where the result goes."""
    add(parser, "-l", "linkage method", dest="linkage", choices=LINKAGES, default="average")
    text = "folder of the links, made anew every time"
    add(parser, "-o", text, dest="folder", metavar="DIR", type=path, default=places.clusters_folder())
    add(parser, "--links", _LINKS_HELP, choices=LINK_KINDS, default=SYMLINK)
    text = (
        "symbolic links that say where a file is from where they are: they hold where a drive has another mount point, "
        "or folder and files are moved together (default: absolute paths)"
    )
    parser.add_argument("--relative", action="store_true", help=text)
    text = "write the clusters as JSON, too; - is standard output, and the table goes to stderr then (default: no)"
    parser.add_argument("--json", metavar="FILE", type=path, help=text)
    text = "write the clusters as CSV, too; - as for --json (default: no)"
    parser.add_argument("--csv", metavar="FILE", type=path, help=text)
    add_relations(parser)
    add_tree(parser)


def add_tree(parser: argparse.ArgumentParser) -> None:
    """Add what shows the tree that clusters are cut from."""
    text = "write the tree that the clusters are cut from, up to the largest SIM, as NumPy's npz (default: no)"
    parser.add_argument("--tree", metavar="FILE", type=path, help=text)
    text = (
        "draw the number of clusters and the size of the largest over SIM, and the dendrogram of one cluster; .png or "
        ".svg, with the extra plot (default: no)"
    )
    parser.add_argument("--plot", metavar="FILE", type=path, help=text)
    text = "which cluster at the largest SIM, as lists number them without --relation; none of a number beyond"
    add(parser, "--plot-cluster", text, metavar="NUMBER", type=cluster_number, default=0)


def add_relations(parser: argparse.ArgumentParser) -> None:
    """Add which members of a cluster are shown."""
    text = (
        "show and link of each cluster only the best file and those that are this to it, one or several with commas: "
        "see `relation` in docs/format.md; copies of another member than the best file are a cluster of their "
        "own with it (default: all)"
    )
    parser.add_argument("--relation", dest="relations", metavar="LIST", type=relations, help=text)


def show_unwritten(error: "UnwrittenError", arguments: argparse.Namespace) -> int:
    """Print the table of clusters that were found, and what of them could not be written; return the exit status."""
    show_table(error.table, arguments)
    for unwritten in error.errors:
        complain(arguments.prog, str(unwritten))
    return USAGE


def add_memory(parser: argparse.ArgumentParser, what: str, default: str) -> None:
    """Add how much memory may be used."""
    text = f"memory that {what} may use, at about, like 500M or 2G (default: {default})"
    parser.add_argument("--max-memory", metavar="SIZE", type=size, help=text)


def cluster_options(arguments: argparse.Namespace) -> "ClusterOptions":
    """Return how images are grouped."""
    from imgcmp.commands.options import ClusterOptions

    return ClusterOptions(
        arguments.linkage,
        arguments.folder,
        arguments.json,
        arguments.csv,
        arguments.max_memory,
        arguments.links,
        arguments.relative,
        arguments.relations or (),
        arguments.tree,
        arguments.plot,
        arguments.plot_cluster,
    )


def show_table(table: str, arguments: argparse.Namespace) -> None:
    """Print the table: on stdout, or, where a list goes there, on stderr, and with -q not at all."""
    from imgcmp.commands.outputs import is_stdout

    if not (is_stdout(arguments.json) or is_stdout(arguments.csv)):
        show(table)
    elif not arguments.quiet:
        with contextlib.suppress(OSError):  # nobody reads it
            sys.stderr.write(f"{table}\n")


def add_common(parser: argparse.ArgumentParser, what: str) -> None:
    """Add what all commands have."""
    text = f"number of {what} (default: all cores)"
    parser.add_argument("-n", dest="workers", metavar="NCORE", type=positive, help=text)
    text = "say what is done, -vv in detail (default: only what came out)"
    parser.add_argument("-v", dest="verbose", action="count", default=0, help=text)
    text = "no progress bars, no summary (default: both, bars only on a terminal)"
    parser.add_argument("-q", dest="quiet", action="store_true", help=text)
