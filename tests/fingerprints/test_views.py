"""The list of views: which there are, what they are called, and what part of a picture each of them is."""

import math

import pytest

from imgcmp.fingerprints.looks import LOOK_BYTES
from imgcmp.fingerprints.parameters import METHODS, PLAIN_KINDS
from imgcmp.fingerprints.view_layout import PLAIN
from imgcmp.fingerprints.views import (
    EVERY_PLAIN_KIND,
    N_STANDINGS,
    PartCode,
    kinds_of_names,
    look_bytes,
    normal_kinds,
    part_of,
    view_layout,
    view_names,
    views_of_kinds,
)

VIEWS = {view.name: view for view in views_of_kinds("all")}
PARTS = {name: part_of(view) for name, view in VIEWS.items() if view.standing is None}


def test_all_stands_for_ways_to_stand_and_for_what_a_copy_may_be():
    kinds = [view.kind for view in VIEWS.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "standings": 4,
        "crops": 45,
        "tilts": 6,
        "negative": 1,
        "inner": 1,
    }
    assert kinds[:N_STANDINGS] == ["standings"] * N_STANDINGS


def test_each_view_is_one_thing():
    for kinds in ("all", EVERY_PLAIN_KIND):
        for view in views_of_kinds(kinds):
            what = (view.turn, view.crop_of, view.tilt, view.standing, view.special or None, view.first_rows or None)
            assert sum(one is not None for one in what) == 1, view.name


def test_crops_keep_what_their_names_say():
    for kinds, centre, corner in (("all", 18, 15), ("crops", 14, 14)):
        crops = {view.name: view.crop_of(300, 200) for view in views_of_kinds(kinds) if view.crop_of is not None}
        rim, kept = centre / 200, 1 - corner / 100
        assert crops[f"centre without {centre} %"] == pytest.approx((rim, rim, 1 - rim, 1 - rim))
        assert crops["without 21 % left"] == pytest.approx((0.21, 0, 1, 1))
        assert crops[f"without {corner} % right and bottom"] == pytest.approx((0, 0, kept, kept))
        half_a_step = 1 / 512 if kinds == "all" else 1e-9  # to ratios "all" crops in steps of 1/256 of a side
        assert crops["1:1"] == pytest.approx((1 / 6, 0, 5 / 6, 1), abs=half_a_step)
        assert crops["16:9"] == pytest.approx((0, 0.078125, 1, 0.921875), abs=half_a_step)
        assert crops["3:2"] is None
        assert {view.name: view.crop_of for view in views_of_kinds(kinds)}["3:2"](302, 200) is None


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("centre without 36 %", (PartCode.CROP, 0.18, 0.18, 0.82, 0.82)),
        ("without 30 % left and bottom", (PartCode.CROP, 0.3, 0, 1, 0.7)),
        ("90 % at the left", (PartCode.CROP, 0, 0.05, 0.9, 0.95)),
        ("90 % at the right", (PartCode.CROP, 0.1, 0.05, 1, 0.95)),
        ("90 % at the top", (PartCode.CROP, 0.05, 0, 0.95, 0.9)),
        ("90 % at the bottom", (PartCode.CROP, 0.05, 0.1, 0.95, 1)),
        ("89.5 % near the left and top", (PartCode.CROP, 0.015, 0.015, 0.91, 0.91)),
        ("89.5 % near the right and top", (PartCode.CROP, 0.09, 0.015, 0.985, 0.91)),
        ("89.5 % near the left and bottom", (PartCode.CROP, 0.015, 0.09, 0.91, 0.985)),
        ("89.5 % near the right and bottom", (PartCode.CROP, 0.09, 0.09, 0.985, 0.985)),
        ("first half of the rows", (PartCode.CROP, 0, 0, 1, 0.5)),
        ("first quarter of the rows", (PartCode.CROP, 0, 0, 1, 0.25)),
        ("16:9", (PartCode.ASPECT, 16 / 9, 0, 0, 0)),
        ("tilted right by 11", (PartCode.TILT, math.radians(11), 0, 0, 0)),
        ("tilted left by 7 and cut", (PartCode.TILT, -math.radians(7), 1, 0, 0)),
        ("negative", (PartCode.NEGATIVE, 0, 0, 1, 1)),
        ("inner picture", (PartCode.INNER, 0, 0, 0, 0)),
    ],
)
def test_what_part_of_its_picture_a_view_is(name, part):
    assert PARTS[name] == pytest.approx(part)


def test_parts_are_all_different():
    rounded = [tuple(round(float(number), 9) for number in part) for part in PARTS.values()]
    assert len(set(rounded)) == len(rounded) == len(VIEWS) - N_STANDINGS


@pytest.mark.parametrize(
    ("kinds", "n_views"),
    [("none", 0), ("crops", 35), ("flips", 4), ("turns", 3), ("turns,flips", 7), (EVERY_PLAIN_KIND, 42), ("all", 57)],
)
def test_kinds_are_chosen(kinds, n_views):
    names = view_names(kinds)
    assert len(names) == len(set(names)) == n_views
    assert kinds == "all" or set(names) <= set(view_names(EVERY_PLAIN_KIND))


