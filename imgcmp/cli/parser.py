"""What a command is to the command line: its parser, exit status, and how it speaks."""

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from imgcmp.errors import Term
from imgcmp.system.text import shown

ALL_READ, SOME_FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
CLEAN, FAULTY = 0, 1
_BELOW_ZERO = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\Z")
READING_STATUS = "exit status: 0 all read, 1 some files could not be read (they are listed), 2 usage, 130 interrupted"


class Command(NamedTuple):
    """A command: what it says of itself, its arguments, and what it does; `execute` returns the exit status.

    `words` are what errors call otherwise than for other commands: the options that they name are not this one's.
    """

    description: str
    add_arguments: Callable[[argparse.ArgumentParser], object]
    execute: Callable[[argparse.Namespace], int]
    exit_status: str = READING_STATUS
    words: Mapping[Term, str] = MappingProxyType({})


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def __init__(self, prog: str, description: str = "") -> None:
        super().__init__(prog=prog, description=description, epilog=READING_STATUS, allow_abbrev=False)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Take names that follow an option, too: argparse lets `0.2 -v FILE` have no FILE if there may be none."""
        arguments, rest = super().parse_known_args(args, namespace)
        if hasattr(arguments, "files"):
            at = rest.index("--") if "--" in rest else len(rest)
            arguments.files += [text for text in rest[:at] if not text.startswith("-")] + rest[at + 1 :]
            rest = [text for text in rest[:at] if text.startswith("-")]
        return arguments, rest

    def _parse_optional(self, arg_string: str) -> Any:
        """Take a number below 0 for a value, whose argument says what it may be; argparse takes it for an option -0."""
        if _BELOW_ZERO.match(arg_string) and arg_string not in self._option_string_actions:
            return None
        return super()._parse_optional(arg_string)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help and version; argparse says nothing of it where that can't be written."""
        if file is sys.stdout and message:
            show(message.removesuffix("\n"))
        else:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        self.exit(USAGE, f"{self.prog}: {shown(message)} (see {self.prog} -h)\n")


def complain(prog: str, text: str) -> None:
    """Say what is wrong, in a line on stderr."""
    with contextlib.suppress(OSError):  # nobody reads it
        sys.stderr.write(f"{prog}: {shown(text)}\n")


def show(text: str) -> None:
    """Print what was asked for, on stdout."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough. Nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def add(parser: argparse.ArgumentParser, flag: str, text: str, **settings: Any) -> None:
    """Add an option whose help says its default."""
    parser.add_argument(flag, help=f"{text} (default: {escaped(str(settings['default']))})", **settings)


def escaped(text: str) -> str:
    """Return a text as help: argparse takes it for a format."""
    return text.replace("%", "%%")
