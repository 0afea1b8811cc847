"""Compare runs with and without --previews: time, bytes of files that are read, and pairs that are found.

    python benchmarks/preview_runs.py FOLDER [--count 1000] [--copies 50] [--runs 3]

FOLDER holds photographs as cameras left them, with thumbnails in their EXIF. Of each two of them double exposures are
made, COUNT - COPIES in all, of random parts: pictures that are all different. Each keeps the EXIF of the first, with a
thumbnail of the size, and in the bars, that its camera used. Of some of them there are COPIES more, edited: smaller,
mirrored, cropped, brighter, encoded anew, with a new thumbnail and the EXIF of the one that they were made of. The runs
take turns; of their times the medians count. Writes a table to standard output.
"""

import argparse
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import combinations
from pathlib import Path
from statistics import median

from machine import describe_machine
from PIL import Image, ImageEnhance, ImageOps

from imgcmp.database.database import Database
from imgcmp.images.exif import exif_in
from imgcmp.images.file_digest import EDGE_BYTES

_PLACE, _LENGTH, _ORIENTATION, _DETAILS, _WIDTH, _HEIGHT = 0x0201, 0x0202, 0x0112, 0x8769, 0xA002, 0xA003
_MOST_BLOCK_BYTES = 2**16 - 3
_START = 6  # of the TIFF in a block, behind its name

EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "half the size": lambda image: image.reduce(2),
    "mirrored": ImageOps.mirror,
    "cropped": lambda image: image.crop((0, 0, round(0.9 * image.width), round(0.9 * image.height))),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "encoded anew": lambda image: image,
}


class Source:
    """A photograph, with what its file says of it.

    Parameters
    ----------
    path : str
        A JPEG with EXIF that holds a thumbnail; ValueError, or OSError, if it holds none.
    """

    def __init__(self, path: str) -> None:
        with Image.open(path) as image:
            self.block: bytes = image.info.get("exif", b"")
            self.image = image.convert("RGB")
        exif = exif_in(self.block)
        tags = exif.directory(exif.second_directory(), frozenset((_PLACE, _LENGTH))) if exif else None
        if exif is None or not tags or len(tags) < 2:
            raise ValueError(f"{path} has no thumbnail")
        thumbnail = exif.read(exif.number(tags[_PLACE]), exif.number(tags[_LENGTH]))
        self.thumbnail_size = Image.open(BytesIO(thumbnail)).size


def with_thumbnail(source: Source, image: Image.Image) -> bytes:
    """Return the EXIF of a source for another picture: with its thumbnail, behind all else, and its size."""
    size = source.thumbnail_size if image.width >= image.height else source.thumbnail_size[::-1]
    raw = BytesIO()
    ImageOps.pad(image, size, Image.Resampling.BOX).save(raw, "JPEG", quality=80)
    exif = exif_in(source.block)
    assert exif is not None
    first = exif.directory(exif.first, frozenset((_DETAILS,))) or {}
    block = bytearray(source.block)
    values = {_PLACE: len(block) - _START, _LENGTH: len(raw.getvalue()), _WIDTH: image.width, _HEIGHT: image.height}
    values[_ORIENTATION] = 1
    for directory in (exif.first, exif.number(first.get(_DETAILS)), exif.second_directory()):
        for place, tag in _entries(exif.order, block, directory):
            if tag in values:
                kind = struct.unpack_from(exif.order + "H", block, place + 2)[0]
                struct.pack_into(exif.order + ("H" if kind == 3 else "I"), block, place + 8, values[tag])
    return bytes(block) + raw.getvalue()


def _entries(order: str, block: bytearray, directory: int) -> Iterator[tuple[int, int]]:
    """Yield the place of each entry of a directory, and its tag."""
    if directory:
        (n_tags,) = struct.unpack_from(order + "H", block, _START + directory)
        for k in range(n_tags):
            place = _START + directory + 2 + 12 * k
            yield place, struct.unpack_from(order + "H", block, place)[0]


def double_exposures(sources: list[Source], seed: int = 0) -> Iterator[tuple[Source, Image.Image]]:
    """Yield pictures that are all different, each with the source whose EXIF it gets: without an end."""
    chance = random.Random(seed)
    while True:
        pairs = list(combinations(sources, 2))
        chance.shuffle(pairs)
        for one, other in pairs:
            size = one.image.size
            yield one, Image.blend(_part(one.image, size, chance), _part(other.image, size, chance), 0.5)


