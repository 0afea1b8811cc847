"""README says what is true: its examples run, and its session is what the demonstration prints."""

import doctest
import re

import performance
import pytest
from pages import README, moved_left, read

from imgcmp.cli.main import COMMANDS, main

pytestmark = pytest.mark.usefixtures("compiled_kernels")


def test_the_python_examples_run():
    results = doctest.testfile(str(README), module_relative=False)
    assert results.attempted >= 6
    assert results.failed == 0


def test_the_session_is_what_the_demonstration_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    printed = capsys.readouterr()
    lines = (printed.err + printed.out).replace(str(tmp_path.resolve()), "/home/user").splitlines()
    assert "\n".join(["$ imgcmp demo", *lines]) in moved_left(README)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_told_of(command):
    assert re.search(rf"imgcmp {command}\b", read(README))


@pytest.mark.parametrize("end", ["imgcmp demo", "imgcmp run ~/Pictures", "-m pytest -n auto"])
def test_the_commands_that_ci_takes_from_here_are_there(end):
    pattern = rf"^    python3 -m venv \.venv && \.venv/bin/pip install .*{re.escape(end)}$"
    assert len(re.findall(pattern, read(README), re.MULTILINE)) == 1


def test_figures_are_those_of_the_page():
    page, readme = read(performance.PAGE), read(README)
    _, _, table = readme.partition(performance.README_HEAD)
    names = [performance.cells_of(line)[0] for line in table.partition("\n\n")[0].splitlines()[2:]]
    assert len(names) >= 3
    assert set(names) <= set(performance.rows_by_name(page))
    assert performance.with_rows_of(page, readme) == readme
