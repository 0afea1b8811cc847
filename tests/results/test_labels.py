"""What is told of the files of a folder, by `find_duplicates`, as a person would say it."""

import csv
import shutil

import numpy as np
import pytest
from behind_jpegs import FILM
from pictures import photograph
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

import imgcmp
from imgcmp.cli.main import main

SIM = 0.3


@pytest.fixture
def folder(tmp_path):
    photograph("coffee.png").convert("RGB").save(tmp_path / "a.jpg", quality=95)
    return tmp_path


def members_in(folder, sim=SIM):
    """Return the members of all clusters, by name."""
    groups = imgcmp.find_duplicates(folder, sim=sim).groups
    return {
        path.rpartition("/")[2]: member
        for group in groups
        for path, member in zip(group.files, group.members, strict=True)
    }


def original(folder):
    return Image.open(folder / "a.jpg").convert("RGB")


def relation(folder, image, **saved):
    """Return what is told of an edit of the original that is no larger."""
    image.save(folder / "b.jpg", **{"quality": 88} | saved)
    return members_in(folder)["b.jpg"].relation


@pytest.mark.parametrize("quality", [40, 60, 85])
@pytest.mark.parametrize("part", [1, 0.5, 0.25])
def test_a_copy_of_a_quarter_of_the_size_and_of_quality_40_is_one(folder, quality, part):
    image = original(folder)
    small = image.resize((round(part * image.width), round(part * image.height)), Image.Resampling.BOX)
    assert relation(folder, small, quality=quality) == "re-encoded or resized"


@pytest.mark.parametrize("part", [1 / 8, 1 / 4])
def test_a_small_copy_of_a_jpeg_whose_sides_no_eighth_fits_is_one(tmp_path, part):
    for name in ("astronaut.png", "chelsea.png", "coffee.png"):
        folder = tmp_path / name
        folder.mkdir()
        image = photograph(name).convert("RGB").crop((0, 0, 393, 297))
        image.save(folder / "a.jpg", quality=95)
        small = image.resize((round(part * image.width), round(part * image.height)), Image.Resampling.BICUBIC)
        assert relation(folder, small, quality=95) == "re-encoded or resized"


@pytest.mark.parametrize("factor", [0.9, 1.1])
@pytest.mark.parametrize("what", [ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color])
def test_slightly_other_tones_and_colours_are_no_copies(folder, what, factor):
    factor = factor**3 if what is ImageEnhance.Color else factor
    assert relation(folder, what(original(folder)).enhance(factor)) in ("edited", "recoloured")


def test_a_small_thing_that_was_painted_over_is_an_edit_with_its_box(folder):
    image = original(folder)
    place = (0.6, 0.3, 0.64, 0.36)
    edges = [part * side for part, side in zip(place, image.size * 2, strict=True)]
    ImageDraw.Draw(image).ellipse(edges, fill=(30, 120, 40))
    assert relation(folder, image) == "edited"
    assert members_in(folder)["b.jpg"].box == pytest.approx(place, abs=0.04)


def test_a_date_in_orange_is_an_edit_with_its_box(folder):
    image = original(folder)
    ImageDraw.Draw(image).text((480, 370), "12.3.24", fill=(255, 140, 0), font_size=12)
    assert relation(folder, image, quality=92) == "edited"
    left, top, right, bottom = members_in(folder)["b.jpg"].box
    assert left < 0.81
    assert right > 0.85
    assert top < 0.95 < bottom
    assert (right - left) * (bottom - top) < 0.05


def test_a_hue_that_is_turned_is_recoloured_however_bright(folder):
    hue, saturation, value = original(folder).convert("HSV").split()
    for degrees in (60, 120, 200):
        turned = Image.merge("HSV", (hue.point(lambda level, by=degrees: (level + by) % 256), saturation, value))
        assert relation(folder, turned.convert("RGB")) == "recoloured"


def test_turned_and_cropped_ones_are_crops_with_the_box_in_the_best_one(folder):
    image = original(folder)
    width, height = image.size
    crop = image.crop((round(0.15 * width), round(0.15 * height), width, height))
    for name, turned in (("b.jpg", ImageOps.mirror(crop)), ("c.jpg", crop.transpose(Image.Transpose.ROTATE_90))):
        turned.save(folder / name)
    members = members_in(folder)
    assert [members[name].relation for name in ("a.jpg", "b.jpg", "c.jpg")] == ["best", "cropped", "cropped"]
    for name in ("b.jpg", "c.jpg"):
        assert members[name].box == pytest.approx((0.15, 0.15, 1, 1), abs=0.01)


