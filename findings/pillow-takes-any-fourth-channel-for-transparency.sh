#!/usr/bin/env bash
# A fourth channel is not always transparency. A TGA of 32 bits a pixel says how many of them are alpha, and may say none;
# in a PSD it is transparency only if the number of layers is negative, else a selection that was saved. Pillow makes
# either RGBA: an opaque picture is transparent.
# seen Pillow 13.0.0, 2026-11-27: TGA with 0 bits of alpha: RGBA, alpha 0; PSD without layers: RGBA, alpha 0
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

SIDE = 4
N_PIXELS = SIDE * SIDE


def tga(alpha_bits):
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, SIDE, SIDE, 32, 0x20 | alpha_bits)
    return header + bytes([30, 20, 10, 0]) * N_PIXELS  # blue, green, red, and the fourth


def psd(n_layers):
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, 4, SIDE, SIDE, 8, 3)
    layers = struct.pack(">Ih2x", 4, n_layers) if n_layers else b""
    sections = b"".join(struct.pack(">I", len(part)) + part for part in (b"", b"", layers))
    return header + sections + struct.pack(">H", 0) + b"".join(bytes([value]) * N_PIXELS for value in (10, 20, 30, 0))


files = {"TGA, 0 bits of alpha": tga(0), "TGA, 8 bits of alpha": tga(8), "PSD, a saved selection": psd(0)}
print("Pillow", PIL.__version__)
read = {}
for name, data in files.items():
    with Image.open(io.BytesIO(data)) as image:
        read[name] = image.mode, image.getpixel((0, 0))
    print(f"{name}: {read[name][0]}, {read[name][1]}")
expected = dict.fromkeys(files, ("RGBA", (10, 20, 30, 0)))
if read != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {read}")
END
