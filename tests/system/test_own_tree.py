import os

import pytest

from imgcmp.system.own_tree import NotOursError, opened_tree


def test_a_file_lies_in_folders_below_that_are_made_as_needed(tmp_path):
    with opened_tree(str(tmp_path)) as tree:
        with pytest.raises(FileNotFoundError):
            tree.folder_of("a/b/file").__enter__()
        with tree.folder_of("a/b/file", make=True) as folder:
            assert os.path.samestat(os.fstat(folder), os.stat(tmp_path / "a" / "b"))


@pytest.mark.parametrize("number", ["device", "inode"])
def test_a_folder_that_another_has_taken_the_place_of_is_told_by_its_device_or_its_inode(tmp_path, number):
    with opened_tree(str(tmp_path)) as tree:
        other = tree._replace(**{number: getattr(tree, number) + 1})
        with pytest.raises(NotOursError, match="is not the folder any more that it was at the start"):
            other.folder_of("file").__enter__()
        with tree.folder_of("file") as folder:
            assert os.path.samestat(os.fstat(folder), os.stat(tmp_path))


def test_a_link_on_the_way_is_refused(tmp_path):
    os.symlink("/", tmp_path / "a")
    with opened_tree(str(tmp_path)) as tree, pytest.raises(NotOursError, match="a is a link"):
        tree.folder_of("a/file").__enter__()
