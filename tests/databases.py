"""Databases to test with: whole ones, old ones, and such as only a hand could make."""

import hashlib
import os
from pathlib import Path

import h5py
import numpy as np

from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.schema import FACTS, FORMAT, HISTORY, NOTES, USER_BLOCK_BYTES, VERSION
from imgcmp.database.sealed_file import BLOCK_BYTES, SUPERBLOCK_SECTOR_BYTES, sealed_by
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
    columns = (store.words.tolist(), store.views.tolist(), store.digests.tolist(), store.middles.tolist())
    columns = (*columns, store.pixels.tolist(), store.colours.tolist(), store.read_looks().tolist())
    notes = (getattr(store, name) for name in NOTES)
    rows = zip(store.files, store.sources, *columns, facts, *notes, strict=True)
    return store.method, store.x, store.kinds, list(rows), store.failures


def make(path, records=(), failures=(), *, method="phash", x=8, kinds="none"):
    store = Database(str(path), method=method, x=x, views=kinds)
    store.update(records, failures)
    store.save()
    return store


def seal(path, version=VERSION):
    """Give a changed HDF5 file the user block, and the checksums, that fit it."""
    raw = path.read_bytes()[USER_BLOCK_BYTES:]
    if version < 4:
        path.write_bytes(UserBlock(version, len(raw), hashlib.sha256(raw).hexdigest()).packed() + raw)
        return
    sector, rest = raw[:SUPERBLOCK_SECTOR_BYTES], raw[SUPERBLOCK_SECTOR_BYTES:]
    blocks = [rest[start : start + BLOCK_BYTES] for start in range(0, len(rest), BLOCK_BYTES)]
    checksums = b"".join(hashlib.sha256(block).digest() for block in blocks)
    path.write_bytes(UserBlock(version, len(raw), sealed_by(sector, checksums)).packed() + raw + checksums)


def column(name):
    """Return where a column is in a database that was written in one go."""
    return f"segments/0/{name}"


def replace(name, values):
    def change(file):
        del file[column(name)]
        file[column(name)] = values

    return change


def drop(name):
    return lambda file: file.__delitem__(column(name))


def set_attribute(name, value):
    return lambda file: file.attrs.__setitem__(name, value)


TAMPERED = {
    "no column": drop("mtime_ns"),
    "no failures": drop("failed"),
    "a group for a column": lambda file: (
        file.move(column("failed"), "elsewhere") or file.create_group(column("failed/files"))
    ),
    "no segments": lambda file: file.__delitem__("segments"),
    "a segment that is no number": lambda file: file.move("segments/0", "segments/first"),
    "a column in pieces": lambda file: (
        file.__delitem__(column("size")) or file.create_dataset(column("size"), data=np.zeros(5, np.int64), chunks=(2,))
    ),
    "nothing removed": drop("removed"),
    "a column too short": replace("size", np.zeros(4, np.int64)),
    "a column too wide": replace("size", np.zeros((5, 2), np.int64)),
    "a column of floats": replace("width", np.zeros(5)),
    "numbers for names": replace("files", np.arange(5)),
    "strings for names": replace("files", np.array([b"/0", b"/1", b"/2", b"/3", b"/4"])),
    "names without an end": replace("files", np.frombuffer(b"/0\0/1\0/2\0/3\0/4", np.uint8)),
    "two of one name": replace("files", np.frombuffer(b"/0\0" * 5, np.uint8)),
    "a short digest": replace("digest", np.zeros((5, 8), np.uint8)),
    "no digest": drop("digest"),
    "short pixels": replace("pixels", np.zeros((5, 8), np.uint8)),
    "no pixels": drop("pixels"),
    "no detail": drop("detail"),
    "no frames": drop("n_frames"),
    "no frame": drop("frame"),
    "nothing of what else is held": drop("others"),
    "another version": set_attribute("version", 1),
    "no views": drop("views"),
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
    _write_early(path, make(f"{path}.latest", *args, **options), 3)


def make_version_2(path, *args, **options):
    """Write the file that an imgcmp of version 2 of the format would write of the same."""
    _write_early(path, make(f"{path}.latest", *args, **options), 2)


def _write_early(path, store, version):
    """Write what a database holds as columns right below the root."""
    with h5py.File(path, "w", userblock_size=USER_BLOCK_BYTES) as file:
        file.attrs.update(format=FORMAT, version=version, method=store.method, x=store.x, n_bits=store.n_bits)
        file.attrs.update({HISTORY[name]: value for name, value in store.history._asdict().items()})
        file["files"], file["source"] = texts(store.files), texts(store.sources)
        file["fps"], file["digest"] = store.words, store.digests
        for name in ("mtime_ns", "size", "width", "height"):
            file[name] = getattr(store, name)
        if version > 2:
            file.attrs.update({"views": store.kinds, "view names": "\n".join(view_names(store.kinds))})
            file["views"], file["pixels"], file["detail"] = store.views, store.pixels, store.detail
        failures = store.failures.values()
        file["failed/files"] = texts([failure.path for failure in failures])
        file["failed/reason"] = texts([failure.reason for failure in failures])
        for name in ("mtime_ns", "size"):
            file[f"failed/{name}"] = np.array([getattr(failure, name) for failure in failures], np.int64)
    seal(Path(path), version=version)


def texts(column):
    return np.frombuffer(b"".join(os.fsencode(text) + b"\0" for text in column), np.uint8)
