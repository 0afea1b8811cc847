#!/usr/bin/env bash
# Alpha in a TIFF is straight or associated: colours are multiplied by it in the file already. OpenCV returns colours
# of 8 bits as if all were associated, by any flag: straight ones come multiplied by alpha, dark where they are
# transparent. Of 16 bits they do so by IMREAD_COLOR, and stay as they are by IMREAD_UNCHANGED; in a PNG they always
# stay.
# seen OpenCV 5.0.0, 2026-11-27: (200, 100, 50), alpha 100: (78, 39, 20) in 8 bits; 16 unchanged, PNG: same
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q opencv-python-headless==5.0.0.93 tifffile==2026.3.3 Pillow==13.0.0 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io

import cv2
import numpy as np
import tifffile
from PIL import Image

COLOUR = (200, 100, 50, 100)


def tiff(kind, factor):
    file, pixels = io.BytesIO(), np.full((8, 8, 4), COLOUR, np.uint16) * factor
    tifffile.imwrite(file, pixels.astype(kind), photometric="rgb", extrasamples=["unassalpha"])
    file.seek(0)
    assert (tifffile.imread(file) == pixels).all(), "the file is valid: tifffile reads it back"
    with Image.open(file) as image:
        assert image.getpixel((4, 4)) == COLOUR, "and so does Pillow, with straight alpha"
    return file.getvalue()


png = io.BytesIO()
Image.new("RGBA", (8, 8), COLOUR).save(png, "PNG")
files = {"TIFF of 8 bits": tiff(np.uint8, 1), "TIFF of 16 bits": tiff(np.uint16, 257), "PNG": png.getvalue()}
print("OpenCV", cv2.__version__)
read = {}
for name, data in files.items():
    for flag in ("IMREAD_UNCHANGED", "IMREAD_COLOR"):
        pixel = cv2.imdecode(np.frombuffer(data, np.uint8), getattr(cv2, flag))[4, 4].astype(float)
        pixel *= 255 / 65535 if flag == "IMREAD_UNCHANGED" and "16" in name else 1
        read[name, flag] = tuple(int(value) for value in np.rint(pixel[[2, 1, 0, *range(3, len(pixel))]]))
        print(f"{name}, {flag}: {read[name, flag]}, of {COLOUR}")
kept = {("TIFF of 16 bits", "IMREAD_UNCHANGED"), ("PNG", "IMREAD_UNCHANGED"), ("PNG", "IMREAD_COLOR")}
expected = {key: COLOUR if key in kept else (78, 39, 20, 100) for key in read}
expected = {key: colour[:3] if key[1] == "IMREAD_COLOR" else colour for key, colour in expected.items()}
if read != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {read}")
END
