"""Two builds compared: what is a loss, what is noise, and what a checkout can be compared with."""

import shutil
import subprocess
import sys

import builds
import compare_builds
import pytest
from compare_builds import Comparison, Took, figure_of

CASE = next(iter(compare_builds.CASES))


def took_of(*ratios, cpu=None):
    """Return samples whose ratios by the clock, and by CPU time, are these."""
    return [(Took(ratio, ratio if cpu is None else cpu), Took(1.0, 1.0)) for ratio in ratios]


def test_a_ratio_is_sure_if_clock_and_cpu_time_agree():
    assert figure_of(took_of(1.2, 1.3, 1.4)).sure == pytest.approx(1.3)
    assert figure_of(took_of(0.8, 0.9, 1.0)).sure == pytest.approx(0.9)


def test_a_busy_machine_is_no_loss():
    figure = figure_of(took_of(0.8, 1.0, 1.3, 1.5, 1.6, cpu=1.02))
    assert figure.wall == pytest.approx(1.3)
    assert figure.sure == pytest.approx(1.02)


def test_waiting_is_a_loss_whatever_it_takes_of_the_cpu():
    assert figure_of(took_of(1.9, 1.8, 2.0, 2.1, 2.0, cpu=1.0)).sure == pytest.approx(1.9)


class ScriptedWorker:
    """Stands for the process of a build, which takes a second, or longer the first `slow` times that it is begun."""

    slow: dict[str, int]
    begun: list[str]

    def __init__(self, build):
        self.build = build
        self.begun.append(build)
        self.seconds = 1.3 if self.begun.count(build) <= self.slow.get(build, 0) else 1.0

    def ask(self, task, argument):
        assert (task, argument) == ("prepare", CASE)

    def answer(self):
        return {"wall": self.seconds, "cpu": self.seconds}

    def time(self, calls):
        assert calls == 1
        return Took(self.seconds, self.seconds)

    def close(self):
        pass


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setattr(ScriptedWorker, "slow", {}, raising=False)
    monkeypatch.setattr(ScriptedWorker, "begun", [], raising=False)
    monkeypatch.setattr(compare_builds, "Worker", ScriptedWorker)
    return ScriptedWorker.slow


@pytest.mark.parametrize(("times", "sure", "begun"), [(0, 1.0, 1), (1, 1.0, 2), (2, 1.0, 3), (3, 1.3, 3)])
def test_a_loss_is_measured_again_in_new_processes(slow, times, sure, begun):
    slow["ours"] = times
    with Comparison("ours", "theirs") as comparison:
        assert comparison.measure_surely(CASE, 1, 1.15).sure == pytest.approx(sure)
    assert ScriptedWorker.begun == ["ours", "theirs"] * begun


def test_what_got_faster_is_measured_once(slow):
    slow["theirs"] = 9
    with Comparison("ours", "theirs") as comparison:
        assert comparison.measure_surely(CASE, 1, 1.15).sure == pytest.approx(1 / 1.3)
    assert len(ScriptedWorker.begun) == 2


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(("whose", "status", "said"), [("ours", 1, "1 complaints"), ("theirs", 1, "0 of 1 cases")])
def test_a_case_that_a_build_cannot_do_is_told(monkeypatch, capsys, repository, whose, status, said):
    def answer(worker):
        is_ours = worker.build.tree.endswith("this")
        return {"error": "TypeError: no"} if is_ours == (whose == "ours") else {"wall": 1.0, "cpu": 1.0}

    monkeypatch.setattr(ScriptedWorker, "answer", answer)
    monkeypatch.setattr(sys, "argv", ["compare_builds.py", "HEAD", "-k", CASE])
    assert compare_builds.main() == status
    printed = capsys.readouterr().out
    assert "not compared; " in printed
    assert "TypeError: no" in printed
    assert said in printed


# Commits


def git(*arguments, folder):
    if not shutil.which("git"):
        pytest.skip("there is no git")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Make a repository of two commits, and a change that is in none."""
    folder = tmp_path / "repository"
    package = folder / "imgcmp"
    package.mkdir(parents=True)
    git("init", folder=folder)
    for text in ("first", "second"):
        (package / "__init__.py").write_text(text)
        git("add", ".", folder=folder)
        git("commit", "-m", text, folder=folder)
    (package / "__init__.py").write_text("third")
    (package / "__pycache__").mkdir()
    monkeypatch.setattr(builds, "ROOT", folder)
    return folder


def test_builds_are_this_tree_and_another_commit(repository):
    for commit, held in (("HEAD~1", "first"), ("HEAD", "second")):
        with builds.both_builds(commit) as (ours, theirs):
            assert read(ours) == "third"
            assert read(theirs) == held
            assert ours.cache != theirs.cache
    assert builds.commits_between("HEAD~1") == 1


def read(build):
    [file] = [file for file in builds.Path(build.tree).rglob("*") if not file.is_dir()]
    return file.read_text()


@pytest.mark.parametrize("commit", ["0" * 40, "nowhere", "--all", "HEAD:imgcmp"])
def test_a_commit_that_is_nowhere(repository, monkeypatch, capsys, commit):
    monkeypatch.setattr(compare_builds, "parsed_options", lambda: compare_builds.argparse.Namespace(commit=commit))
    assert compare_builds.main() == 2
    assert capsys.readouterr().err == f"commit {commit} is not in this checkout: name one that is\n"


def test_a_clone_without_history_passes_and_says_so(repository, tmp_path, monkeypatch, capsys):
    git("clone", "--depth", "1", repository.as_uri(), str(tmp_path / "shallow"), folder=tmp_path)
    monkeypatch.setattr(builds, "ROOT", tmp_path / "shallow")
    monkeypatch.setattr(sys, "argv", ["compare_builds.py"])
    assert compare_builds.main() == 0
    commit = builds.last_good_commit()
    said = (
        f"not compared with another build: commit {commit} is not in this checkout, which has not all of the history\n"
    )
    assert capsys.readouterr().out == said


def test_the_last_good_commit_is_a_whole_hash():
    assert len(bytes.fromhex(builds.last_good_commit())) == 20
