"""Which pictures a camera took in one go: one shot in several files, and the shots of a burst."""

import os

from imgcmp.images.image_file import UNKNOWN_TIME
from imgcmp.results.members import Images

RAW = "camera raw"

# What cameras write beside a picture of the same name: raw, HEIC, JPEG, and a film.
_OF_CAMERAS = frozenset((RAW, "HEIC", "AVIF", "JPEG"))  # by the names of `imgcmp.images.formats`

_SECOND_NS = 10**9
_BURST_NS = 10 * _SECOND_NS


def is_same_shot(images: Images, one: int, other: int) -> bool:
    """Tell whether two files are what a camera made of one shot: of two formats, one name or time.

    Parameters
    ----------
    images : Images
        With what their files say of the camera.
    one, other : int
        Rows.
    """
    formats = {_format_of(images, one), _format_of(images, other)}
    if were_taken_apart(images, one, other):
        return False
    if len(formats) != 2 or not formats <= _OF_CAMERAS:
        return False
    if _name_of(images.files[one]) == _name_of(images.files[other]):
        return RAW in formats or _of_one_camera(images, one, other)
    return RAW in formats and _of_one_camera(images, one, other) and _apart_ns(images, one, other) == 0


def is_burst(images: Images, one: int, other: int) -> bool:
    """Tell whether one camera took two shots within ten seconds, surely not at one time."""
    apart_ns = _apart_ns(images, one, other)
    return apart_ns is not None and 0 < apart_ns <= _BURST_NS and _of_one_camera(images, one, other)


def may_be_burst(images: Images, one: int, other: int) -> bool:
    """Tell whether one camera took two pictures within one second: they are of a burst unless they are the same.

    The pictures of a burst are of one size; a smaller one is made of the other, though they may differ too much to say.
    """
    return (
        _apart_ns(images, one, other) == 0
        and _of_one_camera(images, one, other)
        and {int(images.width[one]), int(images.height[one])} == {int(images.width[other]), int(images.height[other])}
    )


def were_taken_apart(images: Images, one: int, other: int) -> bool:
    """Tell whether two pictures were taken at two times: no copies of one another."""
    apart_ns = _apart_ns(images, one, other)
    return apart_ns is not None and apart_ns > 0 and _of_one_camera(images, one, other)


def _apart_ns(images: Images, one: int, other: int) -> int | None:
    """Return how far apart two were taken, None where that is unknown; 0 if a time without parts of a second fits."""
    if images.taken_ns is None:
        return None
    times = sorted((int(images.taken_ns[one]), int(images.taken_ns[other])))
    if times[0] == UNKNOWN_TIME:
        return None
    is_in_whole_seconds = any(time % _SECOND_NS == 0 for time in times)
    if is_in_whole_seconds and times[0] // _SECOND_NS == times[1] // _SECOND_NS:
        return 0
    return times[1] - times[0]


def _of_one_camera(images: Images, one: int, other: int) -> bool:
    return bool(images.camera) and images.camera[one] == images.camera[other] and bool(images.camera[one])


def _format_of(images: Images, row: int) -> str:
    return images.format[row] if images.format else ""


def _name_of(file: str) -> tuple[str, str]:
    folder, name = os.path.split(file)
    return folder, os.path.splitext(name)[0].lower()
