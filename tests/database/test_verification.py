import shutil
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import tasks
from databases import (
    ODD_NAMES,
    TAMPERED,
    column,
    drop,
    make,
    make_version_1,
    make_version_2,
    make_version_3,
    record,
    replace,
    seal,
    set_attribute,
    texts,
)

from imgcmp import InputError
from imgcmp.database import verification
from imgcmp.database.schema import USER_BLOCK_BYTES, VERSION
from imgcmp.database.verification import examine, find_faults
from imgcmp.images.image_file import PASSING, Failure


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "a.hdf"
    records = [record(f"/{k}", source="/s" * (k % 2), seed=k, digest=bytes([k] * 16)) for k in range(5)]
    failures = [Failure("/bad", "empty file", 0, 7), Failure("/lost", "no memory", PASSING, PASSING)]
    make(path, records, failures)
    return path


@pytest.fixture
def copy(whole, tmp_path):
    return Path(shutil.copy(whole, tmp_path))


def faults_of(path):
    """Return what `find_faults` does, without a process of its own."""
    faults = []
    with open(path, "rb") as file:
        examine(file, faults.append)
    assert all(fault.isprintable() and "--force" in fault for fault in faults)
    return faults


def test_nothing_is_wrong_with_what_is_written(whole, tmp_path):
    assert find_faults(str(whole)) == []
    make(tmp_path / "empty.hdf", failures=[Failure("/bad", "empty file", 0, 7)])
    assert faults_of(tmp_path / "empty.hdf") == []
    make_version_1(tmp_path / "old.hdf")
    with h5py.File(tmp_path / "old.hdf", "r+") as file:  # its sources are what its files are, backwards
        file["source"][len(ODD_NAMES) // 2] = ""
    seal(tmp_path / "old.hdf", version=1)
    assert faults_of(tmp_path / "old.hdf") == []
    for number, make_old in enumerate((make_version_2, make_version_3)):
        make_old(tmp_path / f"{number}.hdf", [record("/a")])
        assert faults_of(tmp_path / f"{number}.hdf") == []


WRONG = {
    "/width must be at least 1; 1 of 5 rows are not, row 2 the first": replace("width", np.array([1, 1, 0, 1, 1])),
    "/height must be at least 1; 5 of 5 rows": replace("height", np.full(5, -7)),
    "/size must be at least 0; 1 of 5": replace("size", np.array([0, 1, 2, 3, -1])),
    "/fps must have zeros beyond bit 4": lambda file: file.attrs.update(x=2, n_bits=4),
    "/files holds more than once: 1, like /0": replace("files", texts(["/0", "/0", "/1", "/2", "/3"])),
    "/files must be a path from the root; 1 of 5 rows": replace("files", texts(["/0", "1", "/2", "/3", "/4"])),
    "/source must be empty or a path from the root": replace("source", texts(["", "", "", "x", ""])),
    "/source must be another file than that in /files": replace("source", texts(["", "/1", "", "", ""])),
    "in /files and in /failed/files: 1, like /3": replace("failed/files", texts(["/bad", "/3"])),
    "/failed/files holds more than once: 1, like /bad": replace("failed/files", texts(["/bad", "/bad"])),
    "/failed/size must be at least 0, or -1 as": replace("failed/size", np.array([-1, -1])),
    "its columns must be of one length; got /failed/files 1,": replace("failed/files", texts(["/bad"])),
    "its columns must be of one length; got /files 5, /source 4": replace("source", texts(["", "", "", ""])),
    "/digest must have shape (n, 16); got (5, 4)": replace("digest", np.zeros((5, 4), np.uint8)),
    "/pixels must have shape (n, 16); got (5, 4)": replace("pixels", np.zeros((5, 4), np.uint8)),
    "/detail must be at least -1; 1 of 5 rows are not, row 3": replace("detail", np.array([-1, 0, 100, -2, 5])),
    "/n_frames must be at least 1, or -1; 2 of 5 rows are not, row 1": replace("n_frames", np.array([-1, 0, 9, -2, 1])),
    "/frame must be at least -1; 1 of 5": replace("frame", np.array([-1, 0, -2, 0, 0])),
    "/frame must be less than /n_frames; 1 of 5 rows are not, row 2": lambda file: (
        file[column("n_frames")].write_direct(np.array([-1, 1, 2, 3, 4]))
        or file[column("frame")].write_direct(np.array([9, 0, 2, 2, -1]))
    ),
    "/others must be words of depth map, film,": replace("others", texts(["", "film,gain map", "flim", "", ""])),
    "/fps must have shape (n, 1); got (5, 2)": replace("fps", np.zeros((5, 2), np.uint64)),
    "/mtime_ns must be int64; it is int32": replace("mtime_ns", np.zeros(5, np.int32)),
    "/mtime_ns cannot be read": drop("mtime_ns"),
    "/size cannot be read (it is a group)": lambda file: (
        file.move(column("size"), "s") or file.create_group(column("size"))
    ),
    "/size cannot be read (it claims shape (1000000000000,)": lambda file: (
        file.__delitem__(column("size")) or file.create_dataset(column("size"), (10**12,), np.int64, chunks=(1000,))
    ),
    "the attribute version must be 4, as in the user block; got 1": set_attribute("version", 1),
    "the attribute format must be imgcmp-fingerprints": set_attribute("format", "photos"),
    "the attribute n_bits must be x * x, 64; got 63": set_attribute("n_bits", 63),
    "the attributes method and x are wrong (method must be": set_attribute("method", "md5"),
    "the attribute created must be a time; got yesterday": set_attribute("created", "yesterday"),
    "the attribute pillow must be a text; got": set_attribute("pillow", 11),
    "the attribute changed by cannot be read": lambda file: file.attrs.__delitem__("changed by"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_each_thing_that_is_wrong_is_told(copy, fault):
    with h5py.File(copy, "r+") as file:
        WRONG[fault](file)
    seal(copy)
    faults = [line.replace("/segments/0", "") for line in faults_of(copy)]
    assert any(line.startswith(fault) for line in faults), faults


@pytest.mark.parametrize("kind", TAMPERED)
def test_something_is_wrong_with_all_that_is_refused(copy, kind):
    with h5py.File(copy, "r+") as file:
        TAMPERED[kind](file)
    seal(copy)
    assert faults_of(copy)


def test_several_things_are_told_of_a_file_whose_checksum_is_wrong(copy):
    with h5py.File(copy, "r+") as file:
        file[column("width")][3] = -1
        file[column("files")][:3] = np.frombuffer(b"/1\0", np.uint8)
    faults = [fault.split(":")[0].replace("/segments/0", "") for fault in find_faults(str(copy))]
    assert faults == [
        "it is cut off",  # HDF5 cuts off what it doesn't know of
        "/files holds more than once",
        "/width must be at least 1; 1 of 5 rows are not, row 3 the first",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda raw: raw[:-100], "it is cut off: "),
        (lambda raw: raw[:300], "it is cut off: 300 bytes are left"),
        (lambda raw: raw[:100] + b"x" + raw[101:], "its user block, the first 512 bytes, is damaged"),
        (lambda raw: raw[:-1], "it is cut off: "),
        (lambda raw: raw[:USER_BLOCK_BYTES], "it is cut off: 0 bytes after the user block"),
    ],
)
def test_a_file_that_is_not_whole_is_told(copy, change, fault):
    copy.write_bytes(change(copy.read_bytes()))
    assert faults_of(copy)[0].startswith(fault)


@pytest.mark.parametrize("left", [200, 511, 600, 900, 2000])
def test_a_file_that_is_cut_off_is_told_so_and_nothing_else(copy, left):
    """What HDF5 says of it ("truncated file: eof = 88, sblock->base_addr = 512") is of no use to anybody."""
    copy.write_bytes(copy.read_bytes()[:left])
    [fault] = faults_of(copy)
    assert fault.startswith("it is cut off: ")


def test_a_file_of_an_earlier_version_that_is_cut_off_is_told_so_and_nothing_else(tmp_path):
    make_version_3(tmp_path / "old.hdf", [record("/a")])
    raw = (tmp_path / "old.hdf").read_bytes()
    (tmp_path / "old.hdf").write_bytes(raw[: len(raw) // 2])
    [fault] = faults_of(tmp_path / "old.hdf")
    assert fault.startswith("it is cut off: ")


def test_what_no_head_leads_to_is_nothing_wrong(copy, tmp_path):
    copy.write_bytes(copy.read_bytes() + b"left by a killed writer")
    assert faults_of(copy) == []
    make_version_3(tmp_path / "old.hdf", [record("/a")])
    with open(tmp_path / "old.hdf", "ab") as file:
        file.write(b"\0")
    assert faults_of(tmp_path / "old.hdf")[0].startswith("it is too long: ")


def test_the_contents_of_version_1_are_known_without_a_user_block(tmp_path):
    path = tmp_path / "old.hdf"
    make_version_1(path)
    before = faults_of(path)
    with open(path, "r+b") as file:
        file.seek(100)
        file.write(b"x")
    assert faults_of(path)[0].startswith("its user block, the first 512 bytes, is damaged")
    assert faults_of(path)[1:] == before


def test_what_is_no_database_of_a_known_version_is_an_error(copy, tmp_path):
    with pytest.raises(InputError, match="there is no database"):
        find_faults(str(tmp_path / "nothing.hdf"))
    (tmp_path / "text").write_text("text")
    with pytest.raises(InputError, match="is not an imgcmp database"):
        find_faults(str(tmp_path / "text"))
    seal(copy, version=VERSION + 1)
    with pytest.raises(InputError, match="has version 5 of the format"):
        find_faults(str(copy))


def test_a_crash_of_hdf5_is_told_after_what_was_found_before(whole, monkeypatch):
    monkeypatch.setattr(verification, "_examine_apart", tasks.find_one_fault_and_crash)
    assert find_faults(str(whole)) == [
        "the first fault",
        "HDF5 crashed on it (SIGSEGV): restore a copy, or start over with --force of imgcmp run or fingerprint",
    ]


def test_an_examination_without_an_end_is_ended(whole, monkeypatch):
    monkeypatch.setattr(verification, "_examine_apart", tasks.find_one_fault_and_hang)
    monkeypatch.setattr(verification, "_PATIENCE_S", 2.0)
    start = time.monotonic()
    assert find_faults(str(whole))[-1].startswith("HDF5 does not come to an end with it")
    assert time.monotonic() - start < 30
