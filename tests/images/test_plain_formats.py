"""Formats of plain numbers, in their variants: each is what it shows, by files that are written here byte by byte."""

import struct

import icc
import numpy as np
import pytest
from pictures import photograph
from PIL import Image

from imgcmp import UnreadableImageError
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole

PICTURE = photograph("astronaut.png").convert("RGB").resize((97, 64))
COLOURS = np.asarray(PICTURE)
GREY = np.asarray(PICTURE.convert("L"))
HEIGHT, WIDTH = GREY.shape
SIZE = b"%d %d" % (WIDTH, HEIGHT)
LUMA = np.array([0.299, 0.587, 0.114])
ALPHA = np.where(np.arange(WIDTH) < 48, 255, 0).astype(np.uint8) * np.ones((HEIGHT, 1), np.uint8)
OVER_WHITE = np.where(ALPHA == 255, GREY, 255)
INK = GREY < 128
INDEXED = PICTURE.quantize(200)
PLACES, PALETTE = np.asarray(INDEXED), np.zeros((256, 3), np.uint8)
PALETTE[:200] = np.array(INDEXED.getpalette()[:600]).reshape(-1, 3)
GREY_OF_INDEXED = np.asarray(INDEXED.convert("RGB").convert("L"))
BGR = np.ascontiguousarray(COLOURS[..., ::-1])


def seen(path, whole):
    path.write_bytes(whole)
    return np.asarray(read_picture(str(path), 10_000).grey, float)


def digest(path):
    with opened(str(path)) as content:
        return digest_whole(content)


def in_bits(values, white):
    """Return levels of 0..255 as numbers of another range."""
    return np.rint(values * (white / 255)).astype(">u2" if white > 255 else "u1")


# Netpbm


@pytest.mark.parametrize("white", [1, 3, 15, 100, 254, 255, 256, 1000, 4095, 65535])
@pytest.mark.parametrize("kind", [2, 3, 5, 6])
def test_a_pnm_of_any_range_is_its_picture(tmp_path, white, kind):
    numbers = in_bits(COLOURS if kind in (3, 6) else GREY, white)
    data = numbers.tobytes() if kind > 3 else " ".join(map(str, numbers.ravel())).encode()
    wanted = numbers * (255 / white)
    wanted = wanted @ LUMA if kind in (3, 6) else wanted
    assert np.abs(seen(tmp_path / "a", b"P%d %s %d\n" % (kind, SIZE, white) + data) - wanted).max() < 2.5


def pam(samples, white, kind):
    samples = samples.reshape(HEIGHT, WIDTH, -1)
    lines = [b"P7", b"# made here", b"WIDTH %d" % WIDTH, b"HEIGHT %d" % HEIGHT, b"DEPTH %d" % samples.shape[2]]
    lines += [b"MAXVAL %d" % white, *([b"TUPLTYPE " + kind] if kind else []), b"ENDHDR\n"]
    return b"\n".join(lines) + in_bits(samples, white).tobytes()


@pytest.mark.parametrize("white", [100, 255, 4095, 65535])
@pytest.mark.parametrize(
    ("kind", "samples", "wanted"),
    [
        (b"GRAYSCALE", GREY, GREY),
        (b"RGB", COLOURS, GREY),
        (b"GRAYSCALE_ALPHA", np.dstack([GREY, ALPHA]), OVER_WHITE),
        (b"RGB_ALPHA", np.dstack([COLOURS, ALPHA]), OVER_WHITE),
        (b"", COLOURS, GREY),
        (b"RGB and more", np.dstack([COLOURS, ALPHA]), GREY),
        (b"GRAYSCALE", np.dstack([GREY, ALPHA]), GREY),
        (b"SPECTRAL", np.dstack([COLOURS, ALPHA, ALPHA]), GREY),
    ],
)
def test_a_pam_is_its_picture(tmp_path, kind, samples, wanted, white):
    assert np.abs(seen(tmp_path / "a", pam(samples, white, kind)) - wanted).max() <= (1.5 if white > 254 else 3)


def test_a_pam_of_one_bit_is_its_picture(tmp_path):
    whole = pam(np.where(INK, 0, 255), 1, b"BLACKANDWHITE")
    np.testing.assert_array_equal(seen(tmp_path / "a", whole), np.where(INK, 0, 255))


