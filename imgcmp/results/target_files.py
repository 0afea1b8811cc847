"""The files that results are written to: what is there already, and why one can't be written."""

import os

from imgcmp.errors import InputError
from imgcmp.results.streams import STDOUT, stream_of


def start_of_target(path: str, option: str, n_bytes: int) -> bytes:
    """Return the first bytes of the file that would be replaced; none if there is no such file, or an empty one.

    Parameters
    ----------
    path : str
        The file that is to be made or replaced.
    option : str
        What named it, for the message.
    n_bytes : int
        How many.

    Raises
    ------
    InputError
        If its folder does not exist or can't be written to, or if what is there is no file that can be read.
    """
    if stream_of(path, option) is not None:
        return b""
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise InputError(
            f"{path} cannot be written: there is no folder {folder}; make it or name another with {option}"
        )
    if os.path.isdir(target) or not path or path.endswith("/"):
        raise InputError(f"{path or repr(path)} is not a file name; name a file with {option}")
    if not os.access(folder, os.W_OK | os.X_OK):
        is_for_reading = os.statvfs(folder).f_flag & os.ST_RDONLY
        why = f"the drive of {folder} can only be read" if is_for_reading else f"no permission in {folder}"
        raise InputError(f"{path} cannot be written: {why}; name another file with {option}")
    if not os.path.lexists(target):
        return b""
    if not os.path.isfile(target):
        raise InputError(f"{path} is not a regular file; name another one with {option}")
    try:
        with open(target, "rb") as file:
            return file.read(n_bytes)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; name another file with {option}") from error


def check_no_stream(path: str, option: str) -> None:
    """Raise InputError for standard output, a pipe or a device, of a file that is not text."""
    if stream_of(path, option) is not None:
        raise InputError(f"{option} needs the name of a file; got {path}")


def unwritable(path: str, option: str, error: OSError) -> InputError:
    """Return what to say of a file that could not be written: never by the name of the temporary file."""
    why = (error.strerror or str(error)).lower()
    name = "standard output" if path == STDOUT else path
    return InputError(f"{name} cannot be written ({why}): name a file elsewhere with {option}")
