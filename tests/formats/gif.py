"""GIF: palettes, rows, transparency, and frames that are smaller than the screen."""

import struct

import numpy as np
from formats.cell import Cell
from formats.lzw import gif_lzw
from formats.originals import HEIGHT, WIDTH


def gif(*frames, screen=(WIDTH, HEIGHT), palette=None, background=0, version=b"GIF89a"):
    """Return a GIF of frames, as `frame` makes them."""
    flags = 0x70 | (0x80 | _size_of(palette) if palette is not None else 0)
    head = version + struct.pack("<HHBBB", *screen, flags, background, 0)
    return head + _table(palette) + b"".join(frames) + b";"


def frame(indices, *, place=(0, 0), palette=None, transparent=None, interlaced=False, disposal=0, n_bits=8):
    """Return a frame: its control block, if it needs one, its place, its palette, and its pixels."""
    control = b""
    if transparent is not None or disposal:
        flags = disposal << 2 | int(transparent is not None)
        control = b"!\xf9\4" + struct.pack("<BHB", flags, 10, transparent or 0) + b"\0"
    height, width = indices.shape
    flags = (0x80 | _size_of(palette) if palette is not None else 0) | (0x40 if interlaced else 0)
    rows = np.concatenate([indices[k::step] for k, step in ((0, 8), (4, 8), (2, 4), (1, 2))]) if interlaced else indices
    head = control + b"," + struct.pack("<HHHHB", *place, width, height, flags)
    return head + _table(palette) + gif_lzw(rows.tobytes(), n_bits)


def _size_of(palette):
    return max(0, int(np.ceil(np.log2(len(palette)))) - 1)


def _table(palette):
    if palette is None:
        return b""
    return np.pad(palette, ((0, 2 ** (_size_of(palette) + 1) - len(palette)), (0, 0))).tobytes()


def cell(variant, written, shown, **more):
    return Cell("GIF", variant, ".gif", written, shown, **more)


def _of_stills():
    few = lambda original: original.shown_indexed(256)  # noqa: E731
    for bits in (2, 4, 8):

        def written(original, bits=bits):
            indices, table = original.indexed(2**bits)
            return gif(frame(indices, n_bits=bits), palette=table)

        shown = lambda original, bits=bits: original.shown_indexed(2**bits)  # noqa: E731
        yield cell({"palette": f"{2**bits} colours"}, written, shown)

    def local(original):
        indices, table = original.indexed(256)
        return gif(frame(indices, palette=table), palette=255 - table)

    def interlaced(original):
        indices, table = original.indexed(256)
        return gif(frame(indices, interlaced=True), palette=table)

    def old(original):
        indices, table = original.indexed(256)
        return gif(frame(indices), palette=table, version=b"GIF87a")

    def transparent(original):
        indices, table = original.indexed(255)
        return gif(
            frame(np.where(original.cut > 0, indices, 255).astype(np.uint8), transparent=255),
            palette=np.vstack([table, [[9, 9, 9]]]).astype(np.uint8),
        )

    def cut(original):
        return np.where(original.cut[..., np.newaxis] > 0, original.shown_indexed(255), 255).astype(np.uint8)

    yield cell({"palette": "of the frame, beside another"}, local, few)
    yield cell({"rows": "interlaced"}, interlaced, few)
    yield cell({"version": "87a"}, old, few)
    yield cell({"transparent": "one colour"}, transparent, cut)


def _of_surround():
    for name, background, transparent in (
        ("nothing said of transparency", 0, None),
        ("background of another colour", 7, None),
        ("a transparent colour", 0, 255),
    ):

        def written(original, background=background, transparent=transparent):
            indices, table = original.indexed(255)
            table = np.vstack([table, [[0, 0, 0]]]).astype(np.uint8)
            part = frame(indices[10:50, 20:80], place=(20, 10), transparent=transparent)
            return gif(part, palette=table, background=background)

        def shown(original):
            picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
            picture[10:50, 20:80] = original.shown_indexed(255)[10:50, 20:80]
            return picture

        yield cell({"first frame": "smaller than the screen", "around it": name}, written, shown, holds="surround")


def _of_films():
    for name, disposal in (("left", 1), ("cleared", 2), ("put back", 3)):

        def written(original, disposal=disposal):
            indices, table = original.indexed(256)
            return gif(frame(indices, disposal=disposal), frame(indices[:, ::-1], disposal=disposal), palette=table)

        yield cell(
            {"film": "of two frames", "frames are": name}, written, lambda o: o.shown_indexed(256), holds=f"film {name}"
        )

    def fading(original):
        indices, table = original.indexed(255)
        table = np.vstack([table, [[0, 0, 0]]]).astype(np.uint8)
        return gif(frame(np.full_like(indices, 255)), frame(indices), palette=table)

    from_black = {"holds": "film from black", "by_later_frame": True}
    yield cell({"film": "whose first frame is black"}, fading, lambda o: o.shown_indexed(255), **from_black)


CELLS = [*_of_stills(), *_of_surround(), *_of_films()]
