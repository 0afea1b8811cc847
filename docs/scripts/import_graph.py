"""Which room of the package imports which: read from the source, drawn as docs/pictures/rooms.svg.

    python docs/scripts/import_graph.py                     # the numbers of this checkout
    python docs/scripts/import_graph.py --commit 28c1769    # those of a commit

`python docs/refresh.py` draws the picture and writes the table of docs/architecture.md.
"""

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "imgcmp"
FACE = "the package's face"
EVERYWHERE = ("errors", "version")  # two leaves that any room may import; left out of the drawing

Sources = Mapping[str, str]
Arrows = set[tuple[str, str]]


def sources_of(commit: str | None = None) -> dict[str, str]:
    """Return the source of each module, by its full name: of this checkout, or of a commit."""
    if commit is None:
        return {module_of(path): (ROOT / path).read_text(encoding="utf-8") for path in paths_here()}
    listed = git("ls-tree", "-r", "--name-only", commit, f"{PACKAGE}/").splitlines()
    return {module_of(path): git("show", f"{commit}:{path}") for path in listed if path.endswith(".py")}


def paths_here() -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / PACKAGE).rglob("*.py"))


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports_of(sources: Sources) -> Arrows:
    """Return all (module, module it imports), in functions and for the type checker, too."""
    return {
        (module, imported)
        for module, source in sources.items()
        for imported in imported_by(source, sources)
        if imported != module
    }


def imported_by(source: str, modules: Iterable[str]) -> set[str]:
    known = set(modules)
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & known
            if names - known:
                found.add(node.module)
    return found & known


def room_of(module: str) -> str:
    """Return the folder of a module, or its own name if it lies in none."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else FACE


def arrows_between_rooms(imports: Arrows) -> Arrows:
    rooms = {(room_of(a), room_of(b)) for a, b in imports}
    return {(a, b) for a, b in rooms if a != b}


def inner(arrows: Arrows) -> Arrows:
    """Return the arrows between folders: without the face, and what any room may import."""
    outside = {FACE, "__main__", *EVERYWHERE}
    return {arrow for arrow in arrows if outside.isdisjoint(arrow)}


def reachable(arrows: Arrows, start: str) -> set[str]:
    """Return all that can be reached along arrows; the start itself only by a circle."""
    reached: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        for a, b in arrows:
            if a == here and b not in reached:
                reached.add(b)
                todo.append(b)
    return reached


def in_circles(arrows: Arrows) -> list[str]:
    return sorted(name for name in {a for a, _ in arrows} if name in reachable(arrows, name))


def without_shortcuts(arrows: Arrows) -> Arrows:
    """Return the transitive reduction of arrows without circles: those that don't follow from the others."""
    return {(a, b) for a, b in arrows if not any(b in reachable(arrows, c) for x, c in arrows if x == a and c != b)}


def floors(arrows: Arrows) -> dict[str, int]:
    """Return on which floor each room is: one above the highest that it imports, the lowest on 0."""

    @cache
    def floor(room: str) -> int:
        return 1 + max((floor(b) for a, b in arrows if a == room), default=-1)

    return {room: floor(room) for room in sorted({name for arrow in arrows for name in arrow})}


def jobs_of(sources: Sources) -> dict[str, str]:
    """Return what each room says it is for: the first line of its docstring."""
    rooms = {room for arrow in inner(arrows_between_rooms(imports_of(sources))) for room in arrow}
    return {room: first_line(sources[f"{PACKAGE}.{room}"]) for room in rooms}


def first_line(source: str) -> str:
    return (ast.get_docstring(ast.parse(source)) or "").splitlines()[0].rstrip(".").replace("`", "")


# The drawing.

BOX_WIDTH, SIDE_WIDTH, BOX_HEIGHT, GAP, MARGIN, COLUMN_GAP = 560, 300, 54, 26, 16, 40
STYLE = """
    text { font-family: "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; fill: #1f2933; }
    .name { font-size: 15px; font-weight: bold; }
    .job { font-size: 13px; }
    .room { fill: #eef4fa; stroke: #2f6690; stroke-width: 1.5; }
    .arrow { fill: none; stroke: #52606d; stroke-width: 1.6; marker-end: url(#head); }
"""


