import io
import random

import numpy as np
import pytest
from pictures import PHOTOGRAPHS, photograph
from PIL import Image, ImageCms

from imgcmp.errors import UnreadableImageError
from imgcmp.fingerprints.fingerprint import fingerprint_file, try_fingerprint
from imgcmp.fingerprints.views import N_STANDINGS, view_names
from imgcmp.images.damage import PARTS, largest_part
from imgcmp.images.image_file import CUT_OFF, DAMAGED, Failure, ImageFile

SUBSAMPLED = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": 85, **options})
    return file.getvalue()


def read(path, data):
    """Read a file of these bytes as a run does."""
    path.write_bytes(data)
    return try_fingerprint(ImageFile(str(path), len(data), 0), x=16, method="phash", views="all", take_parts=True)


def bits(words, others):
    return int(np.bitwise_count(words ^ others).sum())


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("sampling", SUBSAMPLED)
@pytest.mark.parametrize("side", [3, 40, 123, 700, 2000])
def test_sound_jpegs_are_not_damaged_whatever_their_size_and_sampling(name, sampling, side, tmp_path):
    image = photograph(name).convert("RGB").resize((side, side * 2 // 3 + 1))
    for data in (jpeg(image, subsampling=SUBSAMPLED[sampling]), jpeg(image.convert("L")), jpeg(image, optimize=True)):
        assert read(tmp_path / "a.jpg", data).damage == ""


def test_sound_jpegs_of_other_kinds_are_not_damaged(tmp_path):
    image = photograph("astronaut.png").convert("RGB")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for data in (
        jpeg(image, progressive=True),
        jpeg(image, icc_profile=profile),
        jpeg(image.convert("CMYK")),
        jpeg(image, restart_marker_rows=1),
        jpeg(image, restart_marker_blocks=3),
        jpeg(image, keep_rgb=True),
        jpeg(image) + bytes(1000),
        jpeg(image) + jpeg(image.reduce(4)),
    ):
        assert read(tmp_path / "a.jpg", data).damage == ""


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_grey_at_the_end_of_a_picture_is_no_damage(mode, tmp_path):
    picture = photograph("astronaut.png").convert("RGB")
    picture.paste((128, 128, 128), (0, picture.height // 2, picture.width, picture.height))
    assert read(tmp_path / "a.jpg", jpeg(picture.convert(mode))).damage == ""
    assert read(tmp_path / "b.jpg", jpeg(Image.new(mode, (300, 200), 128 if mode == "L" else (128,) * 3))).damage == ""


def test_a_check_leaves_the_fingerprint_as_it_is(tmp_path):
    """Of a copy with restarts at the end of each row, of which the last one is never reached, and of a plain one."""
    image = photograph("astronaut.png").convert("RGB").resize((501, 333))
    found = read(tmp_path / "a.jpg", jpeg(image))
    with Image.open(tmp_path / "a.jpg") as plain:
        plain.draft("L", (64, 64))
        assert bits(fingerprint_file(str(tmp_path / "a.jpg"), x=16, method="phash").words, found.words) == 0
    assert (found.width, found.height) == (501, 333)


def test_most_files_with_zeros_or_noise_in_them_are_damaged(tmp_path):
    image, chance = photograph("astronaut.png").convert("RGB"), random.Random(0)
    data = jpeg(image)
    start, told = data.index(b"\xff\xda") + 20, {"zeros": 0, "noise": 0}
    for _ in range(40):
        at = chance.randrange(start, len(data) - 600)
        for kind, wrong in (("zeros", bytes(512)), ("noise", chance.randbytes(512))):
            found = read(tmp_path / "a.jpg", data[:at] + wrong + data[at + 512 :])
            told[kind] += isinstance(found, Failure) or found.damage in (DAMAGED, CUT_OFF)
    assert min(told.values()) >= 34, told


def test_files_with_restarts_are_damaged_where_one_of_these_is_missing(tmp_path):
    """The decoder goes on at the next one, with as many blocks as there should be."""
    image, chance = photograph("astronaut.png").convert("RGB"), random.Random(0)
    data = jpeg(image, restart_marker_blocks=4)
    start, told = data.index(b"\xff\xda") + 20, {"zeros": 0, "noise": 0}
    for _ in range(20):
        at = chance.randrange(start, len(data) - 600)
        for kind, wrong in (("zeros", bytes(512)), ("noise", bytes(chance.choices(range(255), k=512)))):
            found = read(tmp_path / "a.jpg", data[:at] + wrong + data[at + 512 :])
            told[kind] += isinstance(found, Failure) or found.damage in (DAMAGED, CUT_OFF)
    assert told == {"zeros": 20, "noise": 20}


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_a_file_whose_data_end_before_the_picture_does_is_damaged(part, mode, tmp_path):
    """However far before: a tool that mends files may have put an end there."""
    data = jpeg(photograph("astronaut.png").convert("RGB").resize((1600, 1200)).convert(mode))
    at = data.index(b"\xff\xda") + 20
    at += round(part * (len(data) - at))
    assert read(tmp_path / "a.jpg", data[:at].rstrip(b"\xff") + b"\xff\xd9").damage == DAMAGED
    assert read(tmp_path / "a.jpg", data[:at].rstrip(b"\xff") + b"\xff\xd9" + data[at:]).damage == DAMAGED


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("part", [0.35, 0.6, 0.9])
def test_the_first_rows_stand_for_a_file_that_is_cut_off_or_ends_in_zeros(part, progressive, tmp_path):
    image = photograph("astronaut.png").convert("RGB")
    data = jpeg(image, progressive=progressive)
    whole, n = read(tmp_path / "whole.jpg", data), round(part * len(data))
    for left in (data[:n], data[:n] + bytes(len(data) - n)):
        found = read(tmp_path / "cut.jpg", left)
        if progressive and len(left) == len(data):
            continue  # of these nothing is told
        assert (found.damage, found.width, found.height) == (CUT_OFF, whole.width, whole.height)
        views = [view for view, name in zip(whole.views, view_names("all"), strict=True) if name.startswith("first")]
        assert len(views) == 2
        assert min(bits(standing, view) for standing in found.views[:N_STANDINGS] for view in views) <= 60


@pytest.mark.parametrize("turn", range(1, 9))
def test_first_rows_are_found_however_the_picture_is_turned(turn, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = turn
    data = jpeg(photograph("astronaut.png").convert("RGB"), exif=exif)
    whole, found = read(tmp_path / "whole.jpg", data), read(tmp_path / "cut.jpg", data[: 7 * len(data) // 10])
    place = view_names("all").index("first half of the rows")
    assert found.damage == CUT_OFF
    assert min(bits(standing, whole.views[place]) for standing in found.views[:N_STANDINGS]) <= 24


def test_a_file_of_which_too_little_is_left_cannot_be_read(tmp_path):
    data = jpeg(photograph("astronaut.png").convert("RGB"))
    found = read(tmp_path / "cut.jpg", data[: len(data) // 8])
    assert isinstance(found, Failure)
    assert found.reason.startswith("cut off: the first")
    with pytest.raises(UnreadableImageError, match="cut off"):
        fingerprint_file(str(tmp_path / "cut.jpg"), x=16, method="phash")


def test_only_a_run_takes_parts_of_files(tmp_path):
    data = jpeg(photograph("astronaut.png").convert("RGB"))
    (tmp_path / "cut.jpg").write_bytes(data[: 7 * len(data) // 10])
    with pytest.raises(UnreadableImageError, match="cut off"):
        fingerprint_file(str(tmp_path / "cut.jpg"), x=16, method="phash")


def test_the_largest_part_that_is_there_stands_for_a_file():
    assert [largest_part(there) for there in (0.25, 0.49, 0.5, 1.0)] == [PARTS[1], PARTS[1], PARTS[0], PARTS[0]]
    with pytest.raises(UnreadableImageError, match="24 % of its rows"):
        largest_part(0.24)
