import io
import struct
import warnings
from datetime import datetime

import numpy as np
import pytest
from pictures import photograph
from PIL import ExifTags, Image
from raws import dng

from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.images import camera_facts
from imgcmp.images.image_file import UNKNOWN_TIME

BASE, IFD, GPS = ExifTags.Base, ExifTags.IFD, ExifTags.GPS
TAKEN = datetime(2021, 7, 31, 23, 59, 58)
TAKEN_NS = int((TAKEN - datetime(1970, 1, 1)).total_seconds()) * 10**9
USUAL = {
    BASE.DateTimeOriginal: "2021:07:31 23:59:58",
    BASE.SubsecTimeOriginal: "25",
    BASE.OffsetTimeOriginal: "-03:30",
}
POSITION = {GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (1.0, 2.0, 3.0), GPS.GPSLongitude: (4.0, 5.0, 6.0)}


def exif(taken=USUAL, gps=None, *, make="Kamera\0", model=" X  100 \0\0", **first):
    made = Image.Exif()
    made[BASE.Make], made[BASE.Model] = make, model
    made[BASE.DateTime] = "2022:01:01 00:00:00"  # of an edit
    for name, value in first.items():
        made[getattr(BASE, name)] = value
    made.get_ifd(IFD.Exif).update(taken)
    if gps is not None:
        made.get_ifd(IFD.GPSInfo).update(gps)
    return made


def saved(path, block, **options):
    image = photograph().convert("RGB").resize((96, 64))
    image.save(path, **({} if block is None else {"exif": block}), **options)
    return facts(path)


def facts(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fingerprint_file(str(path), x=8, method="phash")
    return camera_facts.CameraFacts(*(getattr(found, name) for name in camera_facts.CameraFacts._fields))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "heic"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_formats_with_exif_tell_when_and_with_what(tmp_path, suffix, orientation):
    if suffix == "heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    block = exif(gps=POSITION, Orientation=orientation)
    found = saved(tmp_path / f"a.{suffix}", block.tobytes())
    assert found == ("Kamera", "X 100", 1, 1, TAKEN_NS + 250_000_000, -210)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "gif", "bmp", "ppm"])
def test_without_exif_nothing_is_known_but_that(tmp_path, suffix):
    assert saved(tmp_path / f"a.{suffix}", None) == ("", "", 0, 0, UNKNOWN_TIME, UNKNOWN_TIME)


def test_a_tiff_without_a_directory_of_exif_has_none(tmp_path):
    found = saved(tmp_path / "a.tif", None, tiffinfo={271: "Scan", 306: "2020:01:01 00:00:00"})
    assert found == ("Scan", "", 0, 0, UNKNOWN_TIME, UNKNOWN_TIME)


def test_a_tiff_that_is_decoded_otherwise_has_it_too(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    numbers = np.random.default_rng(0).integers(0, 2**16, (32, 48, 3), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", numbers, photometric="rgb", extratags=[(271, 2, 0, "Kamera", True)])
    assert facts(tmp_path / "a.tif").camera_make == "Kamera"


@pytest.mark.parametrize(
    ("taken", "time"),
    [
        ({36867: "2021:07:31 23:59:58"}, (TAKEN_NS, UNKNOWN_TIME)),
        ({36868: "2021:07:31 23:59:58", 36882: "+02:00"}, (TAKEN_NS, 120)),  # when it was digitized
        ({36867: "0000:00:00 00:00:00", 36868: "2021:07:31 23:59:58"}, (TAKEN_NS, UNKNOWN_TIME)),
        ({36867: "2021-07-31 23:59:58"}, (TAKEN_NS, UNKNOWN_TIME)),
        ({36867: "2021:07:31 23:59:58", 37521: "5\0\0\0"}, (TAKEN_NS + 500_000_000, UNKNOWN_TIME)),
        ({36867: "2021:07:31 23:59:58", 37521: "  "}, (TAKEN_NS, UNKNOWN_TIME)),
        ({36867: "2021:07:31 23:59:58", 36881: "+99:00"}, (TAKEN_NS, UNKNOWN_TIME)),
        ({36867: "2021:07:31 23:59:58", 36881: "   :  "}, (TAKEN_NS, UNKNOWN_TIME)),
        ({36867: "2021:07:31 23:59:58", 36880: "+01:00"}, (TAKEN_NS, UNKNOWN_TIME)),  # that of the edit
        ({36867: "2021:07:31 23:59:58", 36881: "+00:00"}, (TAKEN_NS, 0)),
        ({36867: "1960:01:01 00:00:00"}, (-315619200 * 10**9, UNKNOWN_TIME)),
    ]
    + [
        ({36867: text}, (UNKNOWN_TIME, UNKNOWN_TIME))
        for text in (
            "0000:00:00 00:00:00",
            "    :  :     :  :  ",
            "2021:02:30 10:00:00",
            "2021:13:01 10:00:00",
            "2021:01:01 25:00:00",
            "9999:01:01 00:00:00",
            "0001:01:01 00:00:00",
            "2021:07:31",
            "\0" * 19,
            "x" * 5000,
            "",
        )
    ],
)
def test_times_are_those_of_the_camera_or_unknown(tmp_path, taken, time):
    found = saved(tmp_path / "a.jpg", exif(taken).tobytes())
    assert (found.taken_ns, found.utc_offset_min) == time


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("NIKON CORPORATION\0\0\0", "NIKON CORPORATION"),
        ("\x01a\x7fb\n\tc ", "a b c"),
        ("before\0after", "before"),
        (b"K\xf6ln", "Köln"),
        ("Köln".encode(), "Köln"),
        ("a" * 9000, "a" * 64),
        ("   ", ""),
    ],
)
def test_names_are_plain(tmp_path, written, read):
    found = saved(tmp_path / "a.jpg", exif(make=written, model=written).tobytes())
    assert (found.camera_make, found.camera_model) == (read, read)


