"""The layout of the fingerprint database, version 4: what docs/format.md states, as constants."""

from imgcmp.images.file_digest import DIGEST_BYTES as DIGEST_BYTES

FORMAT = "imgcmp-fingerprints"
VERSION = 4
READ_VERSIONS = (1, 2, 3, 4)
USER_BLOCK_BYTES = 512

TEXTS = ("files", "source")

# What else is known of an image, a number or a text each, is a column of its own, by the name of the field of
# `imgcmp.database.image_record.ImageRecord`. To add one, add it here, with the version that brought it, and there.
FACTS = ("mtime_ns", "size", "width", "height", "detail", "n_frames", "frame")
NOTES = ("others",)
SINCE = {"detail": 3, "n_frames": 4, "frame": 4, "others": 4}
FACTS_OF_FILE = ("mtime_ns", "size")  # which are fields of the record's file
UNKNOWN = -1  # of a fact that an earlier version did not have; of a note it is an empty text
FAILED_TEXTS = ("files", "reason")
FAILED_FACTS = ("mtime_ns", "size")

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
