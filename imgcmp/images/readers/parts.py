"""A frame of a film as its file holds it: a part of the canvas, as a still picture of its own."""

from enum import Enum
from typing import NamedTuple


class After(Enum):
    """What becomes of a part of the canvas once its frame was shown."""

    KEPT = 0
    CLEARED = 1
    BACK = 2  # to what was there before the frame


class Part(NamedTuple):
    """What a frame changes.

    Attributes
    ----------
    still : bytes
        The part as a file with no other picture in it.
    left, top, width, height : int
        Where it lies on the canvas, in pixels.
    is_over : bool
        Whether it is laid over what is there; else it takes its place, its transparency too.
    after : After
        What the next frame finds.
    """

    still: bytes
    left: int
    top: int
    width: int
    height: int
    is_over: bool
    after: After
