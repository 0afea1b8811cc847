"""What the accuracy page compares: settings, and families of views."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from viewed import Kind, view_names_of

from imgcmp.fingerprints.parameters import METHODS as METHODS

SIDES = (8, 16)
LINKAGES = ("single", "complete", "average", "weighted")
SIMS = tuple(round(0.01 * step, 2) for step in range(1, 46))
TABLE_SIMS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35)
VIEWS = ("none", "all")


class Setting(NamedTuple):
    method: str
    x: int
    views: str
    linkage: str

    @property
    def kind(self) -> Kind:
        """What is compared."""
        return Kind(self.method, self.x, self.views)


RECOMMENDED, RECOMMENDED_SIM = Setting("phash", 16, "all", "average"), 0.3


def families() -> dict[str, list[int]]:
    """Return the numbers of all views, from 0 on, by the family they are left out with, in their order.

    The first way to stand is in none: without it there are no others.
    """
    found = defaultdict(list)
    for number, name in enumerate(view_names_of(RECOMMENDED.kind)):
        if name != "standing 1":
            found[family(name)].append(number)
    return dict(found)


def family(name: str) -> str:
    """Return the name of the family of a view: the same cut at any side or corner, the same tilt either way."""
    if match := re.fullmatch(r"without (\d+ %) .*", name):
        return f"without {match[1]} of {'two sides' if ' and ' in name else 'one side'}"
    if name.startswith("standing"):
        return "further ways to stand"
    name = re.sub(r"(?<= % at the ).*", "sides", name)
    name = re.sub(r"(?<= % near the ).*", "corners", name)
    return re.sub(r"tilted (left|right)", "tilted", name)


def table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def rounded(number: float) -> str:
    """Return a number of two digits."""
    digits = 1 - int(np.floor(np.log10(number))) if number and (number != round(number) or number >= 10) else 0
    return f"{round(number, digits):,.{max(digits, 0)}f}"
