import numpy as np
import pytest
from pictures import photograph
from PIL import Image

from imgcmp.images import grey_pixels
from imgcmp.images.evenness import evenness, try_evenness


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16", "I", "F"])
@pytest.mark.parametrize("piece_pixels", [1, 100, 2**20])
def test_it_is_the_part_of_equal_neighbours(mode, piece_pixels, monkeypatch):
    monkeypatch.setattr(grey_pixels, "_PIECE_PIXELS", piece_pixels)
    numbers = np.random.default_rng(0).integers(0, 3, (40, 30)).astype(np.uint8)
    values = numbers.astype({"I;16": np.uint16, "I": np.int32, "F": np.float32}.get(mode, np.uint8))
    values = values * 256 if mode == "I;16" else values
    image = Image.fromarray(values) if mode != "RGB" else Image.fromarray(numbers).convert("RGB")
    assert image.mode == mode
    assert evenness(image) == np.mean(numbers[:, 1:] == numbers[:, :-1])


def test_one_column_has_none_and_one_colour_is_even():
    assert evenness(Image.new("L", (1, 50))) == 0
    assert evenness(Image.new("RGB", (50, 50), "red")) == 1


def test_compression_makes_a_photograph_more_even(tmp_path):
    image = photograph("coffee.png").convert("RGB")
    for quality in (20, 97):
        image.save(tmp_path / f"{quality}.jpg", quality=quality)
    poor, good = (try_evenness(str(tmp_path / f"{quality}.jpg")) for quality in (20, 97))
    assert good + 0.02 < poor < 1
    assert try_evenness(str(tmp_path / "gone.jpg")) is None
