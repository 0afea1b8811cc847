"""Memory for images whose readers allocate or decode them when they open the file."""

from imgcmp.images.decode_memory import bytes_to_open
from imgcmp.images.header_size import Size
from imgcmp.images.open_file import Content
from imgcmp.system.memory_budget import reserve

_HEADER_BYTES = 4096  # the size of a JPEG XL may lie behind boxes of other things


def header(content: Content) -> bytes:
    """Return the first bytes of a file."""
    return bytes(content.start[:_HEADER_BYTES])


def reserve_whole(size: Size | None, form: str) -> None:
    """Wait for the memory of an image of that size and of Pillow's format; if it is known."""
    if size is not None:
        reserve(bytes_to_open(size, form))
