"""The layout of the fingerprint database, version 3: what docs/format.md states, as constants."""

from imgcmp.images.file_digest import DIGEST_BYTES as DIGEST_BYTES

FORMAT = "imgcmp-fingerprints"
VERSION = 3
READ_VERSIONS = (1, 2, 3)
USER_BLOCK_BYTES = 512

TEXTS = ("files", "source")
FACTS = ("mtime_ns", "size", "width", "height", "detail")
FACTS_SINCE = {"detail": 3}  # the version that brought it; before, it is unknown
UNKNOWN = -1
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
