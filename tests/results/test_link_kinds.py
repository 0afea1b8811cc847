"""Symbolic links, relative ones, hard links and copies; and folders that can't hold them."""

import errno
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from imgcmp.errors import InputError
from imgcmp.results import link_kinds, write_tree
from imgcmp.results.clusters import Cluster
from imgcmp.results.link_kind_names import COPY, HARDLINK, LINK_KINDS, NONE, SYMLINK
from imgcmp.results.links import check_folder, held_folder, write_links
from imgcmp.results.work_folder import clean_up_dead_runs
from imgcmp.system.places import CLUSTERS_MARKER

MADE = [kind for kind in LINK_KINDS if kind != NONE]
OLD_NS = 981_173_106_123_456_789  # 2001


@pytest.fixture
def photographs(tmp_path):
    folder = tmp_path / "photographs"
    folder.mkdir()
    for letter in "abcd":
        (folder / f"{letter}.jpg").write_bytes(b"pixels of " + letter.encode() * 5000)
        os.utime(folder / f"{letter}.jpg", ns=(OLD_NS, OLD_NS))
    return sorted(map(str, folder.iterdir()))


def in_cluster(folder, name="a.jpg"):
    return folder / "cluster_with_2" / "cluster_0" / name


def contents(folder):
    """Return {path inside the folder: what a reader finds there}."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(Path(folder).rglob("*.jpg"))}


def refuse(monkeypatch, function, code):
    """Let a file system refuse a kind of links, as vfat and exfat do."""

    def refusing(source, target, *_args, **_more):
        raise OSError(code, os.strerror(code), source, None, target)

    monkeypatch.setattr(os, function, refusing)


@pytest.mark.parametrize("kind", MADE)
def test_every_kind_shows_the_files_and_is_replaced(tmp_path, photographs, kind):
    folder = tmp_path / "clusters"
    before = {file: Path(file).read_bytes() for file in photographs}
    for chosen in (photographs[:2], photographs[1:4], photographs[:2]):
        assert write_links([Cluster(chosen, 0)], str(folder), kind=kind) == []
        names = [f"cluster_with_{len(chosen)}/cluster_0/{os.path.basename(file)}" for file in chosen]
        assert contents(folder) == dict(zip(names, map(before.get, chosen), strict=True))
    assert {file: Path(file).read_bytes() for file in photographs} == before
    assert all(os.stat(file).st_mtime_ns == OLD_NS for file in photographs)
    assert sorted(os.listdir(tmp_path)) == ["clusters", "photographs"]


@pytest.mark.parametrize("before", MADE)
@pytest.mark.parametrize("after", MADE)
def test_any_kind_replaces_any_other(tmp_path, photographs, before, after):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=before)
    write_links([Cluster(photographs[2:], 0)], str(folder), kind=after)
    assert sorted(path.rpartition("/")[2] for path in contents(folder)) == ["c.jpg", "d.jpg"]
    assert [os.stat(file).st_nlink for file in photographs[:2]] == [1, 1]


def test_hard_links_are_the_files_themselves(tmp_path, photographs):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=HARDLINK)
    assert os.path.samefile(in_cluster(folder), photographs[0])
    assert not in_cluster(folder).is_symlink()


def test_copies_keep_times_and_who_may_read_them(tmp_path, photographs):
    folder = tmp_path / "clusters"
    os.chmod(photographs[0], 0o400)
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=COPY)
    status = in_cluster(folder).stat()
    assert (status.st_mtime_ns, stat.S_IMODE(status.st_mode)) == (OLD_NS, 0o400)
    assert not os.path.samefile(in_cluster(folder), photographs[0])
    write_links([], str(folder), kind=COPY)
    assert os.listdir(folder) == [CLUSTERS_MARKER]


@pytest.mark.parametrize("place", ["clusters", "photographs/deep/er/clusters"])
def test_relative_links_hold_where_all_is_moved(tmp_path, photographs, place):
    folder = tmp_path / "drive" / place
    shutil.move(tmp_path / "photographs", tmp_path / "drive" / "photographs")
    files = [str(tmp_path / "drive" / "photographs" / os.path.basename(file)) for file in photographs]
    os.symlink(tmp_path / "drive", tmp_path / "by another name")
    write_links([Cluster(files[:2], 0)], str(tmp_path / "by another name" / place), relative=True)
    assert not os.path.isabs(os.readlink(in_cluster(folder)))
    before = contents(folder)
    assert len(before) == 2
    os.rename(tmp_path / "drive", tmp_path / "mounted elsewhere")
    moved = tmp_path / "mounted elsewhere" / place
    assert contents(moved) == before
    write_links([], str(moved), relative=True)  # and they are still known as ours
    assert os.listdir(moved) == [CLUSTERS_MARKER]


@pytest.mark.parametrize("kind", [HARDLINK, COPY])
def test_files_that_are_gone_or_no_files_any_more_are_left_out_and_named(tmp_path, photographs, kind):
    folder = tmp_path / "clusters"
    os.unlink(photographs[0])
    os.unlink(photographs[1])
    os.symlink(photographs[2], photographs[1])  # out of the named folder, for all that is known
    left_out = write_links([Cluster(photographs[:3], 0), Cluster(photographs[:2], 0)], str(folder), kind=kind)
    assert [file.path for file in left_out] == [*photographs[:2]] * 2
    assert left_out[0].reason == "no such file or directory"
    assert sorted(contents(folder)) == ["cluster_with_3/cluster_0/c.jpg"]
    assert sorted(os.listdir(folder)) == [CLUSTERS_MARKER, "cluster_with_3"]
    write_links([], str(folder), kind=kind)


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG])
@pytest.mark.parametrize(("kind", "function"), [(SYMLINK, "symlink"), (HARDLINK, "link"), (COPY, "open")])
def test_a_name_that_the_drive_does_not_take_leaves_out_this_file_alone(
    tmp_path, photographs, monkeypatch, kind, function, code
):
    original = getattr(os, function)

    def picky(*args, **kwargs):
        if "cluster_0/b.jpg" in args:
            raise OSError(code, os.strerror(code), "b.jpg")
        return original(*args, **kwargs)

    monkeypatch.setattr(os, function, picky)
    left_out = write_links([Cluster(photographs[:3], 0)], str(tmp_path / "clusters"), kind=kind)
    assert [file.path for file in left_out] == photographs[1:2]
    assert len(contents(tmp_path / "clusters")) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may give files away")
@pytest.mark.parametrize("kind", MADE)
def test_a_run_as_root_leaves_the_folder_to_its_owner_and_originals_to_theirs(tmp_path, photographs, kind):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[2:], 0)], str(folder), kind=kind)
    os.chown(folder, 1234, 1235)
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=kind)
    made = [folder, *folder.rglob("*")]
    owners = {(path.lstat().st_uid, path.lstat().st_gid) for path in made if kind != HARDLINK or path.suffix != ".jpg"}
    assert owners == {(1234, 1235)}
    assert {os.stat(file).st_uid for file in photographs} == {0}


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may give files away")
@pytest.mark.parametrize("kind", MADE)
def test_a_new_folder_that_root_makes_in_a_users_belongs_to_that_user(tmp_path, photographs, kind):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 1234, 1235)
    write_links([Cluster(photographs[:2], 0)], str(home / "below" / "clusters"), kind=kind)
    made = [path for path in home.rglob("*") if kind != HARDLINK or path.suffix != ".jpg"]
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in made} == {(1234, 1235)}
    assert {os.stat(file).st_uid for file in photographs} == {0}


@pytest.mark.parametrize("kind", [HARDLINK, COPY])
def test_nothing_is_made_of_a_file_behind_a_folder_that_has_become_a_link(tmp_path, photographs, kind):
    os.rename(tmp_path / "photographs", tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", tmp_path / "photographs")
    left_out = write_links([Cluster(photographs[:2], 0)], str(tmp_path / "clusters"), kind=kind)
    assert [file.path for file in left_out] == photographs[:2]
    assert left_out[0].reason == "a folder above it has become a link since it was found"
    assert contents(tmp_path / "clusters") == {}


def test_a_file_that_becomes_a_link_while_it_is_linked_to_is_left_out(tmp_path, photographs, monkeypatch):
    link = os.link

    def late(file, name, **settings):
        os.unlink(file)
        os.symlink(photographs[3], file)
        link(file, name, **settings)

    with held_folder(str(tmp_path / "clusters"), kind=HARDLINK) as held:
        monkeypatch.setattr(os, "link", late)
        left_out = held.write([Cluster(photographs[:2], 0)])
    assert [(file.path, file.reason) for file in left_out] == [(file, "not a regular file") for file in photographs[:2]]
    assert os.listdir(tmp_path / "clusters") == [CLUSTERS_MARKER]


# Folders that can't hold links


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
@pytest.mark.parametrize("deep", [True, False])
def test_a_folder_without_symbolic_links_says_so_before_anything_else(tmp_path, photographs, monkeypatch, code, deep):
    folder = tmp_path / "not yet" / "clusters" if deep else tmp_path / "clusters"
    refuse(monkeypatch, "symlink", code)
    with held_folder(str(folder)) as held:
        assert held.refusal == (
            f"no symbolic links can be made there ({os.strerror(code).lower()}): "
            "--links hardlink or copy works, --links none: lists alone"
        )
        with pytest.raises(InputError) as caught:
            held.write([Cluster(photographs[:2], 0)])
    assert str(caught.value) == f"{folder}: {held.refusal}"
    assert os.listdir(tmp_path) == ["photographs"]


def test_what_is_offered_is_what_works(tmp_path, monkeypatch):
    refuse(monkeypatch, "symlink", errno.EPERM)
    refuse(monkeypatch, "link", errno.EPERM)
    for kind in (SYMLINK, HARDLINK):
        with held_folder(str(tmp_path / "clusters"), kind=kind) as held:
            assert "): --links copy works" in held.refusal
    with held_folder(str(tmp_path / "clusters"), kind=COPY) as held:
        assert held.refusal is None
    monkeypatch.undo()
    refuse(monkeypatch, "link", errno.EPERM)
    with held_folder(str(tmp_path / "clusters"), kind=HARDLINK) as held:
        assert "): --links symlink or copy works" in held.refusal
    assert os.listdir(tmp_path) == []


def test_hard_links_to_another_file_system_are_refused_before_as_far_as_can_be_told(tmp_path, photographs, monkeypatch):
    device = os.stat(photographs[0]).st_dev

    def on_another(path, *args, **kwargs):
        status = stat_of(path, *args, **kwargs)
        values = list(status)
        values[2] = device + 1
        return os.stat_result(values) if path == os.path.dirname(photographs[0]) else status

    stat_of = os.stat
    with held_folder(str(tmp_path / "clusters"), kind=HARDLINK) as held:
        monkeypatch.setattr(os, "stat", on_another)
        held.check_reaches([str(tmp_path), "/nowhere", os.path.dirname(photographs[0])])
        assert held.refusal.startswith(f"{os.path.dirname(photographs[0])} is on another file system, where hard links")
        monkeypatch.undo()
    with held_folder(str(tmp_path / "clusters"), kind=SYMLINK) as held:
        held.check_reaches(["/proc", "/dev"])
        assert held.refusal is None


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK])
def test_a_hard_link_that_is_refused_later_names_file_and_folder_and_keeps_the_older_tree(
    tmp_path, photographs, monkeypatch, code
):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[2:], 0)], str(folder))
    before = contents(folder)
    link = os.link

    def refusing(source, target, **more):
        if source in photographs:
            raise OSError(code, os.strerror(code), source, None, target)
        link(source, target, **more)

    monkeypatch.setattr(os, "link", refusing)
    with pytest.raises(InputError) as caught:
        write_links([Cluster(photographs[:2], 0)], str(folder), kind=HARDLINK)
    assert str(caught.value) == (
        f"{folder}: no hard links of {photographs[0]} can be made there ({os.strerror(code).lower()}): "
        "--links symlink or copy may work, --links none: lists alone"
    )
    assert contents(folder) == before
    assert sorted(os.listdir(tmp_path)) == ["clusters", "photographs"]


def test_copies_that_have_no_room_are_refused_before_they_are_made(tmp_path, photographs, monkeypatch):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[2:], 0)], str(folder))
    before = contents(folder)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=9_000))
    with pytest.raises(
        InputError, match=rf"^{folder}: copies take 10\.0 kB, and 9\.0 kB are free there: name a folder"
    ):
        write_links([Cluster(photographs[:2], 0)], str(folder), kind=COPY)
    assert contents(folder) == before


@pytest.mark.parametrize("kind", [HARDLINK, COPY])
def test_a_full_disk_names_the_folder_and_keeps_the_older_tree(tmp_path, photographs, monkeypatch, kind):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[2:], 0)], str(folder), kind=kind)
    before = contents(folder)
    make = link_kinds.MAKERS[kind]

    def filling(file, link, handle):
        if file == photographs[1]:
            raise OSError(errno.ENOSPC, "No space left on device", file)
        return make(file, link, handle)

    monkeypatch.setitem(write_tree.MAKERS, kind, filling)
    with pytest.raises(InputError, match=f"^{folder} cannot be written .no space left on device.: make room there"):
        write_links([Cluster(photographs[:2], 0)], str(folder), kind=kind)
    assert contents(folder) == before
    assert sorted(os.listdir(tmp_path)) == ["clusters", "photographs"]
    assert [os.stat(file).st_nlink for file in photographs[:2]] == [1, 1]


@pytest.mark.parametrize("kind", MADE)
def test_an_interruption_anywhere_leaves_originals_and_one_whole_tree(tmp_path, photographs, monkeypatch, kind):
    folder = tmp_path / "clusters"
    originals = contents(tmp_path / "photographs")
    older, newer = [Cluster(photographs[:2], 0)], [Cluster(photographs[2:], 0)]
    write_links(newer, str(folder), kind=kind)
    expected = contents(folder)
    for function in ("open", "utime", "stat", "rename", "unlink", "listdir", "mkdir"):
        original = getattr(os, function)
        for number in range(1, 200):
            write_links(older, str(folder), kind=kind)
            before, calls = contents(folder), []

            def failing(*args, number=number, calls=calls, original=original, **kwargs):
                calls.append(args)
                if len(calls) == number:
                    raise KeyboardInterrupt
                return original(*args, **kwargs)

            with monkeypatch.context() as patch:
                patch.setattr(os, function, failing)
                with suppress(KeyboardInterrupt):
                    write_links(newer, str(folder), kind=kind)
            assert contents(tmp_path / "photographs") == originals
            if len(calls) < number:
                break
            clean_up_dead_runs(str(tmp_path))  # as the next run does
            assert contents(folder) in (before, expected)
        assert number > 1 or (kind, function) == (HARDLINK, "utime")
    write_links([], str(folder), kind=kind)
    assert sorted(os.listdir(tmp_path)) == ["clusters", "photographs"]


# What a user did to hard links and copies


@pytest.mark.parametrize("kind", [HARDLINK, COPY])
def test_the_last_name_of_a_photograph_is_never_removed(tmp_path, photographs, kind):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=kind)
    os.unlink(photographs[0])
    if kind == COPY:  # which is no name of it
        check_folder(str(folder))
        return
    message = f"a.jpg is the only name left of {photographs[0]}; move it elsewhere or name another folder with -o"
    for refused in (check_folder, lambda folder: write_links([], folder)):
        with pytest.raises(InputError) as caught:
            refused(str(folder))
        assert str(caught.value).endswith(message)
    os.link(in_cluster(folder), tmp_path / "moved.jpg")
    write_links([], str(folder))
    assert (tmp_path / "moved.jpg").read_bytes().startswith(b"pixels of a")


def test_a_hard_link_whose_original_was_moved_is_still_ours(tmp_path, photographs):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=HARDLINK)
    os.rename(photographs[0], tmp_path / "elsewhere.jpg")
    write_links([], str(folder))
    assert (tmp_path / "elsewhere.jpg").read_bytes().startswith(b"pixels of a")


@pytest.mark.parametrize("kind", [HARDLINK, COPY])
def test_what_an_editor_saved_in_the_place_of_a_file_is_kept(tmp_path, photographs, kind):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=kind)
    (tmp_path / "edited").write_bytes(b"edited by the user")
    os.rename(tmp_path / "edited", in_cluster(folder))
    with pytest.raises(InputError, match=r"a\.jpg was (not made by imgcmp|changed since imgcmp made it); move it"):
        write_links([], str(folder))
    assert in_cluster(folder).read_bytes() == b"edited by the user"


def test_a_copy_that_was_turned_in_place_with_size_and_date_kept_is_kept(tmp_path, photographs):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=COPY)
    age(folder)
    with open(in_cluster(folder), "r+b") as file:
        file.write(b"P")
    os.utime(in_cluster(folder), ns=(OLD_NS, OLD_NS))
    with pytest.raises(InputError, match=r"a\.jpg was changed since imgcmp made it; move it elsewhere"):
        write_links([], str(folder))


def test_copies_that_were_moved_with_new_times_are_ours_by_their_bytes(tmp_path, photographs):
    folder = tmp_path / "clusters"
    write_links([Cluster(photographs[:2], 0)], str(folder), kind=COPY)
    os.utime(in_cluster(folder), ns=(0, 0))
    write_links([], str(folder))
    assert os.listdir(folder) == [CLUSTERS_MARKER]


def age(folder):
    """Make the record say that copies were made an hour before, as if so much time had passed since."""
    marker = folder / CLUSTERS_MARKER
    head, _, body = marker.read_bytes().partition(b"}\n")
    texts = body.split(b"\0")
    texts[4::5] = [b"%d" % (int(text) - 3600 * 10**9) for text in texts[4::5]]
    marker.write_bytes(head + b"}\n" + b"\0".join(texts))


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may give folders away")
def test_what_looks_like_a_left_over_and_is_anothers_stays(tmp_path):
    folder = tmp_path / ".imgcmp-links-of_another"
    (folder / "new").mkdir(parents=True)
    os.chown(folder, 1234, 1235)
    clean_up_dead_runs(str(tmp_path))
    assert (folder / "new").is_dir()
    os.chown(folder, 0, 0)
    clean_up_dead_runs(str(tmp_path))
    assert not folder.exists()
