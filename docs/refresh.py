"""Make what the pages take from the code: run this after a change of a docstring, an option, or an import.

    python docs/refresh.py            # write what is stale
    python docs/refresh.py --check    # say what is stale; status 1 if anything is
    python docs/refresh.py --pictures # draw the pictures, too

docs/api.md comes from the docstrings of the public names, the commands in docs/cli.md from what -h says, the drawing
and the table of docs/architecture.md from the imports, the tables of docs/formats.md from what was measured last
(tests/formats/measure.py). They are the same on every machine. tests/test_docs.py fails
where any of it is stale.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS / "scripts"), str(DOCS.parent)]  # this checkout, installed or not

import api_page  # noqa: E402
import cli_page  # noqa: E402
import formats_page  # noqa: E402
import import_graph  # noqa: E402

COMMAND = "python docs/refresh.py"

PARTS: dict[str, Callable[[], str]] = {
    "api.md": api_page.page,
    "cli.md": cli_page.page,
    "formats.md": formats_page.part,
    "architecture.md": lambda: import_graph.table(import_graph.sources_of()),
}
"""Pages, each with what its part between the marks is to be."""

FILES: dict[str, Callable[[], str]] = {"pictures/rooms.svg": lambda: import_graph.drawing(import_graph.sources_of())}
"""Files that are made as a whole."""

PICTURES = ("draw_readme.py", "draw_concepts.py", "draw_views.py", "draw_relations.py", "draw_clustering.py")

BEGIN, END = f"<!-- made by `{COMMAND}` -->", "<!-- end of what is made -->"


def refreshed(name: str) -> str:
    """Return a file as it should be."""
    if name in FILES:
        return FILES[name]()
    return with_part((DOCS / name).read_text(encoding="utf-8"), PARTS[name]())


def with_part(page: str, part: str) -> str:
    """Return a page with another text between the marks."""
    marked = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)
    if len(marked.findall(page)) != 1:
        raise ValueError(f"the page must hold one part between {BEGIN} and {END}")
    return marked.sub(lambda _: f"{BEGIN}\n\n{part}\n\n{END}", page)


def stale() -> list[str]:
    """Return which files are not as they should be."""
    return [name for name in (*PARTS, *FILES) if read(DOCS / name) != refreshed(name)]


def read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if anything is stale")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures, too")
    arguments = parser.parse_args()
    names = stale()
    for name in names:
        print(f"docs/{name}: {'stale' if arguments.check else 'written anew'}")
        if not arguments.check:
            (DOCS / name).write_text(refreshed(name), encoding="utf-8")
    for script in PICTURES if arguments.pictures else ():
        here = {**os.environ, "PYTHONPATH": str(DOCS.parent)}
        subprocess.run([sys.executable, str(DOCS / "scripts" / script)], check=True, env=here)
    return int(arguments.check and bool(names))


if __name__ == "__main__":
    raise SystemExit(main())
