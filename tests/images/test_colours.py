"""Colours are those that are shown, whatever numbers a file has for them."""

import struct

import icc
import numpy as np
import pytest
from pictures import photograph, png_chunk
from PIL import Image, ImageCms

from imgcmp import fingerprint
from imgcmp.images.colours import conversion_of
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole
from imgcmp.images.resize_image import make_copy

PICTURE = photograph("coffee.png").convert("RGB").resize((150, 100))
COLOURS = np.asarray(PICTURE)
PROFILES = {
    "Display P3": (icc.DISPLAY_P3, None),
    "Adobe RGB": (icc.ADOBE_RGB, 2.2),
    "linear": (icc.SRGB, 1.0),
    "swapped": (icc.SWAPPED, None),
    "D50": (icc.SRGB, 1.8, (0.3457, 0.3585)),
}


def pixels_of(path):
    return np.asarray(read_picture(str(path), 10_000).grey).astype(float)


def digest(path):
    with opened(str(path)) as content:
        return digest_whole(content)


def luma(colours):
    return np.asarray(colours, dtype=float) @ [0.299, 0.587, 0.114]


def save_png(path, image, *chunks):
    """Save a PNG with chunks that Pillow doesn't write, before its pixels."""
    image.save(path)
    data = path.read_bytes()
    place = data.index(b"IDAT") - 4
    path.write_bytes(data[:place] + b"".join(png_chunk(*chunk) for chunk in chunks) + data[place:])


def gamma_chunk(gamma):
    return b"gAMA", struct.pack(">I", round(gamma * 100_000))


def chromaticities_chunk(primaries, white=icc.D65):
    return b"cHRM", struct.pack(">8I", *(round(number * 100_000) for pair in (white, *primaries) for number in pair))


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_numbers_of_another_profile_are_those_that_srgb_shows(tmp_path, name, suffix):
    PICTURE.save(tmp_path / f"a{suffix}", icc_profile=icc.rgb_profile(*PROFILES[name]), lossless=True)
    shown = luma(icc.shown_by(COLOURS, *PROFILES[name]))
    assert np.abs(shown - luma(COLOURS)).max() > 5
    assert np.abs(pixels_of(tmp_path / f"a{suffix}") - shown).max() <= 2


@pytest.mark.parametrize("name", PROFILES)
def test_a_jpeg_of_another_profile_has_the_fingerprint_of_its_copy_in_srgb(tmp_path, name):
    picture = photograph("astronaut.png").convert("RGB")
    numbers = Image.fromarray(np.rint(icc.numbers_of(np.asarray(picture), *PROFILES[name])).astype(np.uint8))
    numbers.save(tmp_path / "a.jpg", quality=95, icc_profile=icc.rgb_profile(*PROFILES[name]))
    wanted = fingerprint(picture, x=16)
    assert np.bitwise_count(fingerprint(tmp_path / "a.jpg", x=16) ^ wanted).sum() <= 8
    for reduced in (800, 64) if name != "linear" else ():  # at full size, and at an eighth, averaged as numbers
        grey = read_picture(str(tmp_path / "a.jpg"), reduced).grey
        small = np.asarray(picture.resize(grey.size, Image.Resampling.BOX).convert("L")).astype(float)
        assert np.abs(np.asarray(grey) - small).mean() <= 3


def test_large_pictures_are_made_smaller_before_their_colours_are_converted(tmp_path):
    picture = photograph("astronaut.png").convert("RGB").resize((1400, 1100))
    profile = icc.rgb_profile(icc.ADOBE_RGB, 2.2)
    for mode in ("RGB", "RGBA"):
        picture.convert(mode).save(tmp_path / "a.png", icc_profile=profile)
        whole, small = read_picture(str(tmp_path / "a.png"), 3000), read_picture(str(tmp_path / "a.png"), 400)
        assert (whole.grey.size, small.grey.size) == ((1400, 1100), (280, 220))
        assert (small.width, small.height) == (1400, 1100)
        shrunk = np.asarray(whole.grey.resize((280, 220), Image.Resampling.BOX)).astype(int)
        assert np.abs(np.asarray(small.grey) - shrunk).mean() <= 2


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_has_a_profile_of_grey(tmp_path, mode):
    PICTURE.convert(mode).save(tmp_path / "a.png", icc_profile=icc.grey_profile(1.0))
    PICTURE.convert(mode).save(tmp_path / "b.png", icc_profile=icc.rgb_profile(icc.SWAPPED, 1.0))  # of no use to grey
    grey = np.asarray(PICTURE.convert(mode).convert("L"))
    shown = icc.shown_by(np.stack([grey] * 3, axis=-1), icc.SRGB, 1.0)[..., 0]
    assert np.abs(pixels_of(tmp_path / "a.png") - shown).max() <= 2
    np.testing.assert_array_equal(pixels_of(tmp_path / "b.png"), grey)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_grey_that_is_held_as_rgb_has_a_profile_of_grey(tmp_path, mode):
    """As decoders give it out that know no grey with transparency; not colours, whose profile it can't be."""
    grey = PICTURE.convert("L")
    grey.convert(mode).save(tmp_path / "a.png", icc_profile=icc.grey_profile(1.0))
    PICTURE.convert(mode).save(tmp_path / "b.png", icc_profile=icc.grey_profile(1.0))
    shown = icc.shown_by(np.stack([np.asarray(grey)] * 3, axis=-1), icc.SRGB, 1.0)[..., 0]
    assert np.abs(pixels_of(tmp_path / "a.png") - shown).max() <= 2
    np.testing.assert_array_equal(pixels_of(tmp_path / "b.png"), np.asarray(PICTURE.convert("L")))


