"""All cells of the format matrix."""

from formats import bitmaps, jpeg, png, portable, psd, tiff

CELLS = [cell for family in (tiff, png, portable, psd, bitmaps, jpeg) for cell in family.CELLS]
