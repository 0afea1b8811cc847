import io

import numpy as np
import pytest
from pictures import photograph
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from imgcmp.images.alignment import WHOLE, Alignment, Box
from imgcmp.images.common_part import MOST_OF_PAGE, MOST_OF_PHOTOGRAPH
from imgcmp.images.picture_difference import difference
from imgcmp.images.prepared_picture import PreparedPicture
from imgcmp.results.relation_rules import relation_of, told_box

COPY, EDITED, SIMILAR = "re-encoded or resized", "edited", "similar"


def seen(one, other, about=None):
    pictures = [PreparedPicture(image.convert("RGB").convert("YCbCr"), image.size) for image in (one, other)]
    return difference(*pictures, about or Alignment())


def told(one, other, about=None):
    return relation_of(seen(one, other, about), has_frames=False)


def stored(image, form, quality):
    file = io.BytesIO()
    image.save(file, form, quality=quality)
    return Image.open(file).convert("RGB")


def resized(image, factor, how=Image.Resampling.LANCZOS):
    return image.resize((round(image.width * factor), round(image.height * factor)), how)


def bill(total="1278.40", *, lines=12, seed=0):
    """Return a page of A4 at 150 pixels an inch."""
    random = np.random.default_rng(seed)
    page = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(page)
    draw.text((100, 80), "ACME Supplies Ltd.", fill=(20, 40, 120), font_size=48)
    for line in range(lines):
        words = " ".join(random.choice(["paper", "pens", "envelopes", "ink", "folders", "stamps"], 4))
        draw.text((110, 420 + 44 * line), words, fill="black", font_size=22)
        draw.text((1000, 420 + 44 * line), f"{random.integers(100, 99999) / 100:.2f}", fill="black", font_size=22)
    draw.text((110, 980), "Total", fill="black", font_size=22)
    draw.text((1000, 980), total, fill="black", font_size=22)
    return page


@pytest.fixture(params=["astronaut.png", "chelsea.png", "coffee.png"])
def picture(request):
    return photograph(request.param).convert("RGB")


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
@pytest.mark.parametrize("factor", [1, 0.5, 0.37, 2])
def test_a_copy_of_half_the_size_and_quality_is_one(picture, form, factor):
    assert told(picture, stored(resized(picture, factor), form, 50)) == COPY
    assert told(stored(resized(picture, factor), form, 50), picture) == COPY


@pytest.mark.parametrize("how", ["BOX", "BILINEAR", "BICUBIC", "LANCZOS"])
@pytest.mark.parametrize("factor", [0.5, 0.7])
def test_any_resampling_makes_copies(picture, how, factor):
    assert told(picture, resized(picture, factor, Image.Resampling[how])) == COPY
    if how != "BOX":  # which at 0.7 takes one pixel here and two there
        assert told(bill(), stored(resized(bill(), factor, Image.Resampling[how]), "JPEG", 75)) == COPY


@pytest.mark.parametrize("store", ["same", "quality 50", "half the size"])
@pytest.mark.parametrize("total", ["1278.10", "1276.40", "7278.40", "1278.46"])
def test_a_digit_that_changed_on_a_page_is_an_edit_and_the_box_lies_on_it(total, store):
    how = {
        "same": lambda i: i,
        "quality 50": lambda i: stored(i, "JPEG", 50),
        "half the size": lambda i: resized(i, 0.5),
    }
    page, other = bill(), how[store](bill(total))
    change = ImageChops.difference(bill(), bill(total)).getbbox()
    facts = seen(page, other)
    relation = relation_of(facts, has_frames=False)
    box = told_box(relation, facts)
    assert relation == EDITED
    assert box.left * 1240 <= change[0] + 4
    assert box.right * 1240 >= change[2] - 4
    assert box.top * 1754 <= change[1] + 4
    assert box.bottom * 1754 >= change[3] - 4
    assert box.share < 0.01


def test_another_bill_on_the_same_paper_is_another_page():
    assert told(bill(), bill(seed=1)) == SIMILAR
    assert told(bill(), bill("12.00", lines=11)) == SIMILAR  # a line is missing, and the total is another


