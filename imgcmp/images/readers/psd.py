"""PSD."""

from typing import cast

from PIL import Image
from PIL.PsdImagePlugin import PsdImageFile

from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import inverted, once_decoded, opaque


def open_psd(content: Content, _: Format) -> Image.Image:
    """Open a PSD."""
    image = Image.open(content.file)
    if image.mode == "1":  # 1 is black
        return once_decoded(image, inverted)
    if image.mode == "RGBA" and not _has_alpha(cast(PsdImageFile, image), content):
        return once_decoded(image, opaque)
    return image


def _has_alpha(image: PsdImageFile, content: Content) -> bool:
    """Tell whether the fourth channel is transparency: if the number of layers is negative; else it is a selection."""
    place = image._layers_position
    if place is None:
        return False
    before = content.file.tell()
    content.file.seek(place)
    n_layers = int.from_bytes(content.file.read(2), "big", signed=True)
    content.file.seek(before)
    return n_layers < 0
