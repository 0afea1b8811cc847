"""Kill every command that writes, at every step, and check each time that nothing is lost and nothing half.

    python benchmarks/kill_everywhere.py [--scenario NAME ...] [--count 50] [--seed 0]

Each scenario is a command over outputs that are there. It is run to its end once, which tells what must come of it;
then it is killed so many times, each time from the same start, in ways that take turns:

    change     before it makes, renames, links, removes or syncs something: each of these is as likely
    worker     the same in one of its processes
    size       in the middle of a write, where a file would grow beyond a size
    moment     at a random time, with SIGKILL like the others

After each kill the database opens, `imgcmp check` finds nothing wrong, it holds all that it held (with --force: it is
the old one, or a new one, whole); the folder of links, the JSON, the CSV and every resized copy is the old or the new
one, whole, and no copy is other than its record says. Then the command runs again, undisturbed: what is there is as if
it had never been killed, and no temporary file is left.
"""

import argparse
import itertools
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from kept import Kept
from observed_run import KILLED, Changes, ObservedRun, check, finish
from outputs import Outputs, Place, faults, faults_of_growing, faults_of_starting_over

from imgcmp.fingerprints.parameters import RECOMMENDED_VIEWS, RECOMMENDED_X

ALL_KINDS = ("change", "size", "moment")


class Scenario(NamedTuple):
    """A command over outputs that are there."""

    prepare: Callable[[Place], None]
    arguments: Callable[[Place], list[str]]
    database_faults: Callable[[Kept, Kept, Kept], list[str]] = faults_of_growing
    kinds: tuple[str, ...] = ALL_KINDS


def fingerprint(place: Place, *more: str, folder: str = "", x: int = RECOMMENDED_X) -> list[str]:
    kind = ["-x", str(x), "--views", RECOMMENDED_VIEWS, "--checkpoint", "0", "--max-memory", "500M"]
    return ["fingerprint", str(place.photos / folder), "-f", str(place.database), *kind, *more]


def cluster(place: Place, sim: str) -> list[str]:
    return ["cluster", sim, "-f", str(place.database), *_results(place)]


def run(place: Place, sim: str, folder: str = "") -> list[str]:
    reading = ["--checkpoint", "0", "--max-memory", "500M", "--sim", sim]
    return ["run", str(place.photos / folder), "-f", str(place.database), *reading, *_results(place)]


def resize(place: Place, fraction: str, folder: str = "") -> list[str]:
    return ["resize", fraction, str(place.photos / folder), "-t", str(place.copies), "--max-memory", "500M"]


def _results(place: Place) -> list[str]:
    return ["-o", str(place.links), "--json", str(place.json), "--csv", str(place.csv)]


def _prepare_prune(place: Place) -> None:
    finish(fingerprint(place))
    for photo in sorted((place.photos / "two").glob("*.jpg"))[::3]:
        photo.unlink()


def _prepare_cluster(place: Place) -> None:
    finish(fingerprint(place, folder="one"))
    finish(cluster(place, "0.4"))
    finish(fingerprint(place))


SCENARIOS = {
    "fingerprint": Scenario(lambda place: _finish(fingerprint(place, folder="one")), fingerprint),
    "prune": Scenario(_prepare_prune, lambda place: fingerprint(place, "--prune")),
    "force": Scenario(
        lambda place: _finish(fingerprint(place)),
        lambda place: fingerprint(place, "--force", x=8),
        faults_of_starting_over,
    ),
    "cluster": Scenario(_prepare_cluster, lambda place: cluster(place, "0.2")),
    "run": Scenario(lambda place: _finish(run(place, "0.4", "one")), lambda place: run(place, "0.2")),
    "resize": Scenario(
        lambda place: _finish(resize(place, "0.5", "one")),
        lambda place: resize(place, "0.4"),
        kinds=("change", "worker", "moment"),
    ),
}


def _finish(arguments: list[str]) -> None:
    finish(arguments)


