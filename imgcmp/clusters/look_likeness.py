"""How alike looks are, by NumPy: what `imgcmp.kernels.looks` computes, for a few images, which do without kernels."""

import math

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.looks import SIDE, levels_of
from imgcmp.fingerprints.standings import INNER_STANDS
from imgcmp.fingerprints.view_layout import ViewLayout
from imgcmp.fingerprints.views import PartCode

LEAST_LIKENESS = 0.38
SAMPLES, SOFT = 16, 0.3
UNKNOWN = 2.0

Frame = tuple[float, float, float, float, float, float]  # x, by u, by v; y, by u, by v


class LookLikeness:
    """Tells whether looks are alike, laid over each other as views stand.

    Parameters
    ----------
    looks : LookRows
        Of some images.
    layout : ViewLayout
        What their views are.
    """

    def __init__(self, looks: LookRows, layout: ViewLayout) -> None:
        self._looks, self._layout = looks, layout

    def are_alike(self, i: int, standing: int | None, j: int, variant: int) -> bool:
        """Tell whether the look of i, in a standing of it, and a variant of that of j are alike.

        Standing None: both as they are. Variant 0 is the whole, and those after it are the views but for standings.
        """
        found = self.likeness(i, standing, j, variant)
        if standing is not None and self._layout.parts[variant][0] == PartCode.NEGATIVE:
            return found == UNKNOWN or found <= -LEAST_LIKENESS
        return found >= LEAST_LIKENESS

    def likeness(self, i: int, standing: int | None, j: int, variant: int) -> float:
        """Return the correlation of their slopes, -1 to 1, or UNKNOWN. Parameters as for `are_alike`."""
        if standing is None:
            of_i = of_j = _box_frame(0, 0.0, 0.0, 1.0, 1.0)
        else:
            column = 0 if variant == 0 else self._layout.n_standings + variant - 1
            of_i = self._row_frame(i, int(self._looks.stands[i, standing]))
            of_j = self._column_frame(j, int(self._looks.stands[j, column]), self._layout.parts[variant])
        return _correlation(_slopes(self._levels(i), of_i), _slopes(self._levels(j), of_j))

    def all_alike(self, i: int, j: int) -> NDArray[np.bool_]:
        """Tell of each standing of i and each variant of j whether they are alike, shape (n_standings, n_variants)."""
        stands, n_standings = self._looks.stands, self._layout.n_standings
        columns = stands[j, [0, *range(n_standings, n_standings + len(self._layout.parts) - 1)]].tolist()
        of_i = [self._row_frame(i, turn) for turn in stands[i, :n_standings].tolist()]
        of_j = [self._column_frame(j, turn, part) for turn, part in zip(columns, self._layout.parts, strict=True)]
        rows, variants = (
            np.array([_slopes(self._levels(k), frame) for frame in frames]) for k, frames in ((i, of_i), (j, of_j))
        )
        sizes = (rows * rows).sum(axis=1)[:, np.newaxis] * (variants * variants).sum(axis=1)
        found = np.where(sizes > 0, rows @ variants.T / np.sqrt(np.where(sizes > 0, sizes, 1)), UNKNOWN)
        is_negative = np.array([part[0] == PartCode.NEGATIVE for part in self._layout.parts])
        return np.where(is_negative, (found == UNKNOWN) | (found <= -LEAST_LIKENESS), found >= LEAST_LIKENESS)

    def _levels(self, i: int) -> NDArray[np.float64]:
        return levels_of(self._looks.looks[i]).astype(np.float64)

    def _row_frame(self, i: int, stands: int) -> Frame:
        if stands >= INNER_STANDS:
            return self._inner_frame(i, stands - INNER_STANDS)
        return _box_frame(stands, 0.0, 0.0, 1.0, 1.0)

    def _column_frame(self, j: int, turn: int, part: tuple[float, ...]) -> Frame:
        aspect = float(self._looks.aspects[j])
        what, *numbers = (float(np.float32(number)) for number in part)
        if what == PartCode.INNER:
            return self._inner_frame(j, turn)
        if what == PartCode.ASPECT:
            return _aspect_frame(turn, numbers[0], aspect)
        if what == PartCode.TILT:
            return _tilted_frame(turn, numbers[0], numbers[1] > 0, aspect)
        return _box_frame(turn, *numbers)

    def _inner_frame(self, i: int, turn: int) -> Frame:
        return _box_frame(turn, *(self._looks.inner[i] / 255.0).tolist())


def _stood(turn: int, frame: Frame) -> Frame:
    x, x_by_x, x_by_y, y, y_by_x, y_by_y = frame
    if turn & 4:
        x_by_x, x_by_y, y_by_x, y_by_y = x_by_y, x_by_x, y_by_y, y_by_x
    if turn & 2:
        x, y, x_by_x, y_by_x = x + x_by_x, y + y_by_x, -x_by_x, -y_by_x
    if turn & 1:
        x, y, x_by_y, y_by_y = x + x_by_y, y + y_by_y, -x_by_y, -y_by_y
    return x, x_by_x, x_by_y, y, y_by_x, y_by_y


def _box_frame(turn: int, left: float, top: float, right: float, bottom: float) -> Frame:
    return _stood(turn, (left, right - left, 0.0, top, 0.0, bottom - top))


def _aspect_frame(turn: int, wanted: float, aspect: float) -> Frame:
    kept = wanted / aspect
    if kept < 1:
        return _box_frame(turn, (1 - kept) / 2, 0.0, (1 + kept) / 2, 1.0)
    return _box_frame(turn, 0.0, (1 - 1 / kept) / 2, 1.0, (1 + 1 / kept) / 2)


def _tilted_frame(turn: int, angle: float, is_cut: bool, aspect: float) -> Frame:
    part = 1 / (math.cos(angle) + abs(math.sin(angle)) * max(aspect, 1 / aspect)) if is_cut else 1.0
    cosine, sine = math.cos(angle) * part, math.sin(angle) * part
    across, down = sine / aspect, sine * aspect
    return _stood(turn, (0.5 - (cosine - across) / 2, cosine, -across, 0.5 - (down + cosine) / 2, down, cosine))


def _slopes(levels: NDArray[np.float64], frame: Frame) -> NDArray[np.float64]:
    """Return the slopes of a look in a frame: those downwards, and those to the right."""
    middles = (np.arange(SAMPLES) + 0.5) / SAMPLES
    v, u = np.meshgrid(middles, middles, indexing="ij")
    x = (frame[0] + frame[1] * u + frame[2] * v) * SIDE - 0.5
    y = (frame[3] + frame[4] * u + frame[5] * v) * SIDE - 0.5
    x, y = np.clip(x, 0, SIDE - 1), np.clip(y, 0, SIDE - 1)
    column, row = np.minimum(x.astype(int), SIDE - 2), np.minimum(y.astype(int), SIDE - 2)
    right, below = x - column, y - row
    above = levels[row, column] + right * (levels[row, column + 1] - levels[row, column])
    under = levels[row + 1, column] + right * (levels[row + 1, column + 1] - levels[row + 1, column])
    sampled = above + below * (under - above)
    slopes = np.concatenate([np.diff(sampled, axis=0).ravel(), np.diff(sampled, axis=1).ravel()])
    return np.asarray(slopes / (np.abs(slopes) + SOFT))


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    size = float((a * a).sum() * (b * b).sum())
    return float((a * b).sum()) / math.sqrt(size) if size > 0 else UNKNOWN
