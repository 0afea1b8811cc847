"""The segments of a JPEG (ISO/IEC 10918-1, annex B) up to its first scan, by the lengths that they tell."""

from typing import BinaryIO, NamedTuple

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
TABLES = frozenset((0xC4, 0xCC, 0xDB, 0xDD))  # Huffman's, of arithmetic coding, of quantizers; restart intervals
NOT_NEEDED = frozenset((*range(0xE0, 0xF0), 0xFE))  # for the picture: applications', and comments
FRAMES = frozenset((*range(0xC0, 0xD0), 0xF7)) - {0xC4, 0xC8, 0xCC}  # the last is that of JPEG-LS
SCAN = 0xDA
HIERARCHY = 0xDE
KNOWN = TABLES | NOT_NEEDED | FRAMES | {SCAN, HIERARCHY}
PROGRESSIVE = 0xC2

# In front of the first scan: with 10 MB of depth maps in its XMP a phone's picture has 200. Of empty ones a file of
# 8 MB could hold two million, and 6 seconds would be spent on them.
MOST_SEGMENTS = 10_000

_CODES, _QUANTIZERS = 0xC4, 0xDB
_SEQUENTIAL, _LOSSLESS = frozenset((0xC0, 0xC1)), frozenset((0xC3, 0xCB, 0xF7))
_BY_HUFFMAN = _SEQUENTIAL | {PROGRESSIVE, 0xC3}

HEAD_BYTES = 4  # of a segment: its marker and its length
_FILL, _MOST_FILL = 0xFF, 1000


class Segment(NamedTuple):
    """A segment: the second byte of its marker, where its first byte is in the file, and where the next one begins."""

    marker: int
    place: int
    end: int


class Component(NamedTuple):
    """A colour of a frame: by what scans call it, how often it is sampled across and down, its quantizers."""

    name: int
    across: int
    down: int
    table: int


class Frame(NamedTuple):
    """What a frame tells: the second byte of its marker, bits of a sample, the size, its colours."""

    marker: int
    bits: int
    height: int
    width: int
    components: tuple[Component, ...]


def segments_of(file: BinaryIO, size: int, start: bytes | memoryview = b"") -> tuple[list[Segment], bool]:
    """Return the segments of a JPEG up to its first scan.

    Parameters
    ----------
    file : BinaryIO
        It is left where it was.
    size : int
        Its bytes.
    start : bytes
        As many of its first bytes as are at hand: 20 reads take as long as all else here.

    Returns
    -------
    segments : list of Segment
        Those before anything that is none, MOST_SEGMENTS at most.
    is_regular : bool
        Whether they are of kinds that are known, nothing else lies between them, and the last is that of a scan, behind
        one frame.
    """
    before, n_at_hand = file.tell(), len(start)
    segments, place, markers = list[Segment](), len(SOI), list[int]()
    while len(segments) < MOST_SEGMENTS:
        if place + HEAD_BYTES <= n_at_hand and start[place] == _FILL and start[place + 1] in KNOWN:
            end = place + 2 + (start[place + 2] << 8 | start[place + 3])
            segment = Segment(start[place + 1], place, end) if place + HEAD_BYTES <= end <= size else None
        else:
            segment = segment_at(file, place, size)
        if segment is None:
            break
        segments.append(segment)
        markers.append(segment.marker)
        if segment.marker == SCAN:
            break
        place = segment.end
    file.seek(before)
    n_frames = sum([marker in FRAMES for marker in markers])
    return segments, n_frames == 1 and markers[-1] == SCAN and KNOWN.issuperset(markers)


def segment_at(file: BinaryIO, place: int, size: int) -> Segment | None:
    """Return the segment that begins at a place of a file; None if there is none that ends in it."""
    file.seek(place)
    head = file.read(HEAD_BYTES)
    most = place + _MOST_FILL
    while head[:2] == b"\xff\xff" and place < most:  # bytes that fill
        place += 1
        head = head[1:] + file.read(1)
    if len(head) < HEAD_BYTES or head[0] != _FILL or not _has_length(head[1]):
        return None
    length = int.from_bytes(head[2:], "big")
    end = place + 2 + length
    return Segment(head[1], place, end) if length >= 2 and end <= size else None


def payload_of(file: BinaryIO, segment: Segment) -> bytes:
    """Return what is in a segment, behind its length."""
    file.seek(segment.place + HEAD_BYTES)
    return file.read(segment.end - segment.place - HEAD_BYTES)


def frame_of(file: BinaryIO, segments: list[Segment]) -> Frame | None:
    """Return what the first frame among segments tells; None if there is none, or it tells less than it should."""
    segment = next((segment for segment in segments if segment.marker in FRAMES), None)
    if segment is None:
        return None
    before = file.tell()
    told = payload_of(file, segment)
    file.seek(before)
    n_components = told[5] if len(told) > 5 else 0
    if len(told) < 6 + 3 * n_components:
        return None
    rows = (told[at : at + 3] for at in range(6, 6 + 3 * n_components, 3))
    components = tuple(Component(name, sampling >> 4, sampling & 15, table) for name, sampling, table in rows)
    height, width = (int.from_bytes(told[at : at + 2], "big") for at in (1, 3))
    return Frame(segment.marker, told[0], height, width, components)


def is_consistent(marker: int, told: bytes) -> bool:
    """Tell whether what is in the segment of a table, or of a frame, is as long as it says itself."""
    if marker in FRAMES:
        return len(told) > 5 and len(told) == 6 + 3 * told[5]
    if marker not in (_CODES, _QUANTIZERS):
        return len(told) >= 2
    at = 0
    while at < len(told):
        at += _table_bytes(marker, told, at)
    return at == len(told) > 0


def has_its_tables(file: BinaryIO, segments: list[Segment]) -> bool:
    """Tell whether the tables that the frame and its first scan name are there: without them libjpeg takes others."""
    frame, scan = frame_of(file, segments), payload_of(file, segments[-1])
    if frame is None or not scan or len(scan) != 4 + 2 * scan[0]:
        return False
    quantizers = {number & 15 for number in _numbers_of(file, segments, _QUANTIZERS)}
    if frame.marker not in _LOSSLESS and not quantizers.issuperset(component.table for component in frame.components):
        return False
    if frame.marker not in _BY_HUFFMAN:
        return True
    coded = set(_numbers_of(file, segments, _CODES))  # 0 to 3 for means, with 16 added for details
    with_details = frame.marker in _SEQUENTIAL
    return all(
        number >> 4 in coded and (not with_details or 16 + (number & 15) in coded)
        for number in scan[2 : 1 + 2 * scan[0] : 2]
    )


def _numbers_of(file: BinaryIO, segments: list[Segment], marker: int) -> list[int]:
    """Return the numbers of all tables of a kind."""
    numbers = []
    for segment in segments:
        if segment.marker == marker:
            told, at = payload_of(file, segment), 0
            while at < len(told):
                numbers.append(told[at])
                at += _table_bytes(marker, told, at)
    return numbers


def _table_bytes(marker: int, told: bytes, at: int) -> int:
    """Return how long a table is: a byte, and the lengths of 16 lists and the lists, or 64 numbers of 1 or 2 bytes."""
    if marker == _CODES:
        return 17 + sum(told[at + 1 : at + 17])
    return 1 + 64 * (2 if told[at] >> 4 else 1)


def _has_length(marker: int) -> bool:
    """Tell whether a marker begins a segment that goes on: not restarts, nor the picture's start and end."""
    return marker > 0xBF and not 0xD0 <= marker <= 0xD9
