"""Arguments -> stages: the `imgcmp` command and the three scripts.

Only what it takes to read the arguments is imported at the top, so that -h answers at once.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import imgcmp
from imgcmp.system import places
from imgcmp.system.signals import ended_like_interrupted
from imgcmp.system.text import shown

if TYPE_CHECKING:
    from imgcmp.console import Console
    from imgcmp.images.image_file import Failure
    from imgcmp.results.comparison import Kind
    from imgcmp.stages import ClusterOptions, FingerprintOptions, ReadingOptions

ALL_READ, SOME_FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
CLEAN, FAULTY = 0, 1

# As in fingerprints/ and imgcmp.clusters.cut, which load numpy and more.
METHODS = ("phash", "ahash", "dhash")
LINKAGES = ("single", "complete", "average", "weighted")
MIN_X, MAX_X = 2, 64
VIEW_KINDS = ("crops", "flips", "turns")

# What imgcmp run does by default, as in imgcmp.stages: RECOMMENDED_SIM and recommended_fingerprints.
DEFAULT_SIM = 0.3
RUN_X, RUN_VIEWS = 16, "all"
_SIZE_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_EXIT_STATUS = "exit status: 0 all read, 1 some files could not be read (they are listed), 2 usage, 130 interrupted"
_EXIT_STATUS_OF_CLUSTER = "exit status: 0 done, 2 usage, or no database that can be used, 130 interrupted"
_EXIT_STATUS_OF_INFO = "exit status: 0 told, 2 usage, or no database that can be used (see imgcmp check)"
_EXIT_STATUS_OF_CHECK = "exit status: 0 nothing is wrong, 1 something is (it is listed), 2 usage, or not a database"
_EXIT_STATUS_OF_COMPARE = "exit status: 0 told, 2 usage, or a file that could not be read (each is listed)"
_SIM_HELP = "allowed dissimilarity: the fraction of the bits that may differ, 0..1; good values are 0.1 to 0.3"

_VIEWS_HELP = (
    "keep fingerprints of views of every image, too, which find copies that were cropped (crops), mirrored (flips) or "
    "turned (turns): some of the three, with commas, or all, or none"
)
_COMPARED_VIEWS_HELP = (
    "look at these views of each file, too: cropped (crops), mirrored (flips) or turned (turns): some of them, with "
    "commas, or all, or none"
)
_EXCLUDE_HELP = (
    "leave out files, and folders with all that is in them, whose name matches; or, if GLOB holds a '/', whose path "
    "below the named folder does; * stands for any characters, '/' too; may be given several times (default: none)"
)


class Command(NamedTuple):
    """A command: what it says of itself, its arguments, and what it does; `run` returns the exit status."""

    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    exit_status: str = _EXIT_STATUS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the `imgcmp` command; return its exit status."""
    parser = _Parser("imgcmp", "Compare images by content: find those that look alike.")
    parser.add_argument("--version", action="version", version=f"imgcmp {imgcmp.__version__}")
    names = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, command in COMMANDS.items():
        subparser = names.add_parser(name, description=command.description, help=command.description)
        subparser.epilog = command.exit_status
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run, prog=subparser.prog)
    return _guarded(parser, argv)


def resize_script(argv: Sequence[str] | None = None) -> int:
    """Run 00resize.py; return its exit status."""
    return _script("00resize.py", "resize", argv)


def fingerprint_script(argv: Sequence[str] | None = None) -> int:
    """Run 10fingerprints.py; return its exit status."""
    return _script("10fingerprints.py", "fingerprint", argv)


