"""Two builds of imgcmp to measure side by side: this tree, and the tree of another commit."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LAST_GOOD_COMMIT = Path(__file__).with_name("last_good_commit")


class NotAtHandError(Exception):
    """The other commit can't be had from this checkout."""


class Build(NamedTuple):
    """A tree that holds imgcmp, and a folder of its own for numba's cache."""

    tree: str
    cache: str

    def environment(self, **changes: str) -> dict[str, str]:
        """Return what a process needs that is to import this build."""
        return os.environ | {"PYTHONPATH": self.tree, "NUMBA_CACHE_DIR": self.cache, "PYTHONHASHSEED": "0"} | changes


@contextmanager
def this_build() -> Iterator[Build]:
    """Yield a copy of this tree, as it lies there."""
    with TemporaryDirectory(prefix="imgcmp-builds-") as folder:
        yield copy_of_this_tree(folder)


@contextmanager
def both_builds(commit: str) -> Iterator[tuple[Build, Build]]:
    """Yield copies of this tree and of that of another commit: equals but for what they hold.

    Raises
    ------
    NotAtHandError
        If the commit is not in this checkout.
    """
    name = full_name(commit)
    with TemporaryDirectory(prefix="imgcmp-builds-") as folder:
        theirs = Build(f"{folder}/that", f"{folder}/that-cache")
        unpack_commit(name, theirs.tree)
        yield copy_of_this_tree(folder), theirs


def copy_of_this_tree(folder: str) -> Build:
    build = Build(f"{folder}/this", f"{folder}/this-cache")
    shutil.copytree(ROOT / "imgcmp", f"{build.tree}/imgcmp", ignore=shutil.ignore_patterns("__pycache__"))
    return build


def last_good_commit() -> str:
    """Return the commit that is compared with where none is named."""
    return LAST_GOOD_COMMIT.read_text(encoding="ascii").split()[0]


def full_name(commit: str) -> str:
    """Return the hash of a commit; raise if it is not at hand."""
    try:
        return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}").strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotAtHandError(f"commit {commit} is not in this checkout") from error


def is_whole_history() -> bool:
    """Whether the checkout is one of git's, with all of its commits."""
    try:
        return git("rev-parse", "--is-shallow-repository").strip() == "false"
    except (OSError, subprocess.CalledProcessError):
        return False


def commits_between(commit: str) -> int:
    """Return how many commits this one is ahead of another."""
    return int(git("rev-list", "--count", f"{full_name(commit)}..HEAD"))


def unpack_commit(commit: str, folder: str) -> None:
    """Write the package as it was in a commit."""
    os.makedirs(folder)
    archive = f"{folder}/imgcmp.tar"
    git("archive", "--format=tar", f"--output={archive}", commit, "imgcmp")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    os.remove(archive)


def git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def check_imported(tree: str) -> None:
    """End the process if imgcmp comes from elsewhere."""
    import imgcmp

    if not os.path.realpath(str(imgcmp.__file__)).startswith(os.path.realpath(tree) + os.sep):
        sys.exit(f"imgcmp comes from {imgcmp.__file__}, not from {tree}")