@pytest.mark.parametrize(
    ("chunks", "meaning"),
    [
        ([gamma_chunk(1.0)], (icc.SRGB, 1.0)),
        ([gamma_chunk(1 / 1.8)], (icc.SRGB, 1.8)),
        ([gamma_chunk(1 / 2.2), chromaticities_chunk(icc.DISPLAY_P3)], (icc.DISPLAY_P3, None)),
        ([gamma_chunk(1.0), (b"cICP", bytes([12, 13, 0, 1]))], (icc.DISPLAY_P3, None)),  # the last word
        ([(b"sRGB", b"\0"), (b"cICP", bytes([1, 8, 0, 1]))], (icc.SRGB, 1.0)),
    ],
)
def test_chunks_of_a_png_say_what_its_numbers_mean(tmp_path, chunks, meaning):
    save_png(tmp_path / "a.png", PICTURE, *chunks)
    assert np.abs(pixels_of(tmp_path / "a.png") - luma(icc.shown_by(COLOURS, *meaning))).max() <= 2


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [gamma_chunk(1 / 2.2)],
        [gamma_chunk(0.45), chromaticities_chunk(icc.SRGB)],
        [(b"sRGB", b"\0"), gamma_chunk(1.0)],  # sRGB has the last word
        [(b"cICP", bytes([1, 13, 0, 1]))],
        [chromaticities_chunk(((0, 0), (0, 0), (0, 0)))],  # of no colours
        [gamma_chunk(0)],
    ],
)
def test_chunks_that_say_srgb_or_nonsense_change_nothing(tmp_path, chunks):
    save_png(tmp_path / "a.png", PICTURE, *chunks)
    PICTURE.save(tmp_path / "b.png")
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.png"), pixels_of(tmp_path / "b.png"))
    assert digest(tmp_path / "a.png") == digest(tmp_path / "b.png")


@pytest.mark.parametrize(
    "profile",
    [
        icc.rgb_profile(icc.SRGB, None),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        b"no profile",
        icc.rgb_profile(icc.SWAPPED, 1.0)[:200],
    ],
)
def test_a_profile_of_srgb_and_one_that_can_not_be_used_change_nothing(tmp_path, profile):
    PICTURE.save(tmp_path / "a.png", icc_profile=profile)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.png"), np.asarray(PICTURE.convert("L")))
    PICTURE.save(tmp_path / "b.png")
    assert digest(tmp_path / "a.png") == digest(tmp_path / "b.png")


def test_equal_numbers_of_other_colours_are_not_identical_pixels(tmp_path):
    """Nor is what they mean compared by the bytes of a profile."""
    for name, meaning in PROFILES.items():
        PICTURE.save(tmp_path / f"{name}.png", icc_profile=icc.rgb_profile(*meaning))
    save_png(tmp_path / "gamma.png", PICTURE, gamma_chunk(0.8))
    PICTURE.save(tmp_path / "none.png")
    digests = {path.name: digest(path) for path in tmp_path.iterdir()}
    assert len(set(digests.values())) == len(PROFILES) + 2
    again = icc.rgb_profile(icc.ADOBE_RGB, 2.2).replace(b"test", b"TEST")
    PICTURE.save(tmp_path / "again.png", icc_profile=again)
    assert digest(tmp_path / "again.png") == digests["Adobe RGB.png"]