class Undisturbed(NamedTuple):
    """What a command leads to, and what it takes."""

    before: Outputs
    after: Outputs
    seconds: float
    changes: Changes
    changes_of_workers: Changes
    largest_file: int

    @classmethod
    def of(cls, scenario: Scenario, place: Place, start: Path) -> "Undisturbed":
        scenario.prepare(place)
        before = Outputs.of(place)
        shutil.copytree(place.out, start, symlinks=True)
        changes = place.root / "changes"
        run = finish([*scenario.arguments(place), "-v"], root=str(place.out), changes_to=str(changes))
        seconds = run.lines[-1].moment - run.start
        largest = max(path.stat().st_size for path in place.out.rglob("*") if path.is_file())
        told = (Changes.told(changes, who) for who in ("main", "worker"))
        return cls(before, Outputs.of(place), seconds, *told, largest)

    def death(self, kind: str, chance: random.Random) -> dict[str, object]:
        """Return what an observed run is told, so that it dies in this way."""
        if kind == "change":
            return {"die_in": "main", "die_at": self.changes.drawn(chance)}
        if kind == "worker":
            return {"die_in": "worker", "die_at": self.changes_of_workers.drawn(chance)}
        return {"largest_file": chance.randrange(self.largest_file)} if kind == "size" else {}


def kill(name: str, root: str, *, count: int, seed: int, n_scenes: int = 12) -> Counter[str]:
    """Kill a scenario's command so many times; return how often it died of what, AssertionError for what is wrong."""
    scenario, place, start = SCENARIOS[name], Place(root), Path(root, "start")
    place.make_photos(n_scenes)
    undisturbed = Undisturbed.of(scenario, place, start)
    chance, tally, kinds = random.Random(f"{name} {seed}"), Counter[str](), itertools.cycle(scenario.kinds)
    while tally.total() - tally["ended"] < count:
        kind = next(kinds)
        death = undisturbed.death(kind, chance)
        limit_s = chance.uniform(0, 1.05 * undisturbed.seconds) if kind == "moment" else None
        was_killed = strike(scenario, place, start, undisturbed, death, within_s=limit_s)
        tally[kind if was_killed else "ended"] += 1
    return tally


def strike(
    scenario: Scenario,
    place: Place,
    start: Path,
    undisturbed: Undisturbed,
    death: dict[str, object],
    *,
    within_s: float | None = None,
) -> bool:
    """Kill the command once, and fail unless all is whole; return whether it was killed before it ended."""
    shutil.rmtree(place.out)
    shutil.copytree(start, place.out, symlinks=True)
    run = ObservedRun(scenario.arguments(place), root=str(place.out), **death)
    was_killed = run.end(within_s=within_s) in KILLED
    try:
        demand_whole(scenario, place, undisturbed)
    except Exception as error:
        error.add_note(f"killed at {death or within_s}; the run said: {run.text()}")
        raise
    return was_killed


def demand_whole(scenario: Scenario, place: Place, undisturbed: Undisturbed) -> None:
    """Fail unless nothing is lost and nothing half, and the next run leaves what it would without a kill."""
    before, after = undisturbed.before, undisturbed.after
    now = Outputs.of(place)
    told = faults(place, before, now, after) + scenario.database_faults(before.database, now.database, after.database)
    assert not told, "; ".join(told)
    if place.database.exists():
        check(place.database)
    finish(scenario.arguments(place))
    last = Outputs.of(place)
    differing = [name for name in last._fields if getattr(last, name) != getattr(after, name)]
    assert not differing, f"the next run, undisturbed, leaves other {', '.join(differing)} than without a kill"
    assert not place.temporary_files(), f"temporary files left: {place.temporary_files()}"


def try_each(names: Sequence[str], trial: Callable[[str, str], str]) -> int:
    """Try scenarios, each in a folder of its own, and print what a trial says of it; return 1 if one failed."""
    status = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(f"{name}: {trial(name, folder)}")
            except AssertionError as error:
                print(f"{name}: FAILED: {error}", *getattr(error, "__notes__", ()), sep="\n  ")
                status = 1
    return status


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), help="default: all")
    parser.add_argument("--count", type=int, default=50, help="kills of each scenario (default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    arguments = parser.parse_args(argv)

    def killed(name: str, folder: str) -> str:
        tally = kill(name, folder, count=arguments.count, seed=arguments.seed)
        ended = tally.pop("ended", 0)
        ways = ", ".join(f"{n} at a {kind}" for kind, n in sorted(tally.items()))
        return f"{tally.total()} kills ({ways}), {ended} ended before: nothing lost, nothing half"

    return try_each(arguments.scenario, killed)


if __name__ == "__main__":
    sys.exit(main())
