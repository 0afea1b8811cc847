"""What `compare_builds.py` times, and the process that times it: one for each build, told what to do line by line.

A case is prepared, which calls it once so that its kernels are there, and gives a function without arguments.
"""

import gc
import inspect
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from bridge import WORKERS, cluster, internal, linkage, new_database
from builds import check_imported
from kept_views import noisy_copies_as_kept
from PIL import Image, ImageDraw
from synthetic import in_groups, near_each_other, noisy_copies, noisy_copies_with_views, uniform_words

import imgcmp

Call = Callable[[], object]

MIB = 2**20
MEMORY = "/dev/shm"  # a file system in memory: what is measured is imgcmp, not the disk


# --- distances


def all_distances(n: int, n_bits: int, **options: Any) -> Call:
    words = uniform_words(n, n_bits)
    return lambda: imgcmp.pdist(words, workers=WORKERS, **options)


def distances_of_two(n_a: int, n_b: int, n_bits: int, **options: Any) -> Call:
    words_a, words_b = uniform_words(n_a, n_bits), uniform_words(n_b, n_bits, seed=1)
    return lambda: imgcmp.cdist(words_a, words_b, workers=WORKERS, **options)


def nearest(n: int, n_queries: int, n_bits: int, k: int) -> Call:
    words, queries = uniform_words(n, n_bits), uniform_words(n_queries, n_bits, seed=1)
    return lambda: imgcmp.nearest(words, queries, k, workers=WORKERS)


def diameters_of_small(n: int, n_bits: int) -> Call:
    words, diameters = uniform_words(n, n_bits), internal("diameters")
    groups = np.split(np.random.default_rng(0).permutation(n), np.arange(4, n, 4))
    return lambda: diameters(words, groups, workers=WORKERS)


def diameter_of_one(n: int, n_bits: int) -> Call:
    words, diameters = near_each_other(n, n_bits), internal("diameters")
    return lambda: diameters(words, [np.arange(n)], workers=WORKERS)


def diameters_over_views(n: int, n_bits: int, n_views: int, size: int) -> Call:
    words, views = noisy_copies_with_views(n, n_bits, n_views)
    groups, diameters = np.split(np.arange(n), np.arange(size, n, size)), internal("diameters_with_views")
    return lambda: diameters(words, views, groups, workers=WORKERS)


# --- pairs and their lists


def pairs(n: int, n_bits: int, radius_bits: int) -> Call:
    words = noisy_copies(n, n_bits)
    return lambda: imgcmp.pairs(words, radius_bits, workers=WORKERS)


def neighbours(n: int, n_bits: int, radius_bits: int) -> Call:
    words, search = noisy_copies(n, n_bits), internal("neighbours")
    return lambda: search(words, radius_bits, workers=WORKERS)


def neighbours_found_twice(make: Callable[[int, int], Any], n: int, n_bits: int, radius_bits: int) -> Call:
    """List neighbours with as little memory as they take: half of it holds too few of the pairs, of 3 a row or more."""
    words, search = make(n, n_bits), internal("neighbours")
    n_pairs = len(imgcmp.pairs(words, radius_bits)[0])
    max_memory = 8 * n_pairs + 24 * (n + 1)
    assert max_memory // 2 < 8 * n_pairs
    return lambda: search(words, radius_bits, workers=WORKERS, max_memory=max_memory)


# --- clusters


def clusters(make: Callable[[int, int], Any], n: int, n_bits: int, sim: float, linkage: str, **options: Any) -> Call:
    words = make(n, n_bits)
    return lambda: cluster(words, sim, linkage=linkage, **options)


def clusters_with_views(n: int, n_bits: int, n_views: int, sim: float, linkage: str, **options: Any) -> Call:
    words, views = noisy_copies_with_views(n, n_bits, n_views)
    return lambda: cluster(words, sim, views=views, linkage=linkage, **options)


def clusters_as_kept(n: int, n_bits: int, sim: float, linkage: str, **options: Any) -> Call:
    """Cluster as commands do: with all views of this build, and with ways to stand and looks, where it has these."""
    images = noisy_copies_as_kept(n, n_bits)
    return lambda: cluster(images.words, sim, linkage=linkage, **images.options, **options)


def diameters_as_kept(n: int, n_bits: int, size: int) -> Call:
    images = noisy_copies_as_kept(n, n_bits)
    groups, diameters = np.split(np.arange(n), np.arange(size, n, size)), internal("diameters_with_views")
    more = images.layout_and_looks
    return lambda: diameters(images.words, images.views, groups, workers=WORKERS, **more)


