"""What imgcmp put into a folder of links, and what it did not."""

import json
import os
import shutil

import pytest

from imgcmp.errors import InputError
from imgcmp.results.clusters import Cluster
from imgcmp.results.link_names import link_names, may_be_named
from imgcmp.results.link_record import RECORD_FORMAT, Record
from imgcmp.results.links import check_folder, write_links
from imgcmp.results.work_folder import work_folder
from imgcmp.system.places import CLUSTERS_MARKER

FILES = ["/p/a.jpg", "/q/a.jpg", "/p/b.jpg", "/p/c.jpg", "/p/d.jpg"]
EARLIER_TEXT = "imgcmp made this folder. Its next run replaces the folder as a whole, links and all;\n"


@pytest.fixture
def folder(tmp_path):
    """Make two clusters of two files and one of three."""
    clusters = [Cluster(FILES[:2], 0), Cluster(FILES[2:4], 0), Cluster(FILES[:3], 0)]
    write_links(clusters, str(tmp_path / "clusters"))
    return tmp_path / "clusters"


@pytest.fixture
def earlier(folder):
    """Make it one of an earlier version: without a record, and with the times that folders have."""
    (folder / CLUSTERS_MARKER).write_text(EARLIER_TEXT)
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            os.utime(path)
    return folder


def refused(folder, what):
    before = {path: path.is_symlink() and os.readlink(path) for path in sorted(folder.rglob("*"))}
    for refuse in (check_folder, lambda folder: write_links([], folder)):
        with pytest.raises(InputError) as caught:
            refuse(str(folder))
        assert str(caught.value) == (
            f"{folder}/{what} was not made by imgcmp; move it elsewhere or name another folder with -o"
        )
    assert {path: path.is_symlink() and os.readlink(path) for path in sorted(folder.rglob("*"))} == before


def test_the_record_says_what_leads_where(folder):
    head, _, body = (folder / CLUSTERS_MARKER).read_text().partition("}\n")
    values = json.loads("{" + head.partition("{")[2] + "}")
    assert (values["format"], values["version"], values["links"]) == (RECORD_FORMAT, 1, "symlink")
    texts = body.split("\0")[:-1]
    assert dict(zip(texts[::2], texts[1::2], strict=True)) == {
        str(path.relative_to(folder)): os.readlink(path) for path in folder.rglob("*.jpg")
    }


def move(folder):
    os.rename(folder / "cluster_with_2/cluster_0/a.jpg", folder / "cluster_with_2/cluster_1/a.jpg")
    return "cluster_with_2/cluster_1/a.jpg"


def lead_elsewhere(folder):
    os.unlink(folder / "cluster_with_2/cluster_0/a.jpg")
    os.symlink("/r/a.jpg", folder / "cluster_with_2/cluster_0/a.jpg")
    return "cluster_with_2/cluster_0/a.jpg"


def rename(folder):
    os.rename(folder / "cluster_with_2/cluster_0/a.jpg", folder / "cluster_with_2/cluster_0/best.jpg")
    return "cluster_with_2/cluster_0/best.jpg"


def gather(folder):
    (folder / "best").mkdir()
    os.rename(folder / "cluster_with_2/cluster_0/a.jpg", folder / "best/a.jpg")
    return "best"


def number_a_folder(folder):
    (folder / "cluster_with_2/cluster_7").mkdir()
    os.symlink(FILES[0], folder / "cluster_with_2/cluster_7/a.jpg")
    return "cluster_with_2/cluster_7"


def rename_a_folder(folder):
    os.rename(folder / "cluster_with_2/cluster_1", folder / "cluster_with_2/cluster_2")
    return "cluster_with_2/cluster_2"


def number_a_size(folder):
    (folder / "cluster_with_9").mkdir()
    return "cluster_with_9"


SORTED = [move, lead_elsewhere, rename, gather, number_a_folder, rename_a_folder, number_a_size]


@pytest.mark.parametrize("sort", SORTED)
def test_what_a_user_sorted_in_is_kept(folder, sort):
    """At once after the run: within a step of the clock, the times of folders tell nothing."""
    refused(folder, sort(folder))


