"""Films and documents of several pages, written byte by byte: no reader of ours has a part in them."""

import io
import struct
import zlib

import numpy as np
from pictures import photograph, png_chunk
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def fade_in(name, n=8, size=(120, 90)):
    """Return frames, arrays of grey, that become a photograph out of black; the first two are black."""
    grey = np.asarray(photograph(name).convert("L").resize(size)).astype(float)
    return [np.rint(grey * max(0, k - 1) / (n - 2)).astype(np.uint8) for k in range(n)]


def grey_palette(n=256):
    return np.repeat(np.linspace(0, 255, n).astype(np.uint8)[:, None], 3, axis=1)


def gif(screen, frames, palette=None, background=0):
    """Return a GIF; frames are dicts for `_gif_frame`."""
    shared = b"" if palette is None else _gif_palette(palette)
    flags = 0 if palette is None else 0x80 | _palette_bits(palette)
    head = struct.pack("<6s2H3B", b"GIF89a", *screen, flags, background, 0)
    return head + shared + b"".join(_gif_frame(**frame) for frame in frames) + b";"


def _gif_frame(pixels, left=0, top=0, disposal=0, transparent=None, palette=None):
    control = struct.pack("<4BHBB", 0x21, 0xF9, 4, disposal << 2 | (transparent is not None), 4, transparent or 0, 0)
    flags = 0 if palette is None else 0x80 | _palette_bits(palette)
    height, width = pixels.shape
    descriptor = struct.pack("<c4HB", b",", left, top, width, height, flags)
    return control + descriptor + (b"" if palette is None else _gif_palette(palette)) + b"\x08" + _uncompressed(pixels)


def _palette_bits(palette):
    return max(1, (len(palette) - 1).bit_length()) - 1


def _gif_palette(palette):
    return np.asarray(palette, np.uint8).tobytes().ljust(3 * (2 << _palette_bits(palette)), b"\0")


def _uncompressed(pixels):
    """Return pixels as codes of 9 bits that stand for themselves, with a clear code before there are longer ones."""
    codes = []
    for k, pixel in enumerate(pixels.ravel().tolist()):
        codes += [256, pixel] if k % 200 == 0 else [pixel]
    codes.append(257)
    bits = sum(code << (9 * k) for k, code in enumerate(codes))
    data = bits.to_bytes((9 * len(codes) + 7) // 8, "little")
    blocks = [data[k : k + 255] for k in range(0, len(data), 255)]
    return b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def apng(size, frames, still=None, colour_type=6):
    """Return an animated PNG; frames are dicts of pixels, left, top, disposal, blend; `still` is none of them."""
    chunks = [png_chunk(b"IHDR", struct.pack(">2I5B", *size, 8, colour_type, 0, 0, 0))]
    chunks.append(png_chunk(b"acTL", struct.pack(">2I", len(frames), 0)))
    number = 0
    if still is not None:
        chunks.append(png_chunk(b"IDAT", _png_rows(still)))
    for k, frame in enumerate(frames):
        pixels = frame["pixels"]
        place = (pixels.shape[1], pixels.shape[0], frame.get("left", 0), frame.get("top", 0))
        rest = (1, 25, frame.get("disposal", 0), frame.get("blend", 0))
        chunks.append(png_chunk(b"fcTL", struct.pack(">5I2H2B", number, *place, *rest)))
        number += 1
        data = _png_rows(pixels)
        if k == 0 and still is None:
            chunks.append(png_chunk(b"IDAT", data))
        else:
            for part in (data[:50], data[50:]):
                chunks.append(png_chunk(b"fdAT", struct.pack(">I", number) + part))
                number += 1
    return SIGNATURE + b"".join([*chunks, png_chunk(b"IEND", b"")])


def _png_rows(pixels):
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))


def webp(size, frames, has_alpha=False):
    """Return an animated WebP; frames are dicts of image, left, top, disposal and is_over."""
    chunks = [_chunk(b"VP8X", struct.pack("<I", 2 | 16 * has_alpha) + _three(size[0] - 1) + _three(size[1] - 1))]
    chunks.append(_chunk(b"ANIM", b"\xff\xff\xff\xff\0\0"))
    for frame in frames:
        image = frame["image"]
        raw = io.BytesIO()
        image.save(raw, "WEBP", lossless=True)
        bitstream = raw.getvalue()[12:]
        place = (frame.get("left", 0) // 2, frame.get("top", 0) // 2, image.width - 1, image.height - 1, 40)
        flags = bytes([frame.get("disposal", 0) | 2 * (not frame.get("is_over", True))])
        chunks.append(_chunk(b"ANMF", b"".join(map(_three, place)) + flags + bitstream))
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _three(number):
    return number.to_bytes(3, "little")


def _chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def tiff(pages, order="<", big=False):
    """Return a TIFF of grey pages: arrays, or pairs of an array and a dict of further tags, of LONGs."""
    place, offset, count, entry = (16, "Q", "Q", "HHQQ") if big else (8, "I", "H", "HHII")
    head = {"<": b"II", ">": b"MM"}[order]
    head += struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8)
    body = b""
    for number, page in enumerate(pages):
        pixels, more = page if isinstance(page, tuple) else (page, {})
        height, width = pixels.shape
        n_tags = 8 + len(more)
        size = struct.calcsize("=" + count) + n_tags * struct.calcsize("=" + entry) + struct.calcsize("=" + offset)
        data = place + size
        after = data + pixels.size + pixels.size % 2
        tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: data, 278: height, 279: pixels.size} | more
        directory = struct.pack(order + count, n_tags)
        for tag, value in sorted(tags.items()):
            directory += struct.pack(order + entry, tag, 16 if big else 4, 1, value)
        directory += struct.pack(order + offset, 0 if number == len(pages) - 1 else after)
        body += directory + pixels.tobytes() + b"\0" * (pixels.size % 2)
        place = after
    return head + body


def reads_avif():
    """Tell whether this Pillow reads and writes AVIF."""
    Image.init()
    return "AVIF" in Image.SAVE


def avif(frames):
    """Return an AVIF of grey frames, arrays, by Pillow's writer."""
    raw = io.BytesIO()
    first, *others = [Image.fromarray(frame).convert("RGB") for frame in frames]
    first.save(raw, "AVIF", save_all=True, append_images=others, quality=90, speed=9)
    return raw.getvalue()


def films_of(frames):
    """Return the same film in every format, by suffix: {suffix: bytes}."""
    height, width = frames[0].shape
    size = (width, height)
    rgba = [np.dstack([frame] * 3 + [np.full_like(frame, 255)]) for frame in frames]
    return {
        ".gif": gif(size, [{"pixels": frame} for frame in frames], grey_palette()),
        ".png": apng(size, [{"pixels": pixels} for pixels in rgba]),
        ".webp": webp(size, [{"image": Image.fromarray(frame).convert("RGB")} for frame in frames]),
        ".tif": tiff(frames),
    }
