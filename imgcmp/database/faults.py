"""How a fault of a database is told."""

from collections.abc import Callable

from imgcmp.system.text import shown

Say = Callable[[str], None]

ANEW = "make it anew with --force"
RESTORE = "restore a copy, or start over with --force"


def text_of(value: object) -> str:
    """Return a value as it can be shown on one line."""
    return shown(" ".join(str(value).split()))


def why(error: BaseException) -> str:
    """Return what an error says, on one line."""
    return shown(" ".join(str(error).strip("'\"").split())) or type(error).__name__
