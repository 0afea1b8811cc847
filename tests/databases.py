"""Databases to test with: whole ones, old ones, and such as only a hand could make."""

import hashlib
import os
from pathlib import Path

import h5py
import numpy as np

from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.schema import FACTS, FORMAT, NOTES, USER_BLOCK_BYTES, VERSION
from imgcmp.database.user_block import UserBlock
from imgcmp.fingerprints.packing import pack
from imgcmp.fingerprints.views import view_names
from imgcmp.images.image_file import ImageFile

ODD_NAMES = ["/a b.jpg", os.fsdecode(b"/caf\xe9\xff.jpg"), "/new\nline.jpg", "/名🙂.jpg", "/" + "x" * 3000]


def record(
    path,
    *,
    source="",
    seed=0,
    n_bits=64,
    size=10,
    mtime_ns=1_700_000_000_123_456_789,
    width=640,
    height=480,
    digest=bytes(16),
    kinds="none",
    detail=50,
    pixels=bytes(16),
    **held,
):
    words = pack(np.random.default_rng(seed).random((1 + len(view_names(kinds)), n_bits)) < 0.5)
    file = ImageFile(path, size, mtime_ns)
    return ImageRecord(file, source, words[0], width, height, digest, words[1:], detail, pixels, **held)


def contents(store):
    """Return all that a database holds, comparable by ==."""
    facts = zip(*(getattr(store, name).tolist() for name in FACTS), strict=True)
    columns = (store.words.tolist(), store.views.tolist(), store.digests.tolist(), store.pixels.tolist())
    notes = (getattr(store, name) for name in NOTES)
    rows = zip(store.files, store.sources, *columns, facts, *notes, strict=True)
    return store.method, store.x, store.kinds, list(rows), store.failures


def make(path, records=(), failures=(), *, method="phash", x=8, kinds="none"):
    store = Database(str(path), method=method, x=x, views=kinds)
    store.update(records, failures)
    store.save()
    return store


def seal(path, version=VERSION):
    """Give a changed HDF5 file the user block that fits it."""
    raw = path.read_bytes()[USER_BLOCK_BYTES:]
    path.write_bytes(UserBlock(version, len(raw), hashlib.sha256(raw).hexdigest()).packed() + raw)


def replace(name, values):
    def change(file):
        del file[name]
        file[name] = values

    return change


def set_attribute(name, value):
    return lambda file: file.attrs.__setitem__(name, value)


TAMPERED = {
    "no column": lambda file: file.__delitem__("mtime_ns"),
    "no failures": lambda file: file.__delitem__("failed"),
    "a group for a column": lambda file: file.move("failed", "elsewhere") or file.create_group("failed/files"),
    "a column too short": replace("size", np.zeros(4, np.int64)),
    "a column too wide": replace("size", np.zeros((5, 2), np.int64)),
    "a column of floats": replace("width", np.zeros(5)),
    "numbers for names": replace("files", np.arange(5)),
    "strings for names": replace("files", np.array([b"/0", b"/1", b"/2", b"/3", b"/4"])),
    "names without an end": replace("files", np.frombuffer(b"/0\0/1\0/2\0/3\0/4", np.uint8)),
    "two of one name": replace("files", np.frombuffer(b"/0\0" * 5, np.uint8)),
    "a short digest": replace("digest", np.zeros((5, 8), np.uint8)),
    "no digest": lambda file: file.__delitem__("digest"),
    "short pixels": replace("pixels", np.zeros((5, 8), np.uint8)),
    "no pixels": lambda file: file.__delitem__("pixels"),
    "no detail": lambda file: file.__delitem__("detail"),
    "no frames": lambda file: file.__delitem__("n_frames"),
    "no frame": lambda file: file.__delitem__("frame"),
    "nothing of what else is held": lambda file: file.__delitem__("others"),
    "another version": set_attribute("version", 1),
    "no views": lambda file: file.__delitem__("views"),
    "views that aren't there": set_attribute("views", "crops"),
    "views of no kind": set_attribute("views", "dreams"),
    "views that nobody named": replace("views", np.zeros((5, 1, 1), np.uint64)),
    "a view of another name": set_attribute("view names", "upside down"),
    "flat words": replace("fps", np.zeros(5, np.uint64)),
    "too many words": replace("fps", np.zeros((5, 2), np.uint64)),
    "signed words": replace("fps", np.zeros((5, 1), np.int64)),
    "an unknown method": set_attribute("method", "md5"),
    "an x out of range": set_attribute("x", 1000),
    "an x of another number of bits": set_attribute("x", 7),
    "a word for x": set_attribute("x", "eight"),
    "no method": lambda file: file.attrs.__delitem__("method"),
}


def make_version_1(path):
    """Write the file that an imgcmp of version 1 of the format would write, of one image for each odd name."""
    n = len(ODD_NAMES)
    kind = h5py.string_dtype("utf-8")
    names = np.array([os.fsencode(name) for name in ODD_NAMES], dtype=object)
    with h5py.File(path, "w", userblock_size=USER_BLOCK_BYTES) as file:
        file.attrs.update(format=FORMAT, version=1, method="phash", x=11, n_bits=121)
        file.attrs["created by"] = "imgcmp 0.0.9"
        file["fps"] = np.stack([record("", seed=seed, n_bits=121).words for seed in range(n)])
        for k, name in enumerate(("mtime_ns", "size", "width", "height")):
            file[name] = np.arange(n, dtype=np.int64) + 100 * (k + 1)
        file.create_dataset("files", data=names, dtype=kind)
        file.create_dataset("source", data=names[::-1], dtype=kind)
        file.create_dataset("failed/files", data=np.array([b"/bad"], dtype=object), dtype=kind)
        file.create_dataset("failed/reason", data=np.array(["empty file"], dtype=object), dtype=kind)
        file["failed/mtime_ns"], file["failed/size"] = np.array([5]), np.array([0])
    seal(Path(path), version=1)


def make_version_3(path, *args, **options):
    """Write the file that an imgcmp of version 3 of the format would write of the same."""
    make(path, *args, **options)
    with h5py.File(path, "r+") as file:
        del file["n_frames"], file["frame"], file["others"]
        file.attrs["version"] = 3
    seal(Path(path), version=3)


def make_version_2(path, *args, **options):
    """Write the file that an imgcmp of version 2 of the format would write of the same."""
    make_version_3(path, *args, **options)
    with h5py.File(path, "r+") as file:
        del file["detail"], file["pixels"], file["views"], file.attrs["views"], file.attrs["view names"]
        file.attrs["version"] = 2
    seal(Path(path), version=2)
