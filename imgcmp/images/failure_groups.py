"""Many files that could not be read, by reason: 150,000 lines are read by nobody."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from imgcmp.images.image_file import Failure

# "needs 5.4 GB to decode" and "needs 12 MB to decode" are one reason.
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?: (?:bytes?|[kMGT]B)\b)?")


class FailureGroup(NamedTuple):
    """Files that could not be read for one reason, sorted, or for reasons that differ in numbers alone."""

    failures: list[Failure]

    @property
    def reason(self) -> str:
        """That of the first one."""
        return self.failures[0].reason

    @property
    def example(self) -> str:
        """The path of the first one."""
        return self.failures[0].path


def by_reason(failures: Iterable[Failure]) -> list[FailureGroup]:
    """Group failures by their reasons; the most frequent one comes first."""
    groups: dict[str, list[Failure]] = {}
    for failure in sorted(failures):
        groups.setdefault(_NUMBER.sub("0", failure.reason), []).append(failure)
    return sorted(map(FailureGroup, groups.values()), key=lambda group: -len(group.failures))
