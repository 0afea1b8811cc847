import numpy as np
import pytest
from pictures import photograph

from imgcmp.clusters.look_likeness import LookLikeness
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import pack
from imgcmp.fingerprints.view_bits import picture_views
from imgcmp.fingerprints.views import view_layout, views_of_kinds

LAYOUT = view_layout("all", "phash", 16)


@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "coffee.png"])
def test_each_view_of_a_picture_lies_on_its_look_as_it_says(name):
    """A copy that is just what a view is: its look is alike to the original's, where that view is."""
    grey = photograph(name).convert("L")
    views = views_of_kinds("all")
    original = picture_views(grey, 16, "phash", views)
    width, height = grey.size
    for number, view in enumerate(views):
        if view.crop_of is None or (crop := view.crop_of(width, height)) is None:
            continue
        box = np.rint(np.multiply(crop, (width, height, width, height))).astype(int).tolist()
        both = [original, picture_views(grey.crop(box), 16, "phash", views)]
        rows = LookRows(
            np.array([seen.look for seen in both]),
            np.array([seen.stands for seen in both]),
            np.array([seen.inner for seen in both]),
            np.array([width / height, (box[2] - box[0]) / (box[3] - box[1])], np.float32),
        )
        stood = LookLikeness(rows, LAYOUT)
        same = [way for way in range(LAYOUT.n_standings) if both[1].stands[way] == original.stands[number]]
        assert any(stood.are_alike(1, way, 0, number - LAYOUT.n_standings + 1) for way in same), view.name
        words = pack(np.array([seen.bits for seen in both]))
        assert np.bitwise_count(words[1, 1 + same[0]] ^ words[0, 1 + number]).sum() < 40, view.name
