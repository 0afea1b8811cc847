"""When results are written, by a clock of our own: at the first that comes when the pause is over, and never later."""

from types import SimpleNamespace

import pytest
from databases import record

from imgcmp.database import checkpoints
from imgcmp.database.checkpoints import Checkpoints
from imgcmp.database.database import Database


@pytest.fixture
def clock(monkeypatch):
    """Stand in for the clock; it stands still but for `now` and for what saving takes."""
    clock = SimpleNamespace(now=100.0, saving_s=0.0)
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: clock.now)
    save = Database.save

    def slow_save(self):
        save(self)
        clock.now += clock.saving_s

    monkeypatch.setattr(Database, "save", slow_save)
    return clock


@pytest.fixture
def told():
    return []


@pytest.fixture
def keeper(tmp_path, clock, told):
    return Checkpoints(Database(tmp_path / "a.hdf", method="phash", x=8), 10.0, told.append)


@pytest.mark.parametrize(("saving_s", "pause_s"), [(0.0, 10.0), (0.5, 10.0), (0.75, 15.0)])
def test_a_result_that_comes_when_the_pause_is_over_is_on_the_disk_with_all_before_it(
    keeper, clock, told, saving_s, pause_s
):
    clock.saving_s = saving_s
    keeper.add(record("/a"))
    clock.now += 9.75
    keeper.add(record("/b"))
    assert told == []
    clock.now += 0.25
    keeper.add(record("/c"))
    assert told == [f"saved: 3 images kept, in {saving_s:.3f} s; the next in {pause_s:.3f} s or later"]
    assert sorted(Database(keeper.store.path).files) == ["/a", "/b", "/c"]
    clock.now += pause_s - 0.25
    keeper.add(record("/d"))
    assert len(told) == 1
    clock.now += 0.25
    keeper.add(record("/e"))
    assert len(told) == 2
    assert len(Database(keeper.store.path)) == 5


def test_it_is_told_when_it_is_on_the_disk_and_not_before(keeper, clock, tmp_path):
    seen = []
    keeper.tell = lambda _line: seen.append(Database(keeper.store.path).files)
    keeper.add(record("/a"))
    keeper.save()
    keeper.save()  # nothing new
    assert seen == [["/a"]]
