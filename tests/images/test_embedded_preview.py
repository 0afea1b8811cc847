"""Previews that are trusted show the whole picture; all others are as if they weren't there."""

import io

import numpy as np
import pytest
from pictures import PHOTOGRAPHS, TURN_AWAY, photograph
from PIL import Image, ImageOps
from previews import jpeg, thumbnail_of, with_listed_preview, with_preview

from imgcmp.fingerprints.fingerprint import try_fingerprint
from imgcmp.images.embedded_preview import trusted_preview
from imgcmp.images.image_file import PREVIEW, file_of
from imgcmp.images.open_file import opened


def picture(width=1200, height=900, name="coffee.png"):
    return photograph(name).convert("RGB").resize((width, height))


@pytest.fixture
def preview_of(tmp_path):
    """Return a function: bytes of a file -> its trusted preview."""

    def found(data):
        path = tmp_path / "picture.jpg"
        path.write_bytes(data)
        with opened(str(path), start_alone=True) as content:
            return trusted_preview(content)

    return found


def shows(preview, image, most=12):
    """Tell whether a preview shows an image."""
    one, other = (np.asarray(each.convert("L").resize((32, 24)), float) for each in (preview.image, image))
    return np.abs(one - other).mean() < most


@pytest.mark.parametrize("big_endian", [True, False])
def test_the_thumbnail_of_a_camera_is_trusted(preview_of, big_endian):
    image = picture()
    found = preview_of(with_preview(image, big_endian=big_endian))
    assert (found.width, found.height) == image.size
    assert found.image.size == (160, 120)
    assert shows(found, image)


