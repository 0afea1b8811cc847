"""Pictures of which fewer bits were read than their files hold."""

from PIL import Image

_NOTE = "imgcmp: read coarser"


def note_coarser(image: Image.Image) -> Image.Image:
    """Note that a file holds its colours in more bits than are read of them."""
    image.info[_NOTE] = True
    return image


def is_coarser(image: Image.Image) -> bool:
    """Tell whether that was noted."""
    return _NOTE in image.info
