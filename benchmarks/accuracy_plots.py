"""The plots of docs/measurements/accuracy.md."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colors: to be told apart by every eye.
COLOR_OF_VIEWS = {"none": "#999999", "all": "#0072B2"}
COLORS = ("#0072B2", "#999999", "#E69F00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "v", "D")
STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}

Curve = Sequence[tuple[float, float, float]]  # SIM, precision, recall


def plot_sims(path: str, curves: Mapping[int, Mapping[str, Curve]], title: str) -> None:
    """Draw precision and recall over SIM, for each x a panel and for each setting of views a color."""
    plt = _pyplot()
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(1, len(curves), figsize=(9, 3.8), sharey=True, layout="constrained")
        for panel, (x, by_views) in zip(panels, curves.items(), strict=True):
            for views, curve in by_views.items():
                sims, precisions, recalls = zip(*curve, strict=True)
                color, width = COLOR_OF_VIEWS[views], 1.9
                panel.plot(sims, recalls, color=color, linewidth=width, label=f"recall, views {views}")
                dashes = {"linestyle": (0, (2, 1.2)), "linewidth": width * 0.8}
                panel.plot(sims, precisions, color=color, label=f"precision, views {views}", **dashes)
            panel.set(title=f"x = {x}", xlabel="SIM", ylim=(0, 1.03), xlim=(0, sims[-1]))
            panel.grid(axis="y", color="#dddddd", linewidth=0.6)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        figure.suptitle(title)
        _save(figure, path)


def plot_edits(path: str, recalls: Mapping[str, Mapping[str, float]], title: str) -> None:
    """Draw the recall of each edit, a row an edit and a mark a contender; easy edits at the top."""
    edits = sorted(next(iter(recalls.values())), key=lambda edit: sum(found[edit] for found in recalls.values()))
    plt = _pyplot()
    with plt.rc_context(STYLE):
        figure, panel = plt.subplots(figsize=(8, 8), layout="constrained")
        panel.hlines(range(len(edits)), 0, 1, color="#e5e5e5", linewidth=0.8, zorder=0)
        for (name, found), color, marker in reversed(list(zip(recalls.items(), COLORS, MARKERS, strict=False))):
            panel.scatter(
                *([found[edit] for edit in edits], range(len(edits))),
                s=42,
                color=color,
                marker=marker,
                label=name,
                clip_on=False,
                zorder=3,
                edgecolors="white",
                linewidths=0.6,
            )
        panel.set(xlim=(0, 1), ylim=(-0.7, len(edits) - 0.3), xlabel="recall", title=title)
        panel.set_yticks(range(len(edits)), edits)
        panel.tick_params(axis="y", length=0)
        _legend_in_order(panel, figure)
        _save(figure, path)


def _legend_in_order(panel: "Axes", figure: "Figure") -> None:
    handles, labels = panel.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=2)


def _save(figure: "Figure", path: str) -> None:
    figure.savefig(path, dpi=100, metadata={"Software": None})
    _pyplot().close(figure)


def _pyplot() -> Any:
    """Return matplotlib.pyplot, for files: of the extra `bench`, which the tests of what is plotted do without."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt
