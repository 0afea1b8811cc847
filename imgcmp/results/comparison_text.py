"""A comparison of images -> tables for people, JSON for machines."""

import json
import string
from typing import Any

from imgcmp.clusters.auto_sim import Kind, auto_sim, is_known
from imgcmp.clusters.cut import AUTO, LINKAGES, MOST_SIM_OF_SPARSE, Sim
from imgcmp.images.shown_picture import by_frame
from imgcmp.results.comparison_types import Comparison, Distance, ImagePrints, Nearest, Pair, Table
from imgcmp.system.text import shown

MOST_IMAGES = 26  # as many as there are letters to call them by

_LETTERS = string.ascii_uppercase
_NONE = -1.0  # below any SIM


def format_comparison(comparison: Comparison, sim: Sim) -> str:
    """Return a comparison of at most MOST_IMAGES images as lines, in which a SIM of at most `sim` is marked.

    "auto": of each kind what is found for so many images; where that is not known none is marked.
    """
    if len(comparison.images) == 2:
        blocks = [_image_lines(comparison), _lines_by_kind(comparison, sim), _legend(comparison, sim)]
    else:
        blocks = [
            _image_lines(comparison),
            _lines_by_pair(comparison, sim),
            _legend(comparison, sim),
            _lines_of_all(comparison, sim),
        ]
    return "\n\n".join("\n".join(lines) for lines in blocks)


def to_json(comparison: Comparison) -> str:
    """Return a comparison as a JSON object, with the bytes of paths that aren't UTF-8 as lone surrogates."""
    values = {
        "format": "imgcmp-comparison",
        "version": 1,
        "images": [_image_values(image) for image in comparison.images],
        "views": comparison.views,
        "tables": [_table_values(table) for table in comparison.tables],
    }
    return json.dumps(values, indent=1)


def _image_values(image: ImagePrints) -> dict[str, Any]:
    values = {"file": image.path, "width": image.width, "height": image.height}
    return values | {"detail": image.detail, "flat": image.is_flat, "frame": image.frame}


def _image_lines(comparison: Comparison) -> list[str]:
    named = zip(_LETTERS, comparison.images, strict=False)
    return [
        f"{letter}: {shown(image.path)}, {image.width} x {image.height}"
        + ", flat" * image.is_flat
        + by_frame(image.frame)
        for letter, image in named
    ]


def _lines_by_kind(comparison: Comparison, sim: Sim) -> list[str]:
    """Return the table of the only pair."""
    rows = [["method", "x", "n_bits", *_pair_head(comparison)]]
    for table in comparison.tables:
        rows.append([*_kind_cells(table), str(table.kind.n_bits), *_pair_cells(comparison, table, table.pairs[0], sim)])
    return _aligned(rows)


def _lines_by_pair(comparison: Comparison, sim: Sim) -> list[str]:
    """Return the table of all pairs in one kind of fingerprint: in all six, ten images would take 270 lines."""
    table = max(comparison.tables, key=lambda table: table.kind.x)
    rows = [["pair", *_pair_head(comparison)]]
    for pair in table.pairs:
        rows.append([_LETTERS[pair.first] + _LETTERS[pair.second], *_pair_cells(comparison, table, pair, sim)])
    return [f"{table.kind.method}, x {table.kind.x}, {table.kind.n_bits} bits", *_aligned(rows)]


def _lines_of_all(comparison: Comparison, sim: Sim) -> list[str]:
    """Return the table of what puts all images in one cluster, if none of them is flat."""
    if any(image.is_flat for image in comparison.images):
        return ["no SIM is told that puts all in one cluster: there are flat ones, which join otherwise"]
    rows = [["method", "x", "views", *(f"{name} " for name in LINKAGES)]]
    for table in comparison.tables:
        most = _marked(comparison, table, "none", sim)
        rows.append([*_kind_cells(table), "none", *(_sim_cell(table.together[name], most) for name in LINKAGES)])
        if _has_views(comparison):
            most = _marked(comparison, table, comparison.views, sim)
            sims = [_sim_cell(table.together_with_views[name], most) for name in LINKAGES]
            rows.append([*_kind_cells(table), comparison.views, *sims])
    return [f"smallest SIM that puts all {len(comparison.images)} in one cluster, by linkage", *_aligned(rows)]


