"""The demonstration: everything on a small drawn collection, in a new folder that it leaves behind to look at."""

import json
import os

from imgcmp.console import Console
from imgcmp.drawings import draw_collection
from imgcmp.stages import ClusterOptions, FingerprintOptions, run
from imgcmp.text import shown

DEFAULT_FOLDER = "imgcmp-demo"
SIM = 0.1


def demonstrate(folder: str | None = None, *, n_workers: int | None = None, console: Console | None = None) -> str:
    """Draw pictures and edited copies of them, run everything on them, and tell what came out.

    Parameters
    ----------
    folder : str, optional
        New folder for the pictures, the database and the links; default ``imgcmp-demo``, or the next name that is free.
    n_workers, console
        As for `imgcmp.stages.run`.

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
    photos = os.path.join(folder, "photos")
    groups = draw_collection(photos)
    database = os.path.join(folder, "fingerprints.hdf")
    options = ClusterOptions(folder=os.path.join(folder, "cluster"), json=os.path.join(folder, "clusters.json"))
    _, table = run([photos], SIM, FingerprintOptions(database=database), options, n_workers=n_workers, console=console)
    n_files = sum(len(group) for group in groups)
    lines = [
        f"drew {len(groups)} pictures, and edited copies of most: {n_files} files in {shown(photos)}",
        "",
        table,
        "",
    ]
    for number, cluster in enumerate(_read_clusters(os.path.join(folder, "clusters.json"))):
        names = ", ".join(os.path.relpath(file, photos) for file in cluster["files"])
        lines.append(f"{number + 1:2}. {names}")
    return "\n".join([*lines, "", f"Look at the clusters in {shown(options.folder)}; with your own photographs:", "",
                      "    imgcmp run ~/Pictures"])  # fmt: skip


def _free_name(name: str) -> str:
    number, free = 1, name
    while os.path.lexists(free):
        number += 1
        free = f"{name}-{number}"
    return free


def _read_clusters(path: str) -> list[dict[str, list[str]]]:
    with open(path, encoding="utf-8") as file:
        clusters: list[dict[str, list[str]]] = json.load(file)["clusters"]
    return clusters