@pytest.mark.parametrize(
    ("gps", "has"),
    [
        (POSITION, 1),
        ({GPS.GPSVersionID: b"\2\3\0\0"}, 0),
        ({GPS.GPSLatitude: (1.0, 2.0, 3.0)}, 0),
        ({}, 0),
    ],
)
def test_a_position_is_a_latitude_and_a_longitude(tmp_path, gps, has):
    assert saved(tmp_path / "a.jpg", exif(gps=gps).tobytes()).has_gps == has


def test_a_position_of_0_by_0_is_none(tmp_path):
    block = exif(gps=POSITION).tobytes().replace(struct.pack("<II", 1, 1), bytes(8))
    block = block.replace(struct.pack("<II", 4, 1), bytes(8))
    assert saved(tmp_path / "a.jpg", block).has_gps == 0


@pytest.mark.parametrize("order", ["<", ">"])
def test_broken_exif_is_told_and_fails_nothing_wherever_it_breaks(tmp_path, order):
    """Of every length, and with every byte changed in turn: the picture is read, and nobody is warned."""
    made = exif(gps=POSITION)
    made.endian = order
    whole = made.tobytes()
    image = photograph().convert("RGB").resize((96, 64))
    out = io.BytesIO()
    image.save(out, "JPEG")
    random = np.random.default_rng(0)
    blocks = [whole[:n] for n in range(6, len(whole), 7)]
    for place in range(6, len(whole), 3):
        blocks.append(whole[:place] + bytes([random.integers(256)]) + whole[place + 1 :])
    n_read = 0
    for block in blocks:
        fake = Image.new("RGB", (1, 1))
        fake.info["exif"] = block
        found = camera_facts.camera_facts(fake, None, "JPEG")
        assert found.has_exif == 1
        assert found.camera_make.isprintable()
        assert len(found.camera_make) <= 64
        n_read += found.taken_ns == TAKEN_NS + 250_000_000
    assert 0 < n_read < len(blocks)


def test_exif_that_is_none_is_known_to_be_there(tmp_path):
    found = saved(tmp_path / "a.jpg", b"Exif\0\0nothing of the kind")
    assert found == ("", "", 1, -1, UNKNOWN_TIME, UNKNOWN_TIME)


def test_a_png_may_hold_it_as_text(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    data = exif().tobytes()
    told = PngInfo()
    told.add_text("Raw profile type exif", f"\nexif\n{len(data):8}\n{data.hex()}\n")
    assert saved(tmp_path / "a.png", None, pnginfo=told)[:3] == ("Kamera", "X 100", 1)


def test_camera_raw_tells_by_its_preview_and_by_its_own_tags(tmp_path):
    pytest.importorskip("rawpy")
    out = io.BytesIO()
    photograph().convert("RGB").resize((64, 48)).save(out, "JPEG", exif=exif().tobytes())
    (tmp_path / "a.dng").write_bytes(dng(out.getvalue(), (64, 48), 1, is_jpeg=True))
    found = facts(tmp_path / "a.dng")
    assert (found.taken_ns, found.utc_offset_min) == (TAKEN_NS + 250_000_000, -210)
    assert found.has_exif == 1
