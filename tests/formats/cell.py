"""A cell of the format matrix: one variant of one format, how it is written, and what a person should see of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from formats.originals import Original, grey_of

AS_SHOWN, REFUSED = "as shown", "refused"


@dataclass(frozen=True)
class Cell:
    """One variant of one format.

    Attributes
    ----------
    format : str
        As people know it.
    variant : dict of str to str
        What is special about it, by what it is about: {"numbers": "uint16", "layout": "tiles"}.
    suffix : str
        Of its files, with the dot.
    written : callable
        Original -> the bytes of a file; raises `formats.writers.Missing` without the package that writes it.
    shown : callable
        Original -> what a person should see of the file: grey or RGB, uint8, upright, over white.
    refused : str or None
        Instead: a regular expression for the reason why it is not read.
    most, mean : float
        Grey levels that a pixel may be off, and all on average.
    writer : str
        Who writes it; a reader of that name is not independent. "own": the bytes are put together here.
    needs : str or None
        Module of the extra `formats` without which it is not read.
    holds : str
        What the file holds beside the pixels of 8 bits that are shown: finer numbers, other frames, another meaning of
        the numbers (however it is told). No file that holds something else has identical pixels.
    stretched : bool
        Whether the format doesn't say what is white, so that darkest and brightest are taken for black and white.
    by_later_frame : bool
        Whether a later frame stands for it, since the first one shows nothing.
    """

    format: str
    variant: dict[str, str]
    suffix: str
    written: Callable[[Original], bytes]
    shown: Callable[[Original], np.ndarray] = lambda original: original.rgb
    refused: str | None = None
    most: float = 1.0
    mean: float = 0.6
    writer: str = "own"
    needs: str | None = None
    holds: str = ""
    stretched: bool = False
    by_later_frame: bool = False

    @property
    def name(self):
        """What tells it from all others."""
        return ": ".join([self.format, ", ".join(f"{about} {value}" for about, value in self.variant.items())])

    @property
    def how(self):
        """How it is read."""
        return REFUSED if self.refused else AS_SHOWN

    def file_name(self, original):
        """Return a name for its file."""
        kept = "".join(letter if letter.isalnum() else "_" for letter in self.name)
        return f"{kept} {original.name}{self.suffix}"

    def grey(self, original):
        """Return the grey levels that a person should see."""
        return grey_of(self.shown(original))

    def is_shown(self, original, grey):
        """Tell whether grey levels are those that a person should see."""
        most, mean = self.off(original, grey)
        return most <= self.most and mean <= self.mean

    def off(self, original, grey):
        """Return by how many levels grey levels differ from those that a person should see: `difference`."""
        wanted = self.grey(original)
        return difference(*map(_stretched, (grey, wanted))) if self.stretched else difference(grey, wanted)


LOSSY = {"most": 90.0, "mean": 6.0}
"""Of files that keep a picture nearly: a black or turned one is 40 and more off on average."""


def _stretched(grey):
    least, largest = float(grey.min()), float(grey.max())
    return (grey - least) * (255 / max(1.0, largest - least))


def difference(grey, other):
    """Return by how many levels two pictures differ: at most, and on average; without end where sizes differ."""
    if grey.shape != other.shape:
        return np.inf, np.inf
    off = np.abs(grey.astype(float) - other.astype(float))
    return float(off.max()), float(off.mean())
