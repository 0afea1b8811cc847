"""What is wrong with the attributes of a database."""

import contextlib
from datetime import datetime
from typing import Any, NamedTuple

import h5py

from imgcmp.database.faults import ANEW, Say, text_of, why
from imgcmp.database.schema import FORMAT, HISTORY, VIEW_NAMES, VIEWS
from imgcmp.fingerprints.fingerprint import check_parameters
from imgcmp.fingerprints.views import kinds_of_names, look_bytes, view_names
from imgcmp.system.text import shown


class Kind(NamedTuple):
    """What fingerprints a database holds, as far as its attributes tell."""

    n_bits: int | None
    n_views: int | None
    look_bytes: int = 0


def examine_attributes(h5: h5py.File, version: int, say: Say) -> Kind:
    """Tell what is wrong with the attributes of a database of a version; return what can be told of its kind."""
    return _Attributes(h5, version, say).examine()


class _Attributes:
    def __init__(self, h5: h5py.File, version: int, say: Say) -> None:
        self.h5, self.version, self.say = h5, version, say
        self.n_views: int | None = None
        self.look_bytes = 0

    def examine(self) -> Kind:
        n_bits = self._examine_kind()
        self._examine_history()
        return Kind(n_bits, self.n_views, self.look_bytes)

    def _examine_kind(self) -> int | None:
        """Return the bits of a fingerprint, if they can be told."""
        if self._attribute("format") != FORMAT:
            self.say(f"the attribute format must be {FORMAT}: {ANEW}")
        if (version := self._attribute("version")) != self.version:
            self.say(
                f"the attribute version must be {self.version}, as in the user block; got {text_of(version)}: {ANEW}"
            )
        try:
            x = int(self._attribute("x"))
            check_parameters(x, str(self._attribute("method")))
        except (TypeError, ValueError) as error:
            self.say(f"the attributes method and x are wrong ({why(error)}): {ANEW}")
            return None
        if self.version > 2:
            self._examine_kinds()
        if (n_bits := self._attribute("n_bits")) != x * x:
            self.say(f"the attribute n_bits must be x * x, {x * x}; got {text_of(n_bits)}: {ANEW}")
        return x * x

    def _examine_kinds(self) -> None:
        try:
            kinds, names = self._attribute(VIEWS), str(self._attribute(VIEW_NAMES))
            known = kinds_of_names(kinds, names)
        except ValueError as error:
            self.say(f"the attribute {VIEWS} is wrong ({why(error)}): {ANEW}")
            return
        if known is None:
            self.say(f"the attribute {VIEW_NAMES} must name the views that this imgcmp makes: {ANEW}")
        self.n_views, self.look_bytes = len(view_names(known or kinds)), look_bytes(known or kinds)

    def _examine_history(self) -> None:
        names = HISTORY.values() if self.version > 1 else ("created by",)
        values = {name: self._attribute(name) for name in names}
        for name, value in values.items():
            if not isinstance(value, str):
                self.say(f"the attribute {name} must be a text; got {text_of(value)}: {ANEW}")
            elif name in ("created", "changed") and value and not _is_time(value):
                self.say(f"the attribute {name} must be a time; got {shown(value)}: {ANEW}")

    def _attribute(self, name: str) -> Any:
        try:
            return self.h5.attrs[name]
        except Exception as error:
            self.say(f"the attribute {name} cannot be read ({why(error)}): {ANEW}")
            return None


def _is_time(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text).tzinfo is not None
    return False
