#!/usr/bin/env bash
# imagecodecs writes JPEG 2000 of numbers of 32 bits, and says in its documentation that they may perhaps have no more
# than 26. They may have 24: of 25 bits, lossless and without an error, other numbers come back, some far off.
# seen imagecodecs 2026.3.6 (OpenJPEG 2.5.4), 2026-11-27: of 24 bits all come back; of 25 some are 31598415 off
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q imagecodecs==2026.3.6 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import imagecodecs
import numpy as np

print("imagecodecs", imagecodecs.__version__, imagecodecs.jpeg2k_version())
exact = {}
for bits in (16, 20, 24, 25, 26):
    numbers = np.random.default_rng(0).integers(0, 2**bits, (64, 64)).astype(np.uint32)
    data = imagecodecs.jpeg2k_encode(numbers, level=0, codecformat="jp2", bitspersample=bits, reversible=True)
    off = np.abs(imagecodecs.jpeg2k_decode(data).astype(np.int64) - numbers)
    exact[bits] = not off.any()
    print(f"{bits} bits: {np.count_nonzero(off)} of {off.size} numbers are others, by up to {off.max()}")
if exact != {bits: bits <= 24 for bits in exact}:
    raise SystemExit(f"CHANGED: expected all up to 24 bits to come back, of more not all; got {exact}")
END
