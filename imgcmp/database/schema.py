"""The layout of the fingerprint database, version 4: what docs/format.md states, as constants."""

import numpy as np

from imgcmp.images.file_digest import DIGEST_BYTES as DIGEST_BYTES
from imgcmp.images.image_file import UNKNOWN as UNKNOWN
from imgcmp.images.image_file import UNKNOWN_TIME

FORMAT = "imgcmp-fingerprints"
VERSION = 4
READ_VERSIONS = (1, 2, 3, 4)
USER_BLOCK_BYTES = 512

SEGMENTS, FAILED, REMOVED = "segments", "failed", "removed"  # the groups, and the texts beside them
TEXTS = ("files", "source")

# What else is known of an image, a number, a text or a row of bytes each, is a column of its own, by the name of the
# field of `imgcmp.database.image_record.ImageRecord`. To add one, add it here, with the version that brought it and
# what stands for "unknown" if that isn't UNKNOWN, and there.
FACTS = (
    *("mtime_ns", "size", "width", "height", "detail", "n_frames", "frame"),
    *("ctime_ns", "bit_depth", "has_exif", "has_gps", "taken_ns", "utc_offset_min", "sharpness"),
)
NOTES = ("others", "format", "camera_make", "camera_model", "damage", "rests_on")
LATER_NOTES = ("damage", "rests_on")  # which segments of version 4 may lack: they are empty there
COLOUR_MEANS = 32
BYTES = {
    "digest": (np.dtype(np.uint8), DIGEST_BYTES),
    "middle": (np.dtype(np.uint8), DIGEST_BYTES),
    "pixels": (np.dtype(np.uint8), DIGEST_BYTES),
    "colours": (np.dtype(np.int8), COLOUR_MEANS),
}
SINCE = {"detail": 3, "digest": 2, "pixels": 3} | dict.fromkeys(
    (*FACTS[FACTS.index("n_frames") :], *NOTES, "middle", "colours"), 4
)
FACTS_OF_FILE = ("mtime_ns", "size", "ctime_ns")  # which are fields of the record's file
# What stands for "unknown"; of a note it is an empty text, of a digest zeros.
UNKNOWN_FACTS = dict.fromkeys(FACTS, UNKNOWN) | dict.fromkeys(("ctime_ns", "taken_ns", "utc_offset_min"), UNKNOWN_TIME)
UNKNOWN_COLOUR = -128
FAILED_TEXTS = ("files", "reason")
FAILED_FACTS = ("mtime_ns", "size", "ctime_ns")

# The attributes about views: their kinds, and their names, a line each.
VIEWS, VIEW_NAMES = "views", "view names"

# What the attributes of History are called in the file; version 1 has the second alone.
HISTORY = {
    "created": "created",
    "created_by": "created by",
    "changed": "changed",
    "changed_by": "changed by",
    "pillow": "pillow",
}
