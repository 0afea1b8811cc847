"""Ways to damage a file, and places to do it: they know nothing of what is written there, but what HDF5 says."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import h5py
import numpy as np

BLOCK_BYTES = 64
ENDS_BYTES = 4096  # of the head and the end


class Mutant(NamedTuple):
    damage: str
    place: str
    raw: bytes


def mutants(path: str, *, count: int, seed: int, earlier: Sequence[bytes] = ()) -> Iterator[Mutant]:
    """Yield damaged copies of a file: each way of damage at each place in turn.

    `earlier` are earlier states of the file: their heads are put before the rest of this one, and the other way round,
    as a power cut may leave them.
    """
    with open(path, "rb") as file:
        whole = file.read()
    rng = np.random.default_rng(seed)
    places = places_in(path, len(whole))
    cells = [(damage, place) for place in places for damage in DAMAGES]
    cells += [(MIXED, f"state {number}") for number in range(len(earlier))]
    order = rng.permutation(len(cells))  # so that few of them are of many kinds, too
    for number in range(count):
        damage, place = cells[order[number % len(cells)]]
        if damage == MIXED:
            raw = mix(whole, earlier[int(place.removeprefix("state "))], rng)
        else:
            raw = bytes(DAMAGES[damage](bytearray(whole), places[place], rng))
        yield Mutant(damage, place, raw)


def places_in(path: str, n_bytes: int) -> dict[str, np.ndarray]:
    """Return the bytes of each part of the file, by their positions."""
    is_data = np.zeros(n_bytes, dtype=bool)

    def mark(_name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            for start, length in _stored(item):
                is_data[start : start + length] = True

    with h5py.File(path) as file:
        n_before = file.userblock_size
        file.visititems(mark)
    position = np.arange(n_bytes)
    middle = n_bytes // 2
    parts = {
        "anywhere": position >= 0,
        "user block": position < n_before,
        "HDF5 metadata": (position >= n_before) & ~is_data,
        "data": is_data,
        "head": position < ENDS_BYTES,
        "middle": (position >= middle) & (position < middle + ENDS_BYTES),
        "end": position >= n_bytes - ENDS_BYTES,
    }
    return {name: np.flatnonzero(part) for name, part in parts.items() if part.any()}


def _stored(dataset: h5py.Dataset) -> Iterator[tuple[int, int]]:
    """Yield where a dataset's bytes are, and how many: those of each chunk, if it has chunks."""
    if dataset.chunks is None:
        if (start := dataset.id.get_offset()) is not None:
            yield start, dataset.id.get_storage_size()
        return
    for number in range(dataset.id.get_num_chunks()):
        chunk = dataset.id.get_chunk_info(number)
        yield chunk.byte_offset, chunk.size


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


def wipe_a_sector(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    """Zeros where a drive could not read, or did not write in time: 4 KiB, from where such begin."""
    start = int(rng.choice(place)) // 4096 * 4096
    end = min(start + 4096, len(raw))
    raw[start:end] = bytes(end - start)
    return raw


def insert_bytes(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    position = int(rng.choice(place))
    return raw[:position] + rng.bytes(int(rng.integers(1, 100))) + raw[position:]


def append_bytes(raw: bytearray, place: np.ndarray, rng: np.random.Generator) -> bytearray:
    """Zeros, noise, or what lies at that place, behind the end."""
    n, start = int(rng.integers(1, 5000)), int(rng.choice(place))
    return raw + (bytes(n), rng.bytes(n), bytes(raw[start : start + n]))[rng.integers(3)]


def mix(whole: bytes, earlier: bytes, rng: np.random.Generator) -> bytes:
    """Return the start of one of two states of a file, and the rest of the other one."""
    n = int(rng.choice([512, 1024, 4096, int(rng.integers(min(len(whole), len(earlier))))]))
    one, other = (whole, earlier) if rng.random() < 0.5 else (earlier, whole)
    return one[:n] + other[n:]


MIXED = "two states mixed"
DAMAGES = {
    "a bit flipped": flip_a_bit,
    "20 bits flipped": flip_many_bits,
    "truncated": truncate,
    "blocks swapped": swap_blocks,
    "a block overwritten": overwrite_a_block,
    "a sector wiped": wipe_a_sector,
    "bytes inserted": insert_bytes,
    "bytes appended": append_bytes,
}
