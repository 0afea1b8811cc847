#!/usr/bin/env bash
# A PNG may name one grey or colour that is transparent (tRNS), in the samples' own range. Pillow brings pixels of 2, 4 and
# 16 bits to 8 and leaves that number as it is: so it equals no pixel, or another one, and convert("RGBA") shows the
# transparent parts. Of 8 bits it is right.
# seen Pillow 13.0.0, 2026-11-27: of 2, 4 and 16 bits the transparent pixel has alpha 255; of 8 bits 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0
"$work/env/bin/python" - <<'END'
import io
import struct
import zlib

import PIL
from PIL import Image

GREY, RGB = 0, 2


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(bits, colour, width, row, key):
    """Return a PNG of one row of samples, in which `key` is transparent."""
    header = struct.pack(">IIBBBBB", width, 1, bits, colour, 0, 0, 0)
    rest = chunk(b"tRNS", key) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rest


colour = struct.pack(">3H", 0x1234, 0x5678, 0x9ABC)
files = {  # the first pixel is the transparent one
    "grey of 2 bits": png(2, GREY, 4, bytes([0b10_00_01_11]), struct.pack(">H", 2)),
    "grey of 4 bits": png(4, GREY, 2, bytes([0x90]), struct.pack(">H", 9)),
    "grey of 8 bits": png(8, GREY, 2, bytes([0x90, 0]), struct.pack(">H", 0x90)),
    "colour of 8 bits": png(8, RGB, 1, bytes([1, 2, 3]), struct.pack(">3H", 1, 2, 3)),
    "colour of 16 bits": png(16, RGB, 2, colour + bytes(6), colour),
}
print("Pillow", PIL.__version__)
alpha = {}
for name, data in files.items():
    with Image.open(io.BytesIO(data)) as image:
        key, shown = image.info["transparency"], image.convert("RGBA").getpixel((0, 0))
    alpha[name] = shown[3]
    print(f"{name}: transparent is {key}, and its pixel becomes {shown}")
expected = {name: 0 if name.endswith(" 8 bits") else 255 for name in files}
if alpha != expected:
    raise SystemExit(f"CHANGED: expected alpha {expected}; got {alpha}")
END
