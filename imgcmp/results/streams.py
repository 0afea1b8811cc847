"""Where a list goes that is no file to be replaced: standard output, a descriptor, a pipe, a device."""

import fcntl
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import NamedTuple, TextIO

from imgcmp.errors import InputError

STDOUT = "-"

_STDOUT_NUMBER = 1
_MOST_LINKS = 40
_DESCRIPTOR = re.compile(r"/(dev|proc/(?:self|[0-9]+))/fd/([0-9]+)\Z")


class Stream(NamedTuple):
    """What is written to as it is.

    Attributes
    ----------
    path : str
        As it was named.
    handle : int or None
        The descriptor, if it is open already.
    is_stdout : bool
        Whether it is standard output.
    """

    path: str
    handle: int | None
    is_stdout: bool

    @property
    def identity(self) -> object:
        """What is equal for two names of one stream."""
        if self.is_stdout:
            return STDOUT
        status = os.stat(self.path) if self.handle is None else os.fstat(self.handle)
        return status.st_dev, status.st_ino

    @contextmanager
    def opened(self, errors: str) -> Iterator[TextIO]:
        """Yield it as a text file of UTF-8. Whoever reads it may stop: the rest is not written then.

        Parameters
        ----------
        errors : str
            What becomes of characters that UTF-8 doesn't have, as for `open`.
        """
        try:
            with self._text_file(errors) as file:
                yield file
        except BrokenPipeError:
            if self.is_stdout:  # nothing more can be written, not even at exit
                with suppress(OSError, ValueError):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @contextmanager
    def _text_file(self, errors: str) -> Iterator[TextIO]:
        if self.is_stdout and _stdout_handle() is None:  # replaced in this process: it has no descriptor
            file = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors=errors, newline="")
            yield file
            file.flush()
            file.detach()
            return
        if self.is_stdout:
            sys.stdout.flush()
        # Never by its name if it is open: that would begin at the start of a file again, and empty it.
        handle = os.open(self.path, os.O_WRONLY | os.O_NOCTTY) if self.handle is None else os.dup(self.handle)
        with open(handle, "w", encoding="utf-8", errors=errors, newline="") as file:
            yield file


def stream_of(path: str, option: str) -> Stream | None:
    """Return the stream that a path names; None if it is a file's, whether there is one or not.

    Raises
    ------
    InputError
        If nothing can be written to it.
    """
    if path == STDOUT:
        return Stream(path, _stdout_handle(), is_stdout=True)
    number = _descriptor_of(path)
    if number is not None:
        return _stream_of_descriptor(path, number, option)
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(status.st_mode):
        return Stream(path, _stdout_handle(), is_stdout=True) if _is_stdout(status) else None
    if not (stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode)):
        return None
    if not os.access(path, os.W_OK):
        raise InputError(f"{path} cannot be written: permission denied; name another file with {option}")
    return Stream(path, None, is_stdout=stat.S_ISFIFO(status.st_mode) and _is_stdout(status))


def _stream_of_descriptor(path: str, number: int, option: str) -> Stream:
    try:
        is_for_reading = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
        status = os.fstat(number)
    except OSError:
        raise InputError(f"{path} is not open; name another file with {option}") from None
    if is_for_reading or stat.S_ISDIR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        raise InputError(f"{path} is not open for writing; name another file with {option}")
    is_shared = number == _STDOUT_NUMBER or (not stat.S_ISCHR(status.st_mode) and _is_stdout(status))
    return Stream(path, number, is_stdout=is_shared)


def _descriptor_of(path: str) -> int | None:
    """Return the number of the descriptor that a path stands for, such as /dev/stdout and /dev/fd/3."""
    path = os.path.abspath(path)
    for _ in range(_MOST_LINKS):
        match = _DESCRIPTOR.match(path)
        if match:
            return int(match[2]) if match[1] in ("dev", "proc/self", f"proc/{os.getpid()}") else None
        try:
            target = os.readlink(path)
        except (OSError, ValueError):
            return None
        folder = os.path.realpath(os.path.dirname(path))
        path = os.path.normpath(os.path.join(folder, target))
    return None


def _stdout_handle() -> int | None:
    try:
        return sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return None


def _is_stdout(status: os.stat_result) -> bool:
    handle = _stdout_handle()
    return handle is not None and os.path.samestat(status, os.fstat(handle))
