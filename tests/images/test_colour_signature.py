import io

import numpy as np
import pytest
from icc import rgb_profile
from pictures import TURN_AWAY, photograph, save_turned
from PIL import Image

from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.images.colour_signature import NO_COLOURS, UNKNOWN_COLOURS, colour_distance

PICTURE = photograph("coffee.png").convert("RGB")


def colours(path, x=8):
    return fingerprint_file(str(path), x=x, method="phash").colours


def saved(image, path, **options):
    image.save(path, **options)
    return colours(path)


def naive(image):
    """Return the means as they are defined: of all pixels, by the formula of ITU-R 601."""
    rgb = np.asarray(image.convert("RGB"), float)
    chroma = rgb @ np.array([[-0.168736, 0.5], [-0.331264, -0.418688], [0.5, -0.081312]])
    height, width = (side - side % 4 for side in rgb.shape[:2])
    parts = chroma[:height, :width].reshape(4, height // 4, 4, width // 4, 2).mean((1, 3))
    return parts.transpose(2, 0, 1)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.jpg", {"quality": 95}),
        ("a.jpg", {"quality": 95, "subsampling": 0, "progressive": True}),
        ("a.png", {}),
        ("a.webp", {"quality": 95}),
        ("a.tif", {}),
        ("a.bmp", {}),
        ("a.avif", {"quality": 95}),
    ],
)
def test_they_are_the_means_of_two_channels(tmp_path, name, options):
    found = np.frombuffer(saved(PICTURE, tmp_path / name, **options), np.int8).reshape(2, 4, 4)
    np.testing.assert_allclose(found, naive(PICTURE), atol=2)


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16", "F"])
def test_a_grey_picture_has_none(tmp_path, mode):
    grey = PICTURE.convert("L")
    image = Image.fromarray(np.asarray(grey, np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    assert saved(image, tmp_path / "a.tif") == NO_COLOURS


@pytest.mark.parametrize("orientation", TURN_AWAY)
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_they_are_of_the_upright_picture(tmp_path, orientation, suffix):
    PICTURE.save(tmp_path / "a.png")
    path = save_turned(PICTURE, tmp_path / f"turned.{suffix}", orientation)
    assert colour_distance(colours(path), colours(tmp_path / "a.png")) < 1.5


def test_palettes_inks_and_transparency_have_the_colours_that_are_seen(tmp_path):
    whole = saved(PICTURE, tmp_path / "a.png")
    assert colour_distance(saved(PICTURE.quantize(256), tmp_path / "p.png"), whole) < 2
    assert colour_distance(saved(PICTURE.convert("CMYK"), tmp_path / "c.tif"), whole) < 2
    clear = PICTURE.copy()
    clear.putalpha(0)
    clear.paste(PICTURE.crop((0, 0, 200, 400)), (0, 0))
    white = Image.new("RGB", PICTURE.size, "white")
    white.paste(PICTURE.crop((0, 0, 200, 400)))
    assert colour_distance(saved(clear, tmp_path / "t.png"), saved(white, tmp_path / "w.png")) < 1


def test_they_are_those_of_srgb(tmp_path):
    """Green of a wide gamut is more green than its numbers."""
    green = Image.effect_noise((96, 64), 50).convert("RGB").point([90] * 256 + list(range(256)) + [90] * 256)
    plain = saved(green, tmp_path / "plain.png")
    wide = rgb_profile(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), None)
    for name in ("wide.png", "wide.jpg"):
        assert colour_distance(saved(green, tmp_path / name, icc_profile=wide), plain) > 5


def recoloured(red, blue):
    """Return the picture's brightness in one colour."""
    grey = np.asarray(PICTURE.convert("L"), float) * 0.5 + 60
    r, b = grey + 1.402 * red, grey + 1.772 * blue
    g = (grey - 0.299 * r - 0.114 * b) / 0.587
    return Image.fromarray(np.stack([r, g, b], -1).clip(0, 255).astype(np.uint8))


def test_copies_have_nearly_the_same_and_recoloured_ones_others(tmp_path):
    cars = [recoloured(50, -30), recoloured(-30, -20), recoloured(-25, 60)]
    known = [saved(car, tmp_path / "car.jpg", quality=92) for car in cars]
    for k, car in enumerate(cars):
        small = car.resize((car.width // 2, car.height // 3))
        for copy, quality in ((car, 50), (small, 75)):
            found = saved(copy, tmp_path / "copy.jpg", quality=quality)
            distances = [colour_distance(found, other) for other in known]
            assert distances[k] < 2
            assert min(distances[:k] + distances[k + 1 :]) > 40


@pytest.mark.parametrize("space", ["adobe", "names"])
def test_jpegs_that_hold_rgb_are_read_as_before_and_their_colours_are_unknown(tmp_path, space):
    out = io.BytesIO()
    PICTURE.save(out, "JPEG", quality=95, keep_rgb=True)
    data = out.getvalue()
    assert (b"Adobe" in data) == (b"JFIF" not in data)
    if space == "names":
        at = data.index(b"\xff\xee")
        data = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    (tmp_path / "a.jpg").write_bytes(data)
    PICTURE.save(tmp_path / "a.png")
    found, other = (fingerprint_file(str(tmp_path / name), x=8, method="phash") for name in ("a.jpg", "a.png"))
    assert found.colours == UNKNOWN_COLOURS
    assert np.bitwise_count(found.words ^ other.words).sum() <= 2


def test_unknown_colours_are_no_means():
    assert set(np.frombuffer(UNKNOWN_COLOURS, np.int8).tolist()) == {-128}
    assert len(UNKNOWN_COLOURS) == len(NO_COLOURS) == 32
