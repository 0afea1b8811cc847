"""imgcmp resize: its arguments, and one call."""

import argparse

from imgcmp.cli.argument_types import fraction, path
from imgcmp.cli.parser import Command, add
from imgcmp.cli.shared_options import (
    add_common,
    add_files,
    add_memory,
    add_reading_options,
    console,
    reading_options,
    required_files,
    status,
)
from imgcmp.system import places


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `imgcmp resize`."""
    parser.add_argument("fraction", metavar="FRACTION", type=fraction, help="of width and height: above 0, at most 1")
    add_files(parser, "image files, or folders of them")
    add(
        parser,
        "-t",
        "folder of the copies",
        dest="folder",
        metavar="TGTDIR",
        type=path,
        default=places.copies_folder(),
    )
    add_reading_options(parser)
    add_memory(parser, "decoding", "a quarter of what is free")
    add_common(parser, "processes")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from imgcmp.commands.resize import resize

    outcome = resize(
        required_files(arguments),
        arguments.fraction,
        folder=arguments.folder,
        reading=reading_options(arguments),
        workers=arguments.workers,
        console=console(arguments),
    )
    return status(outcome.failures)


COMMAND = Command(
    "Make resized copies of images, upright, in a folder of their own.",
    add_arguments,
    execute,
)
