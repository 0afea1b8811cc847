import numpy as np
import pytest
from animations import apng, avif, fade_in, films_of, gif, grey_palette, reads_avif, tiff
from pictures import ORIENTATION_TAG, photograph
from PIL import Image, ImageDraw, ImageOps

from imgcmp import UnreadableImageError, fingerprint
from imgcmp.fingerprints.fingerprint import NO_PIXELS, fingerprint_file, fingerprint_views
from imgcmp.images import frames as frames_module
from imgcmp.images import shown_picture
from imgcmp.images.detail import LEAST_DETAIL
from imgcmp.images.grey_pixels import BLACK, WHITE
from imgcmp.images.resize_image import make_copy
from imgcmp.images.shown_picture import by_frame, ground_of, read_shown
from imgcmp.system.memory_budget import OverBudgetError

BLANK = np.full((90, 120), 255, np.uint8)
PAGE = np.asarray(photograph("page.png").convert("L").resize((120, 90)))
SHOWS_FIRST = {"chelsea.png": 2, "coffee.png": 2, "rocket.jpg": 3}  # the frame of a fade-in that is no longer flat


def prints_of(path, data=None):
    if data is not None:
        path.write_bytes(data)
    return fingerprint_file(str(path), x=16, method="phash")


def bits(one, other):
    return int(np.bitwise_count(one ^ other).sum())


@pytest.mark.parametrize("name", SHOWS_FIRST)
def test_a_film_that_begins_black_goes_by_the_first_frame_that_shows_something(tmp_path, name):
    frames = fade_in(name)
    expected = fingerprint(frames[SHOWS_FIRST[name]], x=16)
    for suffix, data in films_of(frames).items():
        found = prints_of(tmp_path / f"a{suffix}", data)
        assert (found.n_frames, found.frame, found.pixels) == (8, SHOWS_FIRST[name], NO_PIXELS)
        assert (found.width, found.height) == (120, 90)
        assert found.detail >= LEAST_DETAIL
        assert bits(found.words, expected) == 0, suffix


@pytest.mark.parametrize("name", SHOWS_FIRST)
def test_a_resized_copy_of_a_film_that_begins_black_is_the_frame_that_stands_for_it(tmp_path, name):
    frames = fade_in(name)
    expected = fingerprint(frames[SHOWS_FIRST[name]], x=16)
    for suffix, data in films_of(frames).items():
        (tmp_path / f"a{suffix}").write_bytes(data)
        done = make_copy(str(tmp_path / f"a{suffix}"), str(tmp_path / f"b{suffix}.png"), 1)
        assert done == f"120 x 90 -> 120 x 90{by_frame(SHOWS_FIRST[name])}"
        copy = prints_of(tmp_path / f"b{suffix}.png")
        assert (copy.n_frames, bits(copy.words, expected)) == (1, 0), suffix


@pytest.mark.skipif(not reads_avif(), reason="this Pillow reads no AVIF")
def test_in_an_encoding_with_losses_it_is_the_same_frame(tmp_path):
    for name, frame in SHOWS_FIRST.items():
        frames = fade_in(name)
        found = prints_of(tmp_path / "a.avif", avif(frames))
        assert found.frame == frame
        assert bits(found.words, fingerprint(frames[frame], x=16)) <= 16


def test_encoders_that_leave_out_repeated_frames_choose_the_same_picture(tmp_path):
    frames = fade_in("coffee.png")
    once = prints_of(tmp_path / "a.gif", films_of(frames)[".gif"])
    often = prints_of(tmp_path / "b.gif", films_of([frame for frame in frames for _ in range(3)])[".gif"])
    assert (once.frame, often.frame) == (2, 6)
    assert bits(once.words, often.words) == 0


def test_a_film_that_begins_with_a_picture_and_a_document_with_a_cover_go_by_it(tmp_path):
    for suffix, data in films_of([PAGE, *fade_in("coffee.png")]).items():
        found = prints_of(tmp_path / f"a{suffix}", data)
        assert found.frame == 0
        assert bits(found.words, fingerprint(PAGE, x=16)) == 0


