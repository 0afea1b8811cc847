"""The tables of docs/formats.md: what the format matrix has measured, with cells that fare alike in one row."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).resolve().parents[1] / "measurements" / "formats.json"

_FEW = 6
"""Formats of fewer cells share a table."""

Row = dict[str, Any]
"""`variant`: {what it is about: values}; `cells`: their number; `fate`: how they are read, and by whom otherwise."""


def part() -> str:
    """Return what the page takes from the measurements."""
    found = json.loads(MEASURED.read_text(encoding="utf-8"))
    return page_of(found["cells"], found["measured"])


def page_of(cells: list[dict[str, Any]], measured: dict[str, Any]) -> str:
    """Return the tables, and what was measured with what."""
    counts = Counter(cell["format"] for cell in cells)
    large = [name for name in counts if counts[name] >= _FEW]
    sections = [section(name, [cell for cell in cells if cell["format"] == name]) for name in large]
    others = [cell for cell in cells if cell["format"] not in large]
    sections.append(section("Other formats", others, named=True))
    return "\n\n".join([summary(cells), *sections, "## Versions\n\n" + versions(measured)])


def summary(cells: list[dict[str, Any]]) -> str:
    """Return the counts."""
    how = Counter(cell["how"] for cell in cells)
    sure = sum(len(independent(cell, "agree")) >= 2 for cell in cells if cell["how"] != "refused")
    alone = sum("why" in cell for cell in cells)
    told = ", ".join(f"{n:,} {name}" for name, n in how.items())
    return (
        f"{len(cells):,} variants of {len({cell['format'] for cell in cells})} formats: {told}. "
        f"Of those that are read,\n{sure:,} are read alike by two or more independent readers; "
        f"{alone} by fewer, though two and more read them: the notes say why;\n"
        "and the rest are read by one or none of them at all."
    )


def section(name: str, cells: list[dict[str, Any]], *, named: bool = False) -> str:
    """Return a heading, a table, and the notes to it."""
    rows = merged([row_of(cell, named=named) for cell in cells])
    notes = list(dict.fromkeys(row["fate"][-1] for row in rows if row["fate"][-1]))
    lines = [
        f"## {name}",
        "",
        f"{sum(row['cells'] for row in rows)} variants.",
        "",
        "| variants | cells | how | alike | otherwise |",
    ]
    lines += ["|---|---:|---|---|---|", *(line_of(row, notes) for row in rows)]
    if notes:
        lines += ["", *(f"{k}. {note}." for k, note in enumerate(notes, 1))]
    return "\n".join(lines)


def row_of(cell: dict[str, Any], *, named: bool) -> Row:
    """Return the row of one cell."""
    variant = {"": cell["format"]} | cell["variant"] if named else cell["variant"]
    how = cell["how"] + ", with `imgcmp[formats]`" * ("needs" in cell and cell["how"] == "as shown")
    fate = (how, independent(cell, "agree"), independent(cell, "differ"), cell.get("why", ""))
    return {"variant": {about: (value,) for about, value in variant.items()}, "cells": 1, "fate": fate}


def independent(cell: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return the readers that agree, or differ, without the one that wrote the file."""
    return tuple(name for name in cell[key] if name != cell["writer"])


def merged(rows: list[Row]) -> list[Row]:
    """Return fewer rows: those that differ in one thing only, and fare alike, are one."""
    before = len(rows) + 1
    while len(rows) < before:
        before = len(rows)
        for about in dict.fromkeys(about for row in rows for about in row["variant"]):
            if about:  # not the name of the format
                rows = _merged_by(about, rows)
    return rows


def _merged_by(about: str, rows: list[Row]) -> list[Row]:
    kept: dict[object, Row] = {}
    for row in rows:
        if about not in row["variant"]:
            kept[id(row)] = row
            continue
        rest = tuple((key, frozenset(values)) for key, values in row["variant"].items() if key != about)
        key = (tuple(row["variant"]), rest, row["fate"])
        kept[key] = _joined(kept[key], row, about) if key in kept else row
    return list(kept.values())


def _joined(row: Row, other: Row, about: str) -> Row:
    values = tuple(dict.fromkeys(row["variant"][about] + other["variant"][about]))
    return row | {"variant": row["variant"] | {about: values}, "cells": row["cells"] + other["cells"]}


def line_of(row: Row, notes: list[str]) -> str:
    """Return a line of the table."""
    how, agree, differ, why = row["fate"]
    named = "; ".join(f"{about} {_listed(values)}".strip() for about, values in row["variant"].items())
    note = f" ({notes.index(why) + 1})" if why else ""
    return f"| {named} | {row['cells']} | {how} | {', '.join(agree)} | {', '.join(differ)}{note} |"


_listed: Callable[[tuple[str, ...]], str] = " / ".join


def versions(measured: dict[str, Any]) -> str:
    """Return what was measured with what."""
    lists = (measured["ours"], measured["versions"])
    ours, theirs = (", ".join(f"{name} {number}" for name, number in each.items()) for each in lists)
    return f"Measured {measured['date']}. Read by: {ours}. Independent readers:\n{theirs}."
