"""Cells that few other readers show as they should be, and why they are read so all the same."""

import re

_REASONS = (
    (
        r"^TIFF: .*range ",
        "nothing in the file says what is white: the least usual range that holds all numbers is taken",
    ),
    (r"^FITS: ", "FITS doesn't say what is white: smallest and largest number are black and white"),
    (
        r"first frame is black|a reduced picture, then|a mask, then",
        "others show the first frame or page, whatever it is",
    ),
    (r"zero 0 is white", "PhotometricInterpretation says that 0 is white; others heed it at 8 and 16 bits alone"),
    (r"numbers 24 bits", "ImageMagick garbles 24 bits"),
    (r"alpha of no meaning", "ExtraSamples 0 says that it is no transparency (TIFF 6.0)"),
    (r"grey, alpha \w+, .*layout planes", "others garble grey and alpha in planes"),
    (r"CMYK, numbers uint16", "libvips converts inks by a profile of its own"),
    (r"LAB, numbers \w+, alpha opaque", "libvips takes the alpha for the picture"),
    (r"^PNG: orientation", "PNG says that EXIF may stand anywhere; its type is read generously"),
    (r"^PNG: meaning of the numbers", "PNG says what these chunks mean; others ignore most of them"),
    (r"(^JPEG 2000|^AVIF): .*bits 1[02]", "OpenCV leaves the numbers in the lowest of 16 bits"),
    (r"a fourth of no meaning", "the channel definition says that it is no opacity"),
    (r"^GIF: first frame smaller", "browsers show nothing around it; others fill it with a colour"),
    (r"^WebP: .*first frame is smaller", "nothing is drawn around it; others fill it with black"),
    (r"^PSD: .*saved selection", "psd-tools takes a saved selection for transparency"),
    (r"^PSD: mode grey, one channel more transparency", "ImageMagick leaves transparent grey as it is"),
    (r"^PSD: .*bits 32", "Photoshop stores light in 32 bits; others show its numbers as if they were of sRGB's curve"),
    (r"^BMP: .*32 \(888\)", "others take the unused byte for transparency"),
    (r"^PNM: kind P[GP]M, numbers binary, white", "OpenCV doesn't scale by the white that the file names"),
    (r"^PNM: kind PAM", "OpenCV exchanges red and blue, and ignores opacity"),
    (r"^Sun raster: pixels black and white", "OpenCV shows a negative"),
)


def why_alone(cell):
    """Return why a cell is not read as most others read it; None if nothing is known of that."""
    return next((reason for pattern, reason in _REASONS if re.search(pattern, cell.name)), None)
