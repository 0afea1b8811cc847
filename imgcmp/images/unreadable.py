"""Why a file cannot be read as an image, in one line: what its reader says, or how the process ended that had it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from imgcmp.errors import UnreadableImageError
from imgcmp.images.decoder_words import in_plain_words
from imgcmp.images.image_file import Failure, ImageFile
from imgcmp.system.memory_budget import OverBudgetError
from imgcmp.system.processes import WorkerDied
from imgcmp.system.short_of_memory import is_short_of_memory
from imgcmp.system.text import shown

# What the system says when a file is out of reach: nothing about its content.
_OUT_OF_REACH = frozenset(
    (
        errno.ENOENT,
        errno.EIO,
        errno.ENXIO,
        errno.ENODEV,
        errno.ESTALE,
        errno.ENOTCONN,
        errno.ENOTDIR,
        errno.ECONNRESET,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ETIMEDOUT,
    )
)
# And when it is there, and something else stands in the way.
_IN_THE_WAY = frozenset(
    (errno.EACCES, errno.EPERM, errno.EAGAIN, errno.EBUSY, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
)
_IN_OWN_WORDS = (UnreadableImageError, OverBudgetError, ModuleNotFoundError)  # which are plain
_OUT_OF_MEMORY = "-9"  # how Pillow's decoders end then, if they don't say it


@contextmanager
def unreadable(path: str) -> Iterator[None]:
    """Turn every Exception into an UnreadableImageError: for damaged files a dozen kinds of them are raised."""
    try:
        yield
    except UnreadableImageError:
        raise
    except Exception as error:
        number = _errno(error)
        raise UnreadableImageError(
            reason(error, path), passing=is_passing(error), out_of_reach=number in _OUT_OF_REACH, errno=number
        ) from error


def with_path(error: UnreadableImageError, path: str) -> UnreadableImageError:
    """Return the same error, its message beginning with the path of the file."""
    return UnreadableImageError(
        f"{path}: {error}", passing=error.passing, out_of_reach=error.out_of_reach, errno=error.errno
    )


def is_passing(error: BaseException) -> bool:
    """Tell whether an error lies outside of the file that was read, so that another try may succeed."""
    if isinstance(error, UnreadableImageError):
        return error.passing
    if isinstance(error, ImportError) or ran_out_of_memory(error):
        return True
    return _errno(error) in _OUT_OF_REACH | _IN_THE_WAY


def ran_out_of_memory(error: BaseException) -> bool:
    """Tell whether memory was short: that which may be used, or what there is."""
    if isinstance(error, UnreadableImageError):
        return False
    if isinstance(error, OSError) and error.errno is None and str(error).endswith(_OUT_OF_MEMORY):
        return True
    return is_short_of_memory(error)


def reason(error: BaseException, path: str) -> str:
    """Say in one line, and in words that say something to people, why a file could not be read."""
    return shown(" ".join(_reason(error, path).split()))


def failure_of(file: ImageFile, result: Failure | WorkerDied) -> Failure:
    """Return why a file could not be read: what its reader says, or what became of the process that had it."""
    if isinstance(result, Failure):
        return result
    if result.passing:
        return file.passing_failure(result.reason, out_of_reach=result.out_of_reach)
    return file.failure(result.reason)


def _errno(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _reason(error: BaseException, path: str) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return "too many pixels: " + str(error).split(",")[0].lower()
    if isinstance(error, UnidentifiedImageError):
        is_empty = os.path.exists(path) and os.path.getsize(path) == 0
        return "empty file" if is_empty else "not an image, or of a kind that is not supported"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, _IN_OWN_WORDS):
        return str(error)
    if isinstance(error, ImportError):
        return f"what reads it can't be loaded{': not enough memory' * ran_out_of_memory(error)}"
    if ran_out_of_memory(error):
        return "takes more memory to decode than it says; allow more with --max-memory"
    return in_plain_words(error)