def test_a_picture_off_the_middle_of_a_page_is_framed_and_told_to_the_picture(folder):
    image = original(folder)
    page = Image.new("RGB", (round(1.5 * image.width), round(1.6 * image.height)), (245, 245, 245))
    page.paste(image, (round(0.15 * image.width), round(0.4 * image.height)))
    page.save(folder / "b.jpg", quality=90)
    members = members_in(folder)
    assert members["b.jpg"].relation == "framed"
    assert members["b.jpg"].box == pytest.approx((0.1, 0.25, 0.1 + 1 / 1.5, 0.25 + 1 / 1.6), abs=0.01)
    assert members["a.jpg"].relation == "best"


def test_the_pixels_of_a_jpeg_as_png_are_identical_though_their_fingerprints_may_differ(tmp_path):
    for name in ("astronaut.png", "chelsea.png", "coffee.png"):
        folder = tmp_path / name
        folder.mkdir()
        photograph(name).convert("RGB").save(folder / "a.jpg", quality=80)
        original(folder).save(folder / "b.png")
        assert {member.relation for member in members_in(folder).values()} == {"best", "identical pixels"}


def test_the_pixels_of_a_jpeg_of_small_patches_of_colour_are_identical_as_png(tmp_path):
    random, sides = np.random.default_rng(0), (675, 1200)
    ground = Image.fromarray(random.integers(100, 150, (9, 16), dtype=np.uint8)).resize(sides[::-1])
    patches = random.integers(0, 256, (135, 240, 2)).repeat(5, axis=0).repeat(5, axis=1)
    in_stripes = np.add.outer(*map(np.arange, sides)) % 97 < 60
    chroma = np.where(in_stripes[..., np.newaxis], patches, 128)
    picture = Image.fromarray(np.dstack([ground, chroma]).astype(np.uint8), "YCbCr").convert("RGB")
    picture.save(tmp_path / "a.jpg", quality=85)
    original(tmp_path).save(tmp_path / "b.png")
    assert {member.relation for member in members_in(tmp_path).values()} == {"best", "identical pixels"}


def test_the_file_with_a_film_behind_it_is_the_best_and_says_what_it_holds_more(folder):
    (folder / "b.jpg").write_bytes((folder / "a.jpg").read_bytes() + FILM)
    shutil.copy(folder / "a.jpg", folder / "c.jpg")
    members = members_in(folder)
    assert members["b.jpg"].relation == "best"
    assert members["b.jpg"].holds_more == "film"
    assert [members[name].holds_more for name in ("a.jpg", "c.jpg")] == ["", ""]


def test_of_equal_pixels_the_one_with_exif_is_the_best(folder):
    exif = Image.Exif()
    exif[271] = "somebody"
    image = original(folder)
    image.save(folder / "b.png", exif=exif, compress_level=9)
    image.save(folder / "c.png", compress_level=0)  # larger by far
    (folder / "a.jpg").unlink()
    members = members_in(folder)
    assert members["b.png"].relation == "best"
    assert members["b.png"].holds_more == "EXIF"
    assert members["c.png"].relation == "identical pixels"


def test_a_noisy_file_that_is_the_largest_is_not_what_copies_are_related_to(folder):
    image = original(folder)
    for number, quality in enumerate((90, 85, 80, 75)):
        image.save(folder / f"c{number}.jpg", quality=quality)
    pixels = np.asarray(image).copy()
    pixels[np.random.default_rng(0).random(pixels.shape[:2]) < 0.1] = 255
    Image.fromarray(pixels).save(folder / "noisy.jpg", quality=100)
    members = members_in(folder)
    assert members["a.jpg"].relation == "best"
    assert members["noisy.jpg"].relation == "edited"
    assert {members[f"c{number}.jpg"].relation for number in range(4)} == {"re-encoded or resized"}


