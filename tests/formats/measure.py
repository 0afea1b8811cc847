"""Ask the independent readers about every cell, and write what they say: docs/formats.md is made from it.

python tests/formats/measure.py            # all cells; needs the extras formats and matrix, and ImageMagick
python tests/formats/measure.py TIFF PNG   # tells of these alone, and writes nothing
"""

import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib.metadata import version
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT / "tests"), str(CHECKOUT)]

from formats import readers  # noqa: E402
from formats.all_cells import CELLS  # noqa: E402
from formats.alone import why_alone  # noqa: E402
from formats.cell import REFUSED  # noqa: E402
from formats.originals import ORIGINALS, grey_of  # noqa: E402

MEASURED = CHECKOUT / "docs" / "measurements" / "formats.json"

AGREES, REFUSES = "agrees", "refuses"


OURS = ("pillow", "pillow-heif", "pillow-jxl-plugin", "rawpy", "tifffile", "imagecodecs")
"""The packages that imgcmp reads with."""

MARGIN = 2.0
"""Levels that another reader may be off, on average: others round otherwise, and blend in another light."""


def opinion(cell, path, name, original=ORIGINALS[0]):
    """Return what one reader makes of a cell's file: AGREES, REFUSES, or how far off it is."""
    try:
        pixels = readers.READERS[name](path)
    except (NameError, AttributeError, ImportError):  # of our own making
        raise
    except Exception:  # as many kinds as there are packages
        return REFUSES
    _, mean = cell.off(original, grey_of(pixels))
    if mean <= max(cell.mean, MARGIN):
        return AGREES
    return "of another size" if mean == float("inf") else f"{mean:.0f} levels off"


def written(cell, folder, original=ORIGINALS[0]):
    """Write a cell's file; return its path."""
    path = Path(folder) / cell.file_name(original)
    path.write_bytes(cell.written(original))
    return str(path)


def declared(cell):
    """Return of a cell's entry what is declared, and not measured."""
    needed = {"needs": cell.needs} if cell.needs else {}
    return {"format": cell.format, "variant": cell.variant, "how": cell.how, "writer": cell.writer} | needed


def measured(cell, folder):
    """Return a cell's entry: what is declared, and who reads it so, and who otherwise; who refuses it is left out."""
    path = written(cell, folder)
    told = {name: opinion(cell, path, name) for name in readers.asked(path)}
    agree = [name for name, what in told.items() if what == AGREES]
    differ = {name: what for name, what in told.items() if what not in (AGREES, REFUSES)}
    entry = declared(cell) | {"agree": agree, "differ": differ}
    return entry | ({"why": why_alone(cell)} if is_alone(entry) else {})


def is_alone(entry):
    """Tell whether a cell is as shown by fewer than two independent readers, though two and more read it."""
    agree, differ = (set(entry[key]) - {entry["writer"]} for key in ("agree", "differ"))
    return entry["how"] != REFUSED and len(agree) < 2 <= len(agree) + len(differ)


def main(only):
    cells = [cell for cell in CELLS if not only or cell.format in only]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        entries = list(pool.map(lambda cell: measured(cell, folder), cells))
    if only:
        for cell, entry in zip(cells, entries, strict=True):
            print(f"{cell.name}\n    {cell.how}; agree: {entry['agree']}, differ: {entry['differ']}")  # noqa: T201
        return
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    head = json.dumps(
        {"date": str(date.today()), "ours": {name: version(name) for name in OURS}, "versions": readers.versions()}
    )
    MEASURED.write_text(f'{{"measured": {head},\n"cells": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
