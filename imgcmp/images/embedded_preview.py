"""The small copy of a photograph that its camera left in the file, where that can be trusted to show the whole.

A camera's JPEG holds a thumbnail in its EXIF (CIPA DC-008, 4.6.3), and many a larger one behind the picture, which a
multi-picture index names (CIPA DC-007). It says what the picture was when it was taken: programs that change pixels may
leave the old one in place. So none is taken unless its shape fits that of the picture, and nothing tells that the file
was changed since.
"""

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.images.behind_jpeg import SMALLER, pictures_listed
from imgcmp.images.damage import load_checked
from imgcmp.images.exif import Exif, Tag, exif_in
from imgcmp.images.jpeg_segments import EOI, HEAD_BYTES, SOI, Frame, Segment, frame_of, segments_of
from imgcmp.images.open_file import Content
from imgcmp.images.orientation import let_be_turned, set_exif_aside

LEAST_SIDE = 80
"""Pixels that the shorter side of a preview has at least: 160 x 90 is the thumbnail of a picture of 16:9."""

_APP1, _APP2 = 0xE1, 0xE2
_EXIF, _XMP, _MPF = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0"

_ORIENTATION, _CHANGED, _DETAILS = 0x0112, 0x0132, 0x8769
_TAKEN, _WIDTH, _HEIGHT = 0x9003, 0xA002, 0xA003
_PLACE, _LENGTH = 0x0201, 0x0202
_MOST_THUMBNAIL_BYTES = 2**16  # EXIF is one segment, which has no more

# What Adobe's programs write of what was done to a picture: a list of steps, and the settings of a raw converter.
_EDITED_BY_XMP = re.compile(rb"xmpMM:History|xmlns:crs=")
# A file that was changed a day after the picture was taken, or later: less may be a clock of another time zone.
_LATER = timedelta(days=1)
_DATE_BYTES, _DATE_FORM = 19, "%Y:%m:%d %H:%M:%S"

_LAST_BYTES, _TRAILER = 16, b"SEFT"  # which is Samsung's; some cameras add zeros
_MOST_PREVIEW_BYTES, _MOST_PIXELS = 2**21, 2**22  # previews for a television have 1920 x 1080
_SMALL_PIXELS = 2**19  # to look closely at one of 160 x 120 takes 0.6 ms, at one of 1920 x 1080 as much as the whole
_OFF = 1.5  # pixels that a side may be off: sides are rounded, and some writers cut them off
_BLACK = 20  # levels, at most, of bars and frames
_BLURRED = 2  # pixels next to a bar that may be of it and of the picture


class Preview(NamedTuple):
    """A preview: its picture, without bars, turned as the file says; and the size of the whole, as it is stored."""

    image: Image.Image
    width: int
    height: int


class _Headers(NamedTuple):
    """What the segments of a JPEG tell: its frame, EXIF, XMP, and its multi-picture index with its place."""

    frame: Frame
    block: bytes
    exif: Exif
    xmp: bytes
    listed: tuple[bytes, int] | None


def trusted_preview(content: Content) -> Preview | None:
    """Return the preview of a JPEG, if it has one that shows the whole picture.

    Parameters
    ----------
    content : Content
        The file; for a preview in its EXIF its start and its last bytes are read.

    Returns
    -------
    preview : Preview or None
        None if there is none, or it is damaged, smaller than LEAST_SIDE, of another shape than the picture (but for
        black bars, which are cut off), or black all around: it may be framed. Or if the file says that it was changed
        since the picture was taken, by another size in its EXIF, a time of change a day or more away from that of the
        picture, or XMP that lists what was done; or if it doesn't end as it should: it may be cut off.
    """
    headers = _headers_of(content)
    if headers is None or _was_edited(headers) or not _has_its_end(content):
        return None
    turned = _orientation_of(headers.exif)
    if turned is None:
        return None
    for data in _previews(headers, content):
        image = _whole_in(data, headers.frame)
        if image is not None:
            set_exif_aside(image, headers.block)
            let_be_turned(image, turned)
            return Preview(image, headers.frame.width, headers.frame.height)
    return None


def _headers_of(content: Content) -> _Headers | None:
    if bytes(content.start[:2]) != SOI:
        return None
    segments, is_regular = segments_of(content.file, content.size, content.start)
    frame = frame_of(content.file, segments) if is_regular else None
    if frame is None or not (frame.width and frame.height):
        return None
    of_app1 = [_payload(content, segment) for segment in segments if segment.marker == _APP1]
    block = next((payload for payload in of_app1 if payload.startswith(_EXIF)), b"")
    exif = exif_in(block)
    if exif is None:
        return None
    xmp = next((payload for payload in of_app1 if payload.startswith(_XMP)), b"")
    return _Headers(frame, block, exif, xmp, _index_of(content, segments))


