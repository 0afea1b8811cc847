import builtins
import sys
import types
from functools import partial

import numpy as np
import pytest
from pictures import ORIENTATION_TAG, gradient, photograph, save_turned, turned
from PIL import Image
from raws import dng

import imgcmp
from imgcmp.errors import UnreadableImageError
from imgcmp.fingerprints.fingerprint import try_fingerprint
from imgcmp.images import decoders, open_file
from imgcmp.images.formats import FORMATS
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.image_file import ImageFile
from imgcmp.system import processes

HEIC_START = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 40
JXL_STARTS = [b"\xff\x0a" + b"\0" * 40, b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl "]
RAW_STARTS = [
    b"II*\0\x10\0\0\0CR\x02\0",  # CR2
    b"\0\0\0\x18ftypcrx \0\0\0\x01",  # CR3
    b"FUJIFILMCCD-RAW 0201",
    b"IIRO\x08\0\0\0",
    b"IIU\0\x18\0\0\0",
]


def read(path):
    return read_picture(str(path), 10_000)


@pytest.fixture
def without_extras(monkeypatch):
    """Let the packages of the extra `formats` not be there."""

    def refuse(name, *arguments, **named):
        if name.split(".")[0] in ("pillow_heif", "pillow_jxl", "rawpy"):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *arguments, **named)

    for name in list(sys.modules):
        if name.split(".")[0] in ("pillow_heif", "pillow_jxl", "rawpy"):
            monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr("imgcmp.images.readers.packages.import_module", refuse)


@pytest.mark.usefixtures("without_extras")
@pytest.mark.parametrize(
    ("start", "kind"),
    [(HEIC_START, "HEIC"), *[(start, "JPEG XL") for start in JXL_STARTS], *[(raw, "camera raw") for raw in RAW_STARTS]],
)
@pytest.mark.parametrize("name", ["right.heic", "wrong.jpg"])
def test_without_the_extra_the_reason_says_what_to_install(tmp_path, start, kind, name):
    (tmp_path / name).write_bytes(start)
    with pytest.raises(UnreadableImageError) as caught:
        read(tmp_path / name)
    assert str(caught.value) == f"{kind} image: install imgcmp[formats] to read it"
    assert caught.value.passing


def test_a_jpeg_named_like_another_kind_is_read(tmp_path):
    photograph("rocket.jpg").save(tmp_path / "a.jpg")
    for name in ("phone.HEIC", "camera.NEF", "camera.dng", "new.jxl"):
        (tmp_path / name).write_bytes((tmp_path / "a.jpg").read_bytes())
        assert read(tmp_path / name).width == 640


def test_every_row_of_the_table_has_an_opener():
    assert set(decoders._OPENERS) <= {form.name for form in FORMATS}
    assert {form.name for form in FORMATS if form.reader not in decoders._OPENERS_BY_READER} <= set(decoders._OPENERS)


# HEIC


@pytest.fixture
def heif():
    module = pytest.importorskip("pillow_heif")
    module.register_heif_opener()
    return module


@pytest.mark.parametrize("name", ["phone.heic", "wrong.jpg"])
def test_heic_is_read_by_its_content(tmp_path, heif, name):
    photograph().save(tmp_path / name, format="HEIF", quality=90)
    picture = read(tmp_path / name)
    assert (picture.width, picture.height) == photograph().size
    assert difference(picture.grey, photograph()) < 4


def test_a_heic_whose_brands_do_not_say_its_codec_is_read(tmp_path, heif):
    photograph().save(tmp_path / "a.heic", format="HEIF", quality=90)
    whole = (tmp_path / "a.heic").read_bytes()
    end = int.from_bytes(whole[:4], "big")
    (tmp_path / "a.heic").write_bytes(whole[:end].replace(b"heic", b"mif1") + whole[end:])
    assert difference(read(tmp_path / "a.heic").grey, photograph()) < 4


@pytest.mark.parametrize("value", range(1, 9))
def test_a_turned_heic_is_upright(tmp_path, heif, value):
    image = gradient(240, 160)
    away = turned(image, value).copy()
    away.getexif()[ORIENTATION_TAG] = value
    away.save(tmp_path / "turned.heic", format="HEIF", quality=90)
    picture = read(tmp_path / "turned.heic")
    assert (picture.width, picture.height) == (240, 160)
    assert difference(picture.grey, image) < 4


