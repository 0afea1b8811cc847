"""Draw the pictures of docs/how-clustering-works.md: equal substrings, and a nearest-neighbour chain."""

import os
from itertools import pairwise

import numpy as np
from panel import BLUE, GREY, INK, ORANGE, PALE, Panel, empty_folder, opened
from PIL import ImageColor
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

import imgcmp
from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.search.request import Substrings

N_BITS, RADIUS_BITS = 64, 3
COLOURS = (BLUE, "#3a7d44", "#b8860b", "#7b4f9d", "#3d8c95", "#8a5a44", "#52606d", "#c2703d")

# Points in the plane, and a cut: the first five lie on a line, each nearer to the next than to the one before.
POINTS = np.array(
    [
        *((36, 62), (98, 76), (150, 96), (188, 122), (219, 150), (172, 172)),
        *((66, 236), (112, 216), (124, 258), (80, 286), (150, 300)),
        *((262, 236), (304, 262), (316, 216), (300, 66)),
    ]
)
CUT = 64.0


def main() -> None:
    with empty_folder() as folder:
        groups = draw_collection(os.path.join(folder, "photos"))
        images = [opened(file) for file in groups[0]]
    words = np.stack([imgcmp.fingerprint(image) for image in images])
    draw_substrings(words[0], words[2])
    draw_chain()


# Equal substrings.


def draw_substrings(a: np.ndarray, b: np.ndarray) -> None:
    """Show the bits of two fingerprints in one row each, cut into one more piece than bits may differ."""
    panel = Panel(1120, 218)
    bits = [imgcmp.unpack(words, N_BITS) for words in (a, b)]
    differ = bits[0] != bits[1]
    assert 0 < np.count_nonzero(differ) <= RADIUS_BITS
    edges = Substrings.of(N_BITS, RADIUS_BITS, n_rows=2).edges.tolist()
    left, cell, gap = 34, 15, 26
    panel.text((left, 10), f"radius {RADIUS_BITS}: cut into {RADIUS_BITS + 1} substrings", 18)
    for piece, (start, stop) in enumerate(pairwise(edges)):
        x = left + start * cell + piece * gap
        is_equal = not differ[start:stop].any()
        for row, ones in enumerate(bits):
            for k in range(start, stop):
                box = (x + (k - start) * cell, 48 + row * 44, x + (k - start + 1) * cell - 1, 48 + row * 44 + 28)
                panel.draw.rectangle(box, BLUE if ones[k] else PALE, ORANGE if differ[k] else GREY)
                if differ[k]:
                    panel.draw.rectangle(box, outline=ORANGE, width=4)
        middle = x + (stop - start) * cell / 2
        panel.text((middle, 134), "equal" if is_equal else "not equal", 17, BLUE if is_equal else ORANGE, "ma")
        if is_equal:
            panel.draw.rounded_rectangle((x - 8, 40, x + (stop - start) * cell + 7, 160), 8, outline=BLUE, width=2)
    n = int(np.count_nonzero(differ))
    text = f"{n} bits differ: they spoil {n} substrings at most, so that the others are equal"
    panel.text((560, 180), text, 17, INK, "ma")
    panel.save("substrings.png")


# A chain.


def draw_chain() -> None:
    """Show pairs within the cut, a chain to two that are each other's nearest, and the clusters that come of it.

    Of points in the plane, which a page can show; fingerprints are points in a space of 64 dimensions or more.
    """
    distances = squareform(pdist(POINTS))
    labels = hierarchy.fcluster(hierarchy.linkage(POINTS, "average"), CUT, "distance")
    chain = nearest_chain(distances, start=0)
    width, top = 360, 52
    panel = Panel(1120, 398)
    titles = ("1. pairs within the cut", "2. from nearest to nearest", "3. clusters")
    for number, title in enumerate(titles):
        left = 10 + number * 373
        panel.text((left + width / 2, 12), title, 18, INK, "ma")
        panel.draw.rectangle((left, top - 8, left + width, 388), outline=GREY)
        placed = POINTS + np.array([left, top])
        if number < 2:
            for i, j in np.argwhere(np.triu(distances <= CUT, 1)).tolist():
                panel.draw.line([*map(tuple, placed[[i, j]])], fill=GREY, width=2)
        if number == 1:
            for i, j in pairwise(chain):
                panel.arrow(*shortened(placed[i], placed[j]), ORANGE, 3, 12)
        if number == 2:
            draw_clusters(panel, placed, labels)
        for (x, y), label in zip(placed.tolist(), labels.tolist(), strict=True):
            colour = COLOURS[(label - 1) % len(COLOURS)] if number == 2 else INK
            panel.draw.ellipse((x - 7, y - 7, x + 7, y + 7), fill=colour, outline="white")
    panel.save("chain.png")


def nearest_chain(distances: np.ndarray, start: int) -> list[int]:
    """Return points from one to its nearest and so on, until two are each other's nearest."""
    distances = distances + np.diag(np.full(len(distances), np.inf))
    chain = [start]
    while len(chain) < 3 or chain[-1] != chain[-3]:
        chain.append(int(distances[chain[-1]].argmin()))
    return chain


def shortened(start: np.ndarray, end: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    step = (end - start) / np.hypot(*(end - start))
    aside = 5 * np.array([-step[1], step[0]])
    a, b = start + 9 * step + aside, end - 9 * step + aside
    return (float(a[0]), float(a[1])), (float(b[0]), float(b[1]))


def draw_clusters(panel: Panel, points: np.ndarray, labels: np.ndarray) -> None:
    """Draw a shape around the points of each cluster: thick lines between all of them."""
    for label in np.unique(labels).tolist():
        members = points[labels == label]
        red, green, blue = ImageColor.getrgb(COLOURS[(label - 1) % len(COLOURS)])[:3]
        pale = tuple(round(255 - (255 - part) * 0.22) for part in (red, green, blue))
        for x, y in members.tolist():
            panel.draw.ellipse((x - 20, y - 20, x + 20, y + 20), fill=pale)
        for a in members:
            for b in members:
                panel.draw.line([tuple(a), tuple(b)], fill=pale, width=40)
        hull = [tuple(point) for point in members[around(members)]]
        if len(hull) > 2:
            panel.draw.polygon(hull, fill=pale)


def around(points: np.ndarray) -> np.ndarray:
    centred = points - points.mean(axis=0)
    return np.argsort(np.arctan2(centred[:, 1], centred[:, 0]))


if __name__ == "__main__":
    main()
