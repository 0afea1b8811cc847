"""Readers that are not ours: what other packages show of a file.

Each takes a path and returns grey or RGB pixels, uint8, over white, upright if the package turns pictures; it raises
whatever its package raises where that cannot read the file.
"""

import os
import subprocess
import warnings
from importlib import import_module
from importlib.metadata import version

import numpy as np
from formats.colours import SRGB_PROFILE, of_linear
from formats.originals import over_white
from formats.writers import magick_program

os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # what it says is not asked for


def imagemagick(path):
    """ImageMagick's first picture, by its profile, upright."""
    profile = os.path.join(os.path.dirname(path), "srgb.icc")
    if not os.path.exists(profile):
        with open(profile, "wb") as file:
            file.write(SRGB_PROFILE)
    whole = ["-coalesce"] if path.endswith((".gif", ".webp")) else []  # the screen, and not the frame alone
    command = [magick_program(), f"{path}[0]", *whole, "-auto-orient", "-profile", profile, "-colorspace", "sRGB"]
    command += ["+set", "comment", "-background", "white", "-alpha", "remove", "-alpha", "off", "-depth", "8", "ppm:-"]
    done = subprocess.run(command, capture_output=True, timeout=60)
    if not done.stdout:
        raise ValueError(done.stderr.decode(errors="replace"))
    return _ppm(done.stdout)


def _ppm(data):
    kind, width, height, top = data.split(maxsplit=4)[:4]
    n = 3 if kind == b"P6" else 1
    assert top == b"255"
    return np.frombuffer(data[-int(width) * int(height) * n :], np.uint8).reshape(int(height), int(width), n)


def libvips(path):
    """What libvips makes of it, by its profile, upright."""
    image = import_module("pyvips").Image.new_from_file(path, fail_on="error").autorot()
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True)
    image = image.colourspace("b-w" if image.interpretation in ("b-w", "grey16") else "srgb")
    image = image.flatten(background=255) if image.hasalpha() else image
    return _squeezed(image.cast("uchar").numpy())


def opencv(path):
    """OpenCV's picture, as stored if it has alpha or more than 8 bits, else upright."""
    cv2 = import_module("cv2")
    pixels = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if pixels is not None and pixels.dtype == np.uint8 and pixels.shape[2:] != (4,):
        pixels = cv2.imread(path, cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("not read")
    pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]] if pixels.ndim == 3 else pixels
    return _of_light(pixels) if path.endswith(".hdr") else of_samples(pixels)


def tifffile(path):
    """The numbers of the first page by tifffile, their meaning by its tags."""
    with import_module("tifffile").TiffFile(path) as file:
        page = file.pages[0]
        numbers = page.asarray()
        name = page.photometric.name
        if page.planarconfig == 2 and page.samplesperpixel > 1:
            numbers = np.moveaxis(numbers, 0, -1)
        if name == "PALETTE":
            colours = page.colormap.T
            return of_samples(colours.astype(np.uint16))[numbers]
        top = 2**page.bitspersample - 1 if numbers.dtype.kind in "ub" else None
        shown = of_samples(numbers, top=top, n_alpha=len(page.extrasamples), alpha_of=page.extrasamples)
    if name == "MINISWHITE":
        return 255 - shown
    if name in ("MINISBLACK", "RGB"):
        return shown
    if name == "SEPARATED":
        return _of_inks(of_samples(numbers, top=top))
    raise ValueError(f"{name} is not looked into")


def _of_inks(cmyk):
    inks = cmyk.astype(float) / 255
    return np.rint(255 * (1 - inks[..., :3]) * (1 - inks[..., 3:4])).astype(np.uint8)


_CODECS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe"), "jpeg8"),
    **dict.fromkeys((".jp2", ".j2k", ".jpx", ".jpf"), "jpeg2k"),
    **{f".{name}": name for name in ("png", "webp", "avif", "qoi", "bmp", "gif", "dds")},
    ".jxl": "jpegxl",
    ".hdr": "rgbe",
}


