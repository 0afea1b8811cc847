"""What a file shows beside the pixels that are read of it."""

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.images.open_file import Content
from imgcmp.images.readers import heif, jpeg, jpeg_xl, plain, png, tiff
from imgcmp.images.readers.arrays import ArrayImage
from imgcmp.images.readers.coarser import is_coarser


def holds_more(image: Image.Image, content: Content) -> bool:
    """Tell whether a file shows more than the pixels that Pillow makes of it: other frames, or finer colours."""
    if is_coarser(image):
        return True
    if image.format == "PSD":  # whose frames are layers: they are in the picture
        return False
    return bool(getattr(image, "is_animated", False)) or _has_fine_colours(image, content)


def _has_fine_colours(image: Image.Image, content: Content) -> bool:
    if isinstance(image, ArrayImage):
        return image.is_finer
    if isinstance(image, TiffImageFile):
        return tiff.has_fine_colours(image)
    if image.format == "JPEG":
        return jpeg.has_fine_colours(image)
    if image.format in ("AVIF", "HEIF"):
        return heif.has_fine_samples(content)
    if image.format == "JXL":
        return jpeg_xl.holds_more(image, content)
    if image.format in ("PPM", "SGI"):
        return plain.has_fine_samples(image, content)
    return image.format == "PNG" and not image.mode.startswith("I") and png.has_fine_samples(content)
