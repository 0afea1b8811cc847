import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.errors import InputError
from imgcmp.results import links
from imgcmp.results.clusters import Cluster, format_table, group_files
from imgcmp.results.link_names import clash_key, link_names
from imgcmp.results.links import check_folder, write_links
from imgcmp.results.work_folder import clean_up_dead_runs, work_folder
from imgcmp.system.places import CLUSTERS_MARKER

NAMES_MAY_BE_ANY_BYTES = sys.platform != "darwin"


def tree(folder):
    """Return {path inside the folder: where the link points, or None for a folder or file}."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        found[str(path.relative_to(folder))] = os.readlink(path) if path.is_symlink() else None
    return found


def links_in(folder):
    return {path: target for path, target in tree(folder).items() if target is not None}


def make_photographs(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"pixels of " + os.fsencode(name))
    return [str(folder / name) for name in names]


def hidden_names(folder):
    return [name for name in os.listdir(folder) if name.startswith(".imgcmp-")]


@pytest.fixture
def photographs(tmp_path):
    return make_photographs(tmp_path / "photographs", *(f"{letter}.jpg" for letter in "abcdefgh"))


# group_files, format_table


@given(st.lists(st.integers(0, 6), max_size=30), st.randoms(use_true_random=False))
def test_groups_equal_a_plain_loop(labels, random):
    files = [f"/p/{k:03}\udce9" for k in range(len(labels))]
    random.shuffle(files)
    expected = {}
    for file, label in zip(files, labels, strict=True):
        expected.setdefault(label, []).append(file)
    expected = [sorted(group) for group in expected.values() if len(group) >= 2]
    expected.sort(key=lambda group: (-len(group), group[0]))
    groups = group_files(files, np.array(labels, dtype=np.int32))
    assert [[files[k] for k in group.tolist()] for group in groups] == expected


def test_labels_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"labels must have shape \(n_images,\) = \(2,\); got \(3,\)"):
        group_files(["a", "b"], np.zeros(3, dtype=np.int32))


def test_table_counts_clusters_by_ascending_size():
    clusters = [Cluster(["a"] * n_files, 0) for n_files in (10, 3, 2, 2)]
    assert format_table(clusters) == "items per cluster : number of such clusters\n2 : 2\n3 : 1\n10 : 1"
    assert format_table([]) == "items per cluster : number of such clusters"


# write_links: what it makes


def test_every_cluster_gets_a_folder_of_links(tmp_path, photographs):
    a, b, c, d, e, f, g, _ = photographs
    folder = tmp_path / "new" / "parents" / "clusters"
    write_links([Cluster([a, b, c], 5), Cluster([d, e], 1), Cluster([f, g], 2)], str(folder))
    assert links_in(folder) == {
        "cluster_with_2/cluster_0/d.jpg": d,
        "cluster_with_2/cluster_0/e.jpg": e,
        "cluster_with_2/cluster_1/f.jpg": f,
        "cluster_with_2/cluster_1/g.jpg": g,
        "cluster_with_3/cluster_0/a.jpg": a,
        "cluster_with_3/cluster_0/b.jpg": b,
        "cluster_with_3/cluster_0/c.jpg": c,
    }
    assert (folder / CLUSTERS_MARKER).is_file()
    assert hidden_names(folder.parent) == []


def test_no_clusters_make_an_empty_folder_of_ours(tmp_path):
    write_links([], str(tmp_path / "clusters"))
    assert os.listdir(tmp_path / "clusters") == [CLUSTERS_MARKER]


def test_files_with_the_same_base_name_all_get_a_link(tmp_path):
    files = ["/1/a.jpg", "/2/a.jpg", "/3/a_2.jpg", "/4/a.jpg", "/5/A.JPG", "/6/noext", "/7/noext"]
    write_links([Cluster(files, 0)], str(tmp_path / "clusters"))
    made = tree(tmp_path / "clusters/cluster_with_7/cluster_0")
    assert made == {
        "a.jpg": "/1/a.jpg",
        "a_3.jpg": "/2/a.jpg",
        "a_2.jpg": "/3/a_2.jpg",  # a real name is kept
        "a_4.jpg": "/4/a.jpg",
        "A_5.JPG": "/5/A.JPG",  # some file systems take A.JPG for a.jpg
        "noext": "/6/noext",
        "noext_2": "/7/noext",
    }


LONG_NAMES = ["x" * 251 + ".jpg", "." + "y" * 254, "é" * 125 + ".jpg", "名" * 83 + ".jpg", "z." + "s" * 253]


@pytest.mark.parametrize("name", LONG_NAMES)
def test_long_names_are_shortened_to_what_a_file_system_takes(tmp_path, name):
    files = [f"/{k}/{name}" for k in range(12)]
    write_links([Cluster(files, 0)], str(tmp_path / "clusters"))
    made = tree(tmp_path / "clusters/cluster_with_12/cluster_0")
    assert sorted(made.values()) == sorted(files)
    for link in made:
        assert len(os.fsencode(link)) <= 255
        link.encode()  # no character was cut in two
        assert Path(link).suffix == Path(name).suffix or len(Path(name).suffix) > 32


@pytest.mark.skipif(not NAMES_MAY_BE_ANY_BYTES, reason="macOS refuses names that are not UTF-8")
def test_names_that_are_not_utf8(tmp_path):
    name = os.fsdecode(b"caf\xe9.jpg")
    files = make_photographs(tmp_path / "1", name) + make_photographs(tmp_path / "2", name)
    long_files = [f"/{k}/" + os.fsdecode(b"\xbf" * 255) for k in range(2)]
    write_links([Cluster(files, 0), Cluster(long_files, 0)], str(tmp_path / "clusters"))
    made = os.listdir(os.fsencode(tmp_path / "clusters/cluster_with_2/cluster_0"))
    assert sorted(made) == [b"caf\xe9.jpg", b"caf\xe9_2.jpg"]
    for link in made:
        path = os.path.join(os.fsencode(tmp_path), b"clusters/cluster_with_2/cluster_0", link)
        assert Path(os.fsdecode(path)).read_bytes() == b"pixels of caf\xe9.jpg"
    assert sorted(tree(tmp_path / "clusters/cluster_with_2/cluster_1").values()) == long_files


@given(st.lists(st.text(st.sampled_from("aAéE\u0301_23.\udce9"), min_size=1, max_size=5), min_size=2, max_size=12))
def test_link_names_never_clash(names):
    made = link_names([f"/{k}/{name}" for k, name in enumerate(names)])
    assert len({clash_key(name) for name in made}) == len(names)
    for name in set(names):  # the first of a name keeps it, unless another differs from it in case only
        if sum(clash_key(other) == clash_key(name) for other in names) == 1:
            assert made[names.index(name)] == name


# write_links: what it replaces


def test_an_older_tree_is_replaced_as_a_whole(tmp_path, photographs):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:3], 0)], str(folder))
    folder.chmod(0o750)
    (folder / "cluster_with_3" / ".DS_Store").write_bytes(b"where the windows were")
    write_links([Cluster(photographs[:2], 0)], str(folder))
    assert sorted(links_in(folder).values()) == photographs[:2]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert hidden_names(tmp_path) == []
    assert sorted(os.listdir(tmp_path / "photographs")) == sorted(os.path.basename(file) for file in photographs)


@pytest.mark.parametrize(
    "place", ["cluster_with_9", "cluster_with_2/cluster_7", "cluster_with_2/cluster_0/all of them", "my favourites"]
)
def test_a_link_that_the_user_put_there_is_neither_followed_nor_removed(tmp_path, photographs, place):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder))
    os.symlink(tmp_path / "photographs", folder / place)
    refused(folder, f"{folder}/{place} was not made by imgcmp; move it elsewhere")
    assert all(os.path.isfile(file) for file in photographs)


def test_an_empty_folder_is_replaced(tmp_path, photographs):
    (tmp_path / "clusters").mkdir()
    write_links([Cluster(photographs[:2], 0)], str(tmp_path / "clusters"))
    assert len(links_in(tmp_path / "clusters")) == 2


def test_a_link_to_our_folder_stays_a_link(tmp_path, photographs):
    (tmp_path / "disk").mkdir()
    write_links([], str(tmp_path / "disk" / "clusters"))
    os.symlink(tmp_path / "disk" / "clusters", tmp_path / "here")
    write_links([Cluster(photographs[:2], 0)], str(tmp_path / "here"))
    assert (tmp_path / "here").is_symlink()
    assert len(links_in(tmp_path / "disk" / "clusters")) == 2


def refused(folder, message):
    before = tree(folder.parent)
    for check in (check_folder, lambda folder: write_links([], folder)):
        with pytest.raises(InputError, match=message) as caught:
            check(str(folder))
        assert "\n" not in str(caught.value)
        assert "with -o" in str(caught.value)
    assert tree(folder.parent) == before


def test_a_folder_of_somebody_else_is_refused(tmp_path, photographs):
    refused(tmp_path / "photographs", "photographs was not made by imgcmp; name another folder with -o")
    assert all(os.path.isfile(file) for file in photographs)


def test_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    refused(tmp_path / "file", "is not a folder")
    refused(tmp_path / "file" / "clusters", "cannot be made: .*file is not a folder")
    assert (tmp_path / "file").read_text() == "mine"


def test_links_to_nothing_and_to_a_folder_of_somebody_else_are_refused(tmp_path, photographs):
    os.symlink(tmp_path / "unplugged", tmp_path / "link")
    refused(tmp_path / "link", "is a link to .*unplugged, which does not exist")
    os.symlink(os.path.dirname(photographs[0]), tmp_path / "other")
    refused(tmp_path / "other", "was not made by imgcmp")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    refused(tmp_path / "locked" / "clusters", "no permission to write")


@pytest.mark.parametrize(
    "place",
    [
        "notes.txt",
        "cluster_with_2/notes.txt",
        "cluster_with_2/cluster_0/a.jpg",  # an editor that saves by renaming puts a file in place of the link
        "cluster_with_2/cluster_0/kept/a.jpg",
        "best/a.jpg",
        "cluster_with_2/best/a.jpg",
        "cluster_with_two/a.jpg",
    ],
)
def test_a_file_of_the_user_in_our_folder_is_kept(tmp_path, photographs, place):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder))
    file = folder / place
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text("mine")
    refused(folder, f"{folder}/.* was not made by imgcmp; move it elsewhere")
    assert file.read_text() == "mine"


def test_a_file_that_the_user_adds_meanwhile_is_kept(tmp_path, photographs, monkeypatch):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder))
    write_tree = links.write_tree

    def slowly(clusters, tree, **settings):
        write_tree(clusters, tree, **settings)
        (folder / "cluster_with_2" / "notes.txt").write_text("mine")

    monkeypatch.setattr(links, "write_tree", slowly)
    with pytest.raises(
        InputError, match=r"clusters/cluster_with_2/notes\.txt was not made by imgcmp; move it elsewhere"
    ):
        write_links([], str(folder))
    assert (folder / "cluster_with_2" / "notes.txt").read_text() == "mine"
    assert sorted(links_in(folder).values()) == photographs[:2]
    assert hidden_names(tmp_path) == []


def test_a_file_that_the_user_adds_while_folders_are_swapped_is_kept(tmp_path, photographs, monkeypatch):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder))
    rename = os.rename

    def slowly(source, target):
        if source == str(folder):
            (folder / "cluster_with_2" / "notes.txt").write_text("mine")
            os.symlink("/elsewhere", folder / "cluster_with_2" / "cluster_0" / "a link of mine")
        rename(source, target)

    monkeypatch.setattr(os, "rename", slowly)
    with pytest.raises(InputError, match=r" was not made by imgcmp and is kept; move it elsewhere") as caught:
        write_links([], str(folder))
    kept = Path(str(caught.value).partition("clusters/")[0]) / "clusters" / "cluster_with_2"
    assert (kept / "notes.txt").read_text() == "mine"
    assert os.listdir(kept / "cluster_0") == ["a link of mine"]
    assert os.listdir(folder) == [CLUSTERS_MARKER]


# write_links: interruptions


def fail_at(monkeypatch, function, number, error):
    """Make the call of that number of os.<function>, counted from 1, raise the error instead."""
    original, calls = getattr(os, function), []

    def failing(*args, **kwargs):
        calls.append(args)
        if len(calls) == number:
            raise error
        return original(*args, **kwargs)

    monkeypatch.setattr(os, function, failing)
    return calls


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize(("function", "number"), [("symlink", 4), ("mkdir", 7), ("rename", 1), ("rename", 2)])
def test_an_interrupted_run_leaves_the_older_tree_as_it_was(
    tmp_path, photographs, monkeypatch, function, number, error
):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:3], 0), Cluster(photographs[3:5], 0)], str(folder))
    before = tree(tmp_path)
    with monkeypatch.context() as patch:
        fail_at(patch, function, number, error)
        with pytest.raises((InputError, KeyboardInterrupt)) as caught:
            write_links([Cluster(photographs[:2], 0), Cluster(photographs[2:4], 0)], str(folder))
    if isinstance(error, OSError):
        assert str(caught.value).startswith(f"{folder} cannot be written (no space left on device): make room there")
    assert tree(tmp_path) == before
    write_links([Cluster(photographs[:2], 0)], str(folder))
    assert len(links_in(folder)) == 2
    assert hidden_names(tmp_path) == []


@pytest.mark.parametrize("function", ["mkdir", "symlink", "open", "close", "rename", "scandir", "unlink", "rmdir"])
def test_a_failure_at_any_call_leaves_the_older_tree_or_the_newer_one_whole(
    tmp_path, photographs, monkeypatch, function
):
    folder, other = tmp_path / "clusters", tmp_path / "other"
    newer = [Cluster(photographs[:2], 0), Cluster(photographs[2:4], 0)]
    write_links(newer, str(other / "clusters"))
    for number in range(1, 100):
        write_links([Cluster(photographs[:3], 0), Cluster(photographs[3:5], 0)], str(folder))
        before = tree(folder)
        with monkeypatch.context() as patch:
            calls = fail_at(patch, function, number, KeyboardInterrupt())
            with suppress(KeyboardInterrupt):
                write_links(newer, str(folder))
        if len(calls) < number:
            break
        clean_up_dead_runs(str(tmp_path))  # as the next run does
        swapped = tree(folder) != before
        assert not swapped or tree(folder) == tree(other / "clusters")
        # The older tree is removed last, and before anything is made a link is tried, and removed.
        assert swapped or number <= {"unlink": 2, "rmdir": 1}.get(function, number)
    assert number > 2
    assert hidden_names(tmp_path) == []


# Kills itself at the given call of os.<function> within write_links, as a power cut would.
_DYING_RUN = """
import os, sys
from imgcmp.results.links import Cluster, write_links
function, number, folder, *files = sys.argv[1:]
original, calls = getattr(os, function), []
def dying(*args, **kwargs):
    calls.append(args)
    if len(calls) == int(number):
        os._exit(9)
    return original(*args, **kwargs)
