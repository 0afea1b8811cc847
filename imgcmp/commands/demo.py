"""The demonstration: everything on a small drawn collection, in a new folder that it leaves behind to look at."""

import json
import os
import shutil
import sys
import textwrap

from imgcmp.clusters.cut import AUTO
from imgcmp.commands.console import Console
from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.commands.options import ClusterOptions, FingerprintOptions
from imgcmp.commands.outputs import UnwrittenError
from imgcmp.commands.run import run
from imgcmp.errors import InputError
from imgcmp.results.link_kind_names import COPY, SYMLINK
from imgcmp.results.link_kinds import reason, why_not
from imgcmp.system.text import shown

DEFAULT_FOLDER = "imgcmp-demo"


def demonstrate(folder: str | None = None, *, workers: int | None = None, console: Console | None = None) -> str:
    """Draw pictures and edited copies of them, run everything on them, and tell what came out.

    Parameters
    ----------
    folder : str, optional
        New folder for the pictures, the database and the links; default ``imgcmp-demo``, or the next name that is free.
    workers, console
        As for `imgcmp.commands.run.run`.

    Returns
    -------
    text : str
        What was found, the files of every cluster, and where to look.

    Raises
    ------
    InputError
        If the folder exists and holds something.
    """
    folder = os.path.realpath(folder or _free_name(DEFAULT_FOLDER))
    if os.path.lexists(folder) and not (os.path.isdir(folder) and not os.listdir(folder)):
        raise InputError(f"{folder} exists and is not an empty folder: name a new one")
    photos = os.path.join(folder, "photos")
    groups = draw_collection(photos)
    prints = FingerprintOptions(database=os.path.join(folder, "fingerprints.hdf"))
    options = ClusterOptions(
        folder=os.path.join(folder, "cluster"),
        json=os.path.join(folder, "clusters.json"),
        links=SYMLINK if why_not(SYMLINK, folder) is None else COPY,  # as on FAT: these pictures are small
    )
    try:
        _, table = run([photos], AUTO, prints, options, workers=workers, console=console)
    except UnwrittenError as error:  # it names options of `run`
        raise InputError(
            f"{folder} can't hold all of it{_why(error)}: name a new folder where there is room"
        ) from error
    clusters = _read_clusters(os.path.join(folder, "clusters.json"))
    copied = [sorted(group) for group in groups if len(group) > 1]
    n_files, n_found = sum(map(len, groups)), sum(group in clusters for group in copied)
    lines = [
        f"drew {len(groups)} pictures, and edited copies of {len(copied)} of them: {n_files} files in {shown(photos)}",
        f"found {n_found} of these {len(copied)} with all of their copies and nothing else",
        "",
        table,
        "",
        *(_one_paragraph(number, files) for number, files in enumerate(clusters, 1)),
        "",
        "The same with your own photographs, which are only read:",
        "",
        f"    {_command()} run ~/Pictures",
    ]
    return "\n".join(lines)


def _why(error: BaseException) -> str:
    """Return what the system said in the first place, in brackets."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f" ({reason(error)})" if isinstance(error, OSError) else ""


def _command() -> str:
    """Return how the command is called here: by its path, where its name alone would not find it."""
    called = sys.argv[0]
    return called if os.path.basename(called) == "imgcmp" and not shutil.which("imgcmp") else "imgcmp"


def _free_name(name: str) -> str:
    number, free = 1, name
    while os.path.lexists(free):
        number += 1
        free = f"{name}-{number}"
    return free


def _read_clusters(path: str) -> list[list[str]]:
    with open(path, encoding="utf-8") as file:
        return [cluster["files"] for cluster in json.load(file)["clusters"]]


def _one_paragraph(number: int, files: list[str]) -> str:
    names = ", ".join(os.path.basename(file).replace(" ", "\xa0") for file in files)  # no break inside a name
    lines = textwrap.fill(names, 110, initial_indent=f"{number:2}. ", subsequent_indent="    ")
    return lines.replace("\xa0", " ")
