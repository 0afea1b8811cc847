"""PAM, and PFM in colour, of the formats of Netpbm that Pillow doesn't read.

References
----------
The manual pages pam(5) and pfm(5) of Netpbm.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.coarser import note_coarser
from imgcmp.images.readers.linear_light import shown
from imgcmp.system.memory_budget import reserve

_HEADER_BYTES = 2**14
_PFM = re.compile(rb"P([fF])\s+(\d{1,9})\s+(\d{1,9})\s+(\S{1,30})\s")
_MOST_DIGITS = 10
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}

# Bytes a sample while it is read: as it is stored, scaled, in 8 bits, and in Pillow's own memory.
_BYTES_A_SAMPLE = 2 + 8 + 1 + 4


def open_pam(content: Content, form: Format) -> Image.Image:
    """Open a PAM."""
    head = bytes(content.start[:_HEADER_BYTES]).partition(b"ENDHDR\n")[0]
    values = _values(head)
    width, height, depth, white = (_number(values.get(key, b"")) for key in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL"))
    if not (width > 0 and height > 0 and depth > 0 and 0 < white < 65536):
        raise UnreadableImageError("damaged PAM: its header has no size or no range")
    kind = values.get(b"TUPLTYPE", b"")
    if kind.startswith(b"CMYK"):  # inks, as Ghostscript writes them
        raise UnreadableImageError("a PAM of CMYK is not read: make a PNG of it")
    n_channels = min(depth, 4)
    if kind.endswith(b"ALPHA") != (n_channels in (2, 4)):  # what lies there is no transparency
        n_channels -= n_channels in (2, 4)
    samples = _samples(content, len(head) + len(b"ENDHDR\n"), height * width * depth, ">u2" if white > 255 else "u1")
    numbers = samples.reshape(height, width, depth)[..., :n_channels]
    if n_channels == 1 and white == 65535:
        image = Image.fromarray(numbers[..., 0].astype(np.uint16))
    else:
        image = Image.fromarray(np.squeeze(_scaled(numbers, white)), _MODES[n_channels])
        if white > 255:
            note_coarser(image)
    image.format = form.name
    return image


def open_pfm(content: Content, form: Format) -> Image.Image:
    """Open a PFM, whose rows go up; its numbers are grey levels, by Netpbm, from 0 to 1."""
    header = _PFM.match(bytes(content.start[:_HEADER_BYTES]))
    if header is None or header[1] == b"f":
        return Image.open(content.file)
    width, height = int(header[2]), int(header[3])
    if not (width and height):
        raise UnreadableImageError("damaged: it has no pixels")
    order = "<" if float(header[4]) < 0 else ">"
    numbers = _samples(content, header.end(), 3 * width * height, order + "f4").reshape(height, width, 3)
    return shown(numbers[::-1], form.name, is_linear=False)


def _values(head: bytes) -> dict[bytes, bytes]:
    """Return what the lines of a header say: a word each, and what follows it."""
    lines = [line.split(None, 1) for line in head.splitlines()[1:] if line.strip() and not line.startswith(b"#")]
    return {line[0]: line[1].strip() for line in lines if len(line) == 2}


def _number(value: bytes) -> int:
    """Return a number of a header; 0 for what is none, or has more digits than any size."""
    return int(value) if value.isdigit() and len(value) <= _MOST_DIGITS else 0


def _samples(content: Content, start: int, n_samples: int, kind: str) -> NDArray[Any]:
    n_bytes = n_samples * np.dtype(kind).itemsize
    if content.size < start + n_bytes:
        raise UnreadableImageError("cut off: its data ends before the picture does")
    reserve(n_samples * _BYTES_A_SAMPLE + content.size)
    content.file.seek(start)
    return np.frombuffer(content.file.read(n_bytes), kind)


def _scaled(numbers: NDArray[Any], white: int) -> NDArray[np.uint8]:
    if white == 255:
        return numbers.astype(np.uint8)
    levels: NDArray[np.uint8] = np.rint(numbers.clip(0, white).astype(np.float32) * np.float32(255 / white)).astype(
        np.uint8
    )
    return levels
