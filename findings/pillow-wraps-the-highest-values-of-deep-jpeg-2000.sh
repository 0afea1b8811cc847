#!/usr/bin/env bash
# JPEG 2000 of more than 8 bits in colour or with alpha, and grey of 9 bits: Pillow brings the samples to 8 bits with
# rounding, and what rounds up past 255 becomes 0. So white is black and opaque is transparent. Grey of 16 bits keeps
# its numbers.
# seen Pillow 13.0.0, 2026-11-27: of 12 and 16 bits the largest value becomes 0; of 8 bits 255; grey of 16 bits 65535
# seen Pillow 13.0.0, 2026-11-27: grey of 9 bits: 0
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
read = {}
for bits, n_samples in ((8, 3), (12, 3), (16, 3), (16, 4), (16, 1), (9, 1)):
    largest = 2**bits - 1
    kind = np.uint8 if bits == 8 else np.uint16
    samples = np.full((64, 64, n_samples) if n_samples > 1 else (64, 64), largest, kind)
    data = imagecodecs.jpeg2k_encode(samples, level=0, codecformat="jp2", bitspersample=bits)
    assert (imagecodecs.jpeg2k_decode(data) == samples).all(), "the file is valid: another reader gives it back"
    with Image.open(io.BytesIO(data)) as image:
        pixel = image.getpixel((32, 32))
    read[bits, n_samples] = pixel
    print(f"{n_samples} samples of {bits} bits, all {largest}: Pillow reads {pixel}")
expected = {(8, 3): (255,) * 3, (12, 3): (0,) * 3, (16, 3): (0,) * 3, (16, 4): (0,) * 4, (16, 1): 65535, (9, 1): 0}
if read != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {read}")
END
