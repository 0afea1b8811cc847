"""Figures as ratios to a peer or a floor, timed in the same run.

A benchmark asks for the fixture `ratio` and calls it with two functions, ours and the peer's. pytest-benchmark times
ours, and the peer is timed between its rounds: on a shared machine a time by itself says little, and two that were
taken minutes apart say no more. The figure is the ratio of the medians. Ours must not be slower than the peer, or than
`at_least` says: on any machine, so that it is far below what most of them give (cluster, 100,000 x 64 bits, SIM 0.3:
2.4 and 1.3 times faiss on two processors of one feature set). What got slower since the last good commit is found by
compare_builds.py, which need not know the machine. A figure below `required`, what was promised, is marked.

    python -m pytest benchmarks                               all of them
    python -m pytest benchmarks --figures figures.json        write them for docs/measurements/performance.md
    IMGCMP_FIGURES=figures.json bash .ci/run                  the same, of the run of all that is checked
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

import pytest
from machine import describe_machine, feature_set

RETRIES = 2  # a figure that fails is measured again: something else may have used the machine meanwhile
FIGURES, TABLES = pytest.StashKey[list](), pytest.StashKey[list]()


def pytest_addoption(parser):
    text = "write the figures to FILE, as JSON (default: that of the variable IMGCMP_FIGURES, if there is one)"
    parser.addoption("--figures", metavar="FILE", default=os.environ.get("IMGCMP_FIGURES"), help=text)


def pytest_configure(config):
    config.stash[FIGURES], config.stash[TABLES] = [], []


@pytest.fixture
def add_figure(request):
    """Put a figure, as a dict of the names in `ratio`, onto the page; fail if it is below at_least."""

    def add(figure, at_least):
        request.config.stash[FIGURES].append(figure)
        assert complaint(figure, at_least) is None

    return add


@pytest.fixture
def ratio(add_figure, benchmark):
    """Time ours against a peer, and check the figure.

    ratio(name, ours, peer, peer_name, *, rounds=7, calls=1, peer_times=1, less=None, less_of_both=False, required=None,
          at_least=1.0)

    name, peer_name: for the tables. rounds: how often the peer is timed. calls: how often ours is called a round, where
    it is so much faster than its peer that one call says little. peer_times: what to multiply the peer's time by, where
    it does a sample of the work, as its name says. less: a function whose time is taken off ours, and off the peer's,
    too, if less_of_both.
    required: what was promised, where the processor has AVX-512 popcount. at_least: what must hold on any machine;
    below 1 where the peer is a floor.
    """

    def measure(
        name,
        ours,
        peer,
        peer_name,
        *,
        rounds=7,
        calls=1,
        peer_times=1,
        less=None,
        less_of_both=False,
        required=None,
        at_least=1.0,
    ):
        def figure(our_times):
            less_s = statistics.median(less_times) if less else 0.0
            ours_s = statistics.median(our_times) - less_s
            peer_s = peer_times * statistics.median(times_of_peer) - (less_s if less_of_both else 0.0)
            times = {"name": name, "ours_s": ours_s, "peer_s": peer_s, "peer": peer_name}
            return times | {"ratio": peer_s / ours_s, "required": required}

        times_of_peer, less_times, turns = [], [], cycle(range(calls))

        def time_the_peer():
            if next(turns) == 0:
                times_of_peer.append(seconds(peer))
                if less:
                    less_times.append(seconds(less))

        ours(), peer()  # warm up
        gc.collect()
        gc.freeze()  # what other benchmarks left behind is nobody's to look through
        benchmark.extra_info["peer"] = peer_name
        benchmark.pedantic(ours, setup=time_the_peer, rounds=rounds * calls)
        result = figure(benchmark.stats.stats.data)
        for _ in range(RETRIES):
            if complaint(result, at_least) is None:
                break
            times_of_peer, less_times, our_times = [], [], []
            for _ in range(rounds * calls):
                time_the_peer()
                our_times.append(seconds(ours))
            result = figure(our_times)
        add_figure(result, at_least)

    return measure


@pytest.fixture
def add_table(request):
    """Put a table of Markdown, a list of lines, onto the page."""
    return request.config.stash[TABLES].append


@pytest.fixture
def run_python():
    """Run a fresh interpreter with these arguments; return its standard output."""

    def run(*arguments, **environment):
        result = subprocess.run(
            [sys.executable, *arguments], env=os.environ | environment, capture_output=True, text=True, check=True
        )
        return result.stdout

    return run


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def complaint(figure, at_least):
    """Say what is wrong with a figure, or None."""
    if figure["ratio"] >= at_least:
        return None
    return f"{figure['name']}: {figure['ratio']:.3g} x {figure['peer']}; at least {at_least:.3g}"


def pytest_terminal_summary(terminalreporter, config):
    if config.stash[FIGURES]:
        terminalreporter.section(f"ratios on {feature_set()}")
    for figure in config.stash[FIGURES]:
        required = "" if figure["required"] is None else f", required {figure['required']:.3g}"
        required += " MISSED" if figure["ratio"] < (figure["required"] or 0) else ""
        terminalreporter.line(
            f"{figure['name']:44} {figure['ratio']:8.3g} x {figure['peer']}{required}"
            f"  ({figure['ours_s'] * 1000:.4g} ms, {figure['peer_s'] * 1000:.4g} ms)"
        )


def pytest_sessionfinish(session):
    config = session.config
    if config.getoption("--figures"):
        result = {"machine": describe_machine(), "figures": config.stash[FIGURES], "tables": config.stash[TABLES]}
        Path(config.getoption("--figures")).write_text(json.dumps(result, indent=2) + "\n")
