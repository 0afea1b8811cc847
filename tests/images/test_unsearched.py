"""What is not searched unless it is named: trash, thumbnails, caches, old versions."""

import os

import pytest

from imgcmp.images.find_images import find_images
from imgcmp.images.image_file import PassedOver
from imgcmp.images.unsearched import CACHE_TAG_START, kind_left_out, told_kinds

LEFT_OUT = {
    ".Trash/a.jpg": "trash",
    ".Trash-1000/files/a.jpg": "trash",
    ".Trashes/501/a.jpg": "trash",
    ".local/share/Trash/files/a.jpg": "trash",
    "$RECYCLE.BIN/S-1-5-21/$R123.jpg": "trash",
    "$Recycle.Bin/S-1-5-21/$R123.jpg": "trash",
    "RECYCLER/S-1-5-21/Dc1.jpg": "trash",
    "share/#recycle/a.jpg": "trash",
    "@Recycle/a.jpg": "trash",
    ".thumbnails/normal/a.png": "thumbnails",
    "DCIM/.thumbnails/1.jpg": "thumbnails",
    "album/@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg": "thumbnails",
    "album/.@__thumb/a.jpg": "thumbnails",
    "My.photoslibrary/resources/derivatives/0/a.jpeg": "thumbnails",
    "My.photoslibrary/resources/derivatives/masters/0/a.jpeg": "thumbnails",
    "My.photoslibrary/scopes/cloudsharing/resources/derivatives/a.jpeg": "thumbnails",
    "My.photoslibrary/resources/caches/a.jpeg": "caches",
    "My.photoslibrary/private/com.apple.mediaanalysisd/caches/a.jpg": "caches",
    "Old.photolibrary/Thumbnails/2014/a.jpg": "thumbnails",
    "A.aplibrary/Previews/2010/a.jpg": "thumbnails",
    "Catalog Previews.lrdata/0/00AA/a.jpg": "thumbnails",
    "Catalog Smart Previews.lrdata/0/00AA/a.dng": "thumbnails",
    "shoot/CaptureOne/Cache/Proxies/a.jpg": "thumbnails",
    ".cache/thumbnails/large/a.png": "caches",
    "tagged/a.jpg": "caches",
    ".stversions/a.jpg": "old versions",
    "@Recently-Snapshot/GMT+01_2026/a.jpg": "old versions",
    "repository/.git/lfs/objects/a.png": "old versions",
    "System Volume Information/a.jpg": "the system",
    "lost+found/#123.jpg": "the system",
    ".Spotlight-V100/a.jpg": "the system",
    "DCIM/Camera/.trashed-1766666666-IMG_1.jpg": "trash",
}
SEARCHED = [
    "a.jpg",
    ".hidden/a.jpg",
    ".picasaoriginals/a.jpg",
    "My.photoslibrary/originals/0/a.jpeg",
    "My.photoslibrary/Masters/2014/a.jpg",
    "My.photoslibrary/resources/renders/0/a.jpeg",
    "Old.photolibrary/Masters/2014/a.jpg",
    "Trash/a.jpg",
    "Thumbnails/a.jpg",
    "derivatives/a.jpg",
    "Previews/a.jpg",
    "Cache/a.jpg",
    "not tagged/a.jpg",
    "repository/.git/annex/objects/a.jpg",
    "DCIM/Camera/IMG_1.jpg",
]


@pytest.fixture
def disk(tmp_path):
    """Make a disk with all of these."""
    for name in [*LEFT_OUT, *SEARCHED]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "tagged" / "CACHEDIR.TAG").write_bytes(CACHE_TAG_START + b"\n# made by a program\n")
    (tmp_path / "not tagged" / "CACHEDIR.TAG").write_text("words")
    return tmp_path


def inside(disk, found):
    return {os.path.relpath(file.path, os.path.realpath(disk)) for file in found.files}


def test_they_are_left_out_and_told(disk):
    found = find_images([str(disk)])
    assert inside(disk, found) == set(SEARCHED)
    for name, kind in LEFT_OUT.items():
        path = os.path.join(os.path.realpath(disk), name)
        assert [place.reason for place in found.left_out if path.startswith(place.path)] == [kind], name


def test_all_of_them_can_be_had(disk):
    found = find_images([str(disk)], all_folders=True)
    assert inside(disk, found) == {*SEARCHED, *LEFT_OUT}
    assert found.left_out == []


@pytest.mark.parametrize("name", [name for name in LEFT_OUT if not os.path.basename(name).startswith(".trashed")])
def test_each_is_searched_if_it_is_named(disk, name):
    folder = disk
    for part in name.split("/")[:-1]:
        folder /= part
        if kind_left_out(str(folder)) or part == "tagged":
            break
    assert name in inside(disk, find_images([str(folder)]))
    both = find_images([str(disk), str(folder)])
    assert name in inside(disk, both)
    assert os.path.join(os.path.realpath(folder), "") not in [place.path for place in both.left_out]
    assert name in inside(disk, find_images([str(disk / name)]))


def test_kinds_are_told_in_words():
    places = [PassedOver(f"/{k}/", kind) for k, kind in enumerate(["thumbnails", "trash", "caches", "trash"])]
    assert told_kinds(places) == "trash, thumbnails and caches"
    assert told_kinds(places[1:2]) == "trash"
    assert told_kinds(places[:2]) == "trash and thumbnails"
