"""The README says what is true: its examples run, and its session is what the demonstration prints."""

import doctest
import re
from pathlib import Path

import pytest
from pictures import photograph
from PIL import Image

from imgcmp.cli.main import COMMANDS, main

README = Path(__file__).parents[1] / "README.md"


def shown_sessions():
    """Return the README with what is indented moved to the left."""
    return "\n".join(line.removeprefix("    ") for line in README.read_text(encoding="utf-8").splitlines())


def test_the_python_examples_run():
    results = doctest.testfile(str(README), module_relative=False)
    assert results.attempted >= 6
    assert results.failed == 0


def test_the_session_is_what_the_demonstration_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    printed = capsys.readouterr()
    lines = (printed.err + printed.out).replace(str(tmp_path.resolve()), "/home/user").splitlines()
    assert "\n".join(["$ imgcmp demo", *lines]) in shown_sessions()


def test_the_comparison_is_what_compare_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    image = photograph("coffee.png")
    image.save("coffee.png")
    image.crop((100, 0, 500, 400)).resize((300, 300), Image.Resampling.LANCZOS).save("square.png")
    assert main(["compare", "coffee.png", "square.png"]) == 0
    assert f"$ imgcmp compare coffee.png square.png\n{capsys.readouterr().out}" in shown_sessions()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_told_of(command):
    assert re.search(rf"imgcmp {command}\b", README.read_text(encoding="utf-8"))


def test_every_page_it_names_is_there():
    text = README.read_text(encoding="utf-8")
    pages = re.findall(r"\]\((docs/[^)]*)\)", text)
    assert len(pages) >= 3
    assert all((README.parent / page).is_file() for page in pages)
