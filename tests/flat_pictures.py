"""Pictures that show too little to compare: drawn, seeded, of the kinds that collections are full of."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WORDS = ("page", "annual", "report", "overleaf", "notes", "blank", "intentionally", "left", "chapter", "end", "draft")


SIZES = ((150, 150), (160, 120), (300, 200), (200, 350), (640, 480), (425, 600))


def _size(random):
    return SIZES[random.integers(len(SIZES))]


def _colour(random):
    return tuple(random.integers(0, 256, 3).tolist())


def _blend(ramp, first, last):
    """Return a picture that goes from a colour, where the ramp is 0, to another, where it is 1."""
    ramp = np.clip(ramp, 0, 1)[..., None]
    return Image.fromarray(np.rint(ramp * np.array(last) + (1 - ramp) * np.array(first)).astype(np.uint8))


def single_colour(random):
    return Image.new("RGB", _size(random), _colour(random))


def linear_gradient(random):
    width, height = _size(random)
    rows, columns = np.indices((height, width))
    angle = random.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * columns / width + np.sin(angle) * rows / height
    return _blend((ramp - ramp.min()) / np.ptp(ramp), _colour(random), _colour(random))


def radial_gradient(random):
    width, height = _size(random)
    rows, columns = np.indices((height, width))
    x, y = random.uniform(0, width), random.uniform(0, height)
    radius = random.uniform(0.4, 1.2) * max(width, height)
    return _blend(np.hypot(columns - x, rows - y) / radius, _colour(random), _colour(random))


def white_page(random):
    """Draw a page with next to nothing on it: nothing, a dot, faint noise, a page number, a few words."""
    page = Image.new("RGB", _size(random), "white")
    draw = ImageDraw.Draw(page)
    x, y = (int(random.integers(0, side)) for side in page.size)
    kind = random.integers(5)
    if kind == 1:
        radius = int(random.integers(1, 4))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_colour(random))
    elif kind == 2:
        noise = random.normal(250, random.uniform(0.5, 4), (page.height, page.width)).clip(0, 255)
        page = Image.fromarray(noise.astype(np.uint8)).convert("RGB")
    elif kind > 2:
        n_words = 1 if kind == 3 else int(random.integers(2, 5))
        text = str(random.integers(1, 1000)) if kind == 3 else " ".join(random.choice(WORDS, n_words))
        font = ImageFont.load_default(max(8, page.height // 50))
        draw.text((int(x * 0.7), y), text, fill="black", font=font)
    return page


def black_frame(random):
    """Draw a picture all black, or a frame around nothing: black or of another colour, of any width."""
    width, height = _size(random)
    kind = random.integers(4)
    if kind == 0:
        return Image.new("RGB", (width, height), "black")
    picture = Image.new("RGB", (width, height), "black" if kind < 3 else _colour(random))
    left, right = np.sort(random.integers(0, width + 1, 2)) if kind == 1 else 2 * [int(random.uniform(0, 0.4) * width)]
    top, bottom = np.sort(random.integers(0, height + 1, 2)) if kind == 1 else 2 * [left]
    box = (left, top, right, bottom) if kind == 1 else (left, top, width - right, height - bottom)
    if box[2] > box[0] and box[3] > box[1]:
        picture.paste(_colour(random), tuple(int(side) for side in box))
    return picture


def transparent(random):
    """Draw a picture of which nothing, or nearly nothing, is seen: its alpha is 0 or a few percent."""
    width, height = _size(random)
    garbage = random.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
    colours = Image.fromarray(garbage).resize((width, height), Image.Resampling.BICUBIC)
    if random.integers(2):
        colours = colours.filter(ImageFilter.GaussianBlur(20))
    alpha = 0 if random.integers(2) else int(random.integers(1, 8))
    colours.putalpha(alpha)
    return colours


KINDS = {
    "single colour": single_colour,
    "linear gradient": linear_gradient,
    "radial gradient": radial_gradient,
    "white page": white_page,
    "black frame": black_frame,
    "transparent": transparent,
}


def draw(kind, number):
    """Draw a picture of one of KINDS, the same for the same number."""
    return KINDS[kind](np.random.default_rng([list(KINDS).index(kind), number]))


def suffix(kind, number):
    """Return the format to save a picture in: every other one as a JPEG, if that keeps what is seen of it."""
    return ".png" if kind == "transparent" or number % 2 else ".jpg"


def save_all(folder, n_each):
    """Save so many pictures of every kind; return {path: number of the kind}."""
    paths = {}
    for kind in KINDS:
        for number in range(n_each):
            path = folder / f"{kind} {number}{suffix(kind, number)}"
            draw(kind, number).save(path, **({"quality": 60 + number % 36} if path.suffix == ".jpg" else {}))
            paths[str(path)] = kind
    return paths
