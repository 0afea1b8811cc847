"""How alike the looks of two pictures are, laid over each other as two of their variants stand.

What is compared are slopes: from cell to cell, to the right and below, each shrunk by v / (|v| + SOFT) so that a few
strong edges don't speak for all. Slopes that copies keep are changed by strangers that have their bits in common.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.kernels.intrinsics import dot, stack_floats, wide_vectors
from imgcmp.kernels.jit import Array, helper, inlined

SIDE = 24  # of a look, in cells: see imgcmp.fingerprints.looks
SAMPLES = 16  # a side, of what is compared
N_CELLS = SIDE * SIDE
N_PLACES = SAMPLES * SAMPLES
N_SEEN = N_PLACES + 1  # one more, which is read and changes nothing, makes all loops over them whole vectors
N_SLOPES = 2 * N_PLACES - SAMPLES  # to the right, 0 in the last column, and down, but for the last row
SOFT = 0.3  # levels; 0.15 to 0.6 told strangers from copies equally well

# Of 15,600 edited copies that bits join 2 in 1,000 are less alike, of 1,200 strangers within 0.34 of the bits 96 in
# 100: of 250 and 2,493 photographs.
LEAST_LIKENESS = 0.38
UNKNOWN = 2.0  # more than any correlation: looks that tell nothing don't part

CROP, ASPECT, TILT, INNER, NEGATIVE = 0, 1, 2, 3, 4  # what a variant is of its picture
INNER_STANDS = 8  # added to the turn of a row that is the picture within the picture


class Looks(NamedTuple):
    """Looks, and how the variants of their pictures lie on them."""

    cells: NDArray[np.uint8]  # (n, LOOK_BYTES), or (0, 0): there are none
    row_stands: NDArray[np.uint8]  # (n_rows,): the turn of each row, a number of `standings.TURNS`
    column_stands: NDArray[np.uint8]  # (n * n_variants,)
    aspects: NDArray[np.float32]  # (n,): width by height
    inner: NDArray[np.uint8]  # (n, 4): left, top, right, bottom of the picture within, in 1/255
    parts: NDArray[np.float32]  # (n_variants, 5): what it is, and four numbers: a box; an aspect; radians and is cut


class Frame(NamedTuple):
    """Where a place in a variant that stands, u to the right and v down, 0 to 1, lies in its picture: x and y."""

    x: float
    x_by_u: float
    x_by_v: float
    y: float
    y_by_u: float
    y_by_v: float


@inlined
def stood(turn: int, x: float, x_by_x: float, x_by_y: float, y: float, y_by_x: float, y_by_y: float) -> Frame:
    """Return the frame of what lies like that in its picture, and is turned then."""
    if turn & 4:  # transposed: across is down
        x_by_x, x_by_y, y_by_x, y_by_y = x_by_y, x_by_x, y_by_y, y_by_x
    if turn & 2:  # mirrored
        x, y, x_by_x, y_by_x = x + x_by_x, y + y_by_x, -x_by_x, -y_by_x
    if turn & 1:  # flipped
        x, y, x_by_y, y_by_y = x + x_by_y, y + y_by_y, -x_by_y, -y_by_y
    return Frame(x, x_by_x, x_by_y, y, y_by_x, y_by_y)


@inlined
def box_frame(turn: int, left: float, top: float, right: float, bottom: float) -> Frame:
    """Return the frame of a box of a picture that is turned."""
    return stood(turn, left, right - left, 0.0, top, 0.0, bottom - top)


@inlined
def inner_frame(looks: Looks, i: int, turn: int) -> Frame:
    """Return the frame of the picture within a picture, turned."""
    box = looks.inner[i]
    return box_frame(turn, box[0] / 255.0, box[1] / 255.0, box[2] / 255.0, box[3] / 255.0)


@inlined
def row_frame(looks: Looks, i: int, row: int) -> Frame:
    """Return the frame of a row of an image."""
    turn = np.int64(looks.row_stands[row])
    if turn >= INNER_STANDS:
        return inner_frame(looks, i, turn - INNER_STANDS)
    return box_frame(turn, 0.0, 0.0, 1.0, 1.0)


@inlined
def aspect_frame(turn: int, wanted: float, aspect: float) -> Frame:
    """Return the frame of the middle of a picture that has another aspect ratio."""
    kept = wanted / aspect
    if kept < 1:
        return box_frame(turn, (1 - kept) / 2, 0.0, (1 + kept) / 2, 1.0)
    return box_frame(turn, 0.0, (1 - 1 / kept) / 2, 1.0, (1 + 1 / kept) / 2)


@inlined
def tilted_frame(turn: int, angle: float, is_cut: bool, aspect: float) -> Frame:
    """Return the frame of a picture that was rotated."""
    cosine, sine = np.cos(angle), np.sin(angle)
    if is_cut:
        part = 1 / (cosine + abs(sine) * max(aspect, 1 / aspect))
        cosine, sine = cosine * part, sine * part
    across, down = sine / aspect, sine * aspect
    return stood(turn, 0.5 - (cosine - across) / 2, cosine, -across, 0.5 - (down + cosine) / 2, down, cosine)


@inlined
def column_frame(looks: Looks, j: int, column: int, variant: int) -> Frame:
    """Return the frame of a variant of an image."""
    turn, what = np.int64(looks.column_stands[column]), np.int64(looks.parts[variant, 0])
    first, second = np.float64(looks.parts[variant, 1]), np.float64(looks.parts[variant, 2])
    if what == INNER:
        return inner_frame(looks, j, turn)
    if what == ASPECT:
        return aspect_frame(turn, first, np.float64(looks.aspects[j]))
    if what == TILT:
        return tilted_frame(turn, first, second > 0, np.float64(looks.aspects[j]))
    third, fourth = np.float64(looks.parts[variant, 3]), np.float64(looks.parts[variant, 4])
    return box_frame(turn, first, second, third, fourth)


@helper
def fill_levels(out: Array, cells: Array, i: int) -> None:
    """Fill in the levels of a look, two of which are in a byte."""
    for k in range(np.uint64(0), np.uint64(N_CELLS // 2)):
        pair = cells[i, k]
        out[np.uint64(2) * k] = float(pair >> 4)
        out[np.uint64(2) * k + np.uint64(1)] = float(pair & 15)


@inlined
def level_at(levels: Array, x: float, y: float) -> float:
    """Return the level at a place, between the middles of four cells; places beyond them take those at the edge."""
    x, y = min(max(x, 0.0), SIDE - 1.0), min(max(y, 0.0), SIDE - 1.0)
    column, row = min(int(x), SIDE - 2), min(int(y), SIDE - 2)
    right, below = x - column, y - row
    place = np.uint64(row * SIDE + column)
    under = place + np.uint64(SIDE)
    level_above = levels[place] + right * (levels[place + np.uint64(1)] - levels[place])
    level_under = levels[under] + right * (levels[under + np.uint64(1)] - levels[under])
    return level_above + below * (level_under - level_above)


@inlined
def soft(slope: float) -> float:
    """Shrink a slope: small ones count by their size, large ones by their sign alone."""
    return slope / (np.fabs(slope) + SOFT)


@helper
def fill_slopes(out: Array, cells: Array, i: int, frame: Frame) -> None:
    """Fill in the N_SLOPES slopes of a look, to the right and then down: loops that LLVM turns into vectors."""
    wide_vectors()
    levels, seen = stack_floats(N_CELLS), stack_floats(N_SEEN)
    fill_levels(levels, cells, i)
    step, one, across = 1.0 / SAMPLES, np.uint64(1), np.uint64(SAMPLES)
    for row in range(SAMPLES):
        v = (row + 0.5) * step
        for column in range(np.uint64(0), across):
            u = (np.float64(np.int64(column)) + 0.5) * step
            x = (frame.x + frame.x_by_u * u + frame.x_by_v * v) * SIDE - 0.5
            y = (frame.y + frame.y_by_u * u + frame.y_by_v * v) * SIDE - 0.5
            seen[np.uint64(row) * across + column] = level_at(levels, x, y)
    for k in range(np.uint64(0), np.uint64(N_PLACES)):
        out[k] = soft(seen[k + one] - seen[k])
    for row in range(one, across + one):
        out[row * across - one] = 0.0
    for k in range(np.uint64(0), np.uint64(N_PLACES - SAMPLES)):
        out[np.uint64(N_PLACES) + k] = soft(seen[k + across] - seen[k])


@helper
def correlation(first: Array, second: Array) -> float:
    """Return the correlation of the slopes of two looks, -1 to 1; UNKNOWN where one has none, or is plain."""
    squares = dot(first, first) * dot(second, second)
    return dot(first, second) / np.sqrt(squares) if squares > 0 else UNKNOWN


@inlined
def looks_alike(looks: Looks, i: int, row: int, j: int, column: int, variant: int) -> bool:
    """Whether the look of i, as a row of it stands, and a variant of that of j are alike."""
    of_row, of_column = stack_floats(N_SLOPES), stack_floats(N_SLOPES)
    fill_slopes(of_row, looks.cells, i, row_frame(looks, i, row))
    fill_slopes(of_column, looks.cells, j, column_frame(looks, j, column, variant))
    found = correlation(of_row, of_column)
    if looks.parts[variant, 0] == NEGATIVE:
        return found == UNKNOWN or found <= -LEAST_LIKENESS
    return found >= LEAST_LIKENESS


@inlined
def wholes_alike(looks: Looks, i: int, j: int) -> bool:
    """Whether two looks are alike as they are."""
    first, second, whole = stack_floats(N_SLOPES), stack_floats(N_SLOPES), box_frame(0, 0.0, 0.0, 1.0, 1.0)
    fill_slopes(first, looks.cells, i, whole)
    fill_slopes(second, looks.cells, j, whole)
    return correlation(first, second) >= LEAST_LIKENESS
