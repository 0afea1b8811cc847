"""PNG: every kind of pixels, and files with chunks that are broken."""

import struct
import zlib

import numpy as np
import pytest
from pictures import ORIENTATION_TAG, gradient, png_chunk
from PIL import Image

from imgcmp import UnreadableImageError
from imgcmp.images.decoders import open_image
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole
from imgcmp.images.resize_image import make_copy

SIGNATURE, END = b"\x89PNG\r\n\x1a\n", png_chunk(b"IEND", b"")
WIDTH, HEIGHT = 37, 23
N_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the type of the colours
PASSES = [
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
]  # interlaced
LUMA = [0.299, 0.587, 0.114]

pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Invalid APNG", "ignore:Image appears")


def header(kind, bits, interlaced=0, size=(WIDTH, HEIGHT)):
    return png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, kind, 0, 0, interlaced))


def packed(row, bits):
    if bits == 16:
        return row.astype(">u2").tobytes()
    digits = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - bits :]
    return np.packbits(digits.ravel()).tobytes()


def pixels(samples, bits, interlaced):
    parts = [samples[top::down, left::across] for top, left, down, across in PASSES] if interlaced else [samples]
    rows = [row for part in parts if part.size for row in part]
    return png_chunk(b"IDAT", zlib.compress(b"".join(b"\0" + packed(row.ravel(), bits) for row in rows)))


def grey_of(samples, kind, bits, palette, transparency):
    """Return the grey pixels over white, by the standard's words."""
    values = samples * (255 / (2**bits - 1))
    alpha = np.ones(samples.shape[:2])
    if kind == 3:
        places = samples[..., 0]
        colours = palette[places]
        alphas = np.concatenate([np.frombuffer(transparency or b"", np.uint8), np.full(256, 255)])
        alpha = alphas[places] / 255
    else:
        colours = np.repeat(values[..., :1], 3, axis=2) if kind in (0, 4) else values[..., :3]
        if kind in (4, 6):
            alpha = values[..., -1] / 255
        if transparency:
            alpha = 1.0 - (samples == np.frombuffer(transparency, ">u2")).all(axis=2)
    return (colours * alpha[..., None] + 255 * (1 - alpha[..., None])) @ LUMA


@pytest.mark.parametrize("interlaced", [0, 1])
@pytest.mark.parametrize("with_transparency", [False, True])
@pytest.mark.parametrize(
    ("kind", "bits"),
    [*[(0, 2**k) for k in range(5)], (2, 8), (2, 16), *[(3, 2**k) for k in range(4)], (4, 8), (4, 16), (6, 8), (6, 16)],
)
def test_every_kind_of_pixels_is_what_it_shows(tmp_path, kind, bits, with_transparency, interlaced):
    rng = np.random.default_rng(bits)
    samples = rng.integers(0, 2**bits, (HEIGHT, WIDTH, N_SAMPLES[kind]))
    palette, transparency, more = None, None, b""
    if kind == 3:
        palette = rng.integers(0, 256, (2**bits, 3))
        more = png_chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if with_transparency:
        if kind in (4, 6):
            pytest.skip("they have alpha")
        if kind == 3:
            transparency = rng.integers(0, 256, 2**bits - 1, dtype=np.uint8).tobytes()
        else:
            samples[:8] = samples[3, 5]
            transparency = samples[3, 5].astype(">u2").tobytes()
        more += png_chunk(b"tRNS", transparency)
    whole = SIGNATURE + header(kind, bits, interlaced) + more + pixels(samples, bits, interlaced) + END
    (tmp_path / "a.png").write_bytes(whole)
    seen = np.asarray(read_picture(str(tmp_path / "a.png"), 1).grey, float)
    assert np.abs(seen - grey_of(samples, kind, bits, palette, transparency)).max() < 2


# Broken chunks

PICTURE = gradient(40, 30)
GREY = np.asarray(PICTURE.convert("L"))
HEAD, DATA = header(2, 8, size=PICTURE.size), pixels(np.asarray(PICTURE), 8, 0)


def with_wrong_check(chunk):
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


SOUND = {
    b"cHRM": bytes(32),
    b"gAMA": struct.pack(">I", 45455),
    b"sRGB": b"\0",
    b"cICP": b"\1\r\0\1",
    b"iCCP": b"a\0\0" + zlib.compress(b"none"),
    b"pHYs": bytes(9),
    b"tIME": bytes(7),
    b"tEXt": b"a\0b",
    b"zTXt": b"a\0\0" + zlib.compress(b"b"),
    b"iTXt": b"a\0\0\0\0\0b",
    b"acTL": struct.pack(">II", 1, 0),
    b"eXIf": b"MM\0*\0\0\0\x08\0\0\0\0\0\0",
    b"abCd": b"of a kind that nobody knows",
}
OTHERS = {
    "zTXt, packed in no known way": png_chunk(b"zTXt", b"a\0\5b"),
    "zTXt without end": png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**26))),
    "iTXt that is no text": png_chunk(b"iTXt", b"a\0\1\0\0\0\xff"),
    "iCCP, packed in no known way": png_chunk(b"iCCP", b"a\0\7b"),
    "iCCP that is none": png_chunk(b"iCCP", b"a\0\0none"),
    "fcTL beyond the picture": png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 400, 300, 0, 0, 1, 1, 0, 0)),
    "fdAT without fcTL": png_chunk(b"fdAT", b"1"),
    "a name that is none": png_chunk(b"a1\0d", b"x"),
}
BROKEN = {
    **{f"{kind.decode()} of wrong check": with_wrong_check(png_chunk(kind, data)) for kind, data in SOUND.items()},
    **{f"{kind.decode()} cut short": png_chunk(kind, data[:-1]) for kind, data in SOUND.items()},
    **{f"{kind.decode()} empty": png_chunk(kind, b"") for kind in SOUND},
    **OTHERS,
}


