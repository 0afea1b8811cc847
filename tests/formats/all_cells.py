"""All cells of the format matrix."""

from formats import (
    bitmaps,
    fits,
    gif,
    heif,
    jpeg,
    jpeg_2000,
    jpeg_xl,
    png,
    portable,
    profiles,
    psd,
    rare,
    raw,
    tiff,
    tiff_by_others,
    transparent,
    webp,
)

_FAMILIES = (tiff, tiff_by_others, png, jpeg, jpeg_2000, gif, webp, heif, jpeg_xl, raw, psd, bitmaps, portable, fits)
_FAMILIES += (rare, profiles, transparent)

CELLS = [cell for family in _FAMILIES for cell in family.CELLS]
