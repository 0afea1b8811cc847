"""A few of the damaged databases that benchmarks/mutate_database.py makes many of."""

from collections import Counter

import h5py
import mutate_database as damage
import numpy as np
import pytest
from damages import MIXED, mutants, places_in


def judged(tmp_path, count, seed, *, check):
    path, mutant_path = tmp_path / "whole.hdf", str(tmp_path / "damaged.hdf")
    states = damage.make_database(str(path), n_images=40)
    now, earlier = damage.contents(str(path)), [damage.contents_of(state) for state in states]
    assert damage.judge(str(path), [now], check=check) == "opened"
    verdicts = Counter()
    for mutant in mutants(str(path), count=count, seed=seed, earlier=states):
        verdict = damage.verdict_of(mutant, mutant_path, path.read_bytes(), now, earlier, check)
        verdicts[mutant.damage, mutant.place, verdict] += 1
    return verdicts


def test_no_damage_is_passed_over(tmp_path):
    verdicts = judged(tmp_path, 180, seed=1, check=False)
    places = {place for _, place, _ in verdicts}
    assert {"anywhere", "user block", "HDF5 metadata", "data", "head", "middle", "end"} <= places
    assert {what for what, _, _ in verdicts} >= {MIXED, "a bit flipped", "truncated", "bytes appended"}
    assert sum(n for (_, _, verdict), n in verdicts.items() if verdict == "refused") > 120


def test_check_finds_what_opening_refuses(tmp_path):
    assert judged(tmp_path, 18, seed=2, check=True).total() == 18


def test_what_holds_something_else_is_told_and_so_is_what_ends_the_process(tmp_path, monkeypatch):
    path = str(tmp_path / "whole.hdf")
    damage.make_database(path, n_images=8)
    with pytest.raises(damage.PassedOverError, match="holds something else"):
        damage.judge(path, [["another"]], check=False)
    monkeypatch.setattr(damage, "contents", lambda _path: np.ctypeslib.ctypes.string_at(0))
    with pytest.raises(damage.PassedOverError, match="ended the process"):
        damage.judge(path, [], check=False)


def test_places_of_data_in_chunks_and_in_one_piece(tmp_path):
    path = tmp_path / "file.hdf"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["whole"] = np.full(100, 7, np.uint8)
        file.create_dataset("chunks", data=np.full((40, 50), 9, np.uint8), chunks=(20, 50))
    raw = np.frombuffer(path.read_bytes(), np.uint8)
    places = places_in(str(path), len(raw))
    assert sorted(raw[places["data"]].tolist()) == [7] * 100 + [9] * 2000
    assert len(places["user block"]) == 512
