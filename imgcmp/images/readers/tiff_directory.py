"""The directories of a TIFF: what its tags say about each of its pictures, read before any decoder is asked."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from imgcmp.errors import UnreadableImageError

Numbers = tuple[int, ...]

# Tags (TIFF 6.0; subfile types, tile and sample tags of its part 2).
SUBFILE_TYPE, OLD_SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION = 254, 255, 256, 257, 258, 259
PHOTOMETRIC, FILL_ORDER, STRIP_OFFSETS, ORIENTATION, N_SAMPLES = 262, 266, 273, 274, 277
ROWS_PER_STRIP, STRIP_BYTES, PLANAR, PREDICTOR, COLOUR_MAP = 278, 279, 284, 317, 320
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 322, 323, 324, 325
INK_SET, N_INKS, EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_OFFSET, DEPTH = 332, 334, 338, 339, 513, 32997
_PROFILE, LAYERS = 34675, 37724  # of Photoshop's layers that they are there, no more

_TAGS_OF_ONE_NUMBER = {SUBFILE_TYPE, OLD_SUBFILE_TYPE, WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC, FILL_ORDER}
_TAGS_OF_ONE_NUMBER |= {ORIENTATION, N_SAMPLES, ROWS_PER_STRIP, PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT}
_TAGS_OF_ONE_NUMBER |= {INK_SET, N_INKS, JPEG_OFFSET, DEPTH}
_TAGS_OF_MANY = {BITS, STRIP_OFFSETS, STRIP_BYTES, COLOUR_MAP, TILE_OFFSETS, TILE_BYTES, EXTRA_SAMPLES, SAMPLE_FORMAT}

_NUMBER_OF_TYPE = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_MOST_NUMBERS = 2**20  # of a tag: they take up to 40 MB, and are the places of as many tiles
_MOST_TAGS, _MOST_DIRECTORIES = 4096, 65_536

_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2


class Header(NamedTuple):
    """The first bytes of a TIFF: the order of its bytes, of struct, whether it is a BigTIFF, its first directory."""

    order: str
    is_big: bool
    first: int


class Directory(NamedTuple):
    """A directory: its number, where it begins, and the numbers of those of its tags that say how pixels lie.

    `profile` tells where the colour profile lies, from and to; nowhere if there is none. `following` is the place of
    the next directory, 0 if there is none.
    """

    number: int
    place: int
    tags: dict[int, Numbers]
    profile: tuple[int, int]
    following: int

    def first(self, tag: int, default: int) -> int:
        """Return the first number of a tag."""
        numbers = self.tags.get(tag)
        return numbers[0] if numbers else default

    def is_whole(self) -> bool:
        """Tell whether this is a picture in full, not a small copy or the mask of another one."""
        kind, old_kind = self.first(SUBFILE_TYPE, 0), self.first(OLD_SUBFILE_TYPE, 0)
        return not (kind & (_REDUCED | _MASK) or old_kind == _OLD_REDUCED)


def read_header(file: BinaryIO) -> Header:
    """Read the first bytes of a TIFF."""
    file.seek(0)
    start = file.read(16)
    order = ">" if start[:2] == b"MM" else "<"
    is_big = 43 in start[2:4]
    try:
        first = _unpacked(order + "Q", start[8:16]) if is_big else _unpacked(order + "I", start[4:8])
    except struct.error:
        raise UnreadableImageError("damaged TIFF: it ends within its first bytes") from None
    return Header(order, is_big, first)


def directories(file: BinaryIO, size: int) -> Iterator[Directory]:
    """Yield the directories of a TIFF, as long as they can be read; UnreadableImageError if the first one can't be."""
    header = read_header(file)
    place, seen, n_numbers = header.first, set[int](), 0
    while place and place not in seen and len(seen) < _MOST_DIRECTORIES:
        try:
            tags, profile, following = _read_directory(file, size, header, place)
        except (struct.error, UnreadableImageError) as error:
            if seen:
                return
            if isinstance(error, UnreadableImageError):
                raise
            raise UnreadableImageError("damaged TIFF: its first directory lies beyond its end") from None
        n_numbers += sum(map(len, tags.values()))
        if n_numbers > size:  # of several tags the same bytes: of a file of 1 MB 30 pages took 1.2 GB
            if seen:
                return
            raise UnreadableImageError("damaged TIFF: it says more about its pixels than it has bytes")
        yield Directory(len(seen), place, tags, profile, following)
        seen.add(place)
        place = following
    if not seen:
        raise UnreadableImageError("damaged TIFF: it has no directory")


