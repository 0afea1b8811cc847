"""A few of the kills that benchmarks/kill_everywhere.py makes many of, and what it takes for a fault."""

import pytest
from kept import Kept
from kill_everywhere import SCENARIOS, Undisturbed, kill, strike
from outputs import Outputs, Place, faults, faults_of_growing, faults_of_starting_over


@pytest.mark.parametrize(("name", "count"), [("cluster", 1), ("force", 1), ("prune", 1), ("resize", 2)])
def test_a_kill_leaves_nothing_lost_and_nothing_half(name, count, tmp_path):
    tally = kill(name, str(tmp_path), count=count, seed=1, n_scenes=4)
    assert tally.total() - tally["ended"] == count


def test_a_kill_before_a_list_is_renamed_leaves_no_temporary_file_for_ever(tmp_path):
    place, start, scenario = Place(tmp_path), tmp_path / "start", SCENARIOS["cluster"]
    place.make_photos(4)
    undisturbed = Undisturbed.of(scenario, place, start)
    death = {"die_in": "main", "die_at": undisturbed.changes.numbers["os.rename"][0]}
    assert strike(scenario, place, start, undisturbed, death)


NOTHING = Outputs(Kept({}, {}), None, None, None, {}, {})
BEFORE = Outputs(Kept({}, {}), {"a": "/a"}, b"{}", b"old", {"a.jpg": b"old"}, {})
AFTER = Outputs(Kept({}, {}), {"b": "/b"}, b"{1}", b"new", {"a.jpg": b"new"}, {"a.jpg": {"copy_size": 3}})


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (BEFORE, []),
        (AFTER, []),
        (AFTER._replace(csv=b"ne"), ["csv: neither the old one nor the new one"]),
        (BEFORE._replace(json=None), ["json: neither the old one nor the new one"]),
        (AFTER._replace(links={}), ["links: neither the old ones nor the new ones"]),
        (BEFORE._replace(links=None), ["links: gone, and the old ones are not kept beside"]),
        (BEFORE._replace(copies={}), ["copies: lost ['a.jpg']"]),
        (AFTER._replace(copies={"a.jpg": b"n"}), ["copies/a.jpg: neither the old one nor the new one"]),
        (BEFORE._replace(records=AFTER.records), ["copies/a.jpg: is not what its record says"]),
    ],
)
def test_what_is_half_is_told(now, told, tmp_path):
    assert faults(Place(tmp_path), BEFORE, now, AFTER) == told


def test_links_that_were_moved_away_are_not_lost(tmp_path):
    place = Place(tmp_path)
    beside = place.out / ".imgcmp-links-x" / "old" / "links"
    beside.mkdir(parents=True)
    (beside / "a").symlink_to("/a")
    assert faults(place, BEFORE, BEFORE._replace(links=None), AFTER) == []
    assert place.temporary_files() == ["out/.imgcmp-links-x"]


OLD, DROPPED, NEW = {"/a": (1,)}, {"/gone": (2,), "/gone too": (3,)}, {"/new": (4,)}


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (OLD | DROPPED, []),
        (OLD, []),
        (OLD | DROPPED | NEW, []),
        (OLD | NEW, []),
        (DROPPED, ["database: lost /a"]),
        (OLD | {"/else": (5,)}, ["database: made up /else"]),
        (OLD | {"/gone": (2,)}, ["database: some of what is gone was dropped, and some was not"]),
    ],
)
def test_what_a_database_lost_is_told(now, told):
    before, after = Kept(OLD | DROPPED, {}), Kept(OLD | NEW, {})
    assert faults_of_growing(before, Kept(now, {}), after) == told


def test_a_database_that_is_started_over_is_the_old_one_or_a_new_one():
    before, after = Kept(OLD, {}), Kept(NEW | {"/b": (6,)}, {})
    for now in (OLD, NEW, {}):
        assert faults_of_starting_over(before, Kept(now, {}), after) == []
    assert faults_of_starting_over(before, Kept(OLD | NEW, {}), after) != []
