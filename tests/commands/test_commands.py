import json
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from subprocess import PIPE, Popen

import numpy as np
import pytest
from databases import make, record
from pictures import photograph, save_distinct
from PIL import Image

from imgcmp import Database, InputError
from imgcmp.commands import cluster as cluster_module
from imgcmp.commands.cluster import cluster
from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.grouping import images_of
from imgcmp.commands.options import ClusterOptions, FingerprintOptions, ReadingOptions
from imgcmp.commands.resize import resize
from imgcmp.commands.run import run
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.sealed_file import BLOCK_BYTES
from imgcmp.fingerprints.packing import pack
from imgcmp.fingerprints.view_rows import StoredViews
from imgcmp.images.find_images import find_images
from imgcmp.images.image_file import ImageFile, file_of
from imgcmp.images.resized_folder import CopyFolder
from imgcmp.system.lock import locked
from imgcmp.system.processes import WorkerDied

QUIET = Console(quiet=True)


@pytest.fixture
def photos(tmp_path):
    """Make three pictures that differ, and copies of the first two."""
    folder = tmp_path / "photos"
    save_distinct(folder, 3)
    os.mkdir(folder / "copies")
    shutil.copy(folder / "00.png", folder / "copies" / "00 again.png")
    with Image.open(folder / "01.png") as image:
        image.save(folder / "copies" / "01.webp", quality=95)
    return folder


def real(path):
    return os.path.realpath(path)


def clusters_in(path):
    return [cluster["files"] for cluster in json.loads(path.read_text())["clusters"]]


def links_in(folder):
    return sorted(os.readlink(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names
                  if os.path.islink(os.path.join(root, name)))  # fmt: skip


def test_all_three_stages(photos, tmp_path, imgcmp_home):
    made = resize([str(photos)], 0.5, workers=1, console=QUIET)
    assert (len(made.files), made.failures) == (5, [])
    assert len(fingerprint(workers=1, console=QUIET).files) == 5
    table = cluster("auto", ClusterOptions(json=str(tmp_path / "c.json")), console=QUIET)
    assert table == f"cluster dir: {imgcmp_home}/cluster\nitems per cluster : number of such clusters\n2 : 2"
    originals = [real(photos / name) for name in ("00.png", "copies/00 again.png", "01.png", "copies/01.webp")]
    assert clusters_in(tmp_path / "c.json") == [originals[:2], originals[2:]]
    assert links_in(imgcmp_home / "cluster") == sorted(originals)


def test_a_copy_whose_original_is_gone_stands_for_it(photos, imgcmp_home):
    resize([str(photos)], 0.5, workers=1, console=QUIET)
    fingerprint(workers=1, console=QUIET)
    gone = real(photos / "00.png")
    os.unlink(gone)
    cluster(0.1, console=QUIET)
    links = links_in(imgcmp_home / "cluster")
    assert gone not in links
    assert str(imgcmp_home / "convert") + gone in links
    assert real(photos / "copies/00 again.png") in links


def test_a_copy_and_its_original_are_one_image(photos, tmp_path):
    resize([str(photos)], 0.5, workers=1, console=QUIET)
    options = ClusterOptions(json=str(tmp_path / "c.json"))
    paths = [str(photos), str(tmp_path / "home of imgcmp" / "convert")]
    outcome, table = run(paths, "auto", FingerprintOptions(), cluster_options=options, workers=1, console=QUIET)
    assert len(outcome.files) == 10
    assert table.endswith("\n2 : 2")
    assert json.loads((tmp_path / "c.json").read_text())["n_images"] == 5


def test_the_fingerprint_of_the_original_counts_where_there_is_one(tmp_path):
    store = Database(str(tmp_path / "f.hdf"), method="phash", x=8)
    of_copy, of_original = pack(np.eye(2, 64, dtype=bool))
    original, other, copy = (str(tmp_path / name) for name in ("a.jpg", "b.jpg", "copy of a.jpg"))
    rows = [(copy, original, of_copy), (original, "", of_original), (other, "", of_original)]
    store.update(ImageRecord(ImageFile(path, 1, 1), source, words, 9, 9) for path, source, words in rows)
    store.save()

    def clusters():
        cluster(0, ClusterOptions(json=str(tmp_path / "c.json")), database=store.path, console=QUIET)
        return clusters_in(tmp_path / "c.json")

    (tmp_path / "a.jpg").write_bytes(b"there")
    assert clusters() == [[original, other]]
    (tmp_path / "a.jpg").unlink()  # then its copy, which has another fingerprint here, stands for it
    assert clusters() == []


def test_two_names_of_a_file_are_one_image(photos, tmp_path):
    fingerprint([str(photos)], workers=1, console=QUIET)
    os.link(photos / "02.png", tmp_path / "another name.png")
    fingerprint([str(tmp_path / "another name.png")], workers=1, console=QUIET)
    cluster(0, ClusterOptions(json=str(tmp_path / "c.json")), console=QUIET)
    assert real(photos / "02.png") not in str(clusters_in(tmp_path / "c.json"))


def test_copies_are_remade_only_when_something_changed(photos, capsys):
    def made(fraction=0.5):
        capsys.readouterr()
        resize([str(photos)], fraction, workers=1, console=Console(1))
        lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith(real(photos))]
        assert len(lines) == 5
        return [os.path.basename(line.split(" -> ")[0]) for line in lines if " -> " in line]

    assert len(made()) == 5
    assert made() == []
    os.utime(photos / "02.png", ns=(0, 5))
    assert made() == ["02.png"]
    assert len(made(0.25)) == 5
    copy = str(photos.parent / "home of imgcmp" / "convert") + real(photos / "01.png")
    os.truncate(copy, 10)
    assert made(0.25) == ["01.png"]
    os.unlink(copy)
    assert made(0.25) == ["01.png"]


