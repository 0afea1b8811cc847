"""Radiance HDR: light, with three numbers of 8 bits and an exponent a pixel.

References
----------
G. Ward, "Real Pixels", Graphics Gems II, 1991; the file format chapter of the Radiance reference manual.
"""

import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.linear_light import shown
from imgcmp.system.memory_budget import reserve

_HEADER_BYTES = 2**14
_SIDES = re.compile(rb"\n\n([-+])([XY]) (\d{1,6}) ([-+])([XY]) (\d{1,6})\n")
_XYZ = b"FORMAT=32-bit_rle_xyze"
_TO_SRGB = np.array([[3.2405, -0.9693, 0.0556], [-1.5371, 1.8760, -0.2040], [-0.4985, 0.0416, 1.0572]], np.float32)

_PACKED_WIDTHS = range(8, 32768)  # of rows that may be packed, channel by channel
_REPEAT = 128  # a count above it says how often the next byte comes, less that; others how many bytes follow

_BYTES_A_PIXEL = 4 + 12 + 12 + 3 + 4  # packed, as light, converted, in 8 bits, and in Pillow's own memory


def open_radiance(content: Content, _: Format) -> Image.Image:
    """Open a Radiance HDR."""
    start = bytes(content.start[:_HEADER_BYTES])
    sides = _SIDES.search(start)
    if sides is None:
        raise UnreadableImageError("damaged Radiance HDR: its header has no size")
    direction, axis, n_rows, direction_in_row, axis_in_row, n_columns = sides.groups()
    shape = int(n_rows), int(n_columns)
    if 0 in shape or axis == axis_in_row:
        raise UnreadableImageError("damaged Radiance HDR: its header has no size")
    if content.size - sides.end() < shape[0] * _least_row_bytes(shape[1]):
        raise UnreadableImageError("cut off: its data ends before the picture does")
    reserve(shape[0] * shape[1] * _BYTES_A_PIXEL + content.size)
    content.file.seek(sides.end())
    light = _light(_pixels(content.file.read(), shape))
    if _XYZ in start[: sides.start()]:
        light = light @ _TO_SRGB
    return shown(_as_seen(light, axis + axis_in_row, direction + direction_in_row), "HDR", is_linear=True)


def _least_row_bytes(n_columns: int) -> int:
    """Return how few bytes a row of one colour takes: packed by channels, or as one pixel and bytes of its count."""
    return min(4 + 8 * (n_columns // 127), 4 + 4 * -(-(n_columns - 1).bit_length() // 8))


def _as_seen(light: NDArray[np.float32], axes: bytes, directions: bytes) -> NDArray[np.float32]:
    """Return rows from the top and columns from the left, by how they go in the file: -Y is downwards."""
    if axes == b"XY":
        light, directions = light.swapaxes(0, 1), directions[::-1]
    return light[:: 1 if directions[:1] == b"-" else -1, :: 1 if directions[1:] == b"+" else -1]


def _light(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    exponents = pixels[..., 3].astype(np.int32)
    scale = np.where(exponents > 0, np.ldexp(np.float32(1), exponents - 136), 0).astype(np.float32)
    return (pixels[..., :3].astype(np.float32) + np.float32(0.5)) * scale[..., None]


def _pixels(data: bytes, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the numbers of all pixels, unpacked."""
    n_rows, n_columns = shape
    pixels = np.zeros((n_rows, n_columns, 4), np.uint8)
    packed_start = bytes((2, 2, n_columns >> 8, n_columns & 255))
    place = 0
    for row in range(n_rows):
        if n_columns in _PACKED_WIDTHS and data[place : place + 4] == packed_start:
            place = _unpack_row(data, place + 4, pixels[row])
        else:
            place = _unpack_old_row(data, place, pixels, row)
    return pixels


def _unpack_row(data: bytes, place: int, row: NDArray[np.uint8]) -> int:
    """Fill a row whose channels are packed one after the other; return where it ends."""
    n_columns = len(row)
    for channel in range(4):
        out = bytearray()
        while len(out) < n_columns:
            count = data[place]
            if count > _REPEAT:
                out += data[place + 1 : place + 2] * (count - _REPEAT)
                place += 2
            else:
                out += data[place + 1 : place + 1 + count]
                place += 1 + count
            if count == 0 or place > len(data):
                raise UnreadableImageError("cut off: its data ends before the picture does")
        if len(out) != n_columns:
            raise UnreadableImageError("damaged Radiance HDR: a row is too long")
        row[:, channel] = np.frombuffer(out, np.uint8)
    return place


def _unpack_old_row(data: bytes, place: int, pixels: NDArray[np.uint8], row: int) -> int:
    """Fill a row of whole pixels, in which 1 1 1 n repeats the one before n times; return where it ends."""
    out, n_columns, shift = pixels[row], int(pixels.shape[1]), 0
    plain = np.frombuffer(data[place : place + 4 * n_columns], np.uint8)
    if len(plain) == 4 * n_columns and not (plain.reshape(-1, 4)[:, :3] == 1).all(axis=1).any():
        out[:] = plain.reshape(-1, 4)
        return place + 4 * n_columns
    column = 0
    while column < n_columns:
        pixel = data[place : place + 4]
        place += 4
        if len(pixel) < 4:
            raise UnreadableImageError("cut off: its data ends before the picture does")
        if pixel[:3] == b"\x01\x01\x01" and column:
            n = min(pixel[3] << shift, n_columns - column)
            out[column : column + n] = out[column - 1]
            column, shift = column + n, shift + 8
        else:
            out[column], column, shift = np.frombuffer(pixel, np.uint8), column + 1, 0
    return place
