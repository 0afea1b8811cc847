"""How even a picture is: what tells drawings from photographs, and a source from what was saved of it."""

import numpy as np
from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.decoders import open_image
from imgcmp.images.grey_pixels import pieces
from imgcmp.images.image_file import Failure
from imgcmp.images.open_file import opened
from imgcmp.images.unreadable import unreadable
from imgcmp.system.memory_budget import reserve


def evenness(image: Image.Image) -> float:
    """Return which part of the pixels have the brightness of the one to their right, 0..1.

    Compression evens out noise, and makes some around letters and edges: so it makes photographs more even, and
    drawings less. 12 photographs of cameras had 0.13 to 0.37, and PNGs of them at JPEG quality 15 to 50, or enlarged or
    blurred, 0.04 to 0.36 more; 20 scanned pages 0.25 to 0.36, and PNGs of them at quality 20 0.47 more and above. 13
    drawn pages, slides and screenshots had 0.71 to 0.99, and JPEGs of quality 75 to 98 of all but one, which is half a
    photograph, 0.02 to 0.11 less.

    Parameters
    ----------
    image : PIL.Image.Image
        At full size.
    """
    n_even = n_pairs = 0
    for box in pieces(*image.size):
        piece = image.crop(box)
        grey = np.asarray(piece if piece.mode.startswith(("I", "F")) else piece.convert("L"))
        n_even += int(np.count_nonzero(grey[:, 1:] == grey[:, :-1]))
        n_pairs += grey[:, 1:].size
    return n_even / max(n_pairs, 1)


def try_evenness(path: str) -> float | Failure | None:
    """Compute the `evenness` of a file at a real path: the task of a worker process.

    None if it cannot be read or is gone; a failure if what is short is outside of the file, memory above all.
    """
    try:
        with unreadable(path), opened(path, as_found=True) as content, open_image(content) as image:
            reserve(bytes_to_read(image, image.size, content.size))
            image.load()
            return evenness(image)
    except UnreadableImageError as error:
        return Failure(path, str(error)) if error.passing and not error.out_of_reach else None
