import errno
import os
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import ORIENTATION_TAG, gradient, photograph, save_turned
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images import resize_image
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.image_file import Failure, ImageFile
from imgcmp.images.resize_image import Copied, make_copy, try_copy
from imgcmp.images.resized_folder import CopyJob
from imgcmp.system import atomic
from imgcmp.system.own_tree import opened_tree


def copy_to(folder, name, source, fraction=0.5, size=0, size_there=None):
    """Make a copy as a worker does, in a folder of copies."""
    with opened_tree(os.path.realpath(folder)) as tree:
        job = CopyJob(ImageFile(str(source), size, 1), os.path.join(tree.path, name), size_there)
        return try_copy(job, fraction=fraction, tree=tree)


def difference(path, image):
    """Return the mean difference in grey of a file, as people see it, and a picture."""
    with Image.open(path) as opened:
        assert opened.getexif().get(ORIENTATION_TAG, 1) == 1
        ours = np.asarray(read_picture(str(path), 10_000).grey, dtype=int)
    return np.abs(ours - np.asarray(image.convert("L").resize(ours.shape[::-1], Image.Resampling.LANCZOS))).mean()


@settings(max_examples=60)
@given(st.integers(1, 300), st.integers(1, 300), st.floats(0.001, 1))
def test_the_fraction_is_that_of_both_sides_at_least_one_pixel_and_never_enlarged(
    tmp_path_factory, width, height, fraction
):
    folder = tmp_path_factory.getbasetemp()
    source, copy = str(folder / "source.png"), str(folder / "copy.png")
    Image.new("L", (width, height)).save(source)
    make_copy(source, copy, fraction)
    with Image.open(copy) as image:
        for side, whole in zip(image.size, (width, height), strict=True):
            assert 1 <= side <= whole
            assert abs(side - whole * fraction) <= 0.5 or side == 1


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".PNG"])
def test_a_copy_is_of_the_format_its_name_says_and_looks_like_its_source(tmp_path, suffix):
    image = photograph()
    source = tmp_path / f"source{suffix}"
    image.save(source)
    copy = tmp_path / "deep" / "er" / f"copy{suffix}"
    done = make_copy(str(source), str(copy), 0.5)
    assert done.startswith(f"451 x 300 -> {round(451 * 0.5)} x 150")
    with Image.open(copy) as small, Image.open(source) as whole:
        assert small.format == whole.format
        assert small.size == (round(451 * 0.5), 150)
    assert difference(copy, image) < 4


def test_type_is_told_by_content(tmp_path):
    photograph("rocket.jpg").save(tmp_path / "phone.heic", format="JPEG")
    make_copy(str(tmp_path / "phone.heic"), str(tmp_path / "phone.heic.jpg"), 0.25)
    with Image.open(tmp_path / "phone.heic.jpg") as copy:
        assert (copy.format, copy.size) == ("JPEG", (160, 107))


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_a_copy_is_upright(tmp_path, value, suffix):
    image = gradient(240, 160)
    source = save_turned(image, tmp_path / f"turned{suffix}", value)
    done = make_copy(source, str(tmp_path / f"copy{suffix}"), 0.25)
    with Image.open(tmp_path / f"copy{suffix}") as copy:
        assert copy.size == (60, 40)
    assert difference(tmp_path / f"copy{suffix}", image) < 4
    if value > 1 and suffix != ".tif":  # Pillow turns TIFFs itself
        assert "EXIF orientation applied" in done


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".bmp", ".gif", ".ppm"])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "F"])
def test_any_mode_is_copied_to_any_format(tmp_path, mode, suffix):
    if mode == "I;16":
        image = Image.fromarray(np.asarray(gradient(40, 30, "L"), dtype=np.uint16) * 257)
    elif mode == "LAB":
        image = Image.merge("LAB", [gradient(40, 30, "L")] + [Image.new("L", (40, 30), 128)] * 2)
    else:
        image = gradient(40, 30).convert(mode)
    source = tmp_path / f"source{suffix}"
    image.save(source, format="PNG" if mode in ("LA", "RGBA", "P", "1", "L", "RGB") else "TIFF")
    copy = tmp_path / f"copy{suffix}"
    make_copy(str(source), str(copy), 0.5)
    expected = read_picture(str(source), 100).grey
    with Image.open(copy) as opened:
        assert opened.size == (20, 15)
    assert difference(copy, expected) < 12  # palettes of GIF are coarse


