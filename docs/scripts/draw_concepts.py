"""Draw the pictures of docs/concepts.md, all of them from the demo's pictures and what imgcmp computes of them."""

import itertools
import os
import sys
from pathlib import Path

import numpy as np
from panel import BLUE, GREY, INK, ORANGE, PALE, SOFT, Panel, empty_folder, opened
from PIL import Image, ImageDraw, ImageOps
from prints import Print, nearest, whole_bits
from scipy.cluster import hierarchy

import imgcmp
from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.fingerprints.hashes import lowest_coefficients, mean_greys
from imgcmp.images.detail import LEAST_DETAIL, detail
from imgcmp.images.grey_pixels import grey_pixels

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
from edits import EDITS

THUMB = (150, 112)
FEW_BITS, MANY_BITS = 8, 16  # x
SIM = 0.3


def main() -> None:
    with empty_folder() as folder:
        groups = draw_collection(os.path.join(folder, "photos"))
        drawn = {os.path.basename(file): opened(file) for group in groups for file in group}
        originals = {name_of(group[0]): opened(group[0]) for group in groups}
    draw_fingerprint(originals["red house"])
    draw_distance(originals["moonlit night"], drawn["moonlit night with text.jpg"], originals["sailing boat"])
    draw_sim(originals)
    draw_tree(drawn)
    draw_linkages(originals["balloons"], originals["mountain lake"])
    draw_flat(originals["fruit on cloth"])


def name_of(file: str) -> str:
    return os.path.splitext(os.path.basename(file))[0]


def bits_of(image: Image.Image, x: int) -> np.ndarray:
    """Return the bits of an image's fingerprint as a square."""
    return imgcmp.unpack(imgcmp.fingerprint(image, x=x), x * x).reshape(x, x)


