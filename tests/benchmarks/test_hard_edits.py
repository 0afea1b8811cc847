"""Edits that are hard to find: each is one, and the same each time."""

import hard_edits
import numpy as np
import pytest
from hard_edits import COLLAGES, EDITS, NAMES, generator_of, hard_variants
from pictures import photograph
from PIL import Image


def picture(name="chelsea.png"):
    return photograph(name).convert("RGB").resize((300, 200))


def edited(name, image, seed=0):
    random = generator_of(name, seed)
    return EDITS[name](image, random) if name in EDITS else COLLAGES[name](image, random, picture("coffee.png"))


@pytest.mark.parametrize("name", NAMES)
def test_each_edit_changes_the_picture_and_is_the_same_each_time(name):
    image = picture()
    before = image.tobytes()
    result = edited(name, image)
    assert result.mode == "RGB"
    assert result.size != image.size or result.tobytes() != before
    assert result.tobytes() == edited(name, image).tobytes()
    assert image.tobytes() == before  # the edited one is another


@pytest.mark.parametrize("name", ["80 % of the area, anywhere", "corner, half of the area", "screenshot, off-centre"])
def test_chance_differs_from_picture_to_picture(name):
    image = picture()
    assert len({edited(name, image, seed).tobytes() for seed in range(8)}) > 1


def test_numbers_of_an_edit_do_not_hang_on_others(monkeypatch):
    image, other = picture(), picture("coffee.png")
    before = dict(zip(NAMES, hard_variants(image, other, 3), strict=True))
    monkeypatch.setattr(hard_edits, "EDITS", {name: EDITS[name] for name in ("print", "sticker 10 %")})
    printed, stuck, *_ = hard_variants(image, other, 3)
    assert printed.tobytes() == before["print"].tobytes()
    assert stuck.tobytes() == before["sticker 10 %"].tobytes()


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.8])
def test_crops_leave_the_share_of_the_area_that_they_say(share):
    image = picture()
    for where in ("one side", "anywhere"):
        width, height = edited(f"{100 * share:.0f} % of the area, {where}", image).size
        assert width * height == pytest.approx(share * image.width * image.height, rel=0.02)


def test_a_crop_is_a_part_of_the_picture():
    columns = np.broadcast_to(np.arange(200, dtype=np.uint8), (100, 200))
    image = Image.fromarray(np.stack([columns, columns, columns], axis=-1))
    for seed in range(20):
        crop = np.asarray(edited("corner, half of the sides", image, seed))[0, :, 0]
        assert crop.tolist() in (list(range(100)), list(range(100, 200)))


@pytest.mark.parametrize("degrees", [3, 5, 8])
def test_what_is_cut_after_a_turn_has_no_black_corner(degrees):
    white = Image.new("RGB", (300, 200), "white")
    black = np.asarray(edited(f"rotated by {degrees}, black corners", white))
    cut = np.asarray(edited(f"rotated by {degrees} and cut", white))
    assert black.min() == 0
    assert cut[2:-2, 2:-2].min() == 255


@pytest.mark.parametrize("percent", [10, 25])
def test_stickers_cover_the_share_that_they_say(percent):
    image = Image.new("RGB", (300, 200), (1, 2, 3))
    covered = np.any(np.asarray(edited(f"sticker {percent} %", image)) != (1, 2, 3), axis=-1)
    assert covered.mean() == pytest.approx(percent / 100, rel=0.05)


def test_the_negative_of_a_negative_is_the_picture():
    image = picture()
    assert edited("negative", edited("negative", image)).tobytes() == image.tobytes()


def test_perspective_takes_corners_to_their_places():
    corners = np.array([(0, 0), (10, 0), (10, 5), (0, 5)], dtype=float)
    moved = corners + np.array([(1, 0.5), (-0.5, 1), (0.25, -1), (0, 0.75)])
    a, b, c, d, e, f, g, h = hard_edits._homography(corners, moved)
    for (x, y), (u, v) in zip(corners, moved, strict=True):
        assert (a * x + b * y + c) / (g * x + h * y + 1) == pytest.approx(u)
        assert (d * x + e * y + f) / (g * x + h * y + 1) == pytest.approx(v)