@pytest.mark.parametrize("kind", [b"Pf", b"PF"])
@pytest.mark.parametrize(("order", "scale"), [("<f4", b"-1.0"), (">f4", b"1.0")])
def test_a_pfm_is_its_picture(tmp_path, kind, order, scale):
    numbers = (GREY if kind == b"Pf" else COLOURS)[::-1] / 255
    whole = kind + b"\n" + SIZE + b"\n" + scale + b"\n" + numbers.astype(order).tobytes()
    assert np.abs(seen(tmp_path / "a", whole) - GREY).max() <= 1
    if kind == b"PF":
        odd = numbers.astype(order)
        odd[-1, :3, 0] = np.nan, np.inf, -np.inf
        assert seen(tmp_path / "b", whole[: -odd.nbytes] + odd.tobytes())[0, 0] <= GREY[0, 0] + 1


@pytest.mark.parametrize("whole", [pam(GREY, 255, b"GRAYSCALE"), pam(COLOURS, 65535, b"RGB")])
def test_a_damaged_pam_is_refused(tmp_path, whole):
    for broken in (
        whole[:-1],
        whole[:60],
        whole.replace(b"WIDTH", b"WIDE"),
        whole.replace(b"HEIGHT 64", b"HEIGHT 9999999"),
        *(whole.replace(b"WIDTH 97", b"WIDTH " + wrong) for wrong in (b"x", b"\xff", b"97 97", b"-97", b"9" * 5000)),
    ):
        with pytest.raises(UnreadableImageError, match=r"^(cut off|damaged PAM: its header has no)"):
            seen(tmp_path / "a", broken)


# Radiance HDR


def rgbe(light):
    largest = np.maximum(light.max(axis=-1), 1e-30)
    exponents = np.floor(np.log2(largest)) + 1
    numbers = np.floor(light * (256 / 2**exponents)[..., None])
    return np.dstack([numbers, exponents + 128]).astype(np.uint8)


def packed_rows(pixels):
    out = b""
    for row in pixels:
        out += struct.pack(">BBH", 2, 2, len(row))
        for channel in row.T:
            at = 0
            while at < len(channel):
                run = 1
                while at + run < len(channel) and run < 127 and channel[at + run] == channel[at]:
                    run += 1
                out += bytes([128 + run, channel[at]]) if run > 1 else bytes([1, channel[at]])
                at += run
    return out


