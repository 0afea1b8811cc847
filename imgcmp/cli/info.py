"""imgcmp info: its arguments, and one call."""

import argparse

from imgcmp.cli.parser import ALL_READ, Command, show
from imgcmp.cli.shared_options import ABOUT_INSPECTED, add_inspected


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `imgcmp info`."""
    add_inspected(parser)
    text = "list every file that could not be read (default: only how many, by reason)"
    parser.add_argument("-v", dest="verbose", action="store_true", help=text)
    parser.add_argument("--json", action="store_true", help="write it as JSON, all of it (default: lines)")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from imgcmp.database.summary import format_summary, summarize, to_json

    summary = summarize(arguments.database)
    show(to_json(summary) if arguments.json else format_summary(summary, verbose=arguments.verbose))
    return ALL_READ


COMMAND = Command(
    "Tell what a database holds, and when and how it was made.",
    add_arguments,
    execute,
    "exit status: 0 told, 2 usage, or no database that can be used (see imgcmp check)",
    ABOUT_INSPECTED,
)