def test_a_transparent_heic_is_over_white(tmp_path, heif):
    image = Image.new("RGBA", (64, 64), (60, 60, 60, 255))
    image.paste((0, 0, 0, 0), (32, 0, 64, 64))
    image.save(tmp_path / "a.heic", format="HEIF", quality=100)
    grey = np.asarray(read(tmp_path / "a.heic").grey, dtype=int)
    assert np.abs(grey[:, :28] - 60).max() < 8
    assert (grey[:, 36:] > 247).all()


@pytest.mark.parametrize("part", [0.1, 0.5])
def test_a_truncated_heic_is_unreadable(tmp_path, heif, part):
    photograph().save(tmp_path / "a.heic", format="HEIF")
    whole = (tmp_path / "a.heic").read_bytes()
    (tmp_path / "a.heic").write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(UnreadableImageError):
        read(tmp_path / "a.heic")


def difference(grey, image):
    return np.abs(np.asarray(grey, dtype=int) - np.asarray(image.convert("L"), dtype=int)).mean()


# JPEG XL


@pytest.mark.parametrize("name", ["new.jxl", "wrong.png"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_jpeg_xl_is_read_by_its_content(tmp_path, name, mode):
    pytest.importorskip("pillow_jxl")
    image = photograph().convert(mode)
    image.save(tmp_path / name, format="JXL", lossless=True, effort=1)
    picture = read(tmp_path / name)
    assert (picture.width, picture.height) == image.size
    assert difference(picture.grey, image) < 1


@pytest.mark.parametrize("packed", [False, True])
def test_the_exif_of_a_jpeg_xl_turns_it_only_if_it_is_a_packed_jpeg(tmp_path, packed):
    pytest.importorskip("pillow_jxl")
    image = gradient(240, 160)
    path = save_turned(image, tmp_path / "turned.jpg", 6, quality=95)
    with Image.open(path) as away:
        away.save(tmp_path / "turned.jxl", lossless_jpeg=packed, exif=away.info["exif"])
    picture = read(tmp_path / "turned.jxl")
    assert (picture.width, picture.height) == ((240, 160) if packed else (160, 240))
    assert difference(picture.grey, image if packed else turned(image, 6)) < 4


# WebP


def test_a_webp_beyond_the_budget_says_so(tmp_path):
    canvas = (16_000 - 1).to_bytes(3, "little") * 2
    (tmp_path / "a.webp").write_bytes(b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + canvas + bytes(300))
    file = ImageFile(str(tmp_path / "a.webp"), 1, 1)
    task = partial(try_fingerprint, x=8, method="phash")
    [(_, result)] = processes.run(task, [file], workers=1, max_memory=10**9)
    assert result.reason.startswith("needs 4.9 GB to decode and 1.0 GB may be used")
    assert result.is_passing


# Camera raw


@pytest.mark.parametrize("value", [1, 3, 6, 8])
@pytest.mark.parametrize("is_jpeg", [True, False])
@pytest.mark.parametrize("in_memory", [True, False])
def test_a_dng_is_read_by_its_preview_upright(tmp_path, monkeypatch, value, is_jpeg, in_memory):
    pytest.importorskip("rawpy")
    monkeypatch.setattr(open_file, "_IN_MEMORY_BYTES", 2**24 if in_memory else 0)
    image = gradient(480, 320)
    away = turned(image, value)
    away.save(tmp_path / "preview.jpg", quality=95)
    preview = (tmp_path / "preview.jpg").read_bytes() if is_jpeg else away.tobytes()
    (tmp_path / "camera.dng").write_bytes(dng(preview, away.size, value, is_jpeg=is_jpeg))
    picture = read(tmp_path / "camera.dng")
    assert (picture.width, picture.height) == (480, 320)
    assert difference(picture.grey, image) < 4


@pytest.fixture
def unsupported(monkeypatch):
    """Let LibRaw say that no file is a raw file."""

    def refuse(_):
        raise RuntimeError("Unsupported file format or not RAW file")

    module = types.ModuleType("rawpy")
    module.imread = refuse
    module.LibRawNoThumbnailError, module.LibRawUnsupportedThumbnailError = KeyError, IndexError
    monkeypatch.setitem(sys.modules, "rawpy", module)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "jpeg"])
@pytest.mark.parametrize("name", ["scan.dng", "scan.NEF"])
@pytest.mark.parametrize("rawpy", ["without_extras", "unsupported", None])
def test_a_plain_tiff_named_like_camera_raw_is_read(tmp_path, request, rawpy, name, compression):
    if rawpy is None:
        pytest.importorskip("rawpy")
    else:
        request.getfixturevalue(rawpy)
    photograph().save(tmp_path / name, format="TIFF", compression=compression)
    picture = read(tmp_path / name)
    assert (picture.width, picture.height) == photograph().size
    assert difference(picture.grey, photograph()) < 4


