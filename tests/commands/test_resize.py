"""`resize` writes into the folder of copies, whatever is or comes in between, and nowhere else."""

import os
import shutil
from pathlib import Path

import pytest
from change_while_resizing import change_while_resizing
from pictures import save_distinct

from imgcmp import InputError
from imgcmp.commands.console import Console
from imgcmp.commands.resize import resize
from imgcmp.system.places import COPIES_MARKER

QUIET = Console(quiet=True)


@pytest.fixture
def photos(tmp_path):
    """Make two pictures in each of two folders."""
    for name in ("a", "b"):
        save_distinct(tmp_path / "photos" / name, 2)
    return Path(os.path.realpath(tmp_path)) / "photos"


@pytest.fixture
def copies(photos):
    """Make copies of all; return the folder that mirrors `photos`."""
    folder = photos.parent / "copies"
    resized(photos)
    return Path(f"{folder}{photos}")


def resized(photos, fraction=0.5, target="copies"):
    """Make copies; return what failed, by path."""
    found = resize([str(photos)], fraction, folder=str(photos.parent / target), workers=1, console=QUIET)
    return {failure.path: failure.reason for failure in found.failures}


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_where_a_folder_has_become_a_link_to_the_sources_no_original_is_written_over(photos, copies):
    before = contents(photos)
    shutil.rmtree(copies / "a")
    (copies / "a").symlink_to(photos / "a")
    others = contents(copies / "b")
    failed = resized(photos, 0.25)
    told = f"its copy cannot be written: {copies}/a is a link, and nothing is written through a link: remove it"
    assert failed == {str(photos / "a" / name): told for name in ("00.png", "01.png")}
    assert contents(photos) == before
    assert contents(copies / "b") != others  # the others go on
    (copies / "a").unlink()
    assert resized(photos, 0.25) == {}
    assert len(contents(copies)) == 4


@pytest.mark.parametrize("levels", range(1, 4))
def test_a_link_at_any_level_is_named(photos, copies, levels):
    before = contents(photos)
    link = Path(*copies.parts[: len(photos.parent.parts) + 1 + levels])
    shutil.rmtree(link)
    link.symlink_to(Path("/", *copies.parts[len(photos.parent.parts) + 1 : len(photos.parent.parts) + 1 + levels]))
    failed = resized(photos, 0.25)
    assert len(failed) == 4
    assert all(f"{link} is a link" in reason for reason in failed.values())
    assert contents(photos) == before


def test_a_copy_that_is_a_link_is_named(photos, copies):
    before = contents(photos)
    (copies / "a" / "00.png").unlink()
    (copies / "a" / "00.png").symlink_to(photos / "b" / "01.png")
    failed = resized(photos, 0.25)
    assert list(failed) == [str(photos / "a" / "00.png")]
    assert f"{copies}/a/00.png is a link" in failed[str(photos / "a" / "00.png")]
    assert contents(photos) == before


def test_a_hard_link_is_replaced_and_what_it_shares_stays(photos, copies):
    before = contents(photos)
    (copies / "a" / "00.png").unlink()
    os.link(photos / "b" / "01.png", copies / "a" / "00.png")
    assert resized(photos, 0.25) == {}
    assert contents(photos) == before


def test_a_picture_of_the_user_at_the_place_of_a_copy_is_left_alone(photos, copies):
    larger, smaller = copies / "a" / "00.png", copies / "b" / "01.png"
    larger.write_bytes((photos / "b" / "00.png").read_bytes() * 2)
    smaller.write_bytes(b"small")
    before = contents(copies)
    for fraction in (0.5, 0.25):  # at 0.5 the others are kept
        told = "its copy cannot be written: {} is not the copy that was made, and is left alone: move it elsewhere"
        assert resized(photos, fraction) == {
            str(photos / "a" / "00.png"): told.format(larger),
            str(photos / "b" / "01.png"): told.format(smaller),
        }
        assert {path: contents(copies)[path] for path in (larger, smaller)} == {
            path: before[path] for path in (larger, smaller)
        }


def test_a_picture_is_left_alone_where_no_copy_was_made_before(photos, copies):
    save_distinct(photos / "c", 1)
    (copies / "c").mkdir()
    mine = copies / "c" / "00.png"
    mine.write_bytes(b"mine")
    assert list(resized(photos)) == [str(photos / "c" / "00.png")]
    assert mine.read_bytes() == b"mine"


@pytest.mark.parametrize("fraction", [0.5, 0.25])
def test_a_copy_that_a_killed_run_had_begun_is_made_anew(photos, copies, fraction):
    marker = photos.parent / "copies" / COPIES_MARKER
    lines = marker.read_text().splitlines(keepends=True)
    marker.write_text("".join(line for line in lines if "copy_size" not in line))
    assert resized(photos, fraction) == {}


def test_what_a_power_cut_left_of_a_copy_is_made_anew(photos, copies):
    before = contents(copies)
    for n, path in enumerate(before):
        os.truncate(path, n * 40)
    assert resized(photos) == {}
    assert contents(copies) == before


def test_copies_may_lie_inside_the_sources(photos):
    for _ in range(2):
        assert resized(photos, target="photos/small") == {}
    assert len(contents(photos / "small")) == 4 + 2  # the record, and its lock


def test_the_folder_of_the_sources_is_no_folder_of_copies(photos):
    before = contents(photos)
    with pytest.raises(InputError, match="photos was not made by imgcmp and is not empty: name another folder with -t"):
        resized(photos, target="photos")
    assert contents(photos) == before


def test_copies_are_no_sources_of_copies_in_their_own_folder(photos, copies):
    before = contents(copies)
    for source in (photos.parent / "copies", copies / "a"):
        with pytest.raises(InputError, match=r"00\.png is in the folder of the copies, /.*/copies: name originals, or"):
            resize([str(source)], 0.5, folder=str(photos.parent / "copies"), workers=1, console=QUIET)
    assert contents(copies) == before
    assert resized(copies, target=photos.parent / "copies of copies") == {}


def test_a_record_that_is_a_link_to_a_picture_is_refused(photos, copies):
    before = contents(photos)
    marker = photos.parent / "copies" / COPIES_MARKER
    marker.unlink()
    marker.symlink_to(photos / "a" / "00.png")
    with pytest.raises(InputError, match=rf"{COPIES_MARKER} is a link"):
        resized(photos)
    assert contents(photos) == before


def test_a_lock_that_is_a_link_to_a_picture_is_refused(photos):
    before = contents(photos)
    (photos.parent / "copies").mkdir()
    marker = photos.parent / "copies" / COPIES_MARKER
    marker.touch()
    (photos.parent / "copies" / f".{COPIES_MARKER}.lock").symlink_to(photos / "a" / "00.png")
    with pytest.raises(InputError, match=r"lock is a link, where .* has its lock: remove the link"):
        resized(photos)
    assert contents(photos) == before


def test_while_everything_changes_nothing_is_written_outside_of_the_copies():
    assert change_while_resizing(2, seed=1).startswith("2 rounds, ")