def test_a_stretched_file_of_more_pixels_is_not_what_copies_are_related_to(folder):
    image = original(folder)
    for quality in (90, 80, 70):
        image.save(folder / f"c{quality}.jpg", quality=quality)
    image.resize((image.width, round(1.3 * image.height))).save(folder / "stretched.jpg", quality=95)
    members = members_in(folder)
    assert members["a.jpg"].relation == "best"
    assert members["stretched.jpg"].relation == "edited"
    assert {members[f"c{quality}.jpg"].relation for quality in (90, 80, 70)} == {"re-encoded or resized"}


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_colours_a_little_weaker_or_stronger_are_recoloured(tmp_path, factor):
    for name in ("astronaut.png", "chelsea.png", "coffee.png"):
        folder = tmp_path / name
        folder.mkdir()
        photograph(name).convert("RGB").save(folder / "a.jpg", quality=95)
        assert relation(folder, ImageEnhance.Color(original(folder)).enhance(factor)) == "recoloured"


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_pale_colours_that_are_a_little_weaker_or_stronger_are_recoloured_too(folder, factor):
    pale = ImageEnhance.Color(original(folder)).enhance(0.15)
    pale.save(folder / "a.jpg", quality=95)
    assert relation(folder, pale, quality=75) == "re-encoded or resized"
    assert relation(folder, ImageEnhance.Color(pale).enhance(factor)) == "recoloured"


def with_spot(image, how):
    """Return the picture with a part of it hidden: pixelated, or blurred."""
    box = 260, 120, 330, 190
    part = image.crop(box)
    hidden = part.resize((5, 5), Image.Resampling.BOX).resize(part.size, Image.Resampling.NEAREST)
    image = image.copy()
    image.paste(hidden if how == "pixelated" else part.filter(ImageFilter.GaussianBlur(9)), box)
    return image


@pytest.mark.parametrize("how", ["pixelated", "blurred"])
@pytest.mark.parametrize("as_what", [lambda image: image.convert("L"), ImageOps.invert], ids=["grey", "negative"])
def test_what_was_hidden_in_a_grey_one_or_a_negative_is_an_edit(folder, how, as_what):
    assert relation(folder, as_what(with_spot(original(folder), how)), subsampling=0) == "edited"
    assert relation(folder, as_what(original(folder)), subsampling=0) in ("grey", "negative")


def test_a_picture_that_was_made_grey_by_the_mean_of_its_colours_is_grey(folder):
    mean = np.asarray(original(folder), float).mean(axis=2)
    assert relation(folder, Image.fromarray(np.rint(mean).astype(np.uint8))) == "grey"


def test_a_grey_picture_without_a_coloured_thing_on_it_is_not_just_grey(folder):
    image = original(folder).convert("L").convert("RGB")
    image.save(folder / "b.jpg", quality=85)
    ImageDraw.Draw(image).ellipse((100, 100, 240, 220), fill=(200, 40, 60))
    image.save(folder / "a.jpg", quality=95)
    assert members_in(folder)["b.jpg"].relation == "edited"


def test_what_was_dithered_to_black_and_white_is_not_recoloured(folder):
    small = original(folder).resize((300, 200))
    assert relation(folder, small.convert("1").convert("L")) in ("grey", "edited", "similar")


def lit_page(total="1,384.50", *, darkest=0.2, noise=2, seed=0):
    """A page of text, on a sheet that gets darker to one corner."""
    page = Image.new("L", (1240, 1754), "white")
    draw, random = ImageDraw.Draw(page), np.random.default_rng(5)
    for line in range(34):
        words = ["".join(random.choice(list("abcdefgh0123456789"), random.integers(2, 10))) for _ in range(8)]
        draw.text((90, 90 + 46 * line), " ".join(words), fill="black", font=ImageFont.load_default(26))
    draw.text((700, 1680), f"total {total}", fill="black", font=ImageFont.load_default(26))
    x, y = np.linspace(0, 1, page.width), np.linspace(0, 1, page.height)[:, np.newaxis]
    light = 1 - darkest * (0.7 * x + 0.3 * y)
    levels = np.asarray(page) * light + np.random.default_rng(seed).normal(0, noise, (page.height, page.width))
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8)).convert("RGB")


