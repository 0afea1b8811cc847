"""The EXIF orientation of a picture: which way up it is to be seen, and turned so."""

from typing import Any

from PIL import ExifTags, Image

_UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)
_XMP = ("xmp", "XML:com.adobe.xmp")  # Pillow's names for it
_OWN_EXIF = "imgcmp: exif"


def upright(original: Image.Image, image: Image.Image) -> Image.Image:
    """Return an image made from `original` as the EXIF orientation of `original` says it is to be seen."""
    turn = _UPRIGHT_BY.get(orientation(original))
    return image if turn is None else image.transpose(turn)


def is_sideways(image: Image.Image) -> bool:
    """Tell whether width and height change places when it is turned upright."""
    return orientation(image) in _SIDEWAYS


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation of an image, 1..8; 1, upright, if there is none or its EXIF is damaged."""
    image.load()  # some of Pillow's readers turn the picture themselves while they load it, and say so only then
    try:
        value = _exif_of(image).get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF raises nearly anything; the picture itself is sound
        return 1
    if isinstance(value, (bytes, tuple)) and value:  # of type BYTE, or more than the one number that counts
        value = value[0]
    return value if value in _UPRIGHT_BY else 1


def forget_xmp(image: Image.Image) -> dict[str, Any]:
    """Take what an image has of XMP away from it, and return it.

    Where EXIF has no orientation Pillow takes that of XMP, which browsers don't; a TIFF it even turns by it.
    """
    return {name: image.info.pop(name) for name in _XMP if name in image.info}


def let_be_turned(image: Image.Image, value: int) -> None:
    """Let an image be turned as this EXIF orientation says, and by nothing else that is in its file."""
    forget_xmp(image)
    set_exif_aside(image)
    image._exif = None  # of a JPEG Pillow has read it already
    if value != 1:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = value
        image.info["exif"] = exif.tobytes()


def set_exif_aside(image: Image.Image, block: bytes | None = None) -> None:
    """Take the EXIF of an image away from it, so that nothing turns it, and keep it for what else it tells.

    What was set aside first counts; `block` is kept instead of what the image's reader found.
    """
    found = image.info.pop("exif", b"")
    image.info.setdefault(_OWN_EXIF, found if block is None else block)


def exif_block(image: Image.Image) -> bytes:
    """Return the EXIF of the file of an image, as its reader found it; empty if there is none."""
    block: bytes = image.info.get(_OWN_EXIF, image.info.get("exif")) or b""
    return block


def _exif_of(image: Image.Image) -> Image.Exif:
    """Return what is in the EXIF of an image alone."""
    xmp, before = forget_xmp(image), image._exif
    if xmp:
        image._exif = None  # of a JPEG Pillow has read it already, and taken the orientation of XMP where it has none
    try:
        return image.getexif()
    finally:
        image.info.update(xmp)
        if xmp:
            image._exif = before
