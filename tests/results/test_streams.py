"""Lists that go to standard output, descriptors, pipes and devices: written as they are, never replaced."""

import errno
import json
import os
import stat
import subprocess
import sys
import threading

import pytest

from imgcmp.errors import InputError
from imgcmp.results.clusters import Cluster
from imgcmp.results.json_csv import CSV_HEADER, check_csv_target, check_json_target, write_csv, write_json
from imgcmp.results.streams import stream_of

# Writes a list of no clusters; the first argument is its name.
_WRITE_CSV = "import sys; from imgcmp.results.json_csv import write_csv; write_csv(sys.argv[1], [])"
_HEADER = CSV_HEADER.encode() + b"\n"


def run_with(arguments, **settings):
    return subprocess.run([sys.executable, "-c", _WRITE_CSV, *arguments], check=False, timeout=60, **settings)


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_has_several_names(name):
    done = run_with([name], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, _HEADER, b"")


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_what_is_in_a_file_that_is_appended_to_stays(tmp_path, name):
    path = tmp_path / "log"
    path.write_bytes(b"before\n")
    with open(path, "ab") as file:
        assert run_with([name], stdout=file).returncode == 0
    assert path.read_bytes() == b"before\n" + _HEADER


def test_what_was_printed_before_comes_before(tmp_path):
    code = f"print('before'); {_WRITE_CSV}"
    done = subprocess.run([sys.executable, "-c", code, "-"], capture_output=True, check=True, timeout=60)
    assert done.stdout == b"before\n" + _HEADER


def test_a_list_into_the_file_that_standard_output_is_goes_there(tmp_path):
    path = tmp_path / "out.csv"
    inode = None
    with open(path, "wb") as file:
        inode = os.fstat(file.fileno()).st_ino
        assert run_with([str(path)], stdout=file).returncode == 0
    assert (path.stat().st_ino, path.read_bytes()) == (inode, _HEADER)


def test_a_descriptor_is_written_from_where_it_is(tmp_path):
    with open(tmp_path / "file", "wb") as file:
        file.write(b"before\n")
        file.flush()
        write_csv(f"/dev/fd/{file.fileno()}", [])
        file.seek(0, os.SEEK_END)
        file.write(b"after\n")
    assert (tmp_path / "file").read_bytes() == b"before\n" + _HEADER + b"after\n"
    assert os.listdir(tmp_path) == ["file"]


def test_a_pipe_stays_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    check_csv_target(str(path))
    write_csv(str(path), [])
    reader.join(60)
    assert read == [_HEADER]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_link_to_a_stream_is_followed(tmp_path):
    os.symlink("/dev/stdout", tmp_path / "link")
    assert run_with([str(tmp_path / "link")], capture_output=True).stdout == _HEADER
    assert (tmp_path / "link").is_symlink()


def test_null_takes_everything():
    for check, write in ((check_csv_target, lambda path: write_csv(path, [])), (check_json_target, write_some_json)):
        check(os.devnull)
        write(os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def write_some_json(path):
    write_json(path, [Cluster(["/a", "/b"], 0)] * 50_000, sim=0.1, linkage="average", method="phash", x=8, n_images=7)


@pytest.mark.parametrize("is_large", [True, False])
def test_who_has_read_enough_ends_the_list_without_a_word(is_large):
    read, write = os.pipe()
    os.close(read)
    try:
        path = f"/dev/fd/{write}"
        write_some_json(path) if is_large else write_csv(path, [])
    finally:
        os.close(write)


def test_standard_output_that_is_replaced_in_this_process(capsysbinary):
    write_some_json("-")
    assert len(json.loads(capsysbinary.readouterr().out)["clusters"]) == 50_000
    sys.stdout.write("still there\n")
    assert capsysbinary.readouterr().out == b"still there\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")
def test_a_full_disk_names_the_list():
    with pytest.raises(InputError, match=r"^/dev/full cannot be written \(no space left on device\): name a file"):
        write_csv("/dev/full", [])
    with open("/dev/full", "wb") as full:
        done = run_with(["-"], stdout=full, stderr=subprocess.PIPE)
    assert b"standard output cannot be written (no space left on device): name a file elsewhere" in done.stderr


def test_descriptors_that_are_not_for_writing_are_refused(tmp_path):
    read, write = os.pipe()
    with pytest.raises(InputError, match=rf"^/dev/fd/{read} is not open for writing; name another file with --csv"):
        check_csv_target(f"/dev/fd/{read}")
    os.close(read)
    os.close(write)
    with pytest.raises(InputError, match=rf"^/dev/fd/{write} is not open; name another file with --json"):
        check_json_target(f"/dev/fd/{write}")


def test_files_that_are_to_be_replaced_are_no_streams(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for name in ("file", "new", "12"):
        assert stream_of(str(tmp_path / name), "--csv") is None
    assert stream_of("./-", "--csv") is None
    other = f"/proc/{os.getppid()}/fd/1"
    assert stream_of(other, "--csv") is None or stream_of(other, "--csv").handle is None


# Lists that are files


def test_what_dead_writers_left_is_removed(tmp_path):
    path = tmp_path / "c.csv"
    script = _WRITE_CSV.replace("import sys;", "import os, sys; os.replace = lambda *_: os._exit(9);")
    command = [sys.executable, "-c", script, str(path)]
    assert subprocess.run(command, check=False, timeout=60).returncode == 9
    assert [name.startswith(".imgcmp-") for name in os.listdir(tmp_path)] == [True]
    write_csv(str(path), [])
    assert os.listdir(tmp_path) == ["c.csv"]


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_disk_that_is_full_names_the_list_and_keeps_the_older_one(tmp_path, monkeypatch, function):
    path = tmp_path / "c.csv"
    path.write_bytes(_HEADER + b"older\n")

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/.imgcmp-123")

    monkeypatch.setattr(os, function, full)
    with pytest.raises(InputError, match=rf"^{path} cannot be written \(no space left on device\): name a file"):
        write_csv(str(path), [])
    assert path.read_bytes() == _HEADER + b"older\n"
    assert os.listdir(tmp_path) == ["c.csv"]


def test_two_writers_of_one_list_never_remove_what_the_other_is_writing(tmp_path):
    path = str(tmp_path / "c.csv")
    errors = []

    def write():
        try:
            for _ in range(60):
                write_csv(path, [])
        except Exception as error:
            errors.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    assert os.listdir(tmp_path) == ["c.csv"]
