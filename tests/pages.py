"""The pages of this project, as tests read them."""

from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
README = CHECKOUT / "README.md"
DOCS = CHECKOUT / "docs"
PAGES = [README, CHECKOUT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def read(page):
    return page.read_text(encoding="utf-8")


def moved_left(page):
    """Return a page with what is indented moved to the left."""
    return "\n".join(line.removeprefix("    ") for line in read(page).splitlines())


def indented_parts(page):
    """Return what is indented by four, part by part."""
    parts, lines = [], []
    for line in [*read(page).splitlines(), "end"]:
        if line.startswith("    ") or (lines and not line):
            lines.append(line.removeprefix("    "))
        elif lines:
            parts.append("\n".join(lines).strip("\n"))
            lines = []
    return parts
