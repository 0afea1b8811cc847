import csv
import io

import flat_pictures
import numpy as np
import pytest
from pictures import PHOTOGRAPHS, photograph
from PIL import Image, ImageEnhance

from imgcmp.images.detail import LEAST_DETAIL, MOST_DETAIL, detail
from imgcmp.images.grey_pixels import grey_pixels, read_picture


def as_jpeg(image, quality):
    """Return the grey pixels of the picture as a JPEG."""
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return grey_pixels(Image.open(file))


@pytest.mark.parametrize("kind", flat_pictures.KINDS)
def test_drawn_pictures_of_nothing_are_flat(kind):
    for number in range(200):
        picture = flat_pictures.draw(kind, number)
        assert detail(grey_pixels(picture)) < LEAST_DETAIL - 3
        if kind != "transparent" and number % 4 == 0:
            assert detail(as_jpeg(picture, 30)) < LEAST_DETAIL - 2


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_are_not_flat(name):
    image = photograph(name).convert("RGB")
    small = image.copy()
    small.thumbnail((120, 120))
    for edited in (
        image,
        small,
        ImageEnhance.Brightness(image).enhance(0.5),
        ImageEnhance.Contrast(image).enhance(0.5),
    ):
        assert LEAST_DETAIL <= detail(grey_pixels(edited)) <= MOST_DETAIL


def test_next_to_no_real_photograph_is_flat(test_data):
    folder = test_data / "photos"
    with open(folder / "manifest.csv", newline="") as manifest:
        names = [row["file"] for row in csv.DictReader(manifest)]
    scores = np.array([detail(read_picture(str(folder / name), 96).grey) for name in names])
    assert np.mean(scores < LEAST_DETAIL) < 0.005


@pytest.mark.parametrize("angle", range(0, 180, 15))
@pytest.mark.parametrize("steepness", [0.5, 1, 2, 3])
def test_a_gradient_is_flat_at_any_angle_however_it_ends(angle, steepness):
    rows, columns = np.indices((200, 300))
    ramp = np.cos(np.radians(angle)) * columns / 300 + np.sin(np.radians(angle)) * rows / 200
    ramp = (ramp - ramp.mean()) / np.ptp(ramp) * steepness + 0.5
    assert detail(Image.fromarray((ramp.clip(0, 1) * 255).astype(np.uint8))) < LEAST_DETAIL - 3


@pytest.mark.parametrize("size", [(1, 1), (2, 2000), (2000, 1), (31, 33), (32, 32), (4000, 3000)])
def test_pictures_of_any_size_have_a_score(size):
    noise = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    assert 0 <= detail(Image.fromarray(noise)) <= MOST_DETAIL
    assert detail(Image.new("L", size, 200)) == 0


def test_the_score_grows_with_contrast_and_has_no_unit_of_size():
    grey = photograph("camera.png").convert("L")
    scores = [detail(grey.point(lambda value, k=k: 128 + (value - 128) * k // 8)) for k in range(9)]
    assert scores == sorted(scores)
    assert scores[0] == 0
    assert abs(detail(grey.reduce(4)) - scores[-1]) <= 1


def test_pixels_are_left_as_they_were():
    grey = photograph("camera.png").convert("L")
    before = grey.tobytes()
    detail(grey)
    assert grey.tobytes() == before
