"""Files that are damaged, or cut off: what is told of them, and what part of a cut one stands for it."""

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.image_file import CUT_OFF, DAMAGED
from imgcmp.images.open_file import Content
from imgcmp.images.readers.jpeg_damage import Checked, ends_in_zeros, layout_of, load_what_is_left

PARTS = (0.5, 0.25)
"""The parts of the rows, from the first, that may stand for a file that is cut off: the largest that is there.

Of 900 photographs none was within 66 of 256 bits of the first half of another one, nor of a quarter that isn't flat;
the halves of cut files were up to 24 bits from the view of the whole file, quarters up to 56, 42 of 99 %.
"""


def load_checked(
    image: JpegImageFile, content: Content, *, take_parts: bool, closely: bool = False
) -> tuple[str, float]:
    """Decode an opened JPEG; return what is wrong with it, and which part of its rows stands for it.

    `closely` takes twice as long, and is for small ones, of which it is no loss if a sound one is not taken.

    Raises
    ------
    OSError
        If it is cut off, and is not to stand for its first rows, or these are too few.
    """
    is_own = image.fp is content.file  # else it was made of parts of the file
    layout = layout_of(content) if is_own else None
    try:
        if layout is None:
            image.load()
            return "", 1.0
        if Checked(image, layout).load(image, closely=closely):
            return "", 1.0
    except OSError:
        layout = layout or (layout_of(content, progressive=True) if is_own else None)
        if not take_parts or layout is None:
            raise
    else:
        if not ends_in_zeros(layout):
            return DAMAGED, 1.0
        if not take_parts:
            raise UnreadableImageError("cut off: its data ends before the picture does")
    return CUT_OFF, largest_part(load_what_is_left(image, layout))


def largest_part(there: float) -> float:
    """Return the part that stands for a file of which so much is there, 0..1; UnreadableImageError if that is none."""
    for part in PARTS:
        if part <= there:
            return part
    raise UnreadableImageError(f"cut off: the first {100 * there:.0f} % of its rows are left, too few to compare")


def first_rows(image: Image.Image, part: float) -> Image.Image:
    """Return the first rows of an image, a part of all."""
    return image.crop((0, 0, image.width, max(1, round(part * image.height))))
