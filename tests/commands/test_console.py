import warnings

import pytest

from imgcmp.commands.console import Console
from imgcmp.images.image_file import Failure
from imgcmp.kernels import watching


def test_remarks_up_to_the_verbosity_are_shown_on_stderr(capsys):
    for verbosity in (0, 1, 2):
        console = Console(verbosity)
        console.remark(1, "one")
        console.remark(2, "two")
        shown_lines = capsys.readouterr()
        assert shown_lines.out == ""
        assert shown_lines.err.split() == ["one", "two"][:verbosity]


def test_quiet_leaves_out_summaries_but_not_failures_and_warnings(capsys):
    console = Console(quiet=True)
    console.summary("summary")
    console.warn("warning")
    console.failures([Failure("/b", "empty file"), Failure("/a\n", "truncated")], "read")
    assert capsys.readouterr().err.splitlines() == [
        "warning",
        "2 files could not be read:",
        "  /a\\n: truncated",
        "  /b: empty file",
    ]
    Console().summary("summary")
    assert capsys.readouterr().err == "summary\n"


def test_no_failures_no_words(capsys):
    Console().failures([], "read")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_progress_gives_every_item_and_is_silent_without_a_terminal(capsys, quiet):
    assert list(Console(quiet=quiet).progress(iter(range(5)), total=5, label="x")) == [0, 1, 2, 3, 4]
    assert capsys.readouterr() == ("", "")


def test_progress_shows_a_bar_on_a_terminal_unless_quiet(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    list(Console(quiet=True).progress(range(3), total=3, label="fingerprint"))
    assert capsys.readouterr() == ("", "")
    list(Console().progress(range(3), total=3, label="fingerprint"))
    out, err = capsys.readouterr()
    assert out == ""
    assert "fingerprint: 100%" in err
    assert "3/3" in err


def test_telling_shows_a_bar_for_each_thing_that_is_counted(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for quiet in (True, False):
        with Console(quiet=quiet).telling() as progress:
            progress("pairs", 1_000_000, 4_000_000)
            progress("pairs", 4_000_000, 4_000_000)
            progress("images", 3, 3)
        out, err = capsys.readouterr()
        assert out == ""
        if quiet:
            assert err == ""
        else:
            assert "compare: 100%" in err
            assert "4.00M/4.00M" in err
            assert "group: 100%" in err


COMPILING = "compiling for this processor, as after every installation: it takes some seconds\n"


@pytest.mark.parametrize(("verbosity", "quiet", "told"), [(0, False, COMPILING), (0, True, ""), (
    2, False, COMPILING + "compiled scan, place\n")])  # fmt: skip
def test_a_run_that_compiles_kernels_says_so_once(verbosity, quiet, told, capsys):
    with Console(verbosity, quiet=quiet).compiling():
        for name in ("scan", "place"):
            for tell in watching.watchers:
                tell(name)
    assert capsys.readouterr() == ("", told)
    assert watching.watchers == []


def test_nothing_compiled_nothing_said(capsys):
    with Console(2).compiling():
        pass
    assert capsys.readouterr() == ("", "")


def test_kernels_that_cannot_be_kept_are_told_in_a_line(capsys):
    with warnings.catch_warnings(), Console().compiling():
        warnings.simplefilter("default")
        warnings.warn("compiled kernels can't be kept", watching.KernelCacheWarning, stacklevel=1)
    assert capsys.readouterr() == ("", "compiled kernels can't be kept\n")


def test_nothing_told_no_bar(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with Console().telling():
        pass
    assert capsys.readouterr() == ("", "")
