"""GIF."""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple, cast

from PIL import Image

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content, place_kept
from imgcmp.images.readers.once_decoded import once_decoded
from imgcmp.images.readers.palette_bounds import within_palette
from imgcmp.images.readers.parts import After, Part
from imgcmp.images.readers.unfinished import finished

_HAS_PALETTE, _PALETTE_BITS, _INTERLACED = 0x80, 0x07, 0x40  # flags of the screen and of a frame
_FULL_PALETTE = _HAS_PALETTE | _PALETTE_BITS
_IS_TRANSPARENT, _DISPOSAL = 0x01, 0x1C  # flags of the graphic control in front of a frame
_AFTER = {2: After.CLEARED, 3: After.BACK}  # by its disposal; browsers clear to nothing, whatever the background is


class _Frame(NamedTuple):
    """Where a frame lies in the file and on the screen, and how it is drawn."""

    descriptor: bytes
    control: bytes
    palette: bytes
    start: int
    end: int


def open_gif(content: Content, _: Format) -> Image.Image:
    """Open a GIF; what its first frame does not cover is transparent, as browsers show it.

    Pillow fills it with the first colour of the palette.
    """
    image: Any = Image.open(content.file)
    if not image.tile:
        return cast(Image.Image, image)
    _, box, _, (bits, interlace, _) = image.tile[0]
    _check_place(content, box)
    _check_palette(image, content, 2 ** int(bits))
    finished(image, box, lambda: _again(content), is_interlaced=bool(interlace))
    if "transparency" in image.info or box == (0, 0, *image.size):  # Pillow fills the rest with the transparent colour
        return cast(Image.Image, image)

    def transparent_around(opened: Any) -> None:
        if opened.tell() > 0:
            return
        cover = Image.new("L", opened.size)
        cover.paste(255, box)
        opened.im = opened.im.convert("RGBA")
        opened.im.putband(cover.im, 3)
        opened._mode, opened.palette = "RGBA", None

    return once_decoded(image, transparent_around)


def _check_place(content: Content, box: tuple[int, int, int, int]) -> None:
    """Refuse a frame of which nothing is on the screen; Pillow makes the screen larger."""
    width, height = struct.unpack_from("<2H", content.start, 6)
    if (width and box[0] >= width) or (height and box[1] >= height):
        raise UnreadableImageError("damaged GIF: its first frame lies outside of its screen")


def _check_palette(image: Image.Image, content: Content, n_possible: int) -> None:
    """Refuse a picture without a palette, now or when a pixel is found that it has no colour for.

    Pillow has none if it is a ramp of greys, and takes numbers for greys if it isn't there.
    """
    if image.mode == "P" and image.palette is not None:
        within_palette(image, len(image.palette.palette) // 3, n_possible)
    elif content.start[10] & _FULL_PALETTE != _FULL_PALETTE:
        with place_kept(content.file):
            first = next(_frames(content.file), None)
        if first is None or not first.palette:
            raise UnreadableImageError("damaged GIF: it has no palette")
        within_palette(image, len(first.palette) // 3, n_possible)


def _again(content: Content) -> Image.Image:
    content.file.seek(0)
    return Image.open(content.file)


def n_frames(content: Content) -> int:
    """Count the frames of a GIF; 1 at least."""
    with place_kept(content.file):
        return max(1, sum(1 for _ in _frames(content.file)))


def parts(content: Content) -> Iterator[Part]:
    """Yield the frames of a GIF; UnreadableImageError where one is damaged."""
    frames = list(_frames(content.file))
    for frame in frames:
        left, top, width, height, flags = struct.unpack("<4HB", frame.descriptor)
        content.file.seek(frame.start)
        data = content.file.read(frame.end - frame.start)
        disposal = (frame.control[0] & _DISPOSAL) >> 2 if frame.control else 0
        still = b"".join((_start_of_still(frame, width, height, flags), data, b";"))
        yield Part(still, left, top, width, height, True, _AFTER.get(disposal, After.KEPT))


def _start_of_still(frame: _Frame, width: int, height: int, flags: int) -> bytes:
    """Return what stands in front of the pixels in a GIF of this frame alone."""
    bits = max(1, (len(frame.palette) // 3).bit_length() - 1) - 1
    screen = struct.pack("<6s2H3B", b"GIF89a", width, height, (_HAS_PALETTE | bits) if frame.palette else 0, 0, 0)
    control = b""
    if frame.control and frame.control[0] & _IS_TRANSPARENT:
        control = struct.pack("<4BHBB", 0x21, 0xF9, 4, _IS_TRANSPARENT, 0, frame.control[3], 0)
    return screen + frame.palette + control + struct.pack("<c4HB", b",", 0, 0, width, height, flags & _INTERLACED)


def _frames(file: BinaryIO) -> Iterator[_Frame]:
    """Yield the frames, by a walk over all blocks of the file; it ends where the file is damaged."""
    file.seek(0)
    screen = file.read(13)
    shared = _palette(file, screen[10]) if len(screen) == 13 else b""
    control = b""
    while (kind := file.read(1)) not in (b"", b";"):
        if kind == b"!":
            label, block = file.read(1), _block(file)
            if label == b"\xf9" and len(block) >= 4:
                control = block
            _pass_over_blocks(file, block)
        elif kind == b",":
            descriptor = file.read(9)
            if len(descriptor) < 9:
                return
            palette = _palette(file, descriptor[8]) or shared
            start = file.tell()
            file.read(1)  # the bits of a code
            _pass_over_blocks(file)
            yield _Frame(descriptor, control, palette, start, file.tell())
            control = b""


def _palette(file: BinaryIO, flags: int) -> bytes:
    return file.read(3 * (2 << (flags & _PALETTE_BITS))) if flags & _HAS_PALETTE else b""


def _block(file: BinaryIO) -> bytes:
    size = file.read(1)
    return file.read(size[0]) if size else b""


def _pass_over_blocks(file: BinaryIO, last: bytes = b"?") -> None:
    """Go on behind the empty block that ends a row of them; `last` is the one that was just read."""
    if not last:
        return
    read, seek = file.read, file.seek
    while size := read(1):
        if size == b"\0":
            return
        seek(size[0], 1)
