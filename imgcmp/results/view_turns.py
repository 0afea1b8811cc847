"""How two images are turned to one another, where a view of one is near to the whole of the other, and what to call it.

With standings each variant is turned in the way it stands, so that two of them tell how one image is turned.
"""

from collections.abc import Sequence
from typing import NamedTuple

from imgcmp.clusters.nearest_variants import Nearest
from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.standings import INNER_STANDS, TURNS
from imgcmp.fingerprints.views import View
from imgcmp.images.alignment import turned_back, turned_twice

# Of turns, by number; as the views that are turned are called.
_WORDS = (
    "",
    "mirrored and turned by 180",
    "mirrored",
    "turned by 180",
    "mirrored and turned by 270",
    "turned by 270",
    "turned by 90",
    "mirrored and turned by 90",
)


class Stand(NamedTuple):
    """How two images stand that are near by a view.

    Attributes
    ----------
    turn : int
        How the first one is turned to stand as the second one: a number of `imgcmp.fingerprints.standings.TURNS`.
    is_inner : bool
        Whether it is not the whole that the view is near to, but the picture within it.
    """

    turn: int
    is_inner: bool


def stand_of(nearest: Nearest, first: int, second: int, views: Sequence[View], looks: LookRows | None) -> Stand:
    """Return how two images stand that are near.

    Parameters
    ----------
    nearest : Nearest
        By what they are.
    first, second : int
        Their rows of the looks.
    views : sequence of View
        All views of an image.
    looks : LookRows or None
        How the views stand; None: as they are.
    """
    whole, view = (second, first) if nearest.of_first else (first, second)
    stands = 0 if nearest.standing is None or looks is None else int(looks.stands[whole, nearest.standing])
    turn = 0 if nearest.standing is None else _turn_of_view(nearest.view, view, views, looks)
    ours, theirs = (turn, stands % INNER_STANDS) if nearest.of_first else (stands % INNER_STANDS, turn)
    return Stand(turned_twice(ours, turned_back(theirs)), stands >= INNER_STANDS)


def words_for(nearest: Nearest, first: int, second: int, views: Sequence[View], looks: LookRows | None) -> str:
    """Return what to call the view that two images are near by; empty: the wholes. Parameters as for `stand_of`."""
    stand = stand_of(nearest, first, second, views, looks)
    view = None if nearest.view is None else views[nearest.view]
    if view is not None and view.turn is not None:
        return view.name
    # Told is what was done to the image whose view it is.
    turn = stand.turn if nearest.of_first else turned_back(stand.turn)
    words = (view.name if view else "", _WORDS[turn], "against the inner picture" if stand.is_inner else "")
    return ", ".join(filter(None, words))


def _turn_of_view(view: int | None, row: int, views: Sequence[View], looks: LookRows | None) -> int:
    turn = None if view is None else views[view].turn
    if turn is not None:
        return TURNS.index(turn)
    return 0 if looks is None else int(looks.stands[row, view or 0])
