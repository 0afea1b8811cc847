import shutil

import numpy as np
import pytest
from pictures import photograph
from PIL import Image, ImageEnhance

from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import pack
from imgcmp.fingerprints.view_layout import PLAIN
from imgcmp.fingerprints.views import view_layout, views_of_kinds
from imgcmp.results import identical_files
from imgcmp.results.members import FileReader, Images
from imgcmp.results.picture_looks import looks_of, try_look
from imgcmp.results.relation_names import BEST
from imgcmp.results.relations import members_of

N_BITS = 256


def forbidden(_):
    raise AssertionError("no file need be looked at")


BLIND = FileReader(forbidden, forbidden)


def look_at_bytes(pairs):
    return {pair for pair in pairs if identical_files.try_equal(pair)}


def look_at_pixels(files):
    return {file: digest for file in files if (digest := identical_files.try_digest_whole(file)) is not None}


def look_side_by_side(pairs):
    found = {}
    for look in looks_of(pairs):
        for side, seen in zip(look.sides, try_look(look), strict=True):
            if seen is not None:
                found[look.best.file, side.picture.file] = seen
    return found


CLOSE = FileReader(look_at_bytes, look_at_pixels, look_side_by_side)


def images_of(files, kinds):
    """Return what a database would know of image files."""
    found = [fingerprint_file(str(file), x=16, method="phash", views=kinds) for file in files]
    width, height = (np.array([getattr(result, name) for result in found]) for name in ("width", "height"))
    return Images(
        files=[str(file) for file in files],
        is_read=np.ones(len(files), bool),
        words=np.stack([result.words for result in found]),
        views=np.stack([result.views for result in found]),
        view_list=views_of_kinds(kinds),
        layout=view_layout(kinds, "phash", 16),
        looks=LookRows.of(np.stack([result.look for result in found]), width, height),
        digests=np.array([np.frombuffer(result.digest, np.uint8) for result in found]),
        pixels=np.array([np.frombuffer(result.pixels, np.uint8) for result in found]),
        width=width,
        height=height,
        size=np.array([file.stat().st_size for file in files]),
        detail=np.array([result.detail for result in found]),
        n_frames=np.array([result.n_frames for result in found]),
        frame=np.array([result.frame for result in found]),
        others=[result.others for result in found],
    )


_FACTS = {"width": 640, "height": 480, "size": 1000, "detail": 50, "n_frames": 1, "frame": 0}


def drawn(bits, **columns):
    """Return what is known of images of these bits, of which nothing is on the disk; no views."""
    n = len(bits)
    known = {
        "files": [f"/{k}" for k in range(n)],
        "is_read": np.ones(n, bool),
        "words": pack(bits),
        "views": np.zeros((n, 0, 4), np.uint64),
        "view_list": (),
        "layout": PLAIN,
        "looks": None,
        "digests": np.arange(16 * n, dtype=np.uint8).reshape(n, 16),
        "pixels": np.zeros((n, 16), np.uint8),
        **{name: np.full(n, value) for name, value in _FACTS.items()},
        "others": [""] * n,
    }
    return Images(**known | columns)


def related(images, *, cut_bits=38.4, reader=BLIND):
    """Return the members of the one cluster that all images are in."""
    (members,) = members_of([np.arange(len(images.files))], images, n_bits=N_BITS, cut_bits=cut_bits, reader=reader)
    return members