@pytest.mark.parametrize(
    ("rawpy", "reason"),
    [
        ("without_extras", "camera raw image: install imgcmp[formats] to read it"),
        ("unsupported", "not an image, or of a kind that is not supported"),
    ],
)
def test_the_thumbnail_of_a_raw_file_is_not_taken_for_the_picture(tmp_path, request, rawpy, reason):
    request.getfixturevalue(rawpy)
    thumbnail = gradient(48, 32)
    (tmp_path / "camera.dng").write_bytes(dng(thumbnail.tobytes(), thumbnail.size, 1, is_jpeg=False))
    thumbnail.save(tmp_path / "large.dng", format="TIFF", tiffinfo={50706: b"\1\4\0\0"})
    thumbnail.save(tmp_path / "reduced.nef", format="TIFF", tiffinfo={254: 1})
    thumbnail.save(tmp_path / "tiny.iiq", format="TIFF")
    with open(tmp_path / "tiny.iiq", "ab") as file:
        file.write(bytes(10_000))
    for name in ("camera.dng", "large.dng", "reduced.nef", "tiny.iiq"):
        with Image.open(tmp_path / name) as image:
            assert (image.format, image.size) == ("TIFF", thumbnail.size)
        with pytest.raises(UnreadableImageError) as caught:
            read(tmp_path / name)
        assert str(caught.value) == reason


def with_rawpy(monkeypatch, preview, flip=0):
    """Put a rawpy in place that finds this preview in any file: no sensor's pixels can be made up here."""

    class Raw:
        sizes = types.SimpleNamespace(flip=flip)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def extract_thumb(self):
            if isinstance(preview, Exception):
                raise preview
            return preview

    module = types.ModuleType("rawpy")
    module.imread = lambda _: Raw()
    module.ThumbFormat = types.SimpleNamespace(JPEG=1, BITMAP=2)
    module.LibRawNoThumbnailError, module.LibRawUnsupportedThumbnailError = KeyError, IndexError
    monkeypatch.setitem(sys.modules, "rawpy", module)


@pytest.fixture
def raw_file(tmp_path):
    path = tmp_path / "camera.cr2"
    path.write_bytes(RAW_STARTS[0] + bytes(100))
    return path


@pytest.mark.parametrize("value", [1, 3, 6, 8])
def test_camera_raw_is_read_by_its_preview(monkeypatch, tmp_path, raw_file, value):
    image = gradient(240, 160)
    path = save_turned(image, tmp_path / "preview.jpg", value, quality=95)
    with open(path, "rb") as preview:
        with_rawpy(monkeypatch, types.SimpleNamespace(format=1, data=preview.read()))
    picture = read(raw_file)
    assert (picture.width, picture.height) == (240, 160)
    assert difference(picture.grey, image) < 4


@pytest.mark.parametrize(("flip", "value"), [(0, 1), (3, 3), (5, 8), (6, 6)])
def test_a_preview_of_bare_pixels_is_turned_as_the_raw_file_says(monkeypatch, raw_file, flip, value):
    image = gradient(60, 40)
    preview = types.SimpleNamespace(format=2, data=np.asarray(turned(image, value)))
    with_rawpy(monkeypatch, preview, flip)
    np.testing.assert_array_equal(np.asarray(read(raw_file).grey), np.asarray(image.convert("L")))


def test_camera_raw_without_a_preview_says_so(monkeypatch, raw_file):
    with_rawpy(monkeypatch, KeyError())
    with pytest.raises(UnreadableImageError, match="^camera raw image without a preview that can be read$"):
        read(raw_file)


def test_a_broken_camera_raw_file_is_unreadable(tmp_path):
    pytest.importorskip("rawpy")
    for number, start in enumerate(RAW_STARTS):
        path = tmp_path / str(number)
        path.write_bytes(start + bytes(5000))
        with pytest.raises(UnreadableImageError) as caught:
            read(path)
        assert str(caught.value).isprintable()
        assert not caught.value.passing


def test_postscript_is_handed_to_no_other_program(tmp_path, monkeypatch):
    """Whatever the file is called."""
    monkeypatch.setattr("subprocess.check_call", lambda *_args, **_options: pytest.fail("a program was started"))
    path = tmp_path / "a.jpg"
    Image.new("RGB", (20, 20), "red").save(path, "EPS")
    with pytest.raises(UnreadableImageError, match="PostScript is not read: make a PNG or JPEG of it"):
        imgcmp.fingerprint(path)