def test_what_is_transparent_is_white_whatever_the_colours_mean(tmp_path):
    image = PICTURE.convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.paste(PICTURE.crop((0, 0, 50, 100)), (0, 0))
    image.save(tmp_path / "a.png", icc_profile=icc.rgb_profile(icc.SRGB, 1.0))
    seen = pixels_of(tmp_path / "a.png")
    assert (seen[:, 50:] == 255).all()
    assert np.abs(seen[:, :50] - luma(icc.shown_by(COLOURS, icc.SRGB, 1.0))[:, :50]).max() <= 2


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".gif", ".ppm"])
def test_a_resized_copy_shows_the_same_colours(tmp_path, suffix):
    """It keeps the profile, or has the numbers of sRGB where a format holds none."""
    source = tmp_path / f"a{suffix}.png"
    PICTURE.save(source, icc_profile=icc.rgb_profile(icc.ADOBE_RGB, 1.0))
    make_copy(str(source), str(tmp_path / f"copy{suffix}"), 1)
    error = np.abs(pixels_of(tmp_path / f"copy{suffix}") - pixels_of(source))
    assert error.mean() <= {".gif": 6, ".jpg": 4}.get(suffix, 2)
    save_png(source, PICTURE, gamma_chunk(1.0))
    make_copy(str(source), str(tmp_path / f"copy{suffix}"), 1)
    error = np.abs(pixels_of(tmp_path / f"copy{suffix}") - pixels_of(source))
    assert error.mean() <= {".gif": 6, ".jpg": 4}.get(suffix, 2)


def test_an_image_in_memory_is_as_its_file(tmp_path):
    PICTURE.save(tmp_path / "a.png", icc_profile=icc.rgb_profile(icc.SWAPPED, 1.0))
    with Image.open(tmp_path / "a.png") as image:
        assert conversion_of(image)
        np.testing.assert_array_equal(fingerprint(image), fingerprint(tmp_path / "a.png"))


@pytest.mark.parametrize(
    ("transfer", "number", "light"),
    [
        (8, 0.5, 0.5),
        (5, 0.5, 0.5**2.8),
        (16, 0.580689, 1.0),  # 203 cd/m2: the white of a page (ITU-R BT.2408)
        (16, 0.508078, 100 / 203),
        (18, 0.75, 1.0),
        (18, 0.5, 1 / 12 / 0.265),
    ],
)
def test_code_points_name_curves(transfer, number, light):
    level = round(number * 255)
    image = Image.new("RGB", (3, 3), (level,) * 3)
    image.info["cicp"] = (1, transfer)
    (conversion,) = [conversion_of(image)]
    shown = conversion.to_srgb(image).getpixel((0, 0))[0] / 255
    seen = shown / 12.92 if shown <= 0.04045 else ((shown + 0.055) / 1.055) ** 2.4
    assert seen == pytest.approx(min(1, light), abs=0.012)


@pytest.mark.parametrize("suffix", [".avif", ".heic"])
@pytest.mark.parametrize(("points", "meaning"), [((12, 13), (icc.DISPLAY_P3, None)), ((1, 8), (icc.SRGB, 1))])
def test_avif_and_heic_name_code_points(tmp_path, suffix, points, meaning):
    path = tmp_path / f"a{suffix}"
    if suffix == ".heic":
        pytest.importorskip("pillow_heif").from_pillow(PICTURE).save(path, quality=-1, chroma=444)
    elif "AVIF" not in Image.OPEN:
        pytest.skip("this Pillow has no AVIF")
    else:
        PICTURE.save(path, quality=100, subsampling="4:4:4", icc_profile=None)
    data, plain = bytearray(path.read_bytes()), pixels_of(path)
    place = data.index(b"nclx") + 4
    assert data[place : place + 4] in (b"\0\1\0\r", b"\0\2\0\2")  # sRGB, or nothing
    data[place : place + 4] = struct.pack(">HH", *points)
    path.write_bytes(data)
    assert np.abs(pixels_of(path) - luma(icc.shown_by(COLOURS, *meaning))).mean() <= 2
    assert np.abs(plain - luma(COLOURS)).mean() <= 2


def with_info(**info):
    image = Image.new("RGB", (2, 2))
    image.info |= info
    return image


def test_a_profile_counts_before_code_points_of_avif_and_heic():
    profile = icc.rgb_profile(*PROFILES["Adobe RGB"])
    wanted = conversion_of(with_info(icc_profile=profile))
    assert conversion_of(with_info(icc_profile=profile, nclx=(9, 16))).meaning == wanted.meaning
    assert conversion_of(with_info(nclx=(9, 16))).meaning != wanted.meaning


def test_a_profile_that_differs_from_srgb_by_rounding_is_srgb():
    """Makers' own profiles of sRGB are two levels off, at most."""
    near = tuple((x + 0.00005, y - 0.00005) for x, y in icc.SRGB)
    grid = np.stack(np.meshgrid(*[np.arange(0, 256, 51)] * 3), axis=-1)
    assert 1 <= np.abs(icc.shown_by(grid, near, None).round() - grid).max() <= 3
    assert conversion_of(with_info(icc_profile=icc.rgb_profile(near, None))) is None


@pytest.mark.parametrize("n_numbers", [1, 2, 7, 10])
def test_chromaticities_of_another_number_say_nothing(n_numbers):
    assert conversion_of(with_info(chromaticity=(0.3,) * n_numbers)) is None
