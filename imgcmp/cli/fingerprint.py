"""imgcmp fingerprint: its arguments, and one call."""

import argparse

from imgcmp.cli.parser import Command, escaped
from imgcmp.cli.shared_options import (
    add_common,
    add_files,
    add_fingerprint_options,
    add_memory,
    add_reading_options,
    console,
    fingerprint_options,
    named_files,
    reading_options,
    status,
)
from imgcmp.system import places


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `imgcmp fingerprint`."""
    add_files(parser, f"image files, or folders of them (default: {escaped(places.copies_folder())})")
    add_fingerprint_options(parser)
    add_reading_options(parser)
    add_memory(parser, "decoding", "a quarter of what is free")
    add_common(parser, "processes")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from imgcmp.commands.fingerprint import fingerprint

    outcome = fingerprint(
        named_files(arguments),
        fingerprint_options(arguments),
        reading=reading_options(arguments),
        workers=arguments.workers,
        console=console(arguments),
    )
    return status(outcome.failures)


COMMAND = Command(
    "Compute the fingerprints of images into the database.",
    add_arguments,
    execute,
)
