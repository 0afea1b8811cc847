"""Odd files of many kinds, and what is said of them: what became of the file, without a word of programs."""

import gzip
import io
import random
import re
import zipfile

import pytest
from pictures import photograph

from imgcmp.errors import UnreadableImageError
from imgcmp.fingerprints.fingerprint import fingerprint_file

FORMATS = (
    *("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "JPEG2000", "AVIF"),
    *("ICO", "PPM", "TGA", "SGI", "PCX", "DDS", "QOI", "ICNS"),
)
SUFFIXES = ("jpg", "png", "tif", "heic", "nef", "psd", "webp", "tga", "pcx", "jxl", "svg", "jp2", "xbm")
SAYS = re.compile(
    r"empty file|.*\b(damaged|cut off|cut short|not an image|of a kind that is not supported|is not read)\b"
    r"|needs [\d.]+ .?B to decode|too many pixels|.*: install imgcmp\[formats\] to read it"
)
OF_PROGRAMS = re.compile(
    r"decoder|buffer|error|exception|object|argument|tile\b|codec|None|NULL|0x|\(\)|<|>|b'|\w_\w|\bint\b"
    r"|errno|stream|libjpeg|libtiff|Traceback|assert|IHDR|IDAT",
    re.IGNORECASE,
)


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "text")
    return file.getvalue()


NO_IMAGES = {
    "text": b"Dear all,\nthis is no picture\n" * 20,
    "page": b"<!DOCTYPE html><html><body>404 not found</body></html>",
    "zip": zipped(),
    "gzip": gzip.compress(bytes(999)),
    "program": b"\x7fELF" + bytes(500),
    "film": b"\0\0\0\x18ftypmp42" + bytes(500),
    "empty": b"",
    "zeros": bytes(4000),
    "noise": random.Random(0).randbytes(5000),
    "encrypted": b"Salted__" + random.Random(1).randbytes(5000),
    "beside": b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(200),  # what a Mac puts beside a file
    "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n",
    "hdf": b"\x89HDF\r\n\x1a\n" + bytes(300),
    "one byte": b"\xff",
}


def said_of(path, data):
    """Return what is said of a file; None if it is read after all."""
    path.write_bytes(data)
    try:
        fingerprint_file(str(path), x=8, method="phash")
    except UnreadableImageError as error:
        return str(error)
    return None


def spoilt(data, chance):
    """Yield a file in all ways in which disks and people spoil files."""
    for size in (1, 4, 8, 16, 30, 64, 200, len(data) // 2, len(data) - 1):
        yield data[:size]
    for n_bytes in (1, 3, 20, 20):
        changed = bytearray(data)
        for _ in range(n_bytes):
            changed[chance.randrange(min(len(data), 200))] = chance.randrange(256)
        yield bytes(changed)
    yield b"XXXX" + data[4:]
    yield data[:12] + bytes(len(data) - 12)
    yield data[:20] + chance.randbytes(2000)
    yield data.replace(b"\n", b"\r\n")


def assert_plain(reasons):
    for reason in reasons - {None}:
        assert SAYS.match(reason), reason
        assert not OF_PROGRAMS.search(reason), reason


@pytest.mark.parametrize("form", FORMATS)
def test_damaged_files(tmp_path, form):
    whole = io.BytesIO()
    photograph().convert("RGB").resize((96, 64)).save(whole, form)
    pieces = spoilt(whole.getvalue(), random.Random(form))
    reasons = {said_of(tmp_path / f"{number}.{form.lower()}", data) for number, data in enumerate(pieces)}
    assert reasons != {None}
    assert_plain(reasons)


@pytest.mark.parametrize("kind", NO_IMAGES)
def test_files_that_are_no_images_by_any_name(tmp_path, kind):
    reasons = {said_of(tmp_path / f"a.{suffix}", NO_IMAGES[kind]) for suffix in SUFFIXES}
    assert None not in reasons
    assert_plain(reasons)
