"""What a file holds beside the picture that is read of it: frames, pages, films, gain maps, depth maps, layers.

Readers are loaded when a file of theirs is met, as `imgcmp.images.decoders` does.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from imgcmp.images.boxes import boxes
from imgcmp.images.file_type import TELLING_BYTES, format_of
from imgcmp.images.header_size import jxl_held
from imgcmp.images.open_file import Content, place_kept
from imgcmp.images.readers.coarser import is_coarser
from imgcmp.images.tiff_numbers import has_fine_colours

OTHERS = ("depth map", "film", "gain map", "layers", "pages", "second picture")
"""The words for what else a file holds, sorted."""

UNKNOWN_FRAMES = -1
"""More than one, but nobody counted."""

_SHOWN_TOO = frozenset(("film", "gain map", "second picture"))

# What tells a gain map (ISO 21496-1, Apple's) and a depth map in the box of a HEIC or AVIF that lists what is in it.
_ITEM_GAIN_MAP = re.compile(rb"infe[\x02\x03].{3}(?:.{2}|.{4}).{2}tmap", re.DOTALL)
_GAIN_MAP, _DEPTH_MAPS = b"aux:hdrgainmap", (b"auxiliary:depth", b"hevc:2015:auxid:2")
_LIST_BYTES = 2**18

_IMAGEJ_STACK = re.compile(rb"ImageJ=[^\0]{1,20}\nimages=(\d{1,9})\n")

# The header of a PNM: two numbers of bits, three of greys and colours, with white space and remarks between.
_BETWEEN = rb"(?:\s|#[^\n]{0,999}\n){1,99}"
_NUMBER = _BETWEEN + rb"(\d{1,9})"
_PNM = re.compile(rb"(?:(P4)%(n)s%(n)s|(P[56])%(n)s%(n)s%(n)s)\s" % {b"n": _NUMBER})

# The fields of a DDS that tell of a cube which sides are there, that it is a volume, and its depth.
_DDS_DEPTH, _DDS_KINDS, _DDS_SIDES, _DDS_VOLUME = 24, 112, 0xFC00, 0x200000


class Held(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    n_frames : int
        Frames of an animation, or pages; 1: a still picture; -1: an animation whose frames can't be counted.
    others : tuple of str
        What else it holds, some of OTHERS, sorted.
    """

    n_frames: int = 1
    others: tuple[str, ...] = ()


def also_held(image: Image.Image, content: Content) -> Held:
    """Tell what a file holds, by headers alone.

    Parameters
    ----------
    image : PIL.Image.Image
        As `imgcmp.images.decoders.open_image` opened it, loaded or not.
    content : Content
        The file.

    Returns
    -------
    held : Held
    """
    look = _LOOKS.get(format_name(image, content))
    if look is None:
        return Held(max(1, int(getattr(image, "n_frames", 1))))
    return look(image, content)


def holds_more(image: Image.Image, content: Content) -> bool:
    """Tell whether a file shows more than the pixels that are read of it: other frames, a film, finer colours.

    Depth maps and layers are not shown: without them the picture is the same.
    """
    if is_coarser(image) or _has_fine_colours(image, content):
        return True
    held = also_held(image, content)
    return held.n_frames != 1 or not _SHOWN_TOO.isdisjoint(held.others)


def format_name(image: Image.Image, content: Content) -> str:
    """Return Pillow's name of a file's format; of an image that another reader made, the name in our table."""
    if image.format:
        return image.format
    form = format_of(bytes(content.start[:TELLING_BYTES]), content.path)
    return form.name if form else ""


def _in_jpeg(image: Image.Image, content: Content) -> Held:
    from imgcmp.images.behind_jpeg import held_by_jpeg

    if bytes(content.start[:2]) != b"\xff\xd8":  # the preview of camera raw
        return Held()
    return Held(1, tuple(held_by_jpeg(image, content)))


def _in_png(image: Image.Image, content: Content) -> Held:
    from imgcmp.images.readers import apng

    return Held(apng.n_frames(content) if getattr(image, "n_frames", 1) > 1 else 1)


def _in_gif(_: Image.Image, content: Content) -> Held:
    from imgcmp.images.readers import gif

    return Held(gif.n_frames(content))


def _in_tiff(_: Image.Image, content: Content) -> Held:
    from imgcmp.images.readers.tiff_directory import LAYERS
    from imgcmp.images.readers.tiff_pages import pages

    found = pages(content)
    n_pages = len(found) if len(found) > 1 else _images_in_a_row(content)
    others = ["layers"] * (LAYERS in found[0].tags) + ["pages"] * (n_pages > 1)
    return Held(n_pages, tuple(others))


