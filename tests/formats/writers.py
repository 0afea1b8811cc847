"""What writes the files of the format matrix, where their bytes are not put together here."""

import os
import shutil
import subprocess
import tempfile
from importlib import import_module


class Missing(Exception):  # noqa: N818 -- no error: the cell is passed over
    """The package or program that writes a file is not installed."""


def module(name):
    """Return a module of the extra `matrix`; `Missing` without it."""
    try:
        return import_module(name)
    except (ImportError, OSError) as error:
        raise Missing(f"{name} is not installed") from error


def by_path(suffix, write):
    """Return the bytes of the file that `write(path)` makes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"a{suffix}")
        write(path)
        with open(path, "rb") as file:
            return file.read()


def magick(pixels, *options, to):
    """Return the file that ImageMagick makes of pixels, uint8 or uint16; `to` is its name of the format."""
    program = magick_program()
    if program is None:
        raise Missing("ImageMagick is not installed")
    height, width = pixels.shape[:2]
    kind = {1: "gray", 3: "rgb", 4: "rgba"}[1 if pixels.ndim == 2 else pixels.shape[2]]
    depth = 8 * pixels.dtype.itemsize
    source = ["-size", f"{width}x{height}", "-depth", str(depth), "-endian", "LSB", f"{kind}:-"]
    command = [program, *source, *options, f"{to}:-"]
    done = subprocess.run(command, input=pixels.tobytes(), capture_output=True, timeout=60)
    if done.returncode or not done.stdout:
        raise Missing(f"ImageMagick does not write {to} here: {done.stderr.decode(errors='replace')[:200]}")
    return done.stdout


def magick_program():
    """Return ImageMagick's program, if it is installed; a `convert` may be anything."""
    return next((path for name in ("magick", "convert-im6.q16") if (path := shutil.which(name))), None)


def vips(pixels, suffix, *, change=lambda image: image, **options):
    """Return the file that libvips makes of pixels."""
    image = change(module("pyvips").Image.new_from_array(pixels))
    return by_path(suffix, lambda path: image.write_to_file(path, **options))


def opencv(pixels, suffix, options=()):
    """Return the file that OpenCV makes of pixels."""
    colours = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]] if pixels.ndim == 3 else pixels
    whole, data = module("cv2").imencode(suffix, colours, list(options))
    assert whole
    return data.tobytes()


def codec(name, pixels, **options):
    """Return what an encoder of imagecodecs makes of pixels."""
    return bytes(getattr(module("imagecodecs"), f"{name}_encode")(pixels, **options))
