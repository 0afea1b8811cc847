#!/usr/bin/env bash
# Pillow reads a TIFF of 16 bits a sample whose red, green and blue lie in planes of their own (PlanarConfiguration 2,
# without compression) without an error, and garbled. The same picture in 8 bits, interleaved, or compressed is right.
# seen Pillow 13.0.0, 2026-11-27: planar, 16 bits, uncompressed: up to 128 of 255 levels off; all others 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
"$work/env/bin/python" - "$work/a.tif" <<'END'
import sys

import numpy as np
import PIL
import tifffile
from PIL import Image

path = sys.argv[1]
rows, columns = np.mgrid[:32, :48]
picture = np.stack([5 * columns, 8 * rows, np.full_like(rows, 100)], axis=-1).astype(np.uint8)


def most_off(bits, planar, compression):
    samples = picture if bits == 8 else picture.astype(np.uint16) * 257
    stored = np.moveaxis(samples, -1, 0).copy() if planar else samples
    layout = "separate" if planar else "contig"
    tifffile.imwrite(path, stored, photometric="rgb", planarconfig=layout, compression=compression)
    assert (tifffile.imread(path) == stored).all(), "the file is valid: tifffile reads it back"
    with Image.open(path) as image:
        return int(abs(np.asarray(image).astype(int) - picture).max())


print("Pillow", PIL.__version__)
off = {}
for bits in (8, 16):
    for planar in (False, True):
        for compression in (None, "zlib"):
            off[bits, planar, compression] = most_off(bits, planar, compression)
            name = f"{bits} bits, {'planar' if planar else 'interleaved'}, {compression or 'uncompressed'}"
            print(f"{name}: {off[bits, planar, compression]} of 255 levels off, at most")
garbled = [key for key, levels in off.items() if levels]
if garbled != [(16, True, None)]:
    raise SystemExit(f"CHANGED: expected planar, 16 bits, uncompressed alone to be garbled; got {garbled}")
END