def old_rows(pixels):
    """Repeat pixels as the first version of the format did, by 1 1 1 and a count, twice for many."""
    out, flat = b"", pixels.reshape(-1, 4)
    at = 0
    while at < len(flat):
        end = min(len(flat), (at // WIDTH + 1) * WIDTH)
        run = 0
        while at + 1 + run < end and (flat[at + 1 + run] == flat[at]).all():
            run += 1
        out += flat[at].tobytes()
        if run:
            out += bytes([1, 1, 1, run % 256]) + (bytes([1, 1, 1, run >> 8]) if run > 255 else b"")
        at += 1 + run
    return out


LEVELS = COLOURS / 255
LIGHT = np.where(LEVELS <= 0.04045, LEVELS / 12.92, ((LEVELS + 0.055) / 1.055) ** 2.4)
HDR_HEAD = b"#?RADIANCE\n# made here\nFORMAT=32-bit_rle_rgbe\n\n"


def hdr(light, pack=lambda pixels: pixels.tobytes(), order=b"-Y %d +X %d\n", sides=(HEIGHT, WIDTH), head=HDR_HEAD):
    return head + order % sides + pack(rgbe(light))


@pytest.mark.parametrize("pack", [lambda pixels: pixels.tobytes(), packed_rows, old_rows])
@pytest.mark.parametrize(
    ("order", "change"),
    [
        (b"-Y %d +X %d\n", lambda light: light),
        (b"+Y %d +X %d\n", lambda light: light[::-1]),
        (b"-Y %d -X %d\n", lambda light: light[:, ::-1]),
        (b"+X %d -Y %d\n", lambda light: light.swapaxes(0, 1)),
        (b"-X %d +Y %d\n", lambda light: light[::-1, ::-1].swapaxes(0, 1)),
        (b"+X %d +Y %d\n", lambda light: light[::-1].swapaxes(0, 1)),
    ],
)
def test_a_radiance_hdr_is_its_picture_as_it_is_shown(tmp_path, pack, order, change):
    stored = np.ascontiguousarray(change(LIGHT))
    if pack is old_rows and stored.shape[1] != WIDTH:
        pytest.skip("the helper knows one width")
    whole = hdr(stored, pack, order, stored.shape[:2])
    assert np.abs(seen(tmp_path / "a", whole) - GREY).max() <= 3


def test_counts_that_follow_each_other_are_one_count_of_more_bits(tmp_path):
    row = bytes([200, 200, 200, 128, 1, 1, 1, 599 % 256, 1, 1, 1, 599 // 256])
    whole = HDR_HEAD + b"-Y 2 +X 600\n" + row + row.replace(b"\xc8", b"\x20")
    greys = seen(tmp_path / "a", whole)
    assert greys.shape == (2, 600)
    assert (greys == greys[:, :1]).all()
    assert greys[0, 0] > greys[1, 0] > 0


def test_light_brighter_than_white_is_white(tmp_path):
    whole = hdr(LIGHT * 1000)
    assert (seen(tmp_path / "a", whole)[COLOURS.min(axis=-1) > 10] == 255).all()


def test_an_hdr_in_xyz_is_its_picture(tmp_path):
    to_xyz = np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    whole = hdr(LIGHT @ to_xyz, packed_rows, head=HDR_HEAD.replace(b"rgbe", b"xyze"))
    assert np.abs(seen(tmp_path / "a", whole) - GREY).mean() < 3


def test_a_damaged_hdr_is_refused(tmp_path):
    whole = hdr(LIGHT, packed_rows)
    at = len(HDR_HEAD) + 12
    variants = [
        whole[: len(whole) // 2],
        whole[:at],
        whole.replace(b"-Y 64", b"-Y 640"),
        whole.replace(b"-Y", b"-X", 1),
    ]
    variants += [whole[: at + 4] + bytes([0]) + whole[at + 5 :], whole[: at + 4] + bytes([255]) + whole[at + 5 :]]
    rng = np.random.default_rng(0)
    for broken in variants:
        with pytest.raises(UnreadableImageError):
            seen(tmp_path / "a", broken)
    for _ in range(40):
        broken = bytearray(whole)
        broken[rng.integers(at, len(whole))] ^= 1 << int(rng.integers(8))
        try:
            assert seen(tmp_path / "a", bytes(broken)).shape == GREY.shape
        except UnreadableImageError as error:
            assert str(error).isprintable()


# TGA


def tga(kind, bits, attributes, data, *, colours=b"", colour_map=(0, 0, 0)):
    sides = struct.pack("<HHHHBB", 0, 0, WIDTH, HEIGHT, bits, 0x20 | attributes)
    return struct.pack("<BBBHHB", 0, bool(colours), kind, *colour_map) + sides + colours + data


def in_15_bits(colours):
    red, green, blue = (colours[..., k].astype(np.uint16) >> 3 for k in range(3))
    return (red << 10 | green << 5 | blue).astype("<u2")


GREY_OF_15_BITS = np.rint((COLOURS >> 3) * (255 / 31)) @ LUMA
MARKED = np.where(ALPHA == 255, 0x8000, 0).astype("<u2")


@pytest.mark.parametrize(
    ("whole", "wanted"),
    [
        (tga(2, 16, 0, in_15_bits(COLOURS).tobytes()), GREY_OF_15_BITS),
        (tga(2, 16, 0, (in_15_bits(COLOURS) | 0x8000).tobytes()), GREY_OF_15_BITS),
        (tga(2, 16, 1, (in_15_bits(COLOURS) | 0x8000).tobytes()), GREY_OF_15_BITS),
        (tga(2, 16, 1, in_15_bits(COLOURS).tobytes()), GREY_OF_15_BITS),
        (tga(2, 16, 1, (in_15_bits(COLOURS) | MARKED).tobytes()), GREY_OF_15_BITS),
        (tga(3, 16, 8, np.dstack([GREY, ALPHA]).tobytes()), OVER_WHITE),
        (tga(3, 16, 0, np.dstack([GREY, ALPHA]).tobytes()), GREY),
        (tga(2, 32, 8, np.dstack([BGR, ALPHA]).tobytes()), OVER_WHITE),
        (tga(2, 32, 0, np.dstack([BGR, ALPHA]).tobytes()), GREY),
        *[
            (tga(1, 8, marks, PLACES.tobytes(), colours=colours.tobytes(), colour_map=(0, 256, bits)), GREY_OF_INDEXED)
            for marks, bits, colours in (
                (0, 24, PALETTE[:, ::-1]),
                (8, 32, np.c_[PALETTE[:, ::-1], np.full(256, 255, np.uint8)]),
                (0, 32, np.c_[PALETTE[:, ::-1], np.zeros(256, np.uint8)]),
                (0, 16, in_15_bits(PALETTE)),
                (0, 16, in_15_bits(PALETTE) | 0x8000),
                (1, 16, in_15_bits(PALETTE) | 0x8000),
            )
        ],
    ],
)
def test_a_tga_of_any_kind_is_its_picture(tmp_path, whole, wanted):
    assert np.abs(seen(tmp_path / "a", whole) - wanted).max() <= 6


# PSD


def packed_bits(rows):
    """Return rows packed, without any repetition, and the lengths of each."""
    packed = [
        b"".join(bytes([len(row[at : at + 128]) - 1]) + row[at : at + 128] for at in range(0, len(row), 128))
        for row in rows
    ]
    return [len(row) for row in packed], b"".join(packed)


def psd(channels, mode, depth, *, version=1, n_layers=0, in_block=False, is_packed=False, colours=b""):
    length = ">Q" if version == 2 else ">I"
    info = struct.pack(">h6x", n_layers)
    if not n_layers:
        layers = b""
    elif in_block:
        key = b"8BIMLr16" if depth == 16 else b"8BIMLr32"
        layers = struct.pack(length, 0) + struct.pack(">I", 0) + key + struct.pack(length, len(info)) + info
    else:
        layers = struct.pack(length, len(info)) + info
    head = b"8BPS" + struct.pack(">H6xHIIHH", version, len(channels), HEIGHT, WIDTH, depth, mode)
    sections = (
        struct.pack(">I", len(colours)) + colours + struct.pack(">I", 0) + struct.pack(length, len(layers)) + layers
    )
    if not is_packed:
        return head + sections + b"\0\0" + b"".join(channel.tobytes() for channel in channels)
    lengths, data = packed_bits([row.tobytes() for channel in channels for row in channel])
    return head + sections + b"\0\1" + struct.pack(f">{len(lengths)}{'I' if version == 2 else 'H'}", *lengths) + data


FULL = np.full_like(GREY, 255)  # without black ink


def deep(channel, depth):
    return {8: channel, 16: (channel.astype(int) * 257).astype(">u2"), 32: light_of(channel).astype(">f4")}[depth]


def light_of(levels):
    levels = levels / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("depth", [8, 16, 32])
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("mode", "channels"),
    [(1, [GREY]), (3, list(np.moveaxis(COLOURS, -1, 0))), (4, [*np.moveaxis(COLOURS, -1, 0), FULL]), (8, [GREY])],
)
def test_a_psd_of_any_depth_is_its_picture(tmp_path, version, depth, is_packed, mode, channels):
    options = {"version": version, "is_packed": is_packed, "colours": b"inks" if mode == 8 else b""}
    whole = psd([deep(channel, depth) for channel in channels], mode, depth, **options)
    if (mode, depth) == (4, 32):
        with pytest.raises(UnreadableImageError, match="a PSD of 32 bits in this mode is not read: make a PNG of it"):
            seen(tmp_path / "a", whole)
        return
    assert np.abs(seen(tmp_path / "a", whole) - GREY).max() <= 2
    for n_layers in (-1, 1):
        marked = [*channels, ALPHA]
        for in_block in (False, True) if depth > 8 else (False,):
            more = options | {"n_layers": n_layers, "in_block": in_block}
            levels = [deep(c, depth) for c in channels] + [
                (ALPHA / 255).astype(">f4") if depth == 32 else deep(ALPHA, depth)
            ]
            assert len(marked) == len(levels)
            wanted = OVER_WHITE if n_layers < 0 else GREY
            assert np.abs(seen(tmp_path / "b", psd(levels, mode, depth, **more)) - wanted).max() <= 2


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("n_more", [1, 2, 3])
@pytest.mark.parametrize(
    ("mode", "channels", "colours", "wanted"),
    [
        (1, [GREY], b"", GREY),
        (2, [PLACES], PALETTE.T.tobytes(), GREY_OF_INDEXED),
        (3, list(np.moveaxis(COLOURS, -1, 0)), b"", GREY),
        (4, [*np.moveaxis(COLOURS, -1, 0), FULL], b"", GREY),
        (9, [GREY, FULL // 2 + 1, FULL // 2 + 1], b"", icc.lightness_shown(GREY)),
    ],
)
def test_saved_selections_of_a_psd_are_left_out(tmp_path, mode, channels, colours, wanted, n_more, is_packed):
    whole = psd(channels + [ALPHA] * n_more, mode, 8, is_packed=is_packed, colours=colours)
    assert np.abs(seen(tmp_path / "a", whole) - wanted).max() <= 2


def test_a_damaged_psd_is_refused(tmp_path):
    channels = [deep(channel, 16) for channel in np.moveaxis(COLOURS, -1, 0)]
    for is_packed in (False, True):
        whole = psd(channels, 3, 16, is_packed=is_packed)
        lab = whole[:24] + struct.pack(">H", 9) + whole[26:]
        zipped = whole[:38] + b"\0\2" + whole[40:]
        tall = whole[:14] + struct.pack(">I", 2**20) + whole[18:]
        for broken in (whole[:-400], whole[:39], whole[:30], lab, zipped, tall):
            with pytest.raises(UnreadableImageError) as caught:
                seen(tmp_path / "a", broken)
            assert str(caught.value).isprintable()


# More than 8 bits


def test_finer_samples_are_not_the_same_as_their_8_bits(tmp_path):
    deep_colours = (COLOURS.astype(int) * 257).astype(">u2")
    sgi = struct.pack(">HBBHHHHII4x80xI404x", 474, 0, 2, 3, WIDTH, HEIGHT, 3, 0, 65535, 0)
    files = {
        "pam": pam(COLOURS, 65535, b"RGB"),
        "ppm": b"P6 " + SIZE + b" 65535\n" + deep_colours.tobytes(),
        "sgi": sgi + np.moveaxis(deep_colours, -1, 0)[:, ::-1].tobytes(),
        "psd": psd([deep(channel, 16) for channel in np.moveaxis(COLOURS, -1, 0)], 3, 16),
        "pfm": b"PF\n" + SIZE + b"\n-1.0\n" + (COLOURS[::-1] / 255).astype("<f4").tobytes(),
        "hdr": hdr(LIGHT),
    }
    PICTURE.save(tmp_path / "a.png")
    for name, whole in files.items():
        seen(tmp_path / name, whole)
    digests = {digest(path) for path in tmp_path.iterdir()}
    assert len(digests) == len(files) + 1
    for name, whole in (("b.pam", pam(COLOURS, 255, b"RGB")), ("b.ppm", b"P6 " + SIZE + b" 255\n" + COLOURS.tobytes())):
        seen(tmp_path / name, whole)
        assert digest(tmp_path / name) == digest(tmp_path / "a.png")
    seen(tmp_path / "grey.pam", pam(GREY, 65535, b"GRAYSCALE"))
    Image.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / "grey.png")
    assert digest(tmp_path / "grey.pam") == digest(tmp_path / "grey.png")


@pytest.mark.parametrize("whole", [pam(np.dstack([COLOURS, GREY]), 255, b"CMYK"), psd([GREY] * 3, 7, 8)])
def test_inks_of_which_nothing_says_the_colour_are_refused(tmp_path, whole):
    with pytest.raises(UnreadableImageError, match=r"a (PAM of CMYK|PSD of several inks \(multichannel\)) is not read"):
        seen(tmp_path / "a", whole)
