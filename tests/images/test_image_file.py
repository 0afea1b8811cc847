"""Times that an int64 of nanoseconds can't hold: file systems hold more, and broken clocks give it."""

import json
import os
from types import SimpleNamespace

import pytest

from imgcmp.images.file_digest import identity
from imgcmp.images.find_images import find_images
from imgcmp.images.image_file import UNKNOWN_TIME, file_of
from imgcmp.images.resized_folder import CopyFolder, copy_name
from imgcmp.system.places import COPIES_MARKER

EARLIEST, LATEST = -(2**63) + 1, 2**63 - 1
A_DAY = 86_400 * 10**9


@pytest.mark.parametrize(
    ("time", "kept"),
    [
        (0, 0),
        (-5, -5),
        (LATEST, LATEST),
        (LATEST + 1, LATEST),
        (15_000_000_000 * 10**9, LATEST),  # 2446, the end of ext4's
        (EARLIEST, EARLIEST),
        (EARLIEST - 1, EARLIEST),
        (UNKNOWN_TIME, EARLIEST),
        (-11_644_473_600 * 10**9, EARLIEST),  # 1601, the zero of NTFS
        (2**80, LATEST),
    ],
)
def test_any_date_passes(tmp_path, time, kept):
    for mtime_ns, ctime_ns in ((time, 7), (7, time), (time, time)):
        file = file_of("/a.jpg", SimpleNamespace(st_size=5, st_mtime_ns=mtime_ns, st_ctime_ns=ctime_ns))
        expected = tuple(kept if at == time else at for at in (mtime_ns, ctime_ns))
        assert (file.path, file.size, file.mtime_ns, file.ctime_ns) == ("/a.jpg", 5, *expected)
        assert type(file)(*file) == file
        failure = file.failure("odd")
        assert (failure.size, failure.mtime_ns, failure.ctime_ns) == (5, *expected)
        assert len(identity(bytes(16), bytes(16), 10**6, file.mtime_ns)) > 16


@pytest.mark.parametrize("year_2300_s", [10_413_792_000, -11_644_473_600])
def test_a_file_of_an_odd_date_is_found(tmp_path, year_2300_s):
    (tmp_path / "a.jpg").write_bytes(b"12345")
    try:
        os.utime(tmp_path / "a.jpg", (year_2300_s, year_2300_s))
    except (OSError, OverflowError):
        pytest.skip("this file system holds no such time")
    status = os.stat(tmp_path / "a.jpg")
    for path in (tmp_path, tmp_path / "a.jpg"):
        (file,) = find_images([str(path)]).files
        assert file == file_of(file.path, status)
        assert EARLIEST <= file.mtime_ns <= LATEST
        assert file.ctime_ns == status.st_ctime_ns


def test_a_passing_failure_knows_no_time():
    file = file_of("/a.jpg", SimpleNamespace(st_size=5, st_mtime_ns=6, st_ctime_ns=7))
    assert file.passing_failure("no memory").ctime_ns == UNKNOWN_TIME
    assert file.passing_failure("no memory").is_passing


def test_a_copy_of_a_file_of_an_odd_date_is_kept_until_the_file_changes(tmp_path):
    """Two dates out of range are one in the record: what the system says of the last change tells them apart."""

    def source(mtime_ns, ctime_ns):
        return file_of("/a.png", SimpleNamespace(st_size=5, st_mtime_ns=mtime_ns, st_ctime_ns=ctime_ns))

    copies = CopyFolder(str(tmp_path / "copies"))
    copy = os.path.join(copies.folder, copy_name("/a.png"))
    os.makedirs(os.path.dirname(copy), exist_ok=True)
    with open(copy, "wb") as file:
        file.write(b"pixels")
    copies.record(source(LATEST + 1, 100), 0.5, 6)
    assert copies.is_kept(source(LATEST + 1, 100), 0.5)
    assert not copies.is_kept(source(LATEST + A_DAY, 200), 0.5)
    copies.close()
    later = CopyFolder(copies.folder)
    assert later.is_kept(source(LATEST + 1, 100), 0.5)
    assert not later.is_kept(source(LATEST + 1, 200), 0.5)
    later.close()
    lines = (tmp_path / "copies" / COPIES_MARKER).read_text().splitlines()
    old = {name: value for name, value in json.loads(lines[1]).items() if name != "ctime_ns"}
    (tmp_path / "copies" / COPIES_MARKER).write_text(f"{lines[0]}\n{json.dumps(old)}\n")
    by_older = CopyFolder(copies.folder)
    assert by_older.is_kept(source(LATEST + 1, 200), 0.5), "records of older versions know no more"
    by_older.close()
