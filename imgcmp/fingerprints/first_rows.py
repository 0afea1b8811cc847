"""The views that a file which is cut off is found by: the first half and the first quarter of a picture's rows.

First in the file. Where EXIF says that the picture is to be turned they are the left, right or lower ones to a person.
"""

from imgcmp.fingerprints.view_planes import Crop

FIRST_ROWS = {"first half of the rows": 0.5, "first quarter of the rows": 0.25}
"""What part they keep, by their names."""

# By EXIF orientation: the side at which the first rows are once the picture is upright. Others: on top.
_SIDES = {3: "bottom", 4: "bottom", 5: "left", 6: "right", 7: "right", 8: "left"}


def crop_to_first_rows(part: float, orientation: int) -> Crop:
    """Return where the first rows of a file are in the picture that it holds.

    Parameters
    ----------
    part : float
        Which part of the rows, 0 .. 1.
    orientation : int
        By which the picture was turned, as EXIF has it.
    """
    side = _SIDES.get(orientation, "top")
    edge = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[side]
    return Crop()._replace(**{edge: part if edge in ("right", "bottom") else 1 - part})
