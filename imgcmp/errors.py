"""The errors of this package."""

from collections.abc import Mapping
from enum import Enum


class Term(Enum):
    """What a Python caller and someone at the command line call differently; the value is the Python caller's."""

    WITH_FORCE = "with force=True"
    ANOTHER_DATABASE = "another path"
    START_DATABASE = "give method and x to start one, or name another path"
    EXCLUDE = "exclude"
    ALL_FOLDERS = "all_folders=True"


class InputError(ValueError):
    """Input that cannot be used; the message says in one line what is wrong and what to do.

    The commands print the message alone and exit with status 2.

    Parameters
    ----------
    *parts : str or Term
        The message, cut at what is called differently at the command line. As a str it speaks to a Python caller.
    """

    def __init__(self, *parts: str | Term) -> None:
        super().__init__(*parts)
        self.parts = parts

    def __str__(self) -> str:
        """Return the message for a Python caller."""
        return self.said({})

    def said(self, words: Mapping[Term, str]) -> str:
        """Return the message in other words, where there are other ones for a term."""
        return "".join(part if isinstance(part, str) else words.get(part, part.value) for part in self.parts)


class UnreadableImageError(OSError):
    """A file that cannot be read as an image; the message is the reason, in one line.

    Attributes
    ----------
    passing : bool
        Whether the reason lies outside of the file (it vanished, its drive fails, memory is short), so that trying
        again may help though the file is the same.
    out_of_reach : bool
        Whether the file itself could not be reached, so that nothing is known of what it holds now.
    errno : int or None
        What the system said, if it was the system.
    """

    def __init__(
        self, message: str, *, passing: bool = False, out_of_reach: bool = False, errno: int | None = None
    ) -> None:
        super().__init__(message)
        self.passing = passing or out_of_reach
        self.out_of_reach = out_of_reach
        self.errno = errno

    def __reduce__(self) -> tuple[type, tuple[object, ...], dict[str, object]]:
        """Make a copy keep `errno`, which an OSError of one argument would lose."""
        return type(self), self.args, {**self.__dict__, "errno": self.errno}
