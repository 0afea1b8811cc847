import shutil
import time

import numpy as np
import pytest
from pictures import photograph
from PIL import Image, ImageEnhance

from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import pack
from imgcmp.fingerprints.view_layout import PLAIN
from imgcmp.fingerprints.views import look_bytes, view_layout, views_of_kinds
from imgcmp.results import identical_files
from imgcmp.results.clusters import Cluster, of_relations
from imgcmp.results.members import FileReader, Images, Member
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


def test_the_same_pixels_beside_another_best_file_are_shown_as_a_cluster_of_their_own():
    def member(relation, same_as=None, same_bytes_as=None):
        facts = {"width": 4, "height": 3, "size": 9, "detail": 50, "to": "/best"}
        return Member(relation, 7, "1:1", **facts, box=(0, 0, 1, 0.5), same_as=same_as, same_bytes_as=same_bytes_as)

    told = {
        "/a": member("edited", "/b"),
        "/b": member("edited", "/b", "/b"),
        "/best": member(BEST, "/best"),
        "/c": member("edited", "/b", "/b"),
        "/d": member("similar", None),
        "/e": member("identical pixels", "/best"),
    }
    cluster = Cluster(list(told), 11, list(told.values()))

    def shown(*relations):
        return [
            [(file, member.relation, member.to) for file, member in zip(left.files, left.members, strict=True)]
            for left in of_relations([cluster], relations)
        ]

    pixels, file = "identical pixels", "identical file"
    of_best = [("/best", BEST, "/best"), ("/e", pixels, "/best")]
    assert shown(pixels) == [[("/a", pixels, "/b"), ("/b", BEST, "/b")], of_best]
    assert shown(file) == [[("/b", BEST, "/b"), ("/c", file, "/b")]]
    assert shown(pixels, file) == [[("/a", pixels, "/b"), ("/b", BEST, "/b"), ("/c", file, "/b")], of_best]
    assert shown(pixels, "edited") == [
        [*((name, "edited", "/best") for name in ("/a", "/b")), *of_best[:1], *(("/c", "edited", "/best"), of_best[1])]
    ]
    assert shown("negative") == []
    (twins, _) = of_relations([cluster], [pixels])
    assert [(twin.box, twin.view, twin.distance_bits) for twin in twins.members] == [(None, None, 0)] * 2


def test_of_files_of_one_size_the_best_has_exif(copies):
    images = images_of([copies[0], copies[3]], "none")
    assert [member.relation for member in related(images, reader=CLOSE)] == [BEST, "re-encoded or resized"]
    images = images._replace(has_exif=np.array([0, 1]))
    assert [member.relation for member in related(images, reader=CLOSE)] == ["re-encoded or resized", BEST]


@pytest.mark.parametrize(("n_frames", "relation"), [((1, 2), 0), ((5, 1), 0), ((2, 2), 0), ((1, 1), 1), ((-1, 1), 1)])
def test_of_files_of_several_frames_one_is_alike(copies, n_frames, relation):
    """What is in the others is not known to be the same: two faxes with one cover page."""
    images = images_of([copies[0], copies[3]], "none")._replace(n_frames=np.array(n_frames))
    told = related(images, reader=CLOSE)[1].relation
    assert told == ("one frame alike", "re-encoded or resized")[relation]


def test_a_stretched_picture_is_no_resized_one(copies, tmp_path):
    with Image.open(copies[0]) as image:
        image.resize((400, 400)).save(tmp_path / "stretched.png")
    assert related(images_of([copies[0], tmp_path / "stretched.png"], "none"), reader=CLOSE)[1].relation == "edited"


SECOND = 10**9


