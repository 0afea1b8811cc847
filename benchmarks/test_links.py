import os
import shutil
import tempfile
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from synthetic import near_each_other, noisy_copies

from imgcmp.results.clusters import Cluster
from imgcmp.results.links import write_links
from imgcmp.search.distances import diameter, diameters
from imgcmp.search.pairs import neighbours

N_CLUSTERS = 30_000


def cluster_sizes():
    return np.sort(np.random.default_rng(0).integers(2, 6, size=N_CLUSTERS))[::-1]


@pytest.fixture(scope="module")
def clusters():
    """Make clusters of 2 to 5 files, 105,000 in all."""
    numbers = count()
    names = (f"/home/user/Pictures/album {k // 1000:03}/IMG_{k:06}.jpg" for k in numbers)
    return [Cluster([next(names) for _ in range(size)], 3) for size in cluster_sizes().tolist()]


@pytest.fixture
def memory_folder(tmp_path):
    """Return a folder that is in memory, where there is such a file system."""
    if not os.access("/dev/shm", os.W_OK):
        yield str(tmp_path)
        return
    folder = tempfile.mkdtemp(dir="/dev/shm")
    yield folder
    shutil.rmtree(folder)


def make_plainly(clusters, folder):
    """Do what `write_links` does with a loop of mkdir and symlink, and nothing else."""
    os.mkdir(folder)
    n_of_size = {}
    for cluster in clusters:
        size_folder = f"{folder}/cluster_with_{len(cluster.files)}"
        if size_folder not in n_of_size:
            os.mkdir(size_folder)
        number = n_of_size[size_folder] = n_of_size.get(size_folder, -1) + 1
        cluster_folder = f"{size_folder}/cluster_{number}"
        os.mkdir(cluster_folder)
        for file in cluster.files:
            os.symlink(file, f"{cluster_folder}/{file.rpartition('/')[2]}")


def test_links(ratio, clusters, tmp_path):
    """Nothing is removed meanwhile: some file systems search for free inodes ten times as long in the minutes after."""
    ours, plain = (str(tmp_path / name) for name in ("ours", "plain"))
    numbers = count()
    ratio(
        f"links, {N_CLUSTERS:,} clusters",
        lambda: write_links(clusters, f"{ours} {next(numbers)}"),
        lambda: make_plainly(clusters, f"{plain} {next(numbers)}"),
        "a loop of mkdir and symlink",
        rounds=5,
        required=1 / 1.3,
        at_least=1 / 1.3,
    )
    assert same_trees(f"{ours} 0", f"{plain} 1")


def same_trees(ours, plain):
    made, expected = (
        sorted(str(path.relative_to(top)) for path in Path(top).rglob("cluster_*/*")) for top in (ours, plain)
    )
    return made == expected


def test_links_that_replace_others(ratio, clusters, memory_folder):
    """In memory, for the reason that `test_links` gives."""
    ours, plain = f"{memory_folder}/ours", f"{memory_folder}/plain"

    def replace_plainly():
        make_plainly(clusters, f"{plain} new")
        if os.path.isdir(plain):
            shutil.rmtree(plain)
        os.rename(f"{plain} new", plain)

    write_links(clusters, ours)
    replace_plainly()
    ratio(
        f"links replaced, {N_CLUSTERS:,} clusters",
        lambda: write_links(clusters, ours),
        replace_plainly,
        "a loop of mkdir and symlink, and shutil.rmtree",
        rounds=5,
        required=1 / 1.3,
        at_least=1 / 1.3,
    )


def test_diameters_of_many_clusters(ratio):
    sizes = cluster_sizes()
    words = noisy_copies(int(sizes.sum()), 64)
    members = np.random.default_rng(0).permutation(len(words))
    groups = np.split(members, np.cumsum(sizes)[:-1])
    ratio(
        f"diameters of {N_CLUSTERS:,} clusters, 64 bits",
        lambda: diameters(words, groups),
        lambda: diameter(words),
        "one scan of all pairs for the largest distance",
        calls=3,
        required=1,
    )


@pytest.mark.parametrize("n_bits", [64, 256])
def test_diameter_of_one_large_cluster(ratio, n_bits):
    words = near_each_other(50_000, n_bits)
    groups = [np.arange(len(words))]
    ratio(
        f"diameter of 50,000 x {n_bits} bits",
        lambda: diameters(words, groups),
        lambda: neighbours(words, int(0.3 * n_bits), max_memory=0),
        "one search that counts the pairs within SIM 0.3",
        calls=3,
        required=1,
    )