@pytest.mark.parametrize("sort", SORTED)
def test_what_a_user_sorted_in_is_kept_where_folders_have_other_times(folder, sort):
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            os.utime(path)
    refused(folder, sort(folder))


def test_what_a_user_removed_is_no_matter(folder):
    os.unlink(folder / "cluster_with_2/cluster_0/a.jpg")
    shutil.rmtree(folder / "cluster_with_3")
    write_links([], str(folder))
    assert os.listdir(folder) == [CLUSTERS_MARKER]


def test_a_copy_of_the_folder_is_replaced_too(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy", symlinks=True)
    shutil.copytree(folder, tmp_path / "with other times", symlinks=True, copy_function=shutil.copyfile)
    for copy in ("copy", "with other times"):
        write_links([], str(tmp_path / copy))
        assert os.listdir(tmp_path / copy) == [CLUSTERS_MARKER]


def test_a_torn_record_lets_nothing_be_removed_that_is_not_in_it(folder):
    marker = folder / CLUSTERS_MARKER
    raw = marker.read_bytes()
    os.utime(folder / "cluster_with_3/cluster_0")
    marker.write_bytes(raw[: raw.index(b"cluster_with_3/") + 40])
    with pytest.raises(InputError, match="cluster_with_3.* was not made by imgcmp"):
        write_links([], str(folder))


def test_folders_of_an_earlier_version_are_replaced(earlier):
    write_links([], str(earlier))
    assert os.listdir(earlier) == [CLUSTERS_MARKER]


def test_an_empty_marker_is_one_of_an_earlier_version(earlier):
    (earlier / CLUSTERS_MARKER).write_bytes(b"")
    check_folder(str(earlier))


@pytest.mark.parametrize("sort", [rename, gather])
def test_what_a_user_sorted_into_a_folder_of_an_earlier_version_is_kept(earlier, sort):
    refused(earlier, sort(earlier))


def test_more_links_than_an_earlier_version_made_are_not_all_its_own(earlier):
    move(earlier)
    refused(earlier, "cluster_with_2/cluster_1/c.jpg")


def test_a_link_of_the_user_in_a_folder_of_an_earlier_version_is_kept(earlier):
    os.unlink(earlier / "cluster_with_2/cluster_0/a.jpg")
    os.symlink("../elsewhere", earlier / "cluster_with_2/cluster_0/a.jpg")
    refused(earlier, "cluster_with_2/cluster_0/a.jpg")


@pytest.mark.parametrize(
    "files",
    [
        ["/1/a.jpg", "/2/a.jpg", "/3/A.JPG"],
        ["/1/noext", "/2/noext"],
        [f"/{k}/{'x' * 251}.jpg" for k in range(12)],
        [f"/{k}/z.{'s' * 253}" for k in range(3)],
        ["/1/a_2.jpg", "/2/a_2.jpg"],
        [os.fsdecode(b"/%d/caf\xe9.jpg" % k) for k in range(2)],
    ],
)
def test_names_that_are_made_are_known_as_such(files):
    for name, file in zip(link_names(files), files, strict=True):
        assert may_be_named(name, file)
        assert not may_be_named(f"best {name}", file)


# Two runs, one folder


def test_a_folder_is_one_runs_at_a_time(folder, tmp_path):
    with work_folder(str(tmp_path), "clusters"):
        with pytest.raises(InputError, match=f"^{folder} is being written by another run: wait until that is done"):
            write_links([], str(folder))
        write_links([], str(tmp_path / "others"))
    write_links([], str(folder))
    assert sorted(os.listdir(tmp_path)) == ["clusters", "others"]


def test_without_locks_runs_are_apart_all_the_same(folder, tmp_path, monkeypatch):
    def no_locks(*_args):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with work_folder(str(tmp_path), "clusters") as one, work_folder(str(tmp_path), "clusters") as other:
        assert one != other
    write_links([], str(folder))
    assert os.listdir(tmp_path) == ["clusters"]


def test_a_record_is_of_its_own_folder_alone(folder):
    assert Record(str(folder)).has_folder("cluster_with_2/cluster_1")
    assert not Record(str(folder)).has_folder("cluster_with_2/cluster_2")
