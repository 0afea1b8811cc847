"""Damage a database in many ways, and see that no damage is passed over.

    python benchmarks/mutate_database.py --count 500 --seed 0

Every mutant must either open and hold what the whole file holds, or be refused in one clear line; and `imgcmp check`
must find something wrong with it exactly if it is refused. Prints how many were, by what was done and where; the exit
status is 1, with the number of the mutant, if one was neither.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import h5py
import numpy as np

from imgcmp import InputError
from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.schema import FACTS
from imgcmp.database.user_block import USER_BLOCK_BYTES
from imgcmp.database.verification import find_faults
from imgcmp.images.detail import LEAST_DETAIL
from imgcmp.images.image_file import Failure, ImageFile

BLOCK_BYTES = 64


class Mutant(NamedTuple):
    damage: str
    place: str
    raw: bytes


class PassedOverError(AssertionError):
    """A damage that was passed over, or not told as it should be."""


def make_database(path: str, *, n_images: int = 200, seed: int = 0) -> None:
    """Make a database to damage, with names, sources and failures of all kinds."""
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**64, size=(n_images, 1), dtype=np.uint64)
    records = []
    for k in range(n_images):
        file = ImageFile(os.fsdecode(f"/photos/{k % 7}/".encode() + b"caf\xe9 %d.jpg" % k), 1000 + k, 10**18 + k)
        records.append(
            ImageRecord(
                file,
                f"/original {k}" * (k % 2),
                words[k],
                400 + k,
                300 + k,
                rng.bytes(16),
                detail=k % 100,
                pixels=rng.bytes(16) if k % 100 < LEAST_DETAIL else bytes(16),
            )
        )
    failures = [Failure("/bad", "empty file", 0, 7), Failure("/lost", "its worker was killed", -1, -1)]
    database = Database(path, method="phash", x=8)
    database.update(records, failures)
    database.save()


def contents(path: str) -> list[object]:
    """Return all that a database holds, comparable by ==."""
    store = Database(path)
    columns = [store.words, store.digests, store.pixels, *(getattr(store, name) for name in FACTS)]
    names = [store.files, store.sources, store.failures, store.history, store.method, store.x]
    return [*names, *[column.tolist() for column in columns]]


def mutants(path: str, *, count: int, seed: int) -> Iterator[Mutant]:
    """Yield damaged copies of a file: each way of damage at each place in turn."""
    with open(path, "rb") as file:
        whole = file.read()
    rng = np.random.default_rng(seed)
    places = places_in(path, len(whole))
    for number in range(count):
        damage = list(DAMAGES)[number % len(DAMAGES)]
        place = list(places)[number // len(DAMAGES) % len(places)]
        yield Mutant(damage, place, bytes(DAMAGES[damage](bytearray(whole), places[place], rng)))


def places_in(path: str, n_bytes: int) -> dict[str, np.ndarray]:
    """Return the bytes of each part of the file, by their positions."""
    is_data = np.zeros(n_bytes, dtype=bool)

    def mark(_name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            start = item.id.get_offset()
            is_data[start : start + item.id.get_storage_size()] = True

    with h5py.File(path) as file:
        file.visititems(mark)
    block = np.arange(n_bytes) < USER_BLOCK_BYTES
    parts = {"user block": block, "HDF5 metadata": ~block & ~is_data, "data": is_data}
    return {name: np.flatnonzero(part) for name, part in parts.items()}


def flip_a_bit(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    raw[rng.choice(place)] ^= 1 << int(rng.integers(8))
    return raw


def flip_many_bits(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    for position in rng.choice(place, 20):
        raw[position] ^= 1 << int(rng.integers(8))
    return raw


def truncate(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    return raw[: rng.choice(place)]


def swap_blocks(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    one = int(rng.choice(place)) // BLOCK_BYTES * BLOCK_BYTES
    other = int(rng.integers(len(raw) // BLOCK_BYTES)) * BLOCK_BYTES
    a, b = bytes(raw[one : one + BLOCK_BYTES]), bytes(raw[other : other + BLOCK_BYTES])
    raw[one : one + len(b)], raw[other : other + len(a)] = b, a
    return raw


def overwrite_a_block(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    start = int(rng.choice(place))
    end = min(start + BLOCK_BYTES, len(raw))
    raw[start:end] = bytes(end - start) if rng.random() < 0.5 else rng.bytes(end - start)
    return raw


def insert_bytes(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    position = int(rng.choice(place))
    return raw[:position] + rng.bytes(int(rng.integers(1, 100))) + raw[position:]


DAMAGES = {
    "a bit flipped": flip_a_bit,
    "20 bits flipped": flip_many_bits,
    "truncated": truncate,
    "blocks swapped": swap_blocks,
    "a block overwritten": overwrite_a_block,
    "bytes inserted": insert_bytes,
}


def judge(path: str, expected: list[object], *, check: bool = True) -> str:
    """Return "opened" or "refused"; raise PassedOverError if a damaged file is neither, or `imgcmp check` disagrees."""
    try:
        if contents(path) != expected:
            raise PassedOverError("it opens, and holds something else")
        verdict = "opened"
    except InputError as error:
        _demand_one_line(str(error), path)
        verdict = "refused"
    if check and bool(_faults(path)) != (verdict == "refused"):
        raise PassedOverError(f"it is {verdict}, and imgcmp check says {_faults(path)}")
    return verdict


def _faults(path: str) -> list[str]:
    try:
        faults = find_faults(path)
    except InputError as error:
        faults = [f"{path}: {error}"]
    for fault in faults:
        _demand_one_line(fault, "")
    return faults


def _demand_one_line(text: str, path: str) -> None:
    if not (text.isprintable() and text.startswith(path) and ": " in text):
        raise PassedOverError(f"it is refused in other words than one clear line: {text!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Damage a database in many ways, and see that none is passed over.")
    parser.add_argument("--count", type=int, default=500, help="number of mutants (default: 500)")
    parser.add_argument("--seed", type=int, default=0, help="of the damage (default: 0)")
    arguments = parser.parse_args()
    tally: Counter[tuple[str, str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        whole, damaged = os.path.join(folder, "whole.hdf"), os.path.join(folder, "damaged.hdf")
        make_database(whole)
        expected = contents(whole)
        for number, mutant in enumerate(mutants(whole, count=arguments.count, seed=arguments.seed)):
            with open(damaged, "wb") as file:
                file.write(mutant.raw)
            try:
                tally[mutant.damage, mutant.place, judge(damaged, expected)] += 1
            except Exception as error:
                print(f"mutant {number} ({mutant.damage}, {mutant.place}): {error!r}")
                return 1
    for (damage, place, verdict), n in sorted(tally.items()):
        print(f"{damage}, {place}: {n} {verdict}")
    print(f"{tally.total()} mutants: each opened with all that it holds, or was refused in one line")
    return 0


if __name__ == "__main__":
    sys.exit(main())
