"""JPEG XL."""

from typing import Any, cast

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.header_size import JxlHeld, jxl_held, jxl_size
from imgcmp.images.light import encoded
from imgcmp.images.open_file import Content
from imgcmp.images.orientation import exif_block, set_exif_aside
from imgcmp.images.readers.arrays import ArrayImage, Bytes, Meaning, Numbers, as_shown, bytes_to_decode
from imgcmp.images.readers.packages import extra_package, package_for
from imgcmp.images.readers.reserving import header, reserve_whole
from imgcmp.system.memory_budget import in_worker

_UNKNOWN = JxlHeld(0, False)
_FLOAT_BYTES = 4


def open_jpeg_xl(content: Content, form: Format) -> Image.Image:
    """Open a JPEG XL.

    The plugin garbles grey with opacity of more than 8 bits, makes 8 bits of light, which the darks need more of, and
    leaves colours multiplied by their opacity: these are decoded by imagecodecs.
    """
    plugin = package_for(form)
    if in_worker():
        plugin.DECODE_THREADS = 0
    reserve_whole(jxl_size(header(content)), "JXL")
    image = cast(ImageFile, plugin.JXLImageFile(content.file))
    if cast(Any, image).jpeg:
        return image
    # Upright by JPEG XL's own means, whatever its EXIF says (ISO/IEC 18181-2); a JPEG that was packed is not.
    set_exif_aside(image)
    held = jxl_held(bytes(content.start)) or _UNKNOWN
    is_garbled = image.mode == "LA" and held.bits != 8
    is_coarse = held.is_light and held.bits != 8
    return _by_array(image, content, held) if is_garbled or is_coarse or held.is_premultiplied else image


def holds_more(image: Image.Image, content: Content) -> bool:
    """Tell whether a file holds more than the pixels that are read: frames, colours of more than 8 bits; or may."""
    held = jxl_held(bytes(content.start))
    if held is None:
        return True
    is_finer = held.bits > 8 and not image.mode.startswith(("I", "F"))  # of grey all bits are read
    return held.is_film or is_finer or held.alpha_bits > 8


def _by_array(image: ImageFile, content: Content, held: JxlHeld) -> ArrayImage:
    """Return an image, of which the mode and the profile are known, that is decoded when it is asked for."""
    codecs = extra_package("imagecodecs", "JPEG XL of a rarer kind")
    if held.alpha_bits not in (0, held.bits) and held is not _UNKNOWN:
        bits = f"{held.alpha_bits} bits of opacity and {held.bits} of colours"
        raise UnreadableImageError(f"a JPEG XL of {bits} is not read: make a PNG of it")
    colours = "L" if image.mode in ("L", "LA") or image.mode.startswith(("I", "F")) else "RGB"
    n_colours = len(colours)
    with_alpha = image.mode in ("LA", "RGBA")
    meaning = Meaning(colours, 1.0, n_colours if with_alpha else None)

    def pixels() -> Bytes:
        content.file.seek(0)
        decoded = codecs.jpegxl_decode(content.file.read(), index=0, numthreads=1 if in_worker() else None)
        numbers = decoded.astype(np.float32) / np.float32(_white(decoded, held))
        return as_shown(_straight(numbers[..., np.newaxis] if numbers.ndim == 2 else numbers, n_colours, held), meaning)

    read = ArrayImage(
        image.size,
        meaning.mode,
        pixels,
        form="JXL",
        n_bytes=bytes_to_decode(image.size, n_colours + with_alpha, 2 * _FLOAT_BYTES, content.size),
        is_finer=held.bits != 8,
    )
    read.info["exif"] = exif_block(image)
    set_exif_aside(read)
    if not held.is_light and "icc_profile" in image.info:
        read.info["icc_profile"] = image.info["icc_profile"]
    return read


def _white(numbers: Numbers, held: JxlHeld) -> float:
    """Return the number that is full brightness."""
    if numbers.dtype.kind == "f":
        return 1.0
    most = np.iinfo(numbers.dtype).max
    return float(min(most, 2**held.bits - 1) if held.bits else most)


def _straight(numbers: Numbers, n_colours: int, held: JxlHeld) -> Numbers:
    """Return numbers of 0..1 that aren't multiplied by opacity, and are no light."""
    colours = numbers[..., :n_colours]
    if held.is_premultiplied:
        opacity = numbers[..., n_colours:]
        colours /= np.where(opacity > 0, opacity, 1)
    if held.is_light:
        colours[...] = encoded(np.nan_to_num(colours).clip(0, 1))
    return numbers
