"""The pages that benchmarks write: what misses its aim is marked, and README takes its rows from there."""

import importlib

import clustering
import compile_times
import performance
import pytest
from compile_times import Compiled, CompileTimes

FIGURE = {"name": "pairs", "peer": "a peer", "ratio": 2.5, "required": 2.0, "ours_s": 0.0123, "peer_s": 1.5}


@pytest.mark.parametrize(("required", "cell"), [(None, ""), (2.0, "2"), (2.5, "2.5"), (3.0, "3 **missed**")])
def test_what_misses_its_aim_is_marked(required, cell):
    row = performance.row(FIGURE | {"required": required})
    assert row == f"| pairs | a peer | 2.5 | {cell} | 12.3 ms | 1.50 s |"


def test_rows_of_the_readme_come_from_the_page():
    result = {"machine": "Measured 2026-01-02 on a machine.", "figures": [FIGURE], "tables": [["## Others", "a table"]]}
    page = performance.page_of(result)
    assert "## Others\na table\n" in page
    before = ["Measured 2025", "", performance.README_HEAD, "|---|---|---|---|", "| pairs | x | 9 | 1 s |", "| other |"]
    after = [result["machine"], *before[1:4], "| pairs | a peer | 2.5 | 12.3 ms |", "| other |"]
    assert performance.with_rows_of(page, "\n".join(before)) == "\n".join(after) + "\n"


@pytest.mark.parametrize(("module", "name"), clustering.ROUTES)
def test_the_routes_that_are_noticed_are_there(module, name):
    assert callable(getattr(importlib.import_module(module), name))


THIS = CompileTimes([Compiled("chain.both", 1, 1.0, "cluster"), Compiled("scan.new", 2, 0.25, "pairs")], {"demo": 2.0})
OTHER = CompileTimes([Compiled("kernels.both", 1, 4.0, "cluster"), Compiled("kernels.old", 1, 1.0, "x")], {"demo": 8.0})


def test_kernels_are_listed_by_what_they_take():
    assert compile_times.kernels_table(THIS)[2:] == [
        "| `chain.both` | 1.00 | 1 | cluster |",
        "| `scan.new` | 0.25 | 2 | pairs |",
        "| all 2 | 1.25 | | |",
    ]


def test_before_and_after_are_matched_by_name():
    assert compile_times.before_and_after(THIS, OTHER)[2:] == [
        "| `both` | 4.00 | 1.00 | 0.25 |",
        "| `old` | 1.00 |  |  |",
        "| `new` |  | 0.25 |  |",
        "| all kernels (2, 2) | 5.00 | 1.25 | 0.25 |",
        "| first `demo` | 8.00 | 2.00 | 0.25 |",
    ]
