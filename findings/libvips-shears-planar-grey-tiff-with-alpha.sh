#!/usr/bin/env bash
# libvips reads a TIFF of grey and alpha, each in a plane of its own (PlanarConfiguration 2), without an error, and
# sheared: each row begins half a row behind the one before, as if it were half as long. Red, green, blue and alpha in
# planes are right, and so is grey with alpha if it is interleaved.
# seen libvips 8.18.7 by pyvips 3.2.0, 2026-11-27: grey with alpha in planes sheared; RGBA, interleaved: right
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q pyvips==3.2.0 pyvips-binary==8.18.7 tifffile==2026.3.3 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io

import numpy as np
import pyvips
import tifffile

planes = np.random.default_rng(0).integers(0, 256, (4, 32, 48)).astype(np.uint8)
pictures = {"grey and alpha": ("minisblack", planes[:2]), "red, green, blue, alpha": ("rgb", planes)}
print("libvips", *(pyvips.version(part) for part in range(3)))
results = {}
for name, (colours, bands) in pictures.items():
    for layout in ("contig", "separate"):
        stored = bands if layout == "separate" else np.moveaxis(bands, 0, -1)
        file = io.BytesIO()
        tifffile.imwrite(file, stored, photometric=colours, planarconfig=layout, extrasamples=["unassalpha"])
        file.seek(0)
        assert (tifffile.imread(file) == stored).all(), "the file is valid: tifffile reads it back"
        read = np.moveaxis(pyvips.Image.new_from_buffer(file.getvalue(), "").numpy(), -1, 0)
        halves = [band.reshape(-1, 24) for band in bands]  # rows of half the length: each begins one further
        sheared = np.stack([np.hstack([half[:32], half[1:33]]) for half in halves])
        results[name, layout] = "right" if (read == bands).all() else "sheared" if (read == sheared).all() else "other"
        print(f"{name}, {layout}: {results[name, layout]}")
expected = {key: "sheared" if key == ("grey and alpha", "separate") else "right" for key in results}
if results != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {results}")
END
