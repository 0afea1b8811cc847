"""The hidden folder in which links are made: one run at a time, and nobody else."""

import os

import pytest

from imgcmp import InputError
from imgcmp.results.work_folder import work_folder


@pytest.fixture
def work(tmp_path):
    """Return the hidden folder that belongs to the name "links", which is not there."""
    with work_folder(str(tmp_path), "links") as work:
        assert os.listdir(tmp_path) == [os.path.basename(work)]
    assert os.listdir(tmp_path) == []
    return work


def test_one_run_at_a_time_has_it(tmp_path, work):
    with work_folder(str(tmp_path), "links") as first, work_folder(str(tmp_path), "other") as other:
        assert first == work != other
        with pytest.raises(InputError, match="links is being written by another run"):
            work_folder(str(tmp_path), "links").__enter__()


def make_folder(work):
    os.mkdir(work, 0o777)


def make_shut_folder(work):
    os.mkdir(work, 0)


def make_link(work):
    os.symlink("/", work)


@pytest.mark.parametrize("make", [make_folder, make_shut_folder, make_link])
def test_what_another_user_laid_in_its_place_where_anyone_may_write_is_neither_used_nor_in_the_way(
    tmp_path, work, monkeypatch, make
):
    tmp_path.chmod(0o1777)
    make(work)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with work_folder(str(tmp_path), "links") as mine:
        assert mine != work
        assert os.stat(mine).st_mode & 0o777 == 0o700
    assert os.listdir(tmp_path) == [os.path.basename(work)]


def test_what_a_dead_run_of_ours_left_is_used_there(tmp_path, work):
    tmp_path.chmod(0o1777)
    os.mkdir(work)
    with work_folder(str(tmp_path), "links") as mine:
        assert mine == work
    assert os.listdir(tmp_path) == []


def test_in_a_folder_of_a_few_users_one_run_at_a_time_has_it_whosever_it_is(tmp_path, work, monkeypatch):
    tmp_path.chmod(0o770)
    with work_folder(str(tmp_path), "links"):
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(InputError, match="links is being written by another run"):
            work_folder(str(tmp_path), "links").__enter__()
