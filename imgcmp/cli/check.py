"""imgcmp check: its arguments, and one call."""

import argparse

from imgcmp.cli.parser import CLEAN, FAULTY, Command, show
from imgcmp.cli.shared_options import ABOUT_INSPECTED, add_inspected
from imgcmp.system.text import shown


def execute(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from imgcmp.database.verification import find_faults

    faults = find_faults(arguments.database)
    for fault in faults or ["nothing is wrong"]:
        show(f"{shown(arguments.database)}: {fault}")
    return FAULTY if faults else CLEAN


COMMAND = Command(
    "Verify a database, whole or damaged.",
    add_inspected,
    execute,
    "exit status: 0 nothing is wrong, 1 something is (it is listed), 2 usage, or not a database",
    ABOUT_INSPECTED,
)
