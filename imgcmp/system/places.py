"""Where imgcmp keeps its files: ~/.imgcmp, or what IMGCMP_HOME names; and what tells its folders from the user's."""

import os

from imgcmp.errors import InputError

CLUSTERS_MARKER = ".imgcmp-clusters"
"""Lies in a folder of links to clusters, which the next run may replace as a whole."""

COPIES_MARKER = ".imgcmp-copies.jsonl"
"""Lies in a folder of resized copies."""


def home() -> str:
    """Return imgcmp's own folder.

    Raises
    ------
    InputError
        If its name begins with a ``~`` that stands for no folder: of a user that there isn't, or without a home.
    """
    name = os.environ.get("IMGCMP_HOME") or "~/.imgcmp"
    folder = os.path.expanduser(name)  # what a shell doesn't expand in IMGCMP_HOME='~/x', or a service file
    if folder.startswith("~"):
        raise InputError(f"{name} cannot be found: no home folder is known for it; set IMGCMP_HOME to a folder")
    return os.path.abspath(folder)


def copies_folder() -> str:
    """Return the default folder of the resized copies."""
    return os.path.join(home(), "convert")


def database_file() -> str:
    """Return the default fingerprint database: that of `imgcmp run` of an earlier version, if there is one.

    Earlier versions kept two, and that one has what is the default for all now.
    """
    earlier = os.path.join(home(), "run.hdf")
    return earlier if os.path.lexists(earlier) else _plain_database_file()


def passed_over_database() -> str | None:
    """Return the database beside the default one, that earlier versions kept for the stages; None if there is none."""
    other = _plain_database_file()
    return other if other != database_file() and os.path.lexists(other) else None


def _plain_database_file() -> str:
    return os.path.join(home(), "fingerprints.hdf")


def clusters_folder() -> str:
    """Return the default folder of the links to similar images."""
    return os.path.join(home(), "cluster")
