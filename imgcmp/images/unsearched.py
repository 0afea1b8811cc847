"""Folders that are not searched unless they are named: they hold what was thrown away, or copies that programs made.

Without this the picture in the trash can is as good as the one in the album, and by its name often the first of its
cluster. What is left out is counted and told; folders that hold the only copy of a picture are not on the list:
``.picasaoriginals`` (what Picasa kept of pictures it changed), ``originals`` and ``Masters`` of Apple's libraries,
``renders`` there (pictures as they were edited), ``.git/annex``.
"""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable

from imgcmp.images.image_file import PassedOver

_APPLE = ("photolibrary", "migratedphotolibrary", "aplibrary", "photoslibrary")  # iPhoto, Aperture, the first Photos

TRASH, THUMBNAILS, CACHES, VERSIONS, SYSTEM = "trash", "thumbnails", "caches", "old versions", "the system"

_TABLE = {
    TRASH: (
        ".Trash",  # freedesktop.org's of a drive for all its users; macOS's of a user; Samsung's
        ".Trash-*",  # freedesktop.org's of a drive, one a user
        ".Trashes",  # macOS's of a drive
        "*/.local/share/Trash",  # freedesktop.org's of a user
        "$RECYCLE.BIN",  # Windows
        "RECYCLER",  # Windows to XP
        "#recycle",  # Synology
        "@Recycle",  # QNAP
        ".recycle",  # Samba's vfs_recycle
        "Network Trash Folder",  # macOS on AFP shares
        ".globalTrash",  # Xiaomi
        "files_trashbin",  # Nextcloud, ownCloud
    ),
    THUMBNAILS: (
        ".thumbnails",  # freedesktop.org's once; Android's in DCIM and Pictures
        ".thumbs",  # gallery programs of phones
        ".xvpics",  # xv, GIMP once
        "@eaDir",  # Synology
        ".@__thumb",  # QNAP
        ".wdmc",  # Western Digital
        ".AppleDouble",  # netatalk: attributes of files, under the names of the files
        "*.lrdata",  # Lightroom: previews, and smart previews, which are small raw files
        "*.photoslibrary/*/derivatives",  # Photos: smaller copies of all pictures, in resources and in scopes
        "*.photoslibrary/*/proxies",
        "*.photoslibrary/*/modelresources",  # faces that were cut out
        *(f"*.{kind}/{name}" for kind in _APPLE for name in ("Thumbnails", "Previews", "iPod Photo Cache")),
        "*/iPhoto Library/Data",  # iPhoto to version 7; from 6 on it is Data.noindex
        "*/iPhoto Library/Data.noindex",
        "*/iPhoto Library/iPod Photo Cache",
        "*/CaptureOne/Cache",
        "*.cocatalog/Cache",
        "*/appdata_*/preview",  # Nextcloud
    ),
    CACHES: (
        ".cache",  # freedesktop.org's of a user, with thumbnails/ and what browsers keep
        "*/Library/Caches",  # macOS's of a user
        "*.photoslibrary/*/caches",
        "*.photoslibrary/private",
        ".dropbox.cache",
    ),
    VERSIONS: (
        ".stversions",  # Syncthing
        "*/.sync/Archive",  # Resilio
        "files_versions",  # Nextcloud, ownCloud
        ".DocumentRevisions-V100",  # macOS
        ".snapshots",  # snapper
        ".snapshot",  # NetApp
        "~snapshot",
        "#snapshot",  # Synology
        "@Recently-Snapshot",  # QNAP
        ".zfs",
        ".svn",  # holds each file of the working copy once more
        "*/.git/lfs",
    ),
    SYSTEM: (
        "System Volume Information",  # Windows
        ".Spotlight-V100",  # macOS
        ".fseventsd",
        ".TemporaryItems",
        "lost+found",  # what a check of the file system found without a name
    ),
}

CACHE_TAG = "CACHEDIR.TAG"
"""Lies in folders that are caches, by the convention that tar and backup programs keep, too."""

CACHE_TAG_START = b"Signature: 8a477f597d28d172789f06886806bc55"

TRASHED_START = ".trashed-"
"""How the names of pictures begin that Android 11 and later have in the trash: they stay in their folder."""


def kind_left_out(folder: str) -> str:
    """Return what a folder is, by its path, if it is not to be searched; else ""."""
    lowered = folder.lower()  # Windows writes $RECYCLE.BIN and $Recycle.Bin, on drives where it makes no difference
    name = lowered[lowered.rfind("/") + 1 :]
    if name in _NAMES:
        return _NAMES[name]
    for kind, pattern in _PATHS.get(name, ()):
        if pattern.match(lowered):
            return kind
    return next((kind for kind, pattern in _WILD_NAMES if pattern.match(name)), "")


def told_kinds(places: Iterable[PassedOver]) -> str:
    """Return of what kinds the places are that were left out, for people: "trash and thumbnails"."""
    kinds = sorted({place.reason for place in places}, key=list(_TABLE).index)
    return " and ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))


_ROWS = [(kind, glob.lower()) for kind, globs in _TABLE.items() for glob in globs]
_NAMES = {glob: kind for kind, glob in _ROWS if "*" not in glob}
_WILD_NAMES = [(kind, re.compile(fnmatch.translate(glob))) for kind, glob in _ROWS if "*" in glob and "/" not in glob]
_PATHS = defaultdict[str, list[tuple[str, re.Pattern[str]]]](list)  # by the last part, so that few are tried
for _kind, _glob in _ROWS:
    if "/" in _glob:
        _PATHS[_glob.rpartition("/")[2]].append((_kind, re.compile(fnmatch.translate(_glob))))
