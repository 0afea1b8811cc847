"""JPEGs that are read in part, by another reader, or without what is damaged; and those that are refused."""

import io
import struct

import numpy as np
import pytest
from jpegs import EOI, QUANTIZERS, SOI, PlainBlocks, frame, quantizers, segment, split
from pictures import ORIENTATION_TAG, photograph
from PIL import Image, features

from imgcmp import UnreadableImageError, fingerprint
from imgcmp.images.decoders import open_image
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole
from imgcmp.images.readers import jpeg, packages
from imgcmp.images.readers.jpeg_scans import means_alone
from imgcmp.images.resize_image import make_copy

PICTURE = photograph("astronaut.png").convert("RGB").resize((160, 128))
GREY = np.asarray(PICTURE.convert("L"))
needs_lossless = pytest.mark.skipif(
    (features.version("libjpeg_turbo") or "0") < "3", reason="lossless JPEG came with libjpeg-turbo 3"
)


def encoded(image=PICTURE, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **({"quality": 95} | options))
    return file.getvalue()


def pixels_of(path, min_side=10_000):
    return np.asarray(read_picture(str(path), min_side).grey, dtype=int)


def means_of(path):
    with opened(str(path)) as content:
        return means_alone(content)


def digest(path):
    with opened(str(path)) as content:
        return digest_whole(content)


def refused(path, min_side=10_000):
    with pytest.raises(UnreadableImageError) as caught:
        read_picture(str(path), min_side)
    reason = str(caught.value)
    assert reason.isprintable()
    assert "decoder error" not in reason
    assert "bytes not processed" not in reason
    return reason


@pytest.fixture
def as_a_whole(monkeypatch):
    """Return a function that reads a file without taking only what is needed of it."""

    def read(path, min_side):
        with monkeypatch.context() as context:
            context.setattr(jpeg, "means_alone", lambda _: None)
            return pixels_of(path, min_side)

    return read


# Progressive: the scans of means

RANDOM = np.random.default_rng(5)
LUMA, BLUE, RED = (RANDOM.integers(-40, 40, (16, 20)) for _ in range(3))


def plain(step=16, **options):
    return PlainBlocks([LUMA, BLUE, RED], step, **options)


def details(blocks):
    return [blocks.of_details(name) for name in range(1, len(blocks.means) + 1)]


def shown(step, means=LUMA):
    return np.rint((means * step) / 8 + 128).clip(0, 255)


def files_of_whole_means():
    """Yield names and files that all means can be taken of, in as many orders."""
    blocks = plain()
    both = blocks.of_means([1, 2, 3], 0, 1), blocks.of_means([1, 2, 3], 1, 0)
    yield "at once", blocks.file(blocks.of_means([1, 2, 3], 0, 0), *details(blocks))
    yield "colour by colour", blocks.file(*(blocks.of_means([name], 0, 0) for name in (1, 2, 3)), *details(blocks))
    yield (
        "details of the first colour between",
        blocks.file(blocks.of_means([1], 0, 0), blocks.of_details(1), blocks.of_means([2, 3], 0, 0)),
    )
    yield "last bit at once", blocks.file(*both, *details(blocks))
    yield "last bit at last", blocks.file(both[0], *details(blocks), both[1])
    third = [blocks.of_means([name], 2, 1) for name in (3, 1, 2)]
    yield "in three steps", blocks.file(blocks.of_means([1, 2, 3], 0, 2), *third, *details(blocks), both[1])
    grey = PlainBlocks([LUMA], 16)
    yield "grey", grey.file(grey.of_means([1], 0, 1), *details(grey), grey.of_means([1], 1, 0))
    halves = PlainBlocks([LUMA, BLUE[::2, ::2], RED[::2, ::2]], 16)
    yield "subsampled", halves.file(halves.of_means([1, 2, 3], 0, 0), *details(halves))
    for interval in (1, 7, 20):
        restarts = plain(interval=interval)
        scans = restarts.of_means([1, 2, 3], 0, 1), restarts.of_means([1, 2, 3], 1, 0)
        yield f"restarts after {interval}", restarts.file(scans[0], *details(restarts), scans[1])
    yield "film behind", blocks.file(blocks.of_means([1, 2, 3], 0, 0), *details(blocks)) + b"film" * 30_000 + EOI


