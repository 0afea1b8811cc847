"""Ties of distances, broken by content: D'_ij = D_ij + EPS * (k_i + k_j), k_i in [0, 1) a hash of fingerprint i.

Hamming distances tie all the time, and with ties the result of average, complete and weighted linkage would depend on
the order of the images. A cut t in bits is a multiple of 1/256, and 2 * EPS = 1/512: D <= t exactly where
D' <= t + 2 * EPS.
"""

import numpy as np
from numpy.typing import NDArray

from imgcmp.clusters.cut import EPS
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_rows import ViewRows, pieces
from imgcmp.kernels import hashing as kernels


def tie_break_offsets(
    words: Words, views: ViewRows | None = None, looks: LookRows | None = None
) -> NDArray[np.float64]:
    """Return EPS * k of each image, shape (n_images,), with views and looks a hash of these, too.

    Views have shape (n_images, n_views, n_words).
    """
    offsets = np.empty(len(words))
    if views is None:
        kernels.tie_breaks(offsets, words, np.ascontiguousarray(words[:, :0]))
    else:
        for piece in pieces(len(words), views):
            of_piece = words[piece]
            more = views[piece].reshape(len(of_piece), -1)
            if looks is not None:
                more = np.hstack([more, looks.some(piece).as_words()])
            kernels.tie_breaks(offsets[piece], of_piece, more)
    return offsets * EPS