def _images_in_a_row(content: Content) -> int:
    """Count the images of a large stack of ImageJ's, which lie behind the one that the TIFF knows of."""
    told = _IMAGEJ_STACK.search(content.start)
    return int(told[1]) if told else 1


def _in_psd(_: Image.Image, content: Content) -> Held:
    from imgcmp.images.readers.psd_merged import header_of, layer_count

    with place_kept(content.file):
        return Held(1, ("layers",) if layer_count(content, header_of(content)) else ())


def _in_heif(image: Image.Image, content: Content) -> Held:
    n_frames, others = int(getattr(image, "n_frames", 1)), set()
    if n_frames > 1 and image.format == "HEIF":
        others.add("pages")
    for number, box in enumerate(boxes(content.read_at, content.size)):
        if box.kind == b"meta":
            listed = content.read_at(box.start, min(box.end - box.start, _LIST_BYTES))
            if _GAIN_MAP in listed or (b"tmap" in listed and _ITEM_GAIN_MAP.search(listed)):
                others.add("gain map")
            if any(name in listed for name in _DEPTH_MAPS):
                others.add("depth map")
        elif box.kind == b"mpvd" or (box.kind == b"ftyp" and number > 0):
            others.add("film")
    return Held(max(1, n_frames), tuple(sorted(others)))


def _in_jxl(_: Image.Image, content: Content) -> Held:
    start = bytes(content.start)
    others = (
        ("gain map",)
        if start[4:8] == b"JXL " and any(box.kind == b"jhgm" for box in boxes(content.read_at, content.size))
        else ()
    )
    held = jxl_held(start)
    return Held(UNKNOWN_FRAMES if held is not None and held.is_film else 1, others)


def _in_pnm(_: Image.Image, content: Content) -> Held:
    """Tell whether another picture lies behind the first; behind numbers in text there is none."""
    end = _end_of_pnm(content)
    return Held(UNKNOWN_FRAMES if end < content.size and content.read_at(end, 1) == b"P" else 1)


def _end_of_pnm(content: Content) -> int:
    """Return where a PNM ends whose numbers are bytes."""
    told = _PNM.match(content.start)
    if told is None:
        return content.size
    kind, *numbers = [part for part in told.groups() if part is not None]
    width, height, white = [*map(int, numbers), 1][:3]
    row = {b"P4": (width + 7) // 8, b"P5": width, b"P6": 3 * width}[kind]
    return told.end() + row * height * (2 if white > 255 else 1)


def _in_dds(_: Image.Image, content: Content) -> Held:
    """Count the sides of a cube, and the slices of a volume."""
    kinds = int.from_bytes(content.start[_DDS_KINDS : _DDS_KINDS + 4], "little")
    depth = int.from_bytes(content.start[_DDS_DEPTH : _DDS_DEPTH + 4], "little")
    return Held(max(1, (kinds & _DDS_SIDES).bit_count(), depth if kinds & _DDS_VOLUME else 1))


def _has_fine_colours(image: Image.Image, content: Content) -> bool:
    if isinstance(image, TiffImageFile):
        return has_fine_colours(image)
    if image.format == "PNG" and not image.mode.startswith("I"):
        from imgcmp.images.readers import png

        return png.has_fine_samples(content)
    if image.format == "JPEG":
        from imgcmp.images.readers import jpeg

        return jpeg.has_fine_colours(image)
    if image.format in ("AVIF", "HEIF"):
        from imgcmp.images.readers import heif

        return heif.has_fine_samples(content)
    if image.format == "JXL":
        from imgcmp.images.readers import jpeg_xl

        return jpeg_xl.holds_more(image, content)
    if image.format in ("PPM", "SGI"):
        from imgcmp.images.readers import plain

        return plain.has_fine_samples(image, content)
    return False


_LOOKS: dict[str, Callable[[Image.Image, Content], Held]] = {
    "JPEG": _in_jpeg,
    "MPO": _in_jpeg,
    "PNG": _in_png,
    "GIF": _in_gif,
    "TIFF": _in_tiff,
    "PSD": _in_psd,
    "AVIF": _in_heif,
    "HEIF": _in_heif,
    "JXL": _in_jxl,
    "PPM": _in_pnm,
    "DDS": _in_dds,
}
"""By Pillow's name of the format; all others have the frames that Pillow counts."""
