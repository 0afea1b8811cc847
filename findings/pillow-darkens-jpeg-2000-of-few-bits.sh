#!/usr/bin/env bash
# JPEG 2000 of less than 8 bits a sample: Pillow moves the bits up to make 8, and leaves those below them 0. So white
# is not 255: the fewer bits, the darker, and of one bit it is the middle grey.
# seen Pillow 13.0.0, 2026-11-27: white is 128 of 1 bit, 192 of 2, 240 of 4, 254 of 7, 255 of 8
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io

import imagecodecs
import numpy as np
import PIL
from PIL import Image

print("Pillow", PIL.__version__)
white = {}
for n_colours in (1, 3):
    for bits in (1, 2, 4, 7, 8):
        samples = np.full((32, 32, n_colours)[: 2 + (n_colours > 1)], 2**bits - 1, np.uint8)
        data = imagecodecs.jpeg2k_encode(samples, level=0, codecformat="jp2", bitspersample=bits)
        assert (imagecodecs.jpeg2k_decode(data) == samples).all(), "the file is valid: another reader gives it back"
        with Image.open(io.BytesIO(data)) as image:
            extrema = np.asarray(image).min(), np.asarray(image).max()
        assert extrema[0] == extrema[1]
        white[n_colours, bits] = int(extrema[1])
        print(f"{image.mode}, {bits} bits: white, {2**bits - 1}, is {extrema[1]}")
expected = {key: (2 ** key[1] - 1) << (8 - key[1]) for key in white}
if white != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {white}")
END
