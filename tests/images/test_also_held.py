import struct
import zlib

import numpy as np
import pytest
from animations import apng, films_of, gif, grey_palette, reads_avif, tiff
from behind_jpegs import FILM, jpeg, with_pictures, with_samsung_film, xmp
from pictures import photograph
from PIL import Image

from imgcmp.images.also_held import OTHERS, Held, also_held, holds_more
from imgcmp.images.decoders import open_image
from imgcmp.images.header_size import jxl_held
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole

GREY = np.asarray(photograph("camera.png").convert("L").resize((60, 40)))

SMALL = jpeg(size=(80, 60))
APPLE = jpeg(xmp("<apdi:AuxiliaryImageType>urn:com:apple:photo:2020:aux:hdrgainmap</apdi:AuxiliaryImageType>"))
ADOBE = jpeg(xmp('<rdf:Description hdrgm:Version="1.0" hdrgm:GainMapMax="2"/>'))
ISO = jpeg((0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"))
DISPARITY = jpeg(xmp("<apdi:AuxiliaryImageType>disparity</apdi:AuxiliaryImageType>"))
ULTRA_HDR = xmp('<rdf:Description hdrgm:Version="1.0"><Container:Item Item:Semantic="GainMap"/></rdf:Description>')
GDEPTH = xmp('<rdf:Description GDepth:Format="RangeInverse" GDepth:Near="1"/>')
MOTION = xmp('<rdf:Description GCamera:MicroVideo="1" GCamera:MicroVideoOffset="528"/>')

JPEGS = {
    "nothing": (jpeg(), ()),
    "nothing, and zeros behind it": (jpeg() + bytes(5000), ()),
    "a film": (jpeg() + FILM, ("film",)),
    "a film that XMP tells of": (jpeg(MOTION) + FILM, ("film",)),
    "a film that XMP tells of, with the bytes of an end in it": (jpeg(MOTION) + FILM + b"\xff\xd9 and more", ("film",)),
    "XMP of a film that an editor dropped": (jpeg(MOTION), ()),
    "a film in Samsung's trailer": (with_samsung_film(), ("film",)),
    "something else in Samsung's trailer": (with_samsung_film(0x0A01), ()),
    "something else behind it": (jpeg() + b"written by a camera" * 9, ()),
    "cut short": (jpeg()[:-300], ()),
    "a gain map of Apple's": (with_pictures((0, APPLE)), ("gain map",)),
    "a gain map of Adobe's": (with_pictures((0, ADOBE)), ("gain map",)),
    "a gain map of Google's": (with_pictures((0, ADOBE), segments=[ULTRA_HDR]), ("gain map",)),
    "a gain map of ISO's": (with_pictures((0, ISO)), ("gain map",)),
    "a gain map and a film": (with_pictures((0, APPLE)) + FILM, ("film", "gain map")),
    "a depth map of Google's": (jpeg(GDEPTH), ("depth map",)),
    "a depth map of Apple's": (with_pictures((0, DISPARITY)), ("depth map",)),
    "a picture for the other eye": (with_pictures((0x020002, SMALL)), ("second picture",)),
    "a smaller copy": (with_pictures((0x010001, SMALL), (0x010002, SMALL)), ()),
    "a list of pictures that lie elsewhere": (with_pictures((0, bytes(len(APPLE)))), ()),
}


def held_by(path, data):
    path.write_bytes(data)
    with opened(str(path)) as content, open_image(content) as image:
        before = content.file.tell()
        held = also_held(image, content)
        assert content.file.tell() == before
        image.load()
        assert also_held(image, content) == held  # whether it is loaded or not
    return held


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO file")
def test_what_lies_behind_a_jpeg_is_told(tmp_path, kind):
    data, others = JPEGS[kind]
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with opened(str(path)) as content, open_image(content) as image:
        assert also_held(image, content) == Held(1, others)
        assert holds_more(image, content) == bool({"film", "gain map", "second picture"} & set(others))
    assert set(others) <= set(OTHERS)


def test_a_jpeg_with_a_large_film_behind_it(tmp_path):
    assert held_by(tmp_path / "a.jpg", jpeg() + FILM[:20] + bytes(2**24)[:-4] + b"free") == Held(1, ("film",))


def digest_of(path, data):
    path.write_bytes(data)
    with opened(str(path)) as content:
        return digest_whole(content)


def test_what_is_shown_too_makes_other_pixels_and_what_is_not_does_not(tmp_path):
    one = digest_of(tmp_path / "a.jpg", jpeg())
    assert digest_of(tmp_path / "b.jpg", jpeg(GDEPTH)) == one
    assert digest_of(tmp_path / "b.jpg", jpeg() + bytes(100)) == one
    assert digest_of(tmp_path / "b.jpg", with_pictures((0x010001, SMALL))) == one
    others = [jpeg() + FILM, with_pictures((0, APPLE)), with_pictures((0x020002, SMALL))]
    assert len({one, *(digest_of(tmp_path / "b.jpg", data) for data in others)}) == 4


def test_frames_are_counted_in_every_format(tmp_path):
    frames = [GREY, 255 - GREY, GREY]
    for suffix, data in films_of(frames).items():
        assert held_by(tmp_path / f"a{suffix}", data) == Held(3, ("pages",) if suffix == ".tif" else ())
    for suffix, data in films_of(frames[:1]).items():
        assert held_by(tmp_path / f"a{suffix}", data) == Held(1)


def test_an_animated_png_may_hold_a_picture_more_and_fewer_frames_than_it_says(tmp_path):
    pixels = np.dstack([GREY] * 4)
    data = apng((60, 40), [{"pixels": pixels}] * 2, still=pixels)
    assert held_by(tmp_path / "a.png", data) == Held(3)
    lies = data.replace(b"acTL\0\0\0\2", b"acTL\0\1\0\0")
    at = lies.index(b"acTL")
    lies = lies[: at + 12] + struct.pack(">I", zlib.crc32(lies[at : at + 12])) + lies[at + 16 :]
    assert held_by(tmp_path / "a.png", lies) == Held(3)


def test_a_tiff_of_layers_is_one_page(tmp_path):
    assert held_by(tmp_path / "a.tif", tiff([(GREY, {37724: 1})])) == Held(1, ("layers",))
    assert held_by(tmp_path / "a.tif", tiff([(GREY, {37724: 1}), GREY])) == Held(2, ("layers", "pages"))
    assert held_by(tmp_path / "a.tif", tiff([GREY, (GREY[::2, ::2], {254: 1})])) == Held(1)


def test_pages_that_lead_back_are_counted_once(tmp_path):
    data = bytearray(tiff([GREY, GREY]))
    (first,) = struct.unpack_from("<I", data, 4)
    second = first + 2 + 8 * 12
    (place,) = struct.unpack_from("<I", data, second)
    struct.pack_into("<I", data, place + 2 + 8 * 12, first)
    assert held_by(tmp_path / "a.tif", bytes(data)) == Held(2, ("pages",))


def psd(n_layers):
    """Return a flattened grey PSD; -1, 0, 2 layers: their count alone."""
    layers = struct.pack(">IhI", 6, n_layers, 0) if n_layers else b""
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 1, 40, 60, 8, 1)
    return head + bytes(8) + struct.pack(">I", len(layers)) + layers + b"\0\0" + GREY.tobytes()


@pytest.mark.parametrize(("n", "others"), [(0, ()), (2, ("layers",)), (-1, ("layers",))])
def test_layers_of_a_psd_are_told_and_are_no_frames(tmp_path, n, others):
    path = tmp_path / "a.psd"
    path.write_bytes(psd(n))
    with opened(str(path)) as content, open_image(content) as image:
        assert also_held(image, content) == Held(1, others)
        assert not holds_more(image, content)


def box(kind, *contents):
    data = b"".join(contents)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def item(kind, version=2):
    return box(b"infe", bytes([version, 0, 0, 0]), struct.pack(">H" if version == 2 else ">I", 3), b"\0\0", kind, b"\0")


def heif(*in_meta, behind=b""):
    meta = box(b"meta", bytes(4), box(b"iinf", bytes(6), item(b"hvc1"), *in_meta))
    return box(b"ftyp", b"heic", bytes(4), b"mif1") + meta + box(b"mdat", b"tmap" * 9, b"infe" * 9) + behind


HEIFS = {
    "nothing": (heif(), ()),
    "a gain map of ISO's": (heif(item(b"tmap")), ("gain map",)),
    "one with a long number": (heif(item(b"tmap", version=3)), ("gain map",)),
    "a gain map of Apple's": (heif(box(b"auxC", b"\0\0\0\0urn:com:apple:photo:2020:aux:hdrgainmap\0")), ("gain map",)),
    "a depth map": (heif(box(b"auxC", b"\0\0\0\0urn:mpeg:hevc:2015:auxid:2\0")), ("depth map",)),
    "a depth map by its later name": (
        heif(box(b"auxC", b"\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:depth\0")),
        ("depth map",),
    ),
    "transparency": (heif(box(b"auxC", b"\0\0\0\0urn:mpeg:hevc:2015:auxid:1\0")), ()),
    "a film in a box": (heif(behind=box(b"mpvd", FILM)), ("film",)),
    "a film behind it": (heif(behind=FILM), ("film",)),
    "a box that lies about its length": (heif(behind=struct.pack(">I4s", 3, b"mpvd")), ()),
}


@pytest.mark.parametrize("kind", HEIFS)
@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_what_a_heic_or_avif_holds_is_told_by_its_boxes(tmp_path, kind, form):
    data, others = HEIFS[kind]
    (tmp_path / "a.heic").write_bytes(data)
    image = Image.new("RGB", (4, 4))
    image.format = form
    with opened(str(tmp_path / "a.heic")) as content:
        assert also_held(image, content) == Held(1, others)


def test_heic_files_of_another_writer(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    path = tmp_path / "a.heic"
    picture = photograph("coffee.png").resize((128, 96))
    pillow_heif.from_pillow(picture).save(path)
    assert held_by(path, path.read_bytes()) == Held(1)
    assert held_by(path, path.read_bytes() + box(b"mpvd", FILM)) == Held(1, ("film",))
    assert digest_of(tmp_path / "b.heic", path.read_bytes()[: -8 - len(FILM)]) != digest_of(path, path.read_bytes())
    pair = pillow_heif.from_pillow(picture)
    pair.add_from_pillow(picture.rotate(90))
    pair.save(path)
    assert held_by(path, path.read_bytes()) == Held(2, ("pages",))


@pytest.mark.skipif(not reads_avif(), reason="this Pillow reads no AVIF")
def test_an_avif_of_another_writer(tmp_path):
    photograph("coffee.png").resize((128, 96)).save(tmp_path / "a.avif")
    assert held_by(tmp_path / "a.avif", (tmp_path / "a.avif").read_bytes()) == Held(1)


@pytest.mark.parametrize("n", [1, 3])
def test_an_animated_jpeg_xl_is_told(n):
    imagecodecs = pytest.importorskip("imagecodecs")
    pixels = np.stack([np.dstack([GREY] * 3)] * n)
    data = imagecodecs.jpegxl_encode(pixels if n > 1 else pixels[0])
    assert jxl_held(data).is_film == (n > 1)


def test_a_still_is_not_the_animation_that_begins_with_it(tmp_path):
    film = films_of([GREY, 255 - GREY])
    still = films_of([GREY])
    digests = {digest_of(tmp_path / f"a{suffix}", still[suffix]) for suffix in still}
    assert len(digests) == 1
    assert len(digests | {digest_of(tmp_path / f"a{suffix}", film[suffix]) for suffix in film}) == 1 + len(film)
    assert digest_of(tmp_path / "a.gif", gif((60, 40), [{"pixels": GREY}], grey_palette())) in digests


@pytest.mark.parametrize("comment", [b"", b"# drawn by hand\n"])
@pytest.mark.parametrize(
    ("head", "data"),
    [
        (b"P4 60 40 ", bytes(8 * 40)),
        (b"P5 60 40 255\n", GREY.tobytes()),
        (b"P5\n60 40\n65535\n", bytes(2 * 60 * 40)),
        (b"P6 60\n40 255\n", bytes(3 * 60 * 40)),
    ],
)
def test_pictures_that_lie_behind_the_first_of_a_pnm_are_more(tmp_path, head, data, comment):
    one = head[:3] + comment + head[3:] + data
    assert held_by(tmp_path / "a", one).n_frames == 1
    assert held_by(tmp_path / "a", one + b"\n").n_frames == 1
    assert held_by(tmp_path / "a", one + one).n_frames == -1
    assert len({digest_of(tmp_path / "a", whole) for whole in (one, one + one, one + one[:-1] + b"x")}) == 3


def dds(kinds, depth=0):
    """Return an uncompressed DDS of 60 x 40 that says of what kinds it is."""
    head = b"DDS " + struct.pack("<7I44x", 124, 0x1007, 40, 60, 180, depth, 0)
    head += struct.pack("<II4s5I", 32, 0x40, bytes(4), 24, 0xFF0000, 0xFF00, 0xFF, 0) + struct.pack(
        "<5I", 0x1000, kinds, 0, 0, 0
    )
    return head + np.dstack([GREY] * 3).tobytes()


@pytest.mark.parametrize(
    ("kinds", "depth", "n"), [(0, 0, 1), (0xFE00, 0, 6), (0x0600, 0, 1), (0x200000, 9, 9), (0, 9, 1)]
)
def test_sides_of_a_cube_and_slices_of_a_volume_are_more(tmp_path, kinds, depth, n):
    assert held_by(tmp_path / "a.dds", dds(kinds, depth)).n_frames == n


def test_images_behind_the_one_of_which_a_tiff_tells_are_pages(tmp_path):
    """As ImageJ leaves stacks that are too large for a directory each."""
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "a.tif", np.stack([GREY] * 5), imagej=True, truncate=True)
    tifffile.imwrite(tmp_path / "b.tif", GREY, imagej=True)
    held = [held_by(path, path.read_bytes()) for path in (tmp_path / "a.tif", tmp_path / "b.tif")]
    assert held == [Held(5, ("pages",)), Held(1)]
