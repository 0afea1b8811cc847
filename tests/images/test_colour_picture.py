import numpy as np
import pytest
from pictures import photograph
from PIL import Image

from imgcmp.images.colour_picture import colour_picture
from imgcmp.images.open_file import opened


def read(path):
    with opened(str(path), as_found=True) as content:
        return colour_picture(content, n_pixels=1e9)


@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "coffee.png"])
def test_colours_of_a_jpeg_and_of_the_png_of_its_pixels_are_the_same_but_for_rounding(tmp_path, name):
    """Pillow's conversion to YCbCr gives half a level less: a tint that is in neither file."""
    photograph(name).convert("RGB").save(tmp_path / "a.jpg", quality=90, subsampling=0)
    with Image.open(tmp_path / "a.jpg") as image:
        image.save(tmp_path / "b.png")
    one, other = (np.asarray(read(tmp_path / file), np.float64) for file in ("a.jpg", "b.png"))
    assert np.abs(one.mean(axis=(0, 1)) - other.mean(axis=(0, 1))).max() < 0.15


def test_colours_are_those_of_the_formula(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    red, green, blue = np.moveaxis(pixels.astype(np.float64), -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    wanted = np.stack([luma, 128 + (blue - luma) / 1.772, 128 + (red - luma) / 1.402], axis=-1)
    found = np.asarray(read(tmp_path / "a.png"), np.float64)
    assert np.abs(found - np.minimum(wanted, 255)).max() <= 0.501
