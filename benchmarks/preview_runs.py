"""Compare runs with and without --previews: time, bytes of files that are read, and pairs that are found.

    python benchmarks/preview_runs.py FOLDER [--count 1000] [--copies 50] [--runs 3] [--trusted]

FOLDER holds photographs as cameras left them, with thumbnails in their EXIF. Of random parts of them collages are made,
COUNT - COPIES in all: pictures that are all different. Each has the size and the EXIF of one photograph, with a
thumbnail of the size, and in the bars, that its camera used, and is compressed as that one is. Of some of them there
are COPIES more, edited: smaller, mirrored, cropped, brighter, encoded anew, with a new thumbnail and the EXIF of the
one that they were made of. The runs take turns; of their times the medians count. Bytes are those of the files, as
strace tells them, which must be installed, of one more run each. With --trusted only such photographs are taken whose
previews are trusted: of those that say that they were changed later all files are read whole. Writes a table to
standard output.
"""

import argparse
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from machine import describe_machine
from PIL import Image, ImageEnhance, ImageOps
from PIL.JpegImagePlugin import get_sampling

from imgcmp.database.database import Database
from imgcmp.images.embedded_preview import trusted_preview
from imgcmp.images.exif import exif_in
from imgcmp.images.open_file import opened

_PLACE, _LENGTH, _ORIENTATION, _DETAILS, _WIDTH, _HEIGHT = 0x0201, 0x0202, 0x0112, 0x8769, 0xA002, 0xA003
_MOST_BLOCK_BYTES = 2**16 - 3
_START = 6  # of the TIFF in a block, behind its name

PARTS = 12
"""Of a collage. Of 1,000 of them none was near another one by chance, as previews are taken to be."""

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

    Attributes
    ----------
    block : bytes
        Its EXIF.
    image : PIL.Image.Image of mode RGB
        The photograph.
    compression : dict
        How to compress another one as it is: what `PIL.Image.Image.save` takes.
    thumbnail_size : (int, int)
        Width and height of its thumbnail.
    """

    def __init__(self, path: str) -> None:
        with Image.open(path) as image:
            self.block: bytes = image.info.get("exif", b"")
            tables, subsampling = getattr(image, "quantization", None), get_sampling(image)
            if not tables or subsampling < 0:
                raise ValueError(f"{path} is no JPEG of a kind that Pillow writes")
            self.compression: dict[str, Any] = {"qtables": tables, "subsampling": subsampling}
            self.image = image.convert("RGB")
        exif = exif_in(self.block)
        tags = exif.directory(exif.second_directory(), frozenset((_PLACE, _LENGTH))) if exif else None
        if exif is None or not tags or len(tags) < 2:
            raise ValueError(f"{path} has no thumbnail")
        thumbnail = exif.read(exif.number(tags[_PLACE]), exif.number(tags[_LENGTH]))
        self.thumbnail_size = Image.open(BytesIO(thumbnail)).size


def with_thumbnail(source: Source, image: Image.Image) -> bytes:
    """Return the EXIF of a source for another picture: with its thumbnail, behind all else, and its size."""
    exif = exif_in(source.block)
    assert exif is not None
    thumbnail = _thumbnail(source, image, _MOST_BLOCK_BYTES - len(source.block))
    first = exif.directory(exif.first, frozenset((_DETAILS,))) or {}
    block = bytearray(source.block)
    values = {_PLACE: len(block) - _START, _LENGTH: len(thumbnail), _WIDTH: image.width, _HEIGHT: image.height}
    values[_ORIENTATION] = 1
    for directory in (exif.first, exif.number(first.get(_DETAILS)), exif.second_directory()):
        for place, tag in _entries(exif.order, block, directory):
            if tag in values:
                kind = struct.unpack_from(exif.order + "H", block, place + 2)[0]
                struct.pack_into(exif.order + ("H" if kind == 3 else "I"), block, place + 8, values[tag])
    return bytes(block) + thumbnail


def _thumbnail(source: Source, image: Image.Image, n_bytes: int) -> bytes:
    """Return a JPEG of the size, and in the bars, of a source's thumbnail, that takes so many bytes at most."""
    is_as_before = (image.width >= image.height) == (source.image.width >= source.image.height)
    size = source.thumbnail_size if is_as_before else source.thumbnail_size[::-1]
    small = ImageOps.pad(image, size, Image.Resampling.BOX)
    for quality in range(80, 0, -10):
        raw = BytesIO()
        small.save(raw, "JPEG", quality=quality)
        if len(raw.getvalue()) <= n_bytes:
            break
    return raw.getvalue()


def _entries(order: str, block: bytearray, directory: int) -> Iterator[tuple[int, int]]:
    """Yield the place of each entry of a directory, and its tag."""
    if directory:
        (n_tags,) = struct.unpack_from(order + "H", block, _START + directory)
        for k in range(n_tags):
            place = _START + directory + 2 + 12 * k
            yield place, struct.unpack_from(order + "H", block, place)[0]


def collages(sources: list[Source], seed: int = 0) -> Iterator[tuple[Source, Image.Image]]:
    """Yield pictures that are all different, each with the source whose EXIF it gets: without an end."""
    chance = random.Random(seed)
    while True:
        for source in chance.sample(sources, len(sources)):
            collage = Image.new("RGB", source.image.size)
            for box in _boxes((0, 0, *source.image.size), PARTS, chance):
                collage.paste(_part(chance.choice(sources).image, box[2] - box[0], box[3] - box[1], chance), box[:2])
            yield source, collage


def _boxes(box: tuple[int, int, int, int], n_parts: int, chance: random.Random) -> Iterator[tuple[int, int, int, int]]:
    """Yield the boxes that a box is cut into, across its longer side each time."""
    if n_parts == 1:
        yield box
        return
    left, top, right, bottom = box
    share, first = chance.uniform(0.35, 0.65), n_parts // 2
    if right - left >= bottom - top:
        at = left + round(share * (right - left))
        halves = (left, top, at, bottom), (at, top, right, bottom)
    else:
        at = top + round(share * (bottom - top))
        halves = (left, top, right, at), (left, at, right, bottom)
    for half, count in zip(halves, (first, n_parts - first), strict=True):
        yield from _boxes(half, count, chance)


def _part(image: Image.Image, width: int, height: int, chance: random.Random) -> Image.Image:
    """Return a part of an image, of its own resolution if it is large enough."""
    scale = max(width / image.width, height / image.height, 1.0)
    left = chance.uniform(0, max(0, image.width - width / scale))
    top = chance.uniform(0, max(0, image.height - height / scale))
    box = (left, top, min(left + width / scale, image.width), min(top + height / scale, image.height))
    return image.resize((width, height), Image.Resampling.BILINEAR, box)


def make_files(folder: str, sources: list[Source], count: int, copies: int) -> None:
    """Write the files of a comparison."""
    names = list(EDITS)
    for number, (source, image) in enumerate(collages(sources)):
        if number == count - copies:
            return
        _write(folder, f"{number:05}", source, image, source.compression)
        if number < copies:
            name = names[number % len(names)]
            _write(folder, f"{number:05} {name}", source, EDITS[name](image), {"quality": 80})


def _write(folder: str, name: str, source: Source, image: Image.Image, compression: Mapping[str, Any]) -> None:
    image.save(os.path.join(folder, f"{name}.jpg"), "JPEG", exif=with_thumbnail(source, image), **compression)


class Run(NamedTuple):
    """What a run took, in seconds, and the pairs of files in one cluster that it found."""

    seconds: float
    pairs: set[frozenset[str]]


