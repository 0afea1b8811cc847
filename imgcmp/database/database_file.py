"""The file of a database: who may write to it, and that it is only ever replaced as a whole.

It is replaced by a rename, so that a reader, and a run that was killed, always finds a complete one. What lies where in
it is the job of `imgcmp.database.user_block` and `imgcmp.database.datasets`.
"""

import errno
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext

import h5py

from imgcmp.database import datasets
from imgcmp.database.datasets import Contents
from imgcmp.database.schema import USER_BLOCK_BYTES, VERSION
from imgcmp.database.user_block import ANOTHER, UserBlock, checked_version, is_database, open_database, open_regular
from imgcmp.errors import InputError, Term
from imgcmp.system import checks
from imgcmp.system.atomic import remove_leftovers, replacing
from imgcmp.system.lock import locked
from imgcmp.system.text import shown

_NO_FILE = b""


class DatabaseFile:
    """The file of a database, as it was when it was read or written last.

    Parameters
    ----------
    path : str or path-like
        The file; it need not exist.

    Attributes
    ----------
    path : str
        Its absolute path.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(checks.path(path, "path"))
        self._folder = _identity(os.path.dirname(self._real_path))
        self._start: bytes | None = _NO_FILE  # its user block; None: it may be replaced whatever it holds
        self._lock: ExitStack | None = None

    def exists(self) -> bool:
        """Tell whether anything is there; of a link, where it leads."""
        return os.path.lexists(self._real_path)

    def read(self) -> tuple[int, Contents]:
        """Return the version of the format, and what the file holds; InputError if it is no whole database."""
        with open_database(self.path) as file:
            version = checked_version(file, self.path)
            start = file.read(USER_BLOCK_BYTES)
            file.seek(0)
            try:
                # By the open file, not by its path: another file may be renamed to that path meanwhile.
                with h5py.File(file, "r") as h5:
                    contents = datasets.read(h5, version)
            except InputError as error:
                raise InputError(f"{self.path} ", *error.parts) from error
            except (KeyError, ValueError, TypeError, OSError, RuntimeError) as error:
                why = shown(" ".join(str(error).split()))
                raise InputError(f"{self.path} is damaged ({why}): make it anew ", Term.WITH_FORCE) from error
        self._start = start
        return version, contents

    def give_up(self) -> None:
        """Let the next `write` replace the file whatever it holds; InputError if it is not ours."""
        self._check_ours()
        self._start = None

    def was_written(self) -> bool:
        """Tell whether another has written the file since; InputError if it is not ours."""
        self._check_ours()
        if self._start is None or not self.exists():
            return False
        with open_regular(self.path) as file:
            return file.read(USER_BLOCK_BYTES) != self._start

    def check_unwritten(self) -> None:
        """Raise InputError if another has written the file since: what it wrote would be lost."""
        if self.was_written():
            raise InputError(f"{self.path} was written by another since it was read: read it again, then change it")

    def hold(self) -> None:
        """Lock the file until `release`, and remove what a killed writer left; InputError if another has the lock."""
        with ExitStack() as stack:
            stack.enter_context(self._locked())
            remove_leftovers(self._real_path)
            self._lock = stack.pop_all()

    def release(self) -> None:
        """Give the lock back."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def write(self, contents: Contents) -> None:
        """Write beside the file, then rename over it, locked.

        Raises
        ------
        InputError
            If another has the lock, or has written the file since.
        OSError
            In the name of the file, if it cannot be written.
        """
        with self._locked() if self._lock is None else nullcontext():
            self.check_unwritten()
            self._replace(contents)

    def _replace(self, contents: Contents) -> None:
        # HDF5 writes to memory: on a full disk it raises errors of many kinds, and prints more when it is cleaned up.
        raw = io.BytesIO()
        with h5py.File(raw, "w", userblock_size=USER_BLOCK_BYTES) as file:
            datasets.write(file, contents)
        rest = raw.getbuffer()[USER_BLOCK_BYTES:]
        start = UserBlock(VERSION, len(rest), hashlib.sha256(rest).hexdigest()).packed()
        try:
            self._check_folder()
            with replacing(self._real_path) as temporary, open(temporary, "wb") as target:
                target.write(start)
                target.write(rest)
        except OSError as error:  # of the database, not of a temporary file that people know nothing of
            raise OSError(error.errno, error.strerror, self.path) from error
        self._start = start

    @property
    def _real_path(self) -> str:
        return os.path.realpath(self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._check_ours()  # first: no lock is laid beside what isn't ours
        self._check_folder()
        with locked(self._real_path):
            yield

    def _check_ours(self) -> None:
        """Refuse to write to a file that is not ours: it may be anything, even a photograph."""
        if self.exists():
            with open_regular(self._real_path) as file:
                if not is_database(file):
                    raise InputError(f"{self.path} is not an imgcmp database and is left alone: ", *ANOTHER)

    def _check_folder(self) -> None:
        """Make the folder; OSError if it was there, and is another one now: say, its drive is gone."""
        folder = os.path.dirname(self._real_path)
        if self._folder is None:
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise InputError(f"{self.path} cannot be written ({why}): name ", Term.ANOTHER_DATABASE) from None
            self._folder = _identity(folder)
        if _identity(folder) != self._folder:
            raise OSError(errno.ENOENT, "its folder is no longer there", self.path)


def _identity(folder: str) -> tuple[int, int] | None:
    """Return what tells a folder from another one of the same path; None if there is none."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino
