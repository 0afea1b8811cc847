"""AVIF and HEIC: cropped and turned by their own properties, and nothing else."""

import io
import struct
from itertools import permutations, product

import numpy as np
import pytest
from boxes import box, clap, imir, irot, split, with_film_property, with_properties
from pictures import ORIENTATION_TAG, gradient
from PIL import Image

from imgcmp import UnreadableImageError
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.orientation import orientation
from imgcmp.images.pixel_digest import digest_whole
from imgcmp.images.readers.heif import has_fine_samples, nclx_of
from imgcmp.images.readers.iso_boxes import Property
from imgcmp.images.readers.iso_placing import clean_aperture, placing
from imgcmp.images.resize_image import make_copy

PICTURE = gradient(120, 80)
XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def written(kind, image=PICTURE, **options):
    """Return an AVIF or a HEIC of a picture; skipped where it can't be written."""
    if kind == "heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    else:
        Image.init()
        if "AVIF" not in Image.SAVE:
            pytest.skip("Pillow without AVIF")
    out = io.BytesIO()
    image.save(out, "HEIF" if kind == "heic" else "AVIF", quality=95, **options)
    return out.getvalue()


def read(path, whole):
    path.write_bytes(whole)
    return read_picture(str(path), 10_000)


def shown_as(picture, image):
    """Hold that a picture is this image, as far as a lossy codec leaves it."""
    assert (picture.width, picture.height) == picture.grey.size == image.size
    distance = np.abs(np.asarray(picture.grey, float) - np.asarray(image.convert("L"), float)).mean()
    assert distance < 4


def by_pillow(image, properties):
    """Return what properties make of an image, step by step."""
    for kind, data in properties:
        if kind == b"irot":
            image = image.rotate(90 * data[0], expand=True)
        elif kind == b"imir":
            flips = (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT)
            image = image.transpose(flips[data[0]])
        else:
            width, a, height, b, right, c, below, d = struct.unpack(">IIIIiIiI", data)
            left, top = (image.width - width / a) / 2 + right / c, (image.height - height / b) / 2 + below / d
            image = image.crop((round(left), round(top), round(left + width / a), round(top + height / b)))
    return image


@pytest.mark.parametrize("kind", ["avif", "heic"])
@pytest.mark.parametrize("mode", ["L", "LA", "RGBA"])
def test_grey_and_transparent_pictures_are_turned_with_their_alpha(tmp_path, kind, mode):
    image = PICTURE.convert(mode)
    if mode != "L":
        image.putalpha(Image.new("L", PICTURE.size, 255))
        image.paste(Image.new(mode, (60, 80), 0), (60, 0))  # nothing in the right half
    whole = with_properties(written(kind, image), [irot(1), imir(0)])
    white = Image.new("RGBA", PICTURE.size, "white")
    seen = Image.alpha_composite(white, image.convert("RGBA")).convert("L")
    shown_as(read(tmp_path / "a", whole), by_pillow(seen, [irot(1), imir(0)]))


@pytest.mark.parametrize("kind", ["avif", "heic"])
@pytest.mark.parametrize("box", [(60, 40, 0, 0), (60, 40, 60, 40), (50, 80, 10, 0), (96, 64, 12, 8)])
def test_a_clean_aperture_is_what_is_shown(tmp_path, kind, box):
    width, height, left, top = box
    whole = with_properties(written(kind), [clap(*box, PICTURE.size)], without=(b"clap",))
    shown_as(read(tmp_path / "a", whole), PICTURE.crop((left, top, left + width, top + height)))


def test_a_copy_and_the_digest_are_of_the_clean_aperture(tmp_path):
    part = PICTURE.crop((60, 40, 120, 80))
    (tmp_path / "a.avif").write_bytes(with_properties(written("avif"), [clap(60, 40, 60, 40, (120, 80)), irot(1)]))
    make_copy(str(tmp_path / "a.avif"), str(tmp_path / "copy.png"), 1)
    shown_as(read_picture(str(tmp_path / "copy.png"), 10_000), part.rotate(90, expand=True))
    (tmp_path / "b.avif").write_bytes(with_properties(written("avif"), [clap(60, 40, 0, 0, (120, 80)), irot(1)]))
    assert digest(tmp_path / "a.avif") == digest(tmp_path / "copy.png") != digest(tmp_path / "b.avif")


