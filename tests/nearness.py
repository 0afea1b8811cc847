"""How near two pictures are by their views, and by what."""

import numpy as np

from imgcmp import pack
from imgcmp.clusters.nearest_variants import NearestVariants
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.view_bits import picture_views
from imgcmp.fingerprints.views import view_layout, views_of_kinds


def looks_and_words(greys, *, x=16, method="phash", kinds="all"):
    """Return the looks of grey pictures, and of each the words of whole and views."""
    seen = [picture_views(grey, x, method, views_of_kinds(kinds)) for grey in greys]
    width, height = np.array([grey.size for grey in greys]).T
    return LookRows.of(np.stack([one.look_row for one in seen]), width, height), [pack(one.bits) for one in seen]


def nearest(first, second, *, x=16, method="phash", kinds="all"):
    """Return by what two grey pictures are nearest, as clusters count it."""
    looks, words = looks_and_words([first, second], x=x, method=method, kinds=kinds)
    return NearestVariants(view_layout(kinds, method, x), looks).nearest(0, 1, *words)


def nearest_name(found, kinds="all"):
    """Return the name of the view by which two pictures are nearest; "whole", if by none."""
    return "whole" if found.view is None else views_of_kinds(kinds)[found.view].name
