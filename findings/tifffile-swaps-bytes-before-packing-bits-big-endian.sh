#!/usr/bin/env bash
# tifffile writes numbers of 10, 12, 14 bits packed, one behind the other. In a file with the high byte first it swaps
# the bytes of each number before it packs them, though packed numbers have no bytes: the file holds others, and
# tifffile itself reads others than those that were written. With the low byte first it is right.
# seen tifffile 2026.3.3, 2026-11-27: of 10, 12 and 14 bits, high byte first: 1 becomes 256; low byte first: 1
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6
"$work/env/bin/python" - <<'END'
import io

import numpy as np
import tifffile

picture = np.arange(1, 65, dtype=np.uint16).reshape(8, 8)


def unpacked(data, page, bits):
    """Return the numbers in the only strip of a file, of rows that begin with a byte: the first bit is the highest."""
    start, length = page.dataoffsets[0], page.databytecounts[0]
    ones = np.unpackbits(np.frombuffer(data[start : start + length], np.uint8)).reshape(8, -1)
    return (ones[:, : 8 * bits].reshape(8, 8, bits) * 2 ** np.arange(bits)[::-1]).sum(axis=-1)


print("tifffile", tifffile.__version__)
for bits in (10, 12, 14, 16):
    for order in "<>":
        file = io.BytesIO()
        tifffile.imwrite(file, picture, bitspersample=bits, byteorder=order, photometric="minisblack")
        file.seek(0)
        read = tifffile.imread(file)
        if bits < 16:
            file.seek(0)
            with tifffile.TiffFile(file) as tiff:
                by_hand = unpacked(file.getvalue(), tiff.pages[0], bits)
            assert (by_hand == read).all(), "so it stands in the file"
        print(f"{bits} bits, {'high' if order == '>' else 'low'} byte first: 1 is read as {read[0, 0]}")
        if ((read == picture).all()) != (bits == 16 or order == "<"):
            raise SystemExit("CHANGED: expected others than were written of less than 16 bits, high byte first")
END
