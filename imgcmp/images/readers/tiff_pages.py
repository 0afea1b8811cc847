"""The pages of a TIFF, and each of them as if it were the first."""

import io
import struct
from typing import BinaryIO

from imgcmp.images.open_file import Content, place_kept
from imgcmp.images.readers.tiff_directory import Directory, directories, read_header


def pages(content: Content) -> list[Directory]:
    """Return the pages of a TIFF; smaller copies of others and masks are none, unless there is nothing else."""
    with place_kept(content.file):
        found = list(directories(content.file, content.size))
    return [page for page in found if page.is_whole()] or found


def from_page(content: Content, page: Directory) -> Content:
    """Return the file as if a page were its first."""
    header = read_header(content.file)
    at, form = (8, "Q") if header.is_big else (4, "I")
    place = struct.pack(header.order + form, page.place)
    start = bytes(content.start)
    start = start[:at] + place + start[at + len(place) :]
    return content._replace(file=io.BufferedReader(_Patched(content.file, at, place)), start=start)


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
