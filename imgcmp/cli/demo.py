"""imgcmp demo: its arguments, and one call."""

import argparse

from imgcmp.cli.argument_types import path
from imgcmp.cli.parser import ALL_READ, Command, show
from imgcmp.cli.shared_options import add_common, console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `imgcmp demo`."""
    text = "new folder to draw into (default: imgcmp-demo, or the next name that is free)"
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=path, help=text)
    add_common(parser, "processes, then threads")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from imgcmp.commands.demo import demonstrate

    show(demonstrate(arguments.folder, workers=arguments.workers, console=console(arguments)))
    return ALL_READ


COMMAND = Command(
    "Draw a small collection with edited copies and run everything on it.",
    add_arguments,
    execute,
)
