"""What the accuracy script says of SIM auto: it counts the pairs, and tells where a promise is not kept."""

import numpy as np
import pytest

pytest.importorskip("imagehash")

import auto_tails
from auto_tails import Measured, auto_sections, auto_table, measure, too_optimistic
from pictures import save_distinct
from PIL import Image
from tail import Tail

from imgcmp.clusters.auto_sim import Kind, collections_of
from imgcmp.clusters.few_images import FewImages
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.grouping import images_of
from imgcmp.commands.options import FingerprintOptions
from imgcmp.database.database import Database

DEFAULT = Kind("phash", 16, "all")


def as_known(kind, lines, times=1.0):
    """Return a measurement that says what one collection of photographs did, or so many times as many pairs."""
    fits = [Tail(line.limit_bits, 200, times * line.share, line.factor, 0.1) for line in lines]
    return Measured(kind, 2000, [np.full(10, 99, np.uint16)] * len(fits), fits)


@pytest.mark.parametrize("kind", auto_tails.KINDS, ids=str)
def test_what_is_known_keeps_its_promise_and_five_times_as_many_pairs_do_not(kind):
    collections = collections_of(kind)
    assert not any(list(too_optimistic(as_known(kind, lines))) for lines in collections)
    found = [text for lines in collections for text in too_optimistic(as_known(kind, lines, 5.0))]
    assert found
    assert all(kind.views in text for text in found)


def test_the_table_has_a_row_for_each_line_with_that_of_each_collection():
    table = auto_table([as_known(kind, collections_of(kind)[0]) for kind in auto_tails.KINDS])
    assert len(table.splitlines()) == 2 + len(auto_tails.KINDS) + 1
    (looks,) = (line for line in table.splitlines() if "with looks" in line)
    assert looks.count(" within ") == 1 + len(collections_of(DEFAULT))


def test_pairs_are_counted_as_a_run_compares_them(tmp_path):
    paths = save_distinct(tmp_path / "photos", 12)
    found = measure(str(tmp_path / "photos"), DEFAULT)
    assert found.n_images == 12
    fingerprint([str(path) for path in paths], FingerprintOptions(database=str(tmp_path / "f.hdf")), workers=1)
    images = images_of(Database(tmp_path / "f.hdf"))
    for distances, looks in zip(found.distances, (None, images.looks), strict=True):
        few = FewImages(images.words, images.views[:], images.layout, looks)
        assert sorted(distances) == sorted(few.distances[np.triu_indices(12, 1)])  # rows are in the order of reading


def test_a_handful_of_pictures_is_said_to_be_too_few(tmp_path):
    images = [Image.open(path) for path in save_distinct(tmp_path / "photos", 3)]
    (line,) = auto_sections(images, [DEFAULT])
    assert "nothing was fitted: distances must be those of 30 pairs at least; got 3" in line
