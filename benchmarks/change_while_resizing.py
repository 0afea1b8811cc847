"""Change everything at random while `imgcmp resize` runs, and check that no original and nothing else was written to.

    python benchmarks/change_while_resizing.py [--count 50] [--seed 0]

Runs `imgcmp resize` over a folder of pictures. Meanwhile folders of the copies, copies, their record and its lock are
swapped for links (to the pictures, to other folders, to /, to nowhere), sources are renamed, cut and replaced by links.
After each run every file outside of the folder of copies is there, with the bytes that this script has left in it, and
no other one is. The run must end by itself, without a traceback.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import Image

N_FOLDERS, N_PICTURES = 4, 10
PAUSE_S = 0.01  # between two changes, at most


class Ground:
    """The folders of one round: `photos`, `other` pictures, which nobody names, the `copies`, and what was `parked`."""

    def __init__(self, base: Path, chance: random.Random) -> None:
        self.base, self.chance, self.n_parked = base, chance, 0
        self.photos, self.other, self.copies, self.parked = (
            base / name for name in ("photos", "other", "copies", "parked")
        )
        self.parked.mkdir()
        for folder in range(N_FOLDERS):
            for number in range(N_PICTURES):
                for top in (self.photos, self.other):
                    self._draw(top / str(folder) / f"{number}.png")
        self.expected = self.contents()

    def _draw(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.frombytes("RGB", (16, 12), self.chance.randbytes(16 * 12 * 3)).resize((160, 120))
        encoded = BytesIO()
        picture.save(encoded, "PNG")
        path.write_bytes(encoded.getvalue())

    def contents(self) -> dict[str, bytes]:
        """Return what is in all folders but that of the copies: of a file its bytes, of a link where it leads."""
        found = {"": os.fsencode(" ".join(sorted(set(os.listdir(self.base)) - {"copies"})))}
        for top in (self.photos, self.other):
            for folder, names, files in os.walk(top):
                for name in files:
                    path = os.path.join(folder, name)
                    is_link = os.path.islink(path)
                    found[path] = os.fsencode(os.readlink(path)) if is_link else Path(path).read_bytes()
                found[folder] = b" ".join(sorted(map(os.fsencode, names)))
        return found

    def check(self) -> None:
        """Fail if anything is there that this script did not make, or with other bytes."""
        found = self.contents()
        paths = {*self.expected, *found}
        wrong = sorted(path for path in paths if self.expected.get(path) != found.get(path))
        assert not wrong, f"written to outside of the copies: {wrong}"

    def change(self) -> None:
        """Change something, whatever is there."""
        changes: list[Callable[[], None]] = [
            *[self.link_in_copies] * 3,
            self.link_for_copies,
            self.hard_link_for_copy,
            self.rename_source,
            self.cut_source,
            self.link_for_source,
            *[self.mend] * 4,  # so that copies are made, too
        ]
        with suppress(FileNotFoundError, FileExistsError):  # the run has it under way
            self.chance.choice(changes)()

    def link_in_copies(self) -> None:
        """Swap a folder among the copies, or a file, for a link to its source, or to something else."""
        if within := self._in_copies():
            path = self.chance.choice(within)
            mirrored = Path("/") / path.relative_to(self.copies)
            self._swap(path, self.chance.choice([mirrored, mirrored, self.photos, self.other, Path("/no/where")]))

    def link_for_copies(self) -> None:
        """Swap the folder of copies for a link: to /, where the copy of each source has the name of that source."""
        self._swap(self.copies, self.chance.choice([Path("/"), self.photos]))

    def hard_link_for_copy(self) -> None:
        """Give an original the name of its copy, too."""
        source = self._source()
        copy = Path(f"{self.copies}{source}")
        if copy.parent.is_dir() and self._is_copies(copy.parent):
            with tempfile.TemporaryDirectory(dir=self.parked) as folder:
                os.link(source, Path(folder, "name"), follow_symlinks=False)
                os.replace(Path(folder, "name"), copy)

    def rename_source(self) -> None:
        one, other = self._source(), self._source()
        new = other.with_name(f"{one.stem}-{self.chance.randrange(99)}.png")
        self.expected[str(new)] = self.expected.pop(str(one))
        os.rename(one, new)

    def cut_source(self) -> None:
        path = self._source()
        if not path.is_symlink():
            data = self.expected[str(path)]
            data = data[: self.chance.randrange(len(data) + 1)]
            self.expected[str(path)] = data
            beside = self.parked / "cut"  # the old file may have other names
            beside.write_bytes(data)
            os.replace(beside, path)

    def link_for_source(self) -> None:
        path, beside = self._source(), self.parked / "link"
        beside.symlink_to(self.chance.choice(sorted(self.other.rglob("*.png"))))
        self.expected[str(path)] = os.fsencode(os.readlink(beside))
        os.replace(beside, path)

    def mend(self) -> None:
        """Remove the links among the copies, so that the run gets on."""
        if (self.parked / "copies").exists():
            self.copies.unlink(missing_ok=True)
            os.rename(self.parked / "copies", self.copies)
        for path in self._in_copies():
            if path.is_symlink():
                path.unlink()

    def _in_copies(self) -> list[Path]:
        """Return all that is in the folder of copies; behind a link is nothing that this script may change."""
        if self.copies.is_symlink():
            return []
        return [Path(folder, name) for folder, names, files in os.walk(self.copies) for name in names + files]

    def _is_copies(self, path: Path) -> bool:
        """Tell whether no link leads to the folder of copies, or from there to a path in it."""
        return Path(os.path.realpath(path)) == path and path.is_relative_to(self.copies)

    def _source(self) -> Path:
        top = os.path.join(self.photos, "")
        return Path(
            self.chance.choice(sorted(path for path in self.expected if path.startswith(top) and ".png" in path))
        )

    def _swap(self, path: Path, target: Path) -> None:
        """Put a link to the place of something, which is parked: who has it open may go on writing there."""
        if path.is_symlink() or not self._is_copies(path):
            return
        self.n_parked += 1
        os.rename(path, self.parked / ("copies" if path == self.copies else str(self.n_parked)))
        path.symlink_to(target)


def one_round(base: Path, chance: random.Random) -> tuple[int, int]:
    """Let `resize` run twice over a ground that changes; return how many changes it had to bear, and copies it made."""
    ground, n_changes, n_copies = Ground(base, chance), 0, 0
    command = [sys.executable, "-m", "imgcmp", "resize", "0.5", str(ground.photos), "-t", str(ground.copies), "-n", "2"]
    environment = {**os.environ, "IMGCMP_HOME": str(base.parent / "home")}
    for is_first in (True, False):
        ground.mend()
        with subprocess.Popen(
            [*command, "-v"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            said = "" if is_first else process.stdout.readline()  # of the first, its start is part of it, too
            while process.poll() is None:
                ground.change()
                n_changes += 1
                with suppress(subprocess.TimeoutExpired):
                    process.wait(chance.uniform(0, PAUSE_S))
            said += process.stdout.read()
        ground.check()
        assert process.returncode in (0, 1, 2), said
        assert "Traceback" not in said, said
        n_copies += said.count(" -> ")
    return n_changes, n_copies


def change_while_resizing(count: int, seed: int) -> str:
    """Do that many rounds; return in a line what happened, and fail if anything was written to that must not be."""
    chance, n_changes, n_copies = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            base = Path(os.path.realpath(folder), str(number))
            base.mkdir()
            changes, copies = one_round(base, chance)
            n_changes, n_copies = n_changes + changes, n_copies + copies
            shutil.rmtree(base)
    assert n_copies, "no copy was made: that was no trial"
    told = f"{count} rounds, {n_changes:,} changes, {n_copies:,} copies made"
    return f"{told}: nothing outside of their folder was written to"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    print(change_while_resizing(arguments.count, arguments.seed))


if __name__ == "__main__":
    main()
