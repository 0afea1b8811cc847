"""Names of the links to the files of a cluster: their own, where no two are the same."""

import os
import re
import unicodedata
from collections.abc import Sequence

_MAX_NAME_BYTES = 255
_MAX_SUFFIX_BYTES = 32  # what follows the last dot of a longer one is no file type
_NUMBERS = re.compile(r"_([0-9]{1,9})(?=(?:\.[^.]*)?\Z)")


def link_names(files: Sequence[str]) -> list[str]:
    """Return a name for the link to each file of a cluster: its base name where it is free, else with a number."""
    names = [file.rpartition("/")[2] for file in files]
    together = "\0".join(names)
    keys = together.lower().split("\0") if together.isascii() else [clash_key(name) for name in names]
    taken = set(keys)
    if len(taken) == len(names):
        return names
    last_number: dict[str, int] = {}  # per key, so that 100,000 files of one name take linear time
    for k, key in enumerate(keys):
        number = last_number.get(key, 0) + 1
        if number > 1:
            while clash_key(numbered := _numbered(names[k], number)) in taken:
                number += 1
            names[k] = numbered
            taken.add(clash_key(numbered))
        last_number[key] = number
    return names


def clash_key(name: str) -> str:
    """Return what is equal for names that a file system may take for one: many ignore case and accents' form."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFD", name.casefold())


def _numbered(name: str, number: int) -> str:
    """``a.jpg`` -> ``a_2.jpg``, with the stem shortened where that would be too long for a file name."""
    stem, suffix = os.path.splitext(os.fsencode(name))
    if len(suffix) > _MAX_SUFFIX_BYTES:
        stem, suffix = stem + suffix, b""
    ending = b"_%d%s" % (number, suffix)
    length = min(len(stem), _MAX_NAME_BYTES - len(ending))
    for _ in range(3):  # a UTF-8 character has up to three continuation bytes: keep it whole or drop it
        if length < len(stem) and stem[length] & 0xC0 == 0x80:
            length -= 1
    return os.fsdecode(stem[:length] + ending)


def may_be_named(name: str, file: str) -> bool:
    """Tell whether `link_names` may have given this name to the link to a file, whatever the others were."""
    own = file.rpartition("/")[2]
    return name == own or any(name == _numbered(own, int(number)) for number in _NUMBERS.findall(name))
