import os
import re
import shutil
from functools import partial

import imagehash
import numpy as np
import pytest
from pictures import hard_pictures, photograph, photograph_path, save_turned
from PIL import Image

import imgcmp
from imgcmp import workers
from imgcmp.errors import UnreadableImageError
from imgcmp.files import Failure, ImageFile
from imgcmp.fingerprints import FileFingerprint, fingerprint_file, try_fingerprint
from imgcmp.hashes import METHODS
from imgcmp.words import unpack

HARD = hard_pictures()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("x", [2, 8, 11, 64])
@pytest.mark.parametrize("name", ["noise", "symmetric", "grey", "3 x 200"])
def test_image_array_and_file_have_the_same_fingerprint(tmp_path, name, x, method):
    pixels = HARD[name]
    path = tmp_path / "picture.png"
    Image.fromarray(pixels).save(path)
    words = imgcmp.fingerprint(pixels, x=x, method=method)
    assert words.dtype == np.uint64
    assert words.shape == (-(-x * x // 64),)
    for same in (Image.fromarray(pixels), str(path), path):
        np.testing.assert_array_equal(imgcmp.fingerprint(same, x=x, method=method), words)
    np.testing.assert_array_equal(unpack(words, x * x), METHODS[method](Image.fromarray(pixels), x))


@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "coffee.png"])
def test_hex_of_a_colour_photograph_is_that_of_imagehash(name):
    path = photograph_path(name)
    for image in (path, photograph(name)):
        assert imgcmp.to_hex(imgcmp.fingerprint(image), 64) == str(imagehash.phash(photograph(name)))


def test_the_default_is_phash_of_64_bits():
    image = photograph()
    np.testing.assert_array_equal(imgcmp.fingerprint(image), imgcmp.fingerprint(image, x=8, method="phash"))


def test_an_opened_image_is_turned_upright_as_its_file_is(tmp_path):
    path = save_turned(photograph("coffee.png"), tmp_path / "turned.png", 6)
    upright = imgcmp.fingerprint(photograph("coffee.png"))
    np.testing.assert_array_equal(imgcmp.fingerprint(path), upright)
    with Image.open(path) as image:
        np.testing.assert_array_equal(imgcmp.fingerprint(image), upright)


def test_arrays_need_not_be_contiguous():
    pixels = HARD["noise"]
    np.testing.assert_array_equal(
        imgcmp.fingerprint(pixels[::2, ::-1]), imgcmp.fingerprint(np.ascontiguousarray(pixels[::2, ::-1]))
    )


@pytest.mark.parametrize(
    ("image", "settings", "error", "message"),
    [
        (np.zeros((4, 4)), {}, TypeError, "got an array of float64"),
        (7, {}, TypeError, "image must be a Pillow image, a path, or an array of uint8; got int"),
        (np.zeros((4, 4, 3), np.uint8), {}, ValueError, r"shape \(height, width\), not empty; got \(4, 4, 3\)"),
        (np.zeros((0, 4), np.uint8), {}, ValueError, r"got \(0, 4\)"),
        (Image.new("L", (0, 4)), {}, ValueError, r"image must have pixels; got size \(0, 4\)"),
        (np.zeros((4, 4), np.uint8), {"x": 1}, ValueError, r"x must be in 2\.\.64; got 1"),
        (np.zeros((4, 4), np.uint8), {"x": 65}, ValueError, r"x must be in 2\.\.64; got 65"),
        (np.zeros((4, 4), np.uint8), {"method": "md5"}, ValueError, "must be one of phash, ahash, dhash; got 'md5'"),
        ("/no/such/file.png", {"x": 0}, ValueError, "x must be"),
        ("/no/such/file.png", {}, UnreadableImageError, "no such file"),
    ],
)
def test_wrong_arguments_say_what_is_wrong(image, settings, error, message):
    with pytest.raises(error, match=message):
        imgcmp.fingerprint(image, **settings)


def test_the_facts_of_a_file_are_those_of_the_whole_picture_upright(tmp_path):
    path = save_turned(photograph("rocket.jpg"), tmp_path / "turned.jpg", 8)  # 640 x 427, decoded at reduced scale
    found = fingerprint_file(path, x=2, method="phash")
    assert (found.width, found.height) == photograph("rocket.jpg").size


def test_a_bad_file_is_a_failure_with_its_size_and_time(tmp_path):
    path = tmp_path / "bad.jpg"
    path.write_bytes(b"no image")
    result = try_fingerprint(ImageFile(str(path), 8, 123), x=8, method="phash")
    assert result == Failure(str(path), "not an image, or of a kind that is not supported", 8, 123)


def test_every_file_of_the_bad_ones_is_read_or_fails_with_a_reason(test_data):
    folder = test_data / "bad"
    names = [row.split(",")[0] for row in (folder / "manifest.csv").read_text().splitlines()[1:]]
    files = [ImageFile(str(folder / name), 0, 0) for name in names]
    results = list(workers.run(partial(try_fingerprint, x=8, method="phash"), files, workers=2))
    assert len(results) == len(files)
    read = [result for _, result in results if isinstance(result, FileFingerprint)]
    failed = [result for _, result in results if not isinstance(result, FileFingerprint)]
    assert min(len(read), len(failed)) > 50
    assert all(min(result.width, result.height) >= 1 for result in read)
    assert [result for result in failed if not re.fullmatch(r"[ -~]+", result.reason)] == []


def test_names_that_are_not_utf8_are_read(tmp_path):
    name = os.fsdecode(b"caf\xe9\n.png")
    path = os.path.join(tmp_path, name)
    try:
        shutil.copy(photograph_path("coins.png"), path)
    except OSError:
        pytest.skip("the file system takes no such name")
    np.testing.assert_array_equal(imgcmp.fingerprint(path), imgcmp.fingerprint(photograph("coins.png")))
