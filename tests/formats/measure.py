"""Ask the independent readers about every cell, and write what they say: docs/formats.md is made from it.

    python tests/formats/measure.py            # all cells; needs the extras formats and matrix, and ImageMagick
    python tests/formats/measure.py TIFF PNG   # tells of these alone, and writes nothing
"""

import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT / "tests"), str(CHECKOUT)]

from formats import readers  # noqa: E402
from formats.all_cells import CELLS  # noqa: E402
from formats.originals import ORIGINALS, grey_of  # noqa: E402
from formats.writers import Missing  # noqa: E402

MEASURED = CHECKOUT / "docs" / "measurements" / "formats.json"

MARGIN = 2.0
"""Levels that another reader may be off, on average: others round otherwise, and blend in another light."""


def opinions(cell, path):
    """Return what the independent readers make of a cell's file: {reader: "agrees", "refuses" or levels off}."""
    return {name: opinion(cell, path, name) for name in readers.asked(path)}


def opinion(cell, path, name, original=ORIGINALS[0]):
    """Return what one reader makes of it."""
    try:
        pixels = readers.READERS[name](path)
    except (NameError, AttributeError, ImportError):  # of our own making
        raise
    except Exception:  # as many kinds as there are packages
        return "refuses"
    _, mean = cell.off(original, grey_of(pixels))
    if mean <= max(cell.mean, MARGIN):
        return "agrees"
    return "of another size" if mean == float("inf") else f"{mean:.0f} levels off"


def measured(cell, folder):
    """Return a cell as it stands in the file of measurements."""
    path = Path(folder) / cell.file_name(ORIGINALS[0])
    path.write_bytes(cell.written(ORIGINALS[0]))
    told = opinions(cell, str(path))
    entry = {"format": cell.format, "variant": cell.variant, "how": cell.how, "writer": cell.writer}
    if cell.needs:
        entry["needs"] = cell.needs
    return entry | {"readers": told}


def main(only):
    cells = [cell for cell in CELLS if not only or cell.format in only]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        try:
            entries = list(pool.map(lambda cell: measured(cell, folder), cells))
        except Missing as missing:
            raise SystemExit(f"{missing}: see tests/formats/README.md") from missing
    if only:
        for cell, entry in zip(cells, entries, strict=True):
            print(f"{cell.name}\n    {cell.how}: {entry['readers']}")
        return
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    head = json.dumps({"date": str(date.today()), "versions": readers.versions()})
    MEASURED.write_text(f'{{"measured": {head},\n"cells": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
