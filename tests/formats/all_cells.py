"""All cells of the format matrix."""

from formats import bitmaps, fits, gif, heif, jpeg, jpeg_2000, jpeg_xl, png, portable, psd, rare, tiff, tiff_by_others, webp

_FAMILIES = (tiff, tiff_by_others, png, jpeg, jpeg_2000, gif, webp, heif, jpeg_xl, psd, bitmaps, portable, fits, rare)

CELLS = [cell for family in _FAMILIES for cell in family.CELLS]
