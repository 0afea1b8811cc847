"""Text for people."""


def shown(text: str) -> str:
    """Return a path or a message as it can be shown on one line: control characters and undecodable bytes escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def count(n: int, noun: str) -> str:
    """Return ``"1 image"``, ``"2 images"``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
