"""Files that changed and hardly show it, files that did not and look as if, and dates that no number was made for."""

import os
import shutil

import numpy as np
import pytest
from pictures import ORIENTATION_TAG, photograph
from PIL import Image

from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.options import FingerprintOptions
from imgcmp.database.database import Database
from imgcmp.database.verification import find_faults
from imgcmp.fingerprints.fingerprint import fingerprint as words_of

DAY = 1_700_000_000 * 10**9


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def update(folder, tmp_path, capsys):
    """Bring the folder into a database; return it, and what the last line says became of the files."""

    def update(**options):
        fingerprint([str(folder)], FingerprintOptions(database=str(tmp_path / "a.hdf"), x=16, **options), workers=1)
        summary = capsys.readouterr().err.splitlines()[-1]
        return Database(tmp_path / "a.hdf"), summary.split(";")[0].split(": ", 1)[1]

    return update


def save(picture, path, time_ns=DAY, **options):
    picture.save(path, **options)
    os.utime(path, ns=(time_ns, time_ns))


def assert_as_if_read_anew(store, folder):
    expected = {str(path): words_of(path, x=16).tolist() for path in folder.iterdir()}
    assert dict(zip(store.files, store.words.tolist(), strict=True)) == expected


def exif(orientation):
    tags = Image.Exif()
    tags[ORIENTATION_TAG] = orientation
    return tags


def test_a_photograph_turned_by_its_tag_alone_is_read_again(folder, update):
    picture = photograph("coffee.png")
    save(picture, folder / "a.jpg", exif=exif(1))
    size = (folder / "a.jpg").stat().st_size
    update()
    save(picture, folder / "a.jpg", exif=exif(6))
    assert ((folder / "a.jpg").stat().st_size, (folder / "a.jpg").stat().st_mtime_ns) == (size, DAY)
    store, told = update()
    assert told == "1 read"
    assert (store.width.tolist(), store.height.tolist()) == ([picture.height], [picture.width])
    assert_as_if_read_anew(store, folder)
    assert update()[1] == "1 unchanged"


def test_two_files_of_one_size_and_time_that_swap_names_keep_their_own_fingerprints(folder, update):
    for name, photo in (("a.bmp", "coffee.png"), ("b.bmp", "chelsea.png")):
        save(photograph(photo).convert("RGB").resize((300, 200)), folder / name)
    update()
    os.rename(folder / "a.bmp", folder / "c")
    os.rename(folder / "b.bmp", folder / "a.bmp")
    os.rename(folder / "c", folder / "b.bmp")
    store, _ = update()
    assert_as_if_read_anew(store, folder)


def test_compressed_files_that_swap_names_are_not_decoded_again(folder, update):
    for name, photo in (("a.jpg", "coffee.png"), ("b.jpg", "chelsea.png")):
        save(photograph(photo).convert("RGB"), folder / name, quality=90)
    size = max(path.stat().st_size for path in folder.iterdir())
    for path in folder.iterdir():
        with open(path, "ab") as file:
            file.truncate(size)
        os.utime(path, ns=(DAY, DAY))
    update()
    os.rename(folder / "a.jpg", folder / "c")
    os.rename(folder / "b.jpg", folder / "a.jpg")
    os.rename(folder / "c", folder / "b.jpg")
    store, told = update()
    assert told == "2 moved"
    assert_as_if_read_anew(store, folder)
    assert update()[1] == "2 unchanged"


def test_a_file_whose_status_alone_changed_is_not_decoded_again(folder, update):
    save(photograph("coffee.png"), folder / "a.png")
    before, _ = update()
    os.chmod(folder / "a.png", 0o600)
    os.link(folder / "a.png", folder.parent / "backup.png")
    store, told = update()
    assert told == "1 unchanged"
    assert store.ctime_ns[0] > before.ctime_ns[0]
    assert store.words.tolist() == before.words.tolist()
    before = os.stat(store.path)
    assert update()[1] == "1 unchanged"
    assert os.stat(store.path).st_mtime_ns == before.st_mtime_ns


def test_an_uncompressed_scan_that_was_changed_where_no_digest_looks_is_read_again(folder, update):
    pixels = np.full((1200, 900), 255, np.uint8)
    pixels[100:1100, 100:800] = np.asarray(photograph("coffee.png").convert("L").resize((700, 1000)))
    save(Image.fromarray(pixels), folder / "scan.bmp")
    update()
    for row in range(130, 1070, 7):
        pixels[row : row + 3, 120:780] //= 2
    save(Image.fromarray(pixels), folder / "scan.bmp")
    store, told = update()
    assert told == "1 read"
    assert_as_if_read_anew(store, folder)


def test_a_scan_of_the_size_margins_and_time_of_one_that_is_gone_is_another(folder, update):
    for number, photo in enumerate(("coffee.png", "chelsea.png")):
        page = Image.new("RGB", (900, 1200), "white")
        page.paste(photograph(photo).convert("RGB").resize((800, 1000)), (50, 100))
        save(page, folder.parent / f"scan{number}.bmp")
    shutil.copy2(folder.parent / "scan0.bmp", folder)
    update()
    os.unlink(folder / "scan0.bmp")
    shutil.copy2(folder.parent / "scan1.bmp", folder)
    store, told = update(prune=True)
    assert told.startswith("1 read")
    assert_as_if_read_anew(store, folder)


def test_a_broken_file_that_was_mended_in_place_is_read(folder, update):
    save(photograph("coffee.png"), folder / "a.png")
    whole = (folder / "a.png").read_bytes()
    (folder / "a.png").write_bytes(bytes(1000) + whole[1000:])
    os.utime(folder / "a.png", ns=(DAY, DAY))
    assert update()[1] == "1 failed"
    assert update()[1] == "1 failed"
    (folder / "a.png").write_bytes(whole)
    os.utime(folder / "a.png", ns=(DAY, DAY))
    assert update()[1] == "1 read"


@pytest.mark.parametrize("year", [1601, 1676, 1902, 1969, 2262, 2300, 2446])
@pytest.mark.parametrize("is_broken", [False, True])
def test_a_file_of_any_date_is_kept_and_known_again(folder, update, year, is_broken):
    save(photograph("coffee.png"), folder / "good.png")
    update()
    odd = folder / "odd.png"
    save(photograph("chelsea.png"), odd)
    if is_broken:
        odd.write_bytes(b"no picture")
    seconds = int((np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype("timedelta64[s]").astype(int))
    try:
        os.utime(odd, ns=(seconds * 10**9, seconds * 10**9))  # or the nearest that the file system has room for
    except OSError:
        pytest.skip(f"this file system has no dates of {year}")
    store, told = update()
    assert (len(store) + len(store.failures), find_faults(store.path)) == (2, [])
    assert told == ("1 unchanged, 1 failed" if is_broken else "1 read, 1 unchanged")
    assert update()[1] == ("1 unchanged, 1 failed" if is_broken else "2 unchanged")
    assert store.mtime_ns.dtype == np.int64