@pytest.mark.parametrize(
    ("size", "within"), [((1200, 800), (160, 107)), ((1600, 900), (160, 90)), ((900, 900), (120, 120))]
)
def test_black_bars_are_cut_off(preview_of, size, within):
    image = picture(*size)
    thumbnail = Image.new("RGB", (160, 120))
    thumbnail.paste(image.resize(within), ((160 - within[0]) // 2, (120 - within[1]) // 2))
    found = preview_of(with_preview(image, jpeg(thumbnail)))
    assert abs(found.image.width - within[0]) <= 1
    assert abs(found.image.height - within[1]) <= 1
    assert shows(found, image)


def test_a_dark_picture_is_not_taken_for_bars(preview_of):
    image = Image.new("RGB", (1200, 900))
    image.paste(picture(600, 900), (300, 0))
    assert preview_of(with_preview(image)).image.size == (160, 120)


NOT_TRUSTED = {
    "no preview": jpeg(picture()),
    "another shape": with_preview(picture(1200, 800)),
    "bars in another colour": with_preview(
        picture(1200, 800), jpeg(ImageOps.pad(picture(1200, 800), (160, 120), color="white"))
    ),
    "a frame around all": with_preview(picture(), jpeg(ImageOps.expand(picture().resize((152, 114)), (4, 3), "black"))),
    "too small": with_preview(picture(), thumbnail_of(picture(), (96, 72))),
    "damaged": with_preview(picture(), thumbnail_of(picture())[:200]),
    "none where it should be": with_preview(picture(), b"\0" * 3000),
    "larger than the picture": with_preview(picture(140, 105), thumbnail_of(picture())),
    "another size is told": with_preview(picture(), size=(1600, 1200)),
    "turned, and not told so": with_preview(picture(900, 1200), thumbnail_of(picture())),
    "a strip cut off": with_preview(picture(1200, 865), thumbnail_of(picture())),
    "turned in a way that there is not": with_preview(picture(), orientation=9),
    "changed a day later": with_preview(picture(), changed=b"2021:08:02 00:00:00"),
    "steps that were done": with_preview(
        picture(), saved={"xmp": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><xmpMM:History/></x:xmpmeta>'}
    ),
    "settings of a converter": with_preview(
        picture(), saved={"xmp": b'<x xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"/>'}
    ),
    "cut off": with_preview(picture())[:-3000],
    "EXIF that is none": jpeg(picture(), exif=b"Exif\0\0nothing that is known"),
    "no JPEG": b"GIF89a" + bytes(1000),
}


@pytest.mark.parametrize("what", NOT_TRUSTED)
def test_what_may_show_something_else_is_not_trusted(preview_of, what):
    assert preview_of(NOT_TRUSTED[what]) is None


@pytest.mark.parametrize(
    "told", [{"changed": b"2021:08:01 02:59:58"}, {"taken": b"0000:00:00 00:00:00"}, {"changed": b""}, {"size": None}]
)
def test_other_clocks_and_what_is_not_told_are_no_signs(preview_of, told):
    assert preview_of(with_preview(picture(), **told)) is not None


def test_a_larger_preview_behind_the_picture_is_taken_where_the_thumbnail_is_not_trusted(preview_of):
    image = picture(1200, 800)
    thumbnail = ImageOps.fit(image, (160, 120))  # its sides are cut off
    found = preview_of(with_listed_preview(with_preview(image, jpeg(thumbnail)), jpeg(image.resize((600, 400)))))
    assert found.image.size == (600, 400)
    assert shows(found, image)


@pytest.mark.parametrize(
    ("wrong", "most"), [(bytes(1000), 4), (b"\xff\xd9", 0), (bytes(range(250)) * 4, 4), (b"\xff\xd9" + bytes(998), 0)]
)
def test_previews_whose_data_do_not_fit_them_are_not_trusted(preview_of, wrong, most):
    """Pillow reads them all. Zeros and noise are told in nine of ten places, an end before the picture's in all.

    Of 300 bytes of zeros, in which there are about as many blocks as there were, a quarter is told.
    """
    thumbnail = jpeg(picture().resize((160, 120)))
    start, n_trusted = thumbnail.index(b"\xff\xda") + 14, 0
    for at in range(start, len(thumbnail) - 1200, (len(thumbnail) - 1200 - start) // 40):
        damaged = thumbnail[:at] + wrong + thumbnail[at + len(wrong) :]
        assert np.asarray(Image.open(io.BytesIO(damaged))).size
        n_trusted += preview_of(with_preview(picture(), damaged)) is not None
    assert n_trusted <= most
    larger = jpeg(picture().resize((640, 480)))
    if not most:  # the next preview is taken
        assert preview_of(with_listed_preview(with_preview(picture(), damaged), larger)).image.size == (640, 480)


def test_bytes_that_fill_up_to_the_end_are_no_damage(preview_of):
    thumbnail = jpeg(picture().resize((160, 120)))
    assert preview_of(with_preview(picture(), thumbnail[:-2] + b"\xff\xff\xff\xd9")) is not None


@pytest.mark.parametrize("cut", range(60, 2500, 97))
def test_a_file_that_ends_anywhere_has_none_or_raises_nothing(preview_of, cut):
    data = with_preview(picture())
    assert preview_of(data[:cut]) is None
    preview_of(data[:cut] + b"\xff\xd9")  # whatever it is, nothing is raised


@pytest.mark.parametrize("seed", range(40))
def test_a_file_whose_headers_are_damaged_raises_nothing(preview_of, seed):
    random, data = np.random.default_rng(seed), bytearray(with_preview(picture()))
    for place in random.integers(0, 1500, size=1 + seed % 4).tolist():
        data[place] ^= 1 << int(random.integers(8))
    preview_of(bytes(data))


@pytest.mark.parametrize("name", [name for name in PHOTOGRAPHS if name not in ("moon.png", "page.png")])
@pytest.mark.parametrize("orientation", [1, *TURN_AWAY])
def test_fingerprints_of_previews_are_near_those_of_the_whole_however_it_is_turned(tmp_path, orientation, name):
    image = photograph(name).convert("RGB").resize((1200, 900), Image.Resampling.BICUBIC)
    stored = image.transpose(TURN_AWAY[orientation]) if orientation > 1 else image
    path = tmp_path / "a.jpg"
    small = thumbnail_of(stored, (120, 160) if stored.width < stored.height else (160, 120))
    path.write_bytes(with_preview(stored, small, orientation=orientation))
    file = file_of(str(path), path.stat())
    whole, by_preview = (
        try_fingerprint(file, x=16, method="phash", views="all", by_preview=previews) for previews in (False, True)
    )
    assert (whole.rests_on, by_preview.rests_on) == ("", PREVIEW)
    assert (whole.width, whole.height) == (by_preview.width, by_preview.height) == (1200, 900)
    assert np.bitwise_count(whole.words ^ by_preview.words).sum() <= 40
    told = ("format", "n_frames", "frame", "taken_ns", "has_exif", "has_gps", "camera_make")
    assert [getattr(whole, fact) for fact in told] == [getattr(by_preview, fact) for fact in told]
    assert not any(by_preview.digest + by_preview.middle)


def test_a_blank_preview_says_nothing(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(with_preview(Image.new("RGB", (1200, 900), "white")))
    file = file_of(str(path), path.stat())
    assert try_fingerprint(file, x=16, method="phash", views="all", by_preview=True).rests_on == ""


def test_no_more_than_the_start_and_the_last_bytes_are_read(tmp_path):
    noise = Image.effect_noise((3000, 2250), 80).convert("RGB")
    data = with_preview(noise, thumbnail_of(noise))
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    n_bytes = 0
    with opened(str(path), start_alone=True) as content:
        raw = content.file.raw

        class Counted(io.RawIOBase):
            def readinto(self, buffer):
                nonlocal n_bytes
                n_read = raw.readinto(buffer)
                n_bytes += n_read
                return n_read

            def seek(self, place, whence=0):
                return raw.seek(place, whence)

            def tell(self):
                return raw.tell()

            def readable(self):
                return True

            def seekable(self):
                return True

        counted = content._replace(file=io.BufferedReader(Counted()))
        assert trusted_preview(counted) is not None
    assert len(data) > 2_000_000
    assert n_bytes + len(content.start) < 150_000
