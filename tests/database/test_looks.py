"""Looks are kept beside views, where there are any; databases of the earlier list of views are gone on with."""

import csv

import h5py
import numpy as np
import pytest
from databases import column, contents, drop, make, make_version_3, record, replace, seal, set_attribute
from pictures import photograph

from imgcmp import InputError
from imgcmp.cli.main import main
from imgcmp.database.database import Database
from imgcmp.database.verification import find_faults
from imgcmp.fingerprints.fingerprint import fingerprint_file
from imgcmp.fingerprints.view_bits import NO_LOOK_ROW
from imgcmp.fingerprints.views import EVERY_PLAIN_KIND, look_bytes

N_BYTES = look_bytes("all")


def look(seed):
    return np.random.default_rng(seed).integers(1, 256, N_BYTES, dtype=np.uint8)


def with_look(path, seed):
    return record(path, seed=seed, kinds="all", look=look(seed))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.hdf"


def test_looks_are_read_back_in_the_order_of_their_images(path):
    make(path, [with_look(f"/{k}", k) for k in (3, 1, 2)], kinds="all")
    with Database(str(path)) as store:  # a second segment, and one image of the first that changed
        store.update([with_look("/0", 0), record("/2", seed=9, kinds="all", look=look(9), size=11)], [])
    store = Database(str(path))
    assert store.files == ["/3", "/1", "/2", "/0"]
    assert np.array_equal(store.read_looks(), [look(seed) for seed in (3, 1, 9, 0)])
    assert np.array_equal(store.read_looks(np.array([3, 0])), [look(0), look(3)])
    assert find_faults(str(path)) == []


def test_a_look_that_is_not_known_is_zeros(path):
    make(path, [record("/a", kinds="all"), with_look("/b", 1)], kinds="all")
    assert np.array_equal(Database(str(path)).read_looks(), [np.zeros(N_BYTES), look(1)])


@pytest.mark.parametrize("kinds", ["none", "crops", EVERY_PLAIN_KIND])
def test_with_plain_views_no_looks_are_kept(path, kinds):
    make(path, [record("/a", kinds=kinds), record("/b", kinds=kinds)], kinds=kinds)
    assert Database(str(path)).read_looks().shape == (2, 0)
    with h5py.File(path) as file:
        assert column("look") not in file
    assert find_faults(str(path)) == []


@pytest.mark.parametrize(("kinds", "n_bytes"), [("all", N_BYTES - 1), ("all", 1), ("none", N_BYTES)])
def test_a_look_of_another_size_is_refused_and_changes_nothing(path, kinds, n_bytes):
    store = make(path, [record("/a", kinds=kinds)], kinds=kinds)
    with pytest.raises(ValueError, match="look of /b must have shape"):
        store.update([record("/b", kinds=kinds, look=np.ones(n_bytes, np.uint8))], [])
    assert store.files == ["/a"]


def test_what_a_file_gives_is_what_is_kept(path, tmp_path):
    photograph("coffee.png").save(tmp_path / "a.png")
    found = fingerprint_file(str(tmp_path / "a.png"), x=8, method="phash", views="all")
    assert found.look.shape == (N_BYTES,)
    plain = fingerprint_file(str(tmp_path / "a.png"), x=8, method="phash", views=EVERY_PLAIN_KIND)
    assert np.array_equal(plain.look, NO_LOOK_ROW)
    kept = record(str(tmp_path / "a.png"), kinds="all")._replace(words=found.words, views=found.views, look=found.look)
    make(path, [kept], kinds="all")
    assert np.array_equal(Database(str(path)).read_looks()[0], found.look)


@pytest.mark.parametrize(
    "change",
    [
        drop("look"),
        replace("look", np.zeros((2, N_BYTES - 1), np.uint8)),
        replace("look", np.zeros((1, N_BYTES), np.uint8)),
        replace("look", np.zeros((2, N_BYTES), np.int64)),
    ],
)
def test_looks_that_do_not_fit_are_faults(path, change):
    make(path, [with_look("/a", 0), with_look("/b", 1)], kinds="all")
    with h5py.File(path, "r+") as file:
        change(file)
    seal(path)
    assert any("look" in fault for fault in find_faults(str(path)))
    with pytest.raises(InputError):
        Database(str(path))


# Databases of the earlier list, which called the plain kinds "all"


def of_earlier_list(path, records):
    make(path, records, kinds=EVERY_PLAIN_KIND)
    with h5py.File(path, "r+") as file:
        set_attribute("views", "all")(file)
    seal(path)


def test_a_database_of_the_earlier_list_is_gone_on_with(path):
    records = [record(f"/{k}", seed=k, kinds=EVERY_PLAIN_KIND) for k in range(3)]
    of_earlier_list(path, records[:2])
    assert find_faults(str(path)) == []
    with Database(str(path), method="phash", x=8, views="all") as store:
        assert store.kinds == EVERY_PLAIN_KIND
        assert store.read_looks().shape == (2, 0)
        store.update(records[2:], [])
    for kinds in ("all", EVERY_PLAIN_KIND):
        store = Database(str(path), method="phash", x=8, views=kinds)
        assert store.files == ["/0", "/1", "/2"]
        assert np.array_equal(store.views, [one.views for one in records])
    assert find_faults(str(path)) == []


def test_one_of_version_3_too(path):
    of_three = [record(f"/{k}", seed=k, kinds=EVERY_PLAIN_KIND) for k in range(2)]
    make_version_3(path, of_three, kinds=EVERY_PLAIN_KIND)
    expected = contents(Database(str(path)))
    with h5py.File(path, "r+") as file:
        set_attribute("views", "all")(file)
    seal(path, version=3)
    assert contents(Database(str(path), method="phash", x=8, views="all")) == expected


@pytest.mark.parametrize(("held", "wanted"), [("crops", "all"), ("all", EVERY_PLAIN_KIND), ("all", "crops")])
def test_other_views_than_these_are_another_kind(path, held, wanted):
    make(path, [record("/a", kinds=held)], kinds=held)
    with pytest.raises(InputError, match=f"and views {held}, .* and views {wanted}"):
        Database(str(path), method="phash", x=8, views=wanted)


def test_one_is_read_gone_on_with_and_clustered_by_commands(path, tmp_path, capsys):
    folder, target = tmp_path / "photos", tmp_path / "c.csv"
    folder.mkdir()
    photograph("coffee.png").save(folder / "a.png")
    photograph("coffee.png").resize((300, 200)).save(folder / "small.png")
    photograph("chelsea.png").save(folder / "other.png")
    arguments = ["-f", str(path), "-q", "-x", "16", "--views"]
    assert main(["fingerprint", str(folder), *arguments, EVERY_PLAIN_KIND]) == 0
    with h5py.File(path, "r+") as file:
        set_attribute("views", "all")(file)
    seal(path)
    photograph("coffee.png").crop((60, 0, 600, 400)).save(folder / "z cropped.png")
    assert main(["fingerprint", str(folder), *arguments, "all"]) == 0
    assert Database(str(path)).kinds == EVERY_PLAIN_KIND
    assert main(["cluster", "0.25", "-f", str(path), "-q", "--links", "none", "--csv", str(target)]) == 0
    with open(target, newline="") as file:
        found = {row["file"].rpartition("/")[2]: row["relation"] for row in csv.DictReader(file)}
    assert found == {"a.png": "best", "small.png": "re-encoded or resized", "z cropped.png": "cropped"}
    assert main(["check", str(path)]) == 0
