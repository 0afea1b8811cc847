"""The bytes of HDF5 objects, read by HDF5 itself."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcmp.database import hdf5_objects as objects
from imgcmp.database.hdf5_objects import Placed

BASE = 512


class Image:
    """A file of objects, in memory."""

    def __init__(self):
        self.raw = bytearray(BASE + objects.SUPERBLOCK_BYTES)

    def put(self, data):
        self.raw.extend(bytes(-len(self.raw) % 8))
        address = len(self.raw) - BASE
        self.raw.extend(data)
        return address

    def save(self, path, root):
        block = objects.superblock(BASE, len(self.raw), root)
        self.raw[BASE : BASE + len(block)] = block
        path.write_bytes(self.raw)
        return path


@pytest.mark.parametrize("dtype", ["<u1", "<i1", "<i8", "<u8", "<i4"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 0, 4), (3, 2), (5, 2, 3)])
def test_a_dataset_is_what_it_was_written_from(tmp_path, dtype, shape):
    image = Image()
    values = np.random.default_rng(0).integers(-100 if "i" in dtype else 0, 100, shape).astype(dtype)
    placed = Placed(values.dtype, shape, image.put(values.tobytes()))
    root = image.put(objects.group({"it": image.put(objects.dataset(placed))}))
    with h5py.File(image.save(tmp_path / "a.h5", root)) as file:
        assert (file["it"].dtype, file["it"].shape) == (values.dtype, shape)
        assert np.array_equal(file["it"][...], values)


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50)


@settings(max_examples=50)
@given(texts=st.lists(TEXTS, max_size=12), numbers=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4))
def test_attributes_are_what_they_were_written_from(tmp_path_factory, texts, numbers):
    image = Image()
    encoded = [text.encode() for text in texts]
    heap = image.put(objects.heap_of(encoded))
    attributes = [objects.text_attribute(f"text {k}", len(text), heap, k + 1) for k, text in enumerate(encoded)]
    attributes += [objects.integer_attribute(f"number {k}", number) for k, number in enumerate(numbers)]
    path = image.save(tmp_path_factory.getbasetemp() / "a.h5", image.put(objects.group({}, attributes)))
    with h5py.File(path) as file:
        expected = {f"text {k}": text for k, text in enumerate(texts)}
        assert dict(file.attrs) == expected | {f"number {k}": number for k, number in enumerate(numbers)}


@pytest.mark.parametrize("n", [0, 1, 9, 300])
def test_a_group_leads_to_its_members(tmp_path, n):
    image = Image()
    members = {f"member {k}": image.put(objects.group({})) for k in range(n)}
    with h5py.File(
        image.save(tmp_path / "a.h5", image.put(objects.group({"all": image.put(objects.group(members))})))
    ) as file:
        assert set(file["all"]) == set(members)
        assert all(isinstance(file["all"][name], h5py.Group) for name in members)


def test_hdf5_can_add_to_what_was_written(tmp_path):
    image = Image()
    path = image.save(tmp_path / "a.h5", image.put(objects.group({"old": image.put(objects.group({}))})))
    with h5py.File(path, "r+") as file:
        file["old/new"] = np.arange(5)
        file.attrs["said"] = "so"
    with h5py.File(path) as file:
        assert file["old/new"][...].tolist() == [0, 1, 2, 3, 4]
        assert file.attrs["said"] == "so"


def test_the_checksum_is_lookup3():
    # The two values that its author gives in the source of hashlittle, for "Four score and seven years ago" and "".
    assert objects.checksum(b"Four score and seven years ago") == (0x17770551).to_bytes(4, "little")
    assert objects.checksum(b"") == (0xDEADBEEF).to_bytes(4, "little")


def test_hdf5_notices_an_object_that_was_changed(tmp_path):
    image = Image()
    image.put(objects.group({}))
    path = image.save(tmp_path / "a.h5", image.put(objects.group({}, [objects.integer_attribute("x", 5)])))
    raw = bytearray(path.read_bytes())
    raw[-5] ^= 1
    path.write_bytes(raw)
    with pytest.raises((OSError, KeyError, RuntimeError)), h5py.File(path) as file:
        dict(file.attrs)