def test_transparency_is_kept_where_the_format_has_it_and_else_white(tmp_path):
    image = Image.new("RGBA", (20, 20), (60, 60, 60, 255))
    image.paste((0, 0, 0, 0), (10, 0, 20, 20))
    image.save(tmp_path / "source.png")
    for suffix in (".png", ".jpg", ".webp"):
        make_copy(str(tmp_path / "source.png"), str(tmp_path / f"copy{suffix}"), 0.5)
        grey = np.asarray(read_picture(str(tmp_path / f"copy{suffix}"), 100).grey, dtype=int)
        assert np.abs(grey[:, :3] - 60).max() < 6
        assert (grey[:, 7:] > 249).all()
    with Image.open(tmp_path / "copy.png") as copy:
        assert copy.mode == "RGBA"


def test_deep_grey_with_a_transparent_colour_is_copied(tmp_path):
    numbers = np.asarray(gradient(40, 30, "L"), dtype=np.uint16) * 257
    Image.fromarray(numbers).save(tmp_path / "source.png", transparency=257)
    make_copy(str(tmp_path / "source.png"), str(tmp_path / "copy.png"), 0.5)
    assert difference(tmp_path / "copy.png", gradient(40, 30, "L")) < 4


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt", "tiff_lzw", "packbits"])
def test_a_fax_is_copied_as_greys(tmp_path, compression):
    gradient(40, 30, "1").save(tmp_path / "fax.tif", compression=compression)
    make_copy(str(tmp_path / "fax.tif"), str(tmp_path / "copy.tif"), 0.5)
    assert difference(tmp_path / "copy.tif", read_picture(str(tmp_path / "fax.tif"), 100).grey) < 4


