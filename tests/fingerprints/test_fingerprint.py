import errno
import os
import re
import shutil
import struct
import zlib
from functools import partial

import imagehash
import mutate_images
import numpy as np
import pytest
import tasks
from pictures import gradient, hard_pictures, photograph, photograph_path, png_chunk, save_turned
from PIL import Image

import imgcmp
from imgcmp.errors import UnreadableImageError
from imgcmp.fingerprints.fingerprint import NO_PIXELS, FileFingerprint, Moved, fingerprint_file, try_fingerprint
from imgcmp.fingerprints.hashes import HASHES
from imgcmp.fingerprints.packing import unpack
from imgcmp.fingerprints.parameters import METHODS
from imgcmp.images.detail import LEAST_DETAIL
from imgcmp.images.file_digest import identity
from imgcmp.images.image_file import Failure, ImageFile
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import pixel_digest
from imgcmp.system import processes

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
    np.testing.assert_array_equal(unpack(words, x * x), HASHES[method](Image.fromarray(pixels), x))


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


@pytest.mark.parametrize("call", [imgcmp.fingerprint, imgcmp.fingerprint_views])
def test_the_error_of_a_missing_file_is_that_of_the_system(call, tmp_path):
    path = str(tmp_path / "missing.jpg")
    with pytest.raises(UnreadableImageError, match=f"^{path}: no such file or directory$") as caught:
        call(path)
    error = caught.value
    assert (error.errno, error.passing, error.out_of_reach) == (errno.ENOENT, True, True)


def test_the_facts_of_a_file_are_those_of_the_whole_picture_upright(tmp_path):
    path = save_turned(photograph("rocket.jpg"), tmp_path / "turned.jpg", 8)  # 640 x 427, decoded at reduced scale
    found = fingerprint_file(path, x=2, method="phash")
    assert (found.width, found.height) == photograph("rocket.jpg").size


def test_a_bad_file_is_a_failure_with_its_size_and_time(tmp_path):
    path = tmp_path / "bad.jpg"
    path.write_bytes(b"no image")
    result = try_fingerprint(ImageFile(str(path), 8, 123), x=8, method="phash")
    assert result == Failure(str(path), "not an image, or of a kind that is not supported", 8, 123)


@pytest.mark.parametrize("suffix", ["png", "jpg"])  # of 240 KB, and of 30
def test_a_file_that_is_known_is_not_decoded(tmp_path, suffix):
    path = tmp_path / f"picture.{suffix}"
    photograph().convert("RGB").save(path)
    file = ImageFile(str(path), path.stat().st_size, 1)
    task = partial(try_fingerprint, x=8, method="phash")
    result = task(file)
    with opened(str(path)) as content:
        assert result.digest == content.digest()
        assert result.middle == content.middle()
    key = identity(result.digest, result.middle, file.size, 1)
    assert task(file, known={key}) == Moved(key)
    np.testing.assert_array_equal(task(file, known={b"another"}).words, result.words)
    later = file._replace(mtime_ns=2)
    assert isinstance(task(later, known={key}), Moved) == (file.size <= 2**17)


def test_a_file_with_the_ends_of_another_is_not_taken_for_it(tmp_path):
    """Two scans without compression, of one size and date, and with equal margins."""
    tasks = []
    for n in range(2):
        page = Image.new("RGB", (500, 700), "white")
        page.paste(photograph().convert("RGB").rotate(90 * n).resize((400, 500)), (50, 100))
        page.save(tmp_path / f"{n}.bmp")
        tasks.append(ImageFile(str(tmp_path / f"{n}.bmp"), (tmp_path / f"{n}.bmp").stat().st_size, 1))
    one, other = (try_fingerprint(file, x=8, method="phash") for file in tasks)
    assert one.digest == other.digest
    key = identity(one.digest, one.middle, tasks[0].size, 1)
    assert try_fingerprint(tasks[0], x=8, method="phash", known=frozenset({key})) == Moved(key)
    assert (try_fingerprint(tasks[1], x=8, method="phash", known=frozenset({key})).words == other.words).all()


