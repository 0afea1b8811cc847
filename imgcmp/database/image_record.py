"""What a database keeps of one image."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.database.schema import DIGEST_BYTES, UNKNOWN
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_bits import NO_LOOK_ROW
from imgcmp.images.colour_signature import UNKNOWN_COLOURS
from imgcmp.images.image_file import UNKNOWN_TIME, ImageFile

UNKNOWN_DIGEST = bytes(DIGEST_BYTES)

_NO_VIEWS = np.zeros((0, 1), dtype=np.uint64)


class ImageRecord(NamedTuple):
    """What a database keeps of one image.

    Attributes
    ----------
    file : ImageFile
        The file that was read: path, size in bytes, and time of its last change.
    source : str
        The original's path, for a resized copy; else empty.
    words : ndarray of uint64, shape (n_words,)
        Packed fingerprint.
    width, height : int
        Of the picture before any shrinking, upright, in pixels.
    digest : bytes
        BLAKE2b of the file's size and of its first and last 64 KiB, 16 bytes; zeros: unknown.
    views : ndarray of uint64, shape (n_views, n_words)
        Packed fingerprints of the views.
    detail : int
        How much the picture shows, 0..100; -1: unknown. See `imgcmp.images.detail`.
    pixels : bytes
        Digest of the pixels, if that is too little to compare; zeros for others. See `imgcmp.images.pixel_digest`.
    n_frames : int
        Frames of the animation, or pages, that the file holds; 1: a still picture; -1: unknown.
    frame : int
        Which of them the fingerprint is of, from 0; -1: unknown.
    others : str
        What else the file holds, words of `imgcmp.images.also_held.OTHERS` with commas; empty: nothing, or unknown.
    middle : bytes
        BLAKE2b of spots between the file's ends, 16 bytes; zeros: unknown. See `imgcmp.images.file_digest`.
    format : str
        What the file is, such as "JPEG"; empty: unknown. See `imgcmp.images.stored_as`.
    bit_depth : int
        Bits of a channel in the file; -1: unknown.
    camera_make, camera_model : str
        Empty: unknown. See `imgcmp.images.camera_facts`.
    has_exif, has_gps : int
        Whether the file has EXIF, and a position in it: 1 or 0; -1: unknown.
    taken_ns : int
        When it was taken, by the camera's clock, in nanoseconds since 1970 of that clock; UNKNOWN_TIME.
    utc_offset_min : int
        Minutes that this clock was ahead of UTC; UNKNOWN_TIME.
    colours : bytes
        2 x 4 x 4 int8, means of two chroma channels; all -128: unknown. See `imgcmp.images.colour_signature`.
    sharpness : int
        How much fine detail the picture has; -1: unknown. See `imgcmp.images.sharpness`.
    look : ndarray of uint8, shape (n_look_bytes,)
        The look of the picture, and how its views lie on it: see `imgcmp.fingerprints.look_rows.LookRows.of`.
    damage : str
        What is wrong with the file, one of `imgcmp.images.image_file.DAMAGES`; empty: nothing, or unknown.
    rests_on : str
        `imgcmp.images.image_file.PREVIEW` if words, views, look and colours are those of the file's preview; empty: of
        the picture.
    """

    file: ImageFile
    source: str
    words: Words
    width: int
    height: int
    digest: bytes = UNKNOWN_DIGEST
    views: Words = _NO_VIEWS
    detail: int = UNKNOWN
    pixels: bytes = UNKNOWN_DIGEST
    n_frames: int = UNKNOWN
    frame: int = UNKNOWN
    others: str = ""
    middle: bytes = UNKNOWN_DIGEST
    format: str = ""
    bit_depth: int = UNKNOWN
    camera_make: str = ""
    camera_model: str = ""
    has_exif: int = UNKNOWN
    has_gps: int = UNKNOWN
    taken_ns: int = UNKNOWN_TIME
    utc_offset_min: int = UNKNOWN_TIME
    colours: bytes = UNKNOWN_COLOURS
    sharpness: int = UNKNOWN
    look: NDArray[np.uint8] = NO_LOOK_ROW
    damage: str = ""
    rests_on: str = ""
