"""Whether a picture goes on around a part of it, as around a crop, or ends there, as in a frame or on a page."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.images.alignment import Box

_SIDE = 512  # of the longer side, at which the edges are looked at
_LEAST_MARGIN = 0.006  # of a side, that lies outside of an edge
_APART = 2  # pixels from an edge to either side: one that is in between two is both
_NOISE = 3.0  # levels by which lines differ that nobody tells apart

_POORER = 1.5  # by what what lies outside may show less, and be what goes on

Line = NDArray[np.float64]


class _Edge(NamedTuple):
    """Lines along an edge: two inside, as far from one another as the first is from the one outside."""

    farther: Line
    inside: Line
    outside: Line


def goes_on(picture: Image.Image, box: Box) -> float:
    """Tell how far a picture goes on across the edges of a part of it.

    Parameters
    ----------
    picture : PIL.Image.Image of mode L
    box : Box
        A part of it.

    Returns
    -------
    goes_on : float
        0..1: by how much lines inside of the edges differ that are as far from one another as those on either side of
        them are, divided by how much these do; less where what lies outside shows less; 1.0 where nothing lies there.
    """
    scale = min(1.0, _SIDE / max(picture.size))
    size = max(8, round(picture.width * scale)), max(8, round(picture.height * scale))
    levels = np.asarray(picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0), dtype=np.float64)
    edges = _edges(levels, box)
    if not edges:
        return 1.0
    within = _difference([edge.inside for edge in edges], [edge.farther for edge in edges])
    across = _difference([edge.inside for edge in edges], [edge.outside for edge in edges])
    inside, outside = _deviation([edge.inside for edge in edges]), _deviation([edge.outside for edge in edges])
    as_rich = _POORER * (outside + 1) / (inside + 1)
    return min(1.0, (within + _NOISE) / (across + _NOISE), as_rich)


def _edges(levels: Line, box: Box) -> list[_Edge]:
    """Return what lies along each edge that the picture goes beyond."""
    height, width = levels.shape
    rows, columns = _span(box.top, box.bottom, height), _span(box.left, box.right, width)
    edges = []
    for lines, along, low, high in ((levels, columns, box.top, box.bottom), (levels.T, rows, box.left, box.right)):
        n = len(lines)
        if low >= _LEAST_MARGIN:
            edges.append(_edge(lines, along, round(low * n), 1))
        if high <= 1 - _LEAST_MARGIN:
            edges.append(_edge(lines, along, round(high * n), -1))
    return edges


def _span(low: float, high: float, n: int) -> slice:
    """Return the lines of a part of a side, one at least."""
    first = min(round(low * n), n - 1)
    return slice(first, max(round(high * n), first + 1))


def _edge(lines: Line, along: slice, place: int, inwards: int) -> _Edge:
    inside = place + (_APART - 1 if inwards > 0 else -_APART)
    step = inwards * (2 * _APART - 1)
    numbers = np.clip([inside + step, inside, inside - step], 0, len(lines) - 1)
    return _Edge(*(lines[number][along] for number in numbers))


def _deviation(lines: list[Line]) -> float:
    """Return by how much levels differ along lines: next to nothing of a frame, whatever its brightness."""
    return float(np.sqrt(np.mean(np.concatenate([line - line.mean() for line in lines]) ** 2)))


def _difference(first: list[Line], second: list[Line]) -> float:
    return float(np.abs(np.concatenate(first) - np.concatenate(second)).mean())
