#!/usr/bin/env bash
# Pillow reads a lossless JPEG (SOF3, of 8 bits). But draft(), and thumbnail(), which calls it, ask the decoder for a
# smaller picture, which there is none of in a lossless one: then it can't be decoded, and the error says that the
# data are broken.
# seen Pillow 13.0.0, 2026-11-27: whole: right; draft, thumbnail: OSError, broken data stream
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io

import imagecodecs
import numpy as np
import PIL
from PIL import Image

rows, columns = np.mgrid[:64, :96]
grey = (2 * columns + rows).astype(np.uint8)
pictures = {"L": grey, "RGB": np.dstack([grey, 255 - grey, grey // 2])}


def whole(image):
    image.load()


def draft(image):
    image.draft(None, (12, 8))
    image.load()


def thumbnail(image):
    image.thumbnail((12, 8))


print("Pillow", PIL.__version__)
failed = set()
for mode, picture in pictures.items():
    for is_lossless in (False, True):
        data = imagecodecs.jpeg_encode(picture, level=95, lossless=is_lossless)
        if is_lossless:
            assert data.find(b"\xff\xc3") > 0
            assert (imagecodecs.jpegsof3_decode(data) == picture).all(), "valid: another reader gives it back"
            with Image.open(io.BytesIO(data)) as image:
                assert (np.asarray(image) == picture).all(), "Pillow reads it, too, whole"
        for call in (whole, draft, thumbnail):
            with Image.open(io.BytesIO(data)) as image:
                try:
                    call(image)
                    told = f"read, {image.size}"
                except OSError as error:
                    told = f"OSError: {error}"
                    failed.add((mode, is_lossless, call.__name__))
            print(f"{mode}, {'lossless' if is_lossless else 'usual'}, {call.__name__}: {told}")
expected = {(mode, True, name) for mode in pictures for name in ("draft", "thumbnail")}
if failed != expected:
    raise SystemExit(f"CHANGED: expected {sorted(expected)} to fail; got {sorted(failed)}")
END
