"""Tell what compiling each kernel takes, and what a first run after an installation takes; before and after, if asked.

    python benchmarks/compile_times.py                    of this tree
    python benchmarks/compile_times.py --other COMMIT     of another commit, too

Each build starts with an empty folder for compiled kernels. Times are of CPU, in seconds: they are the same, at about,
whatever else the machine does. What several kernels call is compiled with the first of them that is used.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from builds import Build, NotAtHandError, both_builds, this_build
from machine import describe_machine

HERE = Path(__file__).resolve().parent
N_IMAGES, N_PHOTOS = 3000, 8


class Compiled(NamedTuple):
    """A kernel: in how many variants it was compiled, what these took, and which call needed it first."""

    entry: str
    signatures: int
    seconds: float
    step: str


class CompileTimes(NamedTuple):
    """What compiling the kernels of a build takes, in the order of their use, and what first runs take."""

    kernels: list[Compiled]
    first_runs: dict[str, float]

    @property
    def total(self) -> float:
        return sum(kernel.seconds for kernel in self.kernels)


def measure(build: Build) -> CompileTimes:
    """Compile every kernel of a build, and run its commands for the first time."""
    return CompileTimes(compile_all(build), dict(first_runs(build)))


def compile_all(build: Build) -> list[Compiled]:
    """Compile every kernel that is kept on disk; end if there is one that nothing compiles."""
    with TemporaryDirectory() as cache:
        command = [sys.executable, str(HERE / "compile_workload.py"), build.tree]
        environment = build._replace(cache=cache).environment()
        result = json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    if result["missing"]:
        sys.exit(f"benchmarks/compile_workload.py calls none of {', '.join(result['missing'])}")
    return [Compiled(**row) for row in result["rows"]]


def first_runs(build: Build) -> Iterator[tuple[str, float]]:
    """Run commands as after an installation: no kernel has been compiled, nothing has been read."""
    with TemporaryDirectory() as folder:
        database = f"{folder}/fingerprints.hdf"
        words = f"synthetic.noisy_copies({N_IMAGES}, 64)"
        make = f"import bridge, synthetic; bridge.new_database({database!r}, {words}).save()"
        paths = os.pathsep.join([build.tree, str(HERE)])
        subprocess.run([sys.executable, "-P", "-c", make], env=build.environment(PYTHONPATH=paths), check=True)
        clustering = ["cluster", "0.1", "-f", database, "-o", f"{folder}/clusters", "-q"]
        yield f"imgcmp cluster 0.1, {N_IMAGES:,} x 64 bits", cpu_of(build, folder, *clustering)
        yield "imgcmp demo", cpu_of(build, folder, "demo")
        photos = sorted(Path(folder, "imgcmp-demo", "photos").iterdir())[:N_PHOTOS]
        yield f"imgcmp run, {N_PHOTOS} files", cpu_of(build, folder, "run", *map(str, photos), "-q")


def cpu_of(build: Build, folder: str, *arguments: str) -> float:
    """Return the CPU time of a command that has no kernels yet."""
    with TemporaryDirectory() as cache:
        environment = build._replace(cache=cache).environment(IMGCMP_HOME=f"{folder}/home")
        return cpu_seconds([sys.executable, "-P", "-m", "imgcmp", *arguments], env=environment, cwd=folder)


def cpu_seconds(command: list[str], **options: Any) -> float:
    """Run a command; return the CPU time of it and of all processes that it has waited for."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, **options) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def kernels_table(times: CompileTimes) -> list[str]:
    """Return the kernels as a table of Markdown, what takes longest first."""
    rows = ["| kernel | CPU seconds | signatures | first needed by |", "|---|---|---|---|"]
    for kernel in sorted(times.kernels, key=lambda each: -each.seconds):
        rows.append(f"| `{kernel.entry}` | {kernel.seconds:.2f} | {kernel.signatures} | {kernel.step} |")
    return [*rows, f"| all {len(times.kernels)} | {times.total:.2f} | | |"]


def first_runs_table(times: CompileTimes) -> list[str]:
    rows = [f"| {name} | {seconds:.1f} |" for name, seconds in times.first_runs.items()]
    return ["| first run | CPU seconds |", "|---|---|", *rows]


def before_and_after(this: CompileTimes, other: CompileTimes) -> list[str]:
    """Return both builds as a table of Markdown; kernels are known by their names, wherever they stand."""
    ours, theirs = (seconds_by_name(times) for times in (this, other))
    rows = ["| what | before | after | after / before |", "|---|---|---|---|"]
    for name in sorted({*ours, *theirs}, key=lambda name: -max(ours.get(name, 0), theirs.get(name, 0))):
        rows.append(row_of_two(f"`{name}`", theirs.get(name), ours.get(name)))
    rows.append(row_of_two(f"all kernels ({len(theirs)}, {len(ours)})", other.total, this.total))
    for name, seconds in this.first_runs.items():
        rows.append(row_of_two(f"first `{name}`", other.first_runs[name], seconds))
    return rows


def seconds_by_name(times: CompileTimes) -> dict[str, float]:
    return {kernel.entry.rpartition(".")[2]: kernel.seconds for kernel in times.kernels}


def row_of_two(name: str, before: float | None, after: float | None) -> str:
    cells = ["" if seconds is None else f"{seconds:.2f}" for seconds in (before, after)]
    part = f"{after / before:.2f}" if before and after else ""
    return f"| {name} | {cells[0]} | {cells[1]} | {part} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", metavar="COMMIT", help="measure that commit, too")
    commit = parser.parse_args().other
    with ExitStack() as stack:
        if commit is None:
            times = measure(stack.enter_context(this_build()))
            tables = [kernels_table(times), first_runs_table(times)]
        else:
            try:
                builds = stack.enter_context(both_builds(commit))
            except NotAtHandError as error:
                sys.exit(str(error))
            tables = [before_and_after(*map(measure, builds))]
    print("\n\n".join([describe_machine(), *("\n".join(table) for table in tables)]))


if __name__ == "__main__":
    main()
