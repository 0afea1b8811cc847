#!/usr/bin/env bash
# A TIFF that is saved with `exif=` an Image.Exif loses the EXIF directory in it (the time of capture, say), and keeps the
# tags beside it (the maker); the same Exif as bytes is kept whole, and a JPEG keeps it in either way.
# seen Pillow 13.0.0, 2026-11-27: TIFF from an object: no DateTimeOriginal; from bytes, and both of JPEG: there
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0
"$work/env/bin/python" - <<'END'
import io

import PIL
from PIL import Image

MAKE, EXIF, ORIGINAL = 0x010F, 0x8769, 0x9003
exif = Image.Exif()
exif[MAKE] = "Maker"
exif.get_ifd(EXIF)[ORIGINAL] = "2024:05:01 12:00:00"
print("Pillow", PIL.__version__)
kept = {}
for kind in ("TIFF", "JPEG"):
    for name, value in (("object", exif), ("bytes", exif.tobytes())):
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, kind, exif=value)
        with Image.open(file) as image:
            found = image.getexif()
            kept[kind, name] = ORIGINAL in found.get_ifd(EXIF)
            print(kind, name, "maker:", found.get(MAKE), "time of capture:", found.get_ifd(EXIF).get(ORIGINAL))
expected = {("TIFF", "object"): False, ("TIFF", "bytes"): True, ("JPEG", "object"): True, ("JPEG", "bytes"): True}
if kept != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {kept}")
END