@pytest.mark.parametrize(
    ("error", "is_passing"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file"), True),
        (OSError(errno.EIO, "Input/output error"), True),
        (OSError(errno.ESTALE, "Stale file handle"), True),
        (OSError(errno.ENOTCONN, "Transport endpoint is not connected"), True),
        (PermissionError(errno.EACCES, "Permission denied"), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (MemoryError(), True),
        (OSError("decoder error -9"), True),
        (OSError("out of memory when reading image file"), True),
        (OSError("broken data stream when reading image file"), False),
        (OSError(errno.EINVAL, "Invalid argument"), False),
        (ValueError("no"), False),
        (struct.error("no"), False),
    ],
)
def test_a_reason_outside_of_the_file_has_no_files_size_and_time(tmp_path, monkeypatch, error, is_passing):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")

    def fail(*_):
        raise error

    monkeypatch.setattr(Image, "open", fail)
    result = try_fingerprint(ImageFile(str(tmp_path / "a.png"), 4, 123), x=8, method="phash")
    assert result.is_passing == is_passing
    assert (result.size, result.mtime_ns) == ((-1, -1) if is_passing else (4, 123))


def test_a_file_that_vanished_is_tried_again():
    result = try_fingerprint(ImageFile("/no/such/file", 4, 123), x=8, method="phash")
    assert result == Failure("/no/such/file", "no such file or directory", -1, -1, is_out_of_reach=True)


def write_huge_png(path, side, n_bytes):
    """Write a colour PNG with n_bytes of noise, without ever holding its pixels: a block of rows, again and again."""
    n_rows = 100
    noise = np.random.default_rng(0).bytes(n_bytes * n_rows // side)
    row = b"\0" + bytes(3 * side)
    block = noise.join([row[: -len(noise)], row * (n_rows - 1)])
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 1
    for _ in range(side // n_rows):
        checksum = zlib.adler32(block, checksum)
    pixels = b"\x78\x01" + packed * (side // n_rows) + b"\x03\x00" + struct.pack(">I", checksum)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*pair) for pair in chunks))


def test_a_picture_that_needs_more_than_the_budget_says_so(tmp_path):
    write_huge_png(tmp_path / "huge.png", 30_000, 8_000_000)
    assert 10_500_000 < os.path.getsize(tmp_path / "huge.png") < 12_000_000
    file = ImageFile(str(tmp_path / "huge.png"), 1, 1)
    task = partial(try_fingerprint, x=8, method="phash")
    [(_, result)] = processes.run(task, [file], workers=1, max_memory=2_900_000_000)
    assert result.reason == "needs 5.4 GB to decode and 2.9 GB may be used; allow more with --max-memory"
    assert result.is_passing


def test_a_picture_beyond_pillows_limit_is_read_if_the_budget_holds_it(tmp_path):
    write_huge_png(tmp_path / "large.png", 1_000, 10_000)
    file = ImageFile(str(tmp_path / "large.png"), 1, 1)
    task = partial(tasks.fingerprint_under_pillows_limit, 1000)
    [(_, result)] = processes.run(task, [file], workers=1, max_memory=10_000_000)
    assert (result.width, result.height) == (1_000, 1_000)


def test_damaged_copies_are_read_or_give_their_reasons(tmp_path, capsys):
    for suffix in {".jpg", ".png", ".gif", ".webp", ".tif", ".bmp", ".jp2", ".avif", ".ico", ".tga", ".dds"} & set(
        Image.registered_extensions()
    ):
        gradient(40, 30).save(tmp_path / f"a{suffix}")
    gradient(40, 30).save(tmp_path / "progressive.jpg", progressive=True)
    status = mutate_images.main([str(tmp_path), "--count", "150", "--timeout", "20"])
    output = capsys.readouterr().out
    assert output.startswith("150 files: ")
    assert status == 0, output


def test_two_thousand_damaged_copies_of_bad_files_and_photographs_are_read_or_give_their_reasons(test_data, capsys):
    status = mutate_images.main([str(test_data / "bad"), str(test_data / "photos"), "--count", "2000"])
    output = capsys.readouterr().out
    assert output.startswith("2,000 files: ")
    assert status == 0, output


def test_every_file_of_the_bad_ones_is_read_or_fails_with_a_reason(test_data):
    folder = test_data / "bad"
    names = [row.split(",")[0] for row in (folder / "manifest.csv").read_text().splitlines()[1:]]
    files = [ImageFile(str(folder / name), 0, 0) for name in names]
    results = list(processes.run(partial(try_fingerprint, x=8, method="phash"), files, workers=2))
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


# Pictures that show too little


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_flat_picture_has_the_digest_of_its_pixels_and_others_have_none(tmp_path, suffix):
    plain, other = tmp_path / f"plain.{suffix}", tmp_path / f"photo.{suffix}"
    Image.new("RGB", (500, 400), "teal").save(plain)
    photograph().convert("RGB").save(other)
    flat, full = (fingerprint_file(str(path), x=8, method="phash") for path in (plain, other))
    assert (flat.detail, flat.width, flat.height) == (0, 500, 400)
    with Image.open(plain) as image:
        assert flat.pixels == pixel_digest(image)
    assert full.detail >= LEAST_DETAIL
    assert full.pixels == NO_PIXELS == bytes(16)


def test_a_flat_picture_is_decoded_once_unless_it_is_a_jpeg(tmp_path, monkeypatch):
    opened_images = []
    whole = Image.open
    monkeypatch.setattr(Image, "open", lambda *args, **options: opened_images.append(1) or whole(*args, **options))
    Image.new("RGB", (500, 400), "teal").save(tmp_path / "a.png")
    fingerprint_file(str(tmp_path / "a.png"), x=8, method="phash")
    assert len(opened_images) == 1


def test_flat_pictures_of_the_same_pixels_are_known_by_them(tmp_path):
    for name in ("a.png", "b.bmp", "c.tif"):
        Image.new("RGB", (500, 400), "teal").save(tmp_path / name)
    Image.new("RGB", (500, 401), "teal").save(tmp_path / "d.png")
    found = [fingerprint_file(str(path), x=8, method="phash").pixels for path in sorted(tmp_path.glob("?.*"))]
    assert len(set(found[:3])) == 1
    assert found[3] != found[0]