@pytest.mark.parametrize(("name", "file"), [*files_of_whole_means()])
def test_at_an_eighth_the_means_are_all(tmp_path, as_a_whole, name, file):
    path = tmp_path / "a.jpg"
    path.write_bytes(file)
    assert len(means_of(path)) < len(file)
    seen = pixels_of(path, 16)
    assert seen.shape == LUMA.shape
    assert np.abs(seen - shown(16)).max() <= 1
    np.testing.assert_array_equal(seen, as_a_whole(path, 16))


def test_where_steps_are_fine_the_last_bit_is_not_read(tmp_path, as_a_whole):
    blocks = plain(step=4)
    first, last = blocks.of_means([1, 2, 3], 0, 1), blocks.of_means([1, 2, 3], 1, 0)
    path = tmp_path / "a.jpg"
    path.write_bytes(blocks.file(first, *details(blocks), last))
    assert means_of(path).endswith(first + EOI)
    assert np.abs(pixels_of(path, 16) - as_a_whole(path, 16)).max() <= 1
    assert np.abs(as_a_whole(path, 16) - shown(4)).max() <= 1


def files_of_other_orders():
    """Yield names and files that the means can't be taken of, but that are read as a whole."""
    blocks = plain()
    first, last = blocks.of_means([1, 2, 3], 0, 1), blocks.of_means([1, 2, 3], 1, 0)
    yield "the last bit is missing", blocks.file(first, *details(blocks))
    yield "a colour is missing", blocks.file(blocks.of_means([1], 0, 0), blocks.of_details(1))
    yield "quantizers between", blocks.file(first, quantizers(16), *details(blocks), last)
    finer = PlainBlocks([BLUE[::2, ::2], LUMA, RED], 16)
    yield "the other colours are finer", finer.file(finer.of_means([1, 2, 3], 0, 0), *details(finer))
    late = blocks.of_means([1, 2, 3], 1, 0)
    yield "a bit too late", blocks.file(blocks.of_means([1, 2, 3], 0, 2), *details(blocks), late)
    yield "the last bit twice", blocks.file(first, *details(blocks)[:1], blocks.of_means([1], 1, 0), late)


@pytest.mark.parametrize(("name", "file"), [*files_of_other_orders()])
def test_other_orders_are_read_as_a_whole(tmp_path, as_a_whole, name, file):
    path = tmp_path / "a.jpg"
    path.write_bytes(file)
    assert means_of(path) is None
    np.testing.assert_array_equal(pixels_of(path, 16), as_a_whole(path, 16))


