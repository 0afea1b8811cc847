"""JPEG of more than 8 bits a sample, and JPEG-LS: by imagecodecs, whose libraries know them all."""

import io
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.jpeg_segments import EOI, FRAMES, SOI, Frame, Segment
from imgcmp.images.readers.packages import extra_package
from imgcmp.system.memory_budget import reserve

_JPEG_LS, _SEQUENTIAL = 0xF7, b"\xff\xc0"
_PRECISION = 4  # where the bits are in the segment of a frame
_BYTES_A_SAMPLE = 12  # while it is decoded and scaled: coefficients, numbers, numbers of 32 bits


def open_by_imagecodecs(file: BinaryIO, segments: list[Segment], frame: Frame) -> Image.Image:
    """Decode a JPEG of any number of bits, or a JPEG-LS.

    Returns
    -------
    image : PIL.Image.Image
        Of mode I;16 if it is grey of more than 8 bits, its numbers scaled to 16; else of mode L or RGB, of 8 bits.
        Its `info` tells the bits of the file.
    """
    kind = "JPEG-LS" if frame.marker == _JPEG_LS else f"{frame.bits}-bit JPEG"
    n_colours = len(frame.components)
    if n_colours == 4 or not 2 <= frame.bits <= 16:
        raise UnreadableImageError(f"{kind} of {n_colours} colours a pixel is not read: make a PNG of it")
    codecs = extra_package("imagecodecs", f"{kind} image")
    file.seek(0)
    data = file.read()
    if data.find(EOI, segments[-1].end) < 0:
        raise UnreadableImageError(f"cut off: the {kind} has no end")
    reserve(_BYTES_A_SAMPLE * n_colours * frame.width * frame.height + 2 * len(data))
    numbers = _numbers(codecs, data, frame, kind)
    image = Image.fromarray(_scaled(numbers, frame.bits))
    image.format = "JPEG"
    image.info.update(_info(data, segments) | {"bits": frame.bits})
    return image


def _numbers(codecs: Any, data: bytes, frame: Frame, kind: str) -> NDArray[np.unsignedinteger]:
    decode = codecs.jpegls_decode if frame.marker == _JPEG_LS else codecs.jpeg_decode
    try:
        numbers: NDArray[np.unsignedinteger] = decode(data)
    except MemoryError:
        raise
    except Exception as error:  # of a class for each library
        raise UnreadableImageError(f"damaged {kind}: its data cannot be decoded") from error
    shape = (frame.height, frame.width, len(frame.components))
    if numbers.shape != (shape[:2] if shape[2] == 1 else shape):
        raise UnreadableImageError(f"damaged {kind}: its size is not what it says")
    return numbers


def _scaled(numbers: NDArray[np.unsignedinteger], bits: int) -> NDArray[np.unsignedinteger]:
    """Return numbers of so many bits as 16 bits if they are grey and have more than 8, else as 8."""
    top = 2**bits - 1
    kind, white = (np.uint16, 65535) if numbers.ndim == 2 and bits > 8 else (np.uint8, 255)
    if top == white:
        return numbers.astype(kind, copy=False)
    wide = numbers.astype(np.uint32)
    wide *= white
    wide += top // 2
    wide //= top
    return wide.astype(kind)


def _info(data: bytes, segments: list[Segment]) -> dict[str | tuple[int, int], Any]:
    """Return what Pillow finds in the segments: EXIF, the profile; of a JPEG that is one of 8 bits for its parser."""
    head = bytearray(data[: segments[-1].end])
    frame = next(segment for segment in segments if segment.marker in FRAMES)
    head[frame.place : frame.place + 2] = _SEQUENTIAL
    head[frame.place + _PRECISION] = 8
    try:
        with Image.open(io.BytesIO(SOI + bytes(head[2:])), formats=["JPEG"]) as image:
            return dict(image.info)
    except Exception:  # a segment is damaged that the picture does not need
        return {}