def drawing(sources: Sources) -> str:
    """Return the rooms as SVG: one above those it imports; arrows that follow from others are left out."""
    arrows = inner(arrows_between_rooms(imports_of(sources)))
    jobs = jobs_of(sources)
    boxes = places(floors(arrows), arrows)
    width = max(x + w for x, _, w in boxes.values()) + MARGIN
    height = max(y for _, y, _ in boxes.values()) + BOX_HEIGHT + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#52606d"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *(arrow_path(boxes[a], boxes[b]) for a, b in sorted(without_shortcuts(arrows))),
        *(line for room in sorted(boxes) for line in box_lines(room, jobs[room], boxes[room])),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


Box = tuple[int, int, int]  # left, top, width


def places(floor_of: Mapping[str, int], arrows: Arrows) -> dict[str, Box]:
    """Return where each room is drawn: those on one floor side by side, the one that more of the others use first."""
    top = max(floor_of.values())
    boxes = {}
    for floor in range(top + 1):
        used = {
            room: sum(b == room and floor_of[a] == floor + 1 for a, b in arrows)
            for room, at in floor_of.items()
            if at == floor
        }
        left = MARGIN
        for number, room in enumerate(sorted(used, key=lambda room: (-used[room], room))):
            width = SIDE_WIDTH if number else BOX_WIDTH
            boxes[room] = (left, MARGIN + (top - floor) * (BOX_HEIGHT + GAP), width)
            left += width + COLUMN_GAP
    return boxes


def arrow_path(start: Box, end: Box) -> str:
    """Return an arrow from the bottom of a box to the top of one below; sideways, it leaves and enters at the side."""
    if start[0] == end[0]:
        x = start[0] + min(start[2], end[2]) // 2
        return f'<path class="arrow" d="M{x} {start[1] + BOX_HEIGHT} L{x} {end[1] - 1}"/>'
    middle = BOX_HEIGHT // 2
    if end[0] > start[0]:  # to the right: over, then down
        x = end[0] + end[2] // 2
        return f'<path class="arrow" d="M{start[0] + start[2]} {start[1] + middle} H{x} V{end[1] - 1}"/>'
    x = start[0] + start[2] // 2
    return f'<path class="arrow" d="M{x} {start[1] + BOX_HEIGHT} V{end[1] + middle} H{end[0] + end[2] + 1}"/>'


def box_lines(room: str, job: str, box: Box) -> list[str]:
    left, top, width = box
    return [
        f'<rect class="room" x="{left}" y="{top}" width="{width}" height="{BOX_HEIGHT}" rx="6"/>',
        f'<text class="name" x="{left + 14}" y="{top + 22}">{escape(room)}/</text>',
        f'<text class="job" x="{left + 14}" y="{top + 42}">{escape(with_arrows(job), quote=False)}</text>',
    ]


def with_arrows(text: str) -> str:
    return text.replace("<->", "\N{LEFT RIGHT ARROW}").replace("->", "\N{RIGHTWARDS ARROW}")


# The numbers.


def table(sources: Sources) -> str:
    """Return which room imports which, as a Markdown table: a row for each room, the highest first."""
    arrows = inner(arrows_between_rooms(imports_of(sources)))
    floor_of = floors(arrows)
    rooms = sorted(floor_of, key=lambda room: (-floor_of[room], room))
    rows = []
    for room in rooms:
        marks = ("x" if (room, other) in arrows else "" for other in rooms[1:])
        rows.append(" | ".join([f"| `{room}`", *marks]) + " |")
    head = " | ".join(["| imports", *(f"`{room}`" for room in rooms[1:])]) + " |"
    return "\n".join([head, "|---" * len(rooms) + "|", *rows])


def numbers(sources: Sources) -> dict[str, int]:
    imports = imports_of(sources)
    between = {(a, b) for a, b in imports if room_of(a) != room_of(b)}
    arrows = arrows_between_rooms(imports)
    return {
        "folders": len({module.split(".")[1] for module in sources if module.count(".") > 1}),
        "modules": len(sources),
        "lines of the longest module": max(source.count("\n") for source in sources.values()),
        "imports of one module by another": len(imports),
        "of them from one room into another": len(between),
        "arrows between rooms": len(arrows),
        "modules in a circle of imports": len(in_circles(imports)),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commit", help="look at a commit (default: this checkout)")
    for name, number in numbers(sources_of(parser.parse_args().commit)).items():
        sys.stdout.write(f"{name}: {number:,}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
