"""The fingerprint database: images in memory, and in a file."""

import os
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, Self

import PIL

from imgcmp.database import contents as known
from imgcmp.database import latest_version
from imgcmp.database.contents import Contents, History
from imgcmp.database.database_file import DatabaseFile
from imgcmp.database.image_table import ImageTable
from imgcmp.database.pool import Pool
from imgcmp.database.schema import VERSION
from imgcmp.database.seal_writer import SealWriter
from imgcmp.database.sealed_file import SealedFile
from imgcmp.database.segments import Layout, SegmentInFile
from imgcmp.database.what_to_write import what_to_write
from imgcmp.errors import InputError, Term
from imgcmp.fingerprints.fingerprint import check_parameters
from imgcmp.fingerprints.parameters import EVERY_KIND
from imgcmp.fingerprints.views import EVERY_PLAIN_KIND, normal_kinds
from imgcmp.version import __version__


class _Kind(NamedTuple):
    """What fingerprints there are."""

    method: str
    x: int
    kinds: str  # of the views

    def is_earlier_form_of(self, other: "_Kind") -> bool:
        """Whether the same was asked for, of an earlier version that kept other views."""
        return self._replace(kinds=EVERY_KIND) == other and self.kinds == EVERY_PLAIN_KIND


class Database(ImageTable):
    """The fingerprints of many image files, and what could not be read, in memory and in an HDF5 file.

    Parameters
    ----------
    path : str or path-like
        The file.
    method, x : str and int, optional
        Kind of the fingerprints, as for `imgcmp.fingerprint`. If given, a missing file starts an empty database, and a
        file of another kind is an error; if not, the file must exist and says it.
    views : str
        Which views of each image there are fingerprints of, too, as for `imgcmp.fingerprint_views`; of no
        importance if method and x are not given.
    force : bool
        Start an empty database of this kind whatever the file holds; the file itself is replaced by the first `save`.

    Attributes
    ----------
    path, method, x, n_bits
        As above; ``n_bits = x * x``.
    kinds : str
        Which views there are, as `imgcmp.fingerprints.views.normal_kinds` writes it.
    files, words, views, failures and others
        The images, a row each, and the files that could not be read: see
        `imgcmp.database.image_table.ImageTable`.
    history : History
        When it was made and changed, and by what.
    version : int
        Of the format of the file that was read; it is written as the latest.

    Raises
    ------
    InputError
        If the file is missing, is not a whole database of a version that is known, or is of another kind.
    TypeError, ValueError
        If there is no such kind of fingerprint, or only a part of it is given.

    Notes
    -----
    As a context manager it is one writer's: what was opened with `method` and `x` is locked from the start of the block
    to its end, which saves what changed, unless by an exception; InputError if another has the lock. What was written
    between opening and locking is read again. Without `method` and `x` it is for reading, and takes no lock.
    Outside of a block `save` locks the file while it writes, and refuses to overwrite what another has written since.

    Opening reads paths and what is known of the files as such. Columns are read, and their checksums compared, when
    they are asked for first: InputError if the file is damaged there. `check` compares them all.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        method: str | None = None,
        x: int | None = None,
        views: str = "none",
        force: bool = False,
    ) -> None:
        self._wanted = _wanted(method, x, views)
        self._is_to_replace = False
        self._source: SealedFile | None = None  # what the columns are read from
        self._file = DatabaseFile(path)
        self.path = self._file.path
        if self._wanted is None:
            if force:
                raise ValueError("force must go with method and x, the kind to start over with; got neither")
            super().__init__(self._read())
        elif force or not self._file.exists():
            if force:
                self._file.give_up()
            self.version = VERSION
            super().__init__(known.empty(*self._wanted))
            self._is_to_replace = force  # what is there, with whatever this one holds by then
        else:
            super().__init__(self._read())

    def __enter__(self) -> Self:
        """Lock the file if it was opened to be written."""
        if self._wanted is not None:
            self._file.hold()
            try:
                if self._is_changed():
                    self._file.check_unwritten()
                elif self._file.was_written():
                    self._fill(self._read())
            except BaseException:
                self._file.release()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Save what changed, unless there was an exception, and give the lock back."""
        try:
            if kind is None:
                self.save()
        finally:
            self._file.release()

    def save(self) -> None:
        """Write what changed: behind all that the file holds, or into a new one that is renamed over it.

        Raises
        ------
        InputError
            If another process, or another `Database`, holds the file, or has written it since it was read.
        OSError
            If it cannot be written; the file is as it was before. That includes the folder of a file that was there,
            and is no longer: were it made anew, the database of a drive that is unplugged would go to another one.
        """
        if not self._is_changed():
            return
        self._write(self._contents()._replace(history=_written_now(self.history)))
        self.version, self._is_to_replace = VERSION, False

    @property
    def digest(self) -> str:
        """What tells the content of the file from any other, in hex, as it was read or saved last; empty: no file.

        It is of the checksums in it, so that nothing more is read.
        """
        return self._file.digest

    def check(self) -> None:
        """Raise InputError if the file is damaged anywhere: worth knowing before hours of work."""
        if self._source is not None:
            self._source.check_all()

    def _write(self, contents: Contents) -> None:
        self._file.check_unwritten()  # before what it held is read
        may_add = self._source is not None and self._file.may_be_added_to()
        what = what_to_write(contents, self._changes, self._source.end if self._source and may_add else 0)

        layouts: list[Layout] = []

        def write(writer: SealWriter) -> int:
            nonlocal layouts
            root, layouts = latest_version.write(writer, contents, what)
            return root

        if what.kept and self._source is not None:
            source = self._file.add(write, self._source)
        else:
            source = self._file.replace(write)
        pool = Pool([SegmentInFile(layout, source) for layout in layouts], contents.pool.shapes)
        first = pool.n_stored - len(what.images)
        contents.rows.update(zip(what.images, range(first, pool.n_stored), strict=True))
        self._fill(contents._replace(pool=pool))
        self._source = source

    def _read(self) -> Contents:
        """Read the file; InputError if it is of another kind than was asked for."""
        self.version, contents, self._source = self._file.read()
        held = _Kind(contents.method, contents.x, contents.kinds)
        wanted = self._wanted or held
        if wanted != held and not held.is_earlier_form_of(wanted):
            views = ["", ""] if held.kinds == wanted.kinds else [f" and views {kind.kinds}" for kind in (held, wanted)]
            raise InputError(
                f"{self.path} holds {held.method} fingerprints with x={held.x}{views[0]}, "
                f"not {wanted.method} with x={wanted.x}{views[1]}: ask for the same, name ",
                Term.ANOTHER_DATABASE,
                ", or start over ",
                Term.WITH_FORCE,
            )
        return contents

    def _is_changed(self) -> bool:
        return bool(self._changes) or self._is_to_replace


def kind_in(path: str | os.PathLike[str]) -> tuple[str, int, str] | None:
    """Return the method, x and kinds of views of the database at a path; None if nothing is there.

    InputError if what is there is no database of a version that is known, or is damaged there.
    """
    file = DatabaseFile(path)
    return file.read_kind() if file.exists() else None


def _wanted(method: str | None, x: int | None, views: str) -> _Kind | None:
    if (method is None) != (x is None):
        raise ValueError(f"method and x must be given together; got method={method!r}, x={x!r}")
    if method is None or x is None:
        return None
    return _Kind(method, check_parameters(x, method), normal_kinds(views))


def _written_now(before: History) -> History:
    now, by = datetime.now(UTC).isoformat(timespec="seconds"), f"imgcmp {__version__}"
    # What was made before this was kept says by whom, and not when.
    made = before if before.created_by else History(created=now, created_by=by)
    return made._replace(changed=now, changed_by=by, pillow=PIL.__version__)