def cluster_script(argv: Sequence[str] | None = None) -> int:
    """Run 20cluster.py; return its exit status."""
    return _script("20cluster.py", "cluster", argv)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def __init__(self, prog: str, description: str = "") -> None:
        super().__init__(prog=prog, description=description, epilog=_EXIT_STATUS, allow_abbrev=False)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Take names that follow an option, too: argparse lets `0.2 -v FILE` have no FILE if there may be none."""
        arguments, rest = super().parse_known_args(args, namespace)
        if hasattr(arguments, "files"):
            at = rest.index("--") if "--" in rest else len(rest)
            arguments.files += [text for text in rest[:at] if not text.startswith("-")] + rest[at + 1 :]
            rest = [text for text in rest[:at] if text.startswith("-")]
        return arguments, rest

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {shown(message)} (see {self.prog} -h)\n")


def _script(prog: str, name: str, argv: Sequence[str] | None) -> int:
    command = COMMANDS[name]
    parser = _Parser(prog, command.description)
    parser.epilog = command.exit_status
    command.add_arguments(parser)
    parser.set_defaults(run=command.run, prog=prog)
    return _guarded(parser, argv)


def _guarded(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    """Parse the arguments and run the command; what the user can put right becomes one line and an exit status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 -- until the end of the process
        with contextlib.suppress(AttributeError):  # replaced by something that isn't a text file
            getattr(sys, name).reconfigure(errors="backslashreplace")
    prog = parser.prog
    try:
        arguments = parser.parse_args(argv)
        prog = arguments.prog
        with ended_like_interrupted():
            status: int = arguments.run(arguments)
        return status
    except KeyboardInterrupt:
        _complain(prog, "interrupted; nothing that was done is lost, run it again to go on")
        return INTERRUPTED
    except ModuleNotFoundError as error:
        _complain(prog, f"the package {error.name} is missing: install imgcmp with pip")
        return USAGE
    except imgcmp.InputError as error:
        _complain(prog, str(error))
        return USAGE
    except MemoryError as error:
        _complain(prog, str(error) or "not enough memory")
        return USAGE
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        _complain(prog, f"{name}{(error.strerror or str(error)).lower()}")
        return USAGE