def test_scans_that_leave_out_a_bit_or_are_damaged_are_not_taken(tmp_path):
    blocks = plain()
    coarse, whole = blocks.of_means([1, 2, 3], 0, 2), blocks.of_means([1, 2, 3], 0, 0)
    damaged = whole[: len(whole) // 2] + b"\xff\x01" + whole[len(whole) // 2 :]
    for name, scans in (("two bits at once", [coarse, blocks.of_means([1, 2, 3], 2, 0)]), ("damaged", [damaged])):
        (tmp_path / name).write_bytes(blocks.file(*scans, *details(blocks)))
        assert means_of(tmp_path / name) is None


def test_nothing_but_progressive_pictures_is_taken_in_part(tmp_path):
    blocks = plain()
    file = blocks.file(blocks.of_means([1, 2, 3], 0, 0), *details(blocks))
    frame_at = file.index(b"\xff\xc2")
    for name, changed in (
        ("arithmetic", file[: frame_at + 1] + b"\xca" + file[frame_at + 2 :]),
        ("hierarchical", file[: frame_at + 1] + b"\xc6" + file[frame_at + 2 :]),
        ("12 bits", file[: frame_at + 4] + b"\x0c" + file[frame_at + 5 :]),
        ("no lines", file[: frame_at + 5] + b"\0\0" + file[frame_at + 7 :]),
        ("twice", file[:frame_at] + frame(0xC2, 128, 160, [0x11] * 3) + file[frame_at:]),
        ("sequential", encoded()),
        ("no JPEG", b"II*\0" + file),
    ):
        (tmp_path / name).write_bytes(changed)
        assert means_of(tmp_path / name) is None


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return progressive photographs of which 1/8 is enough at x = 16; of two qualities, by these."""
    files = {}
    for quality in (90, 75):
        for name in ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png"):
            path = tmp_path_factory.mktemp("large") / f"{quality} {name}.jpg"
            picture = photograph(name).convert("RGB").resize((2048, 1640), Image.Resampling.BICUBIC)
            noise = np.random.default_rng(1).normal(0, 6, (1640, 2048, 3))
            noisy = Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))
            noisy.save(path, quality=quality, progressive=True)
            files.setdefault(quality, []).append(path)
    return files


@pytest.mark.parametrize(("quality", "most_bits", "most_greys"), [(90, 1, 1), (75, 0, 0)])
def test_photographs_have_the_fingerprints_of_the_whole(large, monkeypatch, quality, most_bits, most_greys):
    bits, greys = [], []
    for path in large[quality]:
        assert means_of(path) is not None
        seen, words = pixels_of(path, 192), fingerprint(path, x=16)
        with monkeypatch.context() as context:
            context.setattr(jpeg, "means_alone", lambda _: None)
            greys.append(np.abs(seen - pixels_of(path, 192)).max())
            bits.append(np.bitwise_count(words ^ fingerprint(path, x=16)).sum())
    assert np.mean(bits) <= most_bits
    assert max(greys) <= most_greys


def test_no_more_is_read_than_needed(large, monkeypatch):
    path = str(large[90][0])
    with opened(path) as content:
        n_read, size, raw = 0, content.size, content.file.raw
        real = raw.readinto

        class Counted(io.RawIOBase):
            def readable(self):
                return True

            def seekable(self):
                return True

            def seek(self, *place):
                return raw.seek(*place)

            def readinto(self, buffer):
                nonlocal n_read
                got = real(buffer)
                n_read += got
                return got

        counted = content._replace(file=io.BufferedReader(Counted()))
        counted.file.seek(0)
        means = means_alone(counted)
        assert means is not None
        assert n_read < len(means) + 2**18 < size / 2


@pytest.mark.parametrize("part", [0.05, 0.3, 0.9, 0.999999])
@pytest.mark.parametrize("quality", [90, 75])
def test_a_progressive_file_that_is_cut_off_is_refused(large, tmp_path, part, quality):
    whole = large[quality][0].read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: int(len(whole) * part)])
    assert means_of(tmp_path / "a.jpg") is None
    assert refused(tmp_path / "a.jpg", 192).startswith("cut off")


def test_copies_and_digests_are_of_all_scans(large, tmp_path, monkeypatch):
    path = str(large[90][0])
    monkeypatch.setattr(jpeg, "means_alone", None)  # it would be called in vain
    make_copy(path, str(tmp_path / "copy.png"), 1 / 16)
    with Image.open(path) as image, opened(path) as content:
        digest_whole(content)
        wanted = np.asarray(image.convert("RGB").resize((128, 102), Image.Resampling.BOX), dtype=int)
    with Image.open(tmp_path / "copy.png") as copy:
        assert np.abs(np.asarray(copy, dtype=int) - wanted).mean() < 3


def test_a_progressive_file_is_turned(large, tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = 6
    with Image.open(large[90][0]) as image:
        image.save(tmp_path / "turned.jpg", quality=90, progressive=True, exif=exif)
    upright = pixels_of(large[90][0], 192)
    assert means_of(tmp_path / "turned.jpg") is not None
    assert np.abs(pixels_of(tmp_path / "turned.jpg", 192) - np.rot90(upright, -1)).mean() < 1


# Colours


@pytest.mark.parametrize("min_side", [10_000, 16])
@pytest.mark.parametrize("progressive", [False, True])
def test_red_green_and_blue_become_luma(tmp_path, min_side, progressive):
    colours = np.zeros((128, 160, 3), np.uint8)
    colours[:, :80, 0], colours[:, 80:, 2] = 255, 255
    Image.fromarray(colours).save(tmp_path / "a.jpg", keep_rgb=True, quality=95, progressive=progressive)
    seen = pixels_of(tmp_path / "a.jpg", min_side)
    middle = seen.shape[1] // 2
    assert abs(seen[:, : middle - 1].mean() - 76) < 2
    assert abs(seen[:, middle + 1 :].mean() - 29) < 2


@pytest.mark.parametrize("min_side", [10_000, 16])
@pytest.mark.parametrize("progressive", [False, True])
def test_samplings_of_grey_mean_nothing(tmp_path, min_side, progressive):
    file = encoded(PICTURE.convert("L"), progressive=progressive)
    one, two = (frame(0xC2 if progressive else 0xC0, 128, 160, [sampling]) for sampling in (0x11, 0x22))
    assert file.count(one) == 1
    (tmp_path / "one.jpg").write_bytes(file)
    (tmp_path / "two.jpg").write_bytes(file.replace(one, two))
    np.testing.assert_array_equal(pixels_of(tmp_path / "one.jpg", min_side), pixels_of(tmp_path / "two.jpg", min_side))


@pytest.mark.parametrize("with_adobe", [True, False])
@pytest.mark.parametrize("progressive", [False, True])
def test_cmyk_is_as_shown(tmp_path, with_adobe, progressive):
    file = encoded(PICTURE.convert("CMYK"), progressive=progressive)
    segments, data = split(file)
    kept = [whole for marker, whole in segments if with_adobe or marker != 0xEE]
    assert len(kept) == len(segments) - (not with_adobe)
    (tmp_path / "a.jpg").write_bytes(SOI + b"".join(kept) + data)
    assert np.abs(pixels_of(tmp_path / "a.jpg") - GREY).mean() < 3
    reduced = np.asarray(Image.fromarray(GREY).reduce(8), dtype=int)
    assert np.abs(pixels_of(tmp_path / "a.jpg", 16) - reduced).mean() < 3


# Kinds that Pillow does not read, or not in this way

# Of 16 x 16 pixels, np.add.outer(np.arange(16) * 9, np.arange(16) * 6), by cjpeg -arithmetic -quality 90.
ARITHMETIC = bytes.fromhex(
    "ffd8ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b"
    "0b1016101113141515150c0f171816141812141514ffc9000b080010001001011100ffcc000600101005ffda000801010000"
    "3f00ff00e7e18dbe85ca947158f1c6da54a449f940b322a9b84cccf8fdd24380ffd9"
)


def test_arithmetic_coding_beyond_64_kib_is_read_everywhere(tmp_path):
    path = tmp_path / "a.jpg"
    wanted = np.add.outer(np.arange(16) * 9, np.arange(16) * 6)
    at = ARITHMETIC.index(b"\xff\xda")
    comment = segment(0xFE, bytes(2**16 - at - 20 - 4))  # the data goes on behind 64 KiB
    path.write_bytes(SOI + comment + ARITHMETIC[2:])
    (tmp_path / "plain.jpg").write_bytes(ARITHMETIC)
    assert np.abs(pixels_of(path) - wanted).max() <= 4
    assert digest(path) == digest(tmp_path / "plain.jpg")
    make_copy(str(path), str(tmp_path / "copy.png"), 1)
    np.testing.assert_array_equal(pixels_of(tmp_path / "copy.png"), pixels_of(path))


@needs_lossless
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_lossless_jpeg_is_read(tmp_path, mode):
    codecs = pytest.importorskip("imagecodecs")
    path = tmp_path / "a.jpg"
    path.write_bytes(codecs.jpeg_encode(np.asarray(PICTURE.convert(mode)), lossless=True))
    np.testing.assert_array_equal(pixels_of(path), GREY)
    assert min(pixels_of(path, 16).shape) >= 16
    PICTURE.convert(mode).save(tmp_path / "a.png")
    assert digest(path) == digest(tmp_path / "a.png")
    make_copy(str(path), str(tmp_path / "copy.png"), 0.5)
    with Image.open(tmp_path / "copy.png") as copy:
        assert copy.size == (80, 64)


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_of_more_than_8_bits_is_read(tmp_path, mode, bits, lossless):
    codecs = pytest.importorskip("imagecodecs")
    if bits == 16 and not lossless:
        pytest.skip("there is none")
    numbers = np.rint(np.asarray(PICTURE.convert(mode)) * ((2**bits - 1) / 255)).astype(np.uint16)
    for name, picture in (("a.jpg", numbers), ("b.jpg", numbers ^ 1)):
        (tmp_path / name).write_bytes(codecs.jpeg_encode(picture, level=98, bitspersample=bits, lossless=lossless))
    difference = np.abs(pixels_of(tmp_path / "a.jpg") - GREY)
    assert difference.max() <= (1 if lossless else 25)
    assert difference.mean() <= (0.5 if lossless else 2)
    PICTURE.convert(mode).save(tmp_path / "eight.png")
    if lossless:
        assert len({digest(path) for path in tmp_path.iterdir()}) == 3
    make_copy(str(tmp_path / "a.jpg"), str(tmp_path / "copy.png"), 1)
    np.testing.assert_array_equal(pixels_of(tmp_path / "copy.png"), pixels_of(tmp_path / "a.jpg"))


def test_a_jpeg_of_more_than_8_bits_is_turned(tmp_path):
    codecs = pytest.importorskip("imagecodecs")
    numbers = np.asarray(PICTURE.convert("L")).astype(np.uint16) * 257
    file = codecs.jpeg_encode(numbers, bitspersample=16, lossless=True)
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = 3
    (tmp_path / "a.jpg").write_bytes(SOI + segment(0xE1, exif.tobytes()) + file[2:])
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jpg"), GREY[::-1, ::-1])


def test_jpeg_ls_is_read(tmp_path):
    codecs = pytest.importorskip("imagecodecs")
    for numbers in (np.asarray(PICTURE), GREY, GREY.astype(np.uint16) * 257):
        (tmp_path / "a.jls").write_bytes(codecs.jpegls_encode(numbers))
        np.testing.assert_array_equal(pixels_of(tmp_path / "a.jls"), GREY)


def deep(bits=12, marker=0xC1):
    file = encoded(PICTURE.convert("L"))
    plain_frame = frame(0xC0, 128, 160, [0x11])
    assert file.count(plain_frame) == 1
    return file.replace(plain_frame, frame(marker, 128, 160, [0x11], bits))


def test_without_imagecodecs_the_reason_says_what_to_install(tmp_path, monkeypatch):
    def refuse(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(packages, "import_module", refuse)
    for marker, bits, kind in ((0xC1, 12, "12-bit JPEG"), (0xC3, 16, "16-bit JPEG"), (0xF7, 8, "JPEG-LS")):
        (tmp_path / "a.jpg").write_bytes(deep(bits, marker))
        assert refused(tmp_path / "a.jpg") == f"{kind} image: install imgcmp[formats] to read it"


def damaged_again_and_again(n):
    """Return a JPEG with segments whose lengths are wrong, each before a table, and what leads nowhere between."""
    nowhere = segment(0xE0, b"") * 200 + b"\xff\xe0\xff" + bytes(8)
    return SOI + n * (segment(0xE1, b"damaged", length=5) + b"\0" + nowhere + quantizers(1)) + encoded()[2:]


def test_not_more_is_mended_than_is_damaged_by_accident(tmp_path):
    """Else each 4 KB of such a file take half a second."""
    (tmp_path / "a.jpg").write_bytes(damaged_again_and_again(1))
    assert pixels_of(tmp_path / "a.jpg", 10_000).shape == GREY.shape
    (tmp_path / "b.jpg").write_bytes(damaged_again_and_again(11))
    assert "does not lead to a picture" in refused(tmp_path / "b.jpg")


def test_so_many_segments_as_no_picture_has_are_not_all_looked_at(tmp_path):
    for n, is_read in ((9000, True), (11_000, False)):
        (tmp_path / "a.jpg").write_bytes(SOI + segment(0xFE, b"") * n + encoded()[2:])
        if is_read:
            assert pixels_of(tmp_path / "a.jpg", 10_000).shape == GREY.shape
        else:
            assert "does not lead to a picture" in refused(tmp_path / "a.jpg")


@pytest.mark.parametrize("part", [0.5, 0.9, 0.9999])
def test_a_jpeg_of_more_than_8_bits_that_is_cut_off_is_refused(tmp_path, part):
    codecs = pytest.importorskip("imagecodecs")
    file = codecs.jpeg_encode(GREY.astype(np.uint16) * 16, bitspersample=12)
    (tmp_path / "a.jpg").write_bytes(file[: int(len(file) * part)])
    assert refused(tmp_path / "a.jpg") == "cut off: the 12-bit JPEG has no end"


# Damaged segments

SEGMENTS, DATA = split(encoded(quality=90))
THUMBNAIL = encoded(Image.new("RGB", (48, 32), "red"))
EXIF = b"Exif\0\0II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", ORIENTATION_TAG, 3, 1, 3) + bytes(4)
UPSIDE_DOWN = segment(0xE1, EXIF)


def with_parts(*parts, at=1):
    wholes = [whole for _, whole in SEGMENTS]
    return SOI + b"".join((*wholes[:at], *parts, *wholes[at:])) + DATA


def changed(marker, change):
    """Return the file with another payload in the first segment of a kind."""
    wholes, is_done = [], False
    for each, whole in SEGMENTS:
        wholes.append(change(whole) if each == marker and not is_done else whole)
        is_done |= each == marker
    return SOI + b"".join(wholes) + DATA


def without(marker):
    return SOI + b"".join(whole for each, whole in SEGMENTS if each != marker) + DATA


READ_ALL_THE_SAME = {
    "bytes between": with_parts(b"\0\0 of no segment"),
    "bytes before the scan": with_parts(b"\0" * 9, at=len(SEGMENTS) - 1),
    "a marker that is none": with_parts(b"\xff\x02\0\x07hello"),
    "a marker that is not in use": with_parts(segment(0xF0, b"hello")),
    "a preview in EXIF that is too short": with_parts(segment(0xE1, EXIF[:14] + THUMBNAIL, length=40)),
    "EXIF that is too long": with_parts(segment(0xE1, b"Exif\0\0" + THUMBNAIL, length=len(THUMBNAIL) + 200)),
    "EXIF of length 0": with_parts(segment(0xE1, b"Exif\0\0" + THUMBNAIL, length=0)),
    "EXIF as long as can be": with_parts(segment(0xE1, b"Exif\0\0" + THUMBNAIL, length=65535)),
    "a comment that is too long": with_parts(segment(0xFE, b"hello", length=300)),
    "JFIF that is too short": with_parts(segment(0xE0, b"JFIF\0"), at=0),
    "Adobe that is too short": with_parts(segment(0xEE, b"Adobe")),
    "a profile that is too short": with_parts(segment(0xE2, b"ICC_PROFILE\0")),
    "Photoshop that is too short": with_parts(segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed")),
    "a marker alone": with_parts(b"\xff\x01"),
}


@pytest.mark.parametrize("name", READ_ALL_THE_SAME)
def test_a_damaged_segment_that_the_picture_does_not_need_is_left_out(tmp_path, name):
    (tmp_path / "whole.jpg").write_bytes(with_parts())
    (tmp_path / "a.jpg").write_bytes(READ_ALL_THE_SAME[name])
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jpg"), pixels_of(tmp_path / "whole.jpg"))
    assert digest(tmp_path / "a.jpg") == digest(tmp_path / "whole.jpg")


@pytest.mark.parametrize(
    "damage", [b"\0\0 of no segment", segment(0xFE, b"hello", length=300), segment(0xEE, b"Adobe"), b"\xff\x02\0\5abc"]
)
def test_the_orientation_beside_a_damaged_segment_counts(tmp_path, damage):
    (tmp_path / "whole.jpg").write_bytes(with_parts())
    wanted = pixels_of(tmp_path / "whole.jpg")[::-1, ::-1]
    for parts in ((UPSIDE_DOWN, damage), (damage, UPSIDE_DOWN)):
        (tmp_path / "a.jpg").write_bytes(with_parts(*parts))
        np.testing.assert_array_equal(pixels_of(tmp_path / "a.jpg"), wanted)


@pytest.mark.parametrize("length", [0, 1, 9, 30, 300, 65535])
def test_the_orientation_counts_where_the_length_of_exif_is_a_lie(tmp_path, length):
    (tmp_path / "whole.jpg").write_bytes(with_parts(UPSIDE_DOWN))
    (tmp_path / "a.jpg").write_bytes(with_parts(segment(0xE1, EXIF, length=length)))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jpg"), pixels_of(tmp_path / "whole.jpg"))


def test_a_height_that_is_told_behind_the_scan_counts(tmp_path):
    (tmp_path / "whole.jpg").write_bytes(with_parts())
    file = changed(0xC0, lambda whole: whole[:5] + b"\0\0" + whole[7:])
    (tmp_path / "a.jpg").write_bytes(file[:-2] + segment(0xDC, struct.pack(">H", 128)) + EOI)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jpg"), pixels_of(tmp_path / "whole.jpg"))


def test_a_profile_in_several_segments_is_one(tmp_path):
    profile = bytes(range(256)) * 600
    (tmp_path / "a.jpg").write_bytes(encoded(icc_profile=profile))
    (tmp_path / "b.jpg").write_bytes(encoded(icc_profile=profile).replace(EOI, EOI + b"more"))
    for name in ("a.jpg", "b.jpg"):
        with opened(str(tmp_path / name)) as content, open_image(content) as image:
            assert image.info["icc_profile"] == profile


HEIGHT_AT, WIDTH_AT = 5, 7
REFUSED = {
    "no quantizers": (without(QUANTIZERS), "damaged: its data cannot be decoded"),
    "no frame": (without(0xC0), "damaged or cut off"),
    "no scan": (without(0xDA), "damaged or cut off"),
    "nothing": (SOI + b"\xff", "damaged or cut off"),
    "text": (SOI + b"\xff" + b"hello world" * 99, "damaged or cut off"),
    "no height": (changed(0xC0, lambda w: w[:5] + b"\0\0" + w[7:]), "damaged JPEG: its size is 160 x 0 pixels"),
    "no width": (changed(0xC0, lambda w: w[:7] + b"\0\0" + w[9:]), "damaged JPEG: its size is 0 x 128 pixels"),
    "two colours": (
        changed(0xC0, lambda _: frame(0xC0, 128, 160, [0x11] * 2)),
        "JPEG of 2 colours a pixel is not read; of 1, 3 and 4 it is",
    ),
    "colours that are not there": (changed(0xC0, lambda w: w[:9] + b"\xc8" + w[10:]), "damaged or cut off"),
    "7 bits": (changed(0xC0, lambda w: w[:4] + b"\7" + w[5:]), "damaged JPEG: it has 7 bits a sample"),
    "samplings of 0": (changed(0xC0, lambda w: w[:11] + b"\0" + w[12:]), "damaged: its data cannot be decoded"),
    "quantizers too short": (changed(QUANTIZERS, lambda w: segment(QUANTIZERS, w[4:30])), "damaged"),
    "codes that lie": (changed(0xC4, lambda w: w[:6] + b"\xff" + w[7:]), "damaged: its data cannot be decoded"),
    "a scan of other colours": (changed(0xDA, lambda w: w[:5] + b"M" + w[6:]), "damaged: its data cannot be decoded"),
    "hierarchical": (with_parts(segment(0xDE, b"\x08\0\x80\0\xa0\1\1\x11\0")), "hierarchical JPEG is not read"),
    "differential": (changed(0xC0, lambda w: b"\xff\xc5" + w[2:]), "hierarchical JPEG is not read"),
    "lossless, arithmetic": (
        changed(0xC0, lambda w: b"\xff\xcb" + w[2:]),
        "lossless JPEG with arithmetic coding is not read",
    ),
    "cut off in the header": (with_parts()[:300], "damaged or cut off"),
    "cut off in the data": (with_parts()[:-500], "cut off: its data ends before the picture does"),
    "a frame that its segment is too short for": (
        changed(0xC0, lambda w: segment(0xC0, w[4:9])),
        "damaged or cut off",
    ),
    "0xFF alone": (SOI + b"\xff" * 100_000, "damaged or cut off"),
    "many segments": (SOI + segment(0xE0, b"") * 50_000, "damaged or cut off"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_damaged_is_refused_in_plain_words(tmp_path, name):
    file, reason = REFUSED[name]
    (tmp_path / "a.jpg").write_bytes(file)
    for min_side in (10_000, 16):
        assert refused(tmp_path / "a.jpg", min_side).startswith(reason)


def test_a_preview_does_not_stand_for_the_file(tmp_path):
    """The header is damaged where the picture is told: what else there is, is in EXIF."""
    file = SOI + segment(0xE1, b"Exif\0\0" + THUMBNAIL, length=30) + without(0xC0)[2:]
    (tmp_path / "a.jpg").write_bytes(file)
    assert refused(tmp_path / "a.jpg").startswith("damaged or cut off")
