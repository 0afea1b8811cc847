"""When and with what a picture was taken, as its file says: by EXIF, and by the tags of TIFF and of camera raw.

References
----------
CIPA DC-008 (EXIF 3.0), 4.6.5 (tags), 4.6.6 (positions).
"""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from PIL import Image

from imgcmp.images.exif import Exif, Tag, exif_at, exif_in
from imgcmp.images.image_file import UNKNOWN, UNKNOWN_TIME
from imgcmp.images.open_file import Content
from imgcmp.images.orientation import exif_block

_MAKE, _MODEL, _SOFTWARE, _CHANGED, _EXIF, _GPS = 271, 272, 305, 306, 34665, 34853
_LATITUDE, _LONGITUDE = 2, 4


class _Clock(NamedTuple):
    """The tags of a time: date and time, parts of a second, hours and minutes from UTC."""

    date: int
    part: int
    offset: int


# Never DateTime (306), which is when the file was changed; unless LibRaw wrote it, which knows no other.
_TAKEN, _DIGITIZED = _Clock(36867, 37521, 36881), _Clock(36868, 37522, 36882)
_BY_LIBRAW = b"dcraw v"

# TIFF/EP, and with it camera raw, has the tags of the time here, too.
_FIRST = frozenset((_MAKE, _MODEL, _SOFTWARE, _CHANGED, _EXIF, _GPS, *_TAKEN))
_TIMES = frozenset((*_TAKEN, *_DIGITIZED))
_POSITION = frozenset((_LATITUDE, _LONGITUDE))

_DATE = re.compile(r"\s*(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T]+(\d\d):(\d\d):(\d\d)(?!\d)")
_OFFSET = re.compile(r"\s*([+-])(\d\d):?(\d\d)\s*$")
_DIGITS = re.compile(r"\s*(\d{1,9})")
_EPOCH = datetime(1970, 1, 1)
_FARTHEST_MIN = 14 * 60  # from UTC that a clock on earth is

_MOST_CHARACTERS = 64  # of a make or model; the longest that is known has 40

_UNSEEN = frozenset(("PSD", "JPEG 2000", "camera raw"))  # formats that may hold EXIF where it isn't looked for


class CameraFacts(NamedTuple):
    """What a file says of how its picture was taken.

    Attributes
    ----------
    camera_make, camera_model : str
        In plain characters, without spaces around; empty: unknown.
    has_exif : int
        Whether there is EXIF, readable or not: 1 or 0; -1: unknown.
    has_gps : int
        Whether there is a position in it; -1: unknown.
    taken_ns : int
        When it was taken, by the clock of the camera: nanoseconds since 1970-01-01T00:00:00 of that clock;
        UNKNOWN_TIME: unknown.
    utc_offset_min : int
        By how many minutes that clock was ahead of UTC; UNKNOWN_TIME: the file doesn't say.
    """

    camera_make: str = ""
    camera_model: str = ""
    has_exif: int = UNKNOWN
    has_gps: int = UNKNOWN
    taken_ns: int = UNKNOWN_TIME
    utc_offset_min: int = UNKNOWN_TIME


def camera_facts(image: Image.Image, content: Content, form: str) -> CameraFacts:
    """Tell how the picture of a file was taken.

    Parameters
    ----------
    image : PIL.Image.Image
        As `imgcmp.images.decoders.open_image` opened it, loaded.
    content : Content
        The file.
    form : str
        Its format, as `imgcmp.images.stored_as` names it.

    Returns
    -------
    facts : CameraFacts
        What is broken is unknown, and fails nothing.
    """
    block = exif_block(image) or _as_text(image)
    in_block = _facts_of_block(block) if block else None
    if form in ("TIFF", "camera raw"):
        tiff = exif_at(content.read_at)
        own = _facts_of(tiff) if tiff else None
        return _together([facts for facts in (own, in_block) if facts] or [CameraFacts()])
    if in_block is not None:
        return in_block
    return CameraFacts() if form in _UNSEEN else CameraFacts(has_exif=0, has_gps=0)


def _as_text(image: Image.Image) -> bytes:
    """Return the EXIF that ImageMagick writes into a PNG as text: a name, a length, and its bytes in hex."""
    text = image.info.get("Raw profile type exif")
    if not isinstance(text, str):
        return b""
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""


