import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from pictures import save_distinct

from imgcmp import FileFingerprints, fingerprint, fingerprint_files, fingerprint_views
from imgcmp.system import processes
from imgcmp.system.processes import WorkerDied


@pytest.fixture
def photos(tmp_path):
    save_distinct(tmp_path / "photos", 5)
    return tmp_path / "photos"


def real(paths):
    return [os.path.realpath(path) for path in paths]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_words_are_those_of_each_file(photos, workers):
    found = fingerprint_files(photos, workers=workers)
    assert isinstance(found, FileFingerprints)
    assert (found.files, found.failures) == (real(sorted(photos.iterdir())), [])
    assert (found.words.dtype, found.views.dtype, found.views.shape) == (np.uint64, np.uint64, (5, 0, 1))
    np.testing.assert_array_equal(found.words, [fingerprint(path) for path in found.files])


def test_the_kind_and_the_views_are_those_asked_for(photos):
    found = fingerprint_files(photos, x=np.int8(11), method="dhash", views="flips,crops", workers=2)
    kind = {"x": 11, "method": "dhash"}
    expected = np.stack([fingerprint_views(path, views="crops,flips", **kind) for path in found.files])
    np.testing.assert_array_equal(found.words, expected[:, 0])
    np.testing.assert_array_equal(found.views, expected[:, 1:])


def test_order_is_that_of_the_paths_each_file_once(photos):
    names = [photos / f"0{k}.png" for k in (3, 1, 2)]
    found = fingerprint_files(iter([*names, str(names[0]), photos]), workers=2)
    assert found.files == real([*names, photos / "00.png", photos / "04.png"])
    one = fingerprint_files(str(names[1]), workers=1)
    assert one.files == real(names[1:2])
    np.testing.assert_array_equal(one.words[0], found.words[1])


def test_bad_files_are_named_and_stop_nothing(photos):
    (photos / "bad.jpg").write_bytes(b"no image")
    (photos / "empty.jpg").touch()
    shutil.copy(photos / "00.png", photos / "cut.png")
    os.truncate(photos / "cut.png", 200)
    found = fingerprint_files([photos, photos / "nowhere.jpg", "/dev/null"], workers=2)
    assert len(found.files) == len(found.words) == 5
    reasons = {os.path.basename(failure.path): failure.reason for failure in found.failures}
    assert set(reasons) == {"bad.jpg", "empty.jpg", "cut.png", "nowhere.jpg", "null"}
    assert reasons["empty.jpg"] == "empty file"
    assert reasons["nowhere.jpg"] == "no such file or directory"


def test_a_file_that_kills_its_worker_is_named(photos, monkeypatch):
    limits = {}

    def run(task, items, **given):
        limits.update(given)
        for file in items[::-1]:
            bad = file.path.endswith("02.png")
            yield file, WorkerDied("crashed its decoder (SIGSEGV)") if bad else task(file)

    monkeypatch.setattr(processes, "run", run)
    found = fingerprint_files(photos, workers=3, timeout_s=7, max_memory=2**30)
    assert limits == {"workers": 3, "timeout_s": 7.0, "max_memory": 2**30}
    assert [os.path.basename(path) for path in found.files] == ["00.png", "01.png", "03.png", "04.png"]
    assert [failure.reason for failure in found.failures] == ["crashed its decoder (SIGSEGV)"]
    np.testing.assert_array_equal(found.words, [fingerprint(path) for path in found.files])


def test_too_little_memory_fails_each_file(photos):
    found = fingerprint_files(photos, workers=1, max_memory=0)
    assert (found.files, found.words.shape) == ([], (0, 1))
    assert all(failure.is_passing and "may be used" in failure.reason for failure in found.failures)


@pytest.mark.parametrize("paths", [[], ()])
def test_no_files_have_no_fingerprints(paths):
    found = fingerprint_files(paths, x=16, views="turns")
    assert (found.files, found.failures) == ([], [])
    assert found.words.shape == (0, 4)
    assert found.views.shape == (0, fingerprint_views(np.zeros((9, 9), np.uint8), views="turns").shape[0] - 1, 4)


@pytest.mark.parametrize(
    ("paths", "options", "error", "message"),
    [
        (5, {}, TypeError, "paths must be a path, or an iterable of them; got 5"),
        ([None], {}, TypeError, "each of paths must be a path; got None"),
        ([], {"x": True}, TypeError, "x must be an integer; got True"),
        ([], {"x": 1}, ValueError, r"x must be in 2\.\.64; got 1"),
        ([], {"method": "md5"}, ValueError, "method must be one of phash, ahash, dhash; got 'md5'"),
        ([], {"views": "dreams"}, ValueError, "views must be all, none, or some of"),
        ([], {"workers": 0}, ValueError, "workers must be at least 1; got 0"),
        ([], {"timeout_s": 0}, ValueError, "timeout_s must be above 0 seconds; got 0"),
        ([], {"timeout_s": "long"}, TypeError, "timeout_s must be a number of seconds; got 'long'"),
        ([], {"max_memory": -1}, ValueError, "max_memory must be at least 0 bytes; got -1"),
        ([], {"max_memory": 1e9}, TypeError, "max_memory must be an integer"),
    ],
)
def test_errors(paths, options, error, message):
    with pytest.raises(error, match=message):
        fingerprint_files(paths, **options)


SCRIPT = """
import sys
import imgcmp
print("once")
found = imgcmp.fingerprint_files(sys.argv[1:], workers=2)
print(len(found.words), len(found.failures))
"""


def test_a_script_needs_no_guard(photos, tmp_path):
    """Worker processes must not run the script that starts them."""
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, str(tmp_path / "script.py"), str(photos)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("once\n5 0\n", "")
