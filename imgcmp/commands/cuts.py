"""The cuts of a run: one SIM or several, and where the clusters of each go."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from numbers import Real
from typing import NamedTuple

from imgcmp.clusters.cut import Sim
from imgcmp.commands.options import ClusterOptions, check_sim
from imgcmp.commands.outputs import Outputs, held_outputs
from imgcmp.errors import InputError
from imgcmp.results.streams import stream_of


class Cut(NamedTuple):
    """One SIM, and where the clusters at it go."""

    sim: Sim
    options: ClusterOptions
    outputs: Outputs


def sims_of(sim: Sim | Sequence[Sim]) -> tuple[Sim, ...]:
    """Return one SIM or several as a tuple without repetitions; InputError if there is none, or one is out of range."""
    sims: tuple[Sim, ...] = (sim,) if isinstance(sim, str | float | int | Real) else tuple(dict.fromkeys(sim))
    if not sims:
        raise InputError("SIM must be a number or several; got none")
    for each in sims:
        check_sim(each)
    return sims


@contextmanager
def held_cuts(
    sims: Sequence[Sim], options: ClusterOptions, database: str, paths: Iterable[str] = ()
) -> Iterator[list[Cut]]:
    """Check the outputs of a run, and hold its folders of links, as `held_outputs` does.

    Of several cuts each has a folder and lists of its own, with the SIM at the end of the name.
    """
    paths = list(paths)
    if len({name_of(sim) for sim in sims}) < len(sims):
        raise InputError(f"SIM must differ in six digits, which are in names; got {', '.join(map(str, sims))}")
    of_each = [options] if len(sims) == 1 else [_named_by(sim, options) for sim in sims]
    with ExitStack() as held:
        yield [
            Cut(sim, own, held.enter_context(held_outputs(own, database, paths)))
            for sim, own in zip(sims, of_each, strict=True)
        ]


def name_of(sim: Sim) -> str:
    """Return a SIM as it stands in names."""
    return sim if isinstance(sim, str) else f"{sim:g}"


def _named_by(sim: Sim, options: ClusterOptions) -> ClusterOptions:
    for option, path in (("--json", options.json), ("--csv", options.csv)):
        if path is not None and stream_of(path, option) is not None:
            raise InputError(f"{option} needs the name of a file where there are several SIM; got {path}")
    folder = options.folder.rstrip("/") or options.folder
    if os.path.basename(folder) in (os.curdir, os.pardir):
        folder = os.path.abspath(folder)
    json, csv = (None if path is None else _with_ending(path, sim) for path in (options.json, options.csv))
    return replace(options, folder=f"{folder}-{name_of(sim)}", json=json, csv=csv)


def _with_ending(path: str, sim: Sim) -> str:
    stem, kind = os.path.splitext(path)
    if kind[1:2].isdigit():  # a number with a dot is no kind of file
        stem, kind = path, ""
    return f"{stem}-{name_of(sim)}{kind}"
