"""Pictures for the tests: photographs that scikit-image's wheel ships, and pictures that are hard to hash."""

import os
import struct
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

PHOTOGRAPHS = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "hubble_deep_field.jpg",
    "moon.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
)
ORIENTATION_TAG = 0x0112

# What brings an upright picture into the position from which each EXIF orientation turns it upright again.
TURN_AWAY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def photograph_path(name):
    return str(Path(skimage.data.__file__).parent / name)


@cache
def photograph(name="chelsea.png"):
    """Return one of PHOTOGRAPHS; not to be changed."""
    with Image.open(photograph_path(name)) as image:
        image.load()
        return image


def hard_pictures():
    """Return {name: grey array} of pictures whose hashes hang on ties, on rounding, or on few pixels."""
    random = np.random.default_rng(0)
    ramp = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    half = random.integers(0, 256, (120, 60), dtype=np.uint8)
    rows, columns = np.indices((128, 128))
    return {
        "noise": random.integers(0, 256, (97, 131), dtype=np.uint8),
        "two greys": random.integers(0, 2, (64, 64), dtype=np.uint8) * 255,
        "black": np.zeros((50, 70), np.uint8),
        "grey": np.full((64, 64), 127, np.uint8),
        "white": np.full((300, 20), 255, np.uint8),
        "gradient": ramp,
        "gradient down": np.ascontiguousarray(ramp.T),
        "gradient left": np.ascontiguousarray(ramp[:, ::-1]),
        "symmetric": np.hstack([half, half[:, ::-1]]),
        "symmetric both ways": np.block([[half, half[:, ::-1]], [half[::-1], half[::-1, ::-1]]]),
        "its own transpose": ((rows + columns) % 256).astype(np.uint8),
        "checkerboard": ((rows // 16 + columns // 16) % 2 * 255).astype(np.uint8),
        "fine checkerboard": ((rows + columns) % 2 * 255).astype(np.uint8),
        "stripes": (columns // 8 % 2 * 255).astype(np.uint8),
        "one white pixel": np.where((rows == 3) & (columns == 77), 255, 0).astype(np.uint8),
        "one pixel": np.array([[200]], np.uint8),
        "3 x 200": random.integers(0, 256, (200, 3), dtype=np.uint8),
        "2000 x 1": random.integers(0, 256, (1, 2000), dtype=np.uint8),
    }


def turned(image, orientation):
    """Return the picture as a camera stores it that notes this EXIF orientation."""
    return image.transpose(TURN_AWAY[orientation]) if orientation in TURN_AWAY else image


def save_turned(image, path, orientation, **options):
    """Save a picture so that its EXIF orientation turns it upright."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    turned(image, orientation).save(path, exif=exif, **options)
    return str(path)


def png_chunk(kind, data):
    """Return a chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gradient(width, height, mode="RGB"):
    """Return a picture in which each corner looks different."""
    rows, columns = np.indices((height, width))
    red = columns * 255 // max(1, width - 1)
    green = rows * 255 // max(1, height - 1)
    blue = np.where((columns < width // 4) & (rows < height // 3), 255, 0)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8)).convert(mode)


def save_distinct(folder, n, *, suffix=".png", size=(64, 48)):
    """Save n pictures that look nothing like each other; return their paths."""
    os.makedirs(folder, exist_ok=True)
    paths = []
    for k in range(n):
        blocks = np.random.default_rng(k).integers(0, 256, (6, 8), dtype=np.uint8)
        path = os.path.join(folder, f"{k:02}{suffix}")
        Image.fromarray(blocks).resize(size, Image.Resampling.BICUBIC).convert("RGB").save(path)
        paths.append(path)
    return paths
