"""Which way up the preview of a camera raw file is to be seen.

The raw file says how its sensor was held, and most cameras leave their previews as the sensor saw them. But some turn
them; some write an orientation into the preview, too, and programs that turn raw files later leave that as it was.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL import ExifTags, Image

_BY_FLIP = (
    1,
    2,
    4,
    3,
    5,
    8,
    6,
    7,
)  # EXIF orientations by LibRaw's: 1 mirrors left and right, 2 up and down, 4 transposes
_SIDEWAYS = (5, 6, 7, 8)

# Previews are a little smaller than what the sensor has; those of other shapes than 3:2 differ by an eighth and more.
_SAME_SHAPE = 0.04
_SLIGHTLY = 1.05

_APP1, _SCAN, _EXIF = 0xE1, 0xDA, b"Exif\0\0"
_BY_LIBRAW = "dcraw v"  # the program that LibRaw names in the EXIF that it puts before that of a preview, with its flip


class Sensor(NamedTuple):
    """What a raw file says of its picture: its EXIF orientation, and before that is applied width by height, and width.

    The last two are 0 if they are unknown.
    """

    orientation: int
    shape: float
    width: int


def sensor_of(sizes: Any) -> Sensor:
    """Return what LibRaw's sizes say."""
    width, height = getattr(sizes, "width", 0), getattr(sizes, "height", 0)
    aspect = getattr(sizes, "pixel_aspect", 0) or 1.0
    return Sensor(_BY_FLIP[sizes.flip & 7], aspect * width / height if height else 0.0, width)


def preview_orientation(sensor: Sensor, size: tuple[int, int], own: int | None) -> int:
    """Return the EXIF orientation that turns a preview upright.

    Parameters
    ----------
    sensor : Sensor
        What the raw file says.
    size : (int, int)
        Width and height of the preview as it is stored.
    own : int or None
        The EXIF orientation that is in the preview itself, if one is.

    Returns
    -------
    orientation : int
        That of the raw file. Unless the preview has the shape of the picture that is already turned: then it is. If it
        has neither that nor the sensor's, or is larger than what the sensor saw, and so no smaller copy of that, what
        it says itself counts, if it says something.
    """
    shape = size[0] / size[1]
    if max(size) > _SLIGHTLY * max(sensor.width, sensor.width / (sensor.shape or 1.0)):
        return own or sensor.orientation
    if sensor.orientation in _SIDEWAYS and _is_like(shape, 1 / sensor.shape if sensor.shape else 0.0):
        if not _is_like(shape, sensor.shape):  # else it is as good as square
            return 1
    elif _is_like(shape, sensor.shape):
        return sensor.orientation
    return own or sensor.orientation


def own_orientation(preview: bytes) -> int | None:
    """Return the EXIF orientation that a JPEG has of its own: not what LibRaw has put in front of it; None if none."""
    for data in _exif_segments(preview):
        try:
            exif = Image.Exif()
            exif.load(data)
            value, program = exif.get(ExifTags.Base.Orientation), str(exif.get(ExifTags.Base.Software, ""))
        except Exception:  # damaged EXIF raises nearly anything
            continue
        value = value[0] if isinstance(value, bytes) and value else value  # of type BYTE, against the rule
        if isinstance(value, int) and 1 <= value <= 8 and not program.startswith(_BY_LIBRAW):
            return value
    return None


def own_exif(preview: bytes) -> bytes:
    """Return the EXIF that the camera wrote into a JPEG; where there is none what LibRaw has put in front of it."""
    segments = list(_exif_segments(preview))
    return next((data for data in segments if _BY_LIBRAW.encode() not in data), segments[0] if segments else b"")


def _exif_segments(jpeg: bytes) -> Iterator[bytes]:
    """Yield what is in the segments of a JPEG that hold EXIF, each with its name in front."""
    place = 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF and jpeg[place + 1] != _SCAN:
        end = place + 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if jpeg[place + 1] == _APP1 and jpeg.startswith(_EXIF, place + 4):
            yield jpeg[place + 4 : end]
        place = end


def _is_like(shape: float, other: float) -> bool:
    return abs(shape - other) <= _SAME_SHAPE * other