setattr(os, function, dying)
write_links([Cluster(files, 0)], folder)
"""


@pytest.mark.parametrize(("function", "number"), [("symlink", 3), ("rename", 1), ("rename", 2), ("rmdir", 2)])
def test_the_next_run_cleans_up_after_one_that_was_killed(tmp_path, photographs, function, number):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:3], 0)], str(folder))
    before = tree(folder)
    command = [sys.executable, "-c", _DYING_RUN, function, str(number), str(folder), *photographs[:2]]
    assert subprocess.run(command, check=False).returncode == 9
    (work,) = hidden_names(tmp_path)
    if function == "rename" and number == 2:  # the only moment without a folder: it is brought back
        assert tree(tmp_path / work / "old" / "clusters") == before
        clean_up_dead_runs(str(tmp_path))
        assert tree(folder) == before
    elif function == "rmdir":
        assert len(links_in(folder)) == 2
    else:
        assert tree(folder) == before
    write_links([Cluster(photographs[4:8], 0)], str(folder))
    assert sorted(links_in(folder).values()) == photographs[4:8]
    assert hidden_names(tmp_path) == []


def test_a_run_that_is_alive_is_not_cleaned_up(tmp_path, photographs):
    with work_folder(str(tmp_path)) as work:
        write_links([Cluster(photographs[:2], 0)], str(tmp_path / "clusters"))
        assert os.path.isdir(work)
    assert not os.path.exists(work)