def test_a_hue_that_is_turned_is_recoloured_however_bright(picture):
    hue, *rest = picture.convert("HSV").split()
    turned_hue = Image.merge("HSV", (hue.point(lambda level: (level + 90) % 256), *rest)).convert("RGB")
    brightness, blue, red = picture.convert("YCbCr").split()
    same_brightness = Image.merge("YCbCr", (brightness, red, blue)).convert("RGB")
    assert told(picture, same_brightness) == "recoloured"
    assert told(picture, turned_hue) in ("recoloured", EDITED)
    assert told(picture, ImageEnhance.Color(picture).enhance(0.4)) == "recoloured"


def test_without_colours_it_is_grey_and_two_grey_ones_are_copies(picture):
    grey = picture.convert("L")
    assert told(picture, grey) == "grey"
    assert told(picture, stored(resized(grey.convert("RGB"), 0.5), "JPEG", 60)) == "grey"
    assert told(picture, picture.getchannel("G")) == "grey"
    assert told(grey, stored(grey, "JPEG", 60)) == COPY


def test_a_negative_is_one(picture):
    assert told(picture, ImageOps.invert(picture)) == "negative"
    assert told(picture, stored(resized(ImageOps.invert(picture), 0.5), "JPEG", 60)) == "negative"


@pytest.mark.parametrize(
    "edit",
    [
        lambda i: ImageEnhance.Brightness(i).enhance(1.4),
        lambda i: ImageEnhance.Contrast(i).enhance(1.5),
        lambda i: i.point([round(255 * (level / 255) ** 0.6) for level in range(256)] * 3),
    ],
)
def test_other_tones_are_an_edit_of_the_whole(picture, edit):
    facts = seen(picture, edit(picture))
    assert relation_of(facts, has_frames=False) == EDITED
    assert not facts.tone.is_same


@pytest.mark.parametrize(
    "edit",
    [
        lambda page: ImageEnhance.Brightness(page).enhance(0.95),
        lambda page: page.point([round(255 * (level / 255) ** 0.8) for level in range(256)] * 3),
    ],
)
def test_slightly_other_tones_of_a_page_are_no_copy(edit):
    page = Image.eval(bill(), lambda level: 30 + level * 200 // 255)  # paper and ink as a camera sees them
    assert told(page, stored(page, "JPEG", 90)) == COPY
    assert told(page, stored(edit(page), "JPEG", 90)) != COPY


def test_a_sticker_is_an_edit_and_the_box_lies_on_it(picture):
    edited = picture.copy()
    ImageDraw.Draw(edited).rectangle((60, 50, 130, 110), fill="lime")
    facts = seen(picture, edited)
    assert relation_of(facts, has_frames=False) == EDITED
    width, height = picture.size
    true = Box(60 / width, 50 / height, 130 / width, 110 / height)
    assert facts.parts.box == pytest.approx(true, abs=0.05)


def test_another_picture_is_similar_at_most():
    one, other = photograph("astronaut.png").convert("RGB"), photograph("chelsea.png").convert("RGB")
    assert told(one, other.resize(one.size)) == SIMILAR


@pytest.mark.parametrize("crop", [(0.1, 0.1, 0.9, 0.9), (0, 0, 0.8, 0.85), (0.12, 0, 1, 1), (0.2, 0.15, 1, 0.95)])
def test_a_crop_is_found_to_a_pixel_from_about_where_it_is(picture, crop):
    width, height = picture.size
    edges = [round(part * side) for part, side in zip(crop, (width, height) * 2, strict=True)]
    piece = stored(resized(picture.crop(edges), 0.7), "JPEG", 70)
    true = [edge / side for edge, side in zip(edges, (width, height) * 2, strict=True)]
    about = Box(*(min(1.0, max(0.0, part + 0.03)) for part in true))
    facts = seen(picture, piece, Alignment(None, about, WHOLE))
    assert facts.alignment.box == pytest.approx(true, abs=0.004)
    assert relation_of(facts, has_frames=False) == "cropped"
    back = seen(piece, picture, Alignment(None, WHOLE, about))
    assert back.alignment.other_box == pytest.approx(true, abs=0.004)
    assert relation_of(back, has_frames=False) == "cropped"


def test_a_frame_does_not_go_on_what_is_in_it(picture):
    width, height = picture.size
    page = Image.new("RGB", (width + 120, height + 80), (240, 235, 220))
    page.paste(picture, (60, 40))
    about = Box(0.1, 0.1, 0.9, 0.9)
    assert told(picture, page, Alignment(None, WHOLE, about)) == "framed"
    assert told(page, picture, Alignment(None, about, WHOLE)) == "framed"


@pytest.mark.parametrize("name", ["astronaut.png", "coffee.png", "moon.png", "retina.jpg", "rocket.jpg"])
@pytest.mark.parametrize("percent", [4.18, 4.7])
def test_a_frame_is_found_to_the_pixel_though_a_view_is_as_alike(name, percent):
    """Where a view of 4.5 % is taken for it, edges 5 pixels off seem to be changed."""
    picture = photograph(name).convert("RGB")
    picture = picture.resize((1600, round(1600 * picture.height / picture.width)))
    borders = [round(side * percent / (100 - 2 * percent)) for side in picture.size]
    page = stored(ImageOps.expand(picture, tuple(borders), (120, 30, 30)), "JPEG", 85)
    facts = seen(stored(picture, "JPEG", 92), page, Alignment(None, WHOLE, Box(0.045, 0.045, 0.955, 0.955)))
    assert facts.alignment.other_box.left * page.width == pytest.approx(borders[0], abs=1)
    assert relation_of(facts, has_frames=False) == "framed"


@pytest.mark.parametrize("turn", list(Image.Transpose))
def test_turned_ones_are_told_whatever_was_stored_then(picture, turn):
    assert told(picture, stored(picture.transpose(turn), "JPEG", 60), Alignment(turn)) == "turned or mirrored"


def test_it_is_compared_at_the_size_of_the_smaller_one_and_at_no_more_than_is_needed(picture):
    small = resized(picture, 0.5)
    assert seen(picture, resized(small, 0.5)).size == resized(small, 0.5).size
    large = seen(resized(picture, 4), resized(picture, 3)).size
    assert large[0] * large[1] == pytest.approx(MOST_OF_PHOTOGRAPH, rel=0.01)
    pages = seen(bill(), bill()).size
    assert pages[0] * pages[1] == pytest.approx(MOST_OF_PAGE, rel=0.01)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (1, 50), (9, 7)])
