"""The preview of a camera raw file is seen the way up that the raw file says, if it isn't already."""

import io
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from pictures import ORIENTATION_TAG, gradient, turned
from raws import dng

from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.readers.raw_turns import own_orientation, preview_orientation, sensor_of

PICTURE = gradient(480, 360)  # of the shape of the sensor, held level
UPRIGHT = gradient(360, 480)  # on its side


def app1(data):
    return b"\xff\xe1" + (len(data) + 2).to_bytes(2, "big") + data


def exif(*tags):
    """Return a segment of EXIF with these tags, (number, kind, value), each a number of at most two bytes."""
    entries = b"".join(struct.pack("<HHIHxx", number, kind, 1, value) for number, kind, value in tags)
    return app1(b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4))


SILENT = exif((282, 3, 1))  # it has a resolution, and no orientation
XMP = app1(b'http://ns.adobe.com/xap/1.0/\0tiff:Orientation="8"')


def jpeg(image, first=b"", second=b""):
    """Return a JPEG with segments before, and behind, that of JFIF."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    whole = out.getvalue()
    behind = 4 + int.from_bytes(whole[4:6], "big")
    return whole[:2] + first + whole[2:behind] + second + whole[behind:]


def read(path, preview, stored, orientation, sensor=(640, 480)):
    is_jpeg = preview.startswith(b"\xff\xd8")
    path.write_bytes(dng(preview, stored.size, orientation, is_jpeg=is_jpeg, sensor=sensor))
    return read_picture(str(path), 10_000)


def shown_as(picture, image):
    assert (picture.width, picture.height) == picture.grey.size == image.size
    assert np.abs(np.asarray(picture.grey, int) - np.asarray(image.convert("L"), int)).mean() < 4


def segments(value):
    """Return what may stand before and behind JFIF, with nothing in it that tells another orientation."""
    own = exif((ORIENTATION_TAG, 3, value))
    pairs = [(b"", b""), (SILENT, b""), (b"", SILENT), (own, b""), (b"", own), (SILENT, own), (XMP, own), (XMP, b"")]
    return [*pairs, (b"", XMP + own)]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("k", range(9))
def test_the_raw_file_says_how_its_preview_is_to_be_turned(tmp_path, orientation, k):
    pytest.importorskip("rawpy")
    image = PICTURE if orientation < 5 else UPRIGHT
    stored = turned(image, orientation)
    shown_as(read(tmp_path / "a.dng", jpeg(stored, *segments(orientation)[k]), stored, orientation), image)
    shown_as(read(tmp_path / "b.dng", stored.tobytes(), stored, orientation), image)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("stale", [1, 3, 6, 8])
@pytest.mark.parametrize("is_first", [False, True])
def test_a_preview_of_the_sensors_shape_is_turned_whatever_it_says_itself(tmp_path, orientation, stale, is_first):
    """As programs leave it that turn a raw file later."""
    pytest.importorskip("rawpy")
    image = PICTURE if orientation < 5 else UPRIGHT
    stored = turned(image, orientation)
    own = exif((ORIENTATION_TAG, 3, stale))
    preview = jpeg(stored, own) if is_first else jpeg(stored, second=own)
    shown_as(read(tmp_path / "a.dng", preview, stored, orientation), image)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("k", range(9))
def test_a_preview_that_is_upright_already_stays_so(tmp_path, orientation, k):
    """It has the shape of the turned picture, not that of the sensor."""
    pytest.importorskip("rawpy")
    shown_as(read(tmp_path / "a.dng", jpeg(UPRIGHT, *segments(1)[k]), UPRIGHT, orientation), UPRIGHT)
    shown_as(read(tmp_path / "b.dng", UPRIGHT.tobytes(), UPRIGHT, orientation), UPRIGHT)


@pytest.mark.parametrize("size", [(300, 300), (480, 270), (270, 480)])
def test_a_preview_of_another_shape_is_turned_as_it_says_or_else_as_the_raw_file_says(tmp_path, size):
    pytest.importorskip("rawpy")
    image = gradient(*size)
    for first, second in ((exif((ORIENTATION_TAG, 3, 1)), b""), (b"", exif((ORIENTATION_TAG, 3, 1)))):
        shown_as(read(tmp_path / "a.dng", jpeg(image, first, second), image, 6), image)
    for first, second in ((SILENT, b""), (b"", SILENT), (b"", b"")):
        stored = turned(image, 6)
        shown_as(read(tmp_path / "a.dng", jpeg(stored, first, second), stored, 6), image)


@pytest.mark.parametrize("size", [(480, 360), (360, 480), (480, 320)])
def test_a_preview_larger_than_what_the_sensor_saw_is_turned_so_too(tmp_path, size):
    """It is no smaller copy of that, whose shape would tell."""
    pytest.importorskip("rawpy")
    image = gradient(*size)
    for first, second in ((exif((ORIENTATION_TAG, 3, 1)), b""), (b"", exif((ORIENTATION_TAG, 3, 1)))):
        shown_as(read(tmp_path / "a.dng", jpeg(image, first, second), image, 6, sensor=(64, 48)), image)
    stored = turned(image, 6)
    for first, second in ((SILENT, b""), (b"", SILENT), (b"", b"")):
        shown_as(read(tmp_path / "a.dng", jpeg(stored, first, second), stored, 6, sensor=(64, 48)), image)


@pytest.mark.parametrize(("flip", "orientation"), list(enumerate([1, 2, 4, 3, 5, 8, 6, 7])))
def test_flips_are_orientations(flip, orientation):
    sizes = SimpleNamespace(flip=flip, width=600, height=400, pixel_aspect=1.0)
    assert sensor_of(sizes) == (orientation, 1.5, 600)


def test_pixels_that_are_no_squares_count():
    assert sensor_of(SimpleNamespace(flip=0, width=800, height=400, pixel_aspect=0.75)) == (1, 1.5, 800)


@pytest.mark.parametrize(
    ("shape", "orientation", "size", "own", "wanted"),
    [
        (1.5, 6, (600, 400), None, 6),
        (1.5, 6, (610, 400), 1, 6),
        (1.5, 6, (400, 600), None, 1),
        (1.5, 6, (400, 610), 6, 1),
        (1.0, 6, (400, 400), None, 6),  # as good as square: no shape tells
        (1.0, 6, (400, 400), 1, 1),
        (1.01, 8, (400, 400), 1, 1),
        (1.5, 3, (600, 400), 1, 3),
        (1.5, 1, (600, 400), 6, 1),
        (1.5, 1, (400, 600), 6, 6),
        (0.0, 6, (400, 600), None, 6),  # the sensor's shape is unknown
        (0.0, 1, (400, 600), 6, 6),
    ],
)
def test_shapes_tell_whether_a_preview_is_upright(shape, orientation, size, own, wanted):
    assert preview_orientation(sensor_of(sizes_of(shape, orientation)), size, own) == wanted


def sizes_of(shape, orientation):
    flip = [1, 2, 4, 3, 5, 8, 6, 7].index(orientation)
    return SimpleNamespace(flip=flip, width=round(1000 * shape), height=1000 if shape else 0, pixel_aspect=1.0)


def test_an_orientation_of_its_own_is_found_wherever_it_lies():
    own = exif((ORIENTATION_TAG, 3, 6))
    for first, second in ((own, b""), (b"", own), (SILENT, own), (XMP + SILENT, SILENT + own)):
        assert own_orientation(jpeg(PICTURE, first, second)) == 6
    assert own_orientation(jpeg(PICTURE, exif((ORIENTATION_TAG, 1, 6)))) == 6  # of type BYTE
    for other in (b"", SILENT, XMP, exif((ORIENTATION_TAG, 3, 9)), app1(b"Exif\0\0II*\0\xff\xff"), app1(b"Exif\0\0")):
        assert own_orientation(jpeg(PICTURE, other)) is None
    whole = jpeg(PICTURE, own)
    for end in range(60):
        assert own_orientation(whole[:end]) in (None, 6)


def test_a_grey_preview_is_read(monkeypatch, tmp_path):
    """LibRaw gives it a third dimension."""
    rawpy = pytest.importorskip("rawpy")
    grey = np.asarray(PICTURE.convert("L"))[..., None]

    class Raw:
        sizes = sizes_of(4 / 3, 1)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def extract_thumb(self):
            return SimpleNamespace(format=rawpy.ThumbFormat.BITMAP, data=grey)

    monkeypatch.setattr(rawpy, "imread", lambda _: Raw())
    (tmp_path / "a.cr2").write_bytes(b"II*\0\x10\0\0\0CR\x02\0" + bytes(100))
    shown_as(read_picture(str(tmp_path / "a.cr2"), 10_000), PICTURE)
