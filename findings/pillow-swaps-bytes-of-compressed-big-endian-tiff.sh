#!/usr/bin/env bash
# In a TIFF with the high byte first Pillow swaps the bytes of signed and of floating-point numbers once more than it
# should, if they are compressed. Unsigned ones of 16 bits are right, so is all that is uncompressed or has the low
# byte first.
# seen Pillow 13.0.0, 2026-11-27: 1000 in int16 is -6141, in int32 -402456576: high byte first, packed
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

picture = 1000 + np.arange(6).reshape(2, 3)
print("Pillow", PIL.__version__)
wrong = set()
for kind in ("uint16", "int16", "int32", "float32"):
    for order in "<>":
        for compression in (None, "zlib", "lzw"):
            file = io.BytesIO()
            tifffile.imwrite(file, picture.astype(kind), byteorder=order, compression=compression)
            file.seek(0)
            assert (tifffile.imread(file) == picture).all(), "the file is valid: tifffile reads it back"
            with Image.open(file) as image:
                read = np.asarray(image)
            name = f"{kind}, {'high' if order == '>' else 'low'} byte first, {compression or 'uncompressed'}"
            print(f"{name}: 1000 is {read[0, 0]}")
            if (read != picture).any():
                wrong.add((kind, order, compression))
expected = {(kind, ">", packed) for kind in ("int16", "int32", "float32") for packed in ("zlib", "lzw")}
if wrong != expected:
    raise SystemExit(f"CHANGED: expected {sorted(expected)} to be wrong; got {sorted(wrong, key=str)}")
END