def test_the_colour_profile_goes_along(tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photograph().save(tmp_path / "source.jpg", icc_profile=profile)
    make_copy(str(tmp_path / "source.jpg"), str(tmp_path / "copy.jpg"), 0.5)
    with Image.open(tmp_path / "copy.jpg") as copy:
        assert copy.info["icc_profile"] == profile


@pytest.mark.parametrize("mode", ["CMYK", "LAB"])
def test_a_colour_profile_that_is_not_of_the_copys_colours_is_left_out(tmp_path, mode):
    Image.new(mode, (40, 30), (10, 100, 50, 0)[: len(mode)]).save(tmp_path / "source.tif", icc_profile=b"of ink")
    make_copy(str(tmp_path / "source.tif"), str(tmp_path / "copy.png"), 0.5)
    with Image.open(tmp_path / "copy.png") as copy:
        assert "icc_profile" not in copy.info


def test_a_bad_source_leaves_no_copy(tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    with pytest.raises(UnreadableImageError, match="not an image"):
        make_copy(str(tmp_path / "bad.jpg"), str(tmp_path / "copy.jpg"), 0.5)
    result = copy_to(tmp_path, "copy.jpg", tmp_path / "bad.jpg", size=8)
    assert result == Failure(str(tmp_path / "bad.jpg"), "not an image, or of a kind that is not supported", 8, 1)
    assert os.listdir(tmp_path) == ["bad.jpg"]


def test_a_copy_says_its_size_and_what_was_done(tmp_path):
    photograph("coins.png").save(tmp_path / "a.png")
    result = copy_to(tmp_path, "copy.png", tmp_path / "a.png")
    assert result == Copied(os.path.getsize(tmp_path / "copy.png"), "384 x 303 -> 192 x 152")


def test_a_copy_that_cannot_be_written_is_a_failure_of_this_file(tmp_path):
    photograph("coins.png").save(tmp_path / "a.png")
    (tmp_path / "file").write_text("in the way")
    result = copy_to(tmp_path, "file/copy.png", tmp_path / "a.png")
    assert result.reason.startswith("its copy cannot be written: ")
    assert f"{tmp_path}/file is not a directory, and in the way: move it elsewhere" in result.reason


def test_a_picture_that_is_too_large_for_its_format_is_a_failure_of_this_file(tmp_path):
    Image.new("L", (20_000, 2)).save(tmp_path / "wide.webp", format="PNG")
    result = copy_to(tmp_path, "copy.webp", tmp_path / "wide.webp", fraction=1.0)
    assert result.reason.startswith("its copy cannot be written: ")
    assert os.listdir(tmp_path) == ["wide.webp"]


# Nothing but copies is ever written over.


@pytest.fixture
def photos(tmp_path):
    """Make a picture in b, and a folder of copies that has none yet; return both folders."""
    (tmp_path / "photos" / "b").mkdir(parents=True)
    photograph("coins.png").save(tmp_path / "photos" / "b" / "1.png")
    (tmp_path / "copies").mkdir()
    return tmp_path / "photos", tmp_path / "copies"


def test_no_copy_is_written_through_a_folder_that_is_a_link(photos):
    originals, copies = photos
    before = (originals / "b" / "1.png").read_bytes()
    (copies / "a").symlink_to(originals)
    result = copy_to(copies, "a/b/1.png", originals / "b" / "1.png")
    assert result.is_passing
    link = f"{copies}/a is a link, and nothing is written through a link: remove it"
    assert result.reason == f"its copy cannot be written: {link}"
    assert (originals / "b" / "1.png").read_bytes() == before
    assert os.listdir(originals / "b") == ["1.png"]


@pytest.mark.parametrize("target", ["../photos/b/1.png", "no/where"])
def test_no_copy_is_written_over_a_link(photos, target):
    originals, copies = photos
    (copies / "1.png").symlink_to(target)
    result = copy_to(copies, "1.png", originals / "b" / "1.png")
    assert f"{copies}/1.png is a link, and nothing is written through a link: remove it" in result.reason
    assert os.readlink(copies / "1.png") == target


def test_a_folder_that_becomes_a_link_while_its_picture_is_shrunk_is_not_followed(photos, monkeypatch):
    originals, copies = photos
    before = (originals / "b" / "1.png").read_bytes()
    (copies / "b").mkdir()
    encoded = resize_image._encoded

    def swapped(*arguments):
        (copies / "b").rename(copies / "away")
        (copies / "b").symlink_to(originals / "b")
        return encoded(*arguments)

    monkeypatch.setattr(resize_image, "_encoded", swapped)
    assert f"{copies}/b is a link" in copy_to(copies, "b/1.png", originals / "b" / "1.png").reason
    assert (originals / "b" / "1.png").read_bytes() == before
    assert os.listdir(originals / "b") == ["1.png"]


def test_a_folder_that_becomes_a_link_while_its_copy_is_written_is_not_followed(photos, monkeypatch):
    originals, copies = photos
    before = (originals / "b" / "1.png").read_bytes()
    own = atomic._own

    def swapped(*arguments):
        (copies / "b").rename(copies / "away")
        (copies / "b").symlink_to(originals / "b")
        own(*arguments)

    monkeypatch.setattr(atomic, "_own", swapped)
    copy_to(copies, "b/1.png", originals / "b" / "1.png")
    assert (originals / "b" / "1.png").read_bytes() == before
    assert os.listdir(originals / "b") == ["1.png"]
    assert os.listdir(copies / "away") == ["1.png"]  # it goes where its folder went


@pytest.mark.parametrize("how", ["a link", "another folder", "gone"])
def test_a_folder_of_copies_that_was_swapped_is_not_written_to(photos, monkeypatch, how):
    originals, copies = photos
    before = (originals / "b" / "1.png").read_bytes()
    encoded = resize_image._encoded

    def swapped(*arguments):
        copies.rename(copies.parent / "away")
        if how == "a link":
            copies.symlink_to(originals)
        elif how == "another folder":
            shutil.copytree(originals, copies)
        return encoded(*arguments)

    monkeypatch.setattr(resize_image, "_encoded", swapped)
    reason = copy_to(copies, "b/1.png", originals / "b" / "1.png").reason
    told = {
        "a link": f"{copies} is a link, and",
        "another folder": f"{copies} is not the folder any more",
        "gone": "no",
    }
    assert told[how] in reason
    assert (originals / "b" / "1.png").read_bytes() == before
    if how == "another folder":
        assert (copies / "b" / "1.png").read_bytes() == before
    assert os.listdir(copies.parent / "away") == []


def test_an_original_that_was_moved_to_the_place_of_its_copy_is_left_alone(photos):
    originals, copies = photos
    before = (originals / "b" / "1.png").read_bytes()
    shutil.copy2(originals / "b" / "1.png", copies / "1.png")
    reason = copy_to(copies, "1.png", originals / "b" / "1.png").reason
    assert f"{copies}/1.png has the size and the time of the original, and is left alone: move it elsewhere" in reason
    assert (copies / "1.png").read_bytes() == before


def test_what_is_no_file_at_the_place_of_a_copy_is_named(photos):
    originals, copies = photos
    (copies / "1.png").mkdir()
    reason = copy_to(copies, "1.png", originals / "b" / "1.png").reason
    assert f"{copies}/1.png is not a regular file, and in the way: move it elsewhere" in reason


def test_a_copy_on_a_full_disk_is_a_failure_that_passes_and_leaves_nothing(photos, monkeypatch):
    originals, copies = photos

    def full(*_arguments, **_named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    result = copy_to(copies, "1.png", originals / "b" / "1.png")
    assert result.is_passing
    assert result.reason == "its copy cannot be written: no space left on device"
    assert os.listdir(copies) == []
