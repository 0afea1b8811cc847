"""The scans of a progressive JPEG that hold the mean value of each block: all that counts at 1/8 of its size.

They come first, or nearly. Of photographs of 8 megapixels (quality 90) they are a tenth of the file, and are decoded in
a tenth of the time: 5.7 ms instead of 55.
"""

import re
from typing import BinaryIO, NamedTuple

from imgcmp.images.jpeg_segments import (
    EOI,
    PROGRESSIVE,
    SCAN,
    SOI,
    TABLES,
    Frame,
    frame_of,
    payload_of,
    segment_at,
    segments_of,
)
from imgcmp.images.open_file import Content

# Greys that are told apart, at least. Means come in two steps as a rule, first without their last bit: then blocks
# differ by 2 quanta / 8. At 0.75 (quality 90) the first step alone is 0.6 bits of 256 from the whole decode, at 2
# (quality 75) 0.9, at 6.75 (quality 30) 1.6; with the second it is 0, but half of the file lies before that.
_FINEST_NEEDED = 1.0

_QUANTIZERS, _JFIF, _ADOBE = 0xDB, 0xE0, 0xEE
_KEPT = TABLES | {_JFIF, _ADOBE, PROGRESSIVE}  # the two tell what the colours mean
_DATA_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # what is neither a byte 0xFF of the data nor a restart
_PIECE_BYTES = 2**17
_MOST_SEGMENTS = 100  # that are looked at; of photographs there are 10 scans


class _Scan(NamedTuple):
    """What a scan tells: its components, the first and last coefficient, the bits before and after it left to come."""

    names: list[int]
    first: int
    last: int
    before: int
    after: int


def means_alone(content: Content) -> bytes | None:
    """Return a JPEG that holds the mean values of a progressive one, and no more.

    Parameters
    ----------
    content : Content
        The file; no more is read of it than needed.

    Returns
    -------
    jpeg : bytes or None
        Every colour is there, a subsampled one in its own resolution. None if the file is not progressive, is cut off,
        or has its scans in an order from which the means cannot be taken: then it is to be decoded as a whole.
    """
    file, before = content.file, content.file.tell()
    try:
        return _means_of(content)
    finally:
        file.seek(before)


def _means_of(content: Content) -> bytes | None:
    if content.start[: len(SOI)] != SOI:  # a JPEG in another file
        return None
    segments, is_regular = segments_of(content.file, content.size, content.start)
    frame = frame_of(content.file, segments)
    if frame is None or not is_regular or not _is_taken(frame):
        return None
    kept = [SOI]
    steps: dict[int, int] = {}
    for segment in segments[:-1]:
        if segment.marker in _KEPT:
            whole = _bytes_of(content.file, segment.place, segment.end)
            if segment.marker == _QUANTIZERS and not _note_and_silence(whole, steps):
                return None
            kept.append(bytes(whole))
    end = _take_scans(content, segments[-1].place, _Needed(frame, steps), kept)
    if end is None or not _ends_behind(content, end):
        return None
    return b"".join((*kept, EOI))


class _Needed:
    """Of which colours the means are still to come, or too coarse."""

    def __init__(self, frame: Frame, steps: dict[int, int]) -> None:
        self._steps = {component.name: steps.get(component.table, 0) for component in frame.components}
        self._bits_left: dict[int, int] = {}

    def takes(self, scan: _Scan) -> bool:
        """Note a scan of means; False if it cannot be the next one."""
        for name in scan.names:
            if name not in self._steps or scan.before != self._bits_left.get(name, 0):
                return False
            if name in self._bits_left and scan.after != scan.before - 1:
                return False
            self._bits_left[name] = scan.after
        return True

    def is_all_there(self) -> bool:
        return all(
            name in self._bits_left
            and (self._bits_left[name] == 0 or (step << self._bits_left[name]) / 8 <= _FINEST_NEEDED)
            for name, step in self._steps.items()
        )


