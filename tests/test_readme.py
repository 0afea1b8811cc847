"""The README says what is true: its examples run, and its session is what the demonstration prints."""

import doctest
import re
from pathlib import Path

import pytest

from imgcmp.cli import COMMANDS, main

README = Path(__file__).parents[1] / "README.md"


def test_the_python_examples_run():
    results = doctest.testfile(str(README), module_relative=False)
    assert results.attempted >= 6
    assert results.failed == 0


def test_the_session_is_what_the_demonstration_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    printed = capsys.readouterr()
    lines = (printed.err + printed.out).replace(str(tmp_path.resolve()), "/home/user").splitlines()
    session = "\n".join(["$ imgcmp demo", *lines])
    shown = "\n".join(line.removeprefix("    ") for line in README.read_text(encoding="utf-8").splitlines())
    assert session in shown


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_told_of(command):
    assert re.search(rf"imgcmp {command}\b", README.read_text(encoding="utf-8"))


def test_every_page_it_names_is_there():
    text = README.read_text(encoding="utf-8")
    pages = re.findall(r"\]\((docs/[^)]*)\)", text)
    assert len(pages) >= 3
    assert all((README.parent / page).is_file() for page in pages)