def _complain(prog: str, text: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads it
        sys.stderr.write(f"{prog}: {shown(text)}\n")


def _print(text: str) -> None:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough. Nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _status(failures: "list[Failure]") -> int:
    return SOME_FAILED if failures else ALL_READ


def _console(arguments: argparse.Namespace) -> "Console":
    from imgcmp.console import Console

    return Console(arguments.verbose, quiet=arguments.quiet)


def _add_resize(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fraction", metavar="FRACTION", type=_fraction, help="of width and height: above 0, at most 1")
    _add_files(parser, "image files, or folders of them")
    _add(
        parser,
        "-t",
        "folder of the copies",
        dest="folder",
        metavar="TGTDIR",
        type=_path,
        default=places.copies_folder(),
    )
    _add_reading_options(parser)
    _add_memory(parser, "decoding", "a quarter of what is free")
    _add_common(parser, "processes")


def _resize(arguments: argparse.Namespace) -> int:
    from imgcmp import stages

    outcome = stages.resize(
        _required_files(arguments),
        arguments.fraction,
        folder=arguments.folder,
        reading=_reading_options(arguments),
        n_workers=arguments.n_workers,
        console=_console(arguments),
    )
    return _status(outcome.failures)


def _add_fingerprint(parser: argparse.ArgumentParser) -> None:
    _add_files(parser, f"image files, or folders of them (default: {_escaped(places.copies_folder())})")
    _add_fingerprint_options(parser)
    _add_reading_options(parser)
    _add_memory(parser, "decoding", "a quarter of what is free")
    _add_common(parser, "processes")


def _fingerprint(arguments: argparse.Namespace) -> int:
    from imgcmp import stages

    outcome = stages.fingerprint(
        _files(arguments),
        _fingerprint_options(arguments),
        reading=_reading_options(arguments),
        n_workers=arguments.n_workers,
        console=_console(arguments),
    )
    return _status(outcome.failures)


def _add_cluster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sim", metavar="SIM", type=_sim, help=f"{_SIM_HELP}; with x 16 and views, {DEFAULT_SIM}")
    _add_database(parser, places.database_file())
    _add_cluster_options(parser)
    _add_memory(parser, "grouping", "half of what is free")
    _add_common(parser, "threads")


def _cluster(arguments: argparse.Namespace) -> int:
    from imgcmp import stages

    table = stages.cluster(
        arguments.sim,
        _cluster_options(arguments),
        database=arguments.database,
        n_workers=arguments.n_workers,
        console=_console(arguments),
    )
    _print(table)
    return ALL_READ


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_files(parser, "image files, or folders of them")
    _add(parser, "--sim", _SIM_HELP, type=_sim, default=DEFAULT_SIM)
    _add_fingerprint_options(parser, x=RUN_X, views=RUN_VIEWS, database=places.run_database_file())
    _add_reading_options(parser)
    _add_cluster_options(parser)
    _add_memory(parser, "decoding, then grouping", "a quarter, then half of what is free")
    _add_common(parser, "processes, then threads")


def _run(arguments: argparse.Namespace) -> int:
    from imgcmp import stages

    outcome, table = stages.run(
        _required_files(arguments),
        arguments.sim,
        _fingerprint_options(arguments),
        _cluster_options(arguments),
        reading=_reading_options(arguments),
        n_workers=arguments.n_workers,
        console=_console(arguments),
    )
    _print(table)
    return _status(outcome.failures)


def _add_demo(parser: argparse.ArgumentParser) -> None:
    text = "new folder to draw into (default: imgcmp-demo, or the next name that is free)"
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=_path, help=text)
    _add_common(parser, "processes, then threads")


def _demo(arguments: argparse.Namespace) -> int:
    from imgcmp.demo import demonstrate

    _print(demonstrate(arguments.folder, n_workers=arguments.n_workers, console=_console(arguments)))
    return ALL_READ


def _add_info(parser: argparse.ArgumentParser) -> None:
    _add_inspected(parser)
    text = "list every file that could not be read (default: only how many, by reason)"
    parser.add_argument("-v", dest="verbose", action="store_true", help=text)
    parser.add_argument("--json", action="store_true", help="write it as JSON, all of it (default: lines)")


def _info(arguments: argparse.Namespace) -> int:
    from imgcmp.database.summary import format_summary, summarize, to_json

    summary = summarize(arguments.database)
    _print(to_json(summary) if arguments.json else format_summary(summary, verbose=arguments.verbose))
    return ALL_READ


def _check(arguments: argparse.Namespace) -> int:
    from imgcmp.database.verification import find_faults

    faults = find_faults(arguments.database)
    for fault in faults or ["nothing is wrong"]:
        _print(f"{shown(arguments.database)}: {fault}")
    return FAULTY if faults else CLEAN


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", help="image files, two or more")
    text = f"side of the fingerprint, {MIN_X}..{MAX_X}: x * x bits (default: both 8 and 16)"
    parser.add_argument("-x", type=_side, help=text)
    parser.add_argument("-m", help="kind of fingerprint (default: all)", dest="method", choices=METHODS)
    _add(parser, "--views", _COMPARED_VIEWS_HELP, metavar="KINDS", type=_view_kinds, default="all")
    _add(parser, "--sim", "mark with * what joins at this SIM", type=_sim, default=DEFAULT_SIM)
    parser.add_argument("--json", action="store_true", help="write it as JSON, all of it (default: tables)")


def _compare(arguments: argparse.Namespace) -> int:
    from imgcmp.fingerprints.views import normal_kinds
    from imgcmp.images.globs import expanded
    from imgcmp.results.comparison import compare, read_images
    from imgcmp.results.comparison_text import MOST_IMAGES, format_comparison, to_json

    files = list(expanded(arguments.files))
    if len(files) < 2:
        raise imgcmp.InputError("required: FILE FILE, two image files or more")
    if len(files) > MOST_IMAGES:
        raise imgcmp.InputError(f"{len(files)} files are too many to show side by side; name {MOST_IMAGES} at most")
    views = normal_kinds(arguments.views)
    images, failures = read_images(files, _compared_kinds(arguments), views)
    for failure in failures:
        _complain(arguments.prog, f"{failure.path}: {failure.reason}")
    if failures:
        return USAGE
    comparison = compare(images, views)
    _print(to_json(comparison) if arguments.json else format_comparison(comparison, arguments.sim))
    return ALL_READ


def _compared_kinds(arguments: argparse.Namespace) -> "list[Kind]":
    from imgcmp.results.comparison import SIDES, Kind

    sides = (arguments.x,) if arguments.x else SIDES
    methods = (arguments.method,) if arguments.method else METHODS
    return [Kind(method, x) for method in methods for x in sides]


def _add_inspected(parser: argparse.ArgumentParser) -> None:
    text = f"the fingerprint database (default: {_escaped(places.database_file())})"
    parser.add_argument("database", metavar="DB", nargs="?", type=_path, default=places.database_file(), help=text)


def _add(parser: argparse.ArgumentParser, flag: str, text: str, **settings: Any) -> None:
    parser.add_argument(flag, help=f"{text} (default: {_escaped(str(settings['default']))})", **settings)


def _add_files(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("files", metavar="PATH", nargs="*", help=text)
    text = "file with more paths, one a line, taken as they are; - for standard input (default: none)"
    parser.add_argument("--files-from", metavar="FILE", type=_path, help=text)
    text = "paths in that file end with a NUL byte, as find -print0 writes them (default: with the line)"
    parser.add_argument("-0", "--null", dest="nul", action="store_true", help=text)
    parser.add_argument("--exclude", metavar="GLOB", action="append", help=_EXCLUDE_HELP)


def _files(arguments: argparse.Namespace) -> list[str]:
    """Return the paths that were named, and those of the list."""
    from imgcmp.images.file_lists import read_list
    from imgcmp.images.globs import expanded

    files = list(expanded(arguments.files))
    if arguments.files_from is not None:
        files += read_list(arguments.files_from, nul=arguments.nul)
    elif arguments.nul:
        raise imgcmp.InputError("-0 is about the list that --files-from names, and there is none")
    return files


def _required_files(arguments: argparse.Namespace) -> list[str]:
    files = _files(arguments)
    if not files:
        raise imgcmp.InputError("required: PATH, or --files-from with a list of them")
    return files


def _add_database(parser: argparse.ArgumentParser, default: str) -> None:
    _add(
        parser,
        "-f",
        "the fingerprint database",
        dest="database",
        metavar="DB",
        type=_path,
        default=default,
    )


def _add_fingerprint_options(
    parser: argparse.ArgumentParser, *, x: int = 8, views: str = "none", database: str | None = None
) -> None:
    _add(parser, "-x", f"side of the fingerprint, {MIN_X}..{MAX_X}: x * x bits", type=_side, default=x)
    _add(parser, "-m", "kind of fingerprint", dest="method", choices=METHODS, default=METHODS[0])
    _add(parser, "--views", _VIEWS_HELP, metavar="KINDS", type=_view_kinds, default=views)
    _add_database(parser, database or places.database_file())
    parser.add_argument("--force", action="store_true", help="start over with an empty database (default: go on)")
    text = "try files again that could not be read and did not change (default: only those that changed)"
    parser.add_argument("--retry", action="store_true", help=text)
    text = "drop files that are gone from the database; those in folders that aren't there stay (default: drop none)"
    parser.add_argument("--prune", action="store_true", help=text)
    text = "seconds between two checkpoints, at least, so that writing takes 5 %% of the time at most"
    _add(parser, "--checkpoint", text, dest="checkpoint_s", metavar="SECONDS", type=_seconds, default=10.0)


def _fingerprint_options(arguments: argparse.Namespace) -> "FingerprintOptions":
    from imgcmp.stages import FingerprintOptions

    return FingerprintOptions(
        arguments.x,
        arguments.method,
        views=arguments.views,
        database=arguments.database,
        force=arguments.force,
        retry=arguments.retry,
        prune=arguments.prune,
        checkpoint_s=arguments.checkpoint_s,
    )


def _add_reading_options(parser: argparse.ArgumentParser) -> None:
    text = "seconds a file may take; one that takes longer is left, and listed"
    _add(parser, "--timeout", text, dest="timeout_s", metavar="SECONDS", type=_positive_seconds, default=60.0)


def _reading_options(arguments: argparse.Namespace) -> "ReadingOptions":
    from imgcmp.stages import ReadingOptions

    return ReadingOptions(arguments.exclude or (), arguments.timeout_s, arguments.max_memory)


def _add_cluster_options(parser: argparse.ArgumentParser) -> None:
    _add(parser, "-l", "linkage method", dest="linkage", choices=LINKAGES, default="average")
    text = "folder of the links, made anew every time"
    _add(parser, "-o", text, dest="folder", metavar="DIR", type=_path, default=places.clusters_folder())
    parser.add_argument("--json", metavar="FILE", type=_path, help="write the clusters as JSON, too (default: no)")
    parser.add_argument("--csv", metavar="FILE", type=_path, help="write the clusters as CSV, too (default: no)")


def _add_memory(parser: argparse.ArgumentParser, what: str, default: str) -> None:
    text = f"memory that {what} may use, at about, like 500M or 2G (default: {default})"
    parser.add_argument("--max-memory", metavar="SIZE", type=_size, help=text)


def _cluster_options(arguments: argparse.Namespace) -> "ClusterOptions":
    from imgcmp.stages import ClusterOptions

    return ClusterOptions(arguments.linkage, arguments.folder, arguments.json, arguments.csv, arguments.max_memory)


def _add_common(parser: argparse.ArgumentParser, what: str) -> None:
    text = f"number of {what} (default: all cores)"
    parser.add_argument("-n", dest="n_workers", metavar="NCORE", type=_positive, help=text)
    text = "say what is done, -vv in detail (default: only what came out)"
    parser.add_argument("-v", dest="verbose", action="count", default=0, help=text)
    text = "no progress bars, no summary (default: both, bars only on a terminal)"
    parser.add_argument("-q", dest="quiet", action="store_true", help=text)


def _escaped(text: str) -> str:
    return text.replace("%", "%%")  # argparse takes help for a format


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("must be a name; got ''")
    return text


def _fraction(text: str) -> float:
    return _number(text, lambda value: 0 < value <= 1, "a number above 0 and at most 1")


def _sim(text: str) -> float:
    return _number(text, lambda value: 0 <= value <= 1, "a number in 0..1")


def _view_kinds(text: str) -> str:
    names = () if text in ("all", "none") else [name.strip() for name in text.split(",")]
    if not set(names) <= set(VIEW_KINDS):
        raise argparse.ArgumentTypeError(f"must be all, none, or some of {','.join(VIEW_KINDS)}; got {text!r}")
    return text


def _seconds(text: str) -> float:
    return _number(text, lambda value: 0 <= value < 1e9, "a number of seconds, 0 or more")


def _positive_seconds(text: str) -> float:
    return _number(text, lambda value: 0 < value < 1e9, "a number of seconds above 0")


def _number(text: str, is_valid: Callable[[float], bool], rule: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not is_valid(value):
        raise argparse.ArgumentTypeError(f"must be {rule}; got {text!r}")
    return value


def _size(text: str) -> int:
    number, factor = text, 1
    if text[-1:].upper() in _SIZE_UNITS:
        number, factor = text[:-1], _SIZE_UNITS[text[-1:].upper()]
    return int(_number(number, lambda value: 0 <= value < 2**40, "a size in bytes, like 500M or 2G") * factor)


def _side(text: str) -> int:
    return _integer(text, MIN_X, MAX_X, f"a whole number in {MIN_X}..{MAX_X}")


def _positive(text: str) -> int:
    return _integer(text, 1, 4096, "a whole number in 1..4096")


def _integer(text: str, least: int, most: int, rule: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"must be {rule}; got {text!r}")
    return value


COMMANDS = {
    "resize": Command("Make resized copies of images, upright, in a folder of their own.", _add_resize, _resize),
    "fingerprint": Command("Compute the fingerprints of images into the database.", _add_fingerprint, _fingerprint),
    "cluster": Command(
        "Group the images of the database that look alike.", _add_cluster, _cluster, _EXIT_STATUS_OF_CLUSTER
    ),
    "run": Command("Fingerprint images and group those that look alike, in one go.", _add_run, _run),
    "info": Command(
        "Tell what a database holds, and when and how it was made.", _add_info, _info, _EXIT_STATUS_OF_INFO
    ),
    "check": Command("Verify a database, whole or damaged.", _add_inspected, _check, _EXIT_STATUS_OF_CHECK),
    "compare": Command(
        "Tell how far apart image files are, and at which SIM they join.",
        _add_compare,
        _compare,
        _EXIT_STATUS_OF_COMPARE,
    ),
    "demo": Command("Draw a small collection with edited copies and run everything on it.", _add_demo, _demo),
}

if __name__ == "__main__":
    raise SystemExit(main())
