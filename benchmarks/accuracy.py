"""Measure what the three scripts find in a labelled folder, and write docs/accuracy.md.

    python benchmarks/accuracy.py FOLDER > docs/accuracy.md

FOLDER holds images and manifest.csv with the columns file, group, kind: images of one group belong together, and kind
says how a copy was made ("original" for the one that the copies were made from).
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import imagehash
import numpy as np
from machine import describe_machine
from PIL import Image, ImageOps

import imgcmp
from imgcmp.errors import UnreadableImageError

SIDES = (8, 16)
SIMS = (0.1, 0.2, 0.3)
FRACTION = 0.5
SAME_SCENE = ("burst", "exposureA", "exposureB")  # other shots of the scene, not copies
PEERS = {"phash": imagehash.phash, "ahash": imagehash.average_hash, "dhash": imagehash.dhash}
BIN = Path(__file__).resolve().parents[1] / "bin"


class Labelled(NamedTuple):
    group: str
    kind: str  # "robust:blur" is of the kind robust
    is_original: bool


class Score(NamedTuple):
    precision: float
    recall: float
    recall_of_kind: dict[str, tuple[int, int]]  # copies in the cluster of their original, and all copies

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def read_truth(folder: str) -> dict[str, Labelled]:
    with open(os.path.join(folder, "manifest.csv"), encoding="utf-8", newline="") as rows:
        return {
            os.path.realpath(os.path.join(folder, row["file"])): Labelled(
                row["group"], row["kind"].split(":")[0], row["kind"].split(":")[-1] == "original"
            )
            for row in csv.DictReader(rows)
        }


def n_pairs(labels: Iterable[object]) -> int:
    return sum(n * (n - 1) // 2 for n in Counter(labels).values())


def score(truth: dict[str, Labelled], clusters: list[list[str]]) -> Score:
    """Score clusters over pairs of images; and each kind of copy by whether it is with its original."""
    label_of = {file: f"alone {file}" for file in truth}
    label_of |= {file: f"cluster {number}" for number, files in enumerate(clusters) for file in files if file in truth}
    both = n_pairs((truth[file].group, label) for file, label in label_of.items())
    claimed, wanted = n_pairs(label_of.values()), n_pairs(image.group for image in truth.values())
    groups = defaultdict(list)
    for file, image in truth.items():
        groups[image.group].append(file)
    found: dict[str, list[bool]] = defaultdict(list)
    for files in groups.values():
        originals = [file for file in files if truth[file].is_original]
        original = originals[0] if originals else max(files, key=os.path.getsize)
        for file in files:
            if file != original:
                found[truth[file].kind].append(label_of[file] == label_of[original])
    kinds = {kind: (sum(hits), len(hits)) for kind, hits in sorted(found.items())}
    return Score(both / claimed if claimed else 1.0, both / wanted, kinds)


def run_scripts(folder: str, home: str, x: int) -> dict[float, list[list[str]]]:
    """Return the clusters that the three scripts make, by SIM."""
    environment = os.environ | {"IMGCMP_HOME": home}

    def script(name: str, *arguments: object) -> None:
        command = [sys.executable, str(BIN / name), *map(str, arguments), "-q"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    script("00resize.py", FRACTION, folder)
    script("10fingerprints.py", "-x", x)
    clusters = {}
    for sim in SIMS:
        path = os.path.join(home, f"{sim}.json")
        script("20cluster.py", sim, "--json", path)
        with open(path, encoding="utf-8") as file:
            clusters[sim] = [cluster["files"] for cluster in json.load(file)["clusters"]]
    return clusters


def accuracy_table(folder: str) -> list[str]:
    truth = read_truth(folder)
    lines = []
    for x in SIDES:
        with tempfile.TemporaryDirectory() as home:
            for sim, clusters in run_scripts(folder, home, x).items():
                result = score(truth, clusters)
                kinds = result.recall_of_kind
                if not lines:
                    lines = [
                        "| x | SIM | precision | recall | F1 | " + " | ".join(kinds) + " |",
                        "|" + "---|" * (5 + len(kinds)),
                    ]
                cells = [x, sim, f"{result.precision:.3f}", f"{result.recall:.3f}", f"{result.f1:.3f}"]
                cells += [f"{hits}/{all_}" for hits, all_ in kinds.values()]
                lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def reduced_decode_table(folder: str) -> list[str]:
    """Bits that change because JPEG files are decoded at reduced scale, against imagehash on the whole picture."""
    files = [file for file in read_truth(folder) if file.lower().endswith((".jpg", ".jpeg"))]
    lines = ["| method | x | bits | mean | median | 90 % | 99 % | most |", "|---|---|---|---|---|---|---|---|"]
    for method, peer in PEERS.items():
        for x in SIDES:
            changed = [n for file in files if (n := changed_bits(file, method, x, peer)) is not None]
            parts = " | ".join(f"{part:.0f}" for part in np.percentile(changed, [50, 90, 99, 100]))
            lines.append(f"| {method} | {x} | {x * x} | {np.mean(changed):.2f} | {parts} |")
    return [f"{len(files)} files.", "", *lines]


def changed_bits(file: str, method: str, x: int, peer: object) -> int | None:
    try:
        ours = imgcmp.unpack(imgcmp.fingerprint(file, x=x, method=method), x * x)
    except UnreadableImageError:
        return None
    with Image.open(file) as image:
        theirs = peer(ImageOps.exif_transpose(image), hash_size=x).hash.ravel()  # type: ignore[operator]
    return int(np.count_nonzero(ours != theirs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    folder = parser.parse_args().folder
    truth = read_truth(folder)
    n_groups = len({image.group for image in truth.values()})
    print("# Accuracy\n")
    print("Made by `python benchmarks/accuracy.py FOLDER`, where FOLDER holds labelled images.\n")
    print(describe_machine() + "\n")
    print("## What the three scripts find\n")
    print(f"{len(truth)} images in {n_groups} groups: web uploads in the sizes and crops that sites make of them,")
    print("photos in named edits, phone bursts, dark and bright exposures of one scene, and unrelated photos.")
    print(f"Method phash, average linkage, copies made by `00resize.py {FRACTION}`. Precision, recall and F1 are over")
    print("pairs of images; under each kind is how many of its images are in one cluster with the original.")
    print(f"{', '.join(SAME_SCENE)} are other shots of the scene, not copies: to find them is not the aim.\n")
    print("\n".join(accuracy_table(folder)) + "\n")
    print("A fingerprint is of the whole picture: it outlives other sizes, re-encoding and mild edits, not crops.\n")
    print("## What decoding at reduced scale costs\n")
    print("Of a JPEG file no more is decoded than the fingerprint needs. The table counts the bits that differ")
    print("from those of imagehash on the whole picture; on the same grey pixels none does.\n")
    print("\n".join(reduced_decode_table(folder)))


if __name__ == "__main__":
    main()
