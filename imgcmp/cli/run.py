"""imgcmp run: its arguments, and one call."""

import argparse

from imgcmp.cli.argument_types import sims
from imgcmp.cli.parser import Command
from imgcmp.cli.shared_options import (
    SIM_HELP,
    add_cluster_options,
    add_common,
    add_files,
    add_fingerprint_options,
    add_memory,
    add_reading_options,
    cluster_options,
    console,
    fingerprint_options,
    reading_options,
    required_files,
    show_table,
    show_unwritten,
    status,
)
from imgcmp.clusters.cut import AUTO


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `imgcmp run`."""
    add_files(parser, "image files, or folders of them")
    parser.add_argument("--sim", metavar="SIM", type=sims, default=AUTO, help=f"{SIM_HELP} (default: {AUTO})")
    add_fingerprint_options(parser)
    add_reading_options(parser)
    add_cluster_options(parser)
    add_memory(parser, "decoding, then grouping", "a quarter, then half of what is free")
    add_common(parser, "processes, then threads")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from imgcmp.commands.outputs import UnwrittenError
    from imgcmp.commands.run import run

    try:
        outcome, table = run(
            required_files(arguments),
            arguments.sim,
            fingerprint_options(arguments),
            cluster_options(arguments),
            reading=reading_options(arguments),
            workers=arguments.workers,
            console=console(arguments),
        )
    except UnwrittenError as error:
        return show_unwritten(error, arguments)
    show_table(table, arguments)
    return status(outcome.failures)


COMMAND = Command(
    "Fingerprint images and group those that look alike, in one go.",
    add_arguments,
    execute,
    "exit status: 0 all read, 1 some files could not be read (they are listed), 2 usage, or what was found could not "
    "all be written (the table comes all the same), 130 interrupted",
)
