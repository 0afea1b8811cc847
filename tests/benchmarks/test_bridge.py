"""What measurements of two builds call: it must be there in this one."""

import ast
from pathlib import Path

import bridge
import compile_workload
import numpy as np
import pytest
from synthetic import noisy_copies, noisy_copies_with_views

import imgcmp
from imgcmp import kernels

INTERNALS = ["Cluster", "ImageFile", "ImageRecord", "diameters", "diameters_with_views", "find_images", "neighbours"]


@pytest.mark.parametrize("name", [*INTERNALS, "view_names", "write_links"])
def test_what_is_not_public_is_found_wherever_it_is_defined(name):
    found = bridge.internal(name)
    assert found.__name__ == name
    assert found.__module__.startswith("imgcmp.")


def test_what_is_nowhere_is_told():
    with pytest.raises(LookupError, match="neighbors is nowhere in imgcmp"):
        bridge.internal("neighbors")


def test_old_signatures_are_called_as_they_were(monkeypatch):
    def cluster(words, n_bits, sim, *, method, workers):
        return "cluster", n_bits, sim, method

    def linkage(words, *, method, workers):
        return "linkage", method

    monkeypatch.setattr(imgcmp, "cluster", cluster, raising=False)
    monkeypatch.setattr(imgcmp, "linkage", linkage, raising=False)
    words = np.zeros((3, 2), np.uint64)
    assert bridge.cluster(words, 0.1, linkage="single") == ("cluster", 128, 0.1, "single")
    assert bridge.linkage(words) == ("linkage", "average")


def test_new_signatures_are_called_as_they_are():
    words = noisy_copies(50, 64)
    assert np.array_equal(bridge.cluster(words, 0.3, linkage="single"), imgcmp.cluster(words, 0.3, linkage="single"))
    assert np.array_equal(bridge.linkage(words), imgcmp.linkage(words))


@pytest.mark.parametrize("with_views", [False, True])
def test_a_database_holds_what_it_is_given(tmp_path, with_views):
    path = str(tmp_path / "fingerprints.hdf")
    words, views = noisy_copies_with_views(5, 64, len(bridge.internal("view_names")("all")))
    bridge.new_database(path, words, views if with_views else None).save()
    held = imgcmp.Database(path)
    assert np.array_equal(held.words, words)
    assert np.array_equal(held.views, views) if with_views else held.views.shape[1] == 0


def test_every_entry_is_found():
    """Those that are decorated as such are those whose compiled code is kept on disk."""
    decorated = set()
    for file in Path(kernels.__path__[0]).glob("*.py"):
        functions = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)]
        decorated |= {f"{file.stem}.{each.name}" for each in functions if any(map(is_entry, each.decorator_list))}
    assert decorated == {compile_workload.name_of(function) for function in compile_workload.entries()}
    assert len(decorated) > 20


def is_entry(decorator):
    return isinstance(decorator, ast.Name) and decorator.id.endswith("entry")
