"""Camera raw: DNGs of our own, whose preview lies turned; and plain TIFF under the name of a raw file.

The raw file says how its preview is to be turned, whatever EXIF lies in that: programs that turn raw files leave it as
it was. Only where the preview's shape is that of the picture turned already (orientations 5 to 8) it stays as it is; of
one turned by 180 degrees nothing tells.
"""

import itertools
import struct

import numpy as np
from formats.cell import Cell
from formats.jpeg import jpeg, with_segments
from formats.originals import HEIGHT, WIDTH
from formats.tiff_writer import RGB, Page, tiff
from formats.turns import TURN, exif
from raws import dng

_NEEDED = {"needs": "rawpy", "most": 60.0, "mean": 3.0}
_STALE = "JFIF, then EXIF that says upright"
_PREVIEWS = {
    "without EXIF": None,
    "EXIF without an orientation": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0",
    "its own EXIF, the same": "same",
    _STALE: b"Exif\0\0" + exif(1),
}


def _of_dng():
    for orientation, (name, block) in itertools.product((1, 3, 6, 8), _PREVIEWS.items()):

        def written(original, orientation=orientation, block=block, name=name):
            pixels = TURN[orientation](original.rgb)
            segment = b"Exif\0\0" + exif(orientation) if block == "same" else block
            preview = jpeg(pixels) if segment is None else with_exif(jpeg(pixels), segment, name)
            return _dng(preview, pixels, orientation, is_jpeg=True)

        variant = {"kind": "DNG", "orientation": str(orientation), "preview": f"JPEG, {name}"}
        yield Cell("camera raw", variant, ".dng", written, writer="imagecodecs", **_NEEDED)
    for orientation in (1, 3, 6, 8):

        def plain(original, orientation=orientation):
            pixels = np.ascontiguousarray(TURN[orientation](original.rgb))
            return _dng(pixels.tobytes(), pixels, orientation, is_jpeg=False)

        variant = {"kind": "DNG", "orientation": str(orientation), "preview": "plain pixels"}
        yield Cell("camera raw", variant, ".dng", plain, **_NEEDED)
    for orientation in (6, 8):

        def upright(original, orientation=orientation):
            preview = with_exif(jpeg(original.rgb), _PREVIEWS[_STALE], _STALE)
            return dng(preview, (WIDTH, HEIGHT), orientation, is_jpeg=True, sensor=(2 * HEIGHT, 2 * WIDTH))

        variant = {"kind": "DNG", "orientation": str(orientation), "preview": f"JPEG, turned already, {_STALE}"}
        yield Cell("camera raw", variant, ".dng", upright, writer="imagecodecs", **_NEEDED)


def _dng(preview, pixels, orientation, *, is_jpeg):
    """Return a DNG whose sensor saw the preview's pixels, twice as large."""
    height, width = pixels.shape[:2]
    return dng(preview, (width, height), orientation, is_jpeg=is_jpeg, sensor=(2 * width, 2 * height))


def with_exif(preview, segment, name):
    """Put EXIF into a preview: first of all, or behind JFIF."""
    return _behind_jfif(preview, segment) if name.startswith("JFIF") else with_segments(preview, (0xE1, segment))


def _behind_jfif(preview, segment):
    length = 2 + struct.unpack_from(">H", preview, 4)[0]
    assert preview[2:4] == b"\xff\xe0"
    more = b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
    return preview[: 2 + length] + more + preview[2 + length :]


def _of_plain_tiff():
    for suffix in (".dng", ".nef", ".arw"):
        yield Cell(
            "camera raw", {"kind": f"plain TIFF called {suffix}"}, suffix, lambda o: tiff(Page(o.rgb, photometric=RGB))
        )


CELLS = [*_of_dng(), *_of_plain_tiff()]