def test_a_film_in_which_nothing_shows_is_flat_and_goes_by_its_bytes(tmp_path):
    found = [prints_of(tmp_path / "a.gif", films_of([BLANK // k] * 3)[".gif"]) for k in (1, 2)]
    assert [(one.frame, one.detail, one.n_frames) for one in found] == [(0, 0, 3)] * 2
    assert NO_PIXELS not in (found[0].pixels, found[1].pixels)
    assert found[0].pixels != found[1].pixels


def test_of_a_document_the_first_page_that_shows_something_counts_at_its_own_size_and_orientation(tmp_path):
    page = np.ascontiguousarray(np.rot90(PAGE))  # EXIF orientation 6 turns it by 270
    found = prints_of(tmp_path / "a.tif", tiff([BLANK, BLANK[:40, :30], (page, {ORIENTATION_TAG: 6})]))
    assert (found.n_frames, found.frame, found.width, found.height, found.others) == (3, 2, 120, 90, "pages")
    assert bits(found.words, fingerprint(PAGE, x=16)) == 0


def test_so_many_frames_are_looked_at_and_no_more(tmp_path, monkeypatch):
    frames = [BLANK] * 30 + [PAGE]
    path = tmp_path / "a.gif"
    path.write_bytes(gif((120, 90), [{"pixels": frame} for frame in frames], grey_palette()))
    assert read_shown(str(path), 64).frame == 30
    monkeypatch.setattr(shown_picture, "_MOST_FRAMES", 30)
    assert read_shown(str(path), 64).frame == 30
    monkeypatch.setattr(shown_picture, "_MOST_FRAMES", 29)
    assert (read_shown(str(path), 64).frame, read_shown(str(path), 64).detail) == (0, 0)
    monkeypatch.setattr(shown_picture, "_MOST_FRAMES", 1000)
    monkeypatch.setattr(shown_picture, "_MOST_PIXELS", 28 * 120 * 90)
    assert read_shown(str(path), 64).frame == 0


def test_what_cannot_be_decoded_is_the_end_of_the_film(tmp_path):
    data = films_of([BLANK, BLANK, PAGE])[".gif"]
    assert prints_of(tmp_path / "a.gif", data).frame == 2
    found = prints_of(tmp_path / "a.gif", data[:-8000])
    assert (found.frame, found.detail, found.n_frames) == (0, 0, 3)
    data = films_of([BLANK, BLANK, PAGE])[".tif"]
    assert prints_of(tmp_path / "a.tif", data[:-8000]).frame == 0


def test_people_are_told_which_frame():
    assert [by_frame(frame) for frame in (-1, 0, 12)] == ["", "", ", by frame 12 (the first is 0)"]


# The ground


def shapes(colour):
    """Return shapes of a colour on nothing, and as grey on a ground."""
    mask = Image.new("L", (300, 200))
    draw = ImageDraw.Draw(mask)
    for k in range(6):
        draw.ellipse(
            (10 + 45 * k, 20 + 13 * k, 60 + 45 * k, 90 + 20 * k), fill=255 if k % 2 else 0, outline=255, width=5
        )
        draw.rectangle((5 + 40 * k, 150, 25 + 40 * k, 160 + 6 * k), fill=255)
    layers = Image.new("RGBA", mask.size, colour)
    layers.putalpha(mask)
    return layers, mask


def test_white_shapes_lie_on_black_and_black_ones_on_white():
    white, mask = shapes("white")
    black, _ = shapes("black")
    assert bits(fingerprint(white, x=16), fingerprint(mask, x=16)) == 0
    assert bits(fingerprint(black, x=16), fingerprint(ImageOps.invert(mask), x=16)) == 0
    assert np.array_equal(fingerprint_views(white, x=8), fingerprint_views(mask, x=8))
    assert (ground_of(white), ground_of(black), ground_of(mask)) == (BLACK, WHITE, WHITE)


@pytest.mark.parametrize("mode", ["LA", "P", "La"])
def test_so_it_is_in_any_mode(mode):
    white, mask = shapes("white")
    if mode == "P":
        image = mask.point(lambda level: 1 if level > 127 else 0).convert("P")
        image.putpalette([255, 255, 255] * 2)
        image.info["transparency"] = 0
    else:
        image = white.convert("LA").convert(mode)
    assert bits(fingerprint(image, x=16), fingerprint(mask, x=16)) <= 4


def test_files_of_white_shapes_are_found_whatever_they_were_made_into(tmp_path):
    white, mask = shapes("white")
    white.save(tmp_path / "a.png")
    white.save(tmp_path / "a.webp", quality=80)
    white.resize((150, 100)).save(tmp_path / "small.png")
    expected = fingerprint(mask, x=16)
    for name in ("a.png", "a.webp", "small.png"):
        found = prints_of(tmp_path / name)
        assert found.detail >= LEAST_DETAIL
        assert bits(found.words, expected) <= 8
        assert bits(fingerprint(str(tmp_path / name), x=16), found.words) == 0


def test_a_picture_that_shows_on_neither_ground_is_flat(tmp_path):
    faint = Image.fromarray(np.dstack([PAGE] * 3 + [np.full_like(PAGE, 3)]))
    assert (ground_of(faint), read_shown(_saved(faint, tmp_path / "a.png"), 64).detail < LEAST_DETAIL) == (WHITE, True)
    nothing = Image.fromarray(np.dstack([PAGE] * 3 + [np.zeros_like(PAGE)]))
    assert read_shown(_saved(nothing, tmp_path / "b.png"), 64).detail == 0


def test_copies_without_transparency_lie_on_the_same_ground(tmp_path):
    for colour in ("white", "black"):
        original = _saved(shapes(colour)[0], tmp_path / f"{colour}.ico.png")
        make_copy(original, str(tmp_path / f"{colour}.jpg"), 0.5)
        with Image.open(tmp_path / f"{colour}.jpg") as copy:
            assert copy.getpixel((149, 99))[0] == pytest.approx(0 if colour == "white" else 255, abs=9)
        assert bits(prints_of(tmp_path / f"{colour}.jpg").words, fingerprint(original, x=16)) <= 16


def test_transparent_greys_of_16_bits_lie_on_black_if_they_show_there(tmp_path):
    _, mask = shapes("white")
    numbers = np.where(np.asarray(mask) > 0, 65535, 7).astype(np.uint16)
    Image.fromarray(numbers).save(tmp_path / "a.png", transparency=7)
    assert bits(prints_of(tmp_path / "a.png").words, fingerprint(mask, x=16)) == 0


def test_a_frame_of_white_shapes_lies_on_black_too(tmp_path):
    white, mask = shapes("white")
    nothing = np.zeros((200, 300, 4), np.uint8)
    found = prints_of(tmp_path / "a.png", apng((300, 200), [{"pixels": nothing}, {"pixels": np.array(white)}]))
    assert found.frame == 1
    assert bits(found.words, fingerprint(mask, x=16)) == 0


def _saved(image, path):
    image.save(path)
    return str(path)


@pytest.mark.parametrize(("error", "is_raised"), [(ValueError("damaged"), False), (OverBudgetError("short"), True)])
def test_a_film_whose_frames_are_out_of_reach_for_now_is_not_judged_by_its_first(
    tmp_path, monkeypatch, error, is_raised
):
    """Else its frame would hang on the memory that was free."""

    def none_can_be_read(*_):
        raise error

    monkeypatch.setattr(frames_module, "later_frames", none_can_be_read)
    (tmp_path / "a.gif").write_bytes(films_of(fade_in("chelsea.png"))[".gif"])
    if is_raised:
        with pytest.raises(UnreadableImageError) as caught:
            read_shown(str(tmp_path / "a.gif"), 64)
        assert caught.value.passing
    else:
        assert read_shown(str(tmp_path / "a.gif"), 64).frame == 0
