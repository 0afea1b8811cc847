#!/usr/bin/env bash
# In a grey TIFF 0 may be white (PhotometricInterpretation 0). OpenCV turns such numbers round, by IMREAD_UNCHANGED as
# by IMREAD_GRAYSCALE. But if they have 16 bits, IMREAD_UNCHANGED (and IMREAD_ANYDEPTH) leaves them as they are, and
# nothing says so: one file is a picture and its negative, by the flag.
# seen OpenCV 5.0.0, 2026-11-27: white of 16 bits: 0 by IMREAD_UNCHANGED, 255 by IMREAD_GRAYSCALE
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q opencv-python-headless==5.0.0.93 \
    pyvips==3.2.0 pyvips-binary==8.18.7 tifffile==2026.3.3 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io

import cv2
import numpy as np
import pyvips
import tifffile

print("OpenCV", cv2.__version__)
read = {}
for kind in (np.uint8, np.uint16):
    for zero in ("minisblack", "miniswhite"):
        bits, top = 8 * np.dtype(kind).itemsize, np.iinfo(kind).max
        file = io.BytesIO()
        white = np.full((8, 8), 0 if zero == "miniswhite" else top, kind)
        tifffile.imwrite(file, white, photometric=zero)
        by_libvips = pyvips.Image.new_from_buffer(file.getvalue(), "").numpy()
        assert (by_libvips == top).all(), "the file is valid: another reader sees white"
        for flag in ("IMREAD_UNCHANGED", "IMREAD_ANYDEPTH", "IMREAD_GRAYSCALE"):
            picture = cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), getattr(cv2, flag))
            read[bits, zero, flag] = "white" if (picture == np.iinfo(picture.dtype).max).all() else int(picture[0, 0])
            print(f"{bits} bits, {zero}, {flag}: white is {picture[0, 0]}, of {picture.dtype}")
negative = {key for key, shade in read.items() if shade == 0}
expected = {(16, "miniswhite", "IMREAD_UNCHANGED"), (16, "miniswhite", "IMREAD_ANYDEPTH")}
if negative != expected or set(read.values()) != {0, "white"}:
    raise SystemExit(f"CHANGED: expected {sorted(expected)} to be negatives; got {read}")
END