def _index_of(content: Content, segments: list[Segment]) -> tuple[bytes, int] | None:
    """Return the multi-picture index, and where the places that it tells are counted from."""
    for segment in segments:
        if segment.marker == _APP2 and (payload := _payload(content, segment)).startswith(_MPF):
            return payload[len(_MPF) :], segment.end - len(payload) + len(_MPF)
    return None


def _payload(content: Content, segment: Segment) -> bytes:
    place = segment.place + HEAD_BYTES
    return content.read_at(place, segment.end - place)


def _has_its_end(content: Content) -> bool:
    """Tell whether a file ends as a JPEG does, or as phones leave it that keep more behind it."""
    last = content.read_at(max(0, content.size - _LAST_BYTES), _LAST_BYTES)
    return last.rstrip(b"\0").endswith((EOI, _TRAILER))


def _was_edited(headers: _Headers) -> bool:
    """Tell whether the file says that its picture is not the one that was taken."""
    if _EDITED_BY_XMP.search(headers.xmp):
        return True
    exif, frame = headers.exif, headers.frame
    first = exif.directory(exif.first, frozenset((_CHANGED, _DETAILS))) or {}
    details = exif.directory(exif.number(first.get(_DETAILS)), frozenset((_TAKEN, _WIDTH, _HEIGHT))) or {}
    told = exif.number(details.get(_WIDTH)), exif.number(details.get(_HEIGHT))
    if all(told) and told != (frame.width, frame.height):
        return True
    taken, changed = _date(details.get(_TAKEN)), _date(first.get(_CHANGED))
    return taken is not None and changed is not None and abs(changed - taken) >= _LATER


def _date(tag: Tag | None) -> datetime | None:
    try:
        return datetime.strptime(tag.data[:_DATE_BYTES].decode("ascii"), _DATE_FORM) if tag else None
    except ValueError:  # none that there is, or UnicodeDecodeError
        return None


def _orientation_of(exif: Exif) -> int | None:
    """Return how the picture is turned; None if that is written in an odd way."""
    tag = (exif.directory(exif.first, frozenset((_ORIENTATION,))) or {}).get(_ORIENTATION)
    value = exif.number(tag) if tag else 1
    return value if 1 <= value <= 8 else None


def _previews(headers: _Headers, content: Content) -> Iterator[bytes]:
    """Yield the previews of a file, the smallest first."""
    exif = headers.exif
    tags = exif.directory(exif.second_directory(), frozenset((_PLACE, _LENGTH))) or {}
    place, n_bytes = exif.number(tags.get(_PLACE)), exif.number(tags.get(_LENGTH))
    if place and 0 < n_bytes <= _MOST_THUMBNAIL_BYTES:
        yield exif.read(place, n_bytes)
    if headers.listed is not None:
        listed, base = headers.listed
        smaller = [picture for picture in pictures_listed(listed)[1:] if picture.kind in SMALLER]
        for picture in sorted(smaller, key=lambda picture: picture.n_bytes):
            if 0 < picture.n_bytes <= _MOST_PREVIEW_BYTES:
                yield content.read_at(base + picture.place, picture.n_bytes)


def _whole_in(data: bytes, frame: Frame) -> Image.Image | None:
    """Return the picture of a preview, without its bars; None if it is damaged, too small, or of another shape."""
    content = Content("", io.BytesIO(data), len(data), data, b"")
    try:
        image = Image.open(content.file, formats=["JPEG"])
        if image.width * image.height > min(_MOST_PIXELS, frame.width * frame.height):
            return None
        is_small = image.width * image.height <= _SMALL_PIXELS
        if not isinstance(image, JpegImageFile) or load_checked(image, content, take_parts=False, closely=is_small)[0]:
            return None
    except Exception:  # nearly any is raised of damaged data
        return None
    if image.mode not in ("L", "RGB"):
        return None
    scale = min(image.width / frame.width, image.height / frame.height)
    width, height = frame.width * scale, frame.height * scale
    across, down = image.width - width, image.height - height
    if min(width, height) < LEAST_SIDE:
        return None
    left, top = (round(more / 2) if more > _OFF else 0 for more in (across, down))
    inside = image.crop((left, top, image.width - left, image.height - top))
    return inside if _are_bars(image, left, top) and not _is_framed(inside) else None


def _are_bars(image: Image.Image, left: int, top: int) -> bool:
    """Tell whether what is cut off at the left and right, and at the top and bottom, is black."""
    across, down = (max(pixels - _BLURRED, min(pixels, 1)) for pixels in (left, top))
    width, height = image.size
    bars = [(0, 0, across, height), (width - across, 0, width, height)] if across else []
    bars += [(0, 0, width, down), (0, height - down, width, height)] if down else []
    return all(_is_black(image.crop(bar)) for bar in bars)


def _is_framed(image: Image.Image) -> bool:
    """Tell whether all edges are black: some programs leave a frame around all, and then the shape says nothing."""
    width, height = image.size
    edges = (0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height)
    return all(_is_black(image.crop(edge)) for edge in edges)


def _is_black(image: Image.Image) -> bool:
    return bool(np.asarray(image.convert("L")).max() <= _BLACK)
