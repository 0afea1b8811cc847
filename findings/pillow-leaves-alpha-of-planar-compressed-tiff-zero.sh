#!/usr/bin/env bash
# A TIFF of grey and alpha, each in a plane of its own (PlanarConfiguration 2) and compressed: Pillow reads the grey,
# and an alpha that is 0 everywhere. So an opaque picture is transparent. Interleaved, and in RGBA, it is right.
# seen Pillow 13.0.0, 2026-11-27: alpha 0, of 200, for grey in planes by zlib, LZW, PackBits; else 200
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0 tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io

import numpy as np
import PIL
import tifffile
from PIL import Image

ALPHA = 200
grey = np.arange(32 * 48, dtype=np.uint8).reshape(32, 48)
alpha = np.full_like(grey, ALPHA)
pictures = {"minisblack": np.stack([grey, alpha]), "rgb": np.stack([grey, grey, grey, alpha])}
print("Pillow", PIL.__version__)
read = {}
for colours, planes in pictures.items():
    for layout in ("contig", "separate"):
        for compression in ("zlib", "lzw", "packbits"):
            stored = planes if layout == "separate" else np.moveaxis(planes, 0, -1)
            file = io.BytesIO()
            kind = {"photometric": colours, "planarconfig": layout, "extrasamples": ["unassalpha"]}
            tifffile.imwrite(file, stored, compression=compression, **kind)
            file.seek(0)
            assert (tifffile.imread(file) == stored).all(), "the file is valid: tifffile reads it back"
            with Image.open(file) as image:
                image.load()
                assert (np.asarray(image)[..., 0] == grey).all(), "the grey is right"
                read[colours, layout, compression] = image.getchannel("A").getextrema()
            told = read[colours, layout, compression]
            print(f"{image.mode}, {layout}, {compression}: alpha is {told[0]} to {told[1]}, of {ALPHA}")
expected = {key: (0, 0) if key[:2] == ("minisblack", "separate") else (ALPHA, ALPHA) for key in read}
if read != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {read}")
END
