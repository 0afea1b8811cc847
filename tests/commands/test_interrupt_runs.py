import interrupt_runs
from pictures import save_distinct


def test_a_run_that_is_interrupted_twice_loses_nothing_and_says_so_in_a_line(tmp_path):
    save_distinct(tmp_path / "photos", 6)
    faults = interrupt_runs.interrupt_runs([str(tmp_path / "photos")], count=6, seed=0)
    assert not faults, "\n".join(faults)
