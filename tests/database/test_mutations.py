"""A few of the damaged databases that benchmarks/mutate_database.py makes many of."""

from collections import Counter

import mutate_database as damage


def judged(tmp_path, count, seed, *, check):
    whole, mutant_path = str(tmp_path / "whole.hdf"), str(tmp_path / "damaged.hdf")
    damage.make_database(whole)
    expected = damage.contents(whole)
    assert damage.judge(whole, expected, check=check) == "opened"
    verdicts = Counter()
    for mutant in damage.mutants(whole, count=count, seed=seed):
        with open(mutant_path, "wb") as file:
            file.write(mutant.raw)
        verdicts[mutant.place, damage.judge(mutant_path, expected, check=check)] += 1
    return verdicts


def test_no_damage_is_passed_over(tmp_path):
    verdicts = judged(tmp_path, 180, seed=1, check=False)
    assert {place for place, _ in verdicts} == {"user block", "HDF5 metadata", "data"}
    assert sum(n for (_, verdict), n in verdicts.items() if verdict == "refused") > 160


def test_check_finds_what_opening_refuses(tmp_path):
    assert judged(tmp_path, 18, seed=2, check=True).total() == 18