def _read_directory(
    file: BinaryIO, size: int, header: Header, place: int
) -> tuple[dict[int, Numbers], tuple[int, int], int]:
    """Return the tags of a directory, where the profile lies, and where the next directory begins.

    struct.error if the file ends before it does.
    """
    order = header.order
    count_form, entry_form, place_form = ("Q", "HHQ8s", "Q") if header.is_big else ("H", "HHI4s", "I")
    entry_bytes = struct.calcsize(order + entry_form)
    if place >= size:
        raise struct.error
    file.seek(place)
    n_tags = _unpacked(order + count_form, file.read(struct.calcsize(order + count_form)))
    if n_tags > _MOST_TAGS:
        raise UnreadableImageError(f"damaged TIFF: a directory of {n_tags} tags")
    entries = file.read(n_tags * entry_bytes)
    if len(entries) < n_tags * entry_bytes:
        raise struct.error
    following = file.read(struct.calcsize(order + place_form))
    tags: dict[int, Numbers] = {}
    profile = (0, 0)
    for tag, kind, count, value in struct.iter_unpack(order + entry_form, entries):
        if tag == _PROFILE and count > len(value):
            start = _unpacked(order + place_form, value)
            profile = (start, start + count)
        elif tag == LAYERS:
            tags[tag] = (1,)
        elif tag not in tags and (numbers := _numbers(file, size, header, tag, kind, count, value)):
            tags[tag] = numbers
    is_last = len(following) < struct.calcsize(place_form)
    return tags, profile, 0 if is_last else _unpacked(order + place_form, following)


def _numbers(file: BinaryIO, size: int, header: Header, tag: int, kind: int, count: int, value: bytes) -> Numbers:
    """Return the numbers of a tag that says how pixels lie; none of another one."""
    if tag not in _TAGS_OF_ONE_NUMBER | _TAGS_OF_MANY or kind not in _NUMBER_OF_TYPE:
        return ()
    form = _NUMBER_OF_TYPE[kind]
    n_bytes = count * struct.calcsize(header.order + form)
    if n_bytes > len(value):
        place = _unpacked(header.order + ("Q" if header.is_big else "I"), value)
        if place + n_bytes > size:
            raise UnreadableImageError("damaged or cut short: what the TIFF says about its pixels lies beyond its end")
        if count > _MOST_NUMBERS:
            raise UnreadableImageError(f"damaged TIFF: it says {count:,} numbers of a kind about its pixels")
        file.seek(place)
        value = file.read(n_bytes)
    count = 1 if tag in _TAGS_OF_ONE_NUMBER else count
    return struct.unpack_from(f"{header.order}{count}{form}", value) if n_bytes else ()


def _unpacked(form: str, data: bytes) -> int:
    (number,) = struct.unpack(form, data)
    return int(number)


def profile_of(file: BinaryIO, size: int, directory: Directory) -> bytes:
    """Return the colour profile of a picture; empty if it has none, or less of it is there than it says."""
    start, end = directory.profile
    if end > size:  # asked first: a file that isn't in memory is read into as many bytes as are asked for
        return b""
    file.seek(start)
    return file.read(end - start)


def standing_for_all(file: BinaryIO, size: int) -> Directory:
    """Return the directory of the picture that stands for a TIFF: the first that is whole; else the first."""
    seen: list[Directory] = []
    for directory in directories(file, size):
        if directory.is_whole():
            return directory
        seen.append(directory)
    following = seen[-1].following
    if following and following not in [directory.place for directory in seen]:
        raise UnreadableImageError("damaged or cut off: the TIFF has but a small copy, or the mask, of its picture")
    return seen[0]
