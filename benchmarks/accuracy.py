"""Measure what is found, in a labelled folder and of edits of photographs; write docs/measurements/accuracy.md.

    python benchmarks/accuracy.py PAGE --labelled FOLDER --photos FOLDER [FOLDER ...] --strangers FOLDER [FOLDER ...]

The labelled FOLDER holds images and manifest.csv with the columns file, group, kind: images of one group belong
together, and kind says how a copy was made ("original" for the one that the copies were made from). The photos are any
pictures; each is edited in all the ways of edits.py and of hard_edits.py, and pairs of known relation are made of them.
The strangers are more photographs, for pairs of different ones: a million pairs are those of 1,500. Any may be left
out. The plots are written beside PAGE. Beside imagehash, PDQ is measured if pdqhash is installed, and SSCD if
onnxruntime is and --sscd names a model (comparers.py); the package needs neither. What an earlier version found of the
hard edits stands beside it if --before names the page that it made of the same photographs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import imagehash
import numpy as np
from accuracy_edits import edits_section, hashes_of
from accuracy_hard import hard_hashes, hard_section, recalls_before
from accuracy_labelled import labelled_section
from accuracy_labels import labels_sections
from accuracy_settings import METHODS, SIDES, table
from accuracy_tail import tail_section
from accuracy_views import Edited, views_section
from auto_tails import auto_sections
from comparers import comparers
from edit_recall import VARIANTS
from hard_edits import NAMES
from hard_recall import distances_to_edits
from labelled import SAME_SCENE, label_of_files, read_truth, recall_of_kinds, score_all
from machine import describe_machine
from mapped import mapped
from PIL import Image, ImageOps
from sources import distinct_pictures

import imgcmp
from imgcmp.errors import UnreadableImageError

FRACTION = 0.5
SCRIPT_SIMS = (0.1, 0.2, 0.3)
SCRIPT_OPTIONS = {"as they are": (), "-x 8 --views none": ("-x", 8, "--views", "none")}  # of 10fingerprints.py
SAME_HASHES = {"phash": imagehash.phash, "ahash": imagehash.average_hash, "dhash": imagehash.dhash}
BIN = Path(__file__).resolve().parents[1] / "bin"


def run_scripts(folder: str, home: str, options: Sequence[object]) -> dict[float, list[list[str]]]:
    """Return the clusters that the three scripts make, by SIM."""
    environment = os.environ | {"IMGCMP_HOME": home}

    def script(name: str, *arguments: object) -> None:
        command = [sys.executable, str(BIN / name), *map(str, arguments), "-q"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    script("00resize.py", FRACTION, folder)
    script("10fingerprints.py", *options)
    clusters = {}
    for sim in SCRIPT_SIMS:
        path = os.path.join(home, f"{sim}.json")
        script("20cluster.py", sim, "--json", path)
        with open(path, encoding="utf-8") as file:
            clusters[sim] = [cluster["files"] for cluster in json.load(file)["clusters"]]
    return clusters


def scripts_table(folder: str) -> str:
    truth = read_truth(folder)
    rows, kinds = [], {}
    for name, options in SCRIPT_OPTIONS.items():
        with tempfile.TemporaryDirectory() as home:
            for sim, clusters in run_scripts(folder, home, options).items():
                label = label_of_files(truth, clusters)
                result, kinds = score_all(truth, label), recall_of_kinds(truth, label)
                scores = (f"{score:.3f}" for score in (result.precision, result.recall, result.f1))
                rows.append([name, sim, *scores, *(f"{hits}/{all_}" for hits, all_ in kinds.values())])
    return table(["10fingerprints.py", "SIM", "precision", "recall", "F1", *kinds], rows)


def reduced_decode_table(folder: str) -> list[str]:
    """Bits that change because JPEG files are decoded at reduced scale, against imagehash on the whole picture."""
    files = [file for file in read_truth(folder) if file.lower().endswith((".jpg", ".jpeg"))]
    changed = [bits for bits in mapped(changed_bits, files) if bits is not None]
    rows = []
    for (method, x), bits in zip(COMPARED, np.transpose(changed), strict=True):
        parts = (f"{part:.0f}" for part in np.percentile(bits, [50, 90, 99, 100]))
        rows.append([method, x, x * x, f"{np.mean(bits):.2f}", *parts])
    return [f"{len(files)} files.", "", table(["method", "x", "bits", "mean", "median", "90 %", "99 %", "most"], rows)]


COMPARED = [(method, x) for method in METHODS for x in SIDES]


def changed_bits(file: str) -> list[int] | None:
    """Return how many bits of a file differ from those of imagehash, for each of COMPARED; None if it can't be read."""
    try:
        ours = [imgcmp.unpack(imgcmp.fingerprint(file, x=x, method=method), x * x) for method, x in COMPARED]
    except UnreadableImageError:
        return None
    with Image.open(file) as image:
        upright = ImageOps.exif_transpose(image)
        theirs = [SAME_HASHES[method](upright, hash_size=x).hash.ravel() for method, x in COMPARED]
    return [int(np.count_nonzero(one != other)) for one, other in zip(ours, theirs, strict=True)]