def _is_taken(frame: Frame) -> bool:
    """Tell whether 1/8 of a picture are the means of its first colour: if no other one is sampled more finely."""
    first = frame.components[0] if frame.components else None
    return (
        frame.marker == PROGRESSIVE
        and frame.bits == 8
        and min(frame.width, frame.height) > 0
        and len(frame.components) in (1, 3, 4)
        and first is not None
        and all(other.across <= first.across and other.down <= first.down for other in frame.components)
        and (len(frame.components) == 3 or len({component[1:3] for component in frame.components}) == 1)
        and len({component.name for component in frame.components}) == len(frame.components)
    )


def _note_and_silence(tables: bytearray, steps: dict[int, int]) -> bool:
    """Note the step between means of each quantizer table, and make all its other steps 0; False if it is damaged.

    Where details are missing, libjpeg guesses them of the means around, and smoothes those: up to 58 greys off, and
    twice the time. It does so only if it knows the steps.
    """
    at = 4
    while at < len(tables):
        size = 2 if tables[at] >> 4 else 1
        first, end = at + 1, at + 1 + 64 * size
        if end > len(tables):
            return False
        steps[tables[at] & 15] = int.from_bytes(tables[first : first + size], "big")
        tables[first + size : end] = bytes(63 * size)
        at = end
    return True


def _take_scans(content: Content, place: int, needed: _Needed, kept: list[bytes]) -> int | None:
    """Append the scans of means, and the tables between; return where the last one ends, None if one can't be taken."""
    for _ in range(_MOST_SEGMENTS):
        segment = segment_at(content.file, place, content.size)
        if segment is None:
            return None
        place = segment.end
        if segment.marker == SCAN:
            scan = _scan_of(payload_of(content.file, segment))
            data = _data_from(content.file, place)
            if scan is None or data is None:
                return None
            place += len(data)
            if scan.first == 0:
                if scan.last != 0 or not needed.takes(scan):
                    return None
                kept += [bytes(_bytes_of(content.file, segment.place, segment.end)), data]
                if needed.is_all_there():
                    return place if _goes_on(content, place) else None
        elif segment.marker in TABLES - {_QUANTIZERS}:
            kept.append(bytes(_bytes_of(content.file, segment.place, segment.end)))
        else:
            return None
    return None


def _goes_on(content: Content, place: int) -> bool:
    """Tell whether a segment follows, or the picture's end: else what ended the data is damage in it."""
    segment = segment_at(content.file, place, content.size)
    return (
        segment.marker in TABLES | {SCAN} if segment is not None else _bytes_of(content.file, place, place + 2) == EOI
    )


def _scan_of(told: bytes) -> _Scan | None:
    n = told[0] if told else 0
    if not n or len(told) != 4 + 2 * n:
        return None
    first, last, bits = told[1 + 2 * n :]
    return _Scan(list(told[1 : 1 + 2 * n : 2]), first, last, bits >> 4, bits & 15)


def _data_from(file: BinaryIO, place: int) -> bytes | None:
    """Return the data of a scan, which begins at a place; None if it does not end."""
    file.seek(place)
    data = bytearray()
    while piece := file.read(_PIECE_BYTES):
        looked_at = max(0, len(data) - 1)
        data += piece
        if (found := _DATA_END.search(data, looked_at)) is not None:
            return bytes(data[: found.start()])
    return None


def _bytes_of(file: BinaryIO, start: int, end: int) -> bytearray:
    file.seek(start)
    return bytearray(file.read(end - start))


def _ends_behind(content: Content, place: int) -> bool:
    """Tell whether the picture's end is among the last bytes of the file: of one that is cut off it is not.

    Data holds no such two bytes. Where others follow that are many (a film), the end isn't found, and all is decoded.
    """
    tail = content.end or content.start
    return bytes(tail).find(EOI, max(0, place - (content.size - len(tail)))) >= 0
