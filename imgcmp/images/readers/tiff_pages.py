"""The pages of a TIFF, told by its directories alone, and each of them as if it were the first."""

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from imgcmp.images.open_file import Content, place_kept

# Tags: what kind of picture it is, now and in earlier days, and Photoshop's layers.
_SUBFILE_TYPE, _EARLIER_SUBFILE_TYPE, _LAYERS = 254, 255, 37724
_REDUCED_OR_MASK, _EARLIER_REDUCED = 0b101, 2

_MOST_PAGES, _MOST_TAGS = 2**16, 4096


class Page(NamedTuple):
    """Where the directory of a page is, and whether it has layers."""

    place: int
    has_layers: bool


class _Layout(NamedTuple):
    """How numbers lie in a TIFF, the classic one and the big one."""

    order: str
    place: str  # of a directory
    first: int  # where the place of the first one stands
    n_tags: str
    tag: str


def pages(content: Content) -> list[Page]:
    """Return the pages of a TIFF; smaller copies of others and masks are none, unless there is nothing else."""
    with place_kept(content.file):
        found = list(_directories(content.file))
    full = [page for page, is_full in found if is_full]
    return full or [page for page, _ in found]


def from_page(content: Content, page: Page) -> Content:
    """Return the file as if a page were its first."""
    layout = _layout(content.file)
    assert layout is not None  # it has pages
    place = struct.pack(layout.order + layout.place, page.place)
    file = io.BufferedReader(_Patched(content.file, layout.first, place))
    start = bytes(content.start)
    start = start[: layout.first] + place + start[layout.first + len(place) :]
    return content._replace(file=file, start=start)


def _layout(file: BinaryIO) -> _Layout | None:
    file.seek(0)
    order = {b"II": "<", b"MM": ">"}.get(file.read(2))
    if order is None:
        return None
    version = int.from_bytes(file.read(2), "little" if order == "<" else "big")
    if version == 42:
        return _Layout(order, "I", 4, "H", "HHI4s")
    return _Layout(order, "Q", 8, "Q", "HHQ8s") if version == 43 else None


def _directories(file: BinaryIO) -> Iterator[tuple[Page, bool]]:
    """Yield the pages, and of each whether it is a full one."""
    layout = _layout(file)
    if layout is None:
        return
    place = _number(file, layout.first, layout.order + layout.place)
    seen: set[int] = set()
    while place and place not in seen and len(seen) < _MOST_PAGES:
        seen.add(place)
        n_tags = _number(file, place, layout.order + layout.n_tags)
        tag = struct.Struct(layout.order + layout.tag)
        if not 0 < n_tags <= _MOST_TAGS:
            return
        start = place + struct.calcsize(layout.n_tags)
        file.seek(start)
        entries = file.read(n_tags * tag.size)
        if len(entries) < n_tags * tag.size:
            return
        values = {number: (kind, value) for number, kind, _, value in tag.iter_unpack(entries)}
        is_reduced = _value(values, _SUBFILE_TYPE, layout) & _REDUCED_OR_MASK
        was_reduced = _value(values, _EARLIER_SUBFILE_TYPE, layout) == _EARLIER_REDUCED
        yield Page(place, _LAYERS in values), not (is_reduced or was_reduced)
        place = _number(file, start + len(entries), layout.order + layout.place)


def _value(values: dict[int, tuple[int, bytes]], number: int, layout: _Layout) -> int:
    kind, value = values.get(number, (0, b""))
    form = {3: "H", 4: "I", 16: "Q"}.get(kind)
    if form is None or struct.calcsize("=" + form) > len(value):
        return 0
    return int(struct.unpack_from(layout.order + form, value)[0])


def _number(file: BinaryIO, place: int, form: str) -> int:
    """Return a number of the file; 0 behind its end."""
    file.seek(place)
    raw = file.read(struct.calcsize(form))
    return int(struct.unpack(form, raw)[0]) if len(raw) == struct.calcsize(form) else 0


class _Patched(io.RawIOBase):
    """A file of which a few bytes are others."""

    def __init__(self, file: BinaryIO, place: int, patch: bytes) -> None:
        self.file, self.place, self.patch = file, place, patch
        self.at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self.at
        elif whence == io.SEEK_END:
            offset += self.file.seek(0, io.SEEK_END)
        self.at = offset
        return offset

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        self.file.seek(self.at)
        data = bytearray(self.file.read(len(buffer)))
        for k, byte in enumerate(self.patch):
            if 0 <= self.place + k - self.at < len(data):
                data[self.place + k - self.at] = byte
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)
