import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from pictures import photograph, save_distinct
from PIL import Image, ImageOps

from imgcmp import Cluster, Duplicates, InputError, find_duplicates
from imgcmp.commands.console import Console
from imgcmp.commands.options import ClusterOptions
from imgcmp.commands.resize import resize
from imgcmp.commands.run import run

QUIET = Console(quiet=True)


@pytest.fixture
def photos(tmp_path):
    """Save pictures that differ, with copies of all kinds of some, flat ones, and bad files."""
    folder = tmp_path / "photos"
    save_distinct(folder, 4)
    (folder / "copies").mkdir()
    shutil.copy(folder / "00.png", folder / "copies" / "00 again.png")
    shutil.copy(folder / "00.png", folder / "copies" / "00 and again.png")
    with Image.open(folder / "01.png") as image:
        image.save(folder / "copies" / "01.webp", quality=95)
    cat = photograph("chelsea.png")
    cat.save(folder / "cat.png")
    ImageOps.mirror(cat).save(folder / "copies" / "cat mirrored.png")
    for name in ("blank.png", "blank too.bmp"):
        Image.new("L", (300, 200), "white").save(folder / name)
    (folder / "bad.jpg").write_bytes(b"no image")
    (folder / "empty.jpg").touch()
    return folder


def names(files):
    return [os.path.basename(file) for file in files]


def test_groups_are_those_of_run_with_its_defaults(photos, tmp_path):
    run([str(photos)], 0.3, cluster_options=ClusterOptions(json=str(tmp_path / "c.json")), workers=2, console=QUIET)
    expected = json.loads((tmp_path / "c.json").read_text())
    shutil.rmtree(tmp_path / "home of imgcmp")
    found = find_duplicates(photos, workers=2)
    assert isinstance(found, Duplicates)
    groups = [
        {"files": group.files, "diameter_bits": group.diameter_bits, "members": [m._asdict() for m in group.members]}
        for group in found.groups
    ]
    assert groups == expected["clusters"]
    assert (found.flat, found.n_images) == (expected["flat"], expected["n_images"])
    assert not (tmp_path / "home of imgcmp").exists()  # nothing was written


def test_groups_members_flat_ones_and_failures(photos):
    found = find_duplicates(str(photos), workers=2)
    assert all(isinstance(group, Cluster) for group in found.groups)
    relations = {tuple(names(group.files)): [member.relation for member in group.members] for group in found.groups}
    assert relations == {
        ("00.png", "00 again.png", "00 and again.png"): ["best", "identical file", "identical file"],
        ("01.png", "01.webp"): ["best", "re-encoded or resized"],
        ("blank too.bmp", "blank.png"): ["best", "identical pixels"],
        ("cat.png", "cat mirrored.png"): ["best", "turned or mirrored"],
    }
    assert names(found.flat) == ["blank too.bmp", "blank.png"]
    assert [(os.path.basename(failure.path), failure.reason) for failure in found.failures] == [
        ("bad.jpg", "not an image, or of a kind that is not supported"),
        ("empty.jpg", "empty file"),
    ]
    assert found.n_images == 11


def test_parameters_are_those_of_run(photos, tmp_path):
    paths = [photos / "copies", photos / "00.png", photos / "cat.png", photos / "nowhere.png"]
    found = find_duplicates(
        iter(paths), sim=0, x=8, method="dhash", views="none", linkage="single", exclude="*and again*", workers=1
    )
    assert sorted(map(names, (group.files for group in found.groups))) == [["00.png", "00 again.png"]]
    assert [failure.reason for failure in found.failures] == ["no such file or directory"]
    assert len(find_duplicates(paths, sim=1, exclude=["*.webp", "copies"], workers=2).groups[0].files) == 2


def test_a_resized_copy_and_its_original_are_one_image(photos, imgcmp_home):
    resize([str(photos)], 0.5, workers=1, console=QUIET)
    with_copies = find_duplicates([photos, imgcmp_home / "convert"], workers=2)
    alone = find_duplicates(photos, workers=2)
    assert [group.files for group in with_copies.groups] == [group.files for group in alone.groups]
    assert with_copies.n_images == alone.n_images == 11


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"sim": 1.1}, ValueError, r"sim must be in 0\.\.1; got 1\.1"),
        ({"sim": True}, TypeError, r"sim must be a number in 0\.\.1; got True"),
        ({"x": 65}, ValueError, r"x must be in 2\.\.64; got 65"),
        ({"method": "average"}, ValueError, "method must be one of phash, ahash, dhash; got 'average'"),
        ({"views": "some"}, ValueError, "views must be all, none, or some of"),
        ({"linkage": "ward"}, ValueError, "linkage must be one of .*; ward is for Euclidean distances"),
        ({"linkage": "phash"}, ValueError, "linkage must be one of .*; got 'phash'"),
        ({"exclude": "/home"}, InputError, "exclude takes globs .*; got '/home'"),
        ({"exclude": 5}, TypeError, "exclude must be a glob, or an iterable of them; got 5"),
        ({"exclude": [5]}, TypeError, r"exclude must be a glob, or an iterable of them; got \[5\]"),
        ({"workers": 0}, ValueError, "workers must be at least 1; got 0"),
        ({"timeout_s": float("nan")}, ValueError, "timeout_s must be above 0 seconds; got nan"),
        ({"max_memory": -1}, ValueError, "max_memory must be at least 0 bytes; got -1"),
    ],
)
def test_errors_come_before_any_file_is_read(tmp_path, monkeypatch, options, error, message):
    save_distinct(tmp_path, 1)
    monkeypatch.setattr("imgcmp.system.processes.run", pytest.fail)
    with pytest.raises(error, match=message):
        find_duplicates(tmp_path, **options)


def test_no_images_are_an_error_that_speaks_of_parameters(tmp_path):
    with pytest.raises(InputError, match="^no images found in .*: name image files or folders of them$"):
        find_duplicates(tmp_path)
    save_distinct(tmp_path, 1)
    with pytest.raises(InputError, match="^no images found in .* that exclude leaves: name image files"):
        find_duplicates(tmp_path, exclude=["*.png"])


@pytest.mark.parametrize(
    ("paths", "error", "message"),
    [
        ([], InputError, "no images are named: name image files or folders of them"),
        (None, TypeError, "paths must be a path, or an iterable of them; got None"),
        (["a", 5], TypeError, "each of paths must be a path; got 5"),
        ("a\0b", ValueError, "paths must hold no NUL; got 'a.x00b'"),
    ],
)
def test_what_are_no_paths_are_refused(paths, error, message):
    with pytest.raises(error, match=message):
        find_duplicates(paths)


def test_the_order_of_the_files_and_the_number_of_workers_do_not_matter(photos):
    files = sorted(path for path in photos.rglob("*") if path.is_file())
    first = find_duplicates(files, workers=1)
    for seed, workers in ((0, 2), (1, 3)):
        shuffled = np.random.default_rng(seed).permutation(np.array(files, object)).tolist()
        assert find_duplicates(shuffled, workers=workers) == first


def test_a_script_needs_no_guard(photos, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys, imgcmp\nprint(len(imgcmp.find_duplicates(sys.argv[1], workers=2).groups))\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, str(script), str(photos)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("4\n", "")