def clusters_of_dense_views(n: int, n_bits: int, n_views: int, sim: float, size: int) -> Call:
    """Cluster groups of copies, with views of each: every group is linked from its condensed distances."""
    words = np.stack([in_groups(n, n_bits, size, seed=0) ^ np.uint64(view) for view in range(1 + n_views)], axis=1)
    wholes, views = np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1:])
    return lambda: cluster(wholes, sim, views=views)


def linkage_matrix(n: int, n_bits: int, n_views: int = 0) -> Call:
    if not n_views:
        words = noisy_copies(n, n_bits)
        return lambda: linkage(words)
    words, views = noisy_copies_with_views(n, n_bits, n_views)
    return lambda: linkage(words, views=views)


# --- fingerprints


def drawing(width: int, height: int) -> Image.Image:
    """Draw a picture: shades with discs and squares on it, by the numbers of a seed."""
    random = np.random.default_rng(0)
    shades = random.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    image = Image.fromarray(shades).resize((width, height), Image.Resampling.BICUBIC)
    canvas = ImageDraw.Draw(image)
    for number in range(60):
        x, y, radius = (int(part) for part in random.integers(0, [width, height, height // 8]))
        draw = canvas.ellipse if number % 2 else canvas.rectangle
        draw((x - radius, y - radius, x + radius, y + radius), fill=tuple(random.integers(0, 256, 3).tolist()))
    return image


def fingerprint_of_file(width: int, height: int, suffix: str = ".jpg", *, folder: str) -> Call:
    path = f"{folder}/drawing{suffix}"
    if suffix == ".heic":
        import pillow_heif

        pillow_heif.from_pillow(drawing(width, height)).save(path, quality=90)
    else:
        drawing(width, height).save(path, quality=90)
    return lambda: imgcmp.fingerprint(path)


def views_of_file(width: int, height: int, *, folder: str) -> Call:
    path = f"{folder}/drawing.jpg"
    drawing(width, height).save(path, quality=90)
    return lambda: imgcmp.fingerprint_views(path, x=16)


def fingerprint_of_pixels(side: int, **options: Any) -> Call:
    grey = np.asarray(drawing(side, side).convert("L"))
    return lambda: imgcmp.fingerprint(grey, **options)


# --- files


def saved_database(n: int, n_bits: int, *, with_views: bool, folder: str) -> tuple[Any, str]:
    path = f"{folder}/fingerprints.hdf"
    images = noisy_copies_as_kept(n, n_bits) if with_views else (uniform_words(n, n_bits),)
    store = new_database(path, *images)
    store.save()
    return store, path


def open_database(n: int, n_bits: int, *, with_views: bool, folder: str) -> Call:
    _, path = saved_database(n, n_bits, folder=folder, with_views=with_views)
    return lambda: imgcmp.Database(path)


def save_database(n: int, n_bits: int, *, with_views: bool, folder: str) -> Call:
    """Save what a checkpoint finds: a database with a new record."""
    store, path = saved_database(n, n_bits, folder=folder, with_views=with_views)
    n_views = store.views.shape[1]
    record = internal("ImageRecord")
    file = internal("ImageFile")(f"{folder}/new.jpg", 1, 1)
    new = record(file, "", store.words[0], 1, 1, views=store.views[0] if n_views else store.views[0][:0])

    def save() -> None:
        store.update([new])
        before = os.stat(path)
        store.save()
        after = os.stat(path)  # of another file, or of this one, longer or shorter: else nothing was written
        assert (after.st_ino, after.st_size, after.st_mtime_ns) != (before.st_ino, before.st_size, before.st_mtime_ns)

    return save


def find(n_folders: int, n_each: int, *, folder: str) -> Call:
    for album in range(n_folders):
        os.makedirs(f"{folder}/album {album:03}")
        for name in range(n_each):
            os.close(os.open(f"{folder}/album {album:03}/IMG_{name:06}.jpg", os.O_CREAT | os.O_WRONLY))
    find_images = internal("find_images")
    return lambda: find_images([folder])


def links(n_clusters: int, *, folder: str) -> Call:
    make, write_links = internal("Cluster"), internal("write_links")
    names = [f"/home/user/Pictures/album {k // 1000:03}/IMG_{k:06}.jpg" for k in range(3 * n_clusters)]
    groups = [make(names[3 * k : 3 * k + 3], 3) for k in range(n_clusters)]
    return lambda: write_links(groups, f"{folder}/clusters")


# --- processes from their start


def process(*arguments: str) -> Call:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def cluster_command(n: int, n_bits: int, *, folder: str) -> Call:
    saved_database(n, n_bits, folder=folder, with_views=False)
    options = ["-f", f"{folder}/fingerprints.hdf", "-o", f"{folder}/clusters", "-q"]
    return process("-m", "imgcmp", "cluster", "0.1", *options)


LINKAGES = ("single", "complete", "average", "weighted")

CASES: dict[str, Callable[..., Call]] = {
    "pdist, 4,000 x 64 bits": partial(all_distances, 4000, 64),
    "pdist, 4,000 x 256 bits": partial(all_distances, 4000, 256),
    "pdist, 2,000 x 1,024 bits": partial(all_distances, 2000, 1024),
    "pdist float64, 4,000 x 256 bits": partial(all_distances, 4000, 256, dtype=np.float64),
    "cdist, 1,000 x 5,000 x 64 bits": partial(distances_of_two, 1000, 5000, 64),
    "cdist, 1,000 x 5,000 x 256 bits": partial(distances_of_two, 1000, 5000, 256),
    "cdist float64, 1,000 x 5,000 x 256 bits": partial(distances_of_two, 1000, 5000, 256, dtype=np.float64),
    "nearest 10 of 50,000, 500 queries, 64 bits": partial(nearest, 50_000, 500, 64, 10),
    "nearest 10 of 50,000, 500 queries, 256 bits": partial(nearest, 50_000, 500, 256, 10),
    "nearest 200 of 20,000, 500 queries, 64 bits": partial(nearest, 20_000, 500, 64, 200),
    "diameters of 10,000 groups, 64 bits": partial(diameters_of_small, 40_000, 64),
    "diameter of 20,000 x 256 bits": partial(diameter_of_one, 20_000, 256),
    "diameters of 100 groups, 64 bits, 10 views": partial(diameters_over_views, 2000, 64, 10, 20),
    "diameter of 600 x 64 bits, 10 views": partial(diameters_over_views, 600, 64, 10, 600),
    "pairs by scan, 30,000 x 64 bits, radius 19": partial(pairs, 30_000, 64, 19),
    "pairs by scan, 20,000 x 256 bits, radius 76": partial(pairs, 20_000, 256, 76),
    "pairs by scan, 30,000 x 256 bits, radius 25": partial(pairs, 30_000, 256, 25),
    "pairs by scan, 5,000 x 1,024 bits, radius 102": partial(pairs, 5000, 1024, 102),
    "pairs by buckets, 100,000 x 64 bits, radius 6": partial(pairs, 100_000, 64, 6),
    "pairs by buckets, 60,000 x 256 bits, radius 12": partial(pairs, 60_000, 256, 12),
    "neighbours by scan, 30,000 x 64 bits, radius 19": partial(neighbours, 30_000, 64, 19),
    "neighbours by scan, twice, 12,000 x 64 bits, radius 22": partial(
        neighbours_found_twice, noisy_copies, 12_000, 64, 22
    ),
    "neighbours by buckets, 100,000 x 64 bits, radius 6": partial(neighbours, 100_000, 64, 6),
    "neighbours by buckets, twice, 40,000 x 64 bits, radius 6": partial(
        neighbours_found_twice, partial(in_groups, size=20), 40_000, 64, 6
    ),
    **{
        f"cluster, {n:,} x 64 bits, SIM {sim}, {linkage}": partial(clusters, noisy_copies, n, 64, sim, linkage)
        for n, sim in ((40_000, 0.1), (25_000, 0.3))
        for linkage in LINKAGES
    },
    "cluster, 8,000 x 64 bits, SIM 0.1, average": partial(clusters, noisy_copies, 8000, 64, 0.1, "average"),
    "cluster, 20,000 x 256 bits, SIM 0.3, average": partial(clusters, noisy_copies, 20_000, 256, 0.3, "average"),
    "cluster in two steps, 5,000 x 64 bits, SIM 0.4": partial(
        clusters, noisy_copies, 5000, 64, 0.4, "average", max_memory=6 * MIB
    ),
    "cluster by flood, 20,000 x 64 bits, SIM 0.5, single": partial(
        clusters, noisy_copies, 20_000, 64, 0.5, "single", max_memory=4 * MIB
    ),
    "cluster, 2,000 x 64 bits, SIM 0.2": partial(clusters, noisy_copies, 2000, 64, 0.2, "average"),
    "cluster, 1,000 x 64 bits, 10 views, SIM 0.15": partial(clusters_with_views, 1000, 64, 10, 0.15, "average"),
    "cluster, 10,000 x 64 bits, 10 views, SIM 0.15, single": partial(
        clusters_with_views, 10_000, 64, 10, 0.15, "single"
    ),
    "cluster, 5,000 x 256 bits, 10 views, SIM 0.15": partial(clusters_with_views, 5000, 256, 10, 0.15, "average"),
    "cluster, 3,000 x 256 bits, all views, SIM 0.15": partial(clusters_as_kept, 3000, 256, 0.15, "average"),
    "cluster, 3,000 x 256 bits, all views, SIM 0.3": partial(clusters_as_kept, 3000, 256, 0.3, "average"),
    "cluster, 20,000 x 256 bits, all views, SIM 0.26": partial(clusters_as_kept, 20_000, 256, 0.26, "average"),
    "diameters of 100 groups, 256 bits, all views": partial(diameters_as_kept, 2000, 256, 20),
    "cluster, 6,000 x 64 bits in groups of 200, 4 views": partial(clusters_of_dense_views, 6000, 64, 4, 0.15, 200),
    "cluster, 2,400 x 64 bits in one group, 4 views": partial(clusters_of_dense_views, 2400, 64, 4, 0.15, 2400),
    "linkage, 1,000 x 64 bits": partial(linkage_matrix, 1000, 64),
    "linkage, 300 x 64 bits, 10 views": partial(linkage_matrix, 300, 64, 10),
    "fingerprint of a drawing, JPEG of 12 megapixels": partial(fingerprint_of_file, 4000, 3000),
    "fingerprint of a drawing, JPEG of 500 pixels": partial(fingerprint_of_file, 500, 375),
    "fingerprint of a drawing, PNG of 1 megapixel": partial(fingerprint_of_file, 1200, 900, ".png"),
    "fingerprint of a drawing, WebP of 1 megapixel": partial(fingerprint_of_file, 1200, 900, ".webp"),
    "fingerprint of a drawing, all views, JPEG of 1 megapixel": partial(views_of_file, 1200, 900),
    "fingerprint of grey pixels, phash": partial(fingerprint_of_pixels, 512),
    "fingerprint of grey pixels, dhash": partial(fingerprint_of_pixels, 512, method="dhash"),
    "open a database of 20,000 x 64 bits": partial(open_database, 20_000, 64, with_views=False),
    "open a database of 3,000 x 256 bits, all views": partial(open_database, 3000, 256, with_views=True),
    "save a database of 20,000 x 64 bits": partial(save_database, 20_000, 64, with_views=False),
    "save a database of 3,000 x 256 bits, all views": partial(save_database, 3000, 256, with_views=True),
    "find 5,000 files": partial(find, 20, 250),
    "links of 1,000 clusters": partial(links, 1000),
    "import imgcmp": partial(process, "-c", "import imgcmp"),
    "imgcmp -h": partial(process, "-m", "imgcmp", "-h"),
    "first pairs of a process": partial(
        process, "-c", "import imgcmp, numpy; imgcmp.pairs(numpy.zeros((9, 1), numpy.uint64), 1)"
    ),
    "imgcmp cluster, 3,000 x 64 bits": partial(cluster_command, 3000, 64),
}


if find_spec("pillow_heif") is not None:
    CASES["fingerprint of a drawing, HEIC of 1 megapixel"] = partial(fingerprint_of_file, 1200, 900, ".heic")


# --- the process that times


class Timer:
    """Prepares a case, and calls it as often as it is told."""

    def __init__(self) -> None:
        self.call: Call = lambda: None
        self.folder: tempfile.TemporaryDirectory[str] | None = None

    def prepare(self, case: str) -> dict[str, float]:
        """Get a case ready, the kernels that it calls, too; return what a call takes."""
        self.call = lambda: None  # what the last case held goes
        if self.folder is not None:
            self.folder.cleanup()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None)
        needs_folder = "folder" in inspect.signature(CASES[case]).parameters
        self.call = CASES[case](**({"folder": self.folder.name} if needs_folder else {}))
        self.call()
        gc.collect()
        gc.freeze()
        return self.time(1)

    def time(self, calls: int) -> dict[str, float]:
        """Return what a call takes, of so many."""
        start, cpu_start = time.perf_counter(), cpu_seconds()
        for _ in range(calls):
            self.call()
        return {"wall": (time.perf_counter() - start) / calls, "cpu": (cpu_seconds() - cpu_start) / calls}


def cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    """Do what each line of standard input says, and write a line for it."""
    check_imported(sys.argv[1])
    timer = Timer()
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that is printed gets among the replies
    for line in sys.stdin:
        task, argument = json.loads(line)
        try:
            reply = getattr(timer, task)(argument)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
