#!/usr/bin/env bash
# LittleCMS, by Pillow's ImageCms, joins the curves of a grey profile and of sRGB to one table of few steps: where the
# profile is linear, dark greys come out up to 10 levels off, nearly half of what they should be. The same curve in a profile of
# red, green and blue is exact, and so is grey without that optimisation.
# seen Pillow 13.0.0 with LittleCMS 2.19, 2026-11-27: 9.7 levels at grey 2; 0.5 with NOOPTIMIZE; 0.5 as RGB
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q Pillow==13.0.0 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io
import struct

import numpy as np
import PIL
from PIL import Image, ImageCms, features


def s15(*numbers):
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def profile(space, tags):
    """Return a profile of a display (ICC.1:2001-04) with linear curves."""
    tags = {b"cprt": b"text\0\0\0\0none\0", b"wtpt": b"XYZ \0\0\0\0" + s15(0.9642, 1, 0.8249), **tags}
    tags |= {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"line\0" + bytes(78)}
    head, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        head += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02100000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + s15(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + head + body


linear = b"curv\0\0\0\0" + struct.pack(">IH", 1, 256)
columns = {b"r": (0.4361, 0.2225, 0.0139), b"g": (0.3851, 0.7169, 0.0971), b"b": (0.1431, 0.0606, 0.7142)}
rgb = {name + b"XYZ": b"XYZ \0\0\0\0" + s15(*xyz) for name, xyz in columns.items()}
rgb |= {name + b"TRC": linear for name in columns}
profiles = {"L": profile(b"GRAY", {b"kTRC": linear}), "RGB": profile(b"RGB ", rgb)}

light = np.arange(256) / 255
shown = 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
ramp = Image.frombytes("L", (256, 1), bytes(range(256)))
print("Pillow", PIL.__version__, "LittleCMS", features.version("littlecms2"))
off = {}
for mode, flags in (("L", ImageCms.Flags.NONE), ("L", ImageCms.Flags.NOOPTIMIZE), ("RGB", ImageCms.Flags.NONE)):
    source = ImageCms.ImageCmsProfile(io.BytesIO(profiles[mode]))
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, mode, "RGB", ImageCms.Intent.PERCEPTUAL, flags)
    seen = np.asarray(ImageCms.applyTransform(ramp.convert(mode), transform))[0, :, 0]
    error = np.abs(seen - shown)
    off[mode, flags.name] = error.max() > 2
    print(f"{mode}, {flags.name}: at most {error.max():.1f} levels off, at {error.argmax()}")
expected = {("L", "NONE"): True, ("L", "NOOPTIMIZE"): False, ("RGB", "NONE"): False}
if off != expected:
    raise SystemExit(f"CHANGED: expected {expected}; got {off}")
END