def digest(path):
    with opened(str(path)) as content:
        return digest_whole(content)


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        ((60, 1, 40, 1, 0, 1, 0, 1), (30, 20, 90, 60)),
        ((120, 2, 120, 3, -60, 2, 20, 1), (0, 40, 60, 80)),
        ((121, 2, 40, 1, 0, 1, 0, 1), (30, 20, 91, 60)),  # no whole pixels
        ((60, 1, 40, 1, 50, 1, 0, 1), (80, 20, 120, 60)),  # beyond the picture: what is of it
        ((60, 1, 40, 1, 90, 1, 0, 1), None),  # nothing is
        ((0, 1, 40, 1, 0, 1, 0, 1), None),
        ((60, 0, 40, 1, 0, 1, 0, 1), None),
        ((60, 1, 40, -1, 0, 1, 0, 1), None),
    ],
)
def test_what_a_clean_aperture_leaves(numbers, wanted):
    data = struct.pack(">8i", *numbers)
    assert clean_aperture(data, (120, 80)) == wanted
    assert clean_aperture(data[:-1], (120, 80)) is None


@pytest.mark.parametrize("kind", ["avif", "heic"])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_a_picture_is_turned_and_mirrored_by_its_properties(tmp_path, kind, turns, axis):
    properties = [irot(turns)] * (turns > 0) + ([] if axis is None else [imir(axis)])
    for more in ([], [clap(60, 40, 60, 40, PICTURE.size)]):
        whole = with_properties(written(kind), [*more, *properties])
        shown_as(read(tmp_path / "a", whole), by_pillow(PICTURE, [*more, *properties]))


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("axis", [0, 1])
def test_properties_are_applied_in_their_order(tmp_path, turns, axis):
    for order in permutations([irot(turns), imir(axis), clap(30, 20, 40, 25, (120, 80))]):
        shown = placing([Property(*found) for found in order], PICTURE.size)
        part = PICTURE.crop(shown.box)
        part.getexif()[ORIENTATION_TAG] = shown.orientation
        assert orientation(part) == shown.orientation
        whole = with_properties(written("avif"), order)
        shown_as(read(tmp_path / "a", whole), by_pillow(PICTURE, order))


