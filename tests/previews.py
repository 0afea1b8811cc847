"""JPEGs that hold previews, as cameras write them: EXIF by hand, since Pillow writes no thumbnail."""

import io
import struct

from PIL import Image

TAKEN = b"2021:07:31 23:59:58"
_SHORT, _LONG, _TEXT = 3, 4, 2


def jpeg(image, **saved):
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": 85} | saved)
    return file.getvalue()


def exif_with(thumbnail, *, orientation=1, size=None, taken=TAKEN, changed=TAKEN, big_endian=True):
    """Return EXIF that holds a thumbnail, bytes, and says a size and times."""
    order = ">" if big_endian else "<"
    head = (b"MM\0*" if big_endian else b"II*\0") + struct.pack(order + "I", 8)

    def directory(at, tags, following):
        """Return a directory that lies at a place, with the texts of its tags behind it."""
        texts, entries = b"", b""
        behind = at + 2 + 12 * len(tags) + 4
        for tag, (kind, value) in sorted(tags.items()):
            if kind == _TEXT:
                entries += struct.pack(order + "HHII", tag, kind, len(value) + 1, behind + len(texts))
                texts += value + b"\0"
            else:
                form = "HHIHxx" if kind == _SHORT else "HHII"
                entries += struct.pack(order + form, tag, kind, 1, value)
        return struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", following) + texts

    details = {0x9003: (_TEXT, taken)} if taken else {}
    if size is not None:
        details |= {0xA002: (_LONG, size[0]), 0xA003: (_LONG, size[1])}

    def first(details_at, second_at):
        tags = {0x0112: (_SHORT, orientation), 0x8769: (_LONG, details_at)}
        if changed:
            tags[0x0132] = (_TEXT, changed)
        return directory(8, tags, second_at)

    def second(at, thumbnail_at):
        tags = {0x0103: (_SHORT, 6), 0x0201: (_LONG, thumbnail_at), 0x0202: (_LONG, len(thumbnail))}
        return directory(at, tags, 0)

    details_at = 8 + len(first(0, 0))
    second_at = details_at + len(directory(0, details, 0))
    thumbnail_at = second_at + len(second(0, 0))
    body = first(details_at, second_at) + directory(details_at, details, 0) + second(second_at, thumbnail_at)
    return b"Exif\0\0" + head + body + thumbnail


def thumbnail_of(image, size=(160, 120)):
    return jpeg(image.convert("RGB").resize(size, Image.Resampling.BOX))


def with_preview(image, thumbnail=None, *, saved=None, **told):
    """Return the bytes of a JPEG with a thumbnail in its EXIF, default one of 4:3 of the image."""
    image = image.convert("RGB")
    told = {"size": image.size} | told
    return jpeg(image, exif=exif_with(thumbnail_of(image) if thumbnail is None else thumbnail, **told), **saved or {})


def with_listed_preview(data, preview):
    """Return the bytes of a JPEG behind which a preview lies that its multi-picture index lists."""

    def index(place):
        entries = struct.pack(">IIIHH", 0x030000, 0, 0, 0, 0) + struct.pack(
            ">IIIHH", 0x010001, len(preview), place, 0, 0
        )
        tags = struct.pack(">HHII", 0xB000, 7, 4, 0x30313030) + struct.pack(">HHII", 0xB001, 4, 1, 2)
        tags += struct.pack(">HHII", 0xB002, 7, len(entries), 50)
        return b"MM\0*" + struct.pack(">IH", 8, 3) + tags + struct.pack(">I", 0) + entries

    def segment(place):
        payload = b"MPF\0" + index(place)
        return b"\xff\xe2" + struct.pack(">H", 2 + len(payload)) + payload

    n_bytes = len(segment(0))
    exif_end = 4 + int.from_bytes(data[4:6], "big")
    # Places count from the index on, which is behind the marker, the length and the name of its segment.
    place = len(data) + n_bytes - (exif_end + 8)
    return data[:exif_end] + segment(place) + data[exif_end:] + preview
