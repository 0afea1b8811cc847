"""The views that a file which is cut off is found by: the first half and the first quarter of a picture's rows.

First in the file. Where EXIF says that the picture is to be turned they are the left, right or lower ones to a person:
of the upright picture another part is to be taken.
"""

from imgcmp.fingerprints.packing import Bits
from imgcmp.fingerprints.views import FIRST_ROWS, View, whole_and_views
from imgcmp.images.grey_pixels import Grey, Picture

# By EXIF orientation: the side at which the first rows are once it is upright.
_SIDES = {3: "lower", 4: "lower", 5: "left", 6: "right", 7: "right", 8: "left"}


def bits_of_picture(picture: Picture, x: int, method: str, views: tuple[View, ...]) -> Bits:
    """Compute the bits of a picture that was read from a file, and of its views, those of its first rows included.

    Parameters, and what is returned, are those of `imgcmp.fingerprints.views.whole_and_views`.
    """
    bits = whole_and_views(picture.grey, x, method, views)
    if not picture.damage:
        put_first_rows(bits[1:], picture.grey, picture.turn, x, method, views)
    return bits


def put_first_rows(bits: Bits, grey: Grey, orientation: int, x: int, method: str, views: tuple[View, ...]) -> None:
    """Put the bits of the first rows in place of those of the upper ones, in the rows of these views.

    Parameters
    ----------
    bits : ndarray of bool, shape (n_views, x * x)
        Those of the views; changed.
    grey : PIL.Image.Image of mode L
        The picture, upright.
    orientation : int
        By which it was turned, as EXIF has it.
    x, method, views
        As for `imgcmp.fingerprints.views.whole_and_views`.
    """
    side = _SIDES.get(orientation)
    if side is None:
        return
    for row, view in enumerate(views):
        if (part := FIRST_ROWS.get(view.name)) is not None:
            bits[row] = whole_and_views(grey.crop(_box_of(side, part, *grey.size)), x, method, ())[0]


def _box_of(side: str, part: float, width: int, height: int) -> tuple[int, int, int, int]:
    across, down = max(1, round(part * width)), max(1, round(part * height))
    if side == "lower":
        return 0, height - down, width, height
    return (0, 0, across, height) if side == "left" else (width - across, 0, width, height)
