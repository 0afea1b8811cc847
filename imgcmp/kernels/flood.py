"""Single linkage without a list of pairs: each point takes all that are near out of those that are left."""

import numpy as np

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.blocks import close_mask
from imgcmp.kernels.columns import WIDTH, Columns
from imgcmp.kernels.jit import Array, allocating_entry, helper


@helper
def move_close(
    queue: Array, queued: int, columns: Columns, points: Array, n_left: int, row: Words, radius: int
) -> tuple[int, int]:
    """Move the columns within the radius of a row to the queue; return how many it holds, and how many columns stay."""
    n_kept = 0
    for j in range(0, n_left, WIDTH):
        mask = close_mask(row, 0, columns, j, 0, n_left, radius)
        width = min(WIDTH, n_left - j)
        if n_kept == j and not mask:
            n_kept += width
            continue
        for m in range(j, j + width):
            if (mask >> np.uint64(m - j)) & np.uint64(1):
                queue[queued] = points[m]
                queued += 1
                continue
            points[n_kept] = points[m]
            for w in range(columns.words.shape[0]):
                columns.words[w, n_kept] = columns.words[w, m]
            n_kept += 1
    return queued, n_kept


@allocating_entry
def flood(
    labels: Array, queue: Array, words: Words, columns: Columns, points: Array, state: Array, radius: int, max_work: int
) -> None:
    """Give the points that hang together within the radius one label; stop after a while.

    Whoever is in the queue takes all that are near out of `columns`, where fewer and fewer are left. state is (next in
    the queue, its end, columns left, label); done when none is left and the queue is at its end.
    """
    n_words = columns.words.shape[0]
    row = np.empty((n_words, 1), np.uint64)
    head, queued, n_left, label = state[0], state[1], state[2], state[3]
    work = 0
    while work < max_work and (head < queued or n_left > 0):
        if head == queued:  # nothing more hangs together with what is labelled: start anew
            label += 1
            n_left -= 1
            queue[queued] = points[n_left]
            queued += 1
        i = queue[head]
        labels[i] = label
        head += 1
        work += n_left * n_words + WIDTH
        for w in range(n_words):
            row[w, 0] = words[i, w]
        queued, n_left = move_close(queue, queued, columns, points, n_left, row, radius)
    state[0], state[1], state[2], state[3] = head, queued, n_left, label
