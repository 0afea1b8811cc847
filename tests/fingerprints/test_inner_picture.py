import numpy as np
import pytest
from pictures import PHOTOGRAPHS, photograph
from PIL import Image, ImageDraw

from imgcmp.fingerprints.inner_picture import inner_picture
from imgcmp.fingerprints.view_planes import grid_of

TEXT = "a line of text that says nothing, and goes on for a while"


def found(picture):
    grey = picture.convert("L")
    return inner_picture(grey, grid_of(grey, 16))


def pasted(name, size, box, ground="white"):
    page = Image.new("RGB", size, ground)
    page.paste(photograph(name).convert("RGB").resize((box[2] - box[0], box[3] - box[1])), box[:2])
    return page


FULL_ONES = [name for name in PHOTOGRAPHS if name in ("astronaut.png", "brick.png", "chelsea.png", "coffee.png")]


@pytest.mark.parametrize("ground", ["white", "black", "navy"])
@pytest.mark.parametrize("name", FULL_ONES)
def test_a_frame_is_cut_off(name, ground):
    box = (90, 200, 690, 650)
    crop = found(pasted(name, (900, 1000), box, ground))
    assert crop == pytest.approx((90 / 900, 200 / 1000, 690 / 900, 650 / 1000), abs=0.02)


@pytest.mark.parametrize("name", FULL_ONES)
def test_a_picture_on_a_page_of_text_is_found(name):
    box = (150, 500, 850, 1000)
    page = pasted(name, (1000, 1400), box)
    drawing = ImageDraw.Draw(page)
    for y in [*range(60, 460, 40), *range(1040, 1340, 40)]:
        drawing.text((60, y), TEXT, "black", font_size=22)
    assert found(page) == pytest.approx((0.15, 500 / 1400, 0.85, 1000 / 1400), abs=0.02)


@pytest.mark.parametrize("name", FULL_ONES)
def test_a_banner_on_a_telephone_is_found_and_an_icon_is_not(name):
    box = (0, 400, 720, 640)
    assert found(pasted(name, (720, 1280), box)) == pytest.approx((0, 400 / 1280, 1, 0.5), abs=0.02)
    assert found(pasted(name, (720, 1280), (300, 500, 420, 710))) is None
    assert found(pasted(name, (720, 1280), (0, 400, 720, 550))) is None  # of a line


@pytest.mark.parametrize("name", FULL_ONES)
def test_a_photograph_has_none(name):
    assert found(photograph(name)) is None


def test_plain_pictures_and_specks_have_none():
    speck = Image.new("L", (400, 400), 255)
    speck.paste(0, (200, 200, 210, 210))
    noise = Image.fromarray(np.random.default_rng(0).integers(126, 130, (300, 300), dtype=np.uint8))
    assert [found(picture) for picture in (Image.new("L", (300, 200), 255), speck, noise)] == [None] * 3
