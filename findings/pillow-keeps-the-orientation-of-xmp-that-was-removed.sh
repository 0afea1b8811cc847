#!/usr/bin/env bash
# Pillow's getexif() takes the orientation in XMP where EXIF has none; browsers don't. Whoever doesn't want that takes
# XMP out of Image.info. That helps for a JPEG without EXIF. Of one that has EXIF, but no resolution in its JFIF header,
# Pillow looks for the resolution in EXIF while it opens the file, and keeps what it read then, the orientation included.
# seen Pillow 13.0.0, 2026-11-29: without EXIF orientation None; with EXIF 6, though XMP was removed
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q pillow==13.0.0
"$work/env/bin/python" - <<'END'
import io

import PIL
from PIL import Image

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
ORIENTATION, MAKE = 0x0112, 0x010F

print("Pillow", PIL.__version__)
found = {}
for has_exif in (False, True):
    exif = Image.Exif()
    exif[MAKE] = "Maker"
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "JPEG", xmp=XMP, **({"exif": exif} if has_exif else {}))
    image = Image.open(file)
    del image.info["xmp"]
    found[has_exif] = image.getexif().get(ORIENTATION)
    print(f"{'with' if has_exif else 'without'} EXIF, XMP removed: orientation {found[has_exif]}")
if found != {False: None, True: 6}:
    raise SystemExit(f"CHANGED: expected none without EXIF and 6 with it; got {found}")
END
