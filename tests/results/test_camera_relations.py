"""What the camera's own data say two files are to each other: shots of a burst, and copies that are none."""

import pytest
from pictures import photograph
from PIL import ExifTags, Image, ImageChops, ImageDraw

import imgcmp

TAKEN = "2021:07:31 23:59:{:02}"


def save(image, path, *, second=10, camera="Camera 1"):
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Maker", camera
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = TAKEN.format(second)
    image.save(path, quality=92, exif=exif)


def told(folder, image, **camera):
    """Return what is told of an image beside a photograph that was taken at 10 seconds."""
    save(photograph("coffee.png").convert("RGB"), folder / "a.jpg")
    save(image, folder / "b.jpg", **camera)
    (group,) = imgcmp.find_duplicates(folder, sim=0.3, workers=1).groups
    (relation,) = {member.relation for member in group.members} - {"best"}
    return relation


@pytest.fixture
def moved():
    """Return what the camera saw a moment later: a few pixels to the side, with a thing in it."""
    image = ImageChops.offset(photograph("coffee.png").convert("RGB"), 9, 4)
    ImageDraw.Draw(image).ellipse((380, 60, 430, 110), fill=(220, 210, 60))
    return image


@pytest.mark.parametrize(("second", "expected"), [(10, "burst"), (13, "burst"), (19, "burst"), (40, "similar")])
def test_two_frames_of_one_camera_within_seconds_are_a_burst(tmp_path, moved, second, expected):
    assert told(tmp_path, moved, second=second) == expected


def test_two_frames_of_two_cameras_are_no_burst(tmp_path, moved):
    assert told(tmp_path, moved, camera="Camera 2") == "similar"


def test_a_copy_keeps_its_time_and_is_no_burst(tmp_path):
    picture = photograph("coffee.png").convert("RGB")
    small = picture.resize((picture.width // 2, picture.height // 2))
    assert told(tmp_path, small) == "re-encoded or resized"


def test_a_smaller_one_of_the_same_second_is_no_burst_though_it_can_only_be_said_to_be_similar(tmp_path, moved):
    """A camera takes the pictures of a burst at one size."""
    assert told(tmp_path, moved.resize((300, 200))) == "similar"


def test_a_burst_may_be_of_portraits_and_landscapes(tmp_path, moved):
    upright = moved.transpose(Image.Transpose.ROTATE_90)
    assert told(tmp_path, upright) == "burst"
