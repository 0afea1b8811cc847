"""How far a long computation is, told to whoever shows it."""

from collections.abc import Callable

Progress = Callable[[str, int, int], object]
"""Called as ``progress(what, done, total)``: of `total` "pairs", "clusters" or "images", `done` are done."""
