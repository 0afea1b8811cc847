import io

import numpy as np
import pytest
from pictures import photograph
from PIL import Image, ImageFilter

from imgcmp.fingerprints.fingerprint import fingerprint_file

NAMES = ["chelsea.png", "coffee.png", "astronaut.png", "rocket.jpg", "brick.png"]


def sharpness(path, image, x=8, **options):
    image.save(path, **options)
    return fingerprint_file(str(path), x=x, method="phash").sharpness


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("suffix", "options"), [("jpg", {"quality": 95}), ("png", {}), ("webp", {"quality": 95})])
@pytest.mark.parametrize("x", [8, 16])
def test_of_copies_of_one_size_the_blurred_ones_have_less(tmp_path, name, suffix, options, x):
    image = photograph(name).convert("RGB")
    copies = [image] + [image.filter(ImageFilter.GaussianBlur(radius)) for radius in (1, 2, 4)]
    found = [sharpness(tmp_path / f"a.{suffix}", copy, x, **options) for copy in copies]
    assert sorted(found, reverse=True) == found
    assert len(set(found)) == 4


@pytest.mark.parametrize("name", NAMES)
def test_what_was_enlarged_has_less(tmp_path, name):
    image = photograph(name).convert("RGB")
    width, height = image.size
    small = [image.resize((width // by, height // by)).resize(image.size, Image.Resampling.BICUBIC) for by in (2, 4)]
    found = [sharpness(tmp_path / "a.jpg", copy, quality=95) for copy in (image, *small)]
    assert found[0] > found[1] > found[2]


@pytest.mark.parametrize("name", NAMES)
def test_formats_tell_about_the_same(tmp_path, name):
    """Also where a JPEG is decoded at 1/4 or 1/8, to which others are shrunken."""
    image = photograph(name).convert("RGB")
    image = image.resize((2 * image.width, 2 * image.height), Image.Resampling.BICUBIC)
    found = [sharpness(tmp_path / "a.png", image), sharpness(tmp_path / "a.jpg", image, quality=95)]
    assert found[0] == pytest.approx(found[1], rel=0.1)


def test_it_is_the_mean_square_of_what_pixels_differ_by_from_their_neighbours(tmp_path):
    levels = np.random.default_rng(0).integers(0, 256, (30, 40), dtype=np.uint8)
    around = levels.astype(float)
    around = (around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]) / 4
    expected = 100 * np.sqrt(np.mean((levels[1:-1, 1:-1] - around) ** 2))
    assert sharpness(tmp_path / "a.png", Image.fromarray(levels)) == round(expected)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "CMYK", "LA"])
def test_single_colours_have_none_and_tiny_pictures_none_that_is_known(tmp_path, mode):
    assert sharpness(tmp_path / "a.tif" if mode == "CMYK" else tmp_path / "a.png", Image.new(mode, (50, 40))) == 0
    suffix = "tif" if mode == "CMYK" else "png"
    for size in ((1, 1), (2, 50), (50, 2)):
        assert sharpness(tmp_path / f"a.{suffix}", Image.new(mode, size)) == -1


def test_profiles_leave_it_known(tmp_path):
    from icc import rgb_profile

    profile = rgb_profile(((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), 1.8)
    image = photograph("coffee.png").convert("RGB")
    plain, wide = (sharpness(tmp_path / "a.png", image, **options) for options in ({}, {"icc_profile": profile}))
    assert wide == pytest.approx(plain, rel=0.05)


def test_it_is_that_of_the_frame_that_stands_for_a_film(tmp_path):
    picture = photograph("coffee.png").convert("L").resize((120, 90))
    frames = [Image.new("L", picture.size), picture]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    (tmp_path / "a.tif").write_bytes(out.getvalue())
    found = fingerprint_file(str(tmp_path / "a.tif"), x=8, method="phash")
    assert (found.frame, found.sharpness) == (1, sharpness(tmp_path / "b.png", picture))
