"""The tree that clusters are cut from, as it is written to a file, and counted over SIM."""

import os
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import CUTS_PER_BIT, EPS
from imgcmp.errors import InputError
from imgcmp.results.target_files import check_no_stream, start_of_target, unwritable
from imgcmp.system.atomic import remove_leftovers, replacing

TREE_FORMAT = "imgcmp-tree"
TREE_VERSION = 1

_MARK = f"{TREE_FORMAT}.npy"  # the first member of the file: its name stands in the first bytes
_MARK_BYTES = 64


class ClusterTree(NamedTuple):
    """What images merge, up to a SIM.

    Attributes
    ----------
    merged : ndarray of float64, shape (n_mergers, 4)
        The rows of scipy's linkage matrix, in order of height: distances in bits.
    leaves : ndarray of intp, shape (n_leaves,)
        The image that each leaf is, by its row among all; flat ones have none.
    sim : float
        The SIM up to which it goes.
    n_bits : int
        Bits of a fingerprint.
    """

    merged: NDArray[np.float64]
    leaves: NDArray[np.intp]
    sim: float
    n_bits: int

    def part(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return what the most of some images are merged in, by itself: its mergers, and which image each leaf is.

        Parameters
        ----------
        rows : ndarray of intp
            A cluster. Of one that sparse images hold together the largest part is returned; further names of a file,
            which clusters leave out, are leaves.
        """
        n = len(self.leaves)
        top = self._top_of_leaves()
        tops, n_own = np.unique(top[np.isin(self.leaves, rows)], return_counts=True)
        own = np.flatnonzero(top == tops[np.argmax(n_own)]) if len(tops) else np.empty(0, np.intp)
        number = {int(leaf): place for place, leaf in enumerate(own.tolist())}
        merged: list[list[float]] = []
        for place, (one, other, height, size) in enumerate(self.merged.tolist()):
            if one in number and other in number:
                number[n + place] = len(own) + len(merged)
                merged.append([number[one], number[other], height, size])
        return np.array(merged, np.float64).reshape(-1, 4), self.leaves[own]

    def _top_of_leaves(self) -> NDArray[np.int64]:
        """Return the last merger that each leaf is in, by its node; leaves that merge with nothing are their own."""
        n = len(self.leaves)
        top = np.arange(n + len(self.merged))
        for node in range(len(top) - 1, n - 1, -1):
            top[self.merged[node - n, :2].astype(np.intp)] = top[node]
        return top[:n]

    def counts(self) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Return, for every SIM at which something merges, the clusters of two images and more, and the largest one.

        Returns
        -------
        sim : ndarray of float64, shape (n_sims,)
            The least ones at which there are as many, in ascending order: heights differ by less than SIM can say.
        n_clusters, largest : ndarray of int64, shape (n_sims,)
            How many there are, and how many images the largest has.
        """
        n_more = 1 - (self.merged[:, :2] >= len(self.leaves)).sum(axis=1)  # two of them may become one
        largest = np.maximum.accumulate(self.merged[:, 3]).astype(np.int64)
        least = np.maximum(np.ceil((self.merged[:, 2] - 2 * EPS) * CUTS_PER_BIT) / CUTS_PER_BIT, 0.0)
        is_last = np.diff(least, append=np.inf) > 0
        return least[is_last] / self.n_bits, np.cumsum(n_more)[is_last], largest[is_last]


def check_tree_target(path: str) -> None:
    """Check that `write_tree_file` may make or replace the file: worth knowing before hours of work.

    Raises
    ------
    InputError
        If its folder does not exist, or if there is such a file and it is not one `write_tree_file` made.
    """
    check_no_stream(path, "--tree")
    start = start_of_target(path, "--tree", _MARK_BYTES)
    if start and _MARK.encode() not in start:
        raise InputError(f"{path} exists and was not made by imgcmp; name another file with --tree")


def write_tree_file(
    path: str, tree: ClusterTree, files: Sequence[str], *, linkage: str, method: str, x: int, views: str
) -> None:
    """Write a tree, and the files that its leaves are, as NumPy's npz.

    Parameters
    ----------
    path : str
        The file to make, or to replace if this made it. A link is followed.
    tree : ClusterTree
        What is written.
    files : sequence of str, length n_images
        The paths of all images, as `os.fsdecode` gives them.
    linkage, method : str
        The linkage method, and the kind of the fingerprints.
    x : int
        The side of a fingerprint.
    views : str
        The kinds of the views.

    Raises
    ------
    InputError
        As `check_tree_target` does, or if the file cannot be written.
    """
    check_tree_target(path)
    # One after another: as texts of NumPy's, all of one length, a million with one path of 4 KB were 4 GB in memory.
    names = b"".join(os.fsencode(files[row]) + b"\0" for row in tree.leaves.tolist())
    columns = {
        TREE_FORMAT: np.int64(TREE_VERSION),
        "Z": tree.merged,
        "files": np.frombuffer(names, np.uint8),
        "n_bits": np.int64(tree.n_bits),
        "sim": np.float64(tree.sim),
        "linkage": np.array(linkage),
        "method": np.array(method),
        "x": np.int64(x),
        "views": np.array(views),
    }
    target = os.path.realpath(path)
    try:
        remove_leftovers(target)
        with replacing(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:
            for name, column in columns.items():
                with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(column), allow_pickle=False)
    except OSError as error:
        raise unwritable(path, "--tree", error) from error
