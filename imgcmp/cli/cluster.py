"""imgcmp cluster: its arguments, and one call."""

import argparse

from imgcmp.cli.argument_types import sims
from imgcmp.cli.parser import ALL_READ, Command
from imgcmp.cli.shared_options import (
    FORCE_OF_ANOTHER,
    SIM_HELP,
    add_cluster_options,
    add_common,
    add_database,
    add_memory,
    add_reading_options,
    cluster_options,
    console,
    show_table,
    show_unwritten,
)
from imgcmp.clusters.cut import AUTO


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `imgcmp cluster`."""
    text = f"{SIM_HELP} (default: {AUTO})"
    parser.add_argument("sim", metavar="SIM", nargs="?", type=sims, default=AUTO, help=text)
    add_database(parser)
    add_cluster_options(parser)
    add_reading_options(parser)
    add_memory(parser, "grouping, or looking at files once more,", "half, or a quarter of what is free")
    add_common(parser, "threads")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from imgcmp.commands.cluster import cluster
    from imgcmp.commands.options import ReadingOptions
    from imgcmp.commands.outputs import UnwrittenError

    try:
        table = cluster(
            arguments.sim,
            cluster_options(arguments),
            database=arguments.database,
            reading=ReadingOptions(timeout_s=arguments.timeout_s, max_memory=arguments.max_memory),
            workers=arguments.workers,
            console=console(arguments),
        )
    except UnwrittenError as error:
        return show_unwritten(error, arguments)
    show_table(table, arguments)
    return ALL_READ


COMMAND = Command(
    "Group the images of the database that look alike.",
    add_arguments,
    execute,
    "exit status: 0 done, 2 usage, no database that can be used, or what was found could not all be written (the table "
    "comes all the same), 130 interrupted",
    FORCE_OF_ANOTHER,
)