def _part(image: Image.Image, size: tuple[int, int], chance: random.Random) -> Image.Image:
    """Return a part of an image, of half of its sides and more, resized."""
    share = chance.uniform(0.5, 0.9)
    left, top = (chance.uniform(0, 1 - share) * side for side in image.size)
    box = (left, top, left + share * image.width, top + share * image.height)
    return image.resize(size, Image.Resampling.BILINEAR, box)


def make_files(folder: str, sources: list[Source], count: int, copies: int) -> None:
    """Write the files of a comparison."""
    names = list(EDITS)
    for number, (source, image) in enumerate(double_exposures(sources)):
        if number == count - copies:
            return
        _write(folder, f"{number:05}", source, image, 92)
        if number < copies:
            name = names[number % len(names)]
            _write(folder, f"{number:05} {name}", source, EDITS[name](image), 80)


def _write(folder: str, name: str, source: Source, image: Image.Image, quality: int) -> None:
    image.save(os.path.join(folder, f"{name}.jpg"), "JPEG", quality=quality, exif=with_thumbnail(source, image))


def run(folder: str, home: str, *options: str) -> tuple[float, set[frozenset[str]]]:
    """Run imgcmp anew; return seconds, and the pairs of files in one cluster."""
    clusters = os.path.join(home, "clusters.json")
    command = [sys.executable, "-m", "imgcmp", "run", folder, "--force", "--links", "none", "--json", clusters, "-q"]
    before = time.perf_counter()
    environment = os.environ | {"IMGCMP_HOME": home}
    subprocess.run([*command, *options], env=environment, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - before
    with open(clusters) as file:
        groups = json.load(file)["clusters"]
    return seconds, {frozenset(pair) for group in groups for pair in combinations(group["files"], 2)}


def bytes_read(home: str) -> int:
    """Return how many bytes of files a run has read: the start of each, and all of those that were read whole."""
    store = Database(os.path.join(home, "fingerprints.hdf"))
    return int(store.size[~store.rest_on_previews()].sum() + len(store) * EDGE_BYTES)


def main() -> None:
    """Make the files, run, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--copies", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    sources = []
    for path in sorted(map(str, Path(arguments.folder).iterdir())):
        try:
            source = Source(path)
        except (ValueError, OSError):
            continue
        if len(source.block) < _MOST_BLOCK_BYTES - 20_000:
            sources.append(source)
    if len(sources) < 2:
        parser.error(f"{arguments.folder} must hold two JPEGs with thumbnails and more; got {len(sources)}")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        make_files(folder, sources, arguments.count, arguments.copies)
        n_bytes = sum(path.stat().st_size for path in Path(folder).iterdir())
        homes = {option: os.path.join(home, option or "whole") for option in ("", "--previews")}
        for place in homes.values():
            os.mkdir(place)
        seconds: dict[str, list[float]] = {option: [] for option in homes}
        pairs: dict[str, set[frozenset[str]]] = {}
        for _ in range(arguments.runs):
            for option, place in homes.items():
                taken, pairs[option] = run(folder, place, *[option] * bool(option))
                seconds[option].append(taken)
        read = bytes_read(homes["--previews"])
    whole, quick = pairs[""], pairs["--previews"]
    times = {option: median(taken) for option, taken in seconds.items()}
    print(f"{describe_machine()}\n")
    what = f"{arguments.count:,} files, {arguments.copies} of them copies, with the EXIF of {len(sources)} photographs"
    print(f"{what}: {n_bytes / 1e9:.2f} GB\n")
    print("| | without | --previews | ratio |\n|---|---|---|---|")
    print(f"| seconds | {times['']:.2f} | {times['--previews']:.2f} | {times['--previews'] / times['']:.3f} |")
    print(f"| bytes read | {n_bytes:,} | {read:,} | {read / n_bytes:.3f} |")
    print(f"| pairs | {len(whole):,} | {len(quick):,} | {len(quick & whole) / max(len(whole), 1):.4f} |")
    print(f"| pairs that the other has not | {len(whole - quick):,} | {len(quick - whole):,} | |")


if __name__ == "__main__":
    main()
