"""Finding 100,000 files, against nothing but listing and stat'ing them."""

import os
import shutil
import tempfile

import pytest

from imgcmp.images.find_images import find_images
from imgcmp.images.missing_files import gone

N_FOLDERS, N_FILES_EACH = 200, 500


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Make a tree of 100,000 empty files; in memory, where a stat takes least, if there is such a file system."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path_factory.getbasetemp()
    top = tempfile.mkdtemp(dir=memory)
    for k in range(N_FOLDERS):
        folder = f"{top}/{2000 + k // 10}/album {k:03}"
        os.makedirs(folder)
        for name in range(N_FILES_EACH):
            os.close(os.open(f"{folder}/IMG_{name:06}.jpg", os.O_CREAT | os.O_WRONLY))
    yield top
    shutil.rmtree(top)


def list_plainly(folder, files):
    """Do what `find_images` does without a look at what the files are, and in no order."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                list_plainly(entry.path, files)
            else:
                status = entry.stat(follow_symlinks=False)
                files.append((entry.path, status.st_size, status.st_mtime_ns))
    return files


def test_find(ratio, tree):
    assert sorted(list_plainly(tree, [])) == sorted(file[:3] for file in find_images([tree]).files)
    ratio(
        f"find {N_FOLDERS * N_FILES_EACH:,} files",
        lambda: find_images([tree]),
        lambda: list_plainly(tree, []),
        "a loop of scandir and stat",
        rounds=9,
        at_least=0.8,  # 0.85 to 0.93: compare_builds.py notices when it becomes slower
    )


def test_gone(ratio, tree):
    paths = [file.path for file in find_images([tree]).files]
    ratio(
        f"which of {len(paths):,} files are gone",
        lambda: gone(paths),
        lambda: list_plainly(tree, []),
        "a loop of scandir and stat",
        rounds=9,
    )