def draw_bits(panel: Panel, at: tuple[int, int], bits: np.ndarray, cell: int, marked: np.ndarray | None = None) -> None:
    """Draw bits as dark (1) and light (0) squares, and some of them marked."""
    for row, column in np.ndindex(bits.shape):
        left, top = at[0] + column * cell, at[1] + row * cell
        panel.draw.rectangle((left, top, left + cell - 1, top + cell - 1), BLUE if bits[row, column] else PALE, GREY)
    if marked is not None:
        for row, column in np.argwhere(marked).tolist():
            left, top = at[0] + column * cell, at[1] + row * cell
            panel.draw.rectangle((left, top, left + cell - 1, top + cell - 1), outline=ORANGE, width=max(2, cell // 6))


# Fingerprint.


def draw_fingerprint(image: Image.Image) -> None:
    panel = Panel(1120, 300)
    x, side, top = FEW_BITS, 200, 40
    grey = grey_pixels(image)
    plane = lowest_coefficients(grey, x)
    steps = (
        ("the picture", image.resize((200, 150), Image.Resampling.LANCZOS)),
        ("32 x 32 greys", enlarged(mean_greys(grey, 4 * x, 4 * x), side)),
        ("its 8 x 8 slowest waves", enlarged(shades(plane), side)),
    )
    lefts = (20, 310, 600, 890)
    for left, (title, picture) in zip(lefts, steps, strict=False):
        panel.text((left + side / 2, 14), title, 18, INK, "ma")
        panel.picture((left, top), picture, (side, side))
    panel.text((lefts[3] + side / 2, 14), "above the median? 64 bits", 18, INK, "ma")
    draw_bits(panel, (lefts[3], top), bits_of(image, x), side // x)
    for left in lefts[:3]:
        panel.arrow((left + side + 22, top + side / 2), (left + side + 68, top + side / 2))
    text = imgcmp.to_hex(imgcmp.fingerprint(image, x=x), x * x)
    panel.text((lefts[3] + side / 2, 254), text, 18, BLUE, "ma")
    panel.text((lefts[3] - 24, 254), "in hex:", 18, SOFT, "ra")
    panel.save("fingerprint.png")


def enlarged(numbers: np.ndarray, side: int) -> Image.Image:
    pixels = np.clip(np.rint(numbers), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)


def shades(plane: np.ndarray) -> np.ndarray:
    """Return ranks as greys: a picture of coefficients themselves shows nothing but the first few."""
    ranks = plane.ravel().argsort().argsort().reshape(plane.shape)
    return 255.0 * ranks / (plane.size - 1)


# Distance.


def draw_distance(image: Image.Image, copy: Image.Image, other: Image.Image) -> None:
    panel = Panel(1120, 366)
    cell, top = 18, 180
    bits = bits_of(image, FEW_BITS)
    for left, picture, title in ((20, image, "a picture"), (410, copy, "its copy"), (800, other, "another picture")):
        panel.text((left + 150, 12), title, 18, INK, "ma")
        panel.picture((left + 62, 40), picture, (176, 130))
        theirs = bits_of(picture, FEW_BITS)
        draw_bits(panel, (left + 78, top), theirs, cell, bits != theirs)
        n = int(np.count_nonzero(bits != theirs))
        if picture is not image:
            text = f"{n} of 64 bits differ: {n / 64:.2f}"
            panel.text((left + 150, top + 8 * cell + 12), text, 18, ORANGE, "ma")
    panel.save("distance.png")


# SIM.


def draw_sim(originals: dict[str, Image.Image]) -> None:
    """Show how far copies and other pictures are, without views and with all."""
    random = np.random.default_rng(0)
    pictures = [ImageOps.contain(image, (500, 500)) for image in originals.values()]
    prints = [Print.of(picture) for picture in pictures]
    edited = [[Print.of(edit(picture, random)) for edit in EDITS.values()] for picture in pictures]
    pairs = [(own, copy) for own, theirs in zip(prints, edited, strict=True) for copy in theirs]
    copies, others = distances(pairs), distances(list(itertools.combinations(prints, 2)))
    n_found = sum(part <= SIM for part in copies["all"])
    print(f"with views {n_found} of {len(pairs)} within {SIM}; without {sum(part <= SIM for part in copies['none'])}")
    panel = Panel(1120, 560)
    for number, views in enumerate(("none", "all")):
        draw_histogram(panel, 26 + 264 * number, copies[views], others[views], has_views=views == "all")
    panel.save("sim.png")


def distances(pairs: list[tuple[Print, Print]]) -> dict[str, list[float]]:
    """Return how far pictures are, as fractions of the bits, without views and with all."""
    return {
        "none": [whole_bits(a, b) / MANY_BITS**2 for a, b in pairs],
        "all": [nearest(a, b).bits / MANY_BITS**2 for a, b in pairs],
    }


def draw_histogram(panel: Panel, top: int, copies: list[float], others: list[float], *, has_views: bool) -> None:
    left, width, height, last, n_bins, most = 60, 1000, 180, 0.6, 60, 0.4
    bottom = top + height + 22
    edges = np.linspace(0, last, n_bins + 1)
    panel.text((left + width, top - 8), "with all views" if has_views else "whole pictures only", 20, INK, "ra")
    for sim in (0.1, 0.3):
        x = left + width * sim / last
        panel.draw.line([(x, top + 4), (x, bottom)], fill=SOFT, width=2)
        panel.text((x + 6, top - 2), f"SIM {sim}", 16, SOFT)
    for values, colour, shift in ((copies, BLUE, 0), (others, ORANGE, 1)):
        shares = np.histogram(values, edges)[0] / len(values)
        for k, share in enumerate(shares.tolist()):
            assert share <= most
            x = left + width * k / n_bins + 1 + 7 * shift
            if share:
                panel.draw.rectangle((x, bottom - max(2, height * share / most), x + 6, bottom), fill=colour)
    panel.draw.line([(left, bottom), (left + width, bottom)], fill=INK, width=2)
    for tick in np.arange(0, last + 0.01, 0.1).tolist():
        panel.text((left + width * tick / last, bottom + 6), f"{tick:.1f}", 15, SOFT, "ma")
    if has_views:
        panel.text((left + width / 2, bottom + 26), "fraction of the bits that differ", 16, SOFT, "ma")
    else:
        panel.text((left + 190, top + 66), f"{len(copies)} edited copies\nand their originals", 18, BLUE)
        panel.text((left + 560, top + 66), f"{len(others)} pairs of\ndifferent pictures", 18, ORANGE)


# Linkage.


def draw_tree(drawn: dict[str, Image.Image]) -> None:
    shown = ("red house", "hills at sunrise", "moonlit", "tulips")
    names = [name for name in drawn if name.startswith(shown) and not name.endswith(("cropped.jpg", "negative.jpg"))]
    words = np.stack([imgcmp.fingerprint(drawn[name], x=MANY_BITS) for name in names])
    tree = hierarchy.dendrogram(imgcmp.linkage(words), no_plot=True)
    panel = Panel(1120, 404)
    left, spacing, bottom, tall, most = 76, 84, 310, 290, 0.56

    def place(x: float, y: float) -> tuple[float, float]:
        return left + spacing * (x - 5) / 10 + 39, bottom - tall * y / (MANY_BITS**2) / most

    for xs, ys in zip(tree["icoord"], tree["dcoord"], strict=True):
        is_within = ys[1] <= 0.3 * MANY_BITS**2
        panel.draw.line([place(x, y) for x, y in zip(xs, ys, strict=True)], fill=BLUE if is_within else GREY, width=3)
    for number, leaf in enumerate(tree["leaves"]):
        panel.picture((left + spacing * number, bottom + 8), drawn[names[leaf]], (78, 78))
    for height in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5):
        y = place(5, height * MANY_BITS**2)[1]
        panel.draw.line([(left - 14, y), (left - 6, y)], fill=SOFT, width=2)
        panel.text((left - 20, y), f"{height:.1f}", 15, SOFT, "rm")
    panel.draw.line([(left - 10, bottom), (left - 10, bottom - tall)], fill=SOFT, width=2)
    cut = place(5, 0.3 * MANY_BITS**2)[1]
    for start in range(left - 6, 1100, 16):
        panel.draw.line([(start, cut), (start + 9, cut)], fill=ORANGE, width=2)
    panel.text((1104, cut - 26), "the cut, SIM 0.3", 17, ORANGE, "ra")
    panel.save("tree.png")


def draw_linkages(first: Image.Image, last: Image.Image) -> None:
    """Show what the linkages make of pictures that turn one into another, step by step."""
    n, sim = 9, 0.3
    last = last.resize(first.size)
    frames = [Image.blend(first, last, k / (n - 1)) for k in range(n)]
    words = np.stack([imgcmp.fingerprint(frame, x=MANY_BITS) for frame in frames])
    panel = Panel(1120, 318)
    left, spacing = 120, 110
    for number, frame in enumerate(frames):
        panel.picture((left + number * spacing, 14), frame, (104, 80))
    for row, linkage in enumerate(("single", "complete", "average", "weighted")):
        y = 126 + row * 48
        labels = imgcmp.cluster(words, sim, linkage=linkage).tolist()
        panel.text((left - 14, y + 14), linkage, 18, INK, "rm")
        for _, run in itertools.groupby(range(n), key=lambda k, labels=labels: labels[k]):
            members = list(run)
            box = (left + members[0] * spacing + 4, y, left + members[-1] * spacing + 100, y + 28)
            panel.draw.rounded_rectangle(box, 8, PALE, BLUE, 2)
    panel.save("linkages.png")


# Flat pictures.


def draw_flat(real: Image.Image) -> None:
    size = (400, 300)
    across = np.linspace(0, 1, size[0])[np.newaxis]
    page = Image.new("RGB", size, "white")
    ImageDraw.Draw(page).text((40, 40), "Page 1", "black", font_size=24)
    next_page = Image.new("RGB", size, "white")
    ImageDraw.Draw(next_page).text((40, 40), "Page 2", "black", font_size=24)
    sky = Image.fromarray(np.rint(120 + 100 * across.repeat(size[1], axis=0)).astype(np.uint8)).convert("RGB")
    pictures = {
        "one colour": Image.new("RGB", size, "#8fb3d9"),
        "a gradient": sky,
        "a page": page,
        "another page": next_page,
        "a picture": real,
    }
    panel = Panel(1120, 376)
    for number, (title, picture) in enumerate(pictures.items()):
        left = 16 + 220 * number
        panel.text((left + 104, 10), title, 18, INK, "ma")
        panel.picture((left, 38), picture, (208, 140))
        shown = detail(grey_pixels(picture))
        is_flat = shown < LEAST_DETAIL
        draw_bits(panel, (left + 40, 190), bits_of(picture, FEW_BITS), 16)
        text = f"detail {shown}: " + ("flat" if is_flat else "not flat")
        panel.text((left + 104, 328), text, 18, ORANGE if is_flat else BLUE, "ma")
    apart = int(np.count_nonzero(bits_of(page, FEW_BITS) != bits_of(next_page, FEW_BITS)))
    panel.text((16 + 2.5 * 220 - 8, 352), f"these two pages: {apart} of 64 bits differ", 16, SOFT, "ma")
    panel.save("flat.png")


if __name__ == "__main__":
    main()
