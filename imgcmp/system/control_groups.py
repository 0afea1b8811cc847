"""What the control groups of this process (Linux, version 1 or 2) say: a container's limits, above all."""

import os
from collections.abc import Iterator


class Group:
    """A control group, as a folder of small files.

    Parameters
    ----------
    root : str
        Where /proc and /sys are mounted.
    folder : str
        The group's, below that.
    version : int
        1 or 2: names of files differ.
    """

    def __init__(self, root: str, folder: str, version: int) -> None:
        self.root = root
        self.folder = folder
        self.version = version

    def read(self, name: str) -> str:
        """Return what a file of the group says; empty if there is none."""
        return read(self.root, f"{self.folder}/{name}").strip()


def groups_of(controller: str, root: str = "/") -> Iterator[Group]:
    """Yield the groups that may limit this process, from its own up to the top.

    Parameters
    ----------
    controller : str
        Of what: "memory", "cpu".
    root : str
        Where /proc and /sys are mounted, for tests.
    """
    for line in read(root, "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            folder, version = "sys/fs/cgroup", 2
        elif controller in controllers.split(","):
            folder, version = f"sys/fs/cgroup/{controller}", 1
        else:
            continue
        # in a container the path is the host's, and only its top is mounted: missing files have no limit
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(parts), -1, -1):
            yield Group(root, os.path.join(folder, *parts[:depth]), version)


def read(root: str, path: str) -> str:
    """Return what a file says; empty if there is none."""
    try:
        with open(os.path.join(root, path), encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
