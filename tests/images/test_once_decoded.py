"""What is done to an image once it is decoded is done once, in its order, and keeps no image alive."""

import gc
import io
import weakref

import numpy as np
import pytest
from pictures import photograph
from PIL import Image

from imgcmp import UnreadableImageError
from imgcmp.images.decoders import open_image
from imgcmp.images.open_file import opened
from imgcmp.images.readers.once_decoded import inverted, once_decoded
from imgcmp.images.readers.plain_words import loaded_plainly

PICTURE = photograph("astronaut.png").convert("RGB").resize((97, 64))


@pytest.fixture
def no_collector():
    gc.disable()
    yield
    gc.enable()


def of_palette(n_bits):
    return PICTURE.quantize(2**n_bits)


SAVED = {
    "JPEG": PICTURE,
    "GIF": of_palette(4),
    "WEBP": PICTURE,
    "TIFF": PICTURE,
    "JPEG2000": PICTURE,
    "TGA": PICTURE.convert("RGBA"),
    "XBM": PICTURE.convert("1"),
    "BMP": PICTURE,
    "PNG": PICTURE,
}


@pytest.mark.parametrize("form", SAVED)
def test_a_picture_that_nobody_has_any_more_is_freed_without_the_garbage_collector(tmp_path, no_collector, form):
    """Else pictures pile up: eight of 24 megapixels took 800 MB."""
    path = tmp_path / "picture"
    SAVED[form].save(path, form)
    with opened(str(path)) as content, open_image(content) as image:
        image.load()
        known = weakref.ref(image)
        del image
    assert known() is None


def as_read(form="PNG"):
    file = io.BytesIO()
    PICTURE.convert("L").save(file, form)
    return Image.open(file)


def filled(opened):
    opened.im = Image.new(opened.mode, opened.size, 7).im


def test_changes_come_one_after_the_other():
    assert (np.asarray(once_decoded(once_decoded(as_read(), inverted), filled)) == 7).all()
    assert (np.asarray(once_decoded(once_decoded(as_read(), filled), inverted)) == 255 - 7).all()


def test_damage_is_told_plainly_after_a_change_too():
    image = loaded_plainly(once_decoded(as_read(), lambda opened: opened.im.no_such_thing), "damaged")
    with pytest.raises(UnreadableImageError, match=r"^damaged$"):
        image.load()
