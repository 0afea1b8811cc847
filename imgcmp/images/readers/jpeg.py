"""JPEG."""

import io
from typing import BinaryIO, cast

from PIL import Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.jpeg_segments import HIERARCHY, Frame, Segment, frame_of, segments_of
from imgcmp.images.open_file import Content
from imgcmp.images.readers.jpeg_codecs import open_by_imagecodecs
from imgcmp.images.readers.jpeg_repair import repaired, with_height, without_the_rest
from imgcmp.images.readers.jpeg_scans import means_alone

# A decoder is given the whole file in one piece: in Pillow's 64 KiB pieces camera files take 3 to 5 % longer, and
# arithmetic coding, which libjpeg can't read in pieces, ends behind the first.
_MOST_BYTES_AT_ONCE = 2**28

_LOSSLESS, _LOSSLESS_ARITHMETIC, _JPEG_LS = 0xC3, 0xCB, 0xF7
_DCT = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))  # sequential and progressive, coded by Huffman and arithmetically
_READ = _DCT | {_LOSSLESS, _JPEG_LS}
_NAMED_RGB = tuple(b"RGB")
_SMALLEST = 8  # by what a draft divides the sides, at most


def open_jpeg(content: Content, _: Format) -> Image.Image:
    """Open a JPEG: by Pillow, or by imagecodecs if it is one of those that Pillow doesn't know.

    Raises
    ------
    UnreadableImageError
        If it is damaged, or of a kind that neither knows.
    """
    file, segments, frame = _well_formed(content)
    if frame is None:
        raise UnreadableImageError("damaged or cut off: the header of the JPEG does not lead to a picture")
    _check(frame, segments)
    if frame.bits != 8 or frame.marker == _JPEG_LS:
        return open_by_imagecodecs(file, segments, frame)
    image = _by_pillow(file, segments)
    decode_at_once(image, content.size)
    if frame.marker == _LOSSLESS:
        image.decoderconfig = (1, 0)  # as a draft leaves it: none is made after it, which could not be decoded
    return image


def decode_at_once(image: JpegImageFile, n_bytes: int) -> None:
    """Let the decoder be given the file, of so many bytes, in one piece."""
    image.decodermaxblock = max(image.decodermaxblock, min(n_bytes, _MOST_BYTES_AT_ONCE))


def decode_means_alone(image: JpegImageFile, content: Content) -> None:
    """Let an image that a draft has made 1/8 be decoded from the mean values of its blocks alone, if it can be.

    Parameters
    ----------
    image : JpegImageFile
        As it was opened, not loaded.
    content : Content
        Its file.
    """
    is_smallest = bool(image.decoderconfig) and image.decoderconfig[0] == _SMALLEST
    if is_smallest and image.info.get("progressive") and (means := means_alone(content)) is not None:
        image.fp = io.BytesIO(means)


def is_ycbcr(image: JpegImageFile) -> bool:
    """Tell whether three colours are stored as YCbCr, for sure: libjpeg makes that of nothing else.

    Markers of Adobe can say that they are RGB, and so do names of the components.
    """
    names = tuple(name for name, *_ in image.layer)
    is_said = image.info.get("adobe_transform") if "adobe" in image.info else 1
    return len(names) == 3 and names != _NAMED_RGB and is_said == 1


def has_fine_colours(image: Image.Image) -> bool:
    """Tell whether colours have more than the 8 bits a sample that are left of them; of grey all are."""
    return not image.mode.startswith("I") and int(image.info.get("bits", 8)) > 8


def _well_formed(content: Content) -> tuple[BinaryIO, list[Segment], Frame | None]:
    """Return a file in which segment follows upon segment: that one, or one made of it without the damaged ones."""
    segments, is_regular = segments_of(content.file, content.size, content.start)
    if is_regular:
        frame = frame_of(content.file, segments)
        if frame is None or frame.height:
            return content.file, segments, frame
        mended = with_height(content, segments)
    else:
        mended = repaired(content)
    if mended is None:
        return content.file, segments, frame_of(content.file, segments) if is_regular else None
    segments, _ = segments_of(mended, len(mended.getbuffer()))
    return mended, segments, frame_of(mended, segments)


def _check(frame: Frame, segments: list[Segment]) -> None:
    """Raise UnreadableImageError if a frame is of no kind that is read."""
    n_colours = len(frame.components)
    if frame.marker == _LOSSLESS_ARITHMETIC:
        raise UnreadableImageError("lossless JPEG with arithmetic coding is not read: make a PNG of it")
    if frame.marker not in _READ or HIERARCHY in [each.marker for each in segments]:
        raise UnreadableImageError("hierarchical JPEG is not read: make a PNG of it")
    if not (frame.width and frame.height):
        raise UnreadableImageError(f"damaged JPEG: its size is {frame.width} x {frame.height} pixels")
    if frame.marker in _DCT and frame.bits not in (8, 12):
        raise UnreadableImageError(f"damaged JPEG: it has {frame.bits} bits a sample, where 8 and 12 are possible")
    if n_colours not in (1, 3, 4):
        raise UnreadableImageError(f"JPEG of {n_colours} colours a pixel is not read; of 1, 3 and 4 it is")


def _by_pillow(file: BinaryIO, segments: list[Segment]) -> JpegImageFile:
    """Open a JPEG by Pillow; where a segment stops it that the picture doesn't need, without those."""
    try:
        return _jpeg(file)
    except Image.DecompressionBombError:
        raise
    except Exception as error:  # as many kinds as there are things in segments
        for with_exif in (True, False):
            try:
                return _jpeg(without_the_rest(file, segments, with_exif=with_exif))
            except Exception:
                continue
        if isinstance(error, UnidentifiedImageError):
            raise UnreadableImageError("damaged JPEG: its tables or its colours are none") from error
        raise


def _jpeg(file: BinaryIO) -> JpegImageFile:
    file.seek(0)
    return cast(JpegImageFile, Image.open(file, formats=["JPEG"]))
