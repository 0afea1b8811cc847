import shutil
import time

import numpy as np
import pytest
from pictures import photograph
from PIL import Image, ImageEnhance

from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.fingerprints.packing import pack
from imgcmp.fingerprints.views import views_of_kinds
from imgcmp.results import identical_files
from imgcmp.results.members import FIRST, RELATIONS, FileReader, Images, Member
from imgcmp.results.relations import members_of

N_BITS = 256


def forbidden(_):
    raise AssertionError("no file need be looked at")


BLIND = FileReader(forbidden, forbidden)


def look_at_bytes(pairs):
    return {pair for pair in pairs if identical_files.try_equal(pair)}


def look_at_pixels(files):
    return {file: digest for file in files if (digest := identical_files.try_digest_whole(file)) is not None}


CLOSE = FileReader(look_at_bytes, look_at_pixels)


def images_of(files, kinds):
    """Return what a database would know of image files."""
    found = [fingerprint_file(str(file), x=16, method="phash", views=kinds) for file in files]
    return Images(
        files=[str(file) for file in files],
        is_read=np.ones(len(files), bool),
        words=np.stack([result.words for result in found]),
        views=np.stack([result.views for result in found]),
        view_list=views_of_kinds(kinds),
        digests=np.array([np.frombuffer(result.digest, np.uint8) for result in found]),
        pixels=np.array([np.frombuffer(result.pixels, np.uint8) for result in found]),
        width=np.array([result.width for result in found]),
        height=np.array([result.height for result in found]),
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
    photograph("astronaut.png").convert("RGB").save(folder / "another.png")
    return sorted(folder.iterdir())


def test_copies_of_a_photograph_are_told_by_what_was_done_to_them(copies):
    members = related(images_of(copies, "all"), reader=CLOSE)
    assert [member.relation for member in members] == [
        FIRST,
        "identical file",
        "identical pixels",
        "re-encoded or resized",
        "re-encoded or resized",
        "edited",
        "cropped",
        "cropped",
        "turned or mirrored",
        "turned or mirrored",
        "similar",
    ]
    assert members[0] == Member(FIRST, 0, None, 600, 400, copies[0].stat().st_size, members[0].detail, 1, 0, "")
    assert [member.view for member in members[6:10]] == ["centre without 22 %", "1:1", "mirrored", "turned by 270"]
    assert (members[9].width, members[9].height) == (400, 600)
    assert [member.distance_bits <= 38 for member in members] == [True] * 10 + [False]


def test_without_views_crops_and_turns_are_similar(copies):
    members = related(images_of(copies, "none"), reader=CLOSE)
    assert [member.relation for member in members[5:]] == ["edited", *["similar"] * 5]
    assert {member.view for member in members} == {None}


def test_the_view_may_be_that_of_either_image(copies):
    images = images_of([copies[7], copies[0]], "crops")
    assert [(member.relation, member.view) for member in related(images)] == [(FIRST, None), ("cropped", "1:1")]


def test_every_relation_is_one_of_the_list(copies):
    images = images_of(copies, "all")
    films = images._replace(n_frames=np.where(np.arange(len(copies)) == 4, 3, 1))  # the small one
    films = films._replace(damage=["damaged" if k == 5 else "" for k in range(len(copies))])
    sound = images._replace(n_frames=films.n_frames)
    told = {member.relation for given in (films, sound) for member in related(given, reader=CLOSE)}
    assert told == {FIRST, *RELATIONS}


@pytest.mark.parametrize(("n_frames", "relation"), [((1, 2), 0), ((5, 1), 0), ((2, 2), 0), ((1, 1), 1), ((-1, 1), 1)])
def test_of_files_of_several_frames_one_is_alike(n_frames, relation):
    """What is in the others is not known to be the same: two faxes with one cover page."""
    images = drawn(bits_away(0, 2), n_frames=np.array(n_frames))
    assert related(images)[1].relation == ("one frame alike", "re-encoded or resized")[relation]


@pytest.mark.parametrize(
    ("n_changed", "cut_bits", "relation"),
    [
        (8, 38.4, "re-encoded or resized"),
        (9, 38.4, "edited"),
        (38, 38.4, "edited"),
        (39, 38.4, "similar"),
        (4, 3.0, "similar"),
        (76, 256.0, "edited"),
        (77, 256.0, "similar"),
    ],
)
def test_bits_tell_edits_from_copies_and_both_from_others(n_changed, cut_bits, relation):
    first, other = related(drawn(bits_away(0, n_changed)), cut_bits=cut_bits)
    assert (first.relation, other.relation, other.distance_bits) == (FIRST, relation, n_changed)


@pytest.mark.parametrize(
    ("size", "relation"),
    [
        ((320, 240), "re-encoded or resized"),
        ((100, 75), "re-encoded or resized"),
        ((99, 75), "re-encoded or resized"),
        ((33, 24), "re-encoded or resized"),
        ((640, 470), "edited"),
        ((480, 640), "edited"),
        ((320, 180), "edited"),
    ],
)
def test_only_one_of_the_same_aspect_ratio_is_resized(size, relation):
    width, height = (np.array([a, b]) for a, b in zip((640, 480), size, strict=True))
    assert related(drawn(bits_away(0, 2), width=width, height=height))[1].relation == relation


def test_small_files_of_one_digest_are_identical_and_large_ones_are_compared():
    digests = np.ones((2, 16), np.uint8)
    assert related(drawn(bits_away(0, 0), digests=digests))[1].relation == "identical file"
    seen = []
    reader = FileReader(lambda pairs: seen.extend(pairs) or pairs, forbidden)
    large = np.full(2, 2**17 + 1)
    assert related(drawn(bits_away(0, 0), digests=digests, size=large), reader=reader)[1].relation == "identical file"
    assert seen == [("/0", "/1")]
    others = FileReader(lambda _: (), lambda _: {"/0": b"a", "/1": b"b"})
    known = drawn(bits_away(0, 0), digests=digests, size=large)
    assert related(known, reader=others)[1].relation == "re-encoded or resized"
    apart = drawn(bits_away(0, 0), digests=digests, size=np.array([1000, 1001]))
    assert related(apart, reader=others)[1].relation == "re-encoded or resized"


def test_originals_that_are_known_by_their_copies_are_compared_themselves():
    seen = []
    reader = FileReader(lambda pairs: seen.extend(pairs) or pairs, forbidden)
    known = drawn(bits_away(0, 0), digests=np.ones((2, 16), np.uint8), is_read=np.array([True, False]))
    assert related(known, reader=reader)[1].relation == "identical file"
    assert seen == [("/0", "/1")]


def test_files_that_cannot_be_decoded_any_more_fall_through_to_the_next_relation():
    assert related(drawn(bits_away(0, 0, 0)), reader=CLOSE)[2].relation == "re-encoded or resized"


def test_of_flat_pictures_the_pixels_are_known():
    known = drawn(bits_away(0, 30), pixels=np.ones((2, 16), np.uint8), detail=np.zeros(2, int))
    assert related(known)[1].relation == "identical pixels"


def test_members_are_in_the_order_of_their_groups():
    images = drawn(bits_away(0, 4, 20, 100), detail=np.arange(4))
    groups = [np.array([2, 3]), np.array([1, 0])]
    members = members_of(groups, images, n_bits=N_BITS, cut_bits=30.0, reader=BLIND)
    assert [[member.detail for member in group] for group in members] == [[2, 3], [1, 0]]
    assert [[member.distance_bits for member in group] for group in members] == [[0, 80], [0, 4]]
    assert members_of([], images, n_bits=N_BITS, cut_bits=30.0, reader=BLIND) == []


def test_a_hundred_thousand_images_are_labelled_in_seconds():
    random = np.random.default_rng(0)
    images = drawn(random.random((100_000, N_BITS)) < 0.5)
    images = images._replace(
        view_list=views_of_kinds("all"),
        views=np.repeat(images.words[:, np.newaxis], 35, axis=1),
        digests=random.integers(0, 256, (100_000, 16), np.uint8),
    )
    groups = np.array_split(random.permutation(100_000), 30_000)
    start = time.perf_counter()
    members = members_of(groups, images, n_bits=N_BITS, cut_bits=38.4, reader=BLIND)
    assert time.perf_counter() - start < 10
    assert sum(map(len, members)) == 100_000
