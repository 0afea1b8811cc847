"""What the accuracy page compares: settings, and families of views."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from imgcmp.fingerprints.parameters import METHODS as METHODS
from imgcmp.fingerprints.views import view_names

SIDES = (8, 16)
LINKAGES = ("single", "complete", "average", "weighted")
SIMS = tuple(round(0.01 * step, 2) for step in range(1, 46))
TABLE_SIMS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35)
N_VIEWS = {"none": 0, "crops": len(view_names("crops")), "all": len(view_names("all"))}


class Setting(NamedTuple):
    method: str
    x: int
    views: str
    linkage: str


RECOMMENDED, RECOMMENDED_SIM = Setting("phash", 16, "all", "average"), 0.3


def view_numbers(views: str) -> range:
    """Return the numbers of the views of a setting, from 1 on; 0 is the whole."""
    return range(1, N_VIEWS[views] + 1)


def families() -> dict[str, list[int]]:
    """Return the numbers of all views by the family they are left out with, in their order."""
    found = defaultdict(list)
    for number, name in enumerate(view_names("all"), 1):
        found[family(name)].append(number)
    return dict(found)


def family(name: str) -> str:
    """Return the name of the family of a view: the same cut at any side or corner, mirrored at any angle."""
    if match := re.fullmatch(r"without (\d+ %) .*", name):
        return f"without {match[1]} of {'two sides' if ' and ' in name else 'one side'}"
    if name.startswith("mirrored and"):
        return "mirrored and turned"
    return "turned by 90 and 270" if name in ("turned by 90", "turned by 270") else name


def table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