def test_a_second_writer_of_copies_is_refused_and_leaves_nothing_open(photos, monkeypatch):
    opened = []

    class Copies(CopyFolder):
        def __init__(self, folder):
            super().__init__(folder)
            opened.append(self)

    monkeypatch.setattr("imgcmp.commands.resize.CopyFolder", Copies)
    resize([str(photos)], 0.5, workers=1, console=QUIET)
    with locked(opened[0].marker), pytest.raises(InputError, match="is being written by process"):
        resize([str(photos)], 0.5, workers=1, console=QUIET)
    assert [copies._log.closed for copies in opened] == [True, True]


WRITE_FOREVER = """
import sys, time
from imgcmp.system.atomic import replacing
with replacing(sys.argv[1]) as temporary:
    print(temporary, flush=True)
    time.sleep(100)
"""

pytestmark = pytest.mark.usefixtures("compiled_kernels")


def test_what_a_killed_run_left_among_the_copies_is_removed(photos, imgcmp_home):
    resize([str(photos)], 0.5, workers=1, console=QUIET)
    copies = [str(imgcmp_home / "convert") + real(photos / name) for name in ("00.png", "copies/gone.png")]
    commands = [[sys.executable, "-c", WRITE_FOREVER, copy] for copy in copies]
    with ExitStack() as writers:
        processes = [writers.enter_context(Popen(command, stdout=PIPE, text=True)) for command in commands]
        for process in processes:
            writers.callback(process.kill)
        left = [process.stdout.readline().rstrip("\n") for process in processes]
        resize([str(photos)], 0.5, workers=1, console=QUIET)
        assert all(map(os.path.exists, left))  # of living processes
    resize([str(photos)], 0.5, workers=1, console=QUIET)
    assert not any(map(os.path.exists, left))


def test_unchanged_files_are_not_read_again(photos, capsys):
    def read():
        capsys.readouterr()
        fingerprint([str(photos)], workers=1, console=Console(1))
        lines = capsys.readouterr().err.splitlines()
        return sorted(os.path.basename(line.split(": ")[0]) for line in lines if line.startswith(real(photos)))

    assert len(read()) == 5
    assert read() == []
    shutil.copy(photos / "02.png", photos / "01.png")
    assert read() == ["01.png"]
    os.utime(photos / "00.png", ns=(0, 5))
    assert read() == ["00.png"]


@pytest.mark.parametrize("command", [lambda *a, **k: fingerprint(*a, **k), lambda a, **k: resize(a, 0.5, **k)])
def test_what_looks_like_a_picture_and_is_not_taken_is_counted_and_listed_with_v(photos, capsys, command):
    def lines(console):
        capsys.readouterr()
        found = command([str(photos)], workers=1, console=console)
        assert len(found.files) == 5
        assert [file.path for file in found.passed_over] == [real(photos / "a.exr"), real(photos / "b.svg")][:n]
        return [
            line for line in capsys.readouterr().err.splitlines() if "not looked for" in line or "passed over" in line
        ]

    n = 1
    (photos / "a.exr").write_bytes(b"v/1\1")
    line = "1 file in the folders looks like a picture of a kind not looked for there: -v lists them"
    assert lines(Console()) == [line]
    n = 2
    (photos / "b.svg").write_bytes(b"<svg/>")
    assert lines(Console())[0].startswith("2 files in the folders look like pictures of kinds not looked for there")
    assert lines(Console(quiet=True)) == []
    assert lines(Console(1)) == [
        f"{real(photos / 'a.exr')}: passed over (OpenEXR is not read)",
        f"{real(photos / 'b.svg')}: passed over (SVG is not read)",
    ]