def test_plain_kinds_are_those_of_their_views():
    assert tuple(dict.fromkeys(view.kind for view in views_of_kinds(EVERY_PLAIN_KIND))) == PLAIN_KINDS
    for kind in PLAIN_KINDS:
        assert {view.kind for view in views_of_kinds(kind)} == {kind}


def test_kinds_are_written_in_one_way():
    written = ["turns, crops", "flips,crops,turns", "crops", "all", "none"]
    assert [normal_kinds(kinds) for kinds in written] == ["crops,turns", EVERY_PLAIN_KIND, "crops", "all", "none"]


@pytest.mark.parametrize("kinds", ["crop", "", "all,crops", "crops,", "standings", "tilts", None, ["crops"]])
def test_other_kinds_are_errors(kinds):
    for of_kinds in (views_of_kinds, normal_kinds, look_bytes):
        with pytest.raises(ValueError, match="views must be"):
            of_kinds(kinds)


@pytest.mark.parametrize("kinds", ["none", "crops", "flips,turns", EVERY_PLAIN_KIND, "all"])
def test_kinds_are_known_by_the_names_of_their_views(kinds):
    names = "\n".join(view_names(kinds))
    assert kinds_of_names(kinds, names) == kinds
    assert kinds_of_names(kinds, names + "\nupside down") is None
    assert kinds_of_names("turns" if kinds != "turns" else "crops", names) is None


def test_all_of_earlier_versions_are_the_plain_kinds():
    assert kinds_of_names("all", "\n".join(view_names(EVERY_PLAIN_KIND))) == EVERY_PLAIN_KIND


@pytest.mark.parametrize("kinds", ["none", "crops", "flips,turns", EVERY_PLAIN_KIND])
def test_plain_kinds_are_compared_as_they_are_and_have_no_looks(kinds):
    assert view_layout(kinds, "phash", 16) == PLAIN
    assert look_bytes(kinds) == 0


@pytest.mark.parametrize("x", [2, 7, 8, 9, 16, 64])
@pytest.mark.parametrize("method", METHODS)
def test_how_all_views_are_compared(method, x):
    layout = view_layout("all", method, x)
    assert layout.n_standings == N_STANDINGS
    # The slowest waves are judged apart where there are others, and waves at all.
    assert layout.side == (x if method == "phash" and x > 8 else 0)
    assert layout.parts == ((PartCode.CROP, 0, 0, 1, 1), *PARTS.values())


def test_what_is_kept_of_a_look_has_room_for_how_each_view_stands():
    assert look_bytes("all") == LOOK_BYTES + math.ceil(len(view_names("all")) / 2) + 4


# Databases name their views: another name, or another order, is another list.
PLAIN_NAMES = """\
centre without 6 %
centre without 14 %
centre without 22 %
centre without 30 %
without 7 % left
without 14 % left
without 21 % left
without 7 % right
without 14 % right
without 21 % right
without 7 % top
without 14 % top
without 21 % top
without 7 % bottom
without 14 % bottom
without 21 % bottom
without 8 % left and top
without 14 % left and top
without 20 % left and top
without 8 % right and top
without 14 % right and top
without 20 % right and top
without 8 % left and bottom
without 14 % left and bottom
without 20 % left and bottom
without 8 % right and bottom
without 14 % right and bottom
without 20 % right and bottom
1:1
4:3
3:4
3:2
2:3
16:9
9:16
mirrored
mirrored and turned by 90
mirrored and turned by 180
mirrored and turned by 270
turned by 90
turned by 180
turned by 270
"""
NAMES = """\
standing 1
standing 2
standing 3
standing 4
centre without 9 %
centre without 18 %
centre without 27 %
centre without 36 %
without 14 % left
without 21 % left
without 28 % left
without 14 % right
without 21 % right
without 28 % right
without 14 % top
without 21 % top
without 28 % top
without 14 % bottom
without 21 % bottom
without 28 % bottom
without 15 % left and top
without 22 % left and top
without 30 % left and top
without 15 % right and top
without 22 % right and top
without 30 % right and top
without 15 % left and bottom
without 22 % left and bottom
without 30 % left and bottom
without 15 % right and bottom
without 22 % right and bottom
without 30 % right and bottom
1:1
4:3
3:4
3:2
2:3
16:9
9:16
90 % at the left
90 % at the right
90 % at the top
90 % at the bottom
89.5 % near the left and top
89.5 % near the right and top
89.5 % near the left and bottom
89.5 % near the right and bottom
first half of the rows
first quarter of the rows
tilted right by 7
tilted left by 7
tilted right by 7 and cut
tilted left by 7 and cut
tilted right by 11
tilted left by 11
negative
inner picture
"""


def test_views_are_named_as_in_databases_of_this_version():
    assert view_names("all") == tuple(NAMES.splitlines())


def test_plain_views_are_named_as_in_databases_of_earlier_versions():
    assert view_names(EVERY_PLAIN_KIND) == tuple(PLAIN_NAMES.splitlines())