@pytest.mark.parametrize(("darkest", "noise"), [(0.12, 0), (0.2, 2), (0.4, 2), (0.2, 8)])
def test_a_digit_of_a_page_that_is_lit_unevenly_is_an_edit_with_its_box(tmp_path, darkest, noise):
    lit_page(darkest=darkest, noise=noise).save(tmp_path / "a.jpg", quality=92)
    lit_page("1,884.50", darkest=darkest, noise=noise, seed=1).save(tmp_path / "b.jpg", quality=88)
    (member,) = [member for member in members_in(tmp_path).values() if member.relation != "best"]
    assert member.relation == "edited"
    assert member.box[0] > 0.5
    assert member.box[1] > 0.9


@pytest.mark.parametrize("darkest", [0.12, 0.4])
@pytest.mark.parametrize(("part", "saved"), [(1, {"quality": 50}), (0.5, {"quality": 75}), (0.6, {"quality": 85})])
def test_copies_of_a_page_that_is_lit_unevenly_are_copies(tmp_path, darkest, part, saved):
    page = lit_page(darkest=darkest)
    page.save(tmp_path / "a.jpg", quality=92)
    page.resize((round(part * page.width), round(part * page.height))).save(tmp_path / "b.jpg", **saved)
    assert members_in(tmp_path)["b.jpg"].relation == "re-encoded or resized"


