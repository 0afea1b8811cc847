#!/usr/bin/env bash
# In an XBM and in a PSD of mode bitmap a one is ink, black on a white page. Pillow reads both as negatives; PBM, where a
# one is ink as well, is right.
# seen Pillow 13.0.0, 2026-11-27: ink is 255 in XBM and PSD, 0 in PBM
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0
"$work/env/bin/python" - <<'END'
import io
import struct

import PIL
from PIL import Image

# Eight pixels; the first four are ink. XBM counts bits from the lowest.
files = {
    "XBM": b"#define a_width 8\n#define a_height 1\nstatic char a_bits[] = {\n0x0f};\n",
    "PSD": b"8BPS" + struct.pack(">H6xHIIHH", 1, 1, 1, 8, 1, 0) + bytes(12) + struct.pack(">H", 0) + b"\xf0",
    "PBM": b"P4\n8 1\n\xf0",
}
print("Pillow", PIL.__version__)
ink = {}
for name, data in files.items():
    with Image.open(io.BytesIO(data)) as image:
        pixels = [image.getpixel((x, 0)) for x in range(8)]
    ink[name] = pixels[0]
    print(f"{name}: {pixels}")
if ink != {"XBM": 255, "PSD": 255, "PBM": 0}:
    raise SystemExit(f"CHANGED: expected ink 255, 255, 0; got {ink}")
END