def run(folder: str, home: str, *options: str, before: Sequence[str] = ()) -> Run:
    """Run imgcmp anew, by the command that comes before, if there is one."""
    command = [*before, sys.executable, "-m", "imgcmp", "run", folder, "--force", "-q", *options]
    start = time.perf_counter()
    subprocess.run(command, env=os.environ | {"IMGCMP_HOME": home}, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    links = (cluster.iterdir() for cluster in Path(home, "cluster").rglob("*") if cluster.is_dir())
    groups = [[link.resolve().name for link in cluster if link.is_symlink()] for cluster in links]
    return Run(seconds, {frozenset(pair) for group in groups for pair in combinations(group, 2)})


def bytes_read(folder: str, home: str, *options: str) -> int:
    """Return how many bytes of the files of a folder all processes of a run ask the system for."""
    call = re.compile(rf"(?:read|pread64|readv)\(\d+<{re.escape(folder)}/.* = (\d+)$", re.MULTILINE)
    with tempfile.TemporaryDirectory() as place:  # a file for each process: in one file calls are torn in two
        trace = ["strace", "-ff", "-qq", "-y", "-s", "0", "-e", "trace=read,pread64,readv", "-o", f"{place}/calls"]
        run(folder, home, *options, before=trace)
        read = [n for path in Path(place).iterdir() for n in call.findall(path.read_text(errors="replace"))]
    return sum(map(int, read))


def _is_trusted(path: str) -> bool:
    with opened(path, start_alone=True) as content:
        return trusted_preview(content) is not None


def main() -> None:
    """Make the files, run, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--copies", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--trusted", action="store_true")
    arguments = parser.parse_args()
    sources = []
    for path in sorted(map(str, Path(arguments.folder).iterdir())):
        try:
            source = Source(path)
        except (ValueError, OSError):
            continue
        if len(source.block) < _MOST_BLOCK_BYTES - 20_000 and (not arguments.trusted or _is_trusted(path)):
            sources.append(source)
    if len(sources) < 2:
        parser.error(f"{arguments.folder} must hold two JPEGs with thumbnails and more; got {len(sources)}")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        make_files(folder, sources, arguments.count, arguments.copies)
        n_bytes = sum(path.stat().st_size for path in Path(folder).iterdir())
        homes = {option: os.path.join(home, option or "whole") for option in ("", "--previews")}
        runs: dict[str, list[Run]] = {option: [] for option in homes}
        for place in homes.values():
            os.mkdir(place)
        for _ in range(arguments.runs):
            for option, place in homes.items():
                runs[option].append(run(folder, place, *[option] * bool(option)))
        read = [bytes_read(folder, place, *[option] * bool(option)) for option, place in homes.items()]
        store = Database(os.path.join(homes["--previews"], "fingerprints.hdf"))
        n_whole = len(store) - int(store.rest_on_previews().sum())
    whole, quick = (runs[option][-1].pairs for option in homes)
    seconds = [median(each.seconds for each in runs[option]) for option in homes]
    print(f"{describe_machine()}\n")
    what = f"{arguments.count:,} files, {arguments.copies} of them copies, with the EXIF of {len(sources)} photographs"
    what += " whose previews are trusted" * arguments.trusted
    print(f"{what}: {n_bytes / 1e9:.2f} GB\n")
    print("| | without | --previews | ratio |\n|---|---|---|---|")
    print(f"| seconds | {seconds[0]:.2f} | {seconds[1]:.2f} | {seconds[1] / seconds[0]:.3f} |")
    print(f"| bytes read | {read[0]:,} | {read[1]:,} | {read[1] / read[0]:.3f} |")
    print(f"| files read whole | {arguments.count:,} | {n_whole:,} | {n_whole / arguments.count:.3f} |")
    print(f"| pairs | {len(whole):,} | {len(quick):,} | {len(quick & whole) / max(len(whole), 1):.4f} |")
    print(f"| pairs that the other has not | {len(whole - quick):,} | {len(quick - whole):,} | |")


if __name__ == "__main__":
    main()
