#!/usr/bin/env bash
# RGB converted to YCbCr is rounded down in Pillow, half a level too dark on average and up to a whole one, where JPEG's
# formulas and Pillow's own conversion to grey round to the nearest. So Y of a picture is not its grey, and means of Cb and
# Cr are off by half a level from those of the same picture in a JPEG.
# seen Pillow 13.0.0, 2026-11-27: mean errors of Y, Cb, Cr -0.49, -0.45, -0.46; of grey 0.00
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0 numpy
"$work/env/bin/python" - <<'END'
import numpy as np
import PIL
from PIL import Image

levels = np.arange(0, 256, 5)
rgb = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 1, 3)
image = Image.fromarray(rgb.astype(np.uint8))
weights = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
exact = rgb @ weights.T + [0, 128, 128]
errors = (np.asarray(image.convert("YCbCr")) - exact).reshape(-1, 3)
grey = np.asarray(image.convert("L")) - exact[..., 0]
means = [round(float(mean), 2) for mean in (*errors.mean(axis=0), grey.mean())]
print("Pillow", PIL.__version__)
print("mean errors of Y, Cb, Cr and of grey:", *means)
print("lowest and highest:", np.round(errors.min(), 2), np.round(errors.max(), 2))
if not (all(mean < -0.4 for mean in means[:3]) and abs(means[3]) < 0.05):
    raise SystemExit(f"CHANGED: expected Y, Cb and Cr half a level too low, and grey right; got {means}")
END
