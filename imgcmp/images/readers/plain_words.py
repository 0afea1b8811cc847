"""Decoders' words for damage, which say nothing to people, in plain ones."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.readers.once_decoded import replaced
from imgcmp.images.unreadable import is_passing


@contextmanager
def plainly(what: str) -> Iterator[None]:
    """Let whatever a decoder raises say this; not that a file is out of reach, or what needs too much memory."""
    try:
        yield
    except (UnreadableImageError, Image.DecompressionBombError):
        raise
    except Exception as error:  # as many kinds as there are decoders
        if is_passing(error):
            raise
        raise UnreadableImageError(what) from error


def loaded_plainly(image: Image.Image, what: str) -> Image.Image:
    """Let an image say this if its pixels can't be decoded."""

    def load(opened: Any, before: Callable[[Any], Any]) -> Any:
        with plainly(what):
            return before(opened)

    return replaced(image, "load", load)
