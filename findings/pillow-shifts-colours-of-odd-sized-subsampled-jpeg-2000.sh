#!/usr/bin/env bash
# JPEG 2000 in YCbCr may have one number of Cb and Cr for two pixels, across or both ways. Where a side that is so
# halved is odd, Pillow takes them from the wrong places, and colours are far off.
# seen Pillow 13.0.0, 2026-11-27: odd width: 23 to 31 levels off on average; even sides: 1; imagecodecs: 1
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


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def parts(plane):
    """Return the coding style, the quantization and the data of one component of 8 bits, as Pillow writes them."""
    out, found, place = io.BytesIO(), {}, 2
    plane.save(out, "JPEG2000", no_jp2=True, num_resolutions=1)
    stream = out.getvalue()
    while stream[place : place + 2] != b"\xff\x90":
        (length,) = struct.unpack_from(">H", stream, place + 2)
        found[stream[place + 1]] = stream[place : place + 2 + length]
        place += 2 + length
    return found[0x52] + found[0x5C], stream[stream.index(b"\xff\x93", place) + 2 : -2]


def jp2(size, planes, across, down):
    """Return a JP2 in YCbCr (sYCC): one tile, one resolution, so that one component's data follows on another's."""
    coded = [parts(plane) for plane in planes]
    assert len({style for style, _ in coded}) == 1
    sampling = bytes([7, 1, 1]) + bytes([7, across, down]) * 2
    siz = struct.pack(">HIIIIIIIIH", 0, *size, 0, 0, *size, 0, 0, 3) + sampling
    body = b"".join(data for _, data in coded)
    tile = b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 14 + len(body), 0, 1) + b"\xff\x93" + body
    stream = b"\xff\x4f\xff\x51" + struct.pack(">H", 2 + len(siz)) + siz + coded[0][0] + tile + b"\xff\xd9"
    image = box(b"ihdr", struct.pack(">IIHBBBB", size[1], size[0], 3, 7, 7, 0, 0))
    colours = box(b"colr", struct.pack(">BBBI", 1, 0, 0, 18))
    start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + box(b"jp2h", image + colours) + box(b"jp2c", stream)


print("Pillow", PIL.__version__)
far = set()
for across, down in ((1, 1), (2, 1), (2, 2)):
    for width, height in ((96, 64), (97, 64), (96, 65), (97, 65)):
        rows, columns = np.mgrid[:height, :width]
        picture = np.stack([2.5 * columns, 3.5 * rows, columns + rows], axis=-1).astype(np.uint8)
        luma, *chroma = Image.fromarray(picture).convert("YCbCr").split()
        small = (-(-width // across), -(-height // down))
        planes = [luma, *(band.resize(small, Image.Resampling.BOX) for band in chroma)]
        data = jp2((width, height), planes, across, down)
        with Image.open(io.BytesIO(data)) as image:
            readings = np.asarray(image), imagecodecs.jpeg2k_decode(data)
        off, other_off = (np.abs(read.astype(int) - picture).mean() for read in readings)
        assert other_off < 2, "the file is valid: another reader gives the picture back"
        name = f"{width} x {height}, a number for {across} x {down} pixels"
        print(f"{name}: {off:.1f} levels off; imagecodecs {other_off:.1f}")
        if off > 3:
            far.add((across, down, width, height))
expected = {(2, 1, 97, 64), (2, 1, 97, 65), (2, 2, 97, 64), (2, 2, 96, 65), (2, 2, 97, 65)}
if far != expected:
    raise SystemExit(f"CHANGED: expected {sorted(expected)} to be far off; got {sorted(far)}")
END
