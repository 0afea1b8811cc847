"""A few of the kills that benchmarks/kill_runs.py makes many of, and what it makes of what runs say."""

import pytest
from kept import Kept
from kill_runs import Told, demand_kept, kill_runs
from observed_run import Line
from pictures import save_distinct

from imgcmp.images.image_file import Failure


# With 0.05 s more for every fsync a checkpoint of a millisecond puts the next one off by two seconds and more.
@pytest.mark.parametrize("slow_sync_s", [0.0, 0.05])
def test_killed_runs_lose_nothing(tmp_path, slow_sync_s):
    save_distinct(tmp_path, 30, size=(1000, 750))
    (tmp_path / "bad.jpg").write_text("no image")
    told = kill_runs([str(tmp_path)], n_kills=2, seed=1, checkpoint_s=0.0, slow_sync_s=slow_sync_s)
    assert told.startswith("2 kills, ")
    assert told.endswith("30 images and 1 failure as without kills; no temporary files left")


def test_what_is_lost_or_has_changed_is_told():
    kept = Kept({"/a": (b"1",), "/b": (b"2",)}, {"/c": Failure("/c", "empty file", 0, 7)})
    assert kept.lost(kept) == []
    assert kept.lost(Kept(kept.images | {"/d": (b"3",)}, kept.failures)) == []
    assert kept.lost(Kept({"/a": (b"1",), "/d": (b"2",)}, kept.failures)) == ["/b"]
    assert kept.lost(Kept({"/a": (b"2",), "/b": (b"2",)}, kept.failures)) == ["/a"]
    assert kept.lost(Kept(kept.images, {"/c": Failure("/c", "empty file", 0, 8)})) == ["/c"]


LINES = [
    Line(10.0, "/a: 4 x 3"),
    Line(11.0, "/b: 4 x 3"),
    Line(12.0, "saved: 2 images kept, in 0.300 s; the next in 6.000 s or later"),
    Line(12.0, "/c: was /z"),
    Line(17.9, "/d: 4 x 3"),
    Line(18.5, "/e: 4 x 3"),
]


def test_what_must_be_kept_is_what_was_done_before_the_last_checkpoint():
    told = Told.by(LINES, least_s=5.0)
    assert told == Told({"/a", "/b"}, n_kept=2, n_unsaved=3, overdue=[], longest_pause_s=6.0)
    image = (b"1",)
    demand_kept(told, Kept({}, {}), Kept({"/a": image, "/b": image}, {}))
    with pytest.raises(AssertionError, match=r"before the last checkpoint, and not held: \['/b'\]"):
        demand_kept(told, Kept({}, {}), Kept({"/a": image, "/x": image}, {}))
    with pytest.raises(AssertionError, match=r"held before the kill, and not after it: \['/x'\]"):
        demand_kept(told, Kept({"/x": image}, {}), Kept({"/a": image, "/b": image}, {}))


def test_more_is_never_lost_than_the_pause_between_checkpoints_allows():
    late = [*LINES, Line(18.6, "/f: 4 x 3")]  # /e was taken in after 18.0, so that it had to be saved
    told = Told.by(late, least_s=5.0)
    assert told.overdue == ["/e"]
    with pytest.raises(AssertionError, match="when a checkpoint was due"):
        demand_kept(told, Kept({}, {}), Kept({"/a": (b"1",), "/b": (b"1",)}, {}))