def imagecodecs(path):
    """The numbers that the codec of the suffix decodes; not turned."""
    codec = _CODECS[os.path.splitext(path)[1]]
    with open(path, "rb") as file:
        numbers = getattr(import_module("imagecodecs"), f"{codec}_decode")(file.read())
    while numbers.ndim > 3 or (numbers.ndim == 3 and numbers.shape[2] > 4):
        numbers = numbers[0]
    if path.endswith(".hdr"):
        return _of_light(numbers)
    tops = (1023, 4095, 65535) if numbers.dtype == np.uint16 else (None,)  # it doesn't say of how many bits they are
    return of_samples(numbers, top=next(top for top in tops if top is None or numbers.max() <= top))


def _of_light(numbers):
    return of_samples(of_linear(numbers.astype(float)))


def psd_tools(path):
    """The flattened picture that Photoshop stored, by psd-tools."""
    image = import_module("psd_tools").PSDImage.open(path).topil()
    pixels = np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
    return of_samples(pixels)


def astropy(path):
    """The numbers of the first picture of a FITS, by astropy, scaled by its header, the last row first."""
    fits = import_module("astropy.io.fits")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = fits.getdata(path)
    while numbers.ndim > 2:
        numbers = numbers[0]
    lowest = min(0.0, float(np.nanmin(numbers)))
    return of_samples(numbers - lowest, top=float(np.nanmax(numbers)) - lowest)[::-1]


READERS = {
    "ImageMagick": imagemagick,
    "libvips": libvips,
    "OpenCV": opencv,
    "tifffile": tifffile,
    "imagecodecs": imagecodecs,
    "psd-tools": psd_tools,
    "astropy": astropy,
}

_PACKAGES = {"libvips": "pyvips-binary", "OpenCV": "opencv-python-headless"}

_READ_BY = {"tifffile": (".tif",), "psd-tools": (".psd", ".psb"), "astropy": (".fits",), "imagecodecs": tuple(_CODECS)}
"""Suffixes that a reader is asked for; others are asked for all."""


def asked(path):
    """Return the names of the readers that may know a file."""
    suffix = os.path.splitext(path)[1]
    return [name for name in READERS if suffix in _READ_BY.get(name, (suffix,))]


def versions():
    """Return {reader: version} of those that are installed."""
    found = {}
    for name in READERS:
        try:
            if name == "tifffile":
                version("imagecodecs")  # without which it decodes plain files only
            found[name] = _magick_version() if name == "ImageMagick" else version(_PACKAGES.get(name, name))
        except Exception:  # not installed
            continue
    return found


def _magick_version():
    shown = subprocess.run([magick_program(), "-version"], capture_output=True, text=True, timeout=60).stdout
    return shown.split("ImageMagick ", 1)[1].split()[0]


def of_samples(numbers, *, top=None, n_alpha=None, alpha_of=()):
    """Return numbers as pixels, uint8, over white.

    `top`: the number that is white; else the largest of its type, 1 of floats, and of signed ones their own range. The
    last of 2 and 4 samples is opacity, unless `n_alpha` says how many are, of which `alpha_of` tells the first (TIFF:
    0 means nothing, 1 premultiplied).
    """
    values = _levels(numbers, top)
    n = values.shape[2] if values.ndim == 3 else 1
    n_alpha = int(n in (2, 4)) if n_alpha is None else n_alpha
    if not n_alpha:
        return _squeezed(_rounded(values))
    picture, alpha = values[..., : n - n_alpha], values[..., n - n_alpha]
    if alpha_of and int(alpha_of[0]) == 0:
        return _squeezed(_rounded(picture))
    if alpha_of and int(alpha_of[0]) == 1:
        return _squeezed(_rounded(picture + 255 * (1 - alpha[..., np.newaxis] / 255)))
    return _squeezed(over_white(_squeezed(picture), alpha))


def _levels(numbers, top):
    values = np.nan_to_num(numbers.astype(np.float64))
    if numbers.dtype == bool:
        return values * 255
    if top is not None:
        return values * (255 / top)
    if values.min() < 0:
        return (values - values.min()) * (255 / (values.max() - values.min()))
    if numbers.dtype.kind == "f":
        return values * 255
    return values * (255 / np.iinfo(numbers.dtype).max)


def _rounded(levels):
    return np.rint(levels).clip(0, 255).astype(np.uint8)


def _squeezed(pixels):
    return pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
