"""A picture of a tree: how many clusters there are over SIM, and the dendrogram of one of them."""

import os
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgcmp.errors import InputError
from imgcmp.results.cluster_tree import ClusterTree
from imgcmp.results.target_files import check_no_stream, start_of_target, unwritable
from imgcmp.system.atomic import remove_leftovers, replacing
from imgcmp.system.text import shown

_MAKER = "imgcmp tree"  # in the file, within its first bytes
_MARK_BYTES = 2000
_KINDS = {".png": {"Software": _MAKER}, ".svg": {"Creator": _MAKER, "Date": None}}

_MOST_LEAVES = 60  # shown: below them branches are drawn as one
_MOST_LETTERS = 40  # of a name

_LEAST_SIM = 1e-3  # that axes go up to

_INCH_OF_LEAF, _INCHES_OF_CURVES, _WIDTH = 0.2, 3.2, 9.0


def check_plot_target(path: str) -> None:
    """Check that `write_tree_plot` can draw, and may make or replace the file: worth knowing before hours of work.

    Raises
    ------
    InputError
        If matplotlib is not installed, the name ends neither with .png nor .svg, its folder does not exist, or if there
        is such a file and it is not one `write_tree_plot` made.
    """
    if os.path.splitext(path)[1].lower() not in _KINDS:
        raise InputError(f"{path} must end with {' or '.join(_KINDS)}; name another file with --plot")
    check_no_stream(path, "--plot")
    start = start_of_target(path, "--plot", _MARK_BYTES)
    if start and _MAKER.encode() not in start:
        raise InputError(f"{path} exists and was not made by imgcmp; name another file with --plot")
    if find_spec("matplotlib") is None:
        raise InputError("--plot draws with matplotlib, which is not installed: pip install matplotlib")


def write_tree_plot(
    path: str, tree: ClusterTree, files: Sequence[str], sims: Sequence[float], cluster: NDArray[np.intp], number: int
) -> None:
    """Draw the clusters of two images and more, and the largest one, over SIM; and the dendrogram of one cluster.

    Parameters
    ----------
    path : str
        The file to make, .png or .svg, or to replace if this made it. A link is followed.
    tree : ClusterTree
        What is drawn.
    files : sequence of str, length n_images
        The paths of all images.
    sims : sequence of float
        Where the tree is cut.
    cluster : ndarray of intp
        The images of the cluster whose dendrogram is drawn; fewer than two: none is.
    number : int
        Its number, for the title.

    Raises
    ------
    InputError
        As `check_plot_target` does, or if the file cannot be written.
    """
    check_plot_target(path)
    # Here, not above: it takes a second to load, and is of an extra.
    from matplotlib.figure import Figure

    merged, leaves = tree.part(cluster)
    n_leaves = min(len(leaves), _MOST_LEAVES) if len(merged) else 0
    heights = [_INCHES_OF_CURVES, 1.2 + _INCH_OF_LEAF * n_leaves] if n_leaves else [_INCHES_OF_CURVES]
    figure = Figure(figsize=(_WIDTH, sum(heights)), layout="constrained")
    axes = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
    _draw_curves(axes[0, 0], tree, sims)
    if n_leaves:
        names = [_short(files[row]) for row in leaves.tolist()]
        _draw_dendrogram(axes[1, 0], merged, names, tree, f"cluster {number}: {len(leaves):,} images")
    target = os.path.realpath(path)
    kind = os.path.splitext(path)[1].lower()
    try:
        remove_leftovers(target)
        with replacing(target) as temporary, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of letters that its font does not have
            figure.savefig(temporary, format=kind[1:], dpi=110, metadata=_KINDS[kind])
    except OSError as error:
        raise unwritable(path, "--plot", error) from error


def _draw_curves(axes: Any, tree: ClusterTree, sims: Sequence[float]) -> None:
    sim, n_clusters, largest = tree.counts()
    end = max(tree.sim, _LEAST_SIM)
    to = np.r_[-end, sim, end]  # what merges at 0 is there from the start
    counts, sizes = (np.r_[0, column, column[-1:] if len(column) else 0] for column in (n_clusters, largest))
    (one,) = axes.step(to, counts, where="post", color="tab:blue", label="clusters of two images and more")
    beside = axes.twinx()
    (other,) = beside.step(to, sizes, where="post", color="tab:orange", label="images in the largest cluster")
    for cut in sims:
        axes.axvline(cut, color="0.7", linestyle="--", linewidth=1)
    axes.set_xlabel("SIM")
    axes.set_xlim(0, end)
    for side, line in ((axes, one), (beside, other)):
        side.set_ylabel(line.get_label(), color=line.get_color())
        side.set_ylim(bottom=0)
        side.yaxis.get_major_locator().set_params(integer=True)
    axes.set_title(f"{len(tree.leaves):,} images", loc="left")


def _draw_dendrogram(
    axes: Any, merged: NDArray[np.float64], names: Sequence[str], tree: ClusterTree, title: str
) -> None:
    from scipy.cluster import hierarchy

    scaled = merged.copy()
    scaled[:, 2] /= tree.n_bits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of axes without length, where all merge at 0: they get theirs below
        hierarchy.dendrogram(
            scaled,
            p=_MOST_LEAVES,
            truncate_mode="lastp",
            orientation="right",
            labels=names,
            color_threshold=0,
            above_threshold_color="tab:blue",
            leaf_font_size=8,
            ax=axes,
        )
    highest = max(scaled[-1, 2], _LEAST_SIM)
    axes.set_xlim(-0.01 * highest, 1.05 * highest)  # what merges at 0 is a line, too
    axes.set_xlabel("SIM at which they merge")
    axes.set_title(title, loc="left")


def _short(file: str) -> str:
    """Return the name of a file as a label: not as a formula."""
    name = shown(os.path.basename(file))
    return (name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 3]}...").replace("$", r"\$")
