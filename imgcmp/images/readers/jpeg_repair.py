"""JPEGs whose segments are damaged, or lie where no decoder looks: made anew, of what the picture needs.

libjpeg skips what is no segment, and knows few of them. Pillow looks into them all, and stops at the first that is not
as it should be.
"""

import io
import re
from typing import BinaryIO

from imgcmp.images.jpeg_segments import (
    EOI,
    FRAMES,
    KNOWN,
    MOST_SEGMENTS,
    NOT_NEEDED,
    SCAN,
    SOI,
    TABLES,
    Segment,
    has_its_tables,
    is_consistent,
    payload_of,
    segment_at,
)
from imgcmp.images.open_file import Content
from imgcmp.system.memory_budget import reserve

# Larger files are left as they are: they would have to be read as a whole before it is known what they take.
_MOST_BYTES = 2**28

_MOST_TRIES, _MOST_IN_CHAIN = 1000, 1000  # places at which to go on behind a damaged segment, and segments from there
_MOST_REPAIRS = 10  # damaged segments: to go on behind one takes half a second, where places are laid out for that

_SOME_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8\xda\xdb\xdd\xe0-\xef\xfe]")
_NEEDED_MARKER = re.compile(rb"\xff[\xc0-\xcf\xda\xdb\xdd\xde]")
_TOLD_TWICE = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xDB))  # their lengths: by themselves and by what is in them
_START = 0xD8
_JFIF, _EXIF, _ICC, _ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
# By the marker: with what a segment that tells of the picture begins, and the bytes that it has at least.
_TELLING = {_JFIF: (b"JFIF\0", 14), _ICC: (b"ICC_PROFILE\0", 15), _ADOBE: (b"Adobe", 12)}
_EXIF_MARKER, _EXIF_START, _MOST_LENGTH = b"\xff\xe1", b"Exif\0\0", 0xFFFF
_LINES = re.compile(rb"\xff\xdc\0\x04(..)", re.DOTALL)  # the segment, behind the first scan, that tells the height
_HEIGHT = 5  # where the height is in the segment of a frame


def repaired(content: Content) -> io.BytesIO | None:
    """Return a JPEG without the segments whose lengths are wrong and what lies between; None if there is no way.

    Only what the picture does not need may be left out; EXIF is given its true length. A picture in what is left out
    (the preview in EXIF) is passed over: it would stand for the file.
    """
    data = _whole(content)
    if data is None:
        return None
    file, kept, parts, place = io.BytesIO(data), list[Segment](), [SOI], len(SOI)
    n_repairs = 0
    while not kept or kept[-1].marker != SCAN:
        segment = segment_at(file, place, len(data))
        if segment is not None and (segment.marker == SCAN or _begins_segment(data, segment.end)):
            resumed: int | None = segment.end
        elif segment is not None and segment.marker not in NOT_NEEDED:
            if not is_consistent(segment.marker, payload_of(file, segment)):
                return None
            resumed = _next_chain(data, file, segment.end, [*kept, segment])
        elif segment is None and _NEEDED_MARKER.match(data, place):
            return None
        else:
            resumed = _next_chain(data, file, place + 1, kept)
            parts.append(_exif_until(data, place, resumed))
            segment = None
        n_repairs += segment is None or segment.end != resumed
        if resumed is None or n_repairs > _MOST_REPAIRS or len(kept) > MOST_SEGMENTS:
            return None
        if segment is not None and segment.marker in KNOWN:
            kept.append(segment)
            parts.append(data[segment.place : segment.end])
        place = resumed
    if sum(segment.marker in FRAMES for segment in kept) != 1 or not has_its_tables(file, kept):
        return None
    return io.BytesIO(b"".join(parts) + data[place:])


def with_height(content: Content, segments: list[Segment]) -> io.BytesIO | None:
    """Return a JPEG whose frame tells the height that is told behind its first scan; None if it is not."""
    data = _whole(content)
    if data is None or (told := _LINES.search(data, segments[-1].end)) is None:
        return None
    frame = next(segment for segment in segments if segment.marker in FRAMES)
    at = frame.place + _HEIGHT
    return io.BytesIO(data[:at] + told[1] + data[at + 2 :])


def without_the_rest(file: BinaryIO, segments: list[Segment], *, with_exif: bool) -> io.BytesIO:
    """Return a JPEG with those segments alone that tell of the picture."""
    kept = [SOI]
    for segment in segments:
        if _is_needed(segment.marker, payload_of(file, segment), with_exif=with_exif):
            file.seek(segment.place)
            kept.append(file.read(segment.end - segment.place))
    file.seek(segments[-1].end)
    return io.BytesIO(b"".join((*kept, file.read())))


def _is_needed(marker: int, told: bytes, *, with_exif: bool) -> bool:
    if marker == _EXIF:
        return with_exif and told.startswith(_EXIF_START)
    start, least = _TELLING.get(marker, (b"", 0))
    return marker in TABLES | FRAMES | _TELLING.keys() | {SCAN} and told.startswith(start) and len(told) >= least


def _whole(content: Content) -> bytes | None:
    """Return the file, after waiting for the memory that it takes, twice; None if it is too large."""
    if content.size > _MOST_BYTES:
        return None
    reserve(2 * content.size)
    content.file.seek(0)
    data = content.file.read()
    content.file.seek(0)
    return data


def _begins_segment(data: bytes, place: int) -> bool:
    """Tell whether a place is where a segment may begin: not whether it is whole."""
    return data[place : place + 1] == b"\xff" and data[place + 1 : place + 2] not in (b"", b"\0")


def _exif_until(data: bytes, place: int, end: int | None) -> bytes:
    """Return the segment at a place with its true length, if it is EXIF: its orientation counts. Else nothing."""
    if end is None or end - place - 2 > _MOST_LENGTH or data[place : place + 2] != _EXIF_MARKER:
        return b""
    told = data[place + 4 : end]
    length = (2 + len(told)).to_bytes(2, "big")
    return data[place : place + 2] + length + told if told.startswith(_EXIF_START) else b""


def _next_chain(data: bytes, file: BinaryIO, place: int, kept: list[Segment]) -> int | None:
    """Return where to go on; None if nowhere.

    At a segment that is needed and as long as what is in it, or at one from which segment follows upon segment up to
    the first scan.
    """
    for _ in range(_MOST_TRIES):
        if (found := _SOME_MARKER.search(data, place)) is None:
            return None
        place = found.start()
        if data[place + 1] == _START:
            end = data.find(EOI, place)
            place = end + 2 if end >= 0 else place + 2
        elif _is_whole(file, place, len(data)) or _leads_to_a_scan(data, file, place, kept):
            return place
        else:
            place += 1
    return None


def _is_whole(file: BinaryIO, place: int, size: int) -> bool:
    """Tell whether a segment is there that is needed, and as long as what is in it."""
    segment = segment_at(file, place, size)
    return (
        segment is not None
        and segment.marker in _TOLD_TWICE
        and is_consistent(segment.marker, payload_of(file, segment))
    )


def _leads_to_a_scan(data: bytes, file: BinaryIO, place: int, kept: list[Segment]) -> bool:
    """Tell whether segment follows upon segment up to a scan of the first coefficients, with one frame in all."""
    n_frames = sum(segment.marker in FRAMES for segment in kept)
    for _ in range(_MOST_IN_CHAIN):
        if (segment := segment_at(file, place, len(data))) is None:
            return False
        n_frames += segment.marker in FRAMES
        if segment.marker == SCAN:
            return n_frames == 1 and payload_of(file, segment)[-3:-2] in (b"\0", b"\1")
        place = segment.end
    return False