def test_tiny_pictures_have_differences_too(size):
    white, black = Image.new("RGB", size, "white"), Image.new("RGB", size)
    assert seen(white, white).is_close
    assert not seen(white, black).is_close
    assert not seen(white, black, Alignment(None, Box(0.1, 0.1, 0.9, 0.9), WHOLE)).is_close


def test_what_is_all_but_a_hundredth_of_the_other_is_tried_as_a_whole(picture):
    half = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BICUBIC)
    assert seen(picture, half, Alignment(None, Box(0, 0.0095, 1, 0.9977), WHOLE)).has_wholes
    part = picture.crop((0, picture.height // 30, picture.width, picture.height))
    assert not seen(picture, part, Alignment(None, Box(0, 1 / 30, 1, 1), WHOLE)).has_wholes


@pytest.mark.parametrize("how", [ImageFilter.GaussianBlur(1.2), ImageFilter.UnsharpMask(2, 150, 0)])
def test_what_is_blurred_or_sharpened_is_edited(picture, how):
    assert told(picture, stored(picture.filter(how), "JPEG", 90)) == EDITED
    assert told(stored(picture.filter(how), "JPEG", 90), picture) == EDITED


@pytest.mark.parametrize(("more_blue", "relation"), [(3, COPY), (16, "recoloured")])
def test_a_page_may_have_the_tint_that_steps_of_compression_make(more_blue, relation):
    page = ImageEnhance.Brightness(bill()).enhance(0.9)
    red, green, blue = page.split()
    assert told(page, Image.merge("RGB", (red, green, blue.point(lambda level: level + more_blue)))) == relation


@pytest.mark.parametrize(("form", "quality"), [("JPEG", 40), ("JPEG", 75), ("WEBP", 50)])
def test_a_page_that_is_stored_again_is_a_copy(form, quality):
    assert told(bill(), stored(bill(), form, quality)) == COPY
