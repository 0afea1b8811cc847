"""The file of a database: who may write to it, and that a reader, and a run that was killed, always finds a whole one.

It is added to, behind all that it holds, and its head is changed last; or another is written beside it, and renamed
over it. What lies where in it is the job of `imgcmp.database.sealed_file` and `imgcmp.database.latest_version`.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress

import h5py

from imgcmp.database import earlier_versions, latest_version
from imgcmp.database.contents import Contents
from imgcmp.database.schema import USER_BLOCK_BYTES, VERSION
from imgcmp.database.seal_writer import SealWriter, put_back
from imgcmp.database.sealed_file import SealedFile
from imgcmp.database.user_block import (
    ANOTHER,
    DamagedError,
    check_whole,
    is_database,
    open_database,
    open_regular,
    stated_version,
)
from imgcmp.errors import InputError, Term
from imgcmp.system import checks
from imgcmp.system.atomic import remove_leftovers, replacing
from imgcmp.system.lock import locked
from imgcmp.system.ownership import make_folders
from imgcmp.system.text import shown

_NO_FILE = b""
_NO_USER_BLOCK = "its user block, the first 512 bytes, is not as it was written"


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

    def read(self) -> tuple[int, Contents, SealedFile | None]:
        """Return the version of the format, what the file holds, and what it is read from; that is for version 4 alone.

        InputError if it is no database, or what was read of it is not as it was written.
        """
        with open_database(self.path) as file, self.telling():
            version = stated_version(file)
            if version is None:
                raise DamagedError(self.path, _NO_USER_BLOCK)
            if version < VERSION:
                check_whole(file, self.path)
                start = file.read(USER_BLOCK_BYTES)
                # By the open file, not by its path: another file may be renamed to that path meanwhile.
                with h5py.File(file, "r") as h5:
                    contents, source = earlier_versions.read(h5, version), None
            else:
                source = SealedFile(os.dup(file.fileno()), self.path)
                start = source.user_block
                with h5py.File(source, "r") as h5:
                    contents = latest_version.read(h5, source)
        self._start = start
        return version, contents, source

    @property
    def digest(self) -> str:
        """What tells this content from any other, in hex, of the file as it was read or written last; empty: none."""
        return hashlib.sha256(self._start).hexdigest() if self._start else ""

    def read_kind(self) -> tuple[str, int, str]:
        """Return the method, x and kinds of views alone; InputError as of `read`."""
        with open_database(self.path) as file, self.telling():
            version = stated_version(file)
            if version is None:
                raise DamagedError(self.path, _NO_USER_BLOCK)
            if version < VERSION:
                with h5py.File(file, "r") as h5:
                    return earlier_versions.read_kind(h5, version)
            with h5py.File(SealedFile(os.dup(file.fileno()), self.path), "r") as h5:
                return latest_version.read_kind(h5)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what is raised by a damaged file into an InputError that says so, with its path."""
        try:
            yield
        except InputError as error:
            raise error if str(error).startswith(self.path) else InputError(f"{self.path} ", *error.parts) from error
        except (KeyError, ValueError, TypeError, OSError, RuntimeError) as error:
            why = shown(" ".join(str(error).split()))
            raise InputError(f"{self.path} is damaged ({why}): make it anew ", Term.WITH_FORCE) from error

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

    def may_be_added_to(self) -> bool:
        """Tell whether nobody else has this file by another name: a copy made as a hard link is to stay as it is."""
        return self.exists() and os.stat(self._real_path).st_nlink == 1

    def add(self, write: Callable[[SealWriter], int], before: SealedFile) -> SealedFile:
        """Add to the file, locked.

        Parameters
        ----------
        write : callable
            Writes, and returns the address of the new root group.
        before : SealedFile
            What the file holds.

        Returns
        -------
        after : SealedFile
            What it holds then.

        Raises
        ------
        InputError
            If another has the lock, or has written the file since.
        OSError
            In the name of the file, if it cannot be written.
        """
        with self._writing(), open(self._real_path, "r+b", buffering=0) as target:
            if os.fstat(target.fileno()).st_size < before.end_of_checksums:
                raise DamagedError(self.path, "it is cut off")
            try:
                target.truncate(before.end_of_checksums)  # what a killed writer left
                writer = SealWriter(target, before)
                start = writer.seal(write(writer))
            except BaseException:
                with suppress(OSError):
                    put_back(target, before)
                raise
        after = self._sealed()
        self._start = start  # last: nothing is written behind what `before` ends with, once there is more
        return after

    def replace(self, write: Callable[[SealWriter], int]) -> SealedFile:
        """Write beside the file, then rename over it, locked; parameters, results and errors are those of `add`."""
        with (
            self._writing(),
            replacing(self._real_path) as temporary,
            open(temporary, "r+b", buffering=0) as target,
        ):
            writer = SealWriter(target)
            start = writer.seal(write(writer))
        after = self._sealed()
        self._start = start
        return after

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._locked() if self._lock is None else nullcontext():
            self.check_unwritten()
            try:
                self._check_folder()
                yield
            except OSError as error:  # of the database, not of a temporary file that people know nothing of
                raise OSError(error.errno, error.strerror, self.path) from error

    def _sealed(self) -> SealedFile:
        with self.telling():
            return SealedFile(os.open(self._real_path, os.O_RDONLY | os.O_CLOEXEC), self.path)

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
                make_folders(folder)
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