def test_a_folder_of_pictures_that_are_not_read_says_so(tmp_path):
    (tmp_path / "a.exr").write_bytes(b"v/1\1")
    with pytest.raises(InputError, match=r"no images found in .* \(1 file passed over: .*a.exr: OpenEXR is not read\)"):
        fingerprint([str(tmp_path)], workers=1, console=QUIET)


def test_copies_made_later_in_the_same_process_are_known_as_copies(photos):
    resize([str(photos / "00.png")], 0.5, workers=1, console=QUIET)
    fingerprint(workers=1, console=QUIET)
    resize([str(photos / "01.png")], 0.5, workers=1, console=QUIET)
    fingerprint(workers=1, console=QUIET)
    store = Database(FingerprintOptions().database)
    assert store.sources == [real(photos / "00.png"), real(photos / "01.png")]


def test_run_clusters_the_files_it_is_given_and_no_others(photos, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(photos / "02.png", other / "02 elsewhere.png")
    options = ClusterOptions(json=str(tmp_path / "c.json"))
    run([str(other)], "auto", FingerprintOptions(), cluster_options=options, workers=1, console=QUIET)
    assert clusters_in(tmp_path / "c.json") == []
    run([str(photos)], "auto", FingerprintOptions(), cluster_options=options, workers=1, console=QUIET)
    assert len(clusters_in(tmp_path / "c.json")) == 2
    cluster("auto", options)
    assert len(clusters_in(tmp_path / "c.json")) == 3


def test_a_file_that_is_bad_now_leaves_its_cluster(photos, tmp_path):
    options = ClusterOptions(json=str(tmp_path / "c.json"))
    run([str(photos)], "auto", FingerprintOptions(), cluster_options=options, workers=1, console=QUIET)
    (photos / "00.png").write_bytes(b"")
    outcome, _ = run([str(photos)], "auto", FingerprintOptions(), cluster_options=options, workers=1, console=QUIET)
    assert [tuple(failure[:2]) for failure in outcome.failures] == [(real(photos / "00.png"), "empty file")]
    assert clusters_in(tmp_path / "c.json") == [[real(photos / "01.png"), real(photos / "copies/01.webp")]]
    assert Database(FingerprintOptions().database).failures[real(photos / "00.png")].reason == "empty file"


def test_bad_files_are_failures_of_resize_too(photos):
    (photos / "bad.jpg").write_bytes(b"no image")
    outcome = resize([str(photos)], 0.5, workers=2, console=QUIET)
    assert [os.path.basename(failure.path) for failure in outcome.failures] == ["bad.jpg"]
    assert len(outcome.files) == 6


@pytest.mark.parametrize("suffix", [b"\xe9.png", b"\n.png"])
def test_names_of_any_bytes_go_all_the_way(tmp_path, imgcmp_home, suffix):
    folder = tmp_path / "photos"
    folder.mkdir()
    names = [os.fsdecode(b"a" + suffix), os.fsdecode(b"b" + suffix)]
    for name in names:
        try:
            photograph("coins.png").save(os.path.join(folder, name))
        except OSError:
            pytest.skip("the file system takes no such name")
    resize([str(folder)], 0.5, workers=1, console=QUIET)
    fingerprint(workers=1, console=QUIET)
    cluster(0, ClusterOptions(json=str(tmp_path / "c.json")))
    expected = [os.path.join(real(folder), name) for name in names]
    assert clusters_in(tmp_path / "c.json") == [expected]
    assert links_in(imgcmp_home / "cluster") == expected


def test_sim_0_joins_equal_fingerprints_and_sim_1_all(photos):
    fingerprint([str(photos)], workers=1, console=QUIET)
    assert "\n2 : " in cluster(0)
    assert cluster(1).endswith("\n5 : 1")


def test_what_was_done_is_saved_at_checkpoints_and_when_the_run_is_interrupted(photos, monkeypatch):
    saved = []

    def progress(_console, items, **_settings):
        for number, item in enumerate(items):
            if number == 3:
                saved.append(len(Database(FingerprintOptions().database)))
                raise KeyboardInterrupt
            yield item

    monkeypatch.setattr(Console, "progress", progress)
    with pytest.raises(KeyboardInterrupt):
        fingerprint([str(photos)], FingerprintOptions(checkpoint_s=0), workers=1, console=QUIET)
    assert saved[0] >= 1
    assert len(Database(FingerprintOptions().database)) == 3


@pytest.mark.parametrize("fraction", [0, -1, 1.01, float("nan")])
def test_a_fraction_out_of_range_is_refused(photos, fraction):
    with pytest.raises(InputError, match="FRACTION must be above 0 and at most 1"):
        resize([str(photos)], fraction)


@pytest.mark.parametrize("sim", [-0.1, 1.1, float("nan")])
def test_a_sim_out_of_range_is_refused_before_any_file_is_read(photos, sim, imgcmp_home):
    with pytest.raises(InputError, match=r"SIM must be in 0\.\.1"):
        run([str(photos)], sim)
    with pytest.raises(InputError, match=r"SIM must be in 0\.\.1"):
        cluster(sim)
    assert not imgcmp_home.exists()


def test_an_item_that_kills_its_worker_is_a_failure_with_the_facts_of_its_file(photos, monkeypatch):
    def run(_task, items, **_settings):
        for file in items:
            yield file, WorkerDied("crashed its decoder (SIGSEGV)")

    monkeypatch.setattr("imgcmp.system.processes.run", run)
    outcome = fingerprint([str(photos / "00.png")], console=QUIET)
    status = os.stat(photos / "00.png")
    failure = file_of(real(photos / "00.png"), status).failure("crashed its decoder (SIGSEGV)")
    assert outcome.failures == [failure]


def test_a_second_writer_is_refused_and_nothing_is_lost(photos, imgcmp_home):
    holder = f"is being written by process {os.getpid()} on "
    database = str(imgcmp_home / "fingerprints.hdf")
    with Database(database, method="phash", x=8), pytest.raises(InputError, match=holder):
        fingerprint([str(photos)], workers=1, console=QUIET)
    assert len(fingerprint([str(photos)], workers=1, console=QUIET).files) == 5


def test_an_interruption_in_the_middle_of_a_checkpoint_waits_until_it_is_written(photos, imgcmp_home, monkeypatch):
    update = Database.update

    def interrupted_update(self, records, failures):
        signal.raise_signal(signal.SIGINT)
        update(self, records, failures)

    monkeypatch.setattr(Database, "update", interrupted_update)
    with pytest.raises(KeyboardInterrupt):
        fingerprint([str(photos)], workers=1, console=QUIET)
    assert len(Database(str(imgcmp_home / "fingerprints.hdf"))) == 5


def test_a_run_that_cannot_write_its_lists_leaves_the_folder_of_clusters_as_it_was(photos, tmp_path, monkeypatch):
    run([str(photos)], "auto", FingerprintOptions(), workers=1, console=QUIET)
    folder = ClusterOptions().folder
    before = links_in(folder)

    def write(*args, **kwargs):
        raise OSError(28, "No space left on device")

    for name in ("json", "csv"):
        monkeypatch.setattr(cluster_module, f"write_{name}", write)
        with pytest.raises(OSError, match="No space left"):
            cluster(1, ClusterOptions(**{name: str(tmp_path / "list")}), console=QUIET)
        assert links_in(folder) == before


def test_diameters_go_with_their_clusters(tmp_path):
    """Clusters are sorted anew where files turn out to be one; their diameters move with them."""
    store = Database(str(tmp_path / "f.hdf"), method="phash", x=8)
    for name in ("a.jpg", "c.jpg", "d.jpg"):
        (tmp_path / name).write_bytes(b"there")
    os.link(tmp_path / "a.jpg", tmp_path / "a again.jpg")
    os.link(tmp_path / "a.jpg", tmp_path / "b.jpg")
    bits = np.zeros((6, 64), bool)
    bits[:4, :32] = True
    bits[3, 0] = False
    bits[5, 40:43] = True
    names = ("a.jpg", "a again.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg")
    rows = zip(names, pack(bits), strict=True)
    store.update(ImageRecord(ImageFile(str(tmp_path / name), 1, 1), "", words, 9, 9) for name, words in rows)
    store.save()
    options = ClusterOptions(json=str(tmp_path / "c.json"))
    cluster(0.1, options, database=store.path, console=QUIET)
    clusters = json.loads((tmp_path / "c.json").read_text())["clusters"]
    found = [([os.path.basename(file) for file in entry["files"]], entry["diameter_bits"]) for entry in clusters]
    assert found == [(["a again.jpg", "c.jpg"], 1), (["d.jpg", "e.jpg"], 3)]


# Pictures that show too little


@pytest.fixture
def pages(tmp_path):
    """Save white pages, two of them the same, and one that differs in a dot, beside photographs."""
    folder = tmp_path / "pages"
    save_distinct(folder, 2)
    Image.new("RGB", (400, 600), "white").save(folder / "blank.png")
    Image.new("L", (400, 600), "white").save(folder / "blank too.bmp")
    dotted = Image.new("RGB", (400, 600), "white")
    dotted.putpixel((300, 500), (250, 250, 250))
    dotted.save(folder / "dotted.png")
    return folder


def names_in(path):
    return [[os.path.basename(file) for file in files] for files in clusters_in(path)]


@pytest.mark.parametrize("sim", [0, 0.1, 0.3, 1])
def test_flat_pictures_are_grouped_by_identical_pixels_alone(pages, tmp_path, capsys, sim):
    fingerprint([str(pages)], workers=1, console=QUIET)
    options = ClusterOptions(json=str(tmp_path / "c.json"))
    cluster(sim, options, workers=1, console=Console(1, quiet=True))
    flat = [["blank too.bmp", "blank.png"]]
    assert names_in(tmp_path / "c.json") == ([["00.png", "01.png"]] if sim == 1 else []) + flat
    read = json.loads((tmp_path / "c.json").read_text())
    assert read["flat"] == [real(pages / name) for name in ("blank too.bmp", "blank.png", "dotted.png")]
    assert read["n_images"] == 5
    assert read["clusters"][-1]["members"][1]["relation"] == "identical pixels"
    lines = capsys.readouterr().err.splitlines()
    start = "3 images show too little to compare (flat, almost empty): grouped by identical pixels alone"
    assert lines[-4:] == [start, *(f"  {file}" for file in read["flat"])]


def test_flat_pictures_are_counted_and_only_listed_if_asked(tmp_path, capsys):
    Image.new("RGB", (400, 600), "white").save(tmp_path / "blank.png")
    run([str(tmp_path / "blank.png")], 0.1, workers=1, console=QUIET)
    line = "1 image shows too little to compare (flat, almost empty): grouped by identical pixels alone"
    assert capsys.readouterr().err.splitlines() == [line]


def test_flat_originals_are_looked_at_where_their_copies_are_the_same(pages, tmp_path):
    resize([str(pages)], 0.1, workers=1, console=QUIET)
    fingerprint(workers=1, console=QUIET)
    store = Database(str(tmp_path / "home of imgcmp" / "fingerprints.hdf"))
    flat = [bytes(pixels) for pixels in store.pixels if pixels.any()]
    assert len(flat) == 3
    assert len(set(flat)) == 1
    options = ClusterOptions(json=str(tmp_path / "c.json"))
    cluster(1, options, workers=1, console=QUIET)
    assert names_in(tmp_path / "c.json") == [["00.png", "01.png"], ["blank too.bmp", "blank.png"]]
    os.unlink(pages / "blank.png")  # then its copy stands for it, and has other pixels
    cluster(1, options, workers=1, console=QUIET)
    assert names_in(tmp_path / "c.json") == [["00.png", "01.png"]]


def test_images_of_unknown_detail_are_compared(tmp_path):
    store = Database(str(tmp_path / "f.hdf"), method="phash", x=8)
    words = pack(np.zeros(64, bool))
    store.update(ImageRecord(ImageFile(f"/{k}", 1, 1), "", words, 9, 9, detail=(-1, -1, 0)[k]) for k in range(3))
    store.save()
    cluster(0, ClusterOptions(json=str(tmp_path / "c.json")), database=store.path, console=QUIET)
    assert clusters_in(tmp_path / "c.json") == [["/0", "/1"]]


def test_a_second_run_reads_files_of_an_earlier_database_once(pages, tmp_path, capsys):
    fingerprint([str(pages)], workers=1, console=QUIET)
    store = Database(str(tmp_path / "home of imgcmp" / "fingerprints.hdf"))
    store.update(store.record(file)._replace(detail=-1) for file in list(store.files))
    store.save()
    for expected in ("5 files: 5 read", "5 files: 5 unchanged"):
        fingerprint([str(pages)], workers=1)
        assert counted(capsys) == expected


def test_files_that_an_earlier_version_read_are_told_if_they_are_of_this_run(pages, tmp_path, capsys):
    """It told of all that the database holds, of files that are gone, too; and not what --force forgets."""
    fingerprint([str(pages)], workers=1, console=QUIET)
    store = Database(str(tmp_path / "home of imgcmp" / "fingerprints.hdf"))
    store.update(store.record(file)._replace(frame=-1) for file in list(store.files))
    store.save()

    def remarks():
        capsys.readouterr()
        fingerprint([str(pages)], workers=1)
        return [line for line in capsys.readouterr().err.splitlines() if "earlier version" in line]

    (pages / "blank.png").unlink()
    [told] = remarks()
    assert told.startswith("4 files of these were read by an earlier version")
    assert told.endswith(
        "--force reads all anew, and forgets files that aren't named with it, as on a drive that isn't plugged in"
    )
    for path in pages.iterdir():
        os.rename(path, tmp_path / path.name)
    save_distinct(pages, 2)
    assert remarks() == []


def test_a_change_that_keeps_size_and_time_is_seen_of_files_that_an_earlier_version_read(pages, tmp_path, capsys):
    database = str(tmp_path / "home of imgcmp" / "fingerprints.hdf")
    (pages / "broken.png").write_bytes(b"no image")
    fingerprint([str(pages)], workers=1, console=QUIET)
    store = Database(database)
    store.update(
        [store.record(file) for file in store.files],
        [failure._replace(ctime_ns=-(2**63)) for failure in store.failures.values()],
    )
    store.update(record._replace(file=record.file._replace(ctime_ns=-(2**63))) for record in store.records(store.files))
    store.save()
    fingerprint([str(pages)], workers=1)
    assert counted(capsys) == "6 files: 5 unchanged, 1 failed"
    store = Database(database)
    assert (store.ctime_ns > 0).all()
    assert all(failure.ctime_ns > 0 for failure in store.failures.values())
    saved = os.stat(database).st_mtime_ns
    for name in ("blank.png", "broken.png"):
        before = os.stat(pages / name)
        (pages / name).write_bytes(b"x" * before.st_size)
        os.utime(pages / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    fingerprint([str(pages)], workers=1)
    assert counted(capsys) == "6 files: 4 unchanged, 2 failed"
    assert os.stat(database).st_mtime_ns != saved
    assert "as before" not in capsys.readouterr().err


# Files that move, go, and come back


def test_flat_pictures_that_took_too_much_memory_are_read_again_and_grouped(tmp_path, capsys):
    folder, database = tmp_path / "scans", str(tmp_path / "fps.hdf")
    folder.mkdir()
    options = FingerprintOptions(database=database)
    Image.new("L", (3600, 3600), "white").save(folder / "a.jpg")  # 40 MB at full size, 1 MB at a scale of 1/8
    fingerprint([str(folder)], options, reading=ReadingOptions(max_memory=2**24), workers=1)
    store = Database(database)
    assert (store.detail.tolist(), store.pixels.any()) == ([0], False)
    shutil.copy(folder / "a.jpg", folder / "b.jpg")
    with open(folder / "b.jpg", "ab") as file:
        file.write(b"another file")
    fingerprint([str(folder)], options, reading=ReadingOptions(max_memory=2**30), workers=1)
    assert "2 files: 2 read" in capsys.readouterr().err
    cluster(0.1, ClusterOptions(json=str(tmp_path / "c.json")), database=database)
    assert names_in(tmp_path / "c.json") == [["a.jpg", "b.jpg"]]
    assert len(json.loads((tmp_path / "c.json").read_text())["flat"]) == 2


def test_views_are_read_when_they_are_needed_and_not_kept(photos, tmp_path, monkeypatch):
    database = str(tmp_path / "views.hdf")
    fingerprint([str(photos)], FingerprintOptions(database=database, views="turns"))
    store = Database(database)
    views, read = store.views.copy(), store.read_views
    rows_read = []
    monkeypatch.setattr(store, "read_views", lambda rows: rows_read.append(rows) or read(rows))
    images, some = images_of(store), images_of(store, range(1, len(store)))
    assert isinstance(images.views, StoredViews)
    assert (images.views.shape, some.views.shape, rows_read) == (views.shape, views[1:].shape, [])
    assert np.array_equal(images.views[:], views)
    assert np.array_equal(some.views[:], views[1:])
    assert len(rows_read) == 2
    assert not np.shares_memory(images.words, store.words)


def digests_of(store):
    return dict(zip(store.files, map(bytes, store.digests), strict=True))


def counted(capsys):
    """Return what became of the files, as the last summary told it."""
    return capsys.readouterr().err.splitlines()[-1].split(";")[0]


def n_images_in(folder):
    return len(find_images([str(folder)]).files)


def test_a_file_that_was_moved_is_not_decoded_again(photos, capsys):
    fingerprint([str(photos)])
    before = Database(FingerprintOptions().database)
    (photos / "00.png").rename(photos / "renamed.png")
    (photos / "sub").mkdir()
    (photos / "01.png").rename(photos / "sub" / "01.png")
    capsys.readouterr()
    fingerprint([str(photos)])
    assert counted(capsys) == "5 files: 2 moved, 3 unchanged"
    after = Database(FingerprintOptions().database)
    assert len(after) == 5
    old, new = before.record(real(photos / "00.png")), after.record(real(photos / "renamed.png"))
    assert (new.words.tolist(), new[3:6]) == (old.words.tolist(), old[3:6])
    assert sorted(digests_of(after).values()) == sorted(digests_of(before).values())


def test_a_renamed_folder_below_the_one_named_is_moved(photos, capsys):
    fingerprint([str(photos)])
    (photos / "copies").rename(photos / "copies of 2026")
    capsys.readouterr()
    fingerprint([str(photos)])
    assert counted(capsys) == "5 files: 2 moved, 3 unchanged"
    assert not any("/copies/" in file for file in Database(FingerprintOptions().database).files)


def test_two_pictures_with_the_same_ends_are_not_taken_for_one(tmp_path, capsys):
    """Screenshots without compression: the title bar and the task bar are the same."""
    folder = tmp_path / "screens"
    folder.mkdir()
    random = np.random.default_rng(0)
    ends = [random.integers(0, 256, (80, 300, 3), dtype=np.uint8) for _ in range(2)]
    for name in "ab":
        middle = np.kron(random.integers(0, 256, (4, 6, 3), dtype=np.uint8), np.ones((40, 50, 1), np.uint8))
        Image.fromarray(np.concatenate([ends[0], middle, ends[1]])).save(folder / f"{name}.bmp")
    later = tmp_path / "b.bmp"
    (folder / "b.bmp").rename(later)
    fingerprint([str(folder)])
    (folder / "a.bmp").unlink()
    later.rename(folder / "b.bmp")
    os.utime(folder / "b.bmp", (1, 1))
    capsys.readouterr()
    fingerprint([str(folder)])
    assert counted(capsys) == "1 file: 1 read"


def test_equal_files_that_move_together_leave_nothing_behind(photos, capsys):
    shutil.copy2(photos / "00.png", photos / "copies" / "00 again.png")
    fingerprint([str(photos)])
    (photos / "00.png").rename(photos / "first.png")
    (photos / "copies" / "00 again.png").rename(photos / "second.png")
    capsys.readouterr()
    fingerprint([str(photos)])
    assert counted(capsys) == "5 files: 2 moved, 3 unchanged"
    assert all(map(os.path.exists, Database(FingerprintOptions().database).files))


def test_what_is_on_a_drive_that_is_not_there_is_kept_and_its_copies_are_not_decoded(photos, capsys, tmp_path):
    fingerprint([str(photos)])
    elsewhere = tmp_path / "elsewhere"
    photos.rename(elsewhere)  # as of an unplugged drive: the folder itself is missing
    capsys.readouterr()
    fingerprint([str(elsewhere)], FingerprintOptions(prune=True))
    assert counted(capsys) == "5 files: 5 moved"
    assert len(Database(FingerprintOptions().database)) == 10


def test_a_file_of_the_same_digest_as_one_that_is_there_is_read(photos, capsys):
    fingerprint([str(photos)])
    file = photos / "00.png"
    (photos / "copy.png").write_bytes(file.read_bytes())
    capsys.readouterr()
    fingerprint([str(photos)])
    assert "1 read" in counted(capsys)


def test_a_damaged_database_is_told_before_any_file_is_read(photos, tmp_path, monkeypatch):
    path = tmp_path / "a.hdf"
    make(path, [record(f"/{k}", seed=k, n_bits=256, kinds="all") for k in range(6000)], x=16, kinds="all")
    raw = bytearray(path.read_bytes())
    raw[-2 * BLOCK_BYTES] ^= 1  # among the views, which no one reads before clustering
    path.write_bytes(raw)
    monkeypatch.setattr("imgcmp.commands.fingerprint.run_workers", lambda *_, **__: pytest.fail("it has begun"))
    options = FingerprintOptions(database=str(path), method="phash", x=16, views="all")
    with pytest.raises(InputError, match=r"a\.hdf is damaged \(its checksum does not match at byte"):
        fingerprint([str(photos)], options, console=QUIET)
    assert path.read_bytes() == raw


def test_prune_drops_what_is_gone(photos, capsys):
    (photos / "bad.jpg").write_bytes(b"no image")
    fingerprint([str(photos)])
    n_files = len(Database(FingerprintOptions().database))
    (photos / "02.png").unlink()
    (photos / "bad.jpg").unlink()
    fingerprint([str(photos)])
    assert len(Database(FingerprintOptions().database)) == n_files
    capsys.readouterr()
    fingerprint([str(photos)], FingerprintOptions(prune=True))
    assert "2 dropped" in counted(capsys)
    store = Database(FingerprintOptions().database)
    assert (len(store), store.failures) == (n_files - 1, {})


def test_a_file_that_could_not_be_read_is_tried_again_when_it_changes_or_with_retry(photos, capsys):
    bad = photos / "bad.jpg"
    bad.write_bytes(b"no image")
    assert fingerprint([str(photos)]).failures
    n_files = n_images_in(photos) - 1
    for options, words in ((FingerprintOptions(), "did not change"), (FingerprintOptions(retry=True), "not an image")):
        capsys.readouterr()
        outcome = fingerprint([str(photos)], options)
        assert [failure.path for failure in outcome.failures] == [real(bad)]
        assert words in capsys.readouterr().err
    bad.write_bytes(min(photos.glob("*.png")).read_bytes() + b"!")
    outcome = fingerprint([str(photos)])
    assert outcome.failures == []
    store = Database(FingerprintOptions().database)
    assert (len(store), store.failures) == (n_files + 1, {})


def test_a_file_that_cannot_be_reached_keeps_its_fingerprint(photos, monkeypatch):
    """As of a drive that fails in the middle of a run."""
    fingerprint([str(photos)])
    before = Database(FingerprintOptions().database)
    file = photos / "00.png"
    os.utime(file, ns=(1, 1))  # changed: it is to be read again
    found = find_images([str(photos)])
    file.unlink()
    monkeypatch.setattr("imgcmp.commands.reading.find_images", lambda *_args, **_options: found)
    outcome = fingerprint([str(photos)])
    assert [(failure.path, failure.is_passing) for failure in outcome.failures] == [(real(file), True)]
    assert Database(FingerprintOptions().database).files == before.files


def test_a_changed_file_that_cannot_be_read_for_now_joins_no_cluster(photos):
    shutil.copy(photos / "02.png", photos / "twin.png")
    run([str(photos)], "auto", FingerprintOptions(), console=QUIET)
    noise = np.random.default_rng(0).integers(0, 256, (3000, 3000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(photos / "twin.png")
    reading = ReadingOptions(max_memory=20_000_000)
    outcome, table = run([str(photos)], "auto", FingerprintOptions(), reading=reading, console=QUIET)
    assert [failure.path for failure in outcome.failures] == [real(photos / "twin.png")]
    store = Database(FingerprintOptions().database)
    assert real(photos / "twin.png") not in store.files
    assert "--max-memory" in store.failures[real(photos / "twin.png")].reason
    assert table.endswith("\n2 : 2")


@pytest.fixture
def with_trash(photos):
    """Put copies of the first picture into trash and thumbnails, and a link to it beside it."""
    for name in (".Trash-1000/files/00.png", "@eaDir/00.png", ".trashed-1-00.png"):
        os.makedirs(os.path.dirname(photos / name), exist_ok=True)
        shutil.copy(photos / "00.png", photos / name)
    os.link(photos / "02.png", photos / "03.png")
    return photos


OF_TRASH = "2 folders and 1 file of trash and thumbnails left out: --all-folders has them, -v lists them"
OF_LINKS = "1 file left out, found by another name already: -v lists them"


@pytest.mark.parametrize("command", [lambda *a, **k: fingerprint(*a, **k), lambda a, **k: resize(a, 0.5, **k)])
def test_what_is_left_out_is_counted_and_listed_with_v(with_trash, capsys, command):
    assert len(command([str(with_trash)], workers=1, console=Console()).files) == 5
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [OF_TRASH, OF_LINKS]
    command([str(with_trash)], workers=1, console=Console(1))
    lines = capsys.readouterr().err.splitlines()
    folder = real(with_trash)
    assert f"{folder}/.Trash-1000/: left out (trash)" in lines
    assert f"{folder}/.trashed-1-00.png: left out (trash)" in lines
    assert f"{folder}/@eaDir/: left out (thumbnails)" in lines
    assert f"{folder}/03.png: left out (another name of {folder}/02.png)" in lines
    command([str(with_trash)], workers=1, console=QUIET)
    assert capsys.readouterr().err == ""
    found = command([str(with_trash)], reading=ReadingOptions(all_folders=True), workers=1, console=Console())
    assert len(found.files) == 8
    assert "left out: --all-folders" not in capsys.readouterr().err


def test_where_all_is_left_out_the_switch_is_named(tmp_path):
    save_distinct(tmp_path / "x" / ".thumbnails", 1)
    with pytest.raises(InputError) as raised:
        fingerprint([str(tmp_path / "x")], console=QUIET)
    assert "no images found in" in str(raised.value)
    assert "(1 folder of thumbnails left out: all_folders=True searches them)" in str(raised.value)


def test_what_an_earlier_run_knew_of_the_trash_is_grouped_by_no_run_and_goes_with_prune(with_trash, tmp_path):
    database, lists = str(tmp_path / "db.hdf"), str(tmp_path / "c.json")
    options = FingerprintOptions(database=database)
    everything = ReadingOptions(all_folders=True)
    (with_trash / ".Trash-1000" / "files" / "bad.jpg").write_bytes(b"no image")
    fingerprint([str(with_trash)], options, reading=everything, workers=1, console=QUIET)
    assert len(Database(database)) == 8
    assert len(Database(database).failures) == 1
    outputs = ClusterOptions(folder=str(tmp_path / "o"), json=lists)
    run([str(with_trash)], 0.1, options, outputs, workers=1, console=QUIET)
    assert clusters_in(tmp_path / "c.json")[0][0] == real(with_trash / "00.png")
    assert ".Trash" not in (tmp_path / "c.json").read_text()
    cluster(0.1, outputs, database=database, console=QUIET)
    assert ".Trash" in (tmp_path / "c.json").read_text(), "cluster groups whatever the database holds"
    pruning = FingerprintOptions(database=database, prune=True)
    named = str(with_trash / "@eaDir" / "00.png")
    fingerprint([str(with_trash), named], pruning, workers=1, console=QUIET)
    kept = Database(database).files
    assert len(kept) == 6
    assert real(named) in kept
    assert not [file for file in kept if "rash" in file]
    assert Database(database).failures == {}
