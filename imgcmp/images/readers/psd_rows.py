"""The list of the lengths of packed rows in a PSD: Pillow finds its channels by it, whatever it says."""

import numpy as np
from numpy.typing import NDArray

from imgcmp.errors import UnreadableImageError
from imgcmp.images.open_file import Content
from imgcmp.images.readers.psd_merged import Header

_RUN = 128  # bytes that one number stands for, at most; above it a number tells how often a byte comes, from 257 down

_CUT_OFF = "cut off: the rows of the PSD lie beyond its end"


def check_rows(content: Content, header: Header, place: int) -> None:
    """Refuse a picture whose list is wrong; where its merged picture begins, tells `place`.

    The rows take all of the file that is left. If they take less by the list each is looked at: some programs write
    something behind them.
    """
    n_bytes = 4 if header.version > 1 else 2
    n_rows = header.n_channels * header.height
    start = place + 2 + n_rows * n_bytes
    head = content.read_at(place, 2)
    if head == b"\0\0" and content.size - place - 2 < n_rows * _row_bytes(header):
        raise UnreadableImageError(_CUT_OFF)
    if head != b"\0\1":
        return
    lengths = np.frombuffer(content.read_at(place + 2, n_rows * n_bytes)[: n_rows * n_bytes], f">u{n_bytes}")
    left = content.size - start - int(lengths.sum(dtype=np.int64))
    if len(lengths) < n_rows or left < 0:
        raise UnreadableImageError(_CUT_OFF)
    if left > 1 and not _are_rows(content, start, lengths, _row_bytes(header)):
        raise UnreadableImageError("damaged PSD: its rows are of other lengths than it says")


def _row_bytes(header: Header) -> int:
    return -(-header.width * header.depth // 8)


def _are_rows(content: Content, start: int, lengths: NDArray[np.unsignedinteger], row_bytes: int) -> bool:
    data, place = content.read_at(start, int(lengths.sum(dtype=np.int64))), 0
    for length in lengths.tolist():
        if _unpacked_bytes(data, place, place + length) != row_bytes:
            return False
        place += length
    return True


def _unpacked_bytes(data: bytes, place: int, end: int) -> int:
    n = 0
    while place < end:
        number = data[place]
        if number < _RUN:
            n += number + 1
            place += number + 2
        else:
            n += 257 - number if number > _RUN else 0
            place += 2 if number > _RUN else 1
    return n if place == end else -1