def _facts_of_block(block: bytes) -> CameraFacts:
    exif = exif_in(block)
    facts = _facts_of(exif) if exif else None
    if facts is None:
        return CameraFacts(has_exif=1)  # that can't be read
    return facts if facts.has_exif == UNKNOWN else facts._replace(has_exif=1)


def _facts_of(exif: Exif) -> CameraFacts | None:
    """Return the facts in a TIFF, of which EXIF is a part; None if it has no directory."""
    first = exif.directory(exif.first, _FIRST)
    if first is None:
        return None
    taken = exif.directory(exif.number(first.get(_EXIF)), _TIMES) or {}
    is_by_libraw = first.get(_SOFTWARE, _NOTHING).data.startswith(_BY_LIBRAW)
    times = [_time(taken, _TAKEN), _time(first, _TAKEN), _time(taken, _DIGITIZED)]
    if is_by_libraw:
        times.append(_time({_TAKEN.date: first.get(_CHANGED, _NOTHING)}, _TAKEN))
    taken_ns, utc_offset_min = next((time for time in times if time[0] != UNKNOWN_TIME), times[0])
    return CameraFacts(
        _plain(first.get(_MAKE)),
        _plain(first.get(_MODEL)),
        UNKNOWN if is_by_libraw else int(_EXIF in first),
        UNKNOWN if is_by_libraw else _has_position(exif, first.get(_GPS)),
        taken_ns,
        utc_offset_min,
    )


_NOTHING = Tag(0, b"")


def _together(found: list[CameraFacts]) -> CameraFacts:
    """Return what the first says, and where it doesn't what the second does."""
    facts, other = found[0], found[-1]
    if facts.taken_ns == UNKNOWN_TIME:
        facts = facts._replace(taken_ns=other.taken_ns, utc_offset_min=other.utc_offset_min)
    if not (facts.camera_make or facts.camera_model):
        facts = facts._replace(camera_make=other.camera_make, camera_model=other.camera_model)
    return facts._replace(
        has_exif=max(facts.has_exif, other.has_exif),
        has_gps=max(facts.has_gps, other.has_gps),
    )


def _has_position(exif: Exif, pointer: Tag | None) -> int:
    """Tell whether there is a latitude and a longitude; some cameras write 0/0 where they know none."""
    if pointer is None:
        return 0
    position = exif.directory(exif.number(pointer), _POSITION)
    if position is None:
        return UNKNOWN
    return int(len(position) == len(_POSITION) and all(any(tag.data[4:8]) for tag in position.values()))


def _time(tags: dict[int, Tag], clock: _Clock) -> tuple[int, int]:
    """Return a time in nanoseconds, and the minutes of its clock from UTC; UNKNOWN_TIME for what isn't there."""
    found = _DATE.match(_text(tags.get(clock.date)))
    if found is None:
        return UNKNOWN_TIME, UNKNOWN_TIME
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        seconds = (datetime(year, month, day, hour, minute, second) - _EPOCH) // timedelta(seconds=1)
    except ValueError:  # 0000:00:00, or a 30th of February
        return UNKNOWN_TIME, UNKNOWN_TIME
    part = _DIGITS.match(_text(tags.get(clock.part)))
    taken_ns = seconds * 10**9 + int(part[1].ljust(9, "0") if part else 0)
    if not UNKNOWN_TIME < taken_ns < -UNKNOWN_TIME:
        return UNKNOWN_TIME, UNKNOWN_TIME
    return taken_ns, _offset(_text(tags.get(clock.offset)))


def _offset(text: str) -> int:
    found = _OFFSET.match(text)
    minutes = 60 * int(found[2]) + int(found[3]) if found else _FARTHEST_MIN + 1
    if found is None or minutes > _FARTHEST_MIN or int(found[3]) >= 60:
        return UNKNOWN_TIME
    return minutes if found[1] == "+" else -minutes


def _text(tag: Tag | None) -> str:
    """Return the text of a tag up to its first NUL."""
    data = tag.data.partition(b"\0")[0] if tag else b""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _plain(tag: Tag | None) -> str:
    """Return a name in characters that can be printed, with single spaces between its words."""
    printed = "".join(char if char.isprintable() else " " for char in _text(tag))
    return " ".join(printed.split())[:_MOST_CHARACTERS].rstrip()
