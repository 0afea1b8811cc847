"""A few of the runs at once that benchmarks/runs_at_once.py starts many of."""

from types import SimpleNamespace

import pytest
from observed_run import Line
from runs_at_once import TWO_WAYS, at_once, outcomes

BUSY = "imgcmp run: /x.hdf is being written by process 1 on host: wait until that is done"


@pytest.mark.parametrize("name", ["fingerprint", TWO_WAYS])
def test_of_two_at_once_each_does_it_or_is_told(name, tmp_path):
    tally = at_once(name, str(tmp_path), times=1, processes=2, seed=1, n_scenes=4)
    assert tally["done"] >= 1
    assert tally["done"] + tally["told"] == 2


def ended(status, *lines):
    run = SimpleNamespace(process=SimpleNamespace(returncode=status), lines=[Line(0.0, line) for line in lines])
    run.text = lambda: "\n".join(lines)
    return run


def test_who_was_told_ends_with_that_one_line():
    assert outcomes([ended(0), ended(1, "/a: bad"), ended(2, BUSY)]) == {"done": 2, "told": 1}


@pytest.mark.parametrize(
    "other", [ended(2, "directory not empty"), ended(0, BUSY), ended(-9), ended(2, BUSY, BUSY), ended(2, BUSY, "more")]
)
def test_any_other_end_is_a_fault(other):
    with pytest.raises(AssertionError):
        outcomes([ended(0), other])


def test_one_must_do_it():
    with pytest.raises(AssertionError, match="none of them did it"):
        outcomes([ended(2, BUSY), ended(2, BUSY)])