@pytest.mark.parametrize(
    ("apart_ns", "cameras", "relation"),
    [
        (3 * SECOND, ("A 1", "A 1"), "burst"),
        (SECOND // 10, ("A 1", "A 1"), "burst"),
        (10 * SECOND, ("A 1", "A 1"), "burst"),
        (11 * SECOND, ("A 1", "A 1"), "similar"),
        (3 * SECOND, ("A 1", "B 2"), "re-encoded or resized"),
        (0, ("A 1", "A 1"), "re-encoded or resized"),
        (3 * SECOND, ("", ""), "re-encoded or resized"),
    ],
)
def test_a_camera_that_took_two_pictures_says_so(copies, apart_ns, cameras, relation):
    """However alike they are: two shots of a tripod are no copies of one another."""
    taken_ns = np.array([10**18 + 5 * SECOND // 10, 10**18 + 5 * SECOND // 10 + apart_ns])
    images = images_of([copies[0], copies[3]], "none")._replace(taken_ns=taken_ns, camera=cameras)
    assert related(images, reader=CLOSE)[1].relation == relation


def test_a_time_without_parts_of_a_second_is_the_same_second(copies):
    taken_ns = np.array([10**18 + SECOND // 2, 10**18])
    images = images_of([copies[0], copies[3]], "none")._replace(taken_ns=taken_ns, camera=("A", "A"))
    assert related(images, reader=CLOSE)[1].relation == "re-encoded or resized"


@pytest.mark.parametrize(
    ("names", "formats", "relation"),
    [
        (("/d/IMG_1.CR2", "/d/IMG_1.JPG"), ("camera raw", "JPEG"), "same shot"),
        (("/d/IMG_1.HEIC", "/d/img_1.jpg"), ("HEIC", "JPEG"), "same shot"),
        (("/d/IMG_1.CR2", "/d/IMG_2.JPG"), ("camera raw", "JPEG"), "same shot"),
        (("/d/IMG_1.HEIC", "/e/IMG_1.JPG"), ("HEIC", "JPEG"), "similar"),
        (("/d/IMG_1.PNG", "/d/IMG_1.JPG"), ("PNG", "JPEG"), "similar"),
    ],
)
def test_what_a_camera_made_of_one_shot_is_told_by_name_or_time(names, formats, relation):
    images = drawn(bits_away(0, 9), files=list(names), format=formats, camera=("A", "A"))
    images = images._replace(taken_ns=np.full(2, 10**18))
    assert related(images)[1].relation == relation


@pytest.mark.parametrize("n_changed", [0, 8, 38, 76, 77])
def test_bits_alone_tell_nothing_for_sure(n_changed):
    first, other = related(drawn(bits_away(0, n_changed), width=np.array([640, 320])))
    assert (first.relation, other.relation, other.distance_bits) == (BEST, "similar", n_changed)


def test_only_what_may_be_one_picture_is_looked_at():
    seen = []
    reader = FileReader(forbidden, forbidden, lambda pairs: seen.extend(side.picture.file for _, side in pairs) or {})
    related(drawn(bits_away(0, 38, 39, 120, 217, 218)), reader=reader)
    assert seen[:2] == ["/1", "/5"]  # within the cut of 38.4 bits, and the negatives of those that are


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
    assert related(known, reader=others)[1].relation == "similar"
    apart = drawn(bits_away(0, 0), digests=digests, size=np.array([1001, 1000]))
    assert related(apart, reader=others)[1].relation == "similar"


def test_originals_that_are_known_by_their_copies_are_compared_themselves():
    seen = []
    reader = FileReader(lambda pairs: seen.extend(pairs) or pairs, forbidden)
    known = drawn(bits_away(0, 0), digests=np.ones((2, 16), np.uint8), is_read=np.array([True, False]))
    assert related(known, reader=reader)[1].relation == "identical file"
    assert seen == [("/0", "/1")]


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


def test_forty_thousand_images_are_labelled_in_seconds():
    random = np.random.default_rng(0)
    images = drawn(random.random((40_000, N_BITS)) < 0.5)
    kept = np.broadcast_to(random.integers(0, 256, (1, look_bytes("all")), np.uint8), (40_000, look_bytes("all")))
    images = images._replace(
        view_list=views_of_kinds("all"),
        views=np.broadcast_to(images.words[:, np.newaxis], (40_000, len(views_of_kinds("all")), 4)),
        layout=view_layout("all", "phash", 16),
        looks=LookRows.of(kept, images.width, images.height),
        digests=random.integers(0, 256, (40_000, 16), np.uint8),
    )
    groups = np.array_split(random.permutation(40_000), 12_000)
    start = time.process_time()
    members = members_of(groups, images, n_bits=N_BITS, cut_bits=38.4, reader=BLIND)
    assert time.process_time() - start < 10
    assert sum(map(len, members)) == 40_000
