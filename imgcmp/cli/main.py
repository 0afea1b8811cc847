"""The `imgcmp` command and the three scripts.

Only what it takes to read the arguments is imported before a command runs, so that -h answers at once.
"""

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from imgcmp.cli import check, cluster, compare, demo, fingerprint, info, resize, run
from imgcmp.cli.parser import INTERRUPTED, USAGE, Parser, complain
from imgcmp.errors import InputError, Term
from imgcmp.system.signals import ended_like_interrupted, go_on
from imgcmp.version import __version__

COMMANDS = {
    "resize": resize.COMMAND,
    "fingerprint": fingerprint.COMMAND,
    "cluster": cluster.COMMAND,
    "run": run.COMMAND,
    "info": info.COMMAND,
    "check": check.COMMAND,
    "compare": compare.COMMAND,
    "demo": demo.COMMAND,
}

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_MODULES_OF_UNIX = ("fcntl", "resource")  # of Python's own library, where the system has what they stand for

# What errors call by the names of parameters, for someone who writes options.
_OPTIONS = {
    Term.WITH_FORCE: "with --force",
    Term.ANOTHER_DATABASE: "another file with -f",
    Term.START_DATABASE: "make it with imgcmp run or 10fingerprints.py, or name another one",
    Term.EXCLUDE: "--exclude",
    Term.ALL_FOLDERS: "--all-folders",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the `imgcmp` command; return its exit status."""
    return _guarded("imgcmp", _parser, argv)


def _parser() -> Parser:
    parser = Parser("imgcmp", "Compare images by content: find those that look alike.")
    parser.add_argument("--version", action="version", version=f"imgcmp {__version__}")
    names = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for name, command in COMMANDS.items():
        subparser = names.add_parser(name, description=command.description, help=command.description)
        subparser.epilog = command.exit_status
        command.add_arguments(subparser)
        subparser.set_defaults(execute=command.execute, prog=subparser.prog, words=command.words)
    return parser


def resize_script(argv: Sequence[str] | None = None) -> int:
    """Run 00resize.py; return its exit status."""
    return _script("00resize.py", "resize", argv)


def fingerprint_script(argv: Sequence[str] | None = None) -> int:
    """Run 10fingerprints.py; return its exit status."""
    return _script("10fingerprints.py", "fingerprint", argv)


def cluster_script(argv: Sequence[str] | None = None) -> int:
    """Run 20cluster.py; return its exit status."""
    return _script("20cluster.py", "cluster", argv)


def _script(prog: str, name: str, argv: Sequence[str] | None) -> int:
    return _guarded(prog, partial(_script_parser, prog, name), argv)


def _script_parser(prog: str, name: str) -> Parser:
    command = COMMANDS[name]
    parser = Parser(prog, command.description)
    parser.epilog = command.exit_status
    command.add_arguments(parser)
    parser.set_defaults(execute=command.execute, prog=prog, words=command.words)
    return parser


def _guarded(prog: str, parser: Callable[[], Parser], argv: Sequence[str] | None) -> int:
    """Parse the arguments and run the command; what the user can put right becomes one line and an exit status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 -- until the end of the process
        with contextlib.suppress(AttributeError):  # replaced by something that isn't a text file
            getattr(sys, name).reconfigure(errors="backslashreplace")
    arguments = argparse.Namespace(prog=prog)
    with ended_like_interrupted() as ending:
        try:
            try:
                return _executed(parser, argv, arguments)
            finally:
                ending.is_over = True
        except BaseException as error:
            # In the middle of an import the exception becomes any other one.
            if not (ending.is_asked_for or isinstance(error, KeyboardInterrupt)):
                raise
            complain(arguments.prog, "interrupted; nothing that was done is lost, run it again to go on")
            return INTERRUPTED


def _executed(parser: Callable[[], Parser], argv: Sequence[str] | None, arguments: argparse.Namespace) -> int:
    try:
        parser().parse_args(argv, arguments)
        # Here, and not above: 5 ms, which -h need not wait for.
        from imgcmp.system.short_of_memory import TO_READ_IMAGES, check_address_space

        check_address_space(TO_READ_IMAGES)
        status: int = arguments.execute(arguments)
        return status
    except Exception as error:
        go_on()
        text = _told(error, {**_OPTIONS, **getattr(arguments, "words", {})})
        if text is None:
            raise
        complain(arguments.prog, text)
        return USAGE


def _told(error: Exception, words: Mapping[Term, str]) -> str | None:
    """Return what an error says to the user, who can put it right; None of what is a fault of the program."""
    from imgcmp.system.short_of_memory import is_short_of_memory, memory_words

    if isinstance(error, InputError):
        return error.said(words)
    if is_short_of_memory(error):
        return memory_words(error)
    if isinstance(error, ModuleNotFoundError):
        if error.name in _MODULES_OF_UNIX:
            return f"this command runs on Linux and macOS alone: there is no module {error.name} here"
        return f"the package {error.name} is missing: install imgcmp with pip"
    if isinstance(error, OSError):
        name, what_to_do = (f"{error.filename}: " if error.filename else ""), ""
        if error.errno in _NO_ROOM:  # all that is written but standard output is named
            name, what_to_do = name or "standard output: ", ": make room there, or write elsewhere"
        return f"{name}{(error.strerror or str(error)).lower()}{what_to_do}"
    return None


if __name__ == "__main__":
    raise SystemExit(main())
