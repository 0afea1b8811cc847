"""What is left of clusters where members of some relations alone are asked for."""

import csv
import shutil

import pytest
from pictures import photograph
from PIL import Image

from imgcmp.cli.main import main
from imgcmp.results.clusters import Cluster
from imgcmp.results.members import Member
from imgcmp.results.relation_names import BEST
from imgcmp.results.some_relations import of_relations

PIXELS, FILE, COPY = "identical pixels", "identical file", "re-encoded or resized"


def member(relation, same_as=None, same_bytes_as=None, **holding):
    facts = {"width": 4, "height": 3, "size": 9, "detail": 50, "to": "/best", "box": (0, 0, 1, 0.5)}
    return Member(relation, 7, "1:1", **facts | holding, same_as=same_as, same_bytes_as=same_bytes_as)


def cluster_of(told):
    return Cluster(list(told), 11, list(told.values()))


def test_the_same_pixels_beside_another_best_file_are_shown_as_a_cluster_of_their_own():
    told = {
        "/a": member("edited", "/b"),
        "/b": member("edited", "/b", "/b"),
        "/best": member(BEST, "/best"),
        "/c": member("edited", "/b", "/b"),
        "/d": member("similar", None),
        "/e": member(PIXELS, "/best"),
    }
    cluster = Cluster(list(told), 11, list(told.values()))

    def shown(*relations):
        return [
            [(file, member.relation, member.to) for file, member in zip(left.files, left.members, strict=True)]
            for left in of_relations([cluster], relations)
        ]

    pixels, file = PIXELS, FILE
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


def test_two_sets_of_equal_pixels_are_two_clusters():
    told = {"/a": member("edited", "/a"), "/b": member("edited", "/a"), "/c": member("cropped", "/d", "/c")}
    told |= {"/d": member("cropped", "/d", "/c"), "/e": member(BEST)}
    left = of_relations([cluster_of(told)], [PIXELS, FILE])
    assert [one.files for one in left] == [["/a", "/b"], ["/c", "/d"]]
    assert [[twin.relation for twin in one.members] for one in left] == [[BEST, PIXELS], [FILE, BEST]]
    assert of_relations([cluster_of(told)], [FILE])[0].files == ["/c", "/d"]


def test_what_would_be_lost_is_told_beside_the_one_to_keep():
    told = {
        "/a": member("edited", "/a", has_exif=1, has_gps=1, others="film"),
        "/b": member("edited", "/a", has_exif=1, has_gps=0, others="depth map"),
        "/c": member("edited", "/a", has_exif=-1, has_gps=0, others="film"),
        "/z": member(BEST, has_exif=1),
    }
    (left,) = of_relations([cluster_of(told)], [PIXELS])
    assert [twin.holds_more for twin in left.members] == ["film,GPS", "depth map", "film"]


@pytest.mark.parametrize("relations", [[FILE], [FILE, "damaged"]])
def test_where_the_one_to_keep_is_shown_elsewhere_another_one_is(relations):
    told = {
        "/a": member("edited", "/c", "/a"),
        "/b": member("edited", "/c", "/a"),
        "/c": member("damaged", "/c"),
        "/z": member(BEST),
    }
    twins = next(left for left in of_relations([cluster_of(told)], relations) if "/a" in left.files)
    assert twins.files == ["/a", "/b"]
    assert [(twin.relation, twin.to, twin.same_as) for twin in twins.members] == [
        (BEST, *["/a"] * 2),
        (FILE, *["/a"] * 2),
    ]


def test_identical_copies_of_a_smaller_version_are_listed_and_linked(tmp_path):
    folder, lists, links = tmp_path / "photos", tmp_path / "list.csv", tmp_path / "links"
    folder.mkdir()
    image = photograph("coffee.png").convert("RGB")
    image.save(folder / "large.png")
    image.resize((300, 200)).save(folder / "small.png")
    shutil.copy(folder / "small.png", folder / "small again.png")
    Image.open(folder / "small.png").convert("RGB").save(folder / "small.bmp")
    options = ["-q", "--relation", f"{FILE},{PIXELS}", "--csv", str(lists), "-o", str(links)]
    assert main(["run", str(folder), *options]) == 0
    with open(lists, newline="") as file:
        rows = {row["file"].rpartition("/")[2]: row for row in csv.DictReader(file)}
    assert {name: row["relation"] for name, row in rows.items()} == {
        "small again.png": PIXELS,
        "small.bmp": BEST,
        "small.png": PIXELS,
    }
    assert {row["same_as"] for row in rows.values()} == {str(folder / "small.bmp")}
    assert {row["same_bytes_as"] for row in rows.values()} == {"", str(folder / "small again.png")}
    assert sorted(path.resolve().name for path in links.rglob("*") if path.is_symlink()) == sorted(rows)


def test_copies_of_a_member_that_is_only_similar_are_a_cluster_of_their_own():
    told = {
        "/a": member(COPY)._replace(to="/b"),
        "/b": member("similar"),
        "/best": member(BEST),
        "/c": member(COPY),
        "/d": member("similar"),
    }
    left = of_relations([cluster_of(told)], [COPY])
    assert [(one.files, [each.relation for each in one.members]) for one in left] == [
        (["/a", "/b"], [COPY, BEST]),
        (["/best", "/c"], [BEST, COPY]),
    ]
    assert {each.to for each in left[0].members} == {"/b"}
    (all_of_one,) = of_relations([cluster_of(told)], ["similar"])
    assert all_of_one.files == ["/b", "/best", "/d"]