def write(path, *parts):
    path.write_bytes(SIGNATURE + b"".join(parts))
    return path


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("is_behind", [False, True])
def test_a_broken_chunk_that_no_picture_needs_is_left_out(tmp_path, kind, is_behind):
    middle = (DATA, BROKEN[kind]) if is_behind else (BROKEN[kind], DATA)
    path = write(tmp_path / "a.png", HEAD, *middle, END)
    np.testing.assert_array_equal(np.asarray(read_picture(str(path), 1).grey), GREY)
    make_copy(str(path), str(tmp_path / "copy.png"), 1)
    np.testing.assert_array_equal(np.asarray(read_picture(str(tmp_path / "copy.png"), 1).grey), GREY)


def test_what_is_sound_beside_a_broken_chunk_still_counts(tmp_path):
    """It is turned, and transparent, as before."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = 6
    turn = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    key = png_chunk(b"tRNS", struct.pack(">HHH", *np.asarray(PICTURE)[0, 0]))
    gamma = png_chunk(b"gAMA", SOUND[b"gAMA"])
    wanted = write(tmp_path / "a.png", HEAD, turn, gamma, key, DATA, END)
    for name, broken in BROKEN.items():
        if name.startswith("eXIf"):  # the last of two counts
            continue
        path = write(tmp_path / "b.png", HEAD, turn, broken, gamma, key, DATA, END)
        assert digest(path) == digest(wanted), name
        assert read_picture(str(path), 1).width == PICTURE.height


def digest(path):
    with opened(str(path)) as content:
        return digest_whole(content)


def test_gamma_beside_a_broken_chunk_is_told(tmp_path):
    """So that colours are what they mean."""
    from imgcmp.images.decoders import open_image

    path = write(
        tmp_path / "a.png", HEAD, png_chunk(b"gAMA", struct.pack(">I", 100_000)), BROKEN["cHRM empty"], DATA, END
    )
    with opened(str(path)) as content, open_image(content) as image:
        assert image.info["gamma"] == 1.0


@pytest.mark.parametrize(
    "end", [b"", END[:-3], with_wrong_check(END), END + b"and more" * 99, b"no chunk" * 9, END + END]
)
def test_what_is_behind_the_pixels_does_not_count(tmp_path, end):
    path = write(tmp_path / "a.png", HEAD, DATA, end)
    np.testing.assert_array_equal(np.asarray(read_picture(str(path), 1).grey), GREY)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([with_wrong_check(HEAD), DATA, END], "damaged PNG: its header is broken"),
        ([HEAD, with_wrong_check(png_chunk(b"PLTE", bytes(3))), DATA, END], "damaged PNG: its palette is broken"),
        ([HEAD, with_wrong_check(png_chunk(b"tRNS", bytes(6))), DATA, END], "damaged PNG: its transparency is broken"),
        ([HEAD, png_chunk(b"tRNS", b"1"), DATA, END], "damaged PNG"),
        ([HEAD, END], "damaged PNG: its picture is not there"),
        ([HEAD, b"no chunk" * 4, DATA, END], "damaged PNG: its picture is not there"),
        ([], "damaged PNG: its header is not there"),
        ([HEAD, BROKEN["tEXt of wrong check"], DATA[: len(DATA) // 2]], "cut off"),
        ([HEAD, png_chunk(b"IDAT", b"no pixels"), END], "damaged"),
    ],
)
def test_a_broken_chunk_that_the_picture_needs_is_told(tmp_path, parts, reason):
    path = write(tmp_path / "a.png", *parts)
    with pytest.raises(UnreadableImageError, match=f"^{reason}"):
        read_picture(str(path), 1)


def test_an_animation_with_a_broken_chunk_stays_one(tmp_path):
    frames = [Image.new("L", (64, 48), grey) for grey in (0, 99, 200)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "still.png")
    whole = (tmp_path / "a.png").read_bytes()
    end = len(SIGNATURE) + 25
    (tmp_path / "a.png").write_bytes(whole[:end] + BROKEN["cHRM empty"] + whole[end:])
    assert digest(tmp_path / "a.png") != digest(tmp_path / "still.png")


def test_code_points_are_those_of_a_chunk_of_their_own(tmp_path):
    """However far it lies behind; and not of a text that holds the like."""
    far = png_chunk(b"tEXt", b"Comment\0" + bytes(100_000))
    false = png_chunk(b"tEXt", b"Comment\0\0\0\0\4cICP\1\x08\0\1 ")
    linear = png_chunk(b"cICP", bytes([1, 8, 0, 1]))
    image = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).convert("RGB")
    for name, more, has in (("far", far + linear, True), ("false", false, False), ("near", linear, True)):
        image.save(tmp_path / f"{name}.png")
        data = (tmp_path / f"{name}.png").read_bytes()
        (tmp_path / f"{name}.png").write_bytes(data[:33] + more + data[33:])
        with opened(str(tmp_path / f"{name}.png")) as content:
            assert ("cicp" in open_image(content).info) == has


@pytest.mark.parametrize(("mode", "n_bytes"), [("L", 6), ("RGB", 9)])
def test_a_transparent_colour_of_another_kind_of_pixels_is_none(tmp_path, mode, n_bytes):
    image = Image.new(mode, (30, 20))
    image.paste("white", (0, 0, 10, 20))
    image.save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[:33] + png_chunk(b"tRNS", bytes(n_bytes)) + data[33:])
    np.testing.assert_array_equal(read_picture(str(tmp_path / "a.png"), 999).grey, image.convert("L"))
