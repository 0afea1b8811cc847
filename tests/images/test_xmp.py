"""XMP doesn't turn a picture: where it says something of its orientation, browsers don't follow it, and Pillow does."""

import numpy as np
import pytest
import tifffile
from pictures import gradient
from PIL import ExifTags, Image, PngImagePlugin

from imgcmp.images.grey_pixels import grey_pixels, read_picture
from imgcmp.images.orientation import orientation

PICTURE = gradient(60, 40)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'


def save_with_xmp(path):
    """Save the picture with XMP, by the suffix of the path."""
    if path.suffix == ".png":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        PICTURE.save(path, pnginfo=text)
    elif path.suffix == ".tif":
        tifffile.imwrite(path, np.asarray(PICTURE), photometric="rgb", extratags=[(700, 1, len(XMP), XMP, True)])
    elif path.suffix == ".webp":
        PICTURE.save(path, lossless=True, xmp=XMP)
    else:
        exif = Image.Exif()
        if path.stem == "with EXIF":  # that says nothing of the orientation
            exif[ExifTags.Base.Make] = "Maker"
        PICTURE.save(path, quality=100, exif=exif)
        whole = path.read_bytes()
        segment = b"http://ns.adobe.com/xap/1.0/\0" + XMP
        path.write_bytes(whole[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + whole[2:])


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp", "a.jpg", "with EXIF.jpg"])
def test_the_orientation_in_xmp_does_not_turn_a_picture(tmp_path, name):
    path = tmp_path / name
    save_with_xmp(path)
    with Image.open(path) as image:
        assert image.info["xmp"], "it is not there for this test to mean anything"
    picture = read_picture(str(path), 10_000)
    assert (picture.width, picture.height) == picture.grey.size == PICTURE.size
    assert np.abs(np.asarray(picture.grey, int) - np.asarray(PICTURE.convert("L"), int)).mean() < 1


@pytest.mark.parametrize("name", ["a.png", "with EXIF.jpg"])
def test_a_callers_image_keeps_its_xmp(tmp_path, name):
    save_with_xmp(tmp_path / name)
    with Image.open(tmp_path / name) as image:
        before, exif = dict(image.info), dict(image.getexif())
        assert orientation(image) == 1
        assert grey_pixels(image).size == PICTURE.size
        assert image.info == before
        assert dict(image.getexif()) == exif