@pytest.mark.parametrize("kind", ["avif", "heic"])
@pytest.mark.parametrize(("turns", "value"), list(product([0, 1], [0, 1, 6])))
def test_nothing_but_its_properties_turns_a_picture(tmp_path, kind, turns, value):
    """Neither EXIF nor XMP: with both, with one, with EXIF that says nothing of it."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    if value:
        exif[ORIENTATION_TAG] = value
    for options in ({"exif": exif.tobytes()}, {"xmp": XMP}, {"exif": exif.tobytes(), "xmp": XMP}):
        whole = with_properties(written(kind, **options), [irot(turns)] * turns, without=(b"irot", b"imir"))
        shown_as(read(tmp_path / "a", whole), PICTURE.rotate(90 * turns, expand=True))


def test_a_film_is_not_turned_by_xmp(tmp_path):
    whole = written("avif", save_all=True, append_images=[PICTURE.rotate(180)], xmp=XMP)
    with Image.open(io.BytesIO(whole)) as image:
        assert image.n_frames == 2
    shown_as(read(tmp_path / "a", whole), PICTURE)


def test_a_film_that_is_to_be_cropped_is_refused(tmp_path):
    whole = written("avif", save_all=True, append_images=[PICTURE.rotate(180)])
    shown_as(read(tmp_path / "a", with_film_property(whole, (b"pasp", struct.pack(">II", 1, 1)))), PICTURE)
    whole = with_film_property(whole, clap(60, 40, 0, 0, PICTURE.size))
    with Image.open(io.BytesIO(whole)) as image:
        assert (image.n_frames, image.size) == (2, PICTURE.size), "Pillow has learned it"
    with pytest.raises(UnreadableImageError, match="an AVIF of many pictures that are to be cropped is not read"):
        read(tmp_path / "a", whole)


# More than 8 bits


def test_finer_samples_are_not_the_same_as_their_8_bits(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    numbers = (np.asarray(PICTURE).astype(np.uint16) * 257) ^ 7
    fine = pillow_heif.from_bytes("RGB;16", PICTURE.size, numbers.tobytes())
    fine.save(tmp_path / "fine.heic", quality=-1)
    (tmp_path / "coarse.heic").write_bytes(written("heic"))
    for name, is_fine in (("fine", True), ("coarse", False)):
        with opened(str(tmp_path / f"{name}.heic")) as content:
            assert has_fine_samples(content) == is_fine
    with Image.open(tmp_path / "fine.heic") as image:
        assert image.info["bit_depth"] > 8
        image.save(tmp_path / "eight.png")
    assert digest(tmp_path / "fine.heic") != digest(tmp_path / "eight.png")
    with Image.open(tmp_path / "coarse.heic") as image:
        image.save(tmp_path / "eight.png")
    assert digest(tmp_path / "coarse.heic") == digest(tmp_path / "eight.png")


@pytest.mark.parametrize(
    ("properties", "is_fine"),
    [
        ([(b"av1C", b"\x81\x00\x0c\x00")], False),
        ([(b"av1C", b"\x81\x00\x4c\x00")], True),  # 10 bits
        ([(b"av1C", b"\x81\x40\x6c\x00")], True),  # 12
        ([(b"hvcC", bytes(17) + b"\xf8\xf8" + bytes(4))], False),
        ([(b"hvcC", bytes(17) + b"\xfa\xfa" + bytes(4))], True),
        ([(b"pixi", b"\0\0\0\0\x03\x08\x08\x08")], False),
        ([(b"pixi", b"\0\0\0\0\x01\x0a")], True),
        ([(b"pixi", b"\0\0\0\0\x03\x08\x08\x08\xff")], False),  # what follows are no bits
        ([(b"pixi", b""), (b"hvcC", b""), (b"av1C", b"")], False),
        ([], False),
    ],
)
@pytest.mark.parametrize("in_tiles", [False, True])
@pytest.mark.parametrize("wide", [False, True])
def test_the_bits_of_a_sample_are_told_by_the_picture_or_its_tiles(tmp_path, properties, is_fine, in_tiles, wide):
    (tmp_path / "a.avif").write_bytes(described(properties, in_tiles=in_tiles, wide=wide))
    with opened(str(tmp_path / "a.avif")) as content:
        assert has_fine_samples(content) == is_fine


def described(properties, *, in_tiles=False, wide=False):
    """Return the description of a picture, number 2, made of tiles, number 3, and another, whose samples are fine."""
    number = ">I" if wide else ">H"
    places = [2 + k for k in range(len(properties))]
    items = [(1, [1]), (2, [] if in_tiles else places), (3, places if in_tiles else [])]
    entries = b"".join(
        struct.pack(number, item) + bytes([len(own)]) + (struct.pack(f">{len(own)}H", *own) if wide else bytes(own))
        for item, own in items
    )
    version, flags = (b"\1", b"\0\0\1") if wide else (b"\0", b"\0\0\0")
    ipco = box(b"ipco", b"".join(box(*found) for found in [(b"av1C", b"\x81\x00\x4c\x00"), *properties]))
    ipma = box(b"ipma", version + flags + struct.pack(">I", len(items)) + entries)
    dimg = box(b"dimg", struct.pack(number, 2) + struct.pack(">H", 1) + struct.pack(number, 3))
    inner = [(b"pitm", version + bytes(3) + struct.pack(number, 2)), (b"iprp", ipco + ipma)]
    inner.append((b"iref", version + bytes(3) + dimg))
    meta = box(b"meta", bytes(4) + b"".join(box(*part) for part in inner))
    return box(b"ftyp", b"avif\0\0\0\0mif1") + meta


def test_an_avif_tells_its_bits(tmp_path):
    (tmp_path / "a.avif").write_bytes(whole := written("avif"))
    at = whole.index(b"av1C") + 6
    (tmp_path / "b.avif").write_bytes(whole[:at] + bytes([whole[at] | 0x40]) + whole[at + 1 :])
    found = []
    for name in "ab":
        with opened(str(tmp_path / f"{name}.avif")) as content:
            found.append(has_fine_samples(content))
    assert found == [False, True]


# What the numbers mean


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_what_the_numbers_mean_is_told(tmp_path, kind):
    codes = struct.pack(">4sHHHB", b"nclx", 12, 16, 9, 0x80)
    (tmp_path / "a").write_bytes(with_properties(written(kind), [(b"colr", codes)], without=(b"colr",)))
    (tmp_path / "b").write_bytes(with_properties(written(kind), [], without=(b"colr",)))
    with opened(str(tmp_path / "a")) as content:
        assert nclx_of(content) == (12, 16, 9, True)
    with opened(str(tmp_path / "b")) as content:
        assert nclx_of(content) is None


# Damaged


def test_boxes_that_lie_are_as_if_they_were_not_there(tmp_path):
    whole = described([(b"pixi", b"\0\0\0\0\x01\x0a")])
    rng = np.random.default_rng(0)
    variants = [whole[:end] for end in range(0, len(whole), 3)]
    for _ in range(300):
        broken = bytearray(whole)
        for at in rng.integers(len(whole), size=3):
            broken[at] = rng.integers(256)
        variants.append(bytes(broken))
    for kind in (b"ftyp", b"meta", b"pitm", b"iprp", b"ipco", b"ipma", b"iref", b"dimg"):
        at = whole.index(kind) - 4
        for length in (0, 1, 7, 8, 2**31, 2**32 - 1):
            variants.append(whole[:at] + struct.pack(">I", length) + whole[at + 4 :])
    for variant in variants:
        (tmp_path / "a").write_bytes(variant)
        with opened(str(tmp_path / "a")) as content:
            assert has_fine_samples(content) in (False, True)
            assert nclx_of(content) is None


def test_a_gain_map_of_no_known_kind_leaves_the_picture(tmp_path):
    """Its item comes as one more, with its reference to the picture and to the map."""
    whole = written("avif")
    with_map = with_gain_map(whole)
    with pytest.raises(RuntimeError, match="tone mapped"):
        Image.open(io.BytesIO(with_map)).load()
    shown_as(read(tmp_path / "a.avif", with_map), PICTURE)


def with_gain_map(whole):
    """Return an AVIF with a gain map, the picture itself, whose description is of a version 0, but longer than that."""
    (ftyp, meta, mdat) = split(whole)
    parts = dict(split(meta[1][4:]))
    count = int.from_bytes(parts[b"iinf"][4:6], "big")
    assert count == 1
    assert parts[b"iloc"][:6] == b"\0\0\0\0\x44\0"
    extent = parts[b"iloc"][-8:]
    names = parts[b"iinf"][6:]
    kinds = ((2, b"av01"), (3, b"tmap"))
    infe = [box(b"infe", b"\2\0\0\0" + struct.pack(">HH4sx", number, 0, kind)) for number, kind in kinds]
    parts[b"iinf"] = bytes(4) + struct.pack(">H", 3) + names + b"".join(infe)
    gain_map = bytes(5) + b"\xff" * 200
    ipco, ipma = (data for _, data in split(parts[b"iprp"]))
    places = ipma[10 : 11 + ipma[10]]
    ipma = bytes(4) + struct.pack(">I", 3) + b"".join(struct.pack(">H", number) + places for number in (1, 2, 3))
    parts[b"iprp"] = box(b"ipco", ipco) + box(b"ipma", ipma)
    parts[b"iref"] = bytes(4) + box(b"dimg", struct.pack(">HHHH", 3, 2, 1, 2))
    parts[b"grpl"] = box(b"altr", bytes(4) + struct.pack(">IIII", 9, 2, 3, 1))
    head = box(b"ftyp", ftyp[1] + b"tmap")
    later = 8  # where the data begins, once all else has its size
    for _ in range(2):
        place, length = struct.unpack(">II", extent)
        places = [(place + later - (len(whole) - len(mdat[1])), length)] * 2 + [(later + len(mdat[1]), len(gain_map))]
        items = b"".join(struct.pack(">HHHii", 1 + k, 0, 1, *found) for k, found in enumerate(places))
        parts[b"iloc"] = b"\0\0\0\0\x44\0" + struct.pack(">H", 3) + items
        new = box(b"meta", bytes(4) + b"".join(box(*part) for part in parts.items()))
        later = len(head) + len(new) + 8
    return head + new + box(b"mdat", mdat[1] + gain_map)
