"""Draw docs/pictures/cluster.jpg, of README: the demo's files, and clusters that imgcmp finds in them."""

import json
import os

from panel import BLUE, INK, SOFT, Panel, empty_folder, opened

from imgcmp.commands.console import Console
from imgcmp.commands.demo import demonstrate

WIDTH, HEIGHT = 1240, 610
SMALL, LARGE = (66, 62), (148, 112)
COLUMNS = 5
FOLDERS_LEFT, CLUSTERS_LEFT = 24, 470
CLUSTERS = 3

# What was done to a file, by the end of its name.
DONE = {
    " mirrored and cropped.jpg": "mirrored, cropped",
    " tilted.jpg": "tilted",
    " small.jpg": "half the size",
    " sent.jpg": "saved again, poorly",
    " turned.jpg": "stored on its side",
    " black and white.jpg": "black and white",
    " brighter.jpg": "brighter",
    " cropped.jpg": "cropped off-centre",
    ".webp": "as WebP",
}


def main() -> None:
    with empty_folder() as folder:
        demonstrate(os.path.join(folder, "demo"), console=Console(quiet=True))
        photos = os.path.join(folder, "demo", "photos")
        files = sorted(os.path.join(top, name) for top, _, names in os.walk(photos) for name in names)
        with open(os.path.join(folder, "demo", "clusters.json"), encoding="utf-8") as found:
            clusters = json.load(found)["clusters"]
        panel = Panel(WIDTH, HEIGHT)
        draw_folders(panel, files)
        panel.arrow((392, HEIGHT / 2), (448, HEIGHT / 2), BLUE, 6, 24)
        panel.text((CLUSTERS_LEFT, 14), f"{len(clusters)} clusters, three of them here", 20)
        for number, cluster in enumerate(clusters[:CLUSTERS]):
            draw_cluster(panel, 58 + number * 184, cluster)
        panel.save("cluster.jpg")


def draw_folders(panel: Panel, files: list[str]) -> None:
    panel.text((FOLDERS_LEFT, 14), f"{len(files)} pictures in your folders", 20)
    for number, file in enumerate(files):
        row, column = divmod(number, COLUMNS)
        panel.picture((FOLDERS_LEFT + column * (SMALL[0] + 6), 50 + row * (SMALL[1] + 5)), opened(file), SMALL)


def draw_cluster(panel: Panel, top: int, cluster: dict) -> None:
    members = list(zip(cluster["files"], cluster["members"], strict=True))
    right = CLUSTERS_LEFT + len(members) * (LARGE[0] + 4) - 4
    panel.draw.rounded_rectangle((CLUSTERS_LEFT - 8, top - 8, right + 8, top + 164), 10, outline=BLUE, width=2)
    for column, (file, member) in enumerate(members):
        left = CLUSTERS_LEFT + column * (LARGE[0] + 4)
        panel.picture((left, top), opened(file), LARGE)
        done = next((text for ending, text in DONE.items() if file.endswith(ending)), "the original")
        panel.text((left + LARGE[0] / 2, top + 118), done, 15, INK, "ma")
        bits = "" if member["relation"] == "best" else f"{member['distance_bits']} of 256 bits differ"
        panel.text((left + LARGE[0] / 2, top + 138), bits, 13, SOFT, "ma")


if __name__ == "__main__":
    main()
