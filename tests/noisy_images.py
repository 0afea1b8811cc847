"""Made-up images with views and looks, some near each other: to compare kernels with NumPy by."""

import numpy as np

from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.looks import LOOK_BYTES
from imgcmp.fingerprints.views import view_layout

FULL = view_layout("all", "phash", 16)


def noisy_images(n, seed, layout=FULL):
    """Return words, views and looks of images, some of which are near each other, or nearly so."""
    random = np.random.default_rng(seed)
    n_views = layout.n_standings + len(layout.parts) - 1 if layout.parts else 6
    originals = random.integers(0, 2**64, (1 + n // 4, 1 + n_views, 4), dtype=np.uint64)
    chosen = originals[random.integers(0, len(originals), n)]
    share = random.uniform(0, 0.35, (n, 1, 1, 1))
    flipped = np.packbits(random.random((n, 1 + n_views, 4, 64)) < share, axis=-1).view(">u8")[..., 0].astype(np.uint64)
    images = chosen ^ flipped
    looks = random.integers(0, 256, (1 + n // 8, LOOK_BYTES), dtype=np.uint8)[random.integers(0, 1 + n // 8, n)]
    stands = random.integers(0, 8, (n, n_views), dtype=np.uint8)
    if layout.n_standings:  # fewer ways to stand than there is room for
        few = random.random(n) < 0.6
        images[few, 2 : 1 + layout.n_standings] = images[few, 1:2]
        stands[few, 1 : layout.n_standings] = stands[few, :1]
    if layout.n_standings > 1:  # symmetrical pictures have the same bits in several ways to stand
        images[::7, 2], stands[::7, 1] = images[::7, 1], stands[::7, 0] ^ 3
    inner = np.sort(random.integers(0, 256, (n, 2, 2), dtype=np.uint8), axis=1).reshape(n, 4)
    rows = LookRows(looks, stands, inner, random.uniform(0.5, 2, n).astype(np.float32))
    return images[:, 0].copy(), images[:, 1:].copy(), rows
