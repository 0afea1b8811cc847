"""Fingerprinting camera files, against nothing but decoding them; and against imagehash."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import icc
import imagehash
import pytest
import simplejpeg
from PIL import Image

import imgcmp
from imgcmp.cli.main import main
from imgcmp.system.threads import worker_count

COPIES = 10


@pytest.fixture(scope="module")
def camera():
    folder = os.environ.get("IMGCMP_TEST_DATA")
    if not folder:
        pytest.skip("IMGCMP_TEST_DATA is not set")
    return sorted(Path(folder, "camera").glob("*.jpg"))


@pytest.fixture(scope="module")
def collection(camera, tmp_path_factory):
    """Return ten copies of each camera file, with one byte appended so that their contents differ."""
    folder = tmp_path_factory.mktemp("camera")
    for file in camera:
        for number in range(COPIES):
            (folder / f"{file.stem}_{number}.jpg").write_bytes(file.read_bytes() + bytes([number]))
    return folder


@pytest.fixture
def fingerprint(run_python, tmp_path):
    """Run the command on a file or a folder, with a new database."""
    numbers = count()

    def run(path, *options):
        database = tmp_path / f"{next(numbers)}.hdf"
        run_python("-m", "imgcmp", "fingerprint", path, "-q", "-f", database, *options)

    return run


def decode(file):
    simplejpeg.decode_jpeg(file.read_bytes(), colorspace="GRAY", min_height=1, min_width=1, min_factor=8)


def test_against_decoding_alone(ratio, collection, fingerprint):
    files = sorted(collection.iterdir())

    def decode_all():
        with ThreadPoolExecutor(worker_count(None)) as pool:
            list(pool.map(decode, files))

    ratio(
        "fingerprint 360 camera files",
        lambda: fingerprint(collection),
        decode_all,
        "simplejpeg decoding them at 1/8 scale on all cores",
        less=lambda: fingerprint(files[0]),
        required=0.9,
        at_least=0.7,
    )


@pytest.mark.parametrize("quality", [90, 75])
def test_progressive_against_decoding_alone(ratio, camera, tmp_path, quality):
    """Of quality 90 the first scan is read, of quality 75 also the last bit of the means: half of the file."""
    files = []
    for file in camera[::3]:
        with Image.open(file) as image:
            sides = (3264, 2448) if image.width > image.height else (2448, 3264)
            progressive = image.convert("RGB").resize(sides, Image.Resampling.BICUBIC)
        files.append(tmp_path / file.name)
        progressive.save(files[-1], quality=quality, progressive=True)

    ratio(
        f"fingerprint {len(files)} progressive JPEG of 8 megapixels, quality {quality}, one core",
        lambda: [imgcmp.fingerprint(file, x=16) for file in files],
        lambda: [decode(file) for file in files],
        "simplejpeg decoding them at 1/8 scale",
        required=3,
        at_least=2,
    )


def test_against_one_worker(ratio, collection, fingerprint):
    ratio(
        "fingerprint 360 camera files, 2 workers",
        lambda: fingerprint(collection, "-n", "2"),
        lambda: fingerprint(collection, "-n", "1"),
        "one worker",
        rounds=5,
        less=lambda: fingerprint(sorted(collection.iterdir())[0]),
        less_of_both=True,
        required=1.8,
    )


@pytest.mark.parametrize(
    ("method", "peer"),
    [("phash", imagehash.phash), ("ahash", imagehash.average_hash), ("dhash", imagehash.dhash)],
)
def test_against_imagehash(ratio, camera, method, peer):
    def peers():
        for file in camera:
            with Image.open(file) as image:
                peer(image)

    ratio(
        f"{method} of 36 camera files, one core",
        lambda: [imgcmp.fingerprint(file, method=method) for file in camera],
        peers,
        f"imagehash.{peer.__name__}",
        rounds=3,
    )


@pytest.mark.parametrize(("suffix", "side"), [(".jpg", None), (".png", 1000), (".webp", 1000), (".png", 400)])
def test_a_colour_profile(ratio, camera, tmp_path, suffix, side):
    """Pictures whose numbers are converted to sRGB, against the same ones without a profile."""
    files = {"with": [], "without": []}
    for file in camera:
        with Image.open(file) as image:
            image.draft("RGB", (side or image.width,) * 2)
            picture = image.convert("RGB")
        if side is not None:
            picture.thumbnail((side, side))
        for kind, profile in (("with", icc.rgb_profile(icc.DISPLAY_P3, None)), ("without", None)):
            path = tmp_path / f"{file.stem} {kind}{suffix}"
            picture.save(path, icc_profile=profile, quality=90)
            files[kind].append(path)
    ratio(
        f"36 {suffix[1:].upper()} {f'of {side} pixels' if side else 'camera files'} in Display P3, one core",
        lambda: [imgcmp.fingerprint(file, x=16) for file in files["with"]],
        lambda: [imgcmp.fingerprint(file, x=16) for file in files["without"]],
        "without a profile",
        rounds=5,
        required=1 / 1.1,
        at_least=0.75,
    )


def with_views(ratio, name, files, required):
    """Fingerprint files with all views, at the recommended x, and without."""
    ratio(
        f"fingerprint {len(files)} {name} with all views, one core",
        lambda: [imgcmp.fingerprint_views(file, x=16) for file in files],
        lambda: [imgcmp.fingerprint(file, x=16) for file in files],
        "without views",
        rounds=5,
        required=required,
        at_least=0.4,
    )


def test_views_of_camera_files(ratio, camera):
    with_views(ratio, "camera files", camera, 1 / 1.25)


def test_views_of_small_files(ratio, camera, tmp_path):
    files = []
    for number, file in enumerate(camera * 3):
        with Image.open(file) as image:
            image.draft("RGB", (1000, 1000))
            image.thumbnail((500, 500))
            image.save(tmp_path / f"{number}.jpg", quality=85)
            files.append(tmp_path / f"{number}.jpg")
    with_views(ratio, "files of 500 pixels", files, 1 / 2)


def test_nothing_changed(ratio, collection, tmp_path):
    """A second run reads no file again."""
    command = ["fingerprint", str(collection), "-q", "-f", str(tmp_path / "fingerprints.hdf")]
    main(command)

    def stat_all():
        for entry in os.scandir(collection):
            entry.stat()

    ratio(
        "fingerprint 360 unchanged files",
        lambda: main(command),
        stat_all,
        "listing and stat'ing them",
        rounds=15,
        at_least=0.02,
    )
