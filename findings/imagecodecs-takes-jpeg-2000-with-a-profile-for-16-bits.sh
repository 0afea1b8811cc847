#!/usr/bin/env bash
# imagecodecs applies the colour profile of a JP2, and returns colours of sRGB; without a profile it returns the
# numbers of the file. If they have 10 or 12 bits it takes them for numbers of 16 bits, dark ones, when it applies the
# profile: so they come back as the shade that the same number of 16 bits has. Of 8 and 16 bits the result is right.
# seen imagecodecs 2026.3.6, OpenJPEG 2.5.4, 2026-11-27: white with gamma 1.8: 5030 of 12 bits, 824 of 10; 8, 16: white
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q imagecodecs==2026.3.6 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import struct

import imagecodecs
import numpy as np

GAMMA = 1.8


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def s15(*numbers):
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def profile():
    """Return a profile of a display (ICC.1:2001-04): the colours of sRGB, with another gamma."""
    columns = {b"r": (0.4361, 0.2225, 0.0139), b"g": (0.3851, 0.7169, 0.0971), b"b": (0.1431, 0.0606, 0.7142)}
    tags = {b"cprt": b"text\0\0\0\0none\0", b"wtpt": b"XYZ \0\0\0\0" + s15(0.9642, 1, 0.8249)}
    tags |= {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 6) + b"gamma\0" + bytes(78)}
    tags |= {name + b"XYZ": b"XYZ \0\0\0\0" + s15(*xyz) for name, xyz in columns.items()}
    tags |= {name + b"TRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, round(GAMMA * 256)) for name in columns}
    head, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        head += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + s15(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + head + body


def jp2(bits, number, colours):
    pixels = np.full((32, 32, 3), number, np.uint8 if bits == 8 else np.uint16)
    stream = imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="j2k", bitspersample=bits)
    image = box(b"ihdr", struct.pack(">IIHBBBB", 32, 32, 3, bits - 1, 7, 0, 0))
    start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + box(b"jp2h", image + box(b"colr", colours)) + box(b"jp2c", stream)


def decoded(bits, number, colours):
    values = imagecodecs.jpeg2k_decode(jp2(bits, number, colours)).astype(int)
    assert np.ptp(values) <= 0.001 * 2**bits, "one grey everywhere"
    return int(np.rint(values.mean()))


srgb, with_profile = struct.pack(">BBBI", 1, 0, 0, 16), b"\2\0\0" + profile()
print("imagecodecs", imagecodecs.__version__, imagecodecs.jpeg2k_version())
for bits in (8, 10, 12, 16):
    for part in (1, 0.5):
        number = int(part * (2**bits - 1))
        assert decoded(bits, number, srgb) == number, "the file is valid: without the profile, the number comes back"
        light = (number / (2**bits - 1)) ** GAMMA
        right = (2**bits - 1) * (1.055 * light ** (1 / 2.4) - 0.055)
        read = decoded(bits, number, with_profile)
        print(f"{bits} bits: {number} of this profile is {right:.0f} in sRGB; read as {read}")
        is_right = abs(read - right) <= 0.01 * 2**bits
        if is_right != (bits in (8, 16)) or (bits in (10, 12) and abs(read - decoded(16, number, with_profile)) > 1):
            raise SystemExit("CHANGED: expected the right grey of 8 and 16 bits alone, else that of 16")
END
