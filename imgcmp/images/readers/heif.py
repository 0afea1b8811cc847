"""AVIF and HEIC."""

import io
from typing import BinaryIO, NamedTuple, cast

from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.colours import NCLX
from imgcmp.images.formats import Format
from imgcmp.images.header_size import Size
from imgcmp.images.open_file import Content
from imgcmp.images.orientation import let_be_turned
from imgcmp.images.readers.iso_boxes import (
    Property,
    film_properties,
    is_film,
    main_properties,
    meta_end,
    tile_properties,
)
from imgcmp.images.readers.iso_placing import placing
from imgcmp.images.readers.packages import package_for
from imgcmp.images.readers.reserving import reserve_whole
from imgcmp.system.memory_budget import in_worker, reserve

# The item that says how a gain map is to be laid over the picture, as its kind, and as a brand of the file.
_GAIN_MAP, _UNKNOWN = b"tmap", b"skip"

# Where the description of a codec tells the bits of a sample: AV1's marks of 10 and 12, HEVC's bits beyond 8, of two
# kinds of samples; and behind what all bits of each channel are listed.
_AV1_BITS, _MORE_THAN_8 = 2, 0x60
_HEVC_BITS, _BEYOND_8 = slice(17, 19), 0x07
_CHANNELS_FROM = 5


class Nclx(NamedTuple):
    """What the numbers of a picture mean, by the code points of ITU-T H.273."""

    primaries: int
    transfer: int
    matrix: int
    is_full_range: bool


def open_avif(content: Content, _: Format) -> Image.Image:
    """Open an AVIF: cropped and turned by its own properties alone, whatever its EXIF and its XMP say."""
    return _with_meaning(_placed_avif(content), content)


def _placed_avif(content: Content) -> Image.Image:
    image = _opened_avif(content)
    if is_film(content):
        if any(found.kind == b"clap" for found in film_properties(content)):
            raise UnreadableImageError("an AVIF of many pictures that are to be cropped is not read: make a GIF of it")
        return image
    shown = placing(main_properties(content), image.size)
    whole = (0, 0, *image.size)
    result = image if shown.box == whole else _cropped(image, shown.box)
    let_be_turned(result, shown.orientation)
    return result


def open_heic(content: Content, form: Format) -> ImageFile:
    """Open a HEIC: libheif crops and turns it by its own properties, and nothing else counts."""
    pillow_heif = package_for(form)
    if in_worker():
        pillow_heif.options.DECODE_THREADS = 1
    image = pillow_heif.HeifImageFile(content.file)
    let_be_turned(image, 1)
    return cast(ImageFile, _with_meaning(image, content))


def _with_meaning(image: Image.Image, content: Content) -> Image.Image:
    """Let an image tell what its numbers mean, where no ICC profile does."""
    if (nclx := nclx_of(content)) is not None:
        image.info[NCLX] = (nclx.primaries, nclx.transfer)
    return image


def has_fine_samples(content: Content) -> bool:
    """Tell whether samples of an AVIF or HEIC have more than 8 bits."""
    return max(map(_bits, tile_properties(content)), default=0) > 8


def sample_bits(content: Content) -> int:
    """Return the bits of the widest channel of an AVIF or HEIC; 0 if it doesn't say."""
    found = film_properties(content) if is_film(content) else tile_properties(content)
    return max(map(_bits, found), default=0)


def nclx_of(content: Content) -> Nclx | None:
    """Return what an AVIF or HEIC says of the meaning of its numbers; None if it doesn't, or by an ICC profile."""
    for kind, data in film_properties(content) if is_film(content) else main_properties(content):
        if kind == b"colr" and data.startswith(b"nclx") and len(data) >= 11:
            codes = [int.from_bytes(data[at : at + 2], "big") for at in (4, 6, 8)]
            return Nclx(codes[0], codes[1], codes[2], data[10] >= 0x80)
    return None


def _opened_avif(content: Content) -> ImageFile:
    """Open an AVIF with Pillow, without its gain map if that is of no known kind: the picture below it is shown."""
    Image.init()
    if "AVIF" not in Image.OPEN:
        raise ModuleNotFoundError("AVIF image: install Pillow 11.3 or later to read it")
    if in_worker():
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # there are as many workers as cores, and every thread takes memory
    try:
        return _by_pillow(content.file)
    except RuntimeError:  # among others
        without = _without_gain_map(content)
        if without is None:
            raise
        return _by_pillow(without)


def _by_pillow(file: BinaryIO) -> ImageFile:
    try:
        return Image.open(file, formats=["AVIF"])
    except UnidentifiedImageError:
        raise UnreadableImageError("damaged AVIF, or one that breaks a rule of the format") from None


def _without_gain_map(content: Content) -> BinaryIO | None:
    """Return an AVIF whose gain map is called by a name that nobody knows; None if it has none."""
    end = meta_end(content)
    if _GAIN_MAP not in content.read_at(0, end):
        return None
    reserve(3 * content.size)  # as it is, as it becomes, and in what it is read from
    content.file.seek(0)
    whole = content.file.read()
    return io.BytesIO(whole[:end].replace(_GAIN_MAP, _UNKNOWN) + whole[end:])


def _cropped(image: ImageFile, box: tuple[int, int, int, int]) -> Image.Image:
    """Return a part of an image; it is decoded for that."""
    reserve_whole(Size(*image.size), "AVIF")
    part = image.crop(box)
    part.format = image.format
    return part


def _bits(found: Property) -> int:
    """Return the bits of a sample that a property tells; 0 if it tells none."""
    kind, data = found
    if kind == b"av1C" and len(data) > _AV1_BITS:
        return 8 + 2 * (data[_AV1_BITS] & _MORE_THAN_8).bit_count()
    if kind == b"hvcC":
        return max((8 + (byte & _BEYOND_8) for byte in data[_HEVC_BITS]), default=0)
    n_channels = sum(data[_CHANNELS_FROM - 1 : _CHANNELS_FROM])
    return max(data[_CHANNELS_FROM:][:n_channels], default=0) if kind == b"pixi" else 0
