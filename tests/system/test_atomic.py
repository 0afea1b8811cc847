import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from imgcmp.system import atomic
from imgcmp.system.atomic import TEMPORARY_PREFIX, is_temporary, remove_leftovers, replacing, replacing_in
from imgcmp.system.places import CLUSTERS_MARKER, COPIES_MARKER


@pytest.fixture(params=[True, False], ids=["durable", "fast"])
def durable(request):
    return request.param


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    return path


def test_success_replaces_the_file_and_nothing_else_is_left(target, durable):
    with replacing(str(target), durable=durable) as temporary:
        assert os.path.dirname(temporary) == str(target.parent)
        assert os.path.basename(temporary).startswith(TEMPORARY_PREFIX)
        write(temporary, "new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert os.listdir(target.parent) == ["file.txt"]


def test_a_new_file_is_made(tmp_path, monkeypatch, durable):
    monkeypatch.chdir(tmp_path)
    with replacing("new.txt", durable=durable) as temporary:
        write(temporary, "new")
        assert not os.path.exists("new.txt")
    assert os.listdir() == ["new.txt"]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_the_old_file_and_no_other(target, error, durable):
    with pytest.raises(error, match="halfway"), replacing(str(target), durable=durable) as temporary:
        write(temporary, "half")
        raise error("halfway")
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == ["file.txt"]


def test_a_temporary_file_that_vanished_is_an_error_and_the_old_file_stays(target, durable):
    with pytest.raises(FileNotFoundError), replacing(str(target), durable=durable) as temporary:
        os.unlink(temporary)
    assert target.read_text() == "old"


def test_a_rename_that_fails_leaves_no_other_file(tmp_path, durable):
    (tmp_path / "folder" / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"), replacing(str(tmp_path / "folder"), durable=durable) as temporary:
        write(temporary, "new")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_missing_folder_is_an_error(tmp_path, durable):
    with pytest.raises(FileNotFoundError), replacing(str(tmp_path / "no" / "file"), durable=durable):
        pytest.fail("there is no such folder")


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_permissions_of_a_new_file_follow_the_umask(target, umask, durable):
    target.unlink()
    before = os.umask(umask)
    try:
        with replacing(str(target), durable=durable) as temporary:
            write(temporary, "new")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("name", ["no suffix", "a." + "x" * 240, os.fsdecode(b"caf\xe9.\xe9")])
def test_any_name_will_do(tmp_path, name, durable):
    path = os.path.join(tmp_path, name)
    try:
        write(path, "old")
    except OSError:
        pytest.skip("the file system takes no such name")
    with replacing(path, durable=durable) as temporary:
        write(temporary, "new")
    with open(path) as file:
        assert file.read() == "new"


def test_the_suffix_is_kept_for_those_who_go_by_it(tmp_path, durable):
    with replacing(str(tmp_path / "a.jpg"), durable=durable) as temporary:
        assert temporary.endswith(".jpg")
        write(temporary, "")


def test_readers_see_the_old_file_or_the_new_one_whole(target, durable):
    target.write_text("0" * 5000)
    seen = set()
    done = threading.Event()

    def read():
        while not done.is_set():
            seen.add(target.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 10):
        with replacing(str(target), durable=durable) as temporary:
            write(temporary, str(number) * 5000)
    done.set()
    reader.join()
    assert seen <= {str(number) * 5000 for number in range(10)}


def test_a_folder_that_vanishes_meanwhile_is_the_error_that_counts(tmp_path, durable):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(FileNotFoundError, match="folder"), replacing(str(folder / "a"), durable=durable) as temporary:
        write(temporary, "new")
        shutil.rmtree(folder)


# Leftovers

WRITE = """
import sys
from imgcmp.system.atomic import replacing
with replacing(sys.argv[1]) as temporary:
    print(temporary, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(target):
    """Start a process that is writing the file until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, target], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        process.temporary = process.stdout.readline().rstrip("\n")
        yield process


def test_what_a_dead_process_left_is_removed(target, writer):
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert os.path.exists(writer.temporary)
    remove_leftovers(str(target))
    assert os.listdir(target.parent) == ["file.txt"]


def test_what_a_living_process_writes_is_left_alone(target, writer):
    remove_leftovers(str(target))
    assert os.path.exists(writer.temporary)
    with replacing(str(target)) as temporary:
        remove_leftovers(str(target))
        write(temporary, "new")
    assert target.read_text() == "new"


def test_the_leftovers_of_other_files_are_left_alone(target, writer):
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    remove_leftovers(str(target.parent / "other.txt"))
    remove_leftovers(str(target.parent / "no such folder" / "file.txt"))
    assert os.path.exists(writer.temporary)


def test_a_file_that_is_replaced_keeps_its_permissions(target):
    target.write_bytes(b"private")
    target.chmod(0o600)
    with replacing(str(target)) as temporary:
        Path(temporary).write_bytes(b"still private")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_synced_is_no_reason_to_fail(target, monkeypatch):
    sync = atomic._sync

    def refuse_folders(path):
        if os.path.isdir(path):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(path)

    monkeypatch.setattr(atomic, "_sync", refuse_folders)
    with replacing(str(target)) as temporary:
        Path(temporary).write_bytes(b"new")
    assert target.read_bytes() == b"new"


# Whose name an error bears


@contextmanager
def replacing_somehow(path, how):
    """Replace a file by its path, or in its open folder; yield how a test writes to the temporary one."""
    if how == "by path":
        with replacing(str(path)) as temporary:
            yield lambda text: Path(temporary).write_text(text)
    else:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            with replacing_in(folder, str(path)) as file:
                yield lambda text: file.write(text.encode())
        finally:
            os.close(folder)


HOW = pytest.mark.parametrize("how", ["by path", "in a folder"])


@HOW
@pytest.mark.parametrize(
    ("arguments", "number", "text"),
    [
        ((errno.ENOSPC, "No space left on device"), errno.ENOSPC, "No space left on device"),
        (("encoder error -2",), None, "encoder error -2"),
        ((), None, "OSError"),
    ],
)
def test_an_error_without_a_name_gets_that_of_the_file(target, how, arguments, number, text):
    with pytest.raises(OSError) as caught, replacing_somehow(target, how):  # noqa: PT011 -- the name is what counts
        raise OSError(*arguments)
    assert (caught.value.filename, caught.value.filename2) == (str(target), None)
    assert (caught.value.errno, caught.value.strerror) == (number, text)


@HOW
@pytest.mark.parametrize("call", ["fsync", "replace", "open"])
def test_no_error_names_a_temporary_file(target, how, call, monkeypatch):
    original = getattr(os, call)

    def full(*arguments, **named):
        if call == "open" and not arguments[1] & os.O_CREAT:
            return original(*arguments, **named)
        first, second = (*filter(lambda a: isinstance(a, str), arguments), None, None)[:2]  # as the system names them
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), first, None, second)

    monkeypatch.setattr(os, call, full)
    must_fail = (how, call) != ("in a folder", "fsync")  # there nobody waits for the disk
    refused = pytest.raises(OSError, match="No space") if must_fail else nullcontext()
    with refused as caught, replacing_somehow(target, how) as write:
        write("new")
    monkeypatch.undo()
    if caught is not None:
        assert (caught.value.filename, caught.value.filename2) == (str(target), None)
        assert target.read_text() == "old"
    assert os.listdir(target.parent) == ["file.txt"]