def scripts_section(folder: str) -> Iterator[str]:
    yield "## What the three scripts find"
    yield f"""\
With the options of `10fingerprints.py` that are named and no others, on copies made by `00resize.py {FRACTION}`.
Precision, recall and F1 are over all pairs of a group; under each kind is how many of its images are in one cluster
with the original. {", ".join(SAME_SCENE)} are other shots of the scene, not copies: to find them is not the aim."""
    yield scripts_table(folder)
    yield "## What decoding at reduced scale costs"
    yield """\
Of a JPEG file no more is decoded than the fingerprint needs. The table counts the bits that differ from those of
imagehash on the whole picture; on the same grey pixels none does."""
    yield "\n".join(reduced_decode_table(folder))


def photographs_sections(options: argparse.Namespace) -> Iterator[str]:
    """Yield the paragraphs on photographs and their edits."""
    easy = hashes_of(options.photos, options.hashes)
    yield from edits_section(easy, options.page)
    used, missing = comparers(options.sscd)
    hard = hard_hashes(options.photos, options.strangers, used, options.hashes)
    yield from hard_section(hard, used, missing, options.recalls_before)
    ours = used[0]
    originals = hard.originals[ours.hash_name]
    edited = {
        "easy edits": Edited(easy.with_views.reshape(-1, len(VARIANTS)), VARIANTS[1:]),
        "hard edits": Edited(hard.edited[ours.hash_name], NAMES),
    }
    to_edits = {name: distances_to_edits(of.rows, ours.condensed) for name, of in edited.items()}
    yield from tail_section(len(originals), ours.condensed(originals), to_edits)
    yield from auto_sections(source.image for source in distinct_pictures([*options.photos, *options.strangers]))
    yield from views_section(originals, edited)


def paragraphs(options: argparse.Namespace) -> Iterator[str]:
    page = options.page
    yield "# Accuracy"
    command = f"python benchmarks/accuracy.py docs/measurements/{page.name} --labelled FOLDER --photos FOLDER ..."
    yield f"Made by `{command}`."
    yield describe_machine()
    if options.labelled:
        yield from labelled_section(options.labelled, page)
    if options.photos:
        yield from photographs_sections(options)
        yield from labels_sections(options.photos + options.strangers, options.rounds)
    if options.labelled:
        yield from scripts_section(options.labelled)


def told(written: Iterator[str]) -> Iterator[str]:
    """Pass paragraphs on, and tell on stderr, of each heading, after how many seconds it was reached."""
    start = time.monotonic()
    for paragraph in written:
        if paragraph.startswith("#"):
            sys.stderr.write(f"{time.monotonic() - start:6.0f} s  {paragraph}\n")
        yield paragraph


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    text = "Markdown file to write, such as docs/measurements/accuracy.md"
    parser.add_argument("page", metavar="PAGE", type=Path, help=text)
    parser.add_argument("--labelled", metavar="FOLDER")
    parser.add_argument("--photos", metavar="FOLDER", nargs="+", default=[])
    text = "more photographs, of which only pairs are counted and labels are told"
    parser.add_argument("--strangers", metavar="FOLDER", nargs="+", default=[], help=text)
    text = "keep the hashes of the edits in FILE and beside it, and take them from there next time"
    parser.add_argument("--hashes", metavar="FILE.npz", help=text)
    parser.add_argument("--sscd", metavar="FILE.onnx", help="measure SSCD by this model, too (comparers.py says which)")
    parser.add_argument("--before", metavar="PAGE.md", help="show what an earlier page says of the hard edits, too")
    text = "so many pairs of known relation of each photograph (1)"
    parser.add_argument("--rounds", metavar="N", type=int, default=1, help=text)
    options = parser.parse_args(argv)
    try:
        options.recalls_before = recalls_before(options.before)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    options.page.write_text("\n\n".join(told(paragraphs(options))) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
