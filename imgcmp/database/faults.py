"""How a fault of a database is told."""

from collections.abc import Callable

from imgcmp.system.text import shown

Say = Callable[[str], None]

_FORCE = "with --force of imgcmp run or fingerprint"  # `check`, which says it, has none
ANEW = f"make it anew {_FORCE}"
RESTORE = f"restore a copy, or start over {_FORCE}"


def text_of(value: object) -> str:
    """Return a value as it can be shown on one line."""
    return shown(" ".join(str(value).split()))


def why(error: BaseException) -> str:
    """Return what an error says, on one line."""
    return shown(" ".join(str(error).strip("'\"").split())) or type(error).__name__
