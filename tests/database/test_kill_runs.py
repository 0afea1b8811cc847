"""A few of the kills that benchmarks/kill_runs.py makes many of."""

from kill_runs import Contents, kill_runs
from pictures import save_distinct

from imgcmp.images.image_file import Failure


def test_killed_runs_lose_nothing(tmp_path):
    save_distinct(tmp_path, 60, size=(1000, 750))
    (tmp_path / "bad.jpg").write_text("no image")
    told = kill_runs([str(tmp_path)], n_kills=3, seed=1, checkpoint_s=0.0)
    assert told.startswith("3 kills, ")
    assert told.endswith("60 images and 1 failure as without kills; no temporary files left")


def test_what_is_lost_or_has_changed_is_told():
    kept = Contents({"/a": b"1", "/b": b"2"}, {"/c": Failure("/c", "empty file", 0, 7)})
    assert kept.lost(kept) == []
    assert kept.lost(Contents(kept.fingerprints | {"/d": b"3"}, kept.failures)) == []
    assert kept.lost(Contents({"/a": b"1", "/d": b"2"}, kept.failures)) == ["/b"]
    assert kept.lost(Contents({"/a": b"2", "/b": b"2"}, kept.failures)) == ["/a"]
    assert kept.lost(Contents(kept.fingerprints, {"/c": Failure("/c", "empty file", 0, 8)})) == ["/c"]