@HOW
def test_an_error_of_another_file_keeps_its_name(target, how):
    with pytest.raises(FileNotFoundError) as caught, replacing_somehow(target, how):
        (target.parent / "missing").read_text()
    assert caught.value.filename == str(target.parent / "missing")


def test_a_missing_folder_is_told_by_the_name_of_the_file(tmp_path):
    path = str(tmp_path / "no" / "file")
    with pytest.raises(FileNotFoundError) as caught, replacing(path):
        pytest.fail("there is no such folder")
    assert caught.value.filename == path


# In an open folder


def test_a_file_is_replaced_in_an_open_folder_wherever_its_path_leads_by_now(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "other").mkdir()
    folder = os.open(tmp_path / "folder", os.O_RDONLY)
    (tmp_path / "folder").rename(tmp_path / "moved")
    (tmp_path / "folder").symlink_to("other")
    with replacing_in(folder, str(tmp_path / "folder" / "a.jpg")) as file:
        (name,) = os.listdir(folder)
        assert is_temporary(name)
        assert name.endswith(".jpg")
        file.write(b"new")
    os.close(folder)
    assert (tmp_path / "moved" / "a.jpg").read_bytes() == b"new"
    assert os.listdir(tmp_path / "other") == []


def test_a_failure_in_an_open_folder_leaves_nothing(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(ValueError, match="halfway"), replacing_in(folder, str(tmp_path / "a")):
        raise ValueError("halfway")
    os.close(folder)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", [CLUSTERS_MARKER, COPIES_MARKER, f".{COPIES_MARKER}.lock", ".imgcmp-links-abcdefgh"])
def test_a_marker_is_no_temporary_file(name):
    assert not is_temporary(name)


@HOW
@pytest.mark.parametrize("name", ["a", "a.jpg", os.fsdecode(b"caf\xe9.\xe9"), "a.b\nc"])
def test_a_temporary_file_is_told_by_its_name(tmp_path, name, how):
    with replacing_somehow(tmp_path / name, how) as write:
        assert all(map(is_temporary, os.listdir(tmp_path)))
        write("new")
    assert not is_temporary(name)
