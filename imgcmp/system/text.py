"""Text for people, and names of files for programs."""

import os


def shown(text: str) -> str:
    """Return a path or a message as it can be shown on one line: control characters and undecodable bytes escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def count(n: int, noun: str) -> str:
    """Return ``"1 image"``, ``"2 images"``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def in_utf_8(text: str) -> str:
    """Return text with names of files in it as they are where the system's names are in UTF-8.

    In the locale C Python takes every byte of a name beyond ASCII for one that it can't decode. What is written to a
    file is the same in every locale.
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def name_from_utf_8(text: str) -> str:
    """Return the name of a file as Python writes it here, from what `in_utf_8` gave."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))
