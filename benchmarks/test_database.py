"""A second run over files that have not changed, and the database alone: as `fingerprint` and as `run` keep them."""

import itertools
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from unchanged_files import make_files, records, save_as_read

from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.options import FingerprintOptions
from imgcmp.database.checkpoints import Checkpoints
from imgcmp.database.database import Database
from imgcmp.database.schema import FACTS
from imgcmp.fingerprints.parameters import DEFAULT_X, RECOMMENDED_VIEWS, RECOMMENDED_X
from imgcmp.images.image_file import ImageFile

N_FILES, N_NEW = 100_000, 1000


class Kind(NamedTuple):
    """What fingerprints a database holds, and the least that its figures must be on any machine."""

    x: int
    views: str
    second_run: float
    second_run_promised: float
    finding: float
    opening: float
    reading: float
    checkpoint: float

    def __str__(self):
        return f"{self.x} x {self.x} bits" + ("" if self.views == "none" else f" with {self.views} views")


KINDS = [
    Kind(DEFAULT_X, "none", 0.35, 1 / 2, 1.5, 0.01, 0.01, 1 / 12),
    Kind(RECOMMENDED_X, RECOMMENDED_VIEWS, 0.15, 1 / 1.5, 0.5, 0.1, 0.1, 1 / 12),
]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Make 100 folders of 1,000 empty files."""
    top = str(tmp_path_factory.mktemp("photos"))
    make_files(top, N_FILES)
    return top


@pytest.fixture(scope="module", params=KINDS, ids=str)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def database(photos, kind, tmp_path_factory):
    """Save a database that holds them all."""
    path = str(tmp_path_factory.mktemp("database") / "fingerprints.hdf")
    save_as_read(path, photos, x=kind.x, views=kind.views)
    return path


def list_and_stat(folder):
    """List the files under a folder with their sizes and times, and nothing else."""
    files = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                files += list_and_stat(entry.path)
            else:
                status = entry.stat(follow_symlinks=False)
                files.append((entry.path, status.st_size, status.st_mtime_ns))
    return files


def test_a_second_run(ratio, photos, database, kind):
    options = FingerprintOptions(database=database, x=kind.x, views=kind.views)
    before = Path(database).stat()
    ratio(
        f"a second run over {N_FILES:,} unchanged files, {kind}",
        lambda: fingerprint([photos], options, console=Console(quiet=True)),
        lambda: list_and_stat(photos),
        "listing and stat'ing them",
        required=kind.second_run_promised,
        at_least=kind.second_run,
    )
    after = Path(database).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_finding_all_current(ratio, photos, database, kind):
    files = [ImageFile(*file) for file in list_and_stat(photos)]
    assert Database(database).find_changed(files) == []
    ratio(
        f"open a database of {N_FILES:,} images and find all files current, {kind}",
        lambda: Database(database).find_changed(files),
        lambda: list_and_stat(photos),
        "listing and stat'ing them",
        at_least=kind.finding,
    )


def test_opening(ratio, database, kind):
    ratio(
        f"open a database of {N_FILES:,} images, {kind}",
        lambda: Database(database),
        lambda: np.fromfile(database, np.uint8),
        "reading its bytes with numpy",
        required=None if kind.views == "none" else 1 / 2,
        at_least=kind.opening,
    )


def test_reading_everything(ratio, database, kind):
    ratio(
        f"open a database of {N_FILES:,} images and read all columns, {kind}",
        lambda: read_everything(database),
        lambda: np.fromfile(database, np.uint8),
        "reading its bytes with numpy",
        at_least=kind.reading,
    )


def read_everything(path):
    """Open a database and touch every byte of its large columns; return a sum of them."""
    store = Database(path)
    arrays = [store.words, store.views, store.digests, store.pixels, *(getattr(store, name) for name in FACTS)]
    return sum(int(array.sum()) for array in arrays) + len(store.files) + len(store.failures)


def test_a_checkpoint(ratio, database, kind, tmp_path):
    raw = Path(database).read_bytes()
    (tmp_path / "copy.hdf").write_bytes(raw)
    checkpoints = Checkpoints(Database(str(tmp_path / "copy.hdf")), least_s=3600)
    new = [ImageFile(f"/new/IMG_{number:06}.jpg", 1, 1) for number in range(N_NEW)]
    changed = [file._replace(mtime_ns=2) for file in new]
    turns = itertools.cycle([list(records(files, x=kind.x, views=kind.views)) for files in (new, changed)])

    def checkpoint():
        for record in next(turns):
            checkpoints.add(record)
        checkpoints.save()

    def write_and_sync():
        with open(tmp_path / "raw", "wb") as file:
            file.write(raw)
            os.fsync(file.fileno())

    ratio(
        f"a checkpoint: {N_NEW:,} new images among {N_FILES:,}, {kind}",
        checkpoint,
        write_and_sync,
        "writing as many bytes and syncing them",
        at_least=kind.checkpoint,
    )
