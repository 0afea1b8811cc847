import errno
import os
import resource
import subprocess
import sys

import pytest
from pictures import save_distinct

from imgcmp.cli.main import main
from imgcmp.system import short_of_memory
from imgcmp.system.memory_budget import OverBudgetError
from imgcmp.system.short_of_memory import check_address_space, is_short_of_memory, memory_words

MIB = 2**20


@pytest.mark.parametrize(
    ("error", "is_short"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (ImportError("a.so: failed to map segment from shared object"), True),
        (RuntimeError("can't start new thread"), True),
        (OSError("out of memory when reading image file"), True),
        (OSError(errno.ENOENT, "No such file or directory"), False),
        (ImportError("cannot import name 'a'"), False),
        (RuntimeError("dictionary changed size during iteration"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_it_looks_like(error, is_short):
    assert is_short_of_memory(error) == is_short


def test_the_words_are_ours_or_plain_ones(monkeypatch):
    monkeypatch.setattr(short_of_memory, "address_space", lambda: None)
    assert memory_words(OverBudgetError("needs 9 GB to decode")) == "needs 9 GB to decode"
    for error in (
        MemoryError(),
        MemoryError("Unable to allocate output buffer."),
        ImportError("failed to map segment"),
    ):
        assert memory_words(error) == "not enough memory"
    monkeypatch.setattr(short_of_memory, "address_space", lambda: 200 * MIB)
    assert memory_words(MemoryError()) == "not enough memory: this process may take 209.7 MB (ulimit -v)"


def test_too_little_address_space_is_told_before_it_is_taken(monkeypatch):
    check_address_space(2**60)  # there is no limit
    monkeypatch.setattr(short_of_memory, "address_space", lambda: 2**40)
    check_address_space(0)
    with pytest.raises(MemoryError, match=r"may take 1\.1 TB of memory \(ulimit -v\), and needs "):
        check_address_space(2**40)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit does not count, or is none")
@pytest.mark.parametrize("most_mib", [20, 60, 130, 170, 185, 210, 240, 280, 400])
def test_a_run_of_any_address_space_succeeds_or_says_in_a_line_what_is_short(tmp_path, most_mib):
    save_distinct(tmp_path / "photos", 2)
    command = [sys.executable, "-m", "imgcmp", "run", str(tmp_path / "photos"), "-q", "-n", "1"]

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (most_mib * MIB, most_mib * MIB))

    environment = os.environ | {"IMGCMP_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, preexec_fn=limit)
    assert done.returncode in (0, 2)
    assert done.stderr.count("\n") == (done.returncode == 2)
    assert ("memory" in done.stderr) == (done.returncode == 2)
    if done.returncode == 0:
        assert done.stdout.startswith("cluster dir: ")


@pytest.mark.parametrize(
    "error", [ImportError("a.so: failed to map segment from shared object"), RuntimeError("can't start new thread")]
)  # fmt: skip
def test_the_commands_say_it_in_a_line(monkeypatch, capsys, error):
    def fail(*_arguments, **_settings):
        raise error

    monkeypatch.setattr("imgcmp.commands.cluster.cluster", fail)
    assert main(["cluster", "0.1"]) == 2
    assert capsys.readouterr().err.startswith("imgcmp cluster: not enough memory")