def _legend(comparison: Comparison, sim: Sim) -> list[str]:
    lines = ["wholes: bits that differ between the whole images"]
    if _has_views(comparison):
        lines += [
            f"views: the same between the whole of one, and the whole or any view ({comparison.views}) of the other",
            "nearest: which view of which image that is",
        ]
    if any(image.is_flat for image in comparison.images):
        lines.append("flat: shows too little to compare; imgcmp joins it with identical pixels alone, whatever SIM is")
        if any(image.is_sparse for image in comparison.images):
            lines.append("flat, detail 1 to 11: also where at most an eighth of the bits of the wholes differ")
    most = _auto_words(comparison) if sim == AUTO else f"{sim:g}"
    return [*lines, f"SIM: the smallest that joins the two, without and with views; * at most {most}"]


def _auto_words(comparison: Comparison) -> str:
    """Return which SIM is marked, of each kind for which it is known by the number of images."""
    known = []
    for table in comparison.tables:
        kinds = [Kind(*table.kind, views) for views in dict.fromkeys(("none", comparison.views))]
        if all(map(is_known, kinds)):
            sims = " and ".join(f"{auto_sim(len(comparison.images), kind):g}" for kind in kinds)
            known.append(f"{table.kind.method}, x {table.kind.x}, {sims}")
    return f"auto, for {len(comparison.images)} images ({'; '.join(known) or 'not known for these'})"


def _marked(comparison: Comparison, table: Table, views: str, sim: Sim) -> float:
    """Return the SIM up to which a table's are marked; _NONE: none is."""
    if sim != AUTO:
        return sim
    kind = Kind(*table.kind, views)
    return auto_sim(len(comparison.images), kind) if is_known(kind) else _NONE


def _has_views(comparison: Comparison) -> bool:
    return comparison.views != "none"


def _kind_cells(table: Table) -> list[str]:
    return [table.kind.method, str(table.kind.x)]


def _pair_head(comparison: Comparison) -> list[str]:
    head = ["wholes", "fraction", "SIM "]
    return [*head, "views", *head[1:], "nearest"] if _has_views(comparison) else head


def _pair_cells(comparison: Comparison, table: Table, pair: Pair, sim: Sim) -> list[str]:
    both = [comparison.images[image] for image in (pair.first, pair.second)]
    flat = [image for image in both if image.is_flat]
    most = _marked(comparison, table, "none", sim)
    if flat:  # SIM joins sparse ones alone, by their wholes, and strictly
        most = min(most, MOST_SIM_OF_SPARSE) if all(image.is_sparse for image in flat) else _NONE
    cells = _distance_cells(pair.whole, most)
    if _has_views(comparison):
        most = _NONE if flat else _marked(comparison, table, comparison.views, sim)
        cells += [*_distance_cells(pair.with_views, most), _nearest_cell(pair.nearest)]
    return cells


def _distance_cells(distance: Distance, sim: float) -> list[str]:
    return [str(distance.bits), f"{distance.fraction:.4f}", _sim_cell(distance.sim, sim)]


def _sim_cell(needed: float, sim: float) -> str:
    return f"{needed:.3f}{'*' if needed <= sim else ' '}"


def _nearest_cell(nearest: Nearest) -> str:
    return nearest.view if nearest.image is None else f"{_LETTERS[nearest.image]} {nearest.view}"


def _aligned(rows: list[list[str]]) -> list[str]:
    """Return rows of cells as lines: words to the left, numbers, and what is above them, to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    is_number = [cell.rstrip("* ").replace(".", "").isdigit() for cell in rows[-1]]
    lines = []
    for row in rows:
        cells = zip(row, widths, is_number, strict=True)
        lines.append("  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells))
    return [line.rstrip() for line in lines]


def _table_values(table: Table) -> dict[str, Any]:
    return {
        "method": table.kind.method,
        "x": table.kind.x,
        "n_bits": table.kind.n_bits,
        "pairs": [_pair_values(pair) for pair in table.pairs],
        "sim_of_all": {"whole": table.together, "with_views": table.together_with_views},
    }


def _pair_values(pair: Pair) -> dict[str, Any]:
    return {
        "images": [pair.first, pair.second],
        "whole": _distance_values(pair.whole),
        "with_views": _distance_values(pair.with_views)
        | {"nearest": {"view": pair.nearest.view, "image": pair.nearest.image}},
    }


def _distance_values(distance: Distance) -> dict[str, Any]:
    return {"distance_bits": distance.bits, "fraction": distance.fraction, "sim": distance.sim}
