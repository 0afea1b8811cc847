#!/usr/bin/env bash
# libjpeg decodes arithmetic coding only if it has all of the data; Pillow hands it a file in pieces of 64 KiB. So a
# JPEG with arithmetic coding that goes on behind them can't be decoded, though Pillow reads smaller ones, and Huffman
# coding of any length. With a larger decodermaxblock it is read.
# seen Pillow 13.0.0, 2026-11-27: behind 64 KiB: OSError, broken data stream; decodermaxblock 2**20: read
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

# The picture with arithmetic coding, by cjpeg -arithmetic -quality 90.
ARITHMETIC = bytes.fromhex(
    "ffd8ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b"
    "0b1016101113141515150c0f171816141812141514ffc9000b080010001001011100ffcc000600101005ffda000801010000"
    "3f00ff00e7e18dbe85ca947158f1c6da54a449f940b322a9b84cccf8fdd24380ffd9"
)
picture = np.add.outer(np.arange(16) * 9, np.arange(16) * 6)
huffman = io.BytesIO()
Image.fromarray(picture.astype(np.uint8)).save(huffman, "JPEG", quality=90)


def across_64_kib(jpeg):
    """Return a JPEG with a comment before its other segments, so long that its data go on behind 64 KiB."""
    length = 2**16 - jpeg.index(b"\xff\xda") - 20 - 2
    return b"\xff\xd8\xff\xfe" + struct.pack(">H", length) + bytes(length - 2) + jpeg[2:]


def read(jpeg, most=None):
    assert np.abs(imagecodecs.jpeg_decode(jpeg).astype(int) - picture).max() <= 4, "valid: another reader reads it"
    with Image.open(io.BytesIO(jpeg)) as image:
        image.decodermaxblock = most or image.decodermaxblock
        try:
            off = np.abs(np.asarray(image, dtype=int) - picture).max()
        except OSError as error:
            return f"OSError: {error}"
    return "read" if off <= 4 else f"{off} levels off"


results = {
    "arithmetic, short": read(ARITHMETIC),
    "arithmetic, long": read(across_64_kib(ARITHMETIC)),
    "arithmetic, long, with decodermaxblock 2**20": read(across_64_kib(ARITHMETIC), 2**20),
    "Huffman, long": read(across_64_kib(huffman.getvalue())),
}
print("Pillow", PIL.__version__)
for name, told in results.items():
    print(f"{name}: {told}")
failed = [name for name, told in results.items() if told != "read"]
if failed != ["arithmetic, long"]:
    raise SystemExit(f"CHANGED: expected arithmetic, long alone to fail; got {failed}")
END
