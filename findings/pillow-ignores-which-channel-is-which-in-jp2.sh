#!/usr/bin/env bash
# A JP2 may say which of its channels is red, green, blue, or transparency (box cdef, "channel definition"). Pillow
# takes them in the order of the file instead: red and blue change places, and transparency that comes first becomes
# red.
# seen Pillow 13.0.0, 2026-11-27: blue first: (50, 100, 200) for (200, 100, 50); alpha first: is red
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io
import struct

import imagecodecs
import numpy as np
import PIL
from PIL import Image

RGB, OPACITY = (200, 100, 50), 25
COLOUR, ALPHA = 0, 1


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def jp2(channels):
    """Return a JP2 of one flat colour; its channels are (kind, which colour, value)."""
    pixels = np.full((32, 32, len(channels)), [value for *_, value in channels], np.uint8)
    stream = imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="j2k", mct=False)
    said = b"".join(struct.pack(">3H", number, kind, which) for number, (kind, which, _) in enumerate(channels))
    image = box(b"ihdr", struct.pack(">IIHBBBB", 32, 32, len(channels), 7, 7, 0, 0))
    colours = box(b"colr", struct.pack(">BBBI", 1, 0, 0, 16))
    header = box(b"jp2h", image + colours + box(b"cdef", struct.pack(">H", len(channels)) + said))
    start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + header + box(b"jp2c", stream)


red, green, blue = ((COLOUR, which, value) for which, value in enumerate(RGB, 1))
alpha = (ALPHA, 0, OPACITY)
files = {
    "red, green, blue": [red, green, blue],
    "blue, green, red": [blue, green, red],
    "red, green, blue, alpha": [red, green, blue, alpha],
    "alpha, red, green, blue": [alpha, red, green, blue],
}
print("Pillow", PIL.__version__)
read = {}
for name, channels in files.items():
    data = jp2(channels)
    wanted = (*RGB, OPACITY)[: len(channels)]
    assert (imagecodecs.jpeg2k_decode(data) == wanted).all(), "the file is valid: another reader gives the colour back"
    with Image.open(io.BytesIO(data)) as image:
        read[name] = image.getpixel((16, 16))
    print(f"{name}: Pillow reads {read[name]}, of {wanted}")
expected = {name: tuple(value for *_, value in channels) for name, channels in files.items()}
if read != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {read}")
END