def bits_away(*n_changed):
    """Return bits of which so many differ from the first."""
    bits = np.zeros((len(n_changed), N_BITS), bool)
    for row, n in enumerate(n_changed):
        bits[row, :n] = True
    return bits


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Save a photograph and what people make of one."""
    folder = tmp_path_factory.mktemp("copies")
    image = photograph("coffee.png").convert("RGB")
    width, height = image.size
    image.save(folder / "0 first.png")
    shutil.copy(folder / "0 first.png", folder / "1 copy.png")
    image.save(folder / "2 as a bitmap.bmp")
    image.save(folder / "3 sent.jpg", quality=60)
    image.resize((width // 2, height // 2)).save(folder / "4 small.png")
    ImageEnhance.Brightness(image).enhance(1.6).save(folder / "5 brighter.png")
    image.crop((width // 10, height // 10, width * 9 // 10, height * 9 // 10)).save(folder / "6 cut.png")
    image.crop(((width - height) // 2, 0, (width + height) // 2, height)).save(folder / "7 square.png")
    image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "8 mirrored.png")
    image.transpose(Image.Transpose.ROTATE_90).save(folder / "9 turned.png")
    photograph("astronaut.png").convert("RGB").resize((300, 300)).save(folder / "another.png")
    return sorted(folder.iterdir())


def test_copies_of_a_photograph_are_told_by_what_was_done_to_them(copies):
    members = related(images_of(copies, "all"), reader=CLOSE)
    assert [member.relation for member in members] == [
        "identical pixels",
        "identical pixels",
        BEST,  # the largest file
        "re-encoded or resized",
        "re-encoded or resized",
        "edited",
        "cropped",
        "cropped",
        "turned or mirrored",
        "turned or mirrored",
        "similar",
    ]
    assert {member.to for member in members} == {str(copies[2])}
    assert [member.same_as for member in members] == [str(copies[2])] * 3 + [None] * 8
    assert [member.same_bytes_as for member in members] == [str(copies[0])] * 2 + [None] * 9
    assert [member.view for member in members[6:10]] == ["centre without 18 %", "1:1", "mirrored", "turned by 270"]
    assert (members[9].width, members[9].height) == (400, 600)
    assert members[6].box == pytest.approx((0.1, 0.1, 0.9, 0.9), abs=0.004)
    assert members[7].box == pytest.approx((1 / 6, 0, 5 / 6, 1), abs=0.004)


def test_what_cannot_be_looked_at_is_similar_at_most(copies):
    members = related(images_of(copies, "all"), reader=FileReader(look_at_bytes, look_at_pixels))
    assert [member.relation for member in members] == ["identical pixels"] * 2 + [BEST] + ["similar"] * 8


def test_without_views_crops_and_turns_are_similar(copies):
    members = related(images_of(copies, "none"), reader=CLOSE)
    assert [member.relation for member in members[5:]] == ["edited", *["similar"] * 5]
    assert {member.view for member in members} == {None}


def test_the_view_may_be_that_of_either_image_and_a_whole_comes_before_its_crop(copies):
    for order in ((7, 3), (3, 7)):  # the JPEG is smaller, the square of it is a PNG: of fewer pixels still
        images = images_of([copies[k] for k in order], "crops")
        told = {member.relation: member.view for member in related(images, reader=CLOSE)}
        assert told == {BEST: None, "cropped": "1:1"}


def test_a_whole_is_the_best_though_its_crop_was_made_larger(copies, tmp_path):
    with Image.open(copies[6]) as image:
        image.resize((1440, 960), Image.Resampling.BICUBIC).save(tmp_path / "enlarged.png")
    members = related(images_of([copies[0], tmp_path / "enlarged.png"], "crops"), reader=CLOSE)
    assert [member.relation for member in members] == [BEST, "cropped"]
    assert members[1].box == pytest.approx((0.1, 0.1, 0.9, 0.9), abs=0.004)


def test_a_picture_is_better_than_the_same_in_a_frame(copies, tmp_path):
    with Image.open(copies[0]) as image:
        page = Image.new("RGB", (720, 480), "white")
        page.paste(image, (60, 40))
    page.save(tmp_path / "framed.png")
    members = related(images_of([tmp_path / "framed.png", copies[0]], "crops"), cut_bits=76.8, reader=CLOSE)
    assert [member.relation for member in members] == ["framed", BEST]
    assert members[0].box == pytest.approx((1 / 12, 1 / 12, 11 / 12, 11 / 12), abs=0.004)


def test_a_stranger_of_more_pixels_is_not_what_copies_are_related_to(copies, tmp_path):
    photograph("astronaut.png").convert("RGB").save(tmp_path / "large stranger.png")
    members = related(images_of([*copies[:4], tmp_path / "large stranger.png"], "none"), reader=CLOSE)
    assert [member.relation for member in members[2:]] == [BEST, "re-encoded or resized", "similar"]


def test_a_damaged_file_is_never_the_best(copies):
    images = images_of(copies[:5], "none")._replace(damage=["", "", "damaged", "", ""])
    told = [member.relation for member in related(images, reader=CLOSE)]
    assert told == [BEST, "identical file", "identical pixels", "re-encoded or resized", "re-encoded or resized"]
    images = images._replace(has_exif=np.array([0, 0, 1, 0, 0]))  # nor if it holds more, and its pixels are the same
    assert related(images, reader=CLOSE)[2].relation != BEST
    images = images._replace(damage=["", "", "", "damaged", ""])
    assert related(images, reader=CLOSE)[3].relation == "damaged"


def test_equal_pixels_are_told_wherever_they_are(copies, tmp_path):
    for name in ("a.png", "b.bmp"):
        with Image.open(copies[5]) as image:
            image.save(tmp_path / name)
    files = [copies[2], tmp_path / "a.png", tmp_path / "b.bmp"]
    members = related(images_of(files, "none"), reader=CLOSE)
    assert members[0].relation == BEST
    assert [member.same_as for member in members] == [None, *[str(tmp_path / "b.bmp")] * 2]  # the larger file
    assert {member.same_bytes_as for member in members} == {None}
    images = images_of(files, "none")._replace(others=["", "film", ""], has_gps=np.array([0, 0, 1]))
    told = related(images, reader=CLOSE)
    assert [member.same_as for member in told[1:]] == [str(tmp_path / "b.bmp")] * 2  # that one lacks something, too
    assert [member.holds_more for member in told] == ["", "film", ""]
    told = related(images._replace(has_gps=np.array([0, 0, 0])), reader=CLOSE)
    assert [member.same_as for member in told[1:]] == [str(tmp_path / "a.png")] * 2
    assert [member.holds_more for member in told] == ["", "", ""]


def test_of_files_of_one_size_a_camera_s_own_is_the_best_before_a_larger_export(copies):
    images = images_of([copies[0], copies[3]], "none")

    def best(size=600, exif=(1, 0), **columns):
        known = images._replace(size=np.array([size, 1000]), has_exif=np.array(exif), **columns)
        return [member.relation for member in related(known, reader=CLOSE)].index(BEST)

    assert best() == 0
    assert best(format=["JPEG", "JPEG"]) == 0
    assert best(format=["JPEG", "PNG"]) == 1
    assert best(size=599) == 1
    assert best(damage=["damaged", ""]) == 1
    for exif in ((1, 1), (1, -1), (-1, 0), (0, 0)):
        assert best(exif=exif) == 1


def test_where_all_are_only_similar_the_first_of_the_most_pixels_is_the_best():
    for n in (3, 4, 5, 8):
        widths = 900 - 10 * np.arange(n)
        members = related(drawn(bits_away(*range(n)), width=widths))
        assert [member.relation for member in members] == [BEST] + ["similar"] * (n - 1)


def equal_by_pairs(*equal):
    """Return what knows which files have the same bytes, and nothing else."""
    return FileReader(lambda pairs: {pair for pair in pairs if {*pair} <= {*equal}}, lambda _: {})


def test_files_of_equal_edges_are_compared_among_themselves_where_the_first_differs():
    large = drawn(bits_away(0, 0, 0), size=np.full(3, 10**6), digests=np.ones((3, 16), np.uint8))
    members = related(large, reader=equal_by_pairs("/1", "/2"))
    assert [member.same_bytes_as for member in members] == [None, "/1", "/1"]


def test_files_that_are_gone_are_no_ones_copies_and_never_the_best():
    digests = np.ones((3, 16), np.uint8)
    images = drawn(bits_away(0, 0, 0), digests=digests, is_missing=np.array([True, False, False]))
    members = related(images)
    assert [member.relation for member in members] == ["missing", BEST, "identical file"]
    assert [member.same_as for member in members] == [None, "/1", "/1"]
    assert {member.to for member in members} == {"/1"}
    gone = related(images._replace(is_missing=np.ones(3, bool)))
    assert [member.relation for member in gone] == [BEST, "missing", "missing"]
    assert all(member.same_as is None for member in gone)


def pages(n):
    """Return the bits of n pages, far from one another, of each two copies side by side."""
    return np.repeat(np.random.default_rng(0).random((n, N_BITS)) < 0.5, 2, axis=0)


def test_copies_of_any_number_of_members_are_told_though_none_is_one_of_the_best():
    n = 150
    twins = FileReader(forbidden, lambda files: {file: bytes([int(file[1:]) // 2]) * 16 for file in files})
    digests = np.random.default_rng(1).integers(0, 256, (2 * n, 16), np.uint8)
    members = related(drawn(pages(n), digests=digests), cut_bits=256, reader=twins)
    assert [member.relation for member in members[2:]] == ["similar", "identical pixels"] * (n - 1)
    assert [member.to for member in members[3::2]] == [f"/{2 * k}" for k in range(1, n)]


def test_of_copies_that_are_only_similar_to_the_best_the_one_is_kept_that_holds_most():
    twins = FileReader(forbidden, lambda files: {file: bytes([int(file[1:]) // 2]) * 16 for file in files})
    images = drawn(pages(2), size=np.array([2000, 1999, 1000, 900]), others=["", "", "", "film"])
    members = related(images, cut_bits=256, reader=twins)
    assert [member.relation for member in members] == [BEST, "identical pixels", "identical pixels", "similar"]
    assert members[2].to == members[2].same_as == "/3"
