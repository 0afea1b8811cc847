"""docs/cli.md from what -h says of every command.

The text is made from the parsers themselves, not from what argparse prints: that differs between versions of Python.
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager

from imgcmp.cli.main import COMMANDS
from imgcmp.cli.parser import Command, Parser

SCRIPTS = {"resize": "00resize.py", "fingerprint": "10fingerprints.py", "cluster": "20cluster.py"}

# Defaults lie below the folder that IMGCMP_HOME names: here one that nobody has, written as people know it.
_HOME, _HOME_SHOWN = "/imgcmp's own folder", "~/.imgcmp"


def page() -> str:
    """Return the generated part of the page."""
    with _home():
        return "\n\n".join("\n".join(described(name, command)) for name, command in COMMANDS.items())


@contextmanager
def _home() -> Iterator[None]:
    before = os.environ.get("IMGCMP_HOME")
    os.environ["IMGCMP_HOME"] = _HOME
    try:
        yield
    finally:
        del os.environ["IMGCMP_HOME"]
        if before is not None:
            os.environ["IMGCMP_HOME"] = before


def described(name: str, command: Command) -> Iterator[str]:
    """Yield the lines about a command."""
    actions = actions_of(name, command)
    yield f"### imgcmp {name}\n"
    yield command.description + (f" The same as the script `{SCRIPTS[name]}`." if name in SCRIPTS else "") + "\n"
    yield f"    {usage(name, actions)}\n"
    yield "| argument | what it is |"
    yield "|---|---|"
    for action in actions:
        yield f"| {spelled(action)} | {told(action, name)} |"
    status = command.exit_status
    yield f"\n{status[0].upper()}{status[1:]}."


def actions_of(name: str, command: Command) -> list[argparse.Action]:
    """Return the arguments of a command, those without a dash first; without -h."""
    parser = Parser(f"imgcmp {name}", command.description)
    command.add_arguments(parser)
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    return sorted(actions, key=lambda action: bool(action.option_strings))


def usage(name: str, actions: list[argparse.Action]) -> str:
    """Return how the command is called; what may be left out stands in brackets."""
    names = {None: "{}", "?": "[{}]", "*": "[{} ...]"}
    named = [names[action.nargs].format(action.metavar) for action in actions if not action.option_strings]
    return " ".join([f"imgcmp {name}", "[options]", *named])


def spelled(action: argparse.Action) -> str:
    """Return how an argument is written."""
    if not action.option_strings:
        return f"`{action.metavar}`"
    if action.nargs == 0:
        return ", ".join(f"`{option}`" for option in action.option_strings)
    if action.choices is not None:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    else:
        value = str(action.metavar or action.dest.upper())
    return ", ".join(f"`{option} {value}`" for option in action.option_strings)


def told(action: argparse.Action, name: str) -> str:
    """Return what -h says about an argument."""
    text = (action.help or "") % {**vars(action), "prog": f"imgcmp {name}"}
    return text.replace(_HOME, _HOME_SHOWN).replace("|", r"\|").replace("*", r"\*")
