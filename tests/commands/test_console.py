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


def many_failures(n_files):
    reasons = ["empty file", "needs {} MB to decode", "cut off: its data ends before the picture does"]
    return [Failure(f"/{n:06}", reasons[n % 7 // 3].format(n)) for n in range(n_files)]


def test_of_many_failures_the_reasons_are_told_and_how_to_see_all(capsys):
    Console().failures(many_failures(150_000), "read", "/my base.hdf")
    assert capsys.readouterr().err.splitlines() == [
        "150,000 files could not be read:",
        "  /000000 and 64,286 more files: empty file",
        "  /000003 and 64,284 more files: needs 3 MB to decode",
        "  /000006 and 21,427 more files: cut off: its data ends before the picture does",
        "-v lists them all, and imgcmp info -v '/my base.hdf' later on",
    ]


@pytest.mark.parametrize(("n_files", "verbosity", "n_lines"), [(10, 0, 11), (11, 0, 5), (11, 1, 12), (1000, 1, 1001)])
def test_few_failures_are_listed_and_with_v_all_are(n_files, verbosity, n_lines, capsys):
    Console(verbosity, quiet=True).failures(many_failures(n_files), "resized")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == n_lines
    assert (lines[-1] == "-v lists them all") == (n_files > 10 and not verbosity)


def test_of_many_reasons_the_most_frequent_are_told(capsys):
    words = "abcdefghijklmnopqrstuvwxyz"
    Console().failures([Failure(f"/{a}{b}", f"{a} {a}") for n, a in enumerate(words) for b in words[n:]], "read")
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "  /aa and 25 more files: a a"
    assert lines[-2:] == ["  and 21 files, for 6 other reasons", "-v lists them all"]
    assert len(lines) == 1 + 20 + 2


def test_what_could_not_be_looked_at_once_more_is_one_line(capsys):
    Console().not_looked_at({})
    left = {f"/{name}": Failure(f"/{name}", f"needs {n} GB to decode") for n, name in enumerate("ab", 1)}
    for verbosity in (0, 1):
        Console(verbosity).not_looked_at(left)
        assert capsys.readouterr().err.splitlines() == [
            "2 files could not be looked at once more, and may be identical to others without being called so: "
            "/a: needs 1 GB to decode",
            *["  /a: needs 1 GB to decode", "  /b: needs 2 GB to decode"][: 2 * verbosity],
        ]


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