def with_a_thing(image):
    """Paste another picture over a ninth of both sides."""
    edited, (width, height) = image.copy(), image.size
    edited.paste(photograph("chelsea.png").convert("RGB").resize((width // 9, height // 9)), (width // 3, height // 2))
    return edited


CHANGES = {
    "cropped": lambda image: image.crop((20, 15, image.width - 20, image.height - 30)),
    "framed": lambda image: ImageOps.expand(image, 30, "white"),
    "grey": lambda image: image.convert("L"),
    "negative": ImageOps.invert,
    "recoloured": lambda image: ImageEnhance.Color(image).enhance(1.8),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_else_was_changed_about_a_crop_or_other_colours_is_an_edit(folder, name):
    assert relation(folder, CHANGES[name](original(folder))) == name
    assert relation(folder, CHANGES[name](with_a_thing(original(folder)))) == "edited"


@pytest.mark.parametrize("name", ["cropped", "framed"])
def test_a_crop_without_its_colours_is_not_just_a_crop(folder, name):
    assert relation(folder, CHANGES[name](original(folder).convert("L").convert("RGB"))) == "edited"


def test_the_box_of_an_edit_in_a_frame_is_one_of_the_framed_picture(folder):
    assert relation(folder, CHANGES["framed"](with_a_thing(original(folder)))) == "edited"
    box, (width, height) = members_in(folder)["b.jpg"].box, original(folder).size
    thing = np.array([width // 3, height // 2, width // 3 + width // 9, height // 2 + height // 9]) + 30
    sides = np.array([width + 60, height + 60] * 2)
    assert np.allclose(box, thing / sides, atol=0.03)


def large(name="coffee.png"):
    image = photograph(name).convert("RGB")
    return image.resize((1500, round(1500 * image.height / image.width)), Image.Resampling.LANCZOS)


def with_a_number(image, number):
    image = image.copy()
    place = round(0.4 * image.width), round(0.45 * image.height)
    ImageDraw.Draw(image).text(place, number, fill=(60, 50, 50), font=ImageFont.load_default(24))
    return image


def with_a_scratch(image):
    image = image.copy()
    ends = [(0.2 * image.width, 0.1 * image.height), (0.7 * image.width, 0.9 * image.height)]
    ImageDraw.Draw(image).line(ends, fill="white", width=1)
    return image


def test_a_digit_in_a_photograph_is_an_edit_with_its_box(tmp_path):
    for name, number in (("a", "1384"), ("b", "1884")):
        with_a_number(large(), number).save(tmp_path / f"{name}.jpg", quality=90)
    (member,) = [member for member in members_in(tmp_path).values() if member.relation != "best"]
    assert member.relation == "edited"
    left, top, right, bottom = member.box
    assert 0.38 < left < right < 0.48
    assert 0.43 < top < bottom < 0.53


def test_a_thin_scratch_is_an_edit(tmp_path):
    large().save(tmp_path / "a.jpg", quality=92)
    with_a_scratch(large()).save(tmp_path / "b.jpg", quality=85)
    assert {member.relation for member in members_in(tmp_path).values()} == {"best", "edited"}


def written(picture, words):
    """Return a picture with words on it, 14 pixels high."""
    with_words = picture.copy()
    ImageDraw.Draw(with_words).text((200, 600), words, font=ImageFont.load_default(14), fill="white")
    return with_words


@pytest.mark.parametrize("words", ["Photo 17:48", "Taxes", "Photo 12:37"])
def test_other_small_words_on_a_photograph_are_an_edit(folder, words):
    picture = original(folder).resize((1366, 910), Image.Resampling.BICUBIC)
    written(picture, "Photo 12:31").save(folder / "a.jpg", quality=95)
    assert relation(folder, written(picture, "Photo 12:31"), quality=70) == "re-encoded or resized"
    written(picture, words).save(folder / "b.jpg", quality=90)
    member = members_in(folder)["b.jpg"]
    assert member.relation == "edited"
    left, top, right, bottom = member.box
    assert 150 / 1366 < left < right < 350 / 1366
    assert 560 / 910 < top < bottom < 660 / 910


@pytest.mark.parametrize("part", [1, 0.5])
@pytest.mark.parametrize("colours", [(0, 0, 0), (2, 1, 0)])
def test_a_small_place_in_pale_colours_without_them_is_an_edit(folder, part, colours):
    picture = ImageEnhance.Color(original(folder)).enhance(0.35)
    picture.save(folder / "a.jpg", quality=95)
    place = (300, 40, 348, 88)
    there = picture.crop(place)
    red, green, blue = there.split() if any(colours) else [there.convert("L")] * 3
    picture.paste(Image.merge("RGB", (blue, green, red)), place)
    small = picture.resize((round(part * picture.width), round(part * picture.height)), Image.Resampling.LANCZOS)
    assert relation(folder, small) == "edited"


def test_the_one_in_colours_is_the_best_though_the_grey_one_is_larger(folder):
    original(folder).convert("L").save(folder / "b.png")
    original(folder).save(folder / "a.jpg", quality=60)
    members = members_in(folder)
    assert {name: member.relation for name, member in members.items()} == {"a.jpg": "best", "b.png": "grey"}


def test_the_animation_is_the_best_and_its_frames_would_be_lost(folder):
    frames = [original(folder) for _ in range(3)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).rectangle((20 + 40 * number, 20, 50 + 40 * number, 50), fill="red")
    (folder / "a.jpg").unlink()
    frames[0].save(folder / "a.webp", save_all=True, append_images=frames[1:], quality=70)
    frames[0].save(folder / "b.png")
    members = members_in(folder)
    assert {name: member.relation for name, member in members.items()} == {"a.webp": "best", "b.png": "one frame alike"}
    assert [members[name].holds_more for name in ("a.webp", "b.png")] == ["frames", ""]


def test_two_films_are_two(folder):
    picture = (folder / "a.jpg").read_bytes()
    (folder / "a.jpg").write_bytes(picture + FILM)
    (folder / "b.jpg").write_bytes(picture + FILM[:-1] + bytes([FILM[-1] ^ 1]))
    shutil.copy(folder / "a.jpg", folder / "c.jpg")
    members = members_in(folder)
    assert {members[name].relation for name in ("a.jpg", "b.jpg", "c.jpg")} == {
        "best",
        "identical file",
        "re-encoded or resized",
    }
    assert members["b.jpg"].holds_more == "film"


def test_what_is_gone_or_was_changed_is_missing_and_a_copy_of_nothing(folder, tmp_path_factory, capsys):
    for name in ("b.jpg", "c.jpg", "d.jpg"):
        shutil.copy(folder / "a.jpg", folder / name)
    out = tmp_path_factory.mktemp("out") / "clusters.csv"
    assert main(["run", str(folder), "--links", "none", "-q"]) == 0
    (folder / "a.jpg").unlink()
    ImageOps.mirror(Image.open(folder / "b.jpg")).save(folder / "b.jpg")
    capsys.readouterr()
    assert main(["cluster", "0.3", "--links", "none", "--csv", str(out)]) == 0
    assert "2 files of clusters are gone, or changed since being read" in capsys.readouterr().err
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["relation"] for row in rows] == ["missing", "missing", "best", "identical file"]
    assert [row["same_as"] for row in rows] == ["", "", *[str(folder / "c.jpg")] * 2]


def screenshot():
    """Return a picture of even grounds and words, of which a JPEG may be larger than a PNG."""
    page = Image.new("RGB", (900, 600), (240, 240, 245))
    draw = ImageDraw.Draw(page)
    for row in range(12):
        draw.rounded_rectangle((40 + 300 * (row % 2), 20 + 48 * row, 500 + 300 * (row % 2), 60 + 48 * row), 12, "white")
        words = f"{row}. Message of {row * 7919 % 101} words"
        draw.text((60 + 300 * (row % 2), 26 + 48 * row), words, font=ImageFont.load_default(22), fill="black")
    return page


@pytest.mark.parametrize("saved", [{"quality": 95}, {"quality": 85}])
def test_the_png_that_a_larger_jpeg_was_saved_from_is_the_best(tmp_path, saved):
    screenshot().save(tmp_path / "b.png", optimize=True)
    screenshot().save(tmp_path / "a.jpg", **saved)
    assert (tmp_path / "a.jpg").stat().st_size > (tmp_path / "b.png").stat().st_size
    members = members_in(tmp_path)
    relations = {name: member.relation for name, member in members.items()}
    assert relations == {"b.png": "best", "a.jpg": "re-encoded or resized"}


@pytest.mark.parametrize("quality", [20, 40])
@pytest.mark.parametrize("name", ["coffee.png", "astronaut.png"])
def test_the_png_of_a_poor_jpeg_is_not_better_than_a_good_one(tmp_path, name, quality):
    photograph(name).convert("RGB").save(tmp_path / "a.jpg", quality=97, subsampling=0)
    photograph(name).convert("RGB").save(tmp_path / "poor.jpg", quality=quality)
    Image.open(tmp_path / "poor.jpg").save(tmp_path / "b.png")
    (tmp_path / "poor.jpg").unlink()
    assert members_in(tmp_path)["a.jpg"].relation == "best"


@pytest.mark.parametrize("saved", [{"quality": 60}, {"quality": 98, "subsampling": 0}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_png_that_a_photograph_was_saved_from_is_the_best(tmp_path, mode, saved):
    for name in ("coffee.png", "astronaut.png", "camera.png"):
        folder = tmp_path / name
        folder.mkdir()
        photograph(name).convert(mode).save(folder / "b.png")
        photograph(name).convert(mode).save(folder / "a.jpg", **saved)
        assert members_in(folder)["b.png"].relation == "best"


def test_a_smaller_png_with_a_palette_is_not_better_than_a_jpeg(tmp_path):
    screenshot().quantize(8, dither=Image.Dither.NONE).save(tmp_path / "b.png", optimize=True)
    screenshot().save(tmp_path / "a.jpg", quality=95)
    assert members_in(tmp_path)["a.jpg"].relation == "best"


def form(name):
    """Return a page of a form, filled in by somebody."""
    page = Image.new("RGB", (900, 1200), "white")
    draw = ImageDraw.Draw(page)
    random = np.random.default_rng(sum(map(ord, name)))
    for row in range(20):
        draw.text((60, 60 + 54 * row), f"{row + 1}. Question", font=ImageFont.load_default(26), fill="black")
        answer = "".join(random.choice(list("abcdefghik"), 12))
        draw.text((420, 60 + 54 * row), f"{name} {answer}", font=ImageFont.load_default(26), fill=(40, 40, 160))
    return page


def test_copies_of_pages_of_one_form_are_told_what_they_are_copies_of(tmp_path):
    for name in ("Ada", "Bob", "Eve"):
        page = form(name)
        page.save(tmp_path / f"{name}.png")
        page.save(tmp_path / f"{name}.jpg", quality=80)
        page.resize((450, 600), Image.Resampling.LANCZOS).save(tmp_path / f"{name} small.webp", quality=90)
    groups = imgcmp.find_duplicates(tmp_path, sim=0.4).groups
    assert [len(group.files) for group in groups] == [9]
    members = members_in(tmp_path, sim=0.4)
    best = next(name for name, member in members.items() if member.relation == "best")
    for name in ("Ada", "Bob", "Eve"):
        copies = {file: member for file, member in members.items() if file.startswith(name)}
        kept = next(file for file, member in copies.items() if member.relation in ("best", "similar"))
        assert "small" not in kept
        assert {m.relation for file, m in copies.items() if file != kept} == {"re-encoded or resized"}
        assert {m.to for file, m in copies.items() if file != kept} == {str(tmp_path / kept)}
        assert copies[kept].to == str(tmp_path / best)
