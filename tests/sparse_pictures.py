"""Flat pictures that show something all the same: drawn, seeded; and copies of pictures."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def sky(seed, n_stars=350):
    """Draw stars on a dark ground with some noise."""
    random = np.random.default_rng(seed)
    pixels = random.standard_normal((900, 1200, 3), np.float32)  # in a third of the time of doubles
    pixels *= 3
    pixels += 10
    for x, y in zip(random.integers(2, 1198, n_stars), random.integers(2, 898, n_stars), strict=True):
        pixels[y - 1 : y + 2, x - 1 : x + 2] += random.uniform(60, 240)
    return Image.fromarray(np.clip(pixels, 0, 255, out=pixels).astype(np.uint8))


def ring(seed):
    """Draw a ring on white; of each seed in 1..50 in another place, at least 60 pixels from those of the others."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:900, :1200]
    pixels = np.full((900, 1200, 3), 252, dtype=np.uint8)
    down, across = divmod(seed % 50, 10)
    left, top = 230 + 80 * across + random.integers(20), 180 + 130 * down + random.integers(60)
    radius, width, form = random.integers(60, 100), random.integers(5, 9), random.uniform(0.7, 1.4)
    pixels[abs(np.hypot((x - left) * form, y - top) - radius) < width] = (200, 170, 60)
    return Image.fromarray(pixels)


def signature(seed):
    """Draw a thin line that goes to and fro on white."""
    random, t = np.random.default_rng(seed), np.linspace(0, 1, 400)
    waves = np.arange(1, 8)[:, np.newaxis]
    along = (random.normal(0, 40 / waves) * np.sin(2 * np.pi * (3 * waves * t + random.random((7, 1))))).sum(axis=0)
    across = (random.normal(0, 70 / waves**0.5) * np.sin(2 * np.pi * (2 * waves * t + random.random((7, 1))))).sum(
        axis=0
    )
    paper = Image.new("RGB", (1000, 400), "white")
    line = np.stack([150 + 700 * t + along, 200 + across], axis=-1).ravel().tolist()
    ImageDraw.Draw(paper).line(line, fill=(20, 20, 60), width=3)
    return paper


def slide(seed, n_lines=4):
    """Draw a slide: a bar with a title, and so many lines of a few words."""
    random = np.random.default_rng(seed)
    paper = Image.new("RGB", (1600, 900), (244, 244, 240))
    draw = ImageDraw.Draw(paper)
    draw.rectangle((0, 0, 1600, 170), fill=(27, 58, 107))
    for line in range(n_lines + 1):
        words = ("".join(random.choice(list("abcdeghilmnoprstu"), random.integers(2, 9))) for _ in range(4))
        top, colour, size = (60, "white", 50) if line == 0 else (160 + 110 * line, (34, 34, 34), 28)
        draw.text((100, top), " ".join(words), fill=colour, font=ImageFont.load_default(size))
    return paper


def copies(image):
    """Return copies by their names: of half the size, as JPEG and as WebP, all of quality 80."""
    half = image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)
    return {"half.png": half, "half.jpg": half, "same.jpg": image, "same.webp": image}


def encoded(image, name):
    """Return the bytes of the file that an image is saved as, by the suffix of its name, of quality 80."""
    file = io.BytesIO()
    form = {"jpg": "JPEG", "webp": "WEBP", "png": "PNG"}[name.rpartition(".")[2]]
    image.save(file, form, **({} if form == "PNG" else {"quality": 80}))
    return file.getvalue()
