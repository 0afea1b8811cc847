"""imgcmp compare: its arguments, and one call."""

import argparse
from typing import TYPE_CHECKING

from imgcmp.cli.argument_types import side, sim_or_auto, view_kinds
from imgcmp.cli.parser import ALL_READ, USAGE, Command, add, complain, show
from imgcmp.cli.shared_options import add_memory, add_reading_options
from imgcmp.clusters.cut import AUTO
from imgcmp.errors import InputError
from imgcmp.fingerprints.parameters import MAX_X, METHODS, MIN_X

if TYPE_CHECKING:
    from imgcmp.results.comparison_types import Kind


_COMPARED_VIEWS_HELP = (
    "look at these views of each file, too: cropped (crops), mirrored (flips) or turned (turns): some of them, with "
    "commas, or all, or none"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `imgcmp compare`."""
    parser.add_argument("files", metavar="FILE", nargs="*", help="image files, two or more")
    text = f"side of the fingerprint, {MIN_X}..{MAX_X}: x * x bits (default: both 8 and 16)"
    parser.add_argument("-x", type=side, help=text)
    parser.add_argument("-m", help="kind of fingerprint (default: all)", dest="method", choices=METHODS)
    add(parser, "--views", _COMPARED_VIEWS_HELP, metavar="KINDS", type=view_kinds, default="all")
    text = "mark with * what joins at this SIM; auto: at that of a run on these files alone"
    add(parser, "--sim", text, type=sim_or_auto, default=AUTO)
    add_reading_options(parser)
    add_memory(parser, "decoding", "a quarter of what is free")
    parser.add_argument("--json", action="store_true", help="write it as JSON, all of it (default: tables)")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from imgcmp.commands.console import Console
    from imgcmp.fingerprints.fingerprint_files import Limits
    from imgcmp.fingerprints.views import normal_kinds
    from imgcmp.images.globs import expanded
    from imgcmp.results.comparison import compare, read_images
    from imgcmp.results.comparison_text import MOST_IMAGES, format_comparison, to_json

    files = list(expanded(arguments.files))
    if len(files) < 2:
        raise InputError("required: FILE FILE, two image files or more")
    if len(files) > MOST_IMAGES:
        raise InputError(f"{len(files)} files are too many to show side by side; name {MOST_IMAGES} at most")
    views = normal_kinds(arguments.views)
    limits = Limits.of(None, arguments.timeout_s, arguments.max_memory)
    images, failures = read_images(files, _compared_kinds(arguments), views, limits)
    for failure in failures:
        complain(arguments.prog, f"{failure.path}: {failure.reason}")
    if failures:
        return USAGE
    with Console().compiling():
        comparison = compare(images, views)
    show(to_json(comparison) if arguments.json else format_comparison(comparison, arguments.sim))
    return ALL_READ


def _compared_kinds(arguments: argparse.Namespace) -> "list[Kind]":
    from imgcmp.results.comparison_types import SIDES, Kind

    sides = (arguments.x,) if arguments.x else SIDES
    methods = (arguments.method,) if arguments.method else METHODS
    return [Kind(method, x) for method in methods for x in sides]


COMMAND = Command(
    "Tell how far apart image files are, and at which SIM they join.",
    add_arguments,
    execute,
    "exit status: 0 told, 2 usage, or a file that could not be read (each is listed)",
)
